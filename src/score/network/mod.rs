//! Score models that were trained: a small network in the plane that knows how noisy its points are.
//!
//! With data of mean m and scale k, let y = (x − a m)/c, c² = a²k² + σ², be the noised point made standard, and α = a k/c, σ' = σ/c the
//! shares of data and noise in it. The network says G(y, ℓ) at the log of signal over noise ℓ = log(α²/σ'²), and
//!
//! ```text
//! s(x) = −(y + α G / √(σ'² + d²)) / c.
//! ```
//!
//! Of y = α y₀ + σ' ε it is trained to say σ' G/√(σ'² + d²) ≈ α ε − σ' y₀, whose mean at y is −(σ'/α)(y + ∇ log p(y)): of data that are
//! normal with this mean and scale that is 0 at every level, and so the score is exact before any training. d is the finest detail of the
//! data (in units of k): below it, scores no longer grow, and neither has G to.
//!
//! ```text
//! G = W₃ h₂ + b₃(ℓ),   h₂ = φ(W₂ (g(ℓ) h₁) + b₂(ℓ)),   h₁ = φ(W₁ y + b₁(ℓ)),   φ(z) = z/√(1 + z²)
//! ```
//!
//! b and g are linear in cosines of ℓ, and folded into the weights once for a level. φ is bounded: far from the data the score is that of
//! the normal law, which leads back. The divergence takes one more product of matrices, not two: it is
//! Σⱼ φ'(z₂ⱼ) Σₖ Cⱼₖ φ'(z₁ₖ) with Cⱼₖ = W₂ⱼₖ (W₃ W₁)ⱼₖ, where (W₃ W₁)ⱼₖ is the product of the column j of W₃
//! and the row k of W₁.
//!
//! Known failure: far from where the noised data are, it was never told anything.

mod accuracy;
mod file;
mod shipped;

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

use pulp::bytemuck;

use super::{Level, Noised, Said, Score};
use crate::vectorize::{cos, ln, wide};

pub use accuracy::{Band, bands};
pub use file::{About, NetworkError, Weights};
pub use shipped::shipped;

/// Cosines of the level that the network is told.
pub const FEATURES: usize = 8;
/// Widths that a network may have: from, to, in steps of the first.
pub const WIDTHS: (usize, usize) = (8, 256);
/// The largest |ℓ| that is told apart.
const FARTHEST: f64 = 12.0;
/// The least variance of the noise: at the data the score is that of a little noise.
pub const LEAST: f64 = 1e-4;

/// A trained score model in the plane. Copies share what they hold.
#[derive(Clone)]
pub struct Network(Arc<Inside>);

struct Inside {
    about: About,
    bytes: Vec<u8>,
    weights: Weights,
    /// Cⱼₖ, by j.
    bends: Vec<f32>,
}

impl Network {
    /// The network with these weights.
    ///
    /// # Errors
    ///
    /// What [`Network::read`] says.
    pub fn new(about: &About, weights: &Weights) -> Result<Self, NetworkError> {
        Self::read(&file::write(about, weights)?)
    }

    /// Reads a file of safetensors.
    ///
    /// # Errors
    ///
    /// What is damaged, missing, too many, of a shape or type that does not fit, or not finite.
    pub fn read(bytes: &[u8]) -> Result<Self, NetworkError> {
        let (about, weights) = file::read(bytes)?;
        let width = weights.width();
        let mut bends = Vec::with_capacity(width * width);
        for j in 0..width {
            for k in 0..width {
                let both: f32 = (0..2)
                    .map(|d| weights.points[2 * k + d] * weights.out[d * width + j])
                    .sum();
                bends.push(weights.second[j * width + k] * both);
            }
        }
        Ok(Self(Arc::new(Inside {
            about,
            bytes: bytes.to_vec(),
            weights,
            bends,
        })))
    }

    /// The file, which [`Network::read`] reads.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// What it is and where it comes from.
    pub fn about(&self) -> &About {
        &self.0.about
    }

    /// Its numbers.
    pub fn weights(&self) -> &Weights {
        &self.0.weights
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.bytes == other.0.bytes
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inside {
            about, weights, bytes, ..
        } = &*self.0;
        write!(
            f,
            "Network({:?}, {} wide, {} bytes)",
            about.name,
            weights.width(),
            bytes.len()
        )
    }
}

/// How a level stands to the data of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standard {
    /// a m.
    pub center: [f64; 2],
    /// c.
    pub scale: f64,
    /// α.
    pub signal: f64,
    /// σ'.
    pub noise: f64,
    /// √(σ'² + d²).
    pub blur: f64,
    /// What the network is told of the level.
    pub features: [f32; FEATURES],
}

impl Standard {
    /// Of data of this mean, scale and finest detail.
    pub fn new(level: Level, mean: [f64; 2], scale: f64, detail: f64) -> Self {
        let variance = level.variance.max(LEAST);
        let signal = (1.0 - variance).max(0.0).sqrt();
        let c = (signal * signal * scale * scale + variance).sqrt();
        let (alpha, sigma) = (signal * scale / c, variance.sqrt() / c);
        // At the end of all noise α may be 0, and its logarithm is kept where levels are no longer told apart.
        let log_snr = (2.0 * (ln(alpha.max(1e-9)) - ln(sigma))).clamp(-FARTHEST, FARTHEST);
        let angle = PI * (log_snr + FARTHEST) / (2.0 * FARTHEST);
        Self {
            center: mean.map(|m| signal * m),
            scale: c,
            signal: alpha,
            noise: sigma,
            blur: (sigma * sigma + detail * detail).sqrt(),
            features: std::array::from_fn(|k| cos((k + 1) as f64 * angle) as f32),
        }
    }
}

impl Score<2> for Network {
    fn at(&self, level: Level) -> Box<dyn Noised<2> + '_> {
        Box::new(AtLevel::new(&self.0, level))
    }

    fn knows_density(&self) -> bool {
        false
    }
}

/// Points that are worked on at once, and rows of a matrix. Of fewer points the compiler unrolls the loop and no longer vectorises it.
const PIECE: usize = 32;
const ROWS: usize = 4;
type Row = [f32; PIECE];

/// The weights at one level, as the loops want them.
struct AtLevel {
    standard: Standard,
    /// α/√(σ'² + d²).
    factor: f64,
    /// W₁ and b₁(ℓ).
    first: Vec<[f32; 3]>,
    /// W₂ g(ℓ) and C g(ℓ) in groups of rows, each column by column.
    second: Vec<[f32; ROWS]>,
    bends: Vec<[f32; ROWS]>,
    /// b₂(ℓ).
    bias: Vec<[f32; ROWS]>,
    /// W₃ in the same groups.
    out: Vec<[[f32; ROWS]; 2]>,
    /// b₃(ℓ).
    out_bias: [f32; 2],
}

impl AtLevel {
    fn new(network: &Inside, level: Level) -> Self {
        let weights = &network.weights;
        let (n, standard) = (weights.width(), weights.standard(level));
        let told = |table: &[f32], row: usize| -> f32 {
            let row = &table[row * FEATURES..(row + 1) * FEATURES];
            row.iter().zip(&standard.features).map(|(w, f)| w * f).sum()
        };
        let gains: Vec<f32> = (0..n).map(|k| 1.0 + told(&weights.gains, k)).collect();
        let grouped = |matrix: &[f32]| -> Vec<[f32; ROWS]> {
            let group = |j: usize, k: usize| std::array::from_fn(|r| matrix[(j + r) * n + k] * gains[k]);
            (0..n)
                .step_by(ROWS)
                .flat_map(|j| (0..n).map(move |k| (j, k)))
                .map(|(j, k)| group(j, k))
                .collect()
        };
        let first = |k: usize| {
            [
                weights.points[2 * k],
                weights.points[2 * k + 1],
                weights.first_bias[k] + told(&weights.first_level, k),
            ]
        };
        let groups = || (0..n).step_by(ROWS);
        let bias = |j: usize| weights.second_bias[j] + told(&weights.second_level, j);
        Self {
            standard,
            factor: standard.signal / standard.blur,
            first: (0..n).map(first).collect(),
            second: grouped(&weights.second),
            bends: grouped(&network.bends),
            bias: groups().map(|j| std::array::from_fn(|r| bias(j + r))).collect(),
            out: groups()
                .map(|j| [0, 1].map(|d| std::array::from_fn(|r| weights.out[d * n + j + r])))
                .collect(),
            out_bias: [0, 1].map(|d| weights.out_bias[d] + told(&weights.out_level, d)),
        }
    }

    /// Memory for two rows of each unit.
    fn rooms<'s>(&self, scratch: &'s mut Vec<f64>) -> [&'s mut [Row]; 2] {
        let n = self.first.len();
        scratch.resize(scratch.len().max(n * PIECE), 0.0);
        let rows: &mut [f32] = bytemuck::cast_slice_mut(&mut scratch[..n * PIECE]);
        let (a, b) = rows.as_chunks_mut().0.split_at_mut(n);
        [a, b]
    }

    /// y of a piece of the points; beyond their end it is 0.
    #[inline(always)]
    fn piece(&self, points: [&[f64]; 2], first: usize) -> [[f64; PIECE]; 2] {
        let mut y = [[0.0; PIECE]; 2];
        for d in 0..2 {
            let part = &points[d][first..points[d].len().min(first + PIECE)];
            for (y, x) in y[d].iter_mut().zip(part) {
                *y = (x - self.standard.center[d]) / self.standard.scale;
            }
        }
        y
    }

    /// z₁ of unit k, and with it φ's square root.
    #[inline(always)]
    fn first(&self, k: usize, y: &[Row; 2]) -> (Row, Row) {
        let [wx, wy, b] = self.first[k];
        let z = std::array::from_fn(|i| b + wx * y[0][i] + wy * y[1][i]);
        (z, inverse_root(&z))
    }
}

/// 1/√(1 + z²): φ is z times it, φ' its third power.
#[inline(always)]
fn inverse_root(z: &Row) -> Row {
    std::array::from_fn(|i| 1.0 / (1.0 + z[i] * z[i]).sqrt())
}

/// A group of rows of a matrix times one column for each point, added to what is there.
#[inline(always)]
fn multiply(matrix: &[[f32; ROWS]], columns: &[Row], sums: &mut [Row; ROWS]) {
    for (weights, column) in matrix.iter().zip(columns) {
        for (sum, w) in sums.iter_mut().zip(weights) {
            for (s, x) in sum.iter_mut().zip(column) {
                *s += w * x;
            }
        }
    }
}

/// The single precision in which the network works.
#[inline(always)]
fn short(y: &[[f64; PIECE]; 2]) -> [Row; 2] {
    y.map(|y| y.map(|y| y as f32))
}

impl Noised<2> for AtLevel {
    fn evaluate(&self, points: [&[f64]; 2], said: Said<'_, 2>, scratch: &mut Vec<f64>) {
        let n = self.first.len();
        let [hidden, slopes] = self.rooms(scratch);
        let Said {
            mut score,
            mut divergence,
            ..
        } = said;
        let bends = divergence.is_some();
        let c = self.standard.scale;
        wide(
            #[inline(always)]
            || {
                for start in (0..points[0].len()).step_by(PIECE) {
                    let y = self.piece(points, start);
                    let small = short(&y);
                    for k in 0..n {
                        let (z, r) = self.first(k, &small);
                        for i in 0..PIECE {
                            hidden[k][i] = z[i] * r[i];
                        }
                        if bends {
                            for i in 0..PIECE {
                                slopes[k][i] = r[i] * r[i] * r[i];
                            }
                        }
                    }
                    let mut out = self.out_bias.map(|b| [b; PIECE]);
                    let mut bent = [0.0; PIECE];
                    for (g, (bias, weights)) in self.bias.iter().zip(&self.out).enumerate() {
                        let rows = g * n..(g + 1) * n;
                        let mut z = bias.map(|b| [b; PIECE]);
                        multiply(&self.second[rows.clone()], hidden, &mut z);
                        let root = z.each_ref().map(inverse_root);
                        for (out, weights) in out.iter_mut().zip(weights) {
                            for r in 0..ROWS {
                                for i in 0..PIECE {
                                    out[i] += weights[r] * (z[r][i] * root[r][i]);
                                }
                            }
                        }
                        if bends {
                            let mut sums = [[0.0; PIECE]; ROWS];
                            multiply(&self.bends[rows], slopes, &mut sums);
                            for r in 0..ROWS {
                                for i in 0..PIECE {
                                    bent[i] += root[r][i] * root[r][i] * root[r][i] * sums[r][i];
                                }
                            }
                        }
                    }
                    let end = points[0].len().min(start + PIECE);
                    for d in 0..2 {
                        for ((s, y), g) in score[d][start..end].iter_mut().zip(&y[d]).zip(&out[d]) {
                            *s = -(y + self.factor * f64::from(*g)) / c;
                        }
                    }
                    if let Some(divergence) = &mut divergence {
                        for (o, b) in divergence[start..end].iter_mut().zip(&bent) {
                            *o = -(2.0 + self.factor * f64::from(*b)) / (c * c);
                        }
                    }
                }
            },
        );
    }

    fn along(&self, points: [&[f64]; 2], directions: [&[f64]; 2], mut out: [&mut [f64]; 2], scratch: &mut Vec<f64>) {
        let n = self.first.len();
        let [hidden, tangents] = self.rooms(scratch);
        let c = self.standard.scale;
        wide(
            #[inline(always)]
            || {
                for start in (0..points[0].len()).step_by(PIECE) {
                    let end = points[0].len().min(start + PIECE);
                    let small = short(&self.piece(points, start));
                    let mut v = [[0.0; PIECE]; 2];
                    for d in 0..2 {
                        v[d][..end - start].copy_from_slice(&directions[d][start..end]);
                    }
                    let short_v = short(&v);
                    for k in 0..n {
                        let (z, r) = self.first(k, &small);
                        let [wx, wy, _] = self.first[k];
                        for i in 0..PIECE {
                            hidden[k][i] = z[i] * r[i];
                            tangents[k][i] = r[i] * r[i] * r[i] * (wx * short_v[0][i] + wy * short_v[1][i]);
                        }
                    }
                    let mut bent = [[0.0; PIECE]; 2];
                    for (g, (bias, weights)) in self.bias.iter().zip(&self.out).enumerate() {
                        let rows = g * n..(g + 1) * n;
                        let (mut z, mut sums) = (bias.map(|b| [b; PIECE]), [[0.0; PIECE]; ROWS]);
                        multiply(&self.second[rows.clone()], hidden, &mut z);
                        multiply(&self.second[rows], tangents, &mut sums);
                        for r in 0..ROWS {
                            let root = inverse_root(&z[r]);
                            for (bent, weights) in bent.iter_mut().zip(weights) {
                                for i in 0..PIECE {
                                    bent[i] += weights[r] * (root[i] * root[i] * root[i] * sums[r][i]);
                                }
                            }
                        }
                    }
                    for d in 0..2 {
                        for ((o, v), b) in out[d][start..end].iter_mut().zip(&v[d]).zip(&bent[d]) {
                            *o = -(v + self.factor * f64::from(*b)) / (c * c);
                        }
                    }
                }
            },
        );
    }
}
