//! Slow modes.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test prints"
)]
use std::time::Instant;
use wfr_lab::continuum::spectrum;
use wfr_lab::landscape::Landscape;
use wfr_lab::target::Shape;

#[test]
fn explore() {
    for k in [1.0, 4.0, 8.0, 16.0, 24.0, 32.0] {
        let shape = Shape::TextbookWell(wfr_lab::target::TextbookWell { stiffness: 1.0 });
        let l = Landscape {
            shape,
            temperature: 1.0 / k,
        };
        let view = wfr_lab::space::Rect::new(-4.0, 4.0, -4.0, 4.0);
        for cells in [64, 128, 192, 256] {
            let t = Instant::now();
            let s = spectrum(&l, view, cells, 6);
            println!("{k} {cells} {:?} {:?}", t.elapsed(), s.map(|s| s.rates));
        }
    }
    for shape in Shape::all() {
        let l = Landscape {
            shape,
            temperature: 1.0,
        };
        let view = l.target().view();
        let t = Instant::now();
        let s = spectrum(&l, view, 192, 8);
        println!("{} {:?} {:?}", l.shape.name(), t.elapsed(), s.map(|s| s.rates));
    }
}
