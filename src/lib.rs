//! wfr-lab: see Wasserstein–Fisher–Rao gradient flows.
//!
//! # What is computed
//!
//! For a target law π ∝ e^{−V}, V = U/T, a transport rate α ≥ 0 and a reaction rate β ≥ 0, the gradient flow of KL(ρ|π) in the
//! Wasserstein–Fisher–Rao geometry is
//!
//! ```text
//! ∂ρ/∂t = α ∇·(ρ ∇ log(ρ/π)) − β ρ ( log(ρ/π) − E_ρ log(ρ/π) ).
//! ```
//!
//! Particles with positions X and log-weights A realise it as a weighted stochastic differential equation,
//!
//! ```text
//! dX = −α ∇V dt + √(2α) dW,     dA = β g dt,     g = −(log ρ + V),     ρ = E[e^A δ_X] / E[e^A],
//! ```
//!
//! where ρ is the law of the *weighted* particles, estimated with a Gaussian kernel. Langevin (α, β) = (1, 0), Fisher–Rao (0, 1)
//! and WFR (1, 1) are corners of this one flow. Any other g may be given: then the same equations are a general weighted SDE
//! whose normaliser E[e^A] is carried along. Formulas are derived and tested here; the idea of weighting and resampling a
//! diffusion in this way is that of arXiv 2512.17878.
//!
//! # From noise to data
//!
//! The same weights mix diffusion models without training another. With models p₁, p₂ … under the noise of time t, a law ρₜ made of them
//! ([`score::Blend`]: their geometric mean, say) and its score s̄, particles walk back from the noise and are weighed,
//!
//! ```text
//! dX = (½ b X + ½ (1 + η) b s̄) dτ + √(η b) dW,     dA = g dτ,     g = −½ b ((1 − a) Σ λᵢ |sᵢ − s̄|² + D (Σ wᵢ − 1)),
//! ```
//!
//! so that the weighted law is ρₜ at every t; without the weights it is another. See [`reverse`].
//!
//! # The map
//!
//! A module uses only modules above its own line in this list; `tests/layers.rs` holds it to that.
//!
//! | layer | modules | what they hold |
//! |---|---|---|
//! | foundations | [`space`], [`vectorize`], [`rng`], [`chunks`], [`params`], [`digits`] | points and grids, loops that vectorise, addressed noise, loops that ignore the number of threads, one description of every tunable number, numbers as text |
//! | what | [`ensemble`], [`target`], [`landscape`], [`score`] | weighted particles with ancestry; potentials U; V = U/T; score models under noise, and mixtures of them |
//! | tools | [`density`], [`resample`] | log ρ at the particles; offspring from weights |
//! | dynamics | [`observe`], [`flow`], [`reverse`], [`continuum`], [`history`] | what is measured; one step; weighted reverse diffusions; the equation on a grid and its closed forms; measurements over time |
//! | files | [`scenario`] | everything a run depends on, in RON |
//! | one run | [`snapshot`], [`sim`], [`mod@reference`], [`timeline`] | what a window sees of a run; the only owner of evolving state; the exact solution beside it; its past, and the way back |
//! | around it | [`engine`], `render`, [`export`], `train`, [`share`], [`verify`], [`lecture`], [`words`] | the threads of both; pictures without a window; what becomes a file; networks that learn scores; runs as files and one-line codes; every identity recomputed; cards that check what they claim; every sentence of the window |
//! | doors | [`cli`], `app` | the command line; the window (feature `gui`) |
//!
//! # Six lines
//!
//! ```
//! # use wfr_lab::{scenario::presets, sim::Simulation};
//! let mut run = Simulation::new(presets()[0].scenario());
//! # run.apply(wfr_lab::sim::Command::Load({ let mut s = presets()[0].scenario(); s.particles = 500; s.into() }));
//! while run.time() < 0.1 {
//!     run.step()?;
//! }
//! println!("mass per well under WFR: {:?}", run.observe(2).basin_mass);
//! # Ok::<(), wfr_lab::sim::StepError>(())
//! ```
//!
//! # Invariants
//!
//! * The same scenario and seed give the same bits, on any number of threads and any processor, in the window or headless: what
//!   evolves uses the elementary functions of [`vectorize`], never those of the C library.
//! * [`sim::Simulation`] owns everything that evolves. It changes by `step` and, between steps, by [`sim::Command`]s, which are
//!   kept in the journal of a [`timeline::Timeline`].
//! * Below the engine there is no clock, no input or output, no thread of our own, and no source of randomness but [`rng`].
//! * Weights are logarithms and are normalised in [`ensemble`] and nowhere else.
//! * No number from outside is used before its range is checked, at the place where it stands.

#[cfg(feature = "gui")]
pub mod app;
pub mod chunks;
pub mod cli;
pub mod continuum;
pub mod density;
pub mod digits;
pub mod engine;
pub mod ensemble;
pub mod export;
pub mod flow;
pub mod history;
pub mod landscape;
pub mod lecture;
pub mod observe;
pub mod params;
pub mod reference;
#[cfg(feature = "gui")]
pub mod render;
pub mod resample;
pub mod reverse;
pub mod rng;
pub mod scenario;
pub mod score;
pub mod share;
pub mod sim;
pub mod snapshot;
pub mod space;
pub mod target;
pub mod timeline;
#[cfg(feature = "train")]
pub mod train;
pub mod vectorize;
pub mod verify;
pub mod words;
