//! What a network is trained on: noised samples and what is to be said of them.

use std::ops::Range;

use candle_core::{Result, Tensor};
use rand::RngExt as _;

use super::HERE;
use crate::rng::{Purpose, Streams, normals};
use crate::score::network::{FEATURES, LEAST, Standard, Weights};
use crate::score::{Gaussians, Level, Said, Schedule, Score as _};

/// The law of the data, and how a network is to see it.
pub(super) struct Data<'a> {
    exact: &'a Gaussians<2>,
    /// log(a²/s²) at the noise and at the data.
    ends: [f64; 2],
    /// Without weights, but with the mean, scale and detail of the data.
    blank: Weights,
}

/// A batch.
pub(super) struct Samples {
    levels: Vec<Level>,
    standards: Vec<Standard>,
    points: Vec<[f64; 2]>,
    /// y: B × 2.
    pub(super) seen: Tensor,
    /// What the network is told of the level: B × F.
    pub(super) features: Tensor,
    /// σ'/√(σ'² + d²): B × 1.
    pub(super) factors: Tensor,
    /// v: B × 2.
    pub(super) wanted: Tensor,
}

impl<'a> Data<'a> {
    pub(super) fn new(exact: &'a Gaussians<2>, schedule: Schedule) -> Self {
        let log_snr = |variance: f64| ((1.0 - variance) / variance).ln();
        let first = log_snr(schedule.level(1.0).variance.min(1.0 - 1e-6));
        let mut blank = Weights::zero(0);
        let sum = |f: &dyn Fn(&crate::score::Gaussian<2>) -> f64| -> f64 {
            exact.components().iter().map(|c| c.weight * f(c)).sum()
        };
        let mean = [0, 1].map(|d| sum(&|c| c.mean[d]));
        let square = sum(&|c| {
            let away = |d: usize| (c.mean[d] - mean[d]).powi(2) + c.covariance[d][d];
            0.5 * (away(0) + away(1))
        });
        // The smaller eigenvalue of each component.
        let finest = |c: &crate::score::Gaussian<2>| {
            let [[p, q], [_, r]] = c.covariance;
            0.5 * (p + r) - (0.25 * (p - r).powi(2) + q * q).sqrt()
        };
        let finest = exact.components().iter().map(finest).fold(f64::INFINITY, f64::min);
        blank.mean = mean.map(|m| m as f32);
        blank.scale = square.sqrt() as f32;
        blank.detail = (finest / square).max(0.0).sqrt().clamp(0.02, 1.0) as f32;
        Self {
            exact,
            ends: [first, log_snr(LEAST)],
            blank,
        }
    }

    /// A network of this width that says nothing yet.
    pub(super) fn blank(&self, width: usize) -> Weights {
        let Weights {
            mean, scale, detail, ..
        } = self.blank;
        Weights {
            mean,
            scale,
            detail,
            ..Weights::zero(width)
        }
    }

    /// The law itself.
    pub(super) const fn exact(&self) -> &Gaussians<2> {
        self.exact
    }

    /// The law in words.
    pub(super) fn words(&self) -> String {
        let component = |c: &crate::score::Gaussian<2>| {
            let [[p, q], [_, r]] = c.covariance;
            format!("{:.4} N(({}, {}), ({p}, {q}, {r}))", c.weight, c.mean[0], c.mean[1])
        };
        let all: Vec<String> = self.exact.components().iter().map(component).collect();
        all.join(" + ")
    }

    /// What the exact score says of samples: the mean of v at y is −(σ'/α)(y + c s).
    pub(super) fn exactly(&self, samples: &Samples) -> Result<Tensor> {
        let mut means = Vec::with_capacity(2 * samples.len());
        for i in 0..samples.len() {
            let (at, [x, y]) = (&samples.standards[i], samples.points[i]);
            let (mut log, mut sx, mut sy) = ([0.0], [0.0], [0.0]);
            let said = Said {
                log_density: &mut log,
                score: [&mut sx, &mut sy],
                divergence: None,
            };
            let model = self.exact.at(samples.levels[i]);
            model.evaluate([&[x], &[y]], said, &mut Vec::new());
            for (d, (x, [s])) in [(x, sx), (y, sy)].into_iter().enumerate() {
                let standard = (x - at.center[d]) / at.scale;
                means.push((-at.noise / at.signal * (standard + at.scale * s)) as f32);
            }
        }
        Tensor::from_vec(means, (samples.len(), 2), &HERE)
    }
}

impl Samples {
    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.points.len()
    }

    /// These samples of a batch of so many, from an address.
    pub(super) fn draw(
        data: &Data<'_>,
        streams: Streams,
        (batch, slice): (u64, usize),
        (places, all): (Range<usize>, usize),
    ) -> Result<Self> {
        let mut rng = streams.stream(batch, Purpose::Start, slice);
        let n = places.len();
        let scale = f64::from(data.blank.scale);
        let mean = data.blank.mean.map(f64::from);
        let (mut levels, mut standards) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let mut points = Vec::with_capacity(n);
        let (mut seen, mut features, mut factors, mut wanted) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for place in places {
            // One in each of as many even parts: less left to chance.
            let share = (place as f64 + rng.random::<f64>()) / all as f64;
            let level = Level::of_log_snr(data.ends[0] + (data.ends[1] - data.ends[0]) * share);
            let at = data.blank.standard(level);
            let (clean, noise) = (data.exact.draw(&mut rng), normals::<2>(&mut rng));
            let mut point = [0.0; 2];
            for d in 0..2 {
                let y = (clean[d] - mean[d]) / scale;
                let noised = at.signal * y + at.noise * noise[d];
                point[d] = at.center[d] + at.scale * noised;
                seen.push(noised as f32);
                wanted.push((at.signal * noise[d] - at.noise * y) as f32);
            }
            features.extend(at.features);
            factors.push((at.noise / at.blur) as f32);
            levels.push(level);
            standards.push(at);
            points.push(point);
        }
        Ok(Self {
            levels,
            standards,
            points,
            seen: Tensor::from_vec(seen, (n, 2), &HERE)?,
            features: Tensor::from_vec(features, (n, FEATURES), &HERE)?,
            factors: Tensor::from_vec(factors, (n, 1), &HERE)?,
            wanted: Tensor::from_vec(wanted, (n, 2), &HERE)?,
        })
    }
}
