//! `parfocal serve` on a machine with a card that encodes, for browser tests. `lost` on its standard
//! input takes the card away, `back` gives it back.

use anyhow::Result;

#[cfg(target_os = "linux")]
fn main() -> Result<()> {
    use clap::Parser;
    use parfocal_nvidia::stand_in::Device;
    use parfocal_server::cli::{Cli, Command};
    use parfocal_tests::card;

    let Command::Serve(args) = Cli::parse().command else { anyhow::bail!("it serves only") };
    let device = Device::new();
    let hardware = card::with(&device);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            match line.trim() {
                "lost" => device.set("lost at", 1),
                "back" => device.set("lost at", 0),
                other => eprintln!("neither `lost` nor `back`: {other}"),
            }
        }
    });
    parfocal_server::serve::run_on(args, hardware)
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<()> {
    anyhow::bail!("it stands in for a library of Linux")
}
