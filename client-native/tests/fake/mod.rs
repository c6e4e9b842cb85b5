//! A core, a clock, and a server that says what a test wants.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use parfocal_base::{Domain, Instant, ParticipantId, ViewId};
use parfocal_client_native::core::{Config, Core, EditError, Event, Input, Output, Wish};
use parfocal_scene::replica::Document;
use parfocal_scene::{Change, Intent, Scene, Watch};
use parfocal_sync::message::{
    ClientMessage, Doing, Hello, Participant, PixelClientMessage, PixelCodec, PixelServerMessage,
    ServerMessage, Welcome,
};
use parfocal_sync::pixel::PixelHeader;
use parfocal_sync::update::{Update, UpdateKind};

const ME: ParticipantId = ParticipantId(2);

/// Both ends.
pub(crate) struct Rig {
    pub(crate) core: Core,
    pub(crate) now: Instant,
    /// Of the server's document.
    pub(crate) revision: u64,
    /// The pixel connection of the last picture to decode.
    pub(crate) connection: u64,
    /// Whether pings get no pong.
    pub(crate) server_silent: bool,
    /// The client wants a state channel.
    connecting: bool,
    document: Document,
    resume: Option<String>,
    heard: HashMap<u64, Intent>,
    outputs: Vec<Output>,
}

impl Rig {
    /// A client that begins to connect.
    pub(crate) fn new() -> Self {
        Self::with(false)
    }

    fn with(pace: bool) -> Self {
        let now = Instant::from_micros(1_000_000);
        let config = Config {
            session: "main".to_owned(),
            token: "token".to_owned(),
            client: [0xab; 16],
            codecs: vec![PixelCodec::H264, PixelCodec::Jpeg],
            decode: true,
            pace,
            seed: 7,
        };
        let mut rig = Self {
            core: Core::new(now, config),
            now,
            revision: 1,
            connection: 0,
            server_silent: false,
            connecting: false,
            document: document(1),
            resume: None,
            heard: HashMap::new(),
            outputs: Vec::new(),
        };
        rig.collect();
        rig
    }

    /// A client whose mirror is up to date.
    pub(crate) fn live() -> Self {
        Self::open(Self::new())
    }

    /// The same, keeping to the server's rate.
    pub(crate) fn paced() -> Self {
        Self::open(Self::with(true))
    }

    /// The same, with a stream of pictures.
    pub(crate) fn live_pixels() -> Self {
        let mut rig = Self::live();
        rig.input(Input::PixelsConnected);
        let stream = PixelServerMessage::Stream {
            view: ViewId::STAGE,
            codec: PixelCodec::H264,
            config: "avc1.42c01f".to_owned(),
            width: 64,
            height: 64,
        };
        rig.input(Input::PixelsText(stream.to_json()));
        let attach = PixelClientMessage::Attach { ticket: "ticket".to_owned() };
        assert_eq!(rig.pixel_messages(), [attach]);
        rig
    }

    fn open(mut self) -> Self {
        self.input(Input::StateConnected);
        self.welcome(false, 0);
        self.sync();
        assert!(self.core.is_live());
        self
    }

    /// Waits out the pause and comes back.
    pub(crate) fn reconnect(&mut self, reset: bool, answered: u64) {
        self.wake();
        self.input(Input::StateConnected);
        self.welcome(reset, answered);
        self.sync();
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.connecting &= input != Input::StateConnected;
        self.core.handle(self.now, input);
        self.collect();
    }

    pub(crate) fn edit(&mut self, wish: Wish) -> Result<u64, EditError> {
        let seq = self.core.edit(self.now, wish);
        self.collect();
        seq
    }

    fn collect(&mut self) {
        while let Some(output) = self.core.poll() {
            match &output {
                Output::SendState(text) => match ClientMessage::parse(text).unwrap() {
                    ClientMessage::Hello(hello) => self.resume = hello.resume,
                    ClientMessage::Intent { seq, intent } => {
                        self.heard.insert(seq, intent);
                    }
                    ClientMessage::Ping { time } if !self.server_silent => {
                        let server_us = self.now.as_micros();
                        self.server(&ServerMessage::Pong { time, server_us });
                    }
                    _ => {}
                },
                Output::ConnectState => self.connecting = true,
                Output::Decode(picture) => self.connection = picture.connection,
                _ => {}
            }
            self.outputs.push(output);
        }
    }

    /// Time passes, with all that is due in it.
    pub(crate) fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(wake) = self.core.next_wake(self.now).filter(|&wake| wake <= end) {
            self.now = self.now.max(wake);
            self.input(Input::Tick);
        }
        self.now = end;
        self.input(Input::Tick);
    }

    /// Time passes until the client connects again.
    pub(crate) fn wake(&mut self) {
        while !self.connecting {
            self.now = self.core.next_wake(self.now).expect("a client that comes back");
            self.input(Input::Tick);
        }
    }

    /// All outputs since the last time.
    pub(crate) fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    pub(crate) fn state_messages(&mut self) -> Vec<ClientMessage> {
        let text = |output: Output| match output {
            Output::SendState(text) => Some(ClientMessage::parse(&text).unwrap()),
            _ => None,
        };
        self.outputs().into_iter().filter_map(text).collect()
    }

    pub(crate) fn pixel_messages(&mut self) -> Vec<PixelClientMessage> {
        let text = |output: Output| match output {
            Output::SendPixels(text) => Some(PixelClientMessage::parse(&text).unwrap()),
            _ => None,
        };
        self.outputs().into_iter().filter_map(text).collect()
    }

    /// Numbers of the intents sent since the last time.
    pub(crate) fn intents(&mut self) -> Vec<u64> {
        Self::intents_of(&self.outputs())
    }

    pub(crate) fn intents_of(outputs: &[Output]) -> Vec<u64> {
        let seq = |output: &Output| match output {
            Output::SendState(text) => match ClientMessage::parse(text).unwrap() {
                ClientMessage::Intent { seq, .. } => Some(seq),
                _ => None,
            },
            _ => None,
        };
        outputs.iter().filter_map(seq).collect()
    }

    pub(crate) fn late(&mut self) -> Vec<u64> {
        let seq = |output: &Output| match output {
            Output::Event(Event::Late { seq }) => Some(*seq),
            _ => None,
        };
        self.outputs().iter().filter_map(seq).collect()
    }

    /// Sequences of the pictures given to the decoder since the last time.
    pub(crate) fn decodes(&mut self) -> Vec<u32> {
        let sequence = |output: &Output| match output {
            Output::Decode(picture) => Some(picture.header.sequence),
            _ => None,
        };
        self.outputs().iter().filter_map(sequence).collect()
    }

    /// The code with which the client stopped.
    pub(crate) fn stopped(&mut self) -> Option<String> {
        self.outputs().into_iter().find_map(|output| match output {
            Output::Event(Event::Stopped(stop)) => Some(stop.code),
            _ => None,
        })
    }

    pub(crate) fn server(&mut self, message: &ServerMessage) {
        self.input(Input::StateText(message.to_json()));
    }

    pub(crate) fn welcome(&mut self, reset: bool, answered: u64) {
        if reset {
            self.resume = None;
        }
        self.server(&ServerMessage::Welcome(Welcome {
            version: 2,
            session: "main".to_owned(),
            participant: ME,
            role: "owner".to_owned(),
            subject: "ada".to_owned(),
            reset,
            answered,
            ticket: "ticket".to_owned(),
            heartbeat_ms: 5000,
        }));
    }

    /// Sends all that the mirror lacks.
    pub(crate) fn sync(&mut self) {
        let bytes = match &self.resume {
            Some(text) => self.document.diff(&BASE64.decode(text).unwrap()).unwrap(),
            None => self.document.full_state().unwrap(),
        };
        self.update(UpdateKind::Sync, &bytes);
    }

    /// The server's document is lost, and made anew.
    pub(crate) fn new_epoch(&mut self) {
        self.revision = 1;
        self.document = document(self.now.as_micros());
    }

    /// Sends the whole document on a living connection.
    pub(crate) fn reset(&mut self) {
        let bytes = self.document.full_state().unwrap();
        self.update(UpdateKind::Reset, &bytes);
    }

    /// The server applies the intent that it heard under this number, and sends the update.
    pub(crate) fn apply(&mut self, seq: u64) {
        let intent = self.heard.get(&seq).expect("an intent that was sent").clone();
        let applied = self.scene().apply(&Change::Intent(intent)).unwrap();
        self.revision += 1;
        let bytes = self.document.commit(&applied.writes).unwrap();
        if bytes.is_empty() {
            self.revision -= 1;
        } else {
            self.update(UpdateKind::Update, &bytes);
        }
    }

    pub(crate) fn ack(&mut self, seq: u64) {
        let applied = self.heard.get(&seq).cloned();
        self.server(&ServerMessage::Ack { seq, revision: self.revision, applied });
    }

    /// The server's scene.
    pub(crate) fn scene(&self) -> Scene {
        self.document.scene().unwrap()
    }

    fn update(&mut self, kind: UpdateKind, bytes: &[u8]) {
        let bytes = Bytes::copy_from_slice(bytes);
        let (domain, revision) = (Domain::Scene, self.revision);
        let update = Update { domain, kind, cause: ME, revision, bytes };
        self.input(Input::StateBinary(update.encode()));
    }

    /// Any bytes as an update.
    pub(crate) fn update_bytes(&mut self, bytes: &[u8]) {
        self.update(UpdateKind::Update, bytes);
    }

    pub(crate) fn participants(&mut self, watch: Watch) {
        let me = Participant {
            id: ME,
            name: "Ada".to_owned(),
            color: "#4cc9f0".to_owned(),
            role: "owner".to_owned(),
            subject: "ada".to_owned(),
            watch,
            doing: Doing::default(),
        };
        self.server(&ServerMessage::Participants { participants: vec![me] });
    }

    pub(crate) fn picture(&mut self, header: PixelHeader) {
        self.input(Input::PixelsBinary(header.message(&[0, 0, 0, 1])));
    }
}

fn document(epoch: u64) -> Document {
    let mut document = Document::new(epoch);
    document.commit(&Scene::new().to_writes()).unwrap();
    document
}

/// An H.264 picture of the stage at revision 0.
pub(crate) fn header(sequence: u32, key: bool) -> PixelHeader {
    PixelHeader {
        codec: PixelCodec::H264,
        key,
        complete: true,
        exact: false,
        sequence,
        view: ViewId::STAGE,
        width: 64,
        height: 64,
        revision: 0,
        captured_us: 0,
        render_us: 0,
        encode_us: 0,
        tile: None,
        canvas: [64, 64],
    }
}

/// The hello among `messages`.
pub(crate) fn hello_of(messages: &[ClientMessage]) -> Hello {
    let hello = |message: &ClientMessage| match message {
        ClientMessage::Hello(hello) => Some(hello.clone()),
        _ => None,
    };
    messages.iter().find_map(hello).unwrap()
}
