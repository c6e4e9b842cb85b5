use std::fmt;

use parfocal_base::DeviceError;
use parfocal_encode::Decoder;
use parfocal_nvidia::fallback::Reason;
use proptest::prelude::*;

use super::*;
use crate::video::Keep;

/// What the hardware does: fails to begin, fails to encode, is well.
#[derive(Default)]
struct State {
    fails_to_open: Option<Reason>,
    fails_to_encode: Option<Reason>,
    opened: u32,
    open: u32,
}

#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<State>>);

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

fn failure(reason: Reason) -> Failure {
    Failure { reason, text: "it fails".to_owned() }
}

impl Hardware for Scripted {
    fn name(&self) -> String {
        "scripted".to_owned()
    }

    fn open(
        &self,
        config: EncoderConfig,
        _: Option<&dyn OnDevice>,
    ) -> Result<Box<dyn HardwareEncoder>, Failure> {
        let mut state = self.0.lock();
        state.opened += 1;
        if let Some(reason) = state.fails_to_open {
            return Err(failure(reason));
        }
        state.open += 1;
        let encoder = H264Encoder::new(config).map_err(|_| failure(Reason::Refused))?;
        Ok(Box::new(ScriptedEncoder { encoder, hardware: self.clone() }))
    }
}

struct ScriptedEncoder {
    encoder: H264Encoder,
    hardware: Scripted,
}

impl Drop for ScriptedEncoder {
    fn drop(&mut self) {
        self.hardware.0.lock().open -= 1;
    }
}

impl HardwareEncoder for ScriptedEncoder {
    fn encode(&mut self, frame: &Frame, force_key: bool) -> Result<EncodedPacket, Failure> {
        match self.hardware.0.lock().fails_to_encode {
            Some(reason) => Err(failure(reason)),
            None => self.encoder.encode(frame, force_key).map_err(|_| failure(Reason::Refused)),
        }
    }

    fn reads(&self, picture: &dyn OnDevice) -> bool {
        let picture: &dyn std::any::Any = picture;
        picture.is::<Grey>()
    }

    fn encode_on_device(
        &mut self,
        picture: &dyn OnDevice,
        [width, height]: [u32; 2],
        force_key: bool,
    ) -> Result<EncodedPacket, Failure> {
        let mut frame = Frame::new(PixelFormat::I420, width, height);
        picture.read(&mut frame).map_err(|_| failure(Reason::Lost))?;
        self.encode(&frame, force_key)
    }

    fn set_rates(&mut self, bitrate_bps: u32, fps: u32) {
        self.encoder.set_bitrate(bitrate_bps);
        self.encoder.set_frame_rate(fps);
    }

    fn codec_string(&self) -> String {
        self.encoder.codec_string()
    }
}

/// A picture on that hardware, and one of another.
#[derive(Debug)]
struct Grey;
#[derive(Debug)]
struct Elsewhere;

impl OnDevice for Grey {
    fn size(&self) -> [u32; 2] {
        [64, 48]
    }

    fn read(&self, frame: &mut Frame) -> Result<(), DeviceError> {
        frame.data_mut().fill(128);
        Ok(())
    }
}

impl OnDevice for Elsewhere {
    fn size(&self) -> [u32; 2] {
        [64, 48]
    }

    fn read(&self, frame: &mut Frame) -> Result<(), DeviceError> {
        Grey.read(frame)
    }
}

/// A stream on that hardware, and a decoder behind it.
struct Rig {
    hardware: Scripted,
    stream: Stream,
    decoder: Decoder,
}

impl Rig {
    fn new() -> Self {
        let hardware = Scripted::default();
        let encoders = Encoders {
            clock: Clock::new(),
            hardware: Some(Arc::new(hardware.clone())),
            why: "".into(),
            keep: Keep::default(),
        };
        let config = EncoderConfig { width: 64, height: 48, fps: 30, bitrate_bps: 500_000 };
        let stream = Stream::new(&encoders, config, Arc::default()).unwrap();
        Self { hardware, stream, decoder: Decoder::new().unwrap() }
    }

    fn fails(&self, open: Option<Reason>, encode: Option<Reason>) {
        let mut state = self.hardware.0.lock();
        (state.fails_to_open, state.fails_to_encode) = (open, encode);
    }

    fn by(&self) -> By {
        self.stream.used.lock().by
    }

    /// Encodes a picture and decodes it. Whether it was a key.
    fn show_sized(&mut self, [width, height]: [u32; 2], key: bool, ms: u64) -> bool {
        let frame = Frame::new(PixelFormat::I420, width, height);
        let packet = self.stream.encode_at(&frame, key, Instant::from_micros(ms * 1000)).unwrap();
        let shown = self.decoder.decode(&packet.data).unwrap().unwrap();
        assert_eq!([shown.width(), shown.height()], [width, height]);
        packet.key
    }

    /// The same of a picture on a device, which is given as a frame where it is not read there.
    /// Whether it was read there, and whether it was a key.
    fn show_on_device(
        &mut self,
        picture: &dyn OnDevice,
        size: [u32; 2],
        key: bool,
        ms: u64,
    ) -> (bool, bool) {
        let now = Instant::from_micros(ms * 1000);
        match self.stream.encode_on_device_at(picture, size, key, now) {
            None => (false, self.show_sized(size, key, ms)),
            Some(packet) => {
                let shown = self.decoder.decode(&packet.data).unwrap().unwrap();
                assert_eq!([shown.width(), shown.height()], size);
                (true, packet.key)
            }
        }
    }

    fn show(&mut self, key: bool, ms: u64) -> bool {
        self.show_sized([64, 48], key, ms)
    }
}

#[test]
fn hardware_encodes_from_the_first_picture_on() {
    let mut rig = Rig::new();
    assert!(rig.show(false, 0));
    assert!(!rig.show(false, 20));
    assert_eq!(rig.by(), By::Nvenc);
    assert!(rig.stream.software.is_none());
}

#[test]
fn the_picture_on_which_hardware_fails_comes_from_software_as_a_key() {
    let mut rig = Rig::new();
    rig.show(true, 0);
    rig.fails(None, Some(Reason::Lost));
    assert!(rig.show(false, 20));
    assert_eq!(rig.by(), By::Software);
    assert_eq!(rig.hardware.0.lock().open, 0, "what it held is free");
    assert!(!rig.show(false, 40));
}

#[test]
fn hardware_comes_back_with_a_key_that_is_due_anyway() {
    let mut rig = Rig::new();
    rig.fails(None, Some(Reason::Lost));
    rig.show(true, 0);
    rig.fails(None, None);
    assert!(rig.show(true, 500), "too early");
    assert_eq!(rig.by(), By::Software);
    for ms in (520..2000).step_by(20) {
        assert!(!rig.show(false, ms), "no key for nobody");
    }
    assert_eq!(rig.by(), By::Software);
    assert!(rig.show(true, 2000));
    assert_eq!(rig.by(), By::Nvenc);
}

#[test]
fn hardware_comes_back_when_a_picture_that_rested_moves() {
    let mut rig = Rig::new();
    rig.fails(Some(Reason::Full), None);
    rig.show(true, 0);
    rig.fails(None, None);
    rig.show(false, 4_000);
    assert_eq!(rig.by(), By::Software, "too early");
    assert!(!rig.show(false, 4_900), "it has not rested");
    assert!(rig.show(false, 6_000));
    assert_eq!(rig.by(), By::Nvenc);
}

#[test]
fn a_try_that_fails_makes_no_key() {
    let mut rig = Rig::new();
    rig.fails(Some(Reason::Full), None);
    rig.show(true, 0);
    assert!(!rig.show(false, 10_000), "software goes on");
    rig.fails(None, Some(Reason::Busy));
    assert!(!rig.show(false, 60_000));
    assert_eq!(rig.hardware.0.lock().opened, 3);
}

#[test]
fn a_size_that_is_refused_is_forgotten_with_the_size() {
    let mut rig = Rig::new();
    rig.fails(None, Some(Reason::Refused));
    rig.show(true, 0);
    rig.fails(None, None);
    rig.show(true, 100_000);
    assert_eq!(rig.by(), By::Software);
    assert!(rig.show_sized([32, 32], false, 100_020));
    assert_eq!(rig.by(), By::Nvenc);
}

#[test]
fn hardware_that_never_will_is_not_asked_again() {
    let mut rig = Rig::new();
    rig.fails(Some(Reason::Never), None);
    rig.show(true, 0);
    rig.fails(None, None);
    rig.show_sized([32, 32], true, 1_000_000);
    assert_eq!(rig.by(), By::Software);
    assert!(rig.stream.used.lock().why.contains("not tried again"));
}

#[test]
fn hardware_reads_its_own_pictures_where_they_are_and_at_any_size() {
    let mut rig = Rig::new();
    assert_eq!(rig.show_on_device(&Grey, [64, 48], false, 0), (true, true));
    assert_eq!(rig.show_on_device(&Grey, [64, 48], false, 20), (true, false));
    assert_eq!(rig.show_on_device(&Grey, [32, 24], false, 40), (true, true));
    assert_eq!(rig.by(), By::Nvenc);
    assert!(rig.stream.software.is_none());
}

#[test]
fn a_picture_of_another_device_comes_to_the_same_stream_by_the_host_without_a_key() {
    let mut rig = Rig::new();
    rig.show_on_device(&Grey, [64, 48], false, 0);
    assert_eq!(rig.show_on_device(&Elsewhere, [64, 48], false, 20), (false, false));
    assert_eq!(rig.show_on_device(&Grey, [64, 48], false, 40), (true, false));
    assert_eq!(rig.hardware.0.lock().opened, 1);
}

#[test]
fn the_picture_on_which_hardware_fails_is_given_as_a_frame_at_once() {
    let mut rig = Rig::new();
    rig.show_on_device(&Grey, [64, 48], false, 0);
    rig.fails(None, Some(Reason::Lost));
    assert_eq!(rig.show_on_device(&Grey, [64, 48], false, 20), (false, true));
    assert_eq!(rig.by(), By::Software);
    rig.fails(None, None);
    assert_eq!(rig.show_on_device(&Grey, [64, 48], false, 40), (false, false));
    assert_eq!(rig.show_on_device(&Grey, [64, 48], true, 2000), (true, true));
}

fn reasons() -> impl Strategy<Value = Option<Reason>> {
    use Reason as R;
    let some = vec![None, None, Some(R::Full), Some(R::Busy), Some(R::Lost), Some(R::Refused)];
    prop::sample::select(some)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_fails_every_picture_is_shown_and_no_key_is_needless(
        steps in prop::collection::vec(
            (reasons(), reasons(), any::<bool>(), prop::bool::weighted(0.1), 0..3, 1_u64..3000),
            1..60
        )
    ) {
        let (mut rig, mut now, mut size) = (Rig::new(), 0, [64, 48]);
        let mut before = None;
        for (open, encode, key, resize, where_from, later) in steps {
            now += later;
            rig.fails(open, encode);
            if resize {
                size = if size == [64, 48] { [32, 32] } else { [64, 48] };
            }
            let was_key = match where_from {
                0 => rig.show_sized(size, key, now),
                1 => rig.show_on_device(&Grey, size, key, now).1,
                _ => rig.show_on_device(&Elsewhere, size, key, now).1,
            };
            let changed = before != Some(rig.by());
            prop_assert_eq!(was_key, key || resize || changed, "by {:?}", rig.by());
            if changed && rig.by() == By::Nvenc && before.is_some() {
                prop_assert!(key || resize || later >= 1000, "a key for nobody");
            }
            before = Some(rig.by());
        }
        let state = rig.hardware.0.lock();
        prop_assert_eq!(state.open, u32::from(rig.by() == By::Nvenc));
    }
}
