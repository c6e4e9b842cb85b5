//! The commands and their options.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use parfocal_actors::painter::{GlDevices, Renderer};
use parfocal_actors::video;
use parfocal_auth::Role;

/// Look at n-dimensional scientific images together.
///
/// Parfocal keeps one shared scene, renders it next to the data, and streams it to every
/// participant's browser.
#[derive(Debug, Parser)]
#[command(name = "parfocal", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open images and serve them until Ctrl+C.
    Serve(Box<ServeArgs>),
    /// Print a token for a role and nothing else.
    Token(TokenArgs),
    /// List the sessions of a running server.
    Sessions(AskArgs),
    /// Print a link that lets people into a session of a running server, each under their own name.
    Invite(InviteArgs),
    /// Connect many clients to a running server, and say what they see of it.
    Load(LoadArgs),
    /// Say what this machine can do: renderers, codecs, what is missing and how to get it.
    Doctor,
    /// Print a configuration file with every option, its default and what it does.
    Config,
}

/// `parfocal serve`
#[derive(Args, Clone, Debug, Default)]
#[command(
    after_help = "Examples:\n  parfocal serve embryo.tif\n  parfocal serve raw.ome.zarr --labels nuclei.tif\n  parfocal serve stack.npy --axes tzyx --port 8000\n\nEach PATH is an NPY file, a TIFF (multi-page, ImageJ, OME-TIFF) or an OME-Zarr folder (0.4, 0.5)."
)]
pub struct ServeArgs {
    /// Images: NPY, TIFF or OME-Zarr.
    pub paths: Vec<PathBuf>,
    /// Object labels to lay over the images (files named …label…, …seg… or …mask… are taken as
    /// labels without this).
    #[arg(long, value_name = "PATH")]
    pub labels: Vec<PathBuf>,
    /// Names of the axes of the images, one letter each, where the files are silent or wrong.
    #[arg(long, value_name = "LETTERS")]
    pub axes: Option<String>,
    /// Name of the session [default: main].
    #[arg(long)]
    pub session: Option<String>,
    /// Port; 0 takes a free one [default: 7420].
    #[arg(long)]
    pub port: Option<u16>,
    /// Address to listen on [default: 127.0.0.1]. Any but a loopback address needs TLS files or
    /// --insecure.
    #[arg(long)]
    pub host: Option<IpAddr>,
    /// TLS certificate chain (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// TLS private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Serve a public address without TLS (behind a proxy that adds it): tokens travel in clear.
    #[arg(long)]
    pub insecure: bool,
    /// Folder for the secret and the sessions [default: in the user's state folder].
    #[arg(long, value_name = "DIR", env = "PARFOCAL_STATE")]
    pub state: Option<PathBuf>,
    /// Configuration file; `parfocal config` prints one.
    #[arg(long, value_name = "FILE", env = "PARFOCAL_CONFIG")]
    pub config: Option<PathBuf>,
    /// Memory for decoded image chunks, in MiB [default: 1024].
    #[arg(long, value_name = "MIB")]
    pub cache: Option<u64>,
    /// Threads that paint [default: all cores].
    #[arg(long)]
    pub threads: Option<usize>,
    /// What paints: auto takes all GPUs of the best kind where there are any; gl takes any OpenGL, and
    /// fails without one [default: auto].
    #[arg(long, value_name = "auto|cpu|gl")]
    pub renderer: Option<Renderer>,
    /// Which devices of OpenGL paint: numbers as `parfocal doctor` has them, or software, with commas
    /// between; one that is named twice paints in two contexts.
    #[arg(long, value_name = "LIST")]
    pub gl_devices: Option<GlDevices>,
    /// What encodes video: auto takes NVIDIA's encoder (NVENC) where the driver opens it; nvenc does
    /// too, and fails without one; software is openh264. A stream that NVENC cannot take, or fails in,
    /// is encoded in software meanwhile [default: auto].
    #[arg(long, value_name = "auto|software|nvenc")]
    pub encoder: Option<video::Choice>,
    /// Kilobits per second of a 1280x720 stream [default: 6000].
    #[arg(long, value_name = "KBIT")]
    pub bitrate: Option<u32>,
    /// Write logs as JSON lines.
    #[arg(long)]
    pub log_json: bool,
    /// Write a trace of every edit and picture, for ui.perfetto.dev; at most 128 MiB.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
}

/// How a running server is asked. It must have the same secret: the same user, or --state.
#[derive(Args, Clone, Debug)]
pub struct AskArgs {
    /// Where the server is.
    #[arg(long, default_value = "http://127.0.0.1:7420")]
    pub url: String,
    /// Folder with the secret, as given to `parfocal serve`.
    #[arg(long, value_name = "DIR", env = "PARFOCAL_STATE")]
    pub state: Option<PathBuf>,
}

/// `parfocal invite`
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  parfocal invite --role annotator\n  parfocal invite --role viewer --uses 200 --days 2 --name seminar\n\nWhoever opens the link chooses a name and gets a token of their own, good for 30 days. The\nowner of the session takes an invitation back with all tokens made for it (docs/api.md)."
)]
pub struct InviteArgs {
    /// viewer looks; annotator annotates; presenter moves the stage and edits layers; owner does
    /// everything.
    #[arg(long)]
    pub role: Role,
    /// The session that it opens.
    #[arg(long, default_value = "main")]
    pub session: String,
    /// For how many people it is good [default: 25].
    #[arg(long)]
    pub uses: Option<u64>,
    /// Days for which it is good.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
    /// For whom it is, as the list of invitations shows it.
    #[arg(long)]
    pub name: Option<String>,
    /// Which server.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// `parfocal token`
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  parfocal token --role viewer --session main\n  parfocal token --role owner --session '*'   (administers every session; docs/api.md)"
)]
pub struct TokenArgs {
    /// viewer looks; annotator annotates; presenter moves the stage and edits layers; owner does
    /// everything.
    #[arg(long)]
    pub role: Role,
    /// The session that it opens; '*' for every session of the server, which with --role owner is
    /// the token to administer it with.
    #[arg(long)]
    pub session: String,
    /// Name that others see [default: the role].
    #[arg(long)]
    pub name: Option<String>,
    /// Days until it expires.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Folder with the secret, as given to `parfocal serve`.
    #[arg(long, value_name = "DIR", env = "PARFOCAL_STATE")]
    pub state: Option<PathBuf>,
}

/// `parfocal load`
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  parfocal load 'http://127.0.0.1:7420/s/main#token=…'\n  parfocal load LINK --viewers 500 --editors 5 --rate 5 --seconds 60\n  parfocal load LINK --viewers 20 --decode --json > load.json\n\nViewers look. Editors look too, and move a view in a circle, which they put back at the end: the\nshared stage where the link is a presenter's or owner's (everybody sees it move), else a view of\ntheir own (the viewers' pictures rest then).\n\n  age of a picture    from the server's reading of the scene to the picture's arrival here; with\n                      --decode, to its being shown\n  acknowledgement     from an editor's sending an edit to reading the answer\n  pictures dropped    missing, or with --decode not decoded or passed over; what the server leaves\n                      out before it encodes shows in pictures per second\n\nIt takes processor time itself: a machine of its own measures the server better, and --decode\nneeds about a core for three viewers of 720p."
)]
pub struct LoadArgs {
    /// A link of the session, as `parfocal serve` prints it; in quotes, since it holds a `#`.
    pub link: String,
    /// Clients that look.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub viewers: u16,
    /// Clients that look and edit; without one, nothing moves.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub editors: u16,
    /// Edits per second of each editor.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub rate: u16,
    /// How long to measure.
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub seconds: u16,
    /// Size of each client's window in pixels.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = size)]
    pub size: [u32; 2],
    /// Decode pictures and present them as a window would, instead of acknowledging them as they
    /// arrive.
    #[arg(long)]
    pub decode: bool,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl LoadArgs {
    /// Viewers and editors.
    pub fn clients(&self) -> usize {
        usize::from(self.viewers) + usize::from(self.editors)
    }
}

/// Reads `1280x720`.
fn size(text: &str) -> Result<[u32; 2], String> {
    let side = |text: &str| text.parse::<u32>().ok().filter(|side| (64..=4096).contains(side));
    let sides = text.split_once('x').and_then(|(width, height)| side(width).zip(side(height)));
    let sides = sides.map(|(width, height)| [width, height]);
    sides.ok_or_else(|| "write WIDTHxHEIGHT, each from 64 to 4096, as in 1280x720".to_owned())
}
