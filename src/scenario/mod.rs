//! What a scenario file says: everything a run depends on, and nothing else.
//!
//! Scenarios are RON files. `presets/*.ron` are built in; any other file is read by path. The same scenario and the same
//! seed give the same bits, in the window or headless, on any number of threads.

mod file;
mod pace;
mod panels;
mod place;
mod presets;
mod retarget;
mod reverse;
mod set;
mod start;
mod tempo;

use serde::{Deserialize, Deserializer, Serialize};

use crate::density::Estimator;
use crate::flow::Flow;
use crate::landscape::{Landscape, Relief};
use crate::params::{self, Number, Parameters, Visitor};
use crate::resample::Resampling;
use crate::space::Rect;
use crate::target::Shape;

pub(crate) use file::{COORDINATE, closest, did_you_mean, options, read, read_coordinates};
pub use file::{MOST_PANELS, Mismatch, ScenarioError};
pub use pace::{Pace, Reading};
#[cfg(feature = "gui")]
pub(crate) use panels::free_name;
pub use presets::{Preset, presets};
pub use set::SetError;
pub use start::{Blob, Disc, MOST_DABS, RADIUS, STRENGTH, Start};
pub use tempo::Tempo;
pub(crate) use tempo::factor;

/// The version of the file format written and read here.
pub const VERSION: u32 = 1;

/// Everything a run depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of the format: 1.
    #[serde(deserialize_with = "file::read_version")]
    pub version: u32,
    /// One line for menus.
    #[serde(deserialize_with = "file::read_title")]
    pub title: String,
    /// What to look at and why.
    #[serde(default)]
    pub description: String,
    /// Seed of all randomness. Applies on reset.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Number of particles in each panel. Applies on reset.
    #[serde(default = "default_particles", deserialize_with = "read_particles")]
    pub particles: usize,
    /// The landscape U.
    pub target: Shape,
    /// What lies over the target: a shift, a tilt, wells.
    #[serde(default, skip_serializing_if = "Relief::is_nothing")]
    pub relief: Relief,
    /// Temperature T: the target law is π ∝ exp(−U/T).
    #[serde(default = "default_temperature", deserialize_with = "read_temperature")]
    pub temperature: f64,
    /// Where particles begin. Applies on reset.
    pub start: Start,
    /// Share of the particles that begins spread evenly over the view instead. Applies on reset.
    #[serde(default, deserialize_with = "read_scouts")]
    pub scouts: f64,
    /// Time step.
    #[serde(default = "default_dt", deserialize_with = "read_dt")]
    pub dt: f64,
    /// Density estimate of the panels that have none of their own.
    #[serde(default)]
    pub estimator: Estimator,
    /// Resampling of the panels that have none of their own.
    #[serde(default)]
    pub resampling: Resampling,
    /// Pace of the window in model time per second.
    #[serde(default = "default_speed", deserialize_with = "read_speed")]
    pub speed: f64,
    /// Whether flows run at their own rates, or driven to lose KL as fast as the fastest of them.
    #[serde(default)]
    pub pace: Pace,
    /// What the panels show, as ((x0, x1), (y0, y1)); the target's own view where absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "file::read_view"
    )]
    pub view: Option<((f64, f64), (f64, f64))>,
    /// One to four flows, side by side.
    #[serde(deserialize_with = "file::read_panels")]
    pub panels: Vec<Flow>,
}

impl Scenario {
    /// A scenario of these parts, with the default of everything else.
    pub fn new(target: Shape, start: Start, panels: Vec<Flow>) -> Self {
        Self {
            version: VERSION,
            title: target.name().to_owned(),
            description: String::new(),
            seed: default_seed(),
            particles: default_particles(),
            target,
            relief: Relief::default(),
            temperature: default_temperature(),
            start,
            scouts: SCOUTS.default,
            dt: default_dt(),
            estimator: Estimator::default(),
            resampling: Resampling::default(),
            speed: default_speed(),
            pace: Pace::default(),
            view: None,
            panels,
        }
    }

    /// What the panels show at first. The target's own view does not move with the relief: the picture stays, the landscape moves.
    pub fn view(&self) -> Rect {
        match self.view {
            Some(((x0, x1), (y0, y1))) => Rect::new(x0, x1, y0, y1),
            None => self.target.target().view(),
        }
    }

    /// The potential that all panels feel.
    pub fn landscape(&self) -> Landscape {
        Landscape::new(self.target.clone(), self.temperature).with(&self.relief)
    }

    /// What a running scenario becomes when it is edited to be `edited`: what takes effect on reset only stays as it was. So does an
    /// estimator that is for other panels than those that run.
    #[must_use]
    pub fn taking_over(&self, edited: &Self) -> Self {
        if self.is_reverse() || edited.is_reverse() {
            // A way to other data begins in the noise again.
            return Self {
                title: edited.title.clone(),
                description: edited.description.clone(),
                speed: edited.speed,
                view: edited.view,
                ..self.clone()
            };
        }
        let running = Self {
            seed: self.seed,
            particles: self.particles,
            scouts: self.scouts,
            start: self.start.clone(),
            panels: if edited.panels.len() == self.panels.len() {
                edited.panels.clone()
            } else {
                self.panels.clone()
            },
            ..edited.clone()
        };
        running.suited(self.estimator)
    }

    /// What is edited becomes this when a panel of the running scenario has come or gone: another number of panels that waited for a reset
    /// is given up, and an estimator with it that was for those.
    #[must_use]
    pub(crate) fn with_panels_of(&self, running: &Self) -> Self {
        let edited = Self {
            panels: running.panels.clone(),
            ..self.clone()
        };
        edited.suited(running.estimator)
    }

    /// The same, with the other estimator if its own does not suit its panels.
    fn suited(self, other: Estimator) -> Self {
        let fits = (0..self.panels.len()).all(|i| self.panels[i].suits(self.estimator(i)).is_ok());
        let estimator = if fits { self.estimator } else { other };
        Self { estimator, ..self }
    }

    /// The density estimate of a panel.
    pub fn estimator(&self, panel: usize) -> Estimator {
        self.panels[panel].estimator.unwrap_or(self.estimator)
    }

    /// The resampling of a panel.
    pub fn resampling(&self, panel: usize) -> Resampling {
        self.panels[panel].resampling.unwrap_or(self.resampling)
    }

    /// Whether `other` differs in something that only takes effect on reset.
    pub fn needs_reset(&self, other: &Self) -> bool {
        if self.is_reverse() || other.is_reverse() {
            return self.taking_over(other) != *other;
        }
        self.seed != other.seed
            || self.particles != other.particles
            || self.scouts != other.scouts
            || self.start != other.start
            || self.panels.len() != other.panels.len()
    }
}

/// Number of particles in each panel.
pub const PARTICLES: Number = Number::whole(1.0, 4e6, 1e4, "", "particles in each panel");
/// Temperature.
pub const TEMPERATURE: Number = Number::log(0.05, 20.0, 1.0, "", "temperature T: barriers count in units of it");
/// Share of scouts.
pub const SCOUTS: Number = Number::linear(
    0.0,
    1.0,
    0.0,
    "of N",
    "share of the particles that starts spread over the view",
);
/// Time step.
pub const DT: Number = Number::log(1e-5, 0.5, 2e-3, "time", "time step");
/// Pace of the window.
pub const SPEED: Number = Number::log(
    0.01,
    100.0,
    0.5,
    "time/s",
    "model time per second of the clock on the wall",
);

impl Parameters for Scenario {
    fn visit(&mut self, v: &mut dyn Visitor) {
        let mut particles = self.particles as f64;
        v.number("particles", &mut particles, &PARTICLES);
        self.particles = particles as usize;
        v.number("temperature", &mut self.temperature, &TEMPERATURE);
        v.number("scouts", &mut self.scouts, &SCOUTS);
        v.number("dt", &mut self.dt, &DT);
        v.number("speed", &mut self.speed, &SPEED);
    }
}

const fn default_seed() -> u64 {
    1
}
const fn default_particles() -> usize {
    PARTICLES.default as usize
}
const fn default_temperature() -> f64 {
    TEMPERATURE.default
}
const fn default_dt() -> f64 {
    DT.default
}
const fn default_speed() -> f64 {
    SPEED.default
}

fn read_particles<'de, D: Deserializer<'de>>(d: D) -> Result<usize, D::Error> {
    params::number(d, "particles", &PARTICLES).map(|n| n as usize)
}
fn read_temperature<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "temperature", &TEMPERATURE)
}
fn read_scouts<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "scouts", &SCOUTS)
}
fn read_dt<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "dt", &DT)
}
fn read_speed<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "speed", &SPEED)
}
