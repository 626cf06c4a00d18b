//! The closed forms of the WFR equation against tables, quadrature and an independent integration of their equations.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

use wfr_lab::continuum::{FisherRao, Functionals, Gaussian, Gaussian1d, Rates, TwoModes};
use wfr_lab::landscape::Landscape;
use wfr_lab::space::{Grid, Point, Rect, Symmetric};
use wfr_lab::target::{DoubleWell, Shape};

const fn rates(alpha: f64, beta: f64) -> Rates {
    Rates { alpha, beta }
}

#[track_caller]
fn close(what: &str, value: f64, expected: f64, tolerance: f64) {
    let error = (value - expected).abs();
    assert!(
        error <= tolerance,
        "{what}: {value} instead of {expected}, off by {error:.1e}"
    );
}

/// α, β, t, mean, variance, KL, I, Var from N(−1, 0.5) to N(1.2, 0.8), to twelve decimals.
const TABLE: [[f64; 8]; 7] = [
    [
        1.0,
        0.0,
        0.25,
        -0.409554383683,
        0.639421571444,
        1.630828180723,
        4.110924215122,
        2.608468753193,
    ],
    [
        1.0,
        0.0,
        1.0,
        0.569689446908,
        0.775374500413,
        0.248548977941,
        0.621989822931,
        0.481801286319,
    ],
    [
        0.0,
        1.0,
        0.25,
        -0.668339975046,
        0.545226367039,
        2.214155726808,
        5.640226570731,
        3.024489614272,
    ],
    [
        0.0,
        1.0,
        1.0,
        0.139210054489,
        0.655346825612,
        0.712612397528,
        1.808131665423,
        1.168606049677,
    ],
    [
        0.7,
        1.3,
        0.25,
        -0.196315107947,
        0.647003994197,
        1.229067051686,
        3.102929067058,
        1.989320173698,
    ],
    [
        0.7,
        1.3,
        1.0,
        0.905169243620,
        0.783240398468,
        0.054439511605,
        0.136380926694,
        0.106599610552,
    ],
    [
        0.7,
        1.3,
        3.0,
        1.196160467256,
        0.799962072525,
        9.214319e-6,
        2.3037203e-5,
        1.8427765e-5,
    ],
];

#[test]
fn gaussians_on_a_line_follow_the_table() {
    let start = Gaussian1d {
        mean: -1.0,
        variance: 0.5,
    };
    let target = Gaussian1d {
        mean: 1.2,
        variance: 0.8,
    };
    for [alpha, beta, t, mean, variance, kl, information, var] in TABLE {
        let law = start.flow(target, rates(alpha, beta), t);
        let found = law.functionals(target);
        // The last row has seven digits.
        let tolerance = if t == 3.0 { 1e-11 } else { 1e-12 };
        close("mean", law.mean, mean, 1e-12);
        close("variance", law.variance, variance, 1e-12);
        close("KL", found.kl, kl, tolerance);
        close("I", found.information, information, tolerance);
        close("Var", found.variance, var, tolerance);
    }
    let still = start.flow(target, rates(0.0, 0.0), 5.0);
    close("mean at rest", still.mean, start.mean, 1e-15);
    close("variance at rest", still.variance, start.variance, 1e-15);
    assert_eq!(start.flow(target, rates(2.0, 1.0), 1e4), target);
}

/// Right hand sides of the equations of mean and covariance, with full matrices and nothing assumed about them.
type State = [f64; 6];

fn slope(y: State, target: &Gaussian, r: Rates) -> State {
    let si = target.covariance.inverse();
    let s = [[si.xx, si.xy], [si.xy, si.yy]];
    let c = [[y[2], y[3]], [y[4], y[5]]];
    let product = |a: [[f64; 2]; 2], b: [[f64; 2]; 2]| -> [[f64; 2]; 2] {
        std::array::from_fn(|i| std::array::from_fn(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
    };
    let (sc, cs) = (product(s, c), product(c, s));
    let csc = product(cs, c);
    let e = [y[0] - target.mean.x, y[1] - target.mean.y];
    let mut out = [0.0; 6];
    for i in 0..2 {
        out[i] = -(0..2)
            .map(|j| (r.alpha * s[i][j] + r.beta * cs[i][j]) * e[j])
            .sum::<f64>();
        for j in 0..2 {
            let identity = if i == j { 2.0 } else { 0.0 };
            out[2 + 2 * i + j] = r.alpha * (identity - sc[i][j] - cs[i][j]) + r.beta * (c[i][j] - csc[i][j]);
        }
    }
    out
}

/// The classical Runge–Kutta method.
fn integrate(start: &Gaussian, target: &Gaussian, r: Rates, time: f64, steps: usize) -> State {
    let c = start.covariance;
    let mut y = [start.mean.x, start.mean.y, c.xx, c.xy, c.xy, c.yy];
    let h = time / steps as f64;
    let plus = |y: State, k: State, h: f64| -> State { std::array::from_fn(|i| y[i] + h * k[i]) };
    for _ in 0..steps {
        let a = slope(y, target, r);
        let b = slope(plus(y, a, 0.5 * h), target, r);
        let c = slope(plus(y, b, 0.5 * h), target, r);
        let d = slope(plus(y, c, h), target, r);
        y = std::array::from_fn(|i| y[i] + h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]));
    }
    y
}

const START: Gaussian = Gaussian {
    mean: Point::new(-1.0, 0.5),
    covariance: Symmetric::new(0.5, 0.2, 1.0),
};
const TARGET: Gaussian = Gaussian {
    mean: Point::new(1.0, -1.0),
    covariance: Symmetric::new(1.0, 0.6, 0.9),
};

fn distance(a: &Gaussian, b: &Gaussian) -> f64 {
    let c = a.covariance.plus(b.covariance.scaled(-1.0));
    [a.mean.x - b.mean.x, a.mean.y - b.mean.y, c.xx, c.xy, c.yy]
        .iter()
        .fold(0.0, |m: f64, v| m.max(v.abs()))
}

#[test]
fn gaussians_of_the_plane_follow_their_equations() {
    let law = START.flow(TARGET, rates(0.7, 1.3), 0.8);
    let expected = Gaussian {
        mean: Point::new(0.699929123572, -1.064163785463),
        covariance: Symmetric::new(0.908441374941, 0.527861282982, 0.849265038919),
    };
    assert!(distance(&law, &expected) < 1e-12, "{law:?}");

    // None of these pairs commutes; the last start is wide along one axis and narrow along the other.
    let starts = [
        START,
        Gaussian {
            covariance: Symmetric::new(4.0, -1.2, 0.4),
            ..START
        },
        Gaussian {
            covariance: Symmetric::new(0.02, 0.0, 9.0),
            ..START
        },
    ];
    let targets = [
        TARGET,
        Gaussian {
            covariance: Symmetric::new(0.5, 0.0, 2.0),
            ..TARGET
        },
        Gaussian {
            covariance: Symmetric::new(2.0, -0.7, 0.5),
            ..TARGET
        },
        Gaussian {
            covariance: Symmetric::new(1.5, 0.0, 1.5),
            ..TARGET
        },
    ];
    let mut worst: f64 = 0.0;
    for start in starts {
        for target in targets {
            for r in [
                rates(1.0, 0.0),
                rates(0.0, 1.0),
                rates(0.7, 1.3),
                rates(0.1, 3.0),
                rates(0.0, 0.0),
            ] {
                for time in [0.3, 2.0] {
                    let law = start.flow(target, r, time);
                    let y = integrate(&start, &target, r, time, 4000);
                    let other = Gaussian {
                        mean: Point::new(y[0], y[1]),
                        covariance: Symmetric::new(y[2], y[3], y[5]),
                    };
                    worst = worst.max(distance(&law, &other));
                    // Two halves make a whole.
                    let halves = start.flow(target, r, 0.5 * time).flow(target, r, 0.5 * time);
                    assert!(distance(&law, &halves) < 1e-13);
                }
                if r.alpha + r.beta > 0.0 {
                    assert!(distance(&start.flow(target, r, 1e4), &target) < 1e-14);
                }
            }
            let only = |g: Gaussian, r, t| g.flow(target, r, t);
            assert!(distance(&start.transport(target, 0.6), &only(start, rates(2.0, 0.0), 0.3)) < 1e-13);
            assert!(distance(&start.react(target, 0.6), &only(start, rates(0.0, 2.0), 0.3)) < 1e-13);
        }
    }
    println!("largest distance from Runge–Kutta: {worst:.1e}");
    assert!(worst < 1e-9);
}

#[test]
fn substeps_of_gaussians_make_a_flow_of_second_order() {
    let r = rates(0.7, 1.3);
    let exact = START.flow(TARGET, r, 0.8);
    let error = |n: usize| {
        let dt = 0.8 / n as f64;
        let strang = |g: Gaussian, _| {
            let half = g.react(TARGET, 0.5 * r.beta * dt);
            half.transport(TARGET, r.alpha * dt).react(TARGET, 0.5 * r.beta * dt)
        };
        distance(&(0..n).fold(START, strang), &exact)
    };
    let ratios = [error(20) / error(40), error(40) / error(80)];
    println!("ratios of errors: {ratios:.4?}");
    // A symmetric composition has even powers only: 4 + O(dt²).
    assert!((ratios[1] - 4.0).abs() < 0.01 && (ratios[1] - 4.0).abs() < 0.5 * (ratios[0] - 4.0).abs());
}

/// Gaussian weights times area at many points around a law: everything beyond 9 standard deviations is below 1e-17.
fn quadrature(law: &Gaussian, mut f: impl FnMut(f64, Point)) {
    let (l11, l21, l22) = law.covariance.cholesky();
    let n = 240;
    let h = 18.0 / f64::from(n);
    for i in 0..=n {
        for j in 0..=n {
            let (u, v) = (-9.0 + h * f64::from(i), -9.0 + h * f64::from(j));
            let w = h * h * (-0.5 * (u * u + v * v)).exp() / std::f64::consts::TAU;
            f(w, law.mean + Point::new(l11 * u, l21 * u + l22 * v));
        }
    }
}

#[test]
fn functionals_of_gaussians_are_their_integrals() {
    for law in [START, START.flow(TARGET, rates(0.7, 1.3), 0.8)] {
        let (ci, si) = (law.covariance.inverse(), TARGET.covariance.inverse());
        let constant = 0.5 * (TARGET.covariance.determinant() / law.covariance.determinant()).ln();
        let mut sums = [0.0; 3];
        quadrature(&law, |w, p| {
            let (a, b) = (ci.apply(p - law.mean), si.apply(p - TARGET.mean));
            let log = constant - 0.5 * a.dot(p - law.mean) + 0.5 * b.dot(p - TARGET.mean);
            let slope = b - a;
            sums[0] += w * log;
            sums[1] += w * log * log;
            sums[2] += w * slope.norm_squared();
        });
        let found = law.functionals(TARGET);
        close("KL", found.kl, sums[0], 1e-12);
        close("I", found.information, sums[2], 1e-13 * sums[2]);
        let variance = sums[1] - sums[0] * sums[0];
        close("Var", found.variance, variance, 1e-12 * variance);
    }
    let nothing = TARGET.functionals(TARGET);
    assert!(
        nothing.kl.abs() + nothing.information + nothing.variance < 1e-15,
        "{nothing:?}"
    );
}

#[test]
fn the_plane_agrees_with_the_line() {
    let line = |mean, variance| Gaussian1d { mean, variance };
    let along = |x: Gaussian1d, y: Gaussian1d| Gaussian {
        mean: Point::new(x.mean, y.mean),
        covariance: Symmetric::new(x.variance, 0.0, y.variance),
    };
    let (start, target) = ((line(-1.0, 0.5), line(2.0, 0.1)), (line(1.2, 0.8), line(0.5, 3.0)));
    let r = rates(0.6, 0.9);
    let flown = (start.0.flow(target.0, r, 0.7), start.1.flow(target.1, r, 0.7));
    let goal = along(target.0, target.1);
    let plane = along(start.0, start.1).flow(goal, r, 0.7);
    assert!(distance(&plane, &along(flown.0, flown.1)) < 1e-14);
    let (x, y) = (flown.0.functionals(target.0), flown.1.functionals(target.1));
    let both = plane.functionals(goal);
    close("KL", both.kl, x.kl + y.kl, 1e-14);
    close("I", both.information, x.information + y.information, 1e-13);
    close("Var", both.variance, x.variance + y.variance, 1e-13);
}

#[test]
fn overlaps_of_gaussians_are_their_integrals() {
    let pairs = [
        ((-1.0, 0.5), (1.2, 0.8)),
        ((0.0, 0.09), (0.4, 2.0)),
        ((3.0, 1.0), (3.0, 1.0)),
    ];
    for ((m, p), (n, q)) in pairs {
        let (a, b) = (Gaussian1d { mean: m, variance: p }, Gaussian1d { mean: n, variance: q });
        let density = |g: Gaussian1d, x: f64| {
            (-0.5 * (x - g.mean).powi(2) / g.variance).exp() / (std::f64::consts::TAU * g.variance).sqrt()
        };
        // The trapezoidal rule converges faster than any power here; the integrands are below 1e-40 at the ends.
        let integral = |f: &dyn Fn(f64) -> f64| (-20_000..=20_000).map(|k| 1e-3 * f(1e-3 * f64::from(k))).sum::<f64>();
        let overlap = integral(&|x| (density(a, x) * density(b, x)).sqrt());
        close("Bhattacharyya", a.bhattacharyya(b), overlap, 1e-12);
        for lambda in [0.0, 0.2, 0.5, 0.9, 1.0] {
            let mixed = integral(&|x| density(a, x).powf(1.0 - lambda) * density(b, x).powf(lambda));
            close("Chernoff", a.chernoff(b, lambda), -mixed.ln(), 1e-12);
        }
    }
}

#[test]
fn two_modes_follow_the_logistic_law() {
    for (start, target) in [(0.01, 0.5), (0.9, 0.3), (1e-6, 0.999)] {
        let modes = TwoModes { start, target };
        // w' = −w (1 − w) (logit w − logit w*) by Runge–Kutta.
        let logit = |w: f64| (w / (1.0 - w)).ln();
        let slope = |w: f64| -w * (1.0 - w) * (logit(w) - logit(target));
        let (mut w, h) = (start, 1e-4);
        for step in 1..=40_000 {
            let a = slope(w);
            let b = slope(w + 0.5 * h * a);
            let c = slope(w + 0.5 * h * b);
            let d = slope(w + h * c);
            w += h / 6.0 * (a + 2.0 * b + 2.0 * c + d);
            close("mass", modes.mass(f64::from(step) * h), w, 1e-12);
        }
        let time = modes.time_to(modes.mass(1.7)).unwrap();
        close("time", time, 1.7, 1e-12);
        assert_eq!(modes.time_to(target), None);
    }
    let seed = TwoModes {
        start: 0.01,
        target: 0.5,
    };
    close(
        "from 1 % to 45 %",
        seed.time_to(0.45).unwrap(),
        (4.595f64 / 0.2007).ln(),
        2e-4,
    );
    assert_eq!((seed.time_to(0.001), seed.time_to(0.6)), (None, None));
}

#[test]
fn fisher_rao_alone_is_a_curve_of_cumulants() {
    let landscape = Landscape::new(
        Shape::DoubleWell(DoubleWell {
            barrier: 4.0,
            tilt: 0.7,
        }),
        1.0,
    );
    let grid = Grid::new(Rect::new(-2.4, 2.4, -5.0, 5.0), 96, 80);
    let start = grid.field(|p| (-0.5 * ((p.x + 1.0).powi(2) / 0.1 + (p.y - 0.5).powi(2) / 0.6)).exp());
    let flow = FisherRao::new(&landscape, &start);
    let target: Vec<f64> = grid.field(|p| (-landscape.potential(p)).exp()).values;
    let total: f64 = target.iter().sum();
    for amount in [0.0, 0.3, 1.0, 2.5, 6.0] {
        let s = f64::exp(-amount);
        let powers: Vec<f64> = start
            .values
            .iter()
            .zip(&target)
            .map(|(r, p)| r.powf(s) * p.powf(1.0 - s))
            .collect();
        let sum: f64 = powers.iter().sum();
        let mass = flow.mass(amount).values;
        let off: f64 = mass.iter().zip(&powers).map(|(m, p)| (m - p / sum).abs()).sum();
        assert!(off < 2e-14, "{off:.1e}");
        // KL and Var of that law, summed directly.
        let log = |k: usize| (mass[k] * total / target[k]).ln();
        let mean = |f: &dyn Fn(f64) -> f64| (0..mass.len()).map(|k| mass[k] * f(log(k))).sum::<f64>();
        let kl = mean(&|l| l);
        let Functionals {
            kl: found, variance, ..
        } = flow.functionals(amount);
        close("KL", found, kl, 1e-12);
        close("Var", variance, mean(&|l| (l - kl).powi(2)), 1e-12);
    }
    // KL = Σ κₙ sⁿ/(n (n − 2)!) with the cumulants κₙ of y under π; here up to n = 3, κ₃ = K'''(0) by differences of K''.
    let s = 0.01;
    let [_, _, k2] = flow.cumulants(1e-9);
    let third = (flow.cumulants(2e-3)[2] - flow.cumulants(1e-3)[2]) / 1e-3;
    let series = 0.5 * k2 * s * s + third * s.powi(3) / 3.0;
    let found = flow.functionals(-f64::ln(s)).kl;
    println!("KL {found:.6e}, series {series:.6e}");
    assert!((found / series - 1.0).abs() < 0.01);
    // What is empty stays empty.
    let half = grid.field(|p| if p.x < 0.0 { 1.0 } else { 0.0 });
    let flow = FisherRao::new(&landscape, &half);
    for amount in [0.1, 1000.0] {
        let mass = flow.mass(amount).values;
        let right: f64 = mass.chunks(grid.nx).flat_map(|row| &row[grid.nx / 2..]).sum();
        assert_eq!(right, 0.0);
        assert!(mass.iter().all(|m| m.is_finite()));
    }
}
