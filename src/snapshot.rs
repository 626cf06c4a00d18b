//! What the window sees of a run: an immutable copy, small enough to hand over every frame.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::observe::{Axis, Basins, Cover, Observables, Profile, Traffic};
use crate::scenario::Scenario;
use crate::space::{Grid, Point, Rect};

/// The state of a run between two steps.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Steps since the start.
    pub step: u64,
    /// Model time since the start.
    pub time: f64,
    /// The scenario as it runs now.
    pub scenario: Arc<Scenario>,
    /// Whether edits are waiting for a reset.
    pub needs_reset: bool,
    /// The basins of the target and the share of π in each.
    pub basins: Arc<Basins>,
    /// The last command that could not be obeyed.
    pub refused: Option<Refused>,
    /// One entry per panel.
    pub panels: Vec<PanelSnapshot>,
}

/// A command that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Counts the refusals of a run, from 1, to tell two of the same kind apart.
    pub number: u64,
    /// Why.
    pub sentence: String,
}

/// The state of one panel.
#[derive(Clone, Debug)]
pub struct PanelSnapshot {
    /// Number of slots: of particles, some of which may have no weight.
    pub particles: usize,
    /// Number of particles that have a weight: those that a brush took out, or whose weight is too small for a number, have none.
    pub alive: usize,
    /// What dots and density show: the plane that was asked for, or positions where particles have no velocities.
    pub plane: Plane,
    /// The particles to draw one by one: all of them in the order of their slots; or a part where there are more than were asked for, the same slots in
    /// all panels and evenly spread, as is every beginning of the list. Those without weight are not to be drawn.
    pub dots: Vec<Dot>,
    /// Where dots are only a part: the mass of all particles per pixel of the probe's picture, row by row from the top;
    /// its sum is the mass inside the picture.
    pub density: Option<Arc<DensityImage>>,
    /// Bandwidth in use by the density estimate, or 0 where the flow needs none.
    pub bandwidth: f64,
    /// Measured now.
    pub now: Arc<Observables>,
    /// What sampling alone adds to the KL: its mean for as many independent draws of π as the weights are worth.
    pub kl_floor: f64,
    /// Where particles are, for [`Solution::uncovered`](crate::reference::Solution::uncovered).
    pub cover: Arc<Cover>,
    /// Measured at even intervals since the start, thinned so that it stays bounded.
    pub history: Vec<Arc<Observables>>,
    /// The latest teleports, oldest first; bounded. None in a phase plane: they are kept as positions.
    pub teleports: Vec<Teleport>,
    /// Mass that teleports between basins.
    pub traffic: Arc<Traffic>,
    /// How the flow moves its law now, where the probe asks for it.
    pub tangent: Option<Arc<Tangent>>,
    /// What the probe reads, where there is one.
    pub probed: Option<Arc<Probed>>,
    /// How large the terms of the particles' equation are, where that was asked for.
    pub terms: Option<Arc<Terms>>,
    /// All particles seen along one axis, where that was asked for.
    pub profile: Option<Arc<Profile>>,
}

/// How large the terms of the particles' equation are, as root mean squares over the weighted particles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// √E|∇V|² (kT per length).
    pub slope: f64,
    /// Standard deviation of the rate g, per unit of β; `None` where g needs ρ, whose deviation is √[`Observables::variance`].
    pub rate: Option<f64>,
    /// √E|v|² and √E|∇V + γv|², where particles have velocities (at unit mass and temperature).
    pub kinetic: Option<[f64; 2]>,
}

/// What a panel is like at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probed {
    /// The place.
    pub at: Point,
    /// V (kT).
    pub potential: f64,
    /// |∇V| (kT per length).
    pub slope: f64,
    /// log π, with π normalised over the measuring grid and what lies beyond it (per area).
    pub log_target: f64,
    /// log ρ, as the panel's estimator sees the particles (per area); `None` where no particle is near.
    pub log_density: Option<f64>,
    /// log(ρ/π), π smoothed like ρ where the estimator is debiased; `None` where no particle is near.
    pub log_ratio: Option<f64>,
    /// The rate at which the mass of a particle here would grow, beside that of all: β(g − E g) with the panel's own g (per time). `None` where g
    /// needs ρ and no particle is near.
    pub rate: Option<f64>,
    /// Bandwidth of the estimate (length).
    pub bandwidth: f64,
}

/// A particle to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Horizontal coordinate in the plane shown: a position.
    pub x: f32,
    /// Vertical coordinate in the plane shown: a position, or a velocity.
    pub y: f32,
    /// Normalised weight times the number of slots: 1 is an average one.
    pub weight: f32,
    /// Basin (see [`Basins`]) in which the ancestor of this particle began.
    pub origin: u16,
    /// The rate at which its log-weight grows now beside that of all, β(g − E g) with the panel's own estimate (per time). Zero where the
    /// probe does not ask for it, where nobody changes weights (no reaction, or one of jumps), and in phase planes. E g is the mean over the
    /// dots. Where every estimate is a sum over all particles only the first [`SUMMED`] dots have it.
    pub growth: f32,
    /// Slot in which that ancestor began: those who share it are one family. The dot's own slot is its place in the list.
    pub ancestor: u32,
}

/// So many dots are told how their weights grow where each answer is a sum over all particles.
pub const SUMMED: usize = 2048;

/// How a flow moves its law ρ at one time, on the measuring grid: the tangent vector of the Wasserstein–Fisher–Rao geometry in its two parts.
///
/// ```text
/// ∂ρ/∂t = −∇·(ρ v) + ρ r,     v = −α ∇u,     r = −β (u − E_ρ u),     u = log(ρ/π),
/// ```
///
/// with both laws smoothed as the observer smooths them, by 0.02 of the view: so Σ ρ|∇u|² and the variance of u are the observables
/// I and Var. Flows of a given rate g have r = β(g − `E_ρ g`), and flows that walk in (1 + θ)V have v = −α(∇u + θ∇V). Known
/// limit: what α∇·(ρ∇u) does is all that a smoothed law can show, so within a smoothing length u is flatter than the particles feel.
#[derive(Clone, Debug, PartialEq)]
pub struct Tangent {
    /// The measuring grid.
    pub grid: Grid,
    /// Mass of the smoothed law per cell.
    pub mass: Vec<f64>,
    /// Mass beyond the grid.
    pub beyond: f64,
    /// u per cell; 0 where there is no mass.
    pub log_ratio: Vec<f64>,
    /// u beyond the grid.
    pub log_ratio_beyond: f64,
    /// r per cell (per time); 0 where there is no mass.
    pub rate: Vec<f64>,
    /// v per cell (length per time): the mean over the edges to neighbours with mass. Nothing where particles have velocities of their own, so that
    /// the gradient alone does not say where they go.
    pub velocity: Option<[Vec<f64>; 2]>,
}

/// Mass per pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct DensityImage {
    /// What it covers.
    pub rect: Rect,
    /// Pixels (width, height).
    pub size: [usize; 2],
    /// Mass per pixel divided by the mass an even spread would have, row by row from the top.
    pub values: Vec<f32>,
}

/// A particle was removed and another was duplicated in its place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Teleport {
    /// Where the removed particle stood.
    pub from: Point,
    /// Where its replacement stands.
    pub to: Point,
    /// Model time.
    pub time: f64,
}

/// What a snapshot should contain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// At most this many dots per panel.
    pub max_dots: usize,
    /// Where the density picture is wanted, should there be more particles than dots; in coordinates of the plane.
    pub picture: Option<(Rect, [usize; 2])>,
    /// Which two coordinates of a particle to show.
    pub plane: Plane,
    /// Whether dots say how their weights grow.
    pub growth: bool,
    /// Whether every panel says how its flow moves the law.
    pub tangent: bool,
    /// Where every panel is to be read; what nobody asks for costs nothing.
    pub at: Option<Point>,
    /// The panel whose terms are to be measured.
    pub terms: Option<usize>,
    /// The axis along which every panel is to be seen.
    pub profile: Option<Axis>,
}

/// Two coordinates of a particle, of its position (x, y) and its velocity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Plane {
    /// (x, y).
    #[default]
    Positions,
    /// x and the velocity along x.
    PhaseX,
    /// y and the velocity along y.
    PhaseY,
}

impl Plane {
    /// Every plane, in menu order.
    pub const ALL: [Self; 3] = [Self::Positions, Self::PhaseX, Self::PhaseY];
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            max_dots: 10_000,
            picture: None,
            plane: Plane::default(),
            growth: false,
            tangent: false,
            at: None,
            terms: None,
            profile: None,
        }
    }
}
