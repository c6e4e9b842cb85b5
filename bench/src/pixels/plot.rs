//! The curve of a link's step, as an SVG picture for light and for dark pages.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::step::Seen;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 500.0;
/// Where panels begin and end, horizontally.
const LEFT: f64 = 64.0;
const RIGHT: f64 = WIDTH - 24.0;
/// Top of each of the two panels, and their height.
const TOPS: [f64; 2] = [74.0, 284.0];
const PANEL: f64 = 156.0;
/// Bits are counted over this long, in seconds.
const BIN: f64 = 0.5;
/// Of the greatest value, this much more is drawn.
const ROOM: f64 = 1.08;
/// Between marks of the time, in seconds.
const MARKS: usize = 5;

/// Classes, and their colours on light and on dark pages.
const LOOK: &str = "<style>\
text{font:12px system-ui,-apple-system,\"Segoe UI\",sans-serif;fill:#475569}\
.title{font-weight:600;font-size:13px;fill:#0f172a}\
.page{fill:#fff}.grid{stroke:#e2e8f0}.link{fill:#eef2f7}.event{stroke:#94a3b8;stroke-dasharray:3 3}\
.curve{fill:none;stroke-width:1.6;stroke-linejoin:round}\
.peer{stroke:#d97706}.ours{stroke:#2563eb}\
@media(prefers-color-scheme:dark){text{fill:#94a3b8}.title{fill:#f1f5f9}\
.page{fill:#0d1117}.grid{stroke:#263041}.link{fill:#1a2230}.event{stroke:#64748b}\
.peer{stroke:#fbbf24}.ours{stroke:#60a5fa}}\
</style>\n";

/// What is drawn.
pub(super) struct Step<'a> {
    pub(super) ours: &'a [Seen],
    /// The peer's name, and what it did.
    pub(super) peer: Option<(&'a str, &'a [Seen])>,
    /// When the link drops, recovers, and the run ends, in seconds.
    pub(super) times: [f64; 3],
    /// Before and after the drop, Mbit/s.
    pub(super) rates: [f64; 2],
}

/// Writes it to `path`.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(path: &Path, step: &Step<'_>) -> Result<()> {
    fs::write(path, draw(step)?).with_context(|| format!("cannot write {}", path.display()))
}

fn draw(step: &Step<'_>) -> Result<String> {
    let &Step { ours, peer, times: [drop, recover, end], rates: [fast, slow] } = step;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"A link drops to a fifth and recovers: what came, and how late\">\n{LOOK}\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\n"
    );
    legend(&mut svg, peer.map(|(name, _)| name))?;
    let curves = [("peer", peer.map_or(&[][..], |(_, seen)| seen)), ("ours", ours)];

    let rate = Panel { top: TOPS[0], end, most: fast * ROOM };
    let bits = curves.map(|(class, seen)| (class, rate_of(seen, end)));
    rate.frame(&mut svg, "What came, Mbit/s", |svg| {
        let corners = [(0.0, fast), (drop, fast), (drop, slow), (recover, slow), (recover, fast)];
        let area = corners.into_iter().chain([(end, fast), (end, 0.0), (0.0, 0.0)]);
        rate.shape(svg, "polygon", "link", area)
    })?;
    for (class, points) in bits {
        rate.shape(&mut svg, "polyline", &format!("curve {class}"), points)?;
    }
    let worst = curves.iter().flat_map(|(_, seen)| *seen).map(|one| one.late_ms);
    let late = Panel { top: TOPS[1], end, most: worst.fold(100.0, f64::max) * ROOM };
    late.frame(&mut svg, "How long pictures waited in queues, ms", |_| Ok(()))?;
    for (class, seen) in curves {
        let points = seen.iter().map(|one| (one.at, one.late_ms));
        late.shape(&mut svg, "polyline", &format!("curve {class}"), points)?;
    }
    for (at, rate) in [(drop, slow), (recover, fast)] {
        let (x, [top, low]) = (late.x(at), TOPS);
        let (bottom, text) = (low + PANEL, format!("{rate} Mbit/s from here"));
        writeln!(
            svg,
            "<line class=\"event\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{bottom}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{text}</text>",
            x + 6.0,
            low + 14.0,
        )?;
    }
    for at in (0..=end as usize).step_by(MARKS) {
        let x = late.x(at as f64);
        let y = TOPS[1] + PANEL + 20.0;
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{at}</text>")?;
    }
    let (x, y) = ((LEFT + RIGHT) / 2.0, TOPS[1] + PANEL + 42.0);
    writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">seconds</text>")?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn legend(svg: &mut String, peer: Option<&str>) -> Result<()> {
    let mut x = LEFT;
    for (class, name) in [("ours", Some("Parfocal")), ("peer", peer)] {
        let Some(name) = name else { continue };
        let end = x + 24.0;
        writeln!(
            svg,
            "<line class=\"curve {class}\" x1=\"{x}\" x2=\"{end}\" y1=\"28\" y2=\"28\"/>\
             <text x=\"{}\" y=\"32\">{name}</text>",
            end + 8.0,
        )?;
        x += 110.0;
    }
    let after = x + 32.0;
    writeln!(
        svg,
        "<rect class=\"link\" x=\"{x}\" y=\"22\" width=\"24\" height=\"12\"/>\
         <text x=\"{after}\" y=\"32\">what the link carries</text>"
    )?;
    Ok(())
}

/// Seconds and Mbit/s.
fn rate_of(seen: &[Seen], end: f64) -> Vec<(f64, f64)> {
    if seen.is_empty() {
        return Vec::new();
    }
    let mut bins = vec![0.0; (end / BIN) as usize];
    for one in seen {
        if let Some(bin) = bins.get_mut((one.at / BIN) as usize) {
            *bin += one.bytes as f64 * 8.0 / 1e6 / BIN;
        }
    }
    let middle = |(bin, mbit)| ((bin as f64 + 0.5) * BIN, mbit);
    bins.into_iter().enumerate().map(middle).collect()
}

/// One diagram over time.
struct Panel {
    top: f64,
    end: f64,
    /// The value at its upper edge.
    most: f64,
}

impl Panel {
    fn x(&self, at: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (at / self.end).clamp(0.0, 1.0)
    }

    fn y(&self, value: f64) -> f64 {
        self.top + PANEL * (1.0 - (value / self.most).clamp(0.0, 1.0))
    }

    /// Its title and lines, over what `below` draws.
    fn frame(
        &self,
        svg: &mut String,
        title: &str,
        below: impl FnOnce(&mut String) -> Result<()>,
    ) -> Result<()> {
        below(svg)?;
        let above = self.top - 12.0;
        writeln!(svg, "<text class=\"title\" x=\"{LEFT}\" y=\"{above}\">{title}</text>")?;
        let each = round_step(self.most);
        for line in 0..=(self.most / each) as usize {
            let value = line as f64 * each;
            let y = self.y(value);
            writeln!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                LEFT - 8.0,
                y + 4.0,
            )?;
        }
        Ok(())
    }

    fn shape(
        &self,
        svg: &mut String,
        element: &str,
        class: &str,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Result<()> {
        write!(svg, "<{element} class=\"{class}\" points=\"")?;
        for (at, value) in points {
            write!(svg, "{:.1},{:.1} ", self.x(at), self.y(value))?;
        }
        svg.push_str("\"/>\n");
        Ok(())
    }
}

/// Between lines, a round number, so that there are at most five up to `most`.
fn round_step(most: f64) -> f64 {
    let ten = 10_f64.powf((most / 5.0).log10().floor());
    let found = [1.0, 2.0, 5.0].into_iter().find(|&times| most / (times * ten) <= 5.5);
    found.unwrap_or(10.0) * ten
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_at_round_numbers() {
        assert_eq!([10.8, 100.0, 260.0, 2700.0].map(round_step), [2.0, 20.0, 50.0, 500.0]);
    }

    #[test]
    fn a_drawing_has_a_curve_for_each_who_is_measured() -> Result<()> {
        let seen = [Seen { at: 1.0, late_ms: 10.0, bytes: 1000 }];
        let step = Step { ours: &seen, peer: None, times: [10.0, 20.0, 35.0], rates: [10.0, 2.0] };
        assert!(!draw(&step)?.contains("other"));
        let both = draw(&Step { peer: Some(("other", &seen)), ..step })?;
        assert!(both.contains("other") && both.matches("<polyline").count() == 4);
        Ok(())
    }
}
