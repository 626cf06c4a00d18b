//! The particles at time 0.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use crate::chunks::CHUNK;
use crate::ensemble::Ensemble;
use crate::reverse;
use crate::rng::{Purpose, Stream, Streams, normal_pair};
use crate::scenario::{Blob, Disc, Scenario, Start};
use crate::space::{Point, Rect};

/// Draws the start of a scenario: the same for every panel.
///
/// Scouts and the components of a mixture get their numbers of particles exactly (largest remainders), and slots are dealt out at
/// random, so that any part of the slots looks like the whole.
pub(super) fn ensemble(scenario: &Scenario, streams: Streams) -> Ensemble {
    let n = scenario.particles;
    let n_scouts = (scenario.scouts * n as f64).round() as usize;
    let mut sources: Vec<Source<'_>> = Vec::with_capacity(n);
    sources.resize(n_scouts, Source::Even(scenario.view()));
    match &scenario.start {
        Start::Gaussian(blob) => sources.resize(n, Source::Blob(blob)),
        Start::Mixture(blobs) => {
            let shares: Vec<f64> = blobs.iter().map(|b| b.weight).collect();
            for (blob, count) in blobs.iter().zip(apportion(n - n_scouts, &shares)) {
                sources.resize(sources.len() + count, Source::Blob(blob));
            }
        }
        &Start::Uniform((x0, x1), (y0, y1)) => sources.resize(n, Source::Even(Rect::new(x0, x1, y0, y1))),
        Start::Points(points) => sources.extend(points.iter().cycle().take(n - n_scouts).map(|&p| Source::Point(p))),
        Start::Noise => {
            let exponents = scenario.mixture().map_or(1.0, |blend| blend.law().exponents());
            return reverse::noise(exponents, n, streams);
        }
        Start::Painted(discs) => {
            let shift = streams.stream(0, Purpose::Shuffle, 1).random();
            for (disc, count) in discs.iter().zip(deal(n - n_scouts, discs, shift)) {
                sources.resize(sources.len() + count, Source::Disc(disc));
            }
        }
    }
    sources.shuffle(&mut streams.stream(0, Purpose::Shuffle, 0));
    let (mut xs, mut ys) = (vec![0.0; n], vec![0.0; n]);
    xs.par_chunks_mut(CHUNK)
        .zip(ys.par_chunks_mut(CHUNK))
        .zip(sources.par_chunks(CHUNK))
        .enumerate()
        .for_each(|(chunk, ((xs, ys), sources))| {
            let mut rng = streams.stream(0, Purpose::Start, chunk);
            for ((x, y), source) in xs.iter_mut().zip(ys).zip(sources) {
                (*x, *y) = source.draw(&mut rng).into();
            }
        });
    Ensemble::new([xs, ys])
}

/// Where one particle comes from.
#[derive(Clone, Copy)]
enum Source<'a> {
    Blob(&'a Blob),
    Even(Rect),
    Point(Point),
    Disc(&'a Disc),
}

impl Source<'_> {
    fn draw(self, rng: &mut Stream) -> Point {
        match self {
            Self::Blob(blob) => {
                let (l11, l21, l22) = blob.covariance.cholesky();
                let (a, b) = normal_pair(rng);
                blob.mean + Point::new(l11 * a, l21 * a + l22 * b)
            }
            Self::Even(rect) => {
                let (a, b): (f64, f64) = (rng.random(), rng.random());
                Point::new(rect.min.x + a * rect.width(), rect.min.y + b * rect.height())
            }
            Self::Point(p) => p,
            Self::Disc(disc) => disc.center + disc.radius * in_unit_disc(rng),
        }
    }
}

/// A point evenly over the unit disc.
pub(super) fn in_unit_disc(rng: &mut Stream) -> Point {
    loop {
        let p = Point::new(2.0 * rng.random::<f64>() - 1.0, 2.0 * rng.random::<f64>() - 1.0);
        if p.norm_squared() <= 1.0 {
            return p;
        }
    }
}

/// Splits `n` over discs systematically: so many of the places `k + shift` as lie on the part of each of a line of length `n`. On average every disc gets
/// its share exactly. Largest remainders would not do: of a thousand equal discs the first hundred would get a hundred particles.
fn deal(n: usize, discs: &[Disc], shift: f64) -> impl Iterator<Item = usize> {
    let total: f64 = discs.iter().map(|d| d.weight).sum();
    let (mut cumulated, mut dealt) = (0.0, 0);
    discs.iter().enumerate().map(move |(k, disc)| {
        cumulated += disc.weight;
        // Rounding must not lose the last.
        let end = if k + 1 == discs.len() {
            n
        } else {
            ((cumulated / total * n as f64 + shift) as usize).clamp(dealt, n)
        };
        end - std::mem::replace(&mut dealt, end)
    })
}

/// Splits `n` into whole numbers proportional to the shares: floors first, the rest to the largest remainders.
fn apportion(n: usize, shares: &[f64]) -> Vec<usize> {
    let total: f64 = shares.iter().sum();
    let exact: Vec<f64> = shares.iter().map(|s| n as f64 * s / total).collect();
    let mut counts: Vec<usize> = exact.iter().map(|e| e.floor() as usize).collect();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()).then(a.cmp(&b)));
    let missing = n - counts.iter().sum::<usize>().min(n);
    for &k in by_remainder.iter().cycle().take(missing) {
        counts[k] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        assert_eq!(apportion(1000, &[95.0, 5.0]), [950, 50]);
        assert_eq!(apportion(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(apportion(1, &[0.1, 0.9]), [0, 1]);
        assert_eq!(apportion(0, &[1.0]), [0]);
    }

    #[test]
    fn a_drawing_is_thinned_out_evenly() {
        let disc = |weight: f64| Disc {
            center: Point::default(),
            radius: 1.0,
            weight,
        };
        let counts = |n: usize, weights: &[f64], shift: f64| {
            let discs: Vec<Disc> = weights.iter().map(|w| disc(*w)).collect();
            deal(n, &discs, shift).collect::<Vec<_>>()
        };
        assert_eq!(counts(1000, &[95.0, 5.0], 0.3), [950, 50]);
        assert_eq!(counts(3, &[1.0; 9], 0.5), [0, 1, 0, 0, 1, 0, 0, 1, 0]);
        assert_eq!(counts(1, &[1.0], 0.99), [1]);
        assert_eq!(counts(0, &[1.0, 2.0], 0.5), [0, 0]);
        // Over all shifts every disc gets its share, and never more than one away from it.
        let weights: Vec<f64> = (0..40).map(|k| 0.1 + (f64::from(k) * 0.7).sin().abs()).collect();
        let total: f64 = weights.iter().sum();
        let mut sums = vec![0.0; weights.len()];
        for k in 0..1000 {
            let counts = counts(30, &weights, (f64::from(k) + 0.5) / 1000.0);
            assert_eq!(counts.iter().sum::<usize>(), 30);
            for ((sum, count), w) in sums.iter_mut().zip(counts).zip(&weights) {
                assert!((count as f64 - 30.0 * w / total).abs() < 1.0);
                *sum += count as f64 / 1000.0;
            }
        }
        for (sum, w) in sums.iter().zip(&weights) {
            assert!((sum - 30.0 * w / total).abs() < 2e-3);
        }
    }
}
