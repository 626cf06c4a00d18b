//! How far a model's score is from the exact one, per band of noise.

use crate::rng::{Purpose, Streams, normals};
use crate::score::{BLOCK, Gaussians, Level, Said, Score};

/// The error of a score where log(a²/s²) is in a band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// From.
    pub from: f64,
    /// To.
    pub to: f64,
    /// E|s − s*|² / E|s*|² over noised data, with s* the exact score.
    pub error: f64,
    /// Its standard error, from the variance of the numerator.
    pub standard_error: f64,
}

/// Compares a model with the exact score of the data, in bands of log(a²/s²) between these borders, at so many points each.
pub fn bands(model: &dyn Score<2>, data: &Gaussians<2>, borders: &[f64], points: usize, seed: u64) -> Vec<Band> {
    let streams = Streams::new(seed);
    let pairs = borders.windows(2).enumerate();
    pairs
        .map(|(k, pair)| band(model, data, [pair[0], pair[1]], points, (streams, k)))
        .collect()
}

fn band(
    model: &dyn Score<2>,
    data: &Gaussians<2>,
    [from, to]: [f64; 2],
    points: usize,
    (streams, address): (Streams, usize),
) -> Band {
    let mut rng = streams.stream(0, Purpose::Probe, address);
    let mut scratch = Vec::new();
    let (mut errors, mut squares, mut exact) = (0.0, 0.0, 0.0);
    let blocks = points.div_ceil(BLOCK).max(1);
    for block in 0..blocks {
        let log_snr = from + (to - from) * (block as f64 + 0.5) / blocks as f64;
        let level = Level::of_log_snr(log_snr);
        let (mut x, mut y) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (x, y) in x.iter_mut().zip(&mut y) {
            let (clean, noise) = (data.draw(&mut rng), normals::<2>(&mut rng));
            let noised = |d: usize| level.signal * clean[d] + level.variance.sqrt() * noise[d];
            (*x, *y) = (noised(0), noised(1));
        }
        let mut say = |model: &dyn Score<2>| {
            let (mut log, mut sx, mut sy) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
            let said = Said {
                log_density: &mut log,
                score: [&mut sx, &mut sy],
                divergence: None,
            };
            model.at(level).evaluate([&x, &y], said, &mut scratch);
            (sx, sy)
        };
        let ((ax, ay), (bx, by)) = (say(model), say(data));
        for i in 0..BLOCK {
            let error = (ax[i] - bx[i]) * (ax[i] - bx[i]) + (ay[i] - by[i]) * (ay[i] - by[i]);
            errors += error;
            squares += error * error;
            exact += bx[i] * bx[i] + by[i] * by[i];
        }
    }
    let n = (blocks * BLOCK) as f64;
    let variance = (squares / n - (errors / n) * (errors / n)).max(0.0);
    Band {
        from,
        to,
        error: errors / exact,
        standard_error: (variance / n).sqrt() / (exact / n),
    }
}
