//! The exact solution beside a run: accuracy, times, commands, and the same bits however it is driven.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

mod common;
use std::time::Instant;
use wfr_lab::reference::{ExactPanel, Reference, Solution};
use wfr_lab::scenario::presets;

fn solved(reference: &Reference) -> Vec<Option<Solution>> {
    reference
        .exact()
        .panels
        .into_iter()
        .map(|p| match p {
            ExactPanel::Solved(s) => Some(s),
            ExactPanel::None(r) => {
                println!("{r}");
                None
            }
        })
        .collect()
}

#[test]
fn probe() {
    for preset in presets() {
        let s = preset.scenario();
        let t = Instant::now();
        let mut r = Reference::new(&s);
        let a = t.elapsed();
        r.advance(2.0);
        println!("{} new {a:?} run {:?}", preset.name, t.elapsed() - a);
        for (f, p) in s.panels.iter().zip(solved(&r)) {
            if let Some(p) = p {
                println!(
                    "  {} {}x{} kl {:.5} mass {:.5?}",
                    f.name, p.density.grid.nx, p.density.grid.ny, p.now.observed.kl, p.now.observed.basin_mass
                );
            }
        }
    }
}
