//! A measured value with what the peers gave, as a table and as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::stats::{busy, machine};

/// One measured value.
pub(crate) struct Row {
    pub(crate) benchmark: &'static str,
    /// What was measured, e.g. `1920x1080, 1 layer, p50`.
    pub(crate) metric: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// Name of each peer, and its value in the same unit.
    pub(crate) peers: Vec<(String, f64)>,
}

/// The rows of a run, on one machine.
pub(crate) struct Report {
    machine: String,
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { machine: machine(), rows: Vec::new() }
    }

    /// Adds a row that has no peers.
    pub(crate) fn add(
        &mut self,
        benchmark: &'static str,
        metric: String,
        value: f64,
        unit: &'static str,
    ) {
        self.add_beside(benchmark, metric, value, unit, Vec::new());
    }

    /// Adds a row with the peers' values.
    pub(crate) fn add_beside(
        &mut self,
        benchmark: &'static str,
        metric: String,
        value: f64,
        unit: &'static str,
        peers: Vec<(String, f64)>,
    ) {
        self.rows.push(Row { benchmark, metric, value, unit, peers });
    }

    /// The rows for a reader.
    pub(crate) fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.metric.chars().count()).max().unwrap_or(0);
        let mut text = format!("\n{}{}\n", self.machine, busy().unwrap_or_default());
        for row in &self.rows {
            let Row { benchmark, metric, value, unit, peers } = row;
            let pad = width - metric.chars().count();
            let spaces = " ".repeat(pad);
            // Writing to a string cannot fail.
            let _ = write!(text, "{benchmark:<9} {metric}{spaces}  {value:>9.2} {unit:<9}");
            for (name, other) in peers {
                let _ = write!(text, "  {name} {other:.2}");
                if let Some(times) = times_better(*value, *other, unit) {
                    let _ = write!(text, " ({times:.1}x)");
                }
            }
            text.push('\n');
        }
        text
    }

    /// The rows as Markdown, a table for each benchmark, as `docs/performance.md` has them.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("{}{}\n", self.machine, busy().unwrap_or_default());
        for rows in self.rows.chunk_by(|a, b| a.benchmark == b.benchmark) {
            text.push('\n');
            let mut names: Vec<&str> = Vec::new();
            for (name, _) in rows.iter().flat_map(|row| &row.peers) {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
            let mut line = |what: &str, value: &str, peers: &mut dyn Iterator<Item = String>| {
                let peers: String = peers.map(|peer| format!(" {peer} |")).collect();
                // Writing to a string cannot fail.
                let _ = writeln!(text, "| {what} | {value} |{peers}");
            };
            line("what", "Parfocal", &mut names.iter().map(|&name| name.to_owned()));
            line("---", "---", &mut names.iter().map(|_| "---".to_owned()));
            for Row { metric, value, unit, peers, .. } in rows {
                let of = |name: &&str| {
                    let found = peers.iter().find(|(other, _)| other == name);
                    found.map_or(String::new(), |(_, value)| format!("{value:.2}"))
                };
                line(metric, &format!("{value:.2} {unit}"), &mut names.iter().map(of));
            }
        }
        text
    }

    /// A JSON array, one object a line.
    pub(crate) fn json(&self) -> String {
        let lines: Vec<_> = self.rows.iter().map(|row| self.object(row).to_string()).collect();
        format!("[\n{}\n]\n", lines.join(",\n"))
    }

    fn object(&self, row: &Row) -> Value {
        let Row { benchmark, metric, value, unit, peers } = row;
        let peers: serde_json::Map<_, _> =
            peers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "benchmark": benchmark, "metric": metric, "value": value, "unit": unit,
            "peers": peers, "machine": self.machine,
        })
    }
}

/// How many times better than the peer: less of time and size, more of speed. Decibels are no
/// ratio scale.
fn times_better(ours: f64, other: f64, unit: &str) -> Option<f64> {
    match unit {
        "ms" | "µs" | "KiB" | "MiB" => Some(other / ours),
        "frames/s" => Some(ours / other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_of_the_array() {
        let mut report = Report { machine: "a machine".to_owned(), rows: Vec::new() };
        report.add_beside("render", "p50".to_owned(), 2.0, "ms", vec![("other".to_owned(), 9.0)]);
        report.add("render", "p95".to_owned(), 3.0, "ms");
        let json = report.json();
        assert_eq!(json.lines().count(), 4);
        let rows: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(rows[0]["peers"]["other"], 9.0);
        assert_eq!(rows[1]["machine"], "a machine");
        assert!(report.table().contains("other 9.00 (4.5x)"));
        let markdown = report.markdown();
        assert!(markdown.contains("| what | Parfocal | other |\n| --- | --- | --- |\n"));
        assert!(markdown.contains("| p50 | 2.00 ms | 9.00 |\n| p95 | 3.00 ms |  |\n"));
    }
}
