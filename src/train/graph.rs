//! The network as tensors whose gradients are known.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, Var, bail};

use super::HERE;
use super::samples::Samples;
use crate::rng::{Purpose, Streams, normal_pair};
use crate::score::network::{FEATURES, Weights};

/// Every number that is learned.
pub(super) struct Graph {
    blank: Weights,
    /// Matrices are those of [`Weights`], transposed to stand to the right of the batch.
    points: Var,
    first_level: Var,
    first_bias: Var,
    gains: Var,
    second: Var,
    second_level: Var,
    second_bias: Var,
    out: Var,
    out_level: Var,
    out_bias: Var,
}

impl Graph {
    /// The first weights, at random; at the end of the network zeros, so that it begins with the score of a normal law.
    pub(super) fn new(blank: Weights, streams: Streams) -> Result<Self> {
        let n = blank.width();
        let mut rng = streams.stream(0, Purpose::Shuffle, 0);
        let mut draw =
            |count: usize, sd: f64| -> Vec<f32> { (0..count).map(|_| (sd * normal_pair(&mut rng).0) as f32).collect() };
        let mut weights = blank;
        weights.points = draw(2 * n, 1.5);
        weights.first_bias = draw(n, 1.0);
        weights.first_level = draw(n * FEATURES, 0.3);
        weights.second = draw(n * n, 1.5 / (n as f64).sqrt());
        weights.second_bias = draw(n, 0.5);
        weights.second_level = draw(n * FEATURES, 0.3);
        Self::of(&weights)
    }

    /// The graph of these weights.
    pub(super) fn of(weights: &Weights) -> Result<Self> {
        let n = weights.width();
        let var = |values: Vec<f32>, rows: usize, columns: usize| Var::from_vec(values, (rows, columns), &HERE);
        let told = |level: &[f32], n: usize| var(transposed(level, FEATURES), FEATURES, n);
        Ok(Self {
            points: var(transposed(&weights.points, 2), 2, n)?,
            first_level: told(&weights.first_level, n)?,
            first_bias: var(weights.first_bias.clone(), 1, n)?,
            gains: told(&weights.gains, n)?,
            second: var(transposed(&weights.second, n), n, n)?,
            second_level: told(&weights.second_level, n)?,
            second_bias: var(weights.second_bias.clone(), 1, n)?,
            out: var(transposed(&weights.out, n), n, 2)?,
            out_level: told(&weights.out_level, 2)?,
            out_bias: var(weights.out_bias.clone(), 1, 2)?,
            blank: weights.clone(),
        })
    }

    /// What is learned.
    pub(super) fn vars(&self) -> Vec<Var> {
        let all = [
            &self.points,
            &self.first_level,
            &self.first_bias,
            &self.gains,
            &self.second,
            &self.second_level,
            &self.second_bias,
            &self.out,
            &self.out_level,
            &self.out_bias,
        ];
        all.into_iter().cloned().collect()
    }

    /// The weights as they are.
    pub(super) fn weights(&self) -> Result<Weights> {
        let n = self.blank.width();
        let table = |var: &Var, columns: usize| -> Result<Vec<f32>> {
            Ok(transposed(&var.as_tensor().flatten_all()?.to_vec1::<f32>()?, columns))
        };
        Ok(Weights {
            mean: self.blank.mean,
            scale: self.blank.scale,
            detail: self.blank.detail,
            points: table(&self.points, n)?,
            first_level: table(&self.first_level, n)?,
            first_bias: table(&self.first_bias, 1)?,
            gains: table(&self.gains, n)?,
            second: table(&self.second, n)?,
            second_level: table(&self.second_level, n)?,
            second_bias: table(&self.second_bias, 1)?,
            out: table(&self.out, 2)?,
            out_level: table(&self.out_level, 2)?,
            out_bias: table(&self.out_bias, 1)?,
        })
    }

    /// The mean square of σ' G/√(σ'² + d²) − v per coordinate, where v is what is wanted, or anything else.
    pub(super) fn loss(&self, samples: &Samples, v: &Tensor) -> Result<Tensor> {
        let Samples {
            seen,
            features,
            factors,
            ..
        } = samples;
        let told = |level: &Var, bias: &Var| features.matmul(level)?.broadcast_add(bias);
        let z = (seen.matmul(&self.points)? + told(&self.first_level, &self.first_bias)?)?;
        let h = (z.apply_op1(Bend)? * (features.matmul(&self.gains)? + 1.0)?)?;
        let z = (h.matmul(&self.second)? + told(&self.second_level, &self.second_bias)?)?;
        let out = (z.apply_op1(Bend)?.matmul(&self.out)? + told(&self.out_level, &self.out_bias)?)?;
        (out.broadcast_mul(factors)? - v)?.sqr()?.mean_all()
    }
}

/// A matrix of so many columns, column by column.
fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    let rows = matrix.len() / columns.max(1);
    (0..columns)
        .flat_map(|c| (0..rows).map(move |r| matrix[r * columns + c]))
        .collect()
}

/// Moves an average towards new weights.
pub(super) fn mix(average: &mut Weights, new: &Weights, stays: f32) {
    let pairs = [
        (&mut average.points, &new.points),
        (&mut average.first_level, &new.first_level),
        (&mut average.first_bias, &new.first_bias),
        (&mut average.gains, &new.gains),
        (&mut average.second, &new.second),
        (&mut average.second_level, &new.second_level),
        (&mut average.second_bias, &new.second_bias),
        (&mut average.out, &new.out),
        (&mut average.out_level, &new.out_level),
        (&mut average.out_bias, &new.out_bias),
    ];
    for (average, new) in pairs {
        for (a, n) in average.iter_mut().zip(new) {
            *a = stays * *a + (1.0 - stays) * n;
        }
    }
}

/// φ(z) = z/√(1 + z²), in one pass.
struct Bend;

/// Its gradient, from the argument and the gradient of the result.
struct Unbend;

/// The numbers of a tensor, which here are always in one piece.
fn numbers<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&storage.as_slice::<f32>()?[from..to]),
        None => bail!("a tensor is not in one piece"),
    }
}

impl CustomOp1 for Bend {
    fn name(&self) -> &'static str {
        "bend"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let out = numbers(storage, layout)?
            .iter()
            .map(|z| z / (1.0 + z * z).sqrt())
            .collect();
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, arg: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(arg.apply_op2_no_bwd(&gradient.contiguous()?, &Unbend)?))
    }
}

impl CustomOp2 for Unbend {
    fn name(&self) -> &'static str {
        "unbend"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let slope = |(z, g): (&f32, &f32)| {
            let root = 1.0 / (1.0 + z * z).sqrt();
            g * (root * root * root)
        };
        let out = numbers(s1, l1)?.iter().zip(numbers(s2, l2)?).map(slope).collect();
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }
}
