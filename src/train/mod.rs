//! Training of score networks, on the processor, in a minute or two.
//!
//! Of clean samples y₀ and noise ε a network sees y = α y₀ + σ' ε, and learns v = α ε − σ' y₀ by least squares: what it then says is the
//! mean of v at y, of which its score is made ([`network`]). Samples are drawn anew for every step, so that there is nothing to learn by
//! heart; levels lie evenly in the log of signal over noise. The optimiser is `AdamW`, with a rate that warms up and then falls like a
//! cosine; what is kept is a moving average of the weights.
//!
//! The least loss is not 0 but the variance of v at y: how good a network is says its loss less that of the exact score, on the same
//! samples, or [`network::bands`].
//!
//! The same seed gives the same network on the same kind of processor: products of matrices are those of a library, whose last bits
//! depend on it.

mod graph;
mod samples;

use std::ops::ControlFlow;

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW};
use rayon::prelude::*;

use self::graph::Graph;
use self::samples::{Data, Samples};
use crate::rng::Streams;
use crate::score::network::{self, About, Network, NetworkError, WIDTHS, Weights};
use crate::score::{Gaussians, Schedule};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Seed of the first weights and of all samples.
    pub seed: u64,
    /// Steps, if it does not stop early.
    pub steps: u64,
    /// Samples in a step.
    pub batch: usize,
    /// Units of each hidden layer.
    pub width: usize,
    /// The largest learning rate.
    pub rate: f64,
    /// The schedule between whose ends it is trained.
    pub schedule: Schedule,
    /// Other samples, on which it is not trained: so many that chance does not say when to stop.
    pub held_out: usize,
    /// Looks at the loss on other samples without a better one before it stops.
    pub patience: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            steps: 8000,
            batch: 1024,
            width: 64,
            rate: 5e-3,
            schedule: Schedule::default(),
            held_out: 1 << 16,
            patience: 16,
        }
    }
}

/// Looks at the loss on other samples in a whole training.
const LOOKS: u64 = 40;
/// Part of the steps in which the rate grows.
const WARM: f64 = 0.05;
/// How much of the average of the weights stays in a step, at most.
const STAYS: f64 = 0.999;
/// Borders in log(a²/s²) between which the error of the score is measured.
pub const BORDERS: [f64; 6] = [-8.0, -4.0, -1.0, 2.0, 5.0, 9.0];
/// Points in each band.
const POINTS: usize = 1 << 14;

/// One look at a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Steps done.
    pub step: u64,
    /// Mean loss of the steps since the last look.
    pub loss: f64,
    /// Loss of the averaged weights on other samples, always the same.
    pub held_out: f64,
    /// By how much that is above the loss of the exact score on average: the mean square of what the two say differently of these samples.
    pub excess: f64,
}

/// How far a training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Of how many.
    pub steps: u64,
    /// The last look.
    pub look: Option<Look>,
}

/// A network and how it came to be.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The network.
    pub network: Network,
    /// All looks.
    pub looks: Vec<Look>,
    /// What the exact score has on the samples of the looks: no network has less, but by chance.
    pub least_loss: f64,
    /// See [`Look::excess`], of the weights that were kept.
    pub excess: f64,
    /// The error of its score.
    pub bands: Vec<network::Band>,
    /// Whether it no longer got better and was stopped.
    pub stopped_early: bool,
}

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A plan that is not possible.
    #[error("{0}")]
    Plan(String),
    /// It was told to stop.
    #[error("stopped; nothing was written")]
    Stopped,
    /// The loss is no number any more.
    #[error("the loss is not finite after {0} steps: try a smaller learning rate")]
    Diverged(u64),
    /// What was trained is no network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The library of tensors says no.
    #[error("the training failed: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl Plan {
    /// Why this cannot be done, if it cannot.
    ///
    /// # Errors
    ///
    /// Numbers out of their ranges.
    pub fn check(&self) -> Result<(), TrainError> {
        let refused = |text: String| Err(TrainError::Plan(text));
        let (least, most) = WIDTHS;
        if !(least..=most).contains(&self.width) || !self.width.is_multiple_of(least) {
            return refused(format!(
                "{} units are not possible: expected a multiple of {least} up to {most}",
                self.width
            ));
        }
        if !(1..=10_000_000).contains(&self.steps) {
            return refused(format!("{} steps are not possible: expected 1 to 10000000", self.steps));
        }
        if !(1..=1 << 20).contains(&self.batch) {
            return refused(format!(
                "{} samples are not possible: expected 1 to 1048576",
                self.batch
            ));
        }
        if !(1..=1 << 24).contains(&self.held_out) {
            return refused(format!(
                "{} samples to look at are not possible: expected 1 to 16777216",
                self.held_out
            ));
        }
        if !(self.rate > 0.0 && self.rate <= 1.0) {
            return refused(format!(
                "a learning rate of {} is not possible: expected one up to 1",
                self.rate
            ));
        }
        Ok(())
    }

    /// The learning rate of a step: it grows evenly and then falls like a cosine.
    fn rate_at(&self, step: u64) -> f64 {
        let done = step as f64 / self.steps as f64;
        let warm = ((step + 1) as f64 / (WARM * self.steps as f64)).min(1.0);
        self.rate * warm * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
    }
}

/// Trains a network on samples of the data. `watch` is told after every step how far it is, and may stop it: then there is no network.
///
/// # Errors
///
/// A plan that is not possible, a loss that is no number, [`TrainError::Stopped`].
pub fn train(
    name: &str,
    data: &Gaussians<2>,
    plan: &Plan,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Trained, TrainError> {
    plan.check()?;
    let streams = Streams::new(plan.seed);
    let data = Data::new(data, plan.schedule);
    let others = slices(&data, streams, 0, (plan.held_out, plan.width))?;
    let exact: Vec<Tensor> = others
        .iter()
        .map(|slice| data.exactly(slice))
        .collect::<Result<_, _>>()?;
    let squares = |k: usize| number(&(&others[k].wanted - &exact[k])?.sqr()?.mean_all()?);
    let least_loss = mean(&others, squares)?;
    let graph = Graph::new(data.blank(plan.width), streams)?;
    let settings = ParamsAdamW {
        lr: plan.rate,
        weight_decay: 1e-4,
        ..ParamsAdamW::default()
    };
    let mut optimizer = AdamW::new(graph.vars(), settings)?;
    let mut average = graph.weights()?;
    let mut best: Option<(f64, f64, Weights)> = None;
    let (mut looks, mut sum, mut since, mut worse) = (Vec::new(), 0.0, 0, 0);
    let every = (plan.steps / LOOKS).max(1);
    let mut done = 0;
    for step in 0..plan.steps {
        let samples = slices(&data, streams, step + 1, (plan.batch, plan.width))?;
        optimizer.set_learning_rate(plan.rate_at(step));
        sum += descend(&graph, &samples, plan.batch, &mut optimizer)?;
        done = step + 1;
        // The first steps are forgotten sooner.
        let stays = STAYS.min(done as f64 / (done as f64 + 10.0));
        graph::mix(&mut average, &graph.weights()?, stays as f32);
        since += 1;
        if !sum.is_finite() {
            return Err(TrainError::Diverged(done));
        }
        if done % every == 0 || done == plan.steps {
            let graph = Graph::of(&average)?;
            let held_out = mean(&others, |k| number(&graph.loss(&others[k], &others[k].wanted)?))?;
            let excess = mean(&others, |k| number(&graph.loss(&others[k], &exact[k])?))?;
            looks.push(Look {
                step: done,
                loss: sum / f64::from(since),
                held_out,
                excess,
            });
            (sum, since) = (0.0, 0);
            if best.as_ref().is_none_or(|(least, ..)| held_out < *least) {
                best = Some((held_out, excess, average.clone()));
                worse = 0;
            } else {
                worse += 1;
            }
        }
        let progress = Progress {
            step: done,
            steps: plan.steps,
            look: looks.last().copied(),
        };
        if watch(progress).is_break() {
            return Err(TrainError::Stopped);
        }
        if worse > plan.patience {
            break;
        }
    }
    let (loss, excess, weights) = best.ok_or(TrainError::Diverged(done))?;
    let about = About {
        name: name.to_owned(),
        data: data.words(),
        schedule: plan.schedule,
        seed: plan.seed,
        steps: done,
        loss,
        least_loss: Some(least_loss),
    };
    let network = Network::new(&about, &weights)?;
    let bands = network::bands(&network, data.exact(), &BORDERS, POINTS, plan.seed);
    Ok(Trained {
        network,
        looks,
        least_loss,
        excess,
        bands,
        stopped_early: done < plan.steps,
    })
}

/// Numbers in one tensor, at most: of more the library makes threads of its own, which wait for each other busily.
const PIECE: usize = 1 << 14;

/// A batch in slices, each from an address of its own.
fn slices(
    data: &Data<'_>,
    streams: Streams,
    address: u64,
    (batch, width): (usize, usize),
) -> candle_core::Result<Vec<Samples>> {
    let size = (PIECE / width).max(1);
    let count = batch.div_ceil(size);
    let draw = |k: usize| {
        let (first, last) = (k * size, batch.min((k + 1) * size));
        Samples::draw(data, streams, (address, k), (first..last, batch))
    };
    (0..count).into_par_iter().map(draw).collect()
}

/// The mean over all samples of what is a mean over those of each slice; in order, whatever thread was first.
fn mean(slices: &[Samples], of: impl Fn(usize) -> candle_core::Result<f64> + Sync) -> candle_core::Result<f64> {
    let each: Vec<f64> = (0..slices.len())
        .into_par_iter()
        .map(&of)
        .collect::<candle_core::Result<_>>()?;
    let all: usize = slices.iter().map(Samples::len).sum();
    let weighted = each.iter().zip(slices).map(|(mean, slice)| mean * slice.len() as f64);
    Ok(weighted.sum::<f64>() / all as f64)
}

fn number(tensor: &Tensor) -> candle_core::Result<f64> {
    Ok(f64::from(tensor.to_scalar::<f32>()?))
}

/// One step down the gradient; the loss before it.
fn descend(graph: &Graph, samples: &[Samples], batch: usize, optimizer: &mut AdamW) -> candle_core::Result<f64> {
    let one = |slice: &Samples| {
        let loss = (graph.loss(slice, &slice.wanted)? * (slice.len() as f64 / batch as f64))?;
        Ok((number(&loss)?, loss.backward()?))
    };
    let parts: Vec<(f64, GradStore)> = samples.par_iter().map(one).collect::<candle_core::Result<_>>()?;
    let mut sum = 0.0;
    let mut gradients: Option<GradStore> = None;
    for (loss, gradient) in parts {
        sum += loss;
        match &mut gradients {
            None => gradients = Some(gradient),
            Some(all) => all.extend(gradient)?,
        }
    }
    if let Some(gradients) = &gradients {
        optimizer.step(gradients)?;
    }
    Ok(sum)
}

/// Where tensors are.
const HERE: Device = Device::Cpu;
