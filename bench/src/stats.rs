//! Percentiles of measured times, and the machine that they were measured on.

use std::fs;
use std::thread::available_parallelism;
use std::time::Instant;

/// Measured values; order does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Takes over others.
    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Runs `work`, keeps the milliseconds that it took, and hands on its result.
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.push(millis(start));
        result
    }

    /// The value below which `percent` of a hundred lie (nearest rank); NaN without values.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }
}

/// Milliseconds since `start`.
pub(crate) fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// Processor, its number in `/proc/cpuinfo` terms, and cores that this process may use.
pub(crate) fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.split(':').next().map(str::trim) == Some(name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let name = field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let model = field("model").map(|model| format!(", model {model}")).unwrap_or_default();
    let cores = available_parallelism().map_or(1, usize::from);
    format!("{name}{model}, {cores} cores")
}

/// A warning where others keep the machine busy: more wants to run than the benchmark itself.
pub(crate) fn busy() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let load: f64 = text.split_whitespace().next()?.parse().ok()?;
    let cores = available_parallelism().map_or(1, usize::from);
    (load > cores as f64 + 0.5)
        .then(|| format!("  (BUSY: load {load:.1}; only ratios mean something)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let samples = Samples((1..=100).rev().map(f64::from).collect());
        assert_eq!(samples.percentile(50.0), 50.0);
        assert_eq!(samples.percentile(95.0), 95.0);
        assert_eq!(samples.percentile(100.0), 100.0);
        assert_eq!(Samples(vec![7.0]).percentile(1.0), 7.0);
        assert!(Samples::default().percentile(50.0).is_nan());
    }
}
