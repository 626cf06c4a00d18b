//! What a card puts on show and points at, in words that do not depend on how the window draws them.

use serde::{Deserialize, Serialize};

use super::statement::Value;
use crate::space::Point;

/// What is on show. Whatever is not said is as it is without a lecture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Show {
    /// The panels, from 1; all of them where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<usize>,
    /// The layers, these and no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<Layer>>,
    /// The plots from left to right, at most three; none of them where the list is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plots: Option<Vec<Plot>>,
    /// The sections of the controls that may be touched; none are shown where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Section>,
    /// What the panels draw.
    pub picture: Picture,
    /// Whether the equation stands above the panels.
    pub equation: bool,
    /// Whether one step is taken to pieces when the card has played: in this panel, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microscope: Option<usize>,
}

/// A layer of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layer {
    /// The filled map of the potential.
    Map,
    /// Labelled isolines of the potential.
    Contours,
    /// Particles as discs.
    Discs,
    /// Teleports as arcs.
    Arcs,
    /// Teleported mass per unit of time, as ribbons between wells.
    Ribbons,
    /// Weights that grow or shrink where they stand, as rings.
    Pulses,
    /// The density of the particles.
    Density,
    /// The mass of each well, in figures.
    Masses,
    /// The exact density.
    Exact,
    /// Transport as arrows over the signed rate of the reaction.
    Tangent,
    /// On strips, the density less that of π, by bins.
    Errors,
    /// The law of each diffusion model that the target is made of, under the noise of now, as lines.
    Models,
}

impl Layer {
    /// All of them.
    #[cfg(feature = "gui")]
    pub(crate) const ALL: [Self; 12] = [
        Self::Map,
        Self::Contours,
        Self::Discs,
        Self::Arcs,
        Self::Ribbons,
        Self::Pulses,
        Self::Density,
        Self::Masses,
        Self::Exact,
        Self::Tangent,
        Self::Errors,
        Self::Models,
    ];
}

/// What a panel draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Picture {
    /// The plane of positions.
    #[default]
    Plane,
    /// The marginal along x over the potential: the picture of the blackboard.
    StripX,
    /// The marginal along y.
    StripY,
    /// x and the velocity along x.
    Phase,
}

/// What a plot shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plot {
    /// The mass of a well, from 1.
    Mass(usize),
    /// The mass of a well, less that of the exact solution.
    Error(usize),
    /// KL(ρ|π).
    Kl,
    /// Effective sample size over N.
    Ess,
    /// Equilibrium mass where no particle is near.
    Unreachable,
    /// The weighted mean of x.
    MeanX,
    /// The weighted mean of y.
    MeanY,
    /// Wasserstein-1 distance of the marginals.
    Wasserstein,
    /// Maximum mean discrepancy.
    Mmd,
    /// L1 distance from π.
    L1,
    /// Energy distance from π.
    Energy,
    /// What makes KL fall, for the panel on show.
    Dissipation,
    /// Where the mass of a well came from, for the panel on show.
    Ledger,
}

/// A section of the controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Section {
    /// Target, temperature, shift and tilt, wells.
    Landscape,
    /// Rates and realisations.
    Flows,
    /// Start and scouts.
    Start,
    /// Time step, estimator, resampling.
    Numerics,
    /// Slow modes.
    Spectrum,
}

/// A term of the equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Term {
    /// −α∇V dt.
    Drift,
    /// √(2α) dW.
    Noise,
    /// Both together: α ∇·(ρ∇log(ρ/π)).
    Transport,
    /// −βρ(log(ρ/π) − E log(ρ/π)).
    Reaction,
}

/// Something on the screen. Panels, wells and plots are counted from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Pointer {
    /// A panel.
    Panel(usize),
    /// A well in a panel.
    Well {
        /// The panel.
        panel: usize,
        /// The well, from the left.
        well: usize,
    },
    /// A place in a panel.
    Place {
        /// The panel.
        panel: usize,
        /// Where.
        at: Point,
    },
    /// A plot, from the left.
    Plot(usize),
    /// The name of a layer in the legend.
    Layer(Layer),
    /// A term of the equation.
    Term(Term),
    /// The gauge of the effective sample size, in a panel.
    Gauge(usize),
    /// The line about the exact solution, in a panel.
    Verdict(usize),
    /// A control, by its accessible name.
    Control(String),
}

/// What the audience guesses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Guess {
    /// The mass of every well of a panel, by bars to be dragged.
    Masses {
        /// The caption of the panel.
        panel: String,
    },
    /// A number.
    Number {
        /// What it is, such as `[WFR.mass(2)]`.
        of: Value,
        /// From where the slider runs.
        from: f64,
        /// To where.
        to: f64,
        /// Its unit.
        #[serde(default)]
        unit: String,
    },
    /// One of several answers.
    Choice {
        /// The answers.
        among: Vec<String>,
        /// Which is right, from 1.
        right: usize,
    },
}
