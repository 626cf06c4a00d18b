//! The brush: particles put in and taken out by hand, between two steps, in every panel alike.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::Simulation;
use super::start::in_unit_disc;
use crate::ensemble::Ensemble;
use crate::observe::Cause;
use crate::params::{self, Number};
use crate::rng::{Purpose, Stream, normal_pair};
use crate::scenario::{COORDINATE, PARTICLES, RADIUS, read_coordinates};
use crate::space::Point;

/// One touch of the brush.
///
/// With N slots before it, [`Stroke::Add`] turns the law ρ of every panel into
///
/// ```text
/// (N ρ + n · even law of the disc) / (N + n)
/// ```
///
/// where N counts the particles of the start and all that were ever added. It does not count how many of them have a weight, which may differ between
/// panels: so the share of the new mass is the same in all panels and in the exact solution. [`Stroke::Erase`] turns ρ into its restriction to what is
/// outside the disc, normalised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dab {
    /// The middle of the disc.
    #[serde(deserialize_with = "read_coordinates")]
    pub center: Point,
    /// Its radius (length).
    #[serde(deserialize_with = "read_radius")]
    pub radius: f64,
    /// What it does.
    pub stroke: Stroke,
}

/// What a brush does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stroke {
    /// So many new particles, evenly over the disc, each with the weight of an average slot.
    Add(#[serde(deserialize_with = "read_count")] u32),
    /// No particle inside the disc keeps its weight: the law is ρ restricted to what is outside.
    Erase,
}

/// Particles that one touch of the brush adds.
pub const COUNT: Number = Number::whole(
    1.0,
    PARTICLES.max,
    100.0,
    "",
    "particles that one touch of the brush adds",
);

fn read_radius<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "radius", &RADIUS)
}

fn read_count<'de, D: Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
    params::number(d, "number of particles", &COUNT).map(|n| n as u32)
}

impl Dab {
    /// Whether a point is inside the disc or on its border.
    pub fn covers(&self, p: Point) -> bool {
        (p - self.center).norm_squared() <= self.radius * self.radius
    }

    /// How many slots there are after this, if there were so many before; or why it cannot be.
    pub fn slots_after(&self, slots: usize) -> Result<usize, String> {
        for (name, value) in [("x", self.center.x), ("y", self.center.y)] {
            COORDINATE.check(name, value).map_err(|error| error.to_string())?;
        }
        RADIUS.check("radius", self.radius).map_err(|error| error.to_string())?;
        let Stroke::Add(n) = self.stroke else { return Ok(slots) };
        COUNT
            .check("number of particles", f64::from(n))
            .map_err(|error| error.to_string())?;
        let after = slots + n as usize;
        if after as f64 > PARTICLES.max {
            return Err(format!(
                "There is no room for {n} more particles: a panel holds at most {} of them.",
                PARTICLES.max
            ));
        }
        Ok(after)
    }

    /// Points evenly over the disc.
    fn draw(&self, n: usize, rng: &mut Stream) -> (Vec<f64>, Vec<f64>) {
        (0..n)
            .map(|_| (self.center + self.radius * in_unit_disc(rng)).into())
            .unzip()
    }
}

impl Simulation {
    /// Touches every panel with the brush; or changes nothing and says why.
    pub(super) fn brush(&mut self, dab: Dab) -> Result<(), String> {
        if self.running.is_reverse() {
            return Err(
                "the brush is for flows: what is put in on the way from noise to data has no weight of its own"
                    .to_owned(),
            );
        }
        let slots = self.panels[0].ensemble.len();
        let added = dab.slots_after(slots)? - slots;
        match dab.stroke {
            Stroke::Add(_) => self.add(dab, slots, added),
            Stroke::Erase => self.erase(dab)?,
        }
        let basins = self.observer.basins();
        for panel in &mut self.panels {
            panel.work.ledger.moved(basins, &panel.ensemble, Cause::Brushed);
        }
        Ok(())
    }

    fn add(&mut self, dab: Dab, slots: usize, added: usize) {
        // Slots only become more: their number tells two dabs at one step apart.
        let mut rng = self.streams.stream(self.step, Purpose::Brush, slots);
        let (xs, ys) = dab.draw(added, &mut rng);
        // Velocities and noises alike are standard normal.
        let (us, vs): (Vec<f64>, Vec<f64>) = (0..added).map(|_| normal_pair(&mut rng)).unzip();
        for panel in &mut self.panels {
            panel.ensemble.append([&xs, &ys], |_| [us.clone(), vs.clone()]);
        }
        for (all, new) in Arc::make_mut(&mut self.start).iter_mut().zip([xs, ys]) {
            all.truncate(slots);
            all.extend(new);
        }
    }

    fn erase(&mut self, dab: Dab) -> Result<(), String> {
        let inside = |[x, y]: [f64; 2]| dab.covers(Point::new(x, y));
        let left = |ensemble: &Ensemble| {
            let [xs, ys] = ensemble.positions();
            let mut particles = xs.iter().zip(ys).zip(ensemble.weights());
            particles.any(|((x, y), w)| *w > 0.0 && !inside([*x, *y]))
        };
        // All panels or none, so that they stay comparable.
        if let Some(bare) = self.panels.iter().position(|panel| !left(&panel.ensemble)) {
            return Err(format!(
                "The brush took nothing out: no particle would be left in panel {:?}.",
                self.running.panels[bare].name
            ));
        }
        for panel in &mut self.panels {
            // Somebody is left, as has just been seen.
            let erased = panel.ensemble.erase(inside);
            debug_assert!(erased.is_ok(), "a particle outside has a weight");
        }
        Ok(())
    }
}
