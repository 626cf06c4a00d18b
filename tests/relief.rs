//! What is laid over a target: shift, tilt and wells against differences, against mixtures that are the same law, and in runs.

#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

use wfr_lab::flow::Flow;
use wfr_lab::landscape::{Landscape, Relief, Well};
use wfr_lab::resample::Resampling;
use wfr_lab::rng::{Purpose, Streams};
use wfr_lab::scenario::{Blob, Scenario, Start, presets};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::space::{Grid, Point, Rect, Symmetric};
use wfr_lab::target::{Component, DoubleWell, Mixture, Shape};

fn some() -> Relief {
    Relief {
        shift: Point::new(0.3, -0.2),
        tilt: Point::new(-0.7, 1.1),
        wells: vec![
            Well {
                center: Point::new(0.5, 1.2),
                depth: 4.0,
                widths: (0.6, 0.3),
                angle: 30.0,
            },
            Well {
                center: Point::new(-1.0, -0.4),
                depth: -2.5,
                widths: (0.2, 0.9),
                angle: -75.0,
            },
        ],
    }
}

/// Places all over the view, more of them than a block holds.
fn places(landscape: &Landscape) -> [Vec<f64>; 2] {
    let grid = Grid::new(landscape.view().scaled(0.8), 23, 19);
    let points = (0..grid.len()).map(|k| grid.center(k % 23, k / 23));
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.map(|p| (p.x + 0.0123, p.y - 0.0071)).unzip();
    assert!(xs.len() > 256);
    [xs, ys]
}

#[test]
fn slopes_and_curvatures_are_those_of_the_energy() {
    for shape in Shape::all() {
        let landscape = Landscape::new(shape, 1.7).with(&some());
        let [xs, ys] = places(&landscape);
        let n = xs.len();
        let mut v = vec![0.0; n];
        let (mut gx, mut gy, mut laplacian) = (v.clone(), v.clone(), v.clone());
        landscape.potential_into(&xs, &ys, &mut v);
        landscape.gradient_into(&xs, &ys, &mut gx, &mut gy);
        landscape.laplacian_into(&xs, &ys, &mut laplacian);
        let h = 1e-5;
        for k in 0..n {
            let p = Point::new(xs[k], ys[k]);
            // The ring has a kink, and Müller–Brown is continued where its curvature jumps.
            let [right, left, up, down] = [(h, 0.0), (-h, 0.0), (0.0, h), (0.0, -h)].map(|(x, y)| p + Point::new(x, y));
            let slope = |a: Point, b: Point| (landscape.potential(a) - landscape.potential(b)) / (2.0 * h);
            let (sx, sy) = (slope(right, left), slope(up, down));
            let bend = (landscape.gradient(right).x - landscape.gradient(left).x + landscape.gradient(up).y
                - landscape.gradient(down).y)
                / (2.0 * h);
            let size = 1.0 + v[k].abs() + gx[k].abs() + gy[k].abs();
            let name = landscape.shape.name();
            assert!((v[k] - landscape.potential(p)).abs() <= 1e-12 * size, "{name} at {p:?}");
            assert!((gx[k] - sx).abs() < 3e-6 * size, "{name} at {p:?}: {} for {sx}", gx[k]);
            assert!((gy[k] - sy).abs() < 3e-6 * size, "{name} at {p:?}: {} for {sy}", gy[k]);
            let tolerance = 3e-5 * (size + laplacian[k].abs());
            assert!(
                (laplacian[k] - bend).abs() < tolerance,
                "{name} at {p:?}: {} for {bend}",
                laplacian[k]
            );
        }
    }
}

/// One Gaussian well by its formula, with the angle in the functions of the C library.
#[test]
fn a_well_is_a_gaussian_along_its_axes() {
    let flat = Shape::DoubleWell(DoubleWell::default());
    for (angle, widths, depth) in [
        (0.0, (0.6, 0.3), 4.0),
        (37.0_f64, (0.2, 1.4), -3.0),
        (-123.0, (0.5, 0.5), 9.0),
    ] {
        let center = Point::new(0.4, -0.6);
        let well = Well {
            center,
            depth,
            widths,
            angle,
        };
        let bare = Landscape::new(flat.clone(), 1.0);
        let with = bare.clone().with(&Relief {
            wells: vec![well],
            ..Relief::default()
        });
        let (sin, cos) = angle.to_radians().sin_cos();
        for (u, v) in [(0.0, 0.0), (0.3, -0.1), (-1.0, 0.7), (2.0, 2.0)] {
            // (u, v) are coordinates along the axes, in widths.
            let (a, b) = (u * widths.0, v * widths.1);
            let p = center + Point::new(a * cos - b * sin, a * sin + b * cos);
            let dent = with.potential(p) - bare.potential(p);
            let exact = -depth * (-0.5_f64 * (u * u + v * v)).exp();
            assert!(
                (dent - exact).abs() < 1e-12 * (1.0 + bare.potential(p)),
                "{dent} for {exact}"
            );
        }
    }
    for (angle, x, y) in [
        (0.0, 1.0, 0.0),
        (90.0, 0.0, 1.0),
        (180.0, -1.0, 0.0),
        (-90.0, 0.0, -1.0),
    ] {
        let well = Well {
            angle,
            ..Well::at(Point::default())
        };
        assert_eq!(well.first(), Point::new(x, y));
    }
}

/// e^{−tilt · p} Σ wₖ N(mₖ, Sₖ) is again a mixture: the means move by −Sₖ tilt, the weights change by e^{−tilt · mₖ + tiltᵀ Sₖ tilt/2}.
#[test]
fn a_tilted_mixture_is_another_mixture() {
    let blobs = [
        Component::new(1.0, Point::new(-1.0, 0.4), Symmetric::new(0.3, 0.1, 0.2)),
        Component::new(2.5, Point::new(1.2, -0.8), Symmetric::new(0.15, -0.05, 0.4)),
    ];
    let (tilt, shift) = (Point::new(0.9, -1.3), Point::new(0.7, 0.2));
    let relief = Relief {
        shift,
        tilt,
        wells: Vec::new(),
    };
    let tilted = Landscape::new(Shape::Mixture(Mixture::new(blobs.to_vec()).unwrap()), 1.0).with(&relief);
    let moved = blobs.map(|b| {
        let pull = b.covariance.apply(tilt);
        let factor = (-tilt.dot(b.mean) + 0.5 * tilt.dot(pull)).exp();
        Component::new(b.weight * factor, b.mean - pull + shift, b.covariance)
    });
    let same = Landscape::new(Shape::Mixture(Mixture::new(moved.to_vec()).unwrap()), 1.0);
    let origin = tilted.potential(Point::default()) - same.potential(Point::default());
    let [xs, ys] = places(&same);
    let mut curvatures = [vec![0.0; xs.len()], vec![0.0; xs.len()]];
    tilted.laplacian_into(&xs, &ys, &mut curvatures[0]);
    same.laplacian_into(&xs, &ys, &mut curvatures[1]);
    for (k, (&x, &y)) in xs.iter().zip(&ys).enumerate() {
        let p = Point::new(x, y);
        assert!(
            (tilted.potential(p) - same.potential(p) - origin).abs() < 1e-10,
            "{p:?}"
        );
        assert!((tilted.gradient(p) - same.gradient(p)).norm() < 1e-10, "{p:?}");
        assert!((curvatures[0][k] - curvatures[1][k]).abs() < 1e-9, "{p:?}");
    }
}

#[test]
fn nothing_costs_nothing_and_changes_no_bit() {
    for shape in Shape::all() {
        let bare = Landscape::new(shape, 0.8);
        let with = bare.clone().with(&Relief::default());
        assert_eq!(bare, with, "the target is asked directly");
        assert_ne!(bare, bare.clone().with(&some()));
    }
}

#[test]
fn what_is_only_moved_is_known_exactly() {
    let shift = Point::new(1.5, -0.5);
    let moved = Relief {
        shift,
        ..Relief::default()
    };
    let tilted = Relief {
        tilt: Point::new(0.1, 0.0),
        ..moved.clone()
    };
    let dented = Relief {
        wells: vec![Well::at(shift)],
        ..moved.clone()
    };
    for shape in Shape::all() {
        let bare = Landscape::new(shape, 1.0);
        let there = bare.clone().with(&moved);
        let streams = Streams::new(5);
        let draw = |landscape: &Landscape| landscape.sample(&mut streams.stream(0, Purpose::Start, 0));
        match bare.moments() {
            Some(moments) => {
                let known = there.moments().unwrap();
                assert_eq!(known.mean, moments.mean + shift);
                assert_eq!(
                    (known.covariance, known.log_normaliser),
                    (moments.covariance, moments.log_normaliser)
                );
                assert_eq!(draw(&there), draw(&bare).map(|p| p + shift));
            }
            None => assert!(there.moments().is_none() && draw(&there).is_none()),
        }
        for other in [&tilted, &dented] {
            let landscape = bare.clone().with(other);
            assert!(landscape.moments().is_none() && draw(&landscape).is_none());
        }
        let (from, to) = (bare.view(), there.view());
        assert_eq!((to.min, to.max), (from.min + shift, from.max + shift));
    }
}

#[test]
fn files_and_settings_hold_a_relief() {
    let mut scenario = presets()[0].scenario();
    assert!(!scenario.to_ron().contains("relief"), "nothing is not written");
    scenario.set("relief.tilt", "(0.5, 0)").unwrap();
    scenario.set("relief.shift", "(0, -1)").unwrap();
    scenario
        .set(
            "relief.wells",
            "[(center: (0, 1)), (center: (1, 1), depth: -3, widths: (0.2, 0.1), angle: 45)]",
        )
        .unwrap();
    assert_eq!(scenario.relief.wells[0], Well::at(Point::new(0.0, 1.0)));
    assert_eq!((scenario.relief.tilt.x, scenario.relief.shift.y), (0.5, -1.0));
    let read = Scenario::from_ron(&scenario.to_ron(), "written").unwrap();
    assert_eq!(read, scenario);
    scenario.set("relief", "(tilt: (0, 2))").unwrap();
    assert!(scenario.relief.wells.is_empty() && scenario.relief.tilt.y == 2.0);
    for key in ["relief", "relief.shift", "relief.tilt", "relief.wells"] {
        assert!(scenario.keys().iter().any(|k| k == key), "{key}");
    }
    let before = scenario.clone();
    let many = format!("[{}]", "(center: (0, 0)),".repeat(33));
    for (key, value, says) in [
        ("relief.tilt", "(0, 21)", "tilt = 21 is not possible"),
        ("relief.shift", "(1)", "expected a group of 2 values"),
        (
            "relief.wells",
            "[(center: (0, 0), depth: 51)]",
            "depth = 51 is not possible",
        ),
        (
            "relief.wells",
            "[(center: (0, 0), widths: (0.4, 0))]",
            "width = 0 is not possible",
        ),
        (
            "relief.wells",
            "[(center: (0, 0), angle: 181)]",
            "angle = 181 is not possible",
        ),
        ("relief.wells", &many, "33 wells are not possible: expected at most 32"),
        (
            "relief.well",
            "[]",
            "expected one of relief, relief.shift, relief.tilt, relief.wells",
        ),
        ("relief", "(tild: (0, 0))", "did you mean `tilt`?"),
    ] {
        let error = scenario.set(key, value).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(scenario, before);
    }
    let text = before.to_ron().replace("tilt: (0.0, 2.0)", "tilt: (0.0, 99.0)");
    let error = Scenario::from_ron(&text, "file").unwrap_err();
    let line = text.lines().nth(error.line - 1).unwrap();
    assert!(
        line.chars()
            .skip(error.column - 1)
            .collect::<String>()
            .starts_with("99.0"),
        "{error}: {line}"
    );
}

/// A flat bowl with two wells of the relief in it, one in each half of the plane.
fn bowl() -> Scenario {
    let bowl = Component::new(1.0, Point::default(), Symmetric::new(4.0, 0.0, 4.0));
    let start = Blob::new(1.0, Point::new(-1.5, 0.0), Symmetric::new(0.2, 0.0, 0.2));
    let mut scenario = Scenario::new(
        Shape::Mixture(Mixture::new(vec![bowl]).unwrap()),
        Start::Gaussian(start),
        vec![Flow::langevin()],
    );
    scenario.relief = Relief {
        shift: Point::default(),
        tilt: Point::new(0.4, 0.0),
        wells: vec![
            Well {
                depth: 2.0,
                ..Well::at(Point::new(-1.5, 0.0))
            },
            Well {
                depth: 2.5,
                widths: (0.7, 0.3),
                angle: 60.0,
                ..Well::at(Point::new(1.5, 0.5))
            },
        ],
    };
    scenario
}

/// Langevin in a landscape with everything over it reaches e^{−V}: the mean of x and the share of the right half against quadrature.
#[test]
fn particles_reach_the_law_with_tilt_and_wells() {
    let n = 40_000;
    let mut scenario = bowl();
    scenario.particles = n;
    scenario.dt = 0.01;
    // Independent particles, for the standard error.
    scenario.resampling = Resampling {
        threshold: 0.0,
        ..Resampling::default()
    };
    let landscape = scenario.landscape();
    let field = landscape.field(Grid::new(Rect::new(-12.0, 12.0, -12.0, 12.0), 600, 600));
    let (mut mass, mut right, mut first, mut second) = (0.0, 0.0, 0.0, 0.0);
    for (k, v) in field.values.iter().enumerate() {
        let p = field.grid.center(k % 600, k / 600);
        let m = (-v).exp();
        mass += m;
        right += if p.x > 0.0 { m } else { 0.0 };
        first += m * p.x;
        second += m * p.x * p.x;
    }
    let (right, mean) = (right / mass, first / mass);
    let variance = second / mass - mean * mean;
    let mut run = Simulation::new(scenario);
    // The slowest mode decays at about 0.2: what is left of the start is far below the error.
    while run.time() < 30.0 {
        run.step().unwrap();
    }
    let xs = run.ensemble(0).positions()[0];
    let seen = xs.iter().sum::<f64>() / n as f64;
    let share = xs.iter().filter(|x| **x > 0.0).count() as f64 / n as f64;
    let z = (seen - mean) / (variance / n as f64).sqrt();
    let z_share = (share - right) / (right * (1.0 - right) / n as f64).sqrt();
    eprintln!("mean x {seen:.4} for {mean:.4}, z = {z:.2}; right {share:.4} for {right:.4}, z = {z_share:.2}");
    assert!(z.abs() < 5.0 && z_share.abs() < 5.0);
}

#[test]
fn edits_of_the_relief_are_live_and_replay_bit_for_bit() {
    let mut scenario = presets()[0].scenario();
    scenario.particles = 3_000;
    let edited = {
        let mut edited = scenario.clone();
        edited.relief = some();
        edited
    };
    assert!(!scenario.needs_reset(&edited));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut run = Simulation::new(scenario.clone());
            for step in 0..20 {
                if step == 10 {
                    run.apply(Command::Edit(Box::new(edited.clone())));
                }
                run.step().unwrap();
            }
            (0..run.scenario().panels.len())
                .flat_map(|k| run.ensemble(k).positions().map(<[f64]>::to_vec))
                .flatten()
                .map(f64::to_bits)
                .collect::<Vec<u64>>()
        })
    };
    assert_eq!(run(1), run(3));
    let mut run = Simulation::new(scenario.clone());
    run.apply(Command::Edit(Box::new(edited.clone())));
    assert_eq!(run.scenario().relief, edited.relief, "at once, without a reset");
}

/// Where a well's handles are dragged they are, as far as its ranges allow; and back again it is as it was.
#[test]
fn wells_are_dragged_by_their_handles() {
    let kt = 0.05;
    for well in some().wells {
        for (k, handle) in well.handles(kt).into_iter().enumerate() {
            let mut dragged = well;
            dragged.drag(k, handle.at, kt);
            let still = dragged.handles(kt);
            assert!(
                still
                    .iter()
                    .zip(well.handles(kt))
                    .all(|(a, b)| (a.at - b.at).norm() < 1e-12),
                "{handle:?}"
            );
            for by in [(0.11, -0.07), (-0.05, 0.16), (1.3, 0.8)] {
                let to = handle.at + Point::from(by);
                let mut dragged = well;
                dragged.drag(k, to, kt);
                let now = dragged.handles(kt)[k].at;
                // A depth is only as high as it is.
                let off = if handle.name == "depth" {
                    (now.y - to.y).abs()
                } else {
                    (now - to).norm()
                };
                assert!(off < 1e-12, "{handle:?} to {to:?}: at {now:?}");
                dragged.drag(k, handle.at, kt);
                let back = dragged.handles(kt);
                assert!(
                    back.iter()
                        .zip(well.handles(kt))
                        .all(|(a, b)| (a.at - b.at).norm() < 1e-12),
                    "{handle:?} {by:?}"
                );
            }
            for to in [
                (1e9, 1e9),
                (-1e9, -1e9),
                (f64::NAN, 0.0),
                (well.center.x, well.center.y),
            ] {
                let mut dragged = well;
                dragged.drag(k, to.into(), kt);
                let text = ron::to_string(&dragged).unwrap();
                assert_eq!(ron::from_str::<Well>(&text), Ok(dragged), "{text}");
            }
        }
    }
}
