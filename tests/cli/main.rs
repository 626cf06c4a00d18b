//! The program as a user runs it.

#![allow(clippy::unwrap_used, reason = "a test stops at what is wrong")]

mod export;
mod list;
#[path = "../common/program.rs"]
mod program;
mod run;
mod surroundings;

/// A short run of the default scenario.
const SHORT: [&str; 8] = [
    "run",
    "double-well",
    "--set",
    "particles=500",
    "--until",
    "0.1",
    "--seed",
    "7",
];

fn short<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SHORT.iter().chain(more).copied().collect()
}
