//! How fine is fine enough.

use super::*;
use crate::continuum::{Continuum, Rates};
use crate::observe::Observer;
use crate::scenario::presets;
use crate::space::Grid;

/// Masses of the basins over time, with steps and cells that are finer by these factors.
fn masses(scenario: &Scenario, flow: usize, (steps, cells): (f64, usize)) -> Vec<Vec<f64>> {
    let landscape = scenario.landscape();
    let mut observer = Observer::new(&landscape, scenario.view());
    let coarse = frame::choose(&landscape, observer.grid(), scenario.view(), start::extent(scenario));
    let coarse = coarse.unwrap();
    let grid = Grid::new(coarse.rect, cells * coarse.nx, cells * coarse.ny);
    let rates = Rates {
        alpha: scenario.panels[flow].alpha,
        beta: scenario.panels[flow].beta,
    };
    let mut law = Continuum::new(&landscape, &start::masses(scenario, grid));
    (0..25)
        .map(|k| {
            let t = 0.04 * f64::from(k);
            world::walk(&mut law, rates, (t, t + 0.04), steps);
            let values = law.mass().to_vec();
            observer.observe_cells(&Field { grid, values }).basin_mass
        })
        .collect()
}

fn furthest(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn masses_of_basins_are_right_to_about_a_ten_thousandth() {
    // Both errors are of second order: a third of the difference to twice as fine is left in that.
    for (name, flow, bound) in [
        ("double-well", 0, 1e-4),
        ("double-well", 2, 1e-4),
        ("muller-brown", 0, 3e-4),
        ("four-wells", 1, 4e-4),
    ] {
        let scenario = presets().iter().find(|p| p.name == name).unwrap().scenario();
        let as_is = masses(&scenario, flow, (1.0, 1));
        let time = furthest(&as_is, &masses(&scenario, flow, (2.0, 1)));
        let space = furthest(&as_is, &masses(&scenario, flow, (1.0, 2)));
        eprintln!(
            "{name} {}: time {time:.1e}, space {space:.1e}",
            scenario.panels[flow].name
        );
        assert!(4.0 / 3.0 * (time + space) < bound, "{name}: {time:.1e} and {space:.1e}");
    }
}
