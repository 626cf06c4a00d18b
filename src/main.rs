//! The program: arguments go to the command line or the window, errors to the terminal.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use wfr_lab::cli::{self, Arguments};

fn main() -> ExitCode {
    match cli::run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever has closed the standard error does not want to know.
            let _ = writeln!(io::stderr(), "wfr-lab: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
