//! One flow with two live rates.
//!
//! With transport rate α ≥ 0, reaction rate β ≥ 0 and π ∝ e^{−V}, V = U/T,
//!
//! ```text
//! ∂ρ/∂t = α ∇·(ρ ∇log(ρ/π)) − β ρ (log(ρ/π) − E_ρ log(ρ/π))
//! ```
//!
//! is the law of weighted particles dX = −α∇V dt + √(2α) dW, dA = β g dt, with weights e^A and g = −(log ρ + V).
//! Langevin (1, 0), Fisher–Rao (0, 1) and WFR (1, 1) are its corners.
//!
//! A scenario runs flows in a [`Simulation`](crate::sim::Simulation). By hand, any rate g may take the place of the flow's own: here
//! particles walk in a bowl and are weighed by g = −x²/2, whose normaliser E[exp ∫g dt] is carried along.
//!
//! ```
//! use wfr_lab::density::Estimator;
//! use wfr_lab::ensemble::Ensemble;
//! use wfr_lab::flow::{Flow, StepContext, Workspace};
//! use wfr_lab::landscape::Landscape;
//! use wfr_lab::resample::Resampling;
//! use wfr_lab::rng::Streams;
//! use wfr_lab::space::{Point, Symmetric};
//! use wfr_lab::target::{Component, Mixture, Shape};
//!
//! let bowl = Component::new(1.0, Point::new(0.0, 0.0), Symmetric::new(1.0, 0.0, 1.0));
//! let landscape = Landscape::new(Shape::Mixture(Mixture::new(vec![bowl])?), 1.0);
//! let mut particles = Ensemble::new([vec![1.5; 1000], vec![0.0; 1000]]);
//! let (flow, mut work) = (Flow::wfr(), Workspace::default());
//! for step in 0..100 {
//!     let context = StepContext {
//!         given: Some(&|p: Point| -0.5 * p.x * p.x),
//!         ..StepContext::new(&landscape, 0.01, step, Streams::new(1))
//!     };
//!     flow.step(&mut particles, &context, &mut work)?;
//! }
//! let (mean, _) = particles.mean_and_covariance();
//! println!("mean {:.3}, log normaliser {:.3}", mean.x, particles.log_normaliser());
//! assert!(particles.log_normaliser() < 0.0, "a rate below zero takes mass away");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backward;
mod jumps;
mod parents;
mod reaction;
mod transport;
mod witness;

use serde::{Deserialize, Deserializer, Serialize};

use crate::density::{Density, Estimator, Parents};
use crate::ensemble::{Collapse, Ensemble, Replacement};
use crate::landscape::Landscape;
use crate::observe::{Basins, Cause, Ledger};
use crate::params::{self, Number, Parameters, Visitor};
use crate::resample::{Resampler, Resampling};
use crate::reverse::{self, Method};
use crate::rng::{Purpose, Stream, Streams};
use crate::score::{Divergence, PROBES};
use crate::space::Point;
use crate::target::{self, Scores, Shape};

pub use transport::{FRICTION, Transport};
pub use witness::{Event, Landing, Seen, Stage, Witness};

/// What a panel runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Caption of the panel.
    pub name: String,
    /// Transport rate α: 1 is Langevin at its natural speed, 0 freezes the positions.
    #[serde(deserialize_with = "read_alpha")]
    pub alpha: f64,
    /// Reaction rate β: 1 is Fisher–Rao at its natural speed, 0 freezes the weights.
    #[serde(deserialize_with = "read_beta")]
    pub beta: f64,
    /// How particles walk.
    #[serde(default)]
    pub transport: Transport,
    /// Which rate drives the weights.
    #[serde(default)]
    pub rate: Rate,
    /// How the reaction is realised by particles.
    #[serde(default)]
    pub reaction: Reaction,
    /// How transport and reaction alternate within a step.
    #[serde(default)]
    pub splitting: Splitting,
    /// How the density of the weighted law is estimated; the scenario's own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimator: Option<Estimator>,
    /// When and how particles are resampled; the scenario's own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resampling: Option<Resampling>,
    /// Where the flow is the way back from noise to the data of a [`Blend`](crate::target::Blend): how that is gone. Then α is 1, and β is 1 where
    /// particles have weights and 0 where they go by their scores only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse: Option<Method>,
    /// Which scores it goes along.
    #[serde(default, skip_serializing_if = "is_exact")]
    pub scores: Scores,
}

fn is_exact(scores: &Scores) -> bool {
    *scores == Scores::Exact
}

impl Flow {
    /// A flow with the given rates and otherwise the defaults.
    pub fn new(name: &str, alpha: f64, beta: f64) -> Self {
        Self {
            name: name.to_owned(),
            alpha,
            beta,
            transport: Transport::default(),
            rate: Rate::default(),
            reaction: Reaction::default(),
            splitting: Splitting::default(),
            estimator: None,
            resampling: None,
            reverse: None,
            scores: Scores::Exact,
        }
    }

    /// The way back from noise to data, with exact weights or without any.
    pub fn reverse(name: &str, weighted: bool) -> Self {
        Self {
            reverse: Some(Method::default()),
            ..Self::new(name, 1.0, if weighted { 1.0 } else { 0.0 })
        }
    }

    /// Pure Langevin: particles walk, weights stay.
    pub fn langevin() -> Self {
        Self::new("Langevin", 1.0, 0.0)
    }

    /// Pure Fisher–Rao: particles stay, weights flow.
    pub fn fisher_rao() -> Self {
        Self::new("Fisher–Rao", 0.0, 1.0)
    }

    /// Both at once.
    pub fn wfr() -> Self {
        Self::new("WFR", 1.0, 1.0)
    }

    /// Advances the particles by one step. How many particles were replaced, and some of the places, is left in
    /// `work`.
    pub fn step(
        &self,
        ensemble: &mut Ensemble,
        context: &StepContext<'_>,
        work: &mut Workspace,
    ) -> Result<StepInfo, Collapse> {
        let mut info = StepInfo::default();
        work.begin(ensemble, context);
        let result = self.substeps(ensemble, context, work, &mut info);
        if let (Err(_), Some(basins)) = (&result, context.basins) {
            work.ledger.moved(basins, ensemble, Cause::Resampled); // wherever it stopped
        }
        if result.is_err() {
            work.note(ensemble, Event::Collapsed);
        }
        result.map(|()| info)
    }

    /// Writes the rate g at these points, per unit of β, where it is given; false, and nothing written, where it needs ρ.
    pub fn given_rate(&self, landscape: &Landscape, positions: [&[f64]; 2], out: &mut [f64]) -> bool {
        reaction::given_rate(&self.rate, landscape, positions, out)
    }

    fn substeps(
        &self,
        ensemble: &mut Ensemble,
        context: &StepContext<'_>,
        work: &mut Workspace,
        info: &mut StepInfo,
    ) -> Result<(), Collapse> {
        let dt = context.dt;
        match self.splitting {
            Splitting::TransportReaction => {
                self.note_parents(ensemble, context, &mut work.parents);
                self.transport(ensemble, context, work, info)?;
                self.react(ensemble, context, (0, dt), work, info)?;
            }
            Splitting::ReactionTransport => {
                self.react(ensemble, context, (0, dt), work, info)?;
                self.transport(ensemble, context, work, info)?;
            }
            // The noise of a step is drawn once, so that panels with different splittings still share it.
            Splitting::Strang => {
                self.react(ensemble, context, (0, 0.5 * dt), work, info)?;
                self.transport(ensemble, context, work, info)?;
                self.react(ensemble, context, (1, 0.5 * dt), work, info)?;
            }
        }
        Ok(())
    }

    fn transport(
        &self,
        ensemble: &mut Ensemble,
        context: &StepContext<'_>,
        work: &mut Workspace,
        info: &mut StepInfo,
    ) -> Result<(), Collapse> {
        if self.alpha == 0.0 {
            return Ok(());
        }
        // V = U/T: a lower temperature is a steeper potential, for every transport.
        let landscape = match self.rate {
            Rate::Corrected(theta) => &context.landscape.steepened(theta),
            _ => context.landscape,
        };
        let context = &StepContext { landscape, ..*context };
        let before = work.witness.as_ref().map(|witness| {
            self.transport.equip(ensemble, context.streams, context.step); // as the walk does first
            witness.look(ensemble)
        });
        let walk = transport::walk(ensemble, context, self.transport, self.alpha);
        if let (Some(witness), Some(before)) = (&mut work.witness, before) {
            let how = (self.transport, self.alpha * context.dt);
            witness.walked((before, ensemble), context, how, (walk.proposed, walk.accepted));
        }
        info.proposed += walk.proposed;
        info.accepted += walk.accepted;
        if let Some(basins) = context.basins {
            work.ledger.moved(basins, ensemble, Cause::Walked);
        }
        if !walk.bad.is_empty() {
            info.lost += ensemble.kill(&walk.bad)?;
            if let Some(basins) = context.basins {
                work.ledger.moved(basins, ensemble, Cause::Resampled);
            }
            let count = walk.bad.len() as u64;
            work.note(ensemble, Event::Lost { count });
        }
        Ok(())
    }

    /// One reaction substep, and the resampling that it may call for.
    fn react(
        &self,
        ensemble: &mut Ensemble,
        context: &StepContext<'_>,
        (half, dt): (u64, f64),
        work: &mut Workspace,
        info: &mut StepInfo,
    ) -> Result<(), Collapse> {
        if self.beta == 0.0 {
            return Ok(());
        }
        let address = 2 * context.step + half;
        let threshold = context.resampling.threshold;
        if self.reaction != Reaction::Weights && !ensemble.summary().uniform {
            // Jumps act on particles of equal weight.
            let mut rng = context.streams.stream(address, Purpose::Equalise, 0);
            work.resample(ensemble, context.resampling, &mut rng);
            work.note(ensemble, Event::Equalised);
            info.resamplings += 1;
        }
        let before = ensemble.log_normaliser();
        let lost = reaction::react(ensemble, context, self, (half, dt), work)?;
        if let Some(witness) = &mut work.witness {
            let grown = ensemble.log_normaliser() - before;
            let (time, rule) = (dt, self.reaction);
            match rule {
                Reaction::Weights => witness.reacted(ensemble, Event::Weighed { time }, None),
                Reaction::Jump | Reaction::BirthDeath => {
                    witness.reacted(ensemble, Event::Jumped { time, rule }, Some((&work.growth, grown)));
                }
            }
        }
        info.lost += lost;
        // Of what the others gain from a lost particle nobody can tell how much is growth.
        work.book(ensemble, if lost == 0 { Cause::Grown } else { Cause::Resampled });
        let summary = ensemble.summary();
        let resamples = !summary.uniform && (threshold == 1.0 || summary.ess < threshold * ensemble.len() as f64);
        let checked = Event::Checked {
            threshold,
            uniform: summary.uniform,
            resamples,
        };
        work.note(ensemble, checked);
        if resamples {
            let mut rng = context.streams.stream(address, Purpose::Resample, 0);
            work.resample(ensemble, context.resampling, &mut rng);
            let scheme = context.resampling.scheme;
            work.note(ensemble, Event::Resampled { scheme });
            info.resamplings += 1;
        }
        Ok(())
    }
}

/// What a step needs besides the particles.
#[derive(Clone, Copy)]
pub struct StepContext<'a> {
    /// The potential V = U/T.
    pub landscape: &'a Landscape,
    /// Density estimate.
    pub estimator: Estimator,
    /// Resampling.
    pub resampling: Resampling,
    /// Step size.
    pub dt: f64,
    /// Number of the step, the address of its noise.
    pub step: u64,
    /// Where the noise comes from.
    pub streams: Streams,
    /// The basins of which a ledger of mass is kept in the workspace; without them it costs nothing.
    pub basins: Option<&'a Basins>,
    /// Any rate g(x), in place of the flow's own; for programs, since a file cannot hold a function.
    pub given: Option<&'a GivenRate<'a>>,
}

impl<'a> StepContext<'a> {
    /// A step of this size with this number and noise: estimator and resampling as they are by default, no ledger, the flow's own rate.
    pub fn new(landscape: &'a Landscape, dt: f64, step: u64, streams: Streams) -> Self {
        Self {
            landscape,
            estimator: Estimator::default(),
            resampling: Resampling::default(),
            dt,
            step,
            streams,
            basins: None,
            given: None,
        }
    }
}

/// A rate g at which log-weights grow, per unit of β, as a function of the place.
pub type GivenRate<'a> = dyn Fn(Point) -> f64 + Sync + 'a;

/// What happened in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepInfo {
    /// How often particles were resampled: 0, 1 or 2.
    pub resamplings: u64,
    /// Particles that lost their weight because a number was not finite.
    pub lost: u64,
    /// Moves proposed by a transport that may refuse them.
    pub proposed: u64,
    /// How many of those were accepted.
    pub accepted: u64,
}

/// Replacements of one resampling that are remembered with their positions.
const TELEPORTS: usize = 64;

fn jump(ensemble: &Ensemble, replacement: Replacement) -> [Point; 2] {
    let [xs, ys] = ensemble.positions();
    [replacement.slot, replacement.source].map(|i| Point::new(xs[i as usize], ys[i as usize]))
}

/// Memory reused from step to step, and a ledger; holds nothing that a run depends on.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// The density estimate of the last reaction.
    pub density: Density,
    /// How many particles were replaced in the last step.
    pub replaced: u64,
    /// Some of those replacements, evenly chosen: where the removed particle stood, and where its replacement stands.
    pub teleports: Vec<[Point; 2]>,
    /// Where the mass of every basin came from, where the context names basins. It begins with the first such step, and again where their
    /// number or that of the particles is another; when basins change otherwise, begin it anew.
    pub ledger: Ledger,
    /// Who looks on; it costs nothing where nobody does.
    pub witness: Option<Box<Witness>>,
    keeps_ledger: bool,
    /// The parents of the last step, where the estimator asked for them.
    pub(crate) parents: Parents,
    growth: Vec<f64>,
    landing: Vec<f64>,
    resampler: Resampler,
}

impl Workspace {
    /// Before a step.
    fn begin(&mut self, ensemble: &Ensemble, context: &StepContext<'_>) {
        self.replaced = 0;
        self.teleports.clear();
        self.parents.clear();
        self.density.begin();
        self.keeps_ledger = context.basins.is_some();
        if let Some(basins) = context.basins
            && !self.ledger.is_of(basins, ensemble)
        {
            self.ledger.begin(basins, ensemble);
        }
        if let Some(witness) = &mut self.witness {
            witness.begin(ensemble);
        }
    }

    fn resample(&mut self, ensemble: &mut Ensemble, resampling: Resampling, rng: &mut Stream) {
        let replacements = self
            .resampler
            .draw(resampling, ensemble.positions(), ensemble.weights(), rng);
        for r in replacements
            .iter()
            .step_by(replacements.len().div_ceil(TELEPORTS).max(1))
        {
            self.teleports.push(jump(ensemble, *r));
        }
        ensemble.resample(replacements);
        if let Some(witness) = &mut self.witness {
            witness.replaced(replacements);
        }
        self.replaced += replacements.len() as u64;
        if self.keeps_ledger {
            replacements.iter().for_each(|r| self.ledger.replaced(*r));
        }
        self.book(ensemble, Cause::Resampled);
    }

    /// Tells who looks on what has happened.
    fn note(&mut self, ensemble: &Ensemble, event: Event) {
        if let Some(witness) = &mut self.witness {
            witness.note(ensemble, event);
        }
    }

    /// Writes the books after weights have changed or slots were refilled.
    fn book(&mut self, ensemble: &Ensemble, cause: Cause) {
        if self.keeps_ledger {
            self.ledger.weighed(ensemble, cause);
        }
    }

    /// Replaces one particle and takes note of it.
    fn replace(&mut self, ensemble: &mut Ensemble, replacement: Replacement) {
        if self.teleports.len() < TELEPORTS {
            self.teleports.push(jump(ensemble, replacement));
        }
        ensemble.replace(replacement);
        if let Some(witness) = &mut self.witness {
            witness.replaced(&[replacement]);
        }
        self.replaced += 1;
        if self.keeps_ledger {
            self.ledger.replaced(replacement);
        }
    }
}

/// The transport rate.
pub const ALPHA: Number = Number::linear(0.0, 4.0, 1.0, "/time", "transport rate α: how fast particles walk");
/// The reaction rate.
pub const BETA: Number = Number::linear(
    0.0,
    4.0,
    1.0,
    "/time",
    "reaction rate β: how fast particles gain and lose weight",
);

/// By how much a corrected flow steepens the potential in which it walks.
pub const THETA: Number = Number::linear(
    -0.95,
    0.95,
    -0.5,
    "",
    "tilt θ: particles walk in (1 + θ)V and are weighed back; below 0 the landscape is flattened",
);

impl Parameters for Flow {
    fn visit(&mut self, v: &mut dyn Visitor) {
        v.number("alpha", &mut self.alpha, &ALPHA);
        v.number("beta", &mut self.beta, &BETA);
        if let Some(method) = &mut self.reverse {
            v.number("eta", &mut method.eta, &reverse::ETA);
            if let Divergence::Hutchinson { probes, .. } = &mut method.divergence {
                let mut count = *probes as f64;
                v.number("probes", &mut count, &PROBES);
                *probes = count as usize;
            }
        }
        if let Scores::Erring { noise, scale } = &mut self.scores {
            v.number("noise", noise, &target::NOISE);
            v.number("scale", scale, &target::SCALE);
        }
        if let Rate::Corrected(theta) = &mut self.rate {
            v.number("theta", theta, &THETA);
        }
        if let Transport::Underdamped(friction) = &mut self.transport {
            v.number("friction", friction, &FRICTION);
        }
    }
}

fn read_alpha<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "alpha", &ALPHA)
}

fn read_theta<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "theta", &THETA)
}

fn read_beta<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "beta", &BETA)
}

/// The rate g at which log-weights grow, per unit of β.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Rate {
    /// g = −(log ρ + V): the gradient flow of KL in the Fisher–Rao metric.
    #[default]
    FisherRao,
    /// g(x, y) = −½ (x² cx + y² cy) for curvatures (cx, cy): a given rate, as in the general weighted SDE.
    Quadratic(f64, f64),
    /// g = −U with the potential U of any target: mass is removed at rate U, as in the Feynman–Kac formula.
    Potential(Box<Shape>),
    /// Langevin in the potential (1 + θ)V instead of V, weighted back by g = θ(|∇V|² − ΔV), −0.95 ≤ θ ≤ 0.95.
    ///
    /// With β = α the law π stays where it is: α∇·(π∇V(1 + θ) + ∇π) + βgπ = αθ∇·(π∇V) + βθ(|∇V|² − ΔV)π = 0. And h = ρ/π obeys
    /// ∂h/∂t = α(Δh − (1 − θ)∇V·∇h): the law converges as fast as Langevin in (1 − θ)V, the other way round than the particles walk.
    /// So to flatten what is simulated (θ < 0) and to weigh it back hurts a double well and helps a Gaussian, whose rate is 1 − θ; θ > 0
    /// does the reverse. With β = 0 nothing is weighed back and the particles go to e^{−(1 + θ)V}.
    ///
    /// Known failures: the variance of the weights is not in the rate and grows with |θ| and the steepness of V; time steps must be small
    /// against 1/(θ|∇V|²). It is for overdamped transports only: with velocities the rate would have to depend on them.
    Corrected(#[serde(deserialize_with = "read_theta")] f64),
}

/// How particles realise the reaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reaction {
    /// Log-weights accumulate g; resampling follows when the effective sample size falls.
    #[default]
    Weights,
    /// Particles of equal weight leave where e^g is below its mean and land where it is above: the expected law is that of the weights,
    /// by the fewest events that do it.
    Jump,
    /// Particles of equal weight die where g is below its mean and are duplicated where it is above: about twice as many events.
    BirthDeath,
}

/// The order of the substeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Splitting {
    /// Transport, then reaction: first order.
    #[default]
    TransportReaction,
    /// Reaction, then transport: first order.
    ReactionTransport,
    /// Half a reaction, transport, half a reaction: second order. The whole step is of second order in dt where its transport is, with
    /// [`Transport::Underdamped`]. With an overdamped transport it is of first order like that: Leimkuhler–Matthews is of
    /// second order at equilibrium and for π only, and what a given rate makes of π it reaches to first order (with a smaller error
    /// than Euler–Maruyama).
    Strang,
}
