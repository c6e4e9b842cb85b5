//! Prints what a path opens as, and how long it takes to read every chunk of it twice:
//! `cargo run --release --example inspect -- PATH [AXES]`.

use std::path::Path;
use std::time::Instant;

use parfocal_data::{DataError, OpenOptions, Roots, Source, auto_contrast, open};

/// Chunks that are timed, at most.
const MAX_TIMED: usize = 64;

#[tokio::main]
async fn main() -> Result<(), DataError> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_default();
    let options = OpenOptions { axes: arguments.next(), ..OpenOptions::new(Roots::everywhere()) };
    let start = Instant::now();
    let opened = open(Path::new(&path), &options).await?;
    println!("{path}: opened in {:?}", start.elapsed());
    for source in &opened.sources {
        describe(source.as_ref()).await?;
    }
    Ok(())
}

async fn describe(source: &dyn Source) -> Result<(), DataError> {
    let (meta, info) = (source.meta(), source.info());
    let axes: Vec<String> = meta
        .axes
        .iter()
        .map(|a| format!("{}[{}]", a.name, a.unit.as_deref().unwrap_or("-")))
        .collect();
    println!(
        "- {} ({:?}, {}): {} {:?}",
        info.name,
        info.kind,
        info.format,
        axes.join(" "),
        meta.dtype
    );
    for level in &meta.levels {
        println!("  shape {:?} chunk {:?} scale {:?}", level.shape, level.chunk, level.scale);
    }
    for channel in &info.channels {
        println!("  channel {:?} {:?} {:?}", channel.name, channel.color, channel.window);
    }
    for warning in &info.warnings {
        println!("  warning: {warning}");
    }
    println!("  contrast {:?}", auto_contrast(source, None).await?);
    for _ in 0..2 {
        time(source).await?;
    }
    Ok(())
}

async fn time(source: &dyn Source) -> Result<(), DataError> {
    let grid = source.meta().levels[0].grid();
    let (start, mut bytes, mut chunks) = (Instant::now(), 0, 0);
    for i in 0..grid.iter().product::<usize>().min(MAX_TIMED) {
        let mut left = i;
        let mut at: Vec<usize> = grid
            .iter()
            .rev()
            .map(|n| {
                let here = left % n;
                left /= n;
                here
            })
            .collect();
        at.reverse();
        bytes += source.read(0, &at).await?.bytes();
        chunks += 1;
    }
    let each = start.elapsed() / chunks.max(1);
    println!("  {chunks} chunks of {} bytes, {each:?} each", bytes / chunks.max(1) as usize);
    Ok(())
}
