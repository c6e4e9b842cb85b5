//! The curve of a link's step, as an SVG picture.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::step::Seen;
use super::trame;

const WIDTH: f64 = 860.0;
/// Height of each of the two panels.
const PANEL: f64 = 170.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 40.0;
const GAP: f64 = 44.0;
/// Colour of the peer.
const PEER: &str = "#15803d";
/// Bits are counted over this long, in seconds.
const BIN: f64 = 0.5;

/// Who is drawn.
#[derive(Clone, Copy)]
pub(super) struct Curves<'a> {
    pub(super) seen: &'a [Seen],
    pub(super) peer: Option<&'a [Seen]>,
}

/// `times`: the link drops, recovers, the run ends. `rates`: before and after the drop, bit/s.
pub(super) fn write(
    path: &Path,
    curves: Curves<'_>,
    times: [Duration; 3],
    rates: [u64; 2],
) -> Result<()> {
    let Curves { seen, peer } = curves;
    let peer = peer.unwrap_or_default();
    let beside =
        if peer.is_empty() { String::new() } else { format!(", and {}'s (green)", trame::NAME) };
    let [drop, recover, end] = times.map(|time| time.as_secs_f64());
    let [fast, slow] = rates.map(|rate| rate as f64 / 1e6);
    let x = |at: f64| LEFT + (WIDTH - LEFT - 16.0) * at / end;
    let height = TOP + 2.0 * PANEL + GAP + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#444\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    // Upper panel: what the link carries, and what came.
    let most = fast * 1.1;
    let y = |mbit: f64| TOP + PANEL - PANEL * (mbit / most).min(1.0);
    let title = |svg: &mut String, top: f64, text: &str| {
        writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"600\">{text}</text>", top - 12.0)
    };
    title(
        &mut svg,
        TOP,
        &format!("Mbit/s: the link (grey) and what our viewer got (blue){beside}"),
    )?;
    let link =
        [(0.0, fast), (drop, fast), (drop, slow), (recover, slow), (recover, fast), (end, fast)];
    line(&mut svg, link.map(|(at, mbit)| (x(at), y(mbit))), "#bbb", 2.0)?;
    let bins = (end / BIN) as usize;
    for (pictures, color) in [(peer, PEER), (seen, "#2a6fdb")] {
        let mut came = vec![0.0; bins];
        for one in pictures {
            if let Some(bin) = came.get_mut((one.at / BIN) as usize) {
                *bin += one.bytes as f64 * 8.0 / 1e6 / BIN;
            }
        }
        let points =
            came.iter().enumerate().map(|(bin, &mbit)| (x((bin as f64 + 0.5) * BIN), y(mbit)));
        line(&mut svg, points, color, 1.6)?;
    }
    axis(&mut svg, [0.0, slow, fast], y, &x(0.0))?;
    // Lower panel: how late.
    let low = TOP + PANEL + GAP;
    let worst = seen.iter().chain(peer).map(|one| one.late_ms).fold(100.0, f64::max);
    let y = |ms: f64| low + PANEL - PANEL * (ms / worst).min(1.0);
    title(
        &mut svg,
        low,
        &format!("milliseconds that pictures waited in queues: ours (red){beside}"),
    )?;
    for (pictures, color) in [(peer, PEER), (seen, "#c2410c")] {
        line(&mut svg, pictures.iter().map(|one| (x(one.at), y(one.late_ms))), color, 1.2)?;
    }
    // The bound of ours, where it can be told from 0.
    let middle = if worst < 600.0 { 50.0 } else { (worst / 2.0).round() };
    axis(&mut svg, [0.0, middle, worst.round()], y, &x(0.0))?;
    for at in (0..=end as u32).step_by(5) {
        let (at_x, bottom) = (x(f64::from(at)), low + PANEL + 18.0);
        writeln!(svg, "<text x=\"{at_x:.1}\" y=\"{bottom}\" text-anchor=\"middle\">{at} s</text>")?;
    }
    svg.push_str("</svg>\n");
    fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))
}

fn line(
    svg: &mut String,
    points: impl IntoIterator<Item = (f64, f64)>,
    color: &str,
    width: f64,
) -> Result<()> {
    write!(svg, "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\" points=\"")?;
    for (x, y) in points {
        write!(svg, "{x:.1},{y:.1} ")?;
    }
    svg.push_str("\"/>\n");
    Ok(())
}

fn axis(svg: &mut String, values: [f64; 3], y: impl Fn(f64) -> f64, left: &f64) -> Result<()> {
    for value in values {
        let at = y(value);
        writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#eee\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            WIDTH - 16.0,
            left - 8.0,
            at + 4.0,
        )?;
    }
    Ok(())
}
