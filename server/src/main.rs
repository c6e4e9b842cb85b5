//! The `parfocal` command.

use std::process::ExitCode;

use clap::Parser;
use parfocal_server::cli::{Cli, Command};
use parfocal_server::{access, ask, config, doctor, load, serve};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Token(args) => access::print_token(&args),
        Command::Sessions(args) => ask::sessions(&args),
        Command::Invite(args) => ask::invite(&args),
        Command::Load(args) => load::run(&args),
        Command::Config => {
            print!("{}", config::SAMPLE);
            Ok(())
        }
        Command::Doctor => {
            doctor::print();
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parfocal: {error:#}");
            ExitCode::FAILURE
        }
    }
}
