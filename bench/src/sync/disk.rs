//! What nobody can be faster than who answers when it is saved: a line is appended to a file, and
//! the disk is waited for. It is measured beside the others as "bare disk".

use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::stats::{Samples, millis};

/// Bytes of a line: those of an intent in the journal.
const BYTES: usize = 512;
/// Lines.
const LINES: usize = 500;
/// Between two of them.
const BETWEEN: Duration = Duration::from_millis(10);

/// Milliseconds for each line, in the folder where servers get theirs.
pub(crate) fn appends() -> Result<Samples> {
    let mut file = tempfile::tempfile().context("cannot make a file")?;
    let mut samples = Samples::default();
    for _ in 0..LINES {
        let start = Instant::now();
        file.write_all(&[b'x'; BYTES]).context("cannot write")?;
        file.sync_data().context("cannot wait for the disk")?;
        samples.push(millis(start));
        sleep(BETWEEN);
    }
    Ok(samples)
}
