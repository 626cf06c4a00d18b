//! Measurements against closed forms, against the same law in other guises, and against exact draws.

use rayon::prelude::*;

use super::*;
use crate::density::gaussian_taps;
use crate::ensemble::Ensemble;
use crate::landscape::Landscape;
use crate::rng::{Purpose, Streams};
use crate::space::{Field, Grid, Rect};
use crate::target::{Component, DoubleWell, Mixture, Shape};

/// Mean and covariance of a Gaussian.
#[derive(Clone, Copy)]
struct Gauss(Point, Symmetric);

impl Gauss {
    fn shape(self) -> Shape {
        Shape::Mixture(Mixture::new(vec![Component::new(1.0, self.0, self.1)]).unwrap())
    }

    /// Cell masses: values at the centres are as good as integrals, for a law that is smooth on the scale of the cells.
    fn on(self, grid: Grid) -> Field {
        let precision = self.1.inverse();
        let mut field = grid.field(|p| {
            let d = p - self.0;
            (-0.5 * d.dot(precision.apply(d))).exp()
        });
        normalise(&mut field);
        field
    }

    /// Smoothed as the observer does, in a view: the truncated taps as they are.
    fn smoothed(self, view: Rect) -> Self {
        let taps = gaussian_taps(2.56 * 2.56 + 1.0 / 6.0);
        let variance: f64 = 2.0 * taps.iter().enumerate().map(|(k, t)| (k * k) as f64 * t).sum::<f64>();
        let cell = |length: f64| variance * (1.5 * length / 192.0).powi(2);
        Self(
            self.0,
            self.1
                .plus(Symmetric::new(cell(view.width()), 0.0, cell(view.height()))),
        )
    }
}

fn normalise(field: &mut Field) {
    let total: f64 = field.values.iter().sum();
    field.values.iter_mut().for_each(|v| *v /= total);
}

fn trace_of_product(a: Symmetric, b: Symmetric) -> f64 {
    a.xx * b.xx + 2.0 * a.xy * b.xy + a.yy * b.yy
}

const VIEW: Rect = Rect::new(-4.0, 5.0, -5.0, 4.0);
const LAW: Gauss = Gauss(Point::new(-0.4, 0.3), Symmetric::new(0.5, -0.1, 0.6));
const GOAL: Gauss = Gauss(Point::new(0.5, -0.2), Symmetric::new(0.8, 0.3, 0.7));

fn observer(shape: Shape, view: Rect) -> Observer {
    let landscape = Landscape::new(shape, 1.0);
    Observer::new(&landscape, view)
}

fn grid() -> Grid {
    Grid::new(VIEW.scaled(1.5), 256, 256)
}

#[track_caller]
fn close(what: &str, seen: f64, expected: f64, tolerance: f64) {
    eprintln!(
        "{what}: {seen:.8}, expected {expected:.8}, off by {:.1e}",
        seen - expected
    );
    assert!(
        (seen - expected).abs() <= tolerance,
        "{what}: {seen} and not {expected}"
    );
}

#[test]
fn gaussians_have_their_closed_forms() {
    let seen = observer(GOAL.shape(), VIEW).observe_cells(&LAW.on(grid()));
    let (Gauss(m, c), Gauss(mu, s)) = (LAW.smoothed(VIEW), GOAL.smoothed(VIEW));
    let (e, si, ci) = (m - mu, s.inverse(), c.inverse());
    let product = trace_of_product(si, c);
    let kl = 0.5 * (product + e.dot(si.apply(e)) - 2.0 - (c.determinant() / s.determinant()).ln());
    // tr[(Si − C⁻¹) C (Si − C⁻¹)] = tr Si C Si − 2 tr Si + tr C⁻¹.
    let squared = Symmetric::new(
        si.xx * si.xx + si.xy * si.xy,
        si.xy * (si.xx + si.yy),
        si.xy * si.xy + si.yy * si.yy,
    );
    let information = trace_of_product(squared, c) - 2.0 * (si.xx + si.yy) + ci.xx + ci.yy + si.apply(e).norm_squared();
    // ½ tr (Si C − 1)² + eᵀ Si C Si e, and tr M² = (tr M)² − 2 det M.
    let determinant = si.determinant() * c.determinant();
    let square = product * product - 2.0 * determinant - 2.0 * product + 2.0;
    let variance = 0.5 * square + si.apply(e).dot(c.apply(si.apply(e)));
    // The cut kernel is not quite Gaussian: that is 1e-6 of these numbers. Finite differences take h²/(12 C) from I.
    close("KL", seen.kl, kl, 1e-5 * kl);
    close("variance", seen.variance, variance, 1e-5 * variance);
    let h = grid().dx() * 256.0 / 192.0;
    let least = c.xx.min(c.yy).min(c.determinant() / c.xx.max(c.yy));
    close(
        "information",
        seen.information,
        information,
        1.5 * h * h / (12.0 * least) * information,
    );
    close("mean", seen.mean.x, LAW.0.x, 1e-9);
    close("covariance", seen.covariance.xy, LAW.1.xy, 1e-9);
    close("var", seen.covariance.xx, LAW.1.xx, 1e-9);

    // W₁ of two normal laws on a line, by the integral of |F − G|, which the shift along x alone keeps of one sign.
    let shifted = Gauss(GOAL.0 + Point::new(0.7, -0.4), GOAL.1);
    let seen = observer(GOAL.shape(), VIEW).observe_cells(&shifted.on(grid()));
    close("W1 of a shift along x", seen.wasserstein.x, 0.7, 1e-6);
    close("W1 of a shift along y", seen.wasserstein.y, 0.4, 1e-6);

    // E k(X, Y) = √(det L/det(L + C)) exp(−½ dᵀ(L + C)⁻¹d), for X − Y normal with mean d and covariance C.
    let width = |length: f64| 2.0 * (0.02 * length).powi(2) * (1.0 + (1.0 / 6.0) / 2.56f64.powi(2));
    let l = Symmetric::new(width(VIEW.width()), 0.0, width(VIEW.height()));
    let kernel = |Gauss(m, c): Gauss, Gauss(n, d): Gauss| {
        let (total, e) = (l.plus(c).plus(d), m - n);
        (l.determinant() / total.determinant()).sqrt() * (-0.5 * e.dot(total.inverse().apply(e))).exp()
    };
    let seen = observer(GOAL.shape(), VIEW).observe_cells(&LAW.on(grid()));
    let squared = kernel(LAW, LAW) - 2.0 * kernel(LAW, GOAL) + kernel(GOAL, GOAL);
    close("MMD", seen.mmd, squared.sqrt(), 1e-3 * squared.sqrt());
}

#[test]
fn the_target_is_at_no_distance_from_itself_on_any_grid() {
    for (cells, scale) in [(192, 1.5), (256, 1.5), (512, 3.0), (192, 2.25), (128, 3.0)] {
        let seen = observer(GOAL.shape(), VIEW).observe_cells(&GOAL.on(Grid::new(VIEW.scaled(scale), cells, cells)));
        for (what, value) in [
            ("KL", seen.kl),
            ("I", seen.information),
            ("Var", seen.variance),
            ("W1", seen.wasserstein.x + seen.wasserstein.y),
            ("MMD", seen.mmd),
            ("unreachable", seen.unreachable),
        ] {
            close(
                &format!("{what} with {cells} cells over {scale} views"),
                value,
                0.0,
                1e-5,
            );
        }
    }
}

/// Particles so many and so even that they are the law itself.
#[test]
fn a_grid_law_is_measured_as_particles_are() {
    let shape = Shape::DoubleWell(DoubleWell {
        barrier: 2.0,
        tilt: 0.3,
    });
    let view = shape.target().view();
    let density = |p: Point| (-(p.x + 0.6).powi(2) / 0.3 - (p.y - 0.2 * p.x).powi(2) / 1.1).exp();
    let many = Grid::new(view.scaled(1.5), 1021, 1021);
    let weights = many.field(density);
    let [xs, ys]: [Vec<f64>; 2] = [
        (0..many.len()).map(|k| many.center(k % 1021, k / 1021).x).collect(),
        (0..many.len()).map(|k| many.center(k % 1021, k / 1021).y).collect(),
    ];
    let mut particles = Ensemble::new([xs, ys]);
    particles
        .reweight(|first, _, l| {
            l.iter_mut()
                .zip(&weights.values[first..])
                .for_each(|(l, w)| *l = w.ln());
        })
        .unwrap();
    let mut observer = observer(shape, view);
    let expected = observer.observe(&particles);
    // Twenty-five points in each cell of the measuring grid, none of them on a border of basins.
    let fine = Grid::new(view.scaled(1.5), 5 * 192, 5 * 192).field(density);
    let point = |k: usize| fine.grid.center(k % fine.grid.nx, k / fine.grid.nx);
    let right = |(k, m): (usize, &f64)| if observer.basins().of(point(k)) == 1 { *m } else { 0.0 };
    let right = fine.values.iter().enumerate().map(right).sum::<f64>() / fine.values.iter().sum::<f64>();
    for (cells, scale) in [(192, 1.5), (256, 1.5), (512, 1.5), (160, 1.875)] {
        let mut law = Grid::new(view.scaled(scale), cells, cells).field(density);
        normalise(&mut law);
        let seen = observer.observe_cells(&law);
        let what = |name: &str| format!("{name} with {cells} cells over {scale} views");
        close(&what("KL"), seen.kl, expected.kl, 1e-5);
        close(
            &what("I"),
            seen.information,
            expected.information,
            1e-4 * expected.information,
        );
        close(&what("Var"), seen.variance, expected.variance, 1e-4 * expected.variance);
        close(&what("W1"), seen.wasserstein.x, expected.wasserstein.x, 1e-5);
        close(&what("MMD"), seen.mmd, expected.mmd, 1e-5);
        close(&what("var x"), seen.covariance.xx, expected.covariance.xx, 1e-5);
        // A cell has one value: that of the centre differs from the mean, and a border cuts through cells. The first takes h²/24
        // of the slope at the border, the second at most h²/8; the slope here is below 2.
        close(&what("mass"), seen.basin_mass[1], right, law.grid.dx().powi(2) / 3.0);
    }
    let whole = observer.smoothed();
    close("law", whole.mass.iter().sum::<f64>() + whole.beyond, 1.0, 1e-12);
    // Particles in the right well alone miss nearly all of that law.
    let few = Ensemble::new([vec![1.0; 4], vec![0.0; 4]]);
    observer.observe(&few);
    let missed = observer.cover().missed(&whole).unwrap();
    assert!(missed > 0.9 && missed < 1.0, "{missed}");
    observer.observe(&particles);
    close("missed by all", observer.cover().missed(&whole).unwrap(), 0.0, 1e-9);
}

/// Draws of π.
fn draws(shape: &Shape, n: usize, seed: u64) -> [Vec<f64>; 2] {
    let mut rng = Streams::new(seed).stream(0, Purpose::Start, 0);
    (0..n)
        .map(|_| shape.target().sample(1.0, &mut rng).unwrap())
        .map(|p| (p.x, p.y))
        .unzip::<f64, f64, Vec<_>, Vec<_>>()
        .into()
}

/// Mean and standard error of independent values.
fn estimate(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

#[test]
fn distances_are_those_to_exact_draws() {
    const N: usize = 1000;
    const ROUNDS: u64 = 12;
    let mut tested = 0;
    for shape in Shape::all() {
        let view = shape.target().view();
        let mut observer = observer(shape.clone(), view);
        if shape
            .target()
            .sample(1.0, &mut Streams::new(1).stream(0, Purpose::Start, 0))
            .is_none()
        {
            continue;
        }
        let mut moved = draws(&shape, N, 1);
        // Wider than π, and shifted.
        moved[0].iter_mut().for_each(|x| *x += 0.03 * view.width());
        moved[1].iter_mut().for_each(|y| *y *= 1.1);
        let seen = observer.observe(&Ensemble::new(moved.clone()));
        if observer.smoothed().beyond > 1e-6 || observer.goal_beyond() > 1e-4 {
            continue;
        }
        tested += 1;
        let (a, b) = (
            2.0 * (0.02 * view.width()).powi(2),
            2.0 * (0.02 * view.height()).powi(2),
        );
        let mean_kernel = |p: &[Vec<f64>; 2], q: &[Vec<f64>; 2]| {
            let row = |(&x, &y): (&f64, &f64)| {
                let k = |(u, v): (&f64, &f64)| (-0.5 * ((x - u).powi(2) / a + (y - v).powi(2) / b)).exp();
                q[0].iter().zip(&q[1]).map(k).sum::<f64>()
            };
            p[0].iter().zip(&p[1]).map(row).sum::<f64>() / (N * N) as f64
        };
        let own = mean_kernel(&moved, &moved);
        let squares: Vec<f64> = (0..ROUNDS)
            .into_par_iter()
            .map(|round| {
                let cold = draws(&shape, N, 100 + round);
                let among = (mean_kernel(&cold, &cold) * N as f64 - 1.0) / (N - 1) as f64;
                own - 2.0 * mean_kernel(&moved, &cold) + among
            })
            .collect();
        let (mean, error) = estimate(&squares);
        let z = (seen.mmd.powi(2) - mean) / error;
        eprintln!(
            "{}: MMD² {:.5}, draws {mean:.5} ± {error:.5}, z = {z:.2}",
            shape.name(),
            seen.mmd.powi(2)
        );
        assert!(z.abs() < 5.0);

        // Sorted draws on a line: smoothed as the observer smooths. Their own noise is a thousandth of the length.
        const MANY: usize = 50_000;
        let jittered = |values: &[f64], width: f64, seed: u64| -> Vec<f64> {
            let (mut noise, mut other) = (vec![0.0; MANY / 2], vec![0.0; MANY / 2]);
            Streams::new(seed)
                .normals(0, Purpose::Start, 1)
                .fill(&mut noise, &mut other);
            noise.extend(other);
            let mut sorted: Vec<f64> = noise
                .iter()
                .zip(values.iter().cycle())
                .map(|(e, v)| v + 0.02 * width * e)
                .collect();
            sorted.sort_by(f64::total_cmp);
            sorted
        };
        for (axis, (seen, width)) in [(seen.wasserstein.x, view.width()), (seen.wasserstein.y, view.height())]
            .into_iter()
            .enumerate()
        {
            let distances: Vec<f64> = (0..ROUNDS)
                .into_par_iter()
                .map(|round| {
                    let p = jittered(&moved[axis], width, 2 * round);
                    let q = jittered(&draws(&shape, MANY, 100 + round)[axis], width, 2 * round + 1);
                    p.iter().zip(&q).map(|(p, q)| (p - q).abs()).sum::<f64>() / MANY as f64
                })
                .collect();
            let (mean, error) = estimate(&distances);
            let z = (seen - mean) / error;
            eprintln!(
                "{} W1 {axis}: {seen:.5}, draws {mean:.5} ± {error:.5}, z = {z:.2}",
                shape.name()
            );
            assert!(z.abs() < 5.0);
        }
    }
    assert!(tested >= 5, "only {tested} targets");
}
