//! What of a landscape can be taken hold of in the plane, and what a drag does to it.
//!
//! A target lists its handles ([`Target::handles`](super::Target::handles)) and says what moving one means
//! ([`Target::drag`](super::Target::drag)), in its own file; a window needs nothing more. All of it is a pure function of the numbers of
//! the target: dragging a handle to where it is changes nothing, dragging it away and back is the identity (to rounding), and after a
//! drag it is where it was dragged to, as far as the ranges and its own direction allow.
//!
//! Energies have no place in the plane. A handle for one stands above the place that it is about, by a length `kt` of the plane for each kT:
//! the window chooses that, so that a kT has the same length on the screen at any zoom.

use super::mixture::Component;
use crate::params::{self, Parameters};
use crate::space::{Point, Symmetric};
use crate::vectorize::{exp, ln};

/// Something that can be dragged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Handle {
    /// The number of the component it belongs to; none if it is of the whole.
    pub part: Option<usize>,
    /// What it is: "centre", "weight".
    pub name: &'static str,
    /// What it does.
    pub grip: Grip,
    /// Where it is.
    pub at: Point,
    /// What it is about: a line is drawn from here.
    pub foot: Point,
}

/// What a handle does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// Moves what it belongs to.
    Center,
    /// Stretches it, or turns it as well.
    Axis,
    /// Raises or lowers an energy: up is higher.
    Level,
}

impl Handle {
    /// A handle in the middle.
    pub const fn center(name: &'static str, at: Point) -> Self {
        Self {
            part: None,
            name,
            grip: Grip::Center,
            at,
            foot: at,
        }
    }

    /// A handle at the end of a length.
    pub const fn axis(name: &'static str, foot: Point, at: Point) -> Self {
        Self {
            part: None,
            name,
            grip: Grip::Axis,
            at,
            foot,
        }
    }

    /// A handle for the energy (kT) at a place.
    pub fn level(name: &'static str, foot: Point, energy: f64, kt: f64) -> Self {
        Self {
            part: None,
            name,
            grip: Grip::Level,
            at: foot + Point::new(0.0, kt * energy),
            foot,
        }
    }

    /// The same of a component.
    #[must_use]
    pub const fn of(self, part: usize) -> Self {
        Self {
            part: Some(part),
            ..self
        }
    }

    /// The same where so many components stand before its own.
    #[must_use]
    pub(super) fn after(self, components: usize) -> Self {
        Self {
            part: self.part.map(|part| part + components),
            ..self
        }
    }

    /// The energy (kT) that a handle of this foot stands for at this place.
    pub(super) fn energy(foot: Point, at: Point, kt: f64) -> f64 {
        (at.y - foot.y) / kt
    }
}

/// The foot of a rail for the depth of something: beside it, where its other handles are not.
pub fn beside(center: Point, kt: f64) -> Point {
    const AWAY: f64 = 5.0;
    center - Point::new(AWAY * kt, 0.0)
}

/// Names of the ends of the axes: both, and their opposites.
pub const ENDS: [&str; 4] = [
    "first axis",
    "second axis",
    "first axis, other end",
    "second axis, other end",
];

/// The ends of the axes of an ellipse, as [`ENDS`] calls them.
pub fn ends(center: Point, first: Point, widths: (f64, f64)) -> [Point; 4] {
    let (a, b) = (widths.0 * first, widths.1 * Point::new(-first.y, first.x));
    [center + a, center + b, center - a, center - b]
}

/// What is to become of the first axis and the widths when an end goes to a displacement from the centre: the direction of the first
/// axis (none if there is no telling) and the widths.
pub fn pulled(end: usize, to: Point, widths: (f64, f64)) -> (Option<Point>, (f64, f64)) {
    let length = to.norm();
    let along = (length > 0.0).then(|| (1.0 / length) * to);
    // A second axis is a quarter turn ahead of the first; the other ends point the other way.
    let first = along.map(|u| match end {
        0 => u,
        1 => Point::new(u.y, -u.x),
        2 => -u,
        _ => Point::new(-u.y, u.x),
    });
    let widths = if end.is_multiple_of(2) {
        (length, widths.1)
    } else {
        (widths.0, length)
    };
    (first, widths)
}

/// e-folds of a weight count as so many kT, so that a hand can set them.
const FOLD: f64 = 3.0;
/// Weights that a drag can give.
const WEIGHTS: (f64, f64) = (1e-4, 1e4);
/// Standard deviations that a drag can give, and how much longer one axis may become than the other.
const WIDTHS: (f64, f64) = (1e-3, 1e3);
const SLENDER: f64 = 1e3;

impl Component {
    /// Centre, ends of the axes (at one standard deviation), weight.
    pub fn handles(&self, kt: f64) -> [Handle; 6] {
        let (first, widths) = self.covariance.axes();
        let ends = ends(self.mean, first, widths);
        let axis = |k: usize| Handle::axis(ENDS[k], self.mean, ends[k]);
        let weight = Handle::level("weight", beside(self.mean, kt), -FOLD * ln(self.weight), kt);
        [
            Handle::center("centre", self.mean),
            axis(0),
            axis(1),
            axis(2),
            axis(3),
            weight,
        ]
    }

    /// Moves one of [`Component::handles`].
    pub fn drag(&mut self, handle: usize, to: Point, kt: f64) {
        let before = *self;
        match handle {
            0 => self.mean = to,
            1..=4 => {
                let (present, before) = self.covariance.axes();
                let (first, (a, b)) = pulled(handle - 1, to - self.mean, before);
                // What is beyond the limits already may stay so.
                let possible = |w: f64, before: f64, other: f64| {
                    let (least, most) = (WIDTHS.0.max(other / SLENDER), WIDTHS.1.min(other * SLENDER));
                    w.clamp(least.min(before), most.max(before))
                };
                let widths = if handle % 2 == 1 {
                    (possible(a, before.0, b), b)
                } else {
                    (a, possible(b, before.1, a))
                };
                self.covariance = Symmetric::of_axes(first.unwrap_or(present), widths);
            }
            _ => {
                let energy = Handle::energy(beside(self.mean, kt), to, kt);
                self.weight = exp(-energy / FOLD).clamp(WEIGHTS.0, WEIGHTS.1);
            }
        }
        if self.check().is_err() {
            *self = before;
        }
    }
}

/// Sets a number to the nearest value that it may have.
pub(super) fn put(target: &mut dyn Parameters, name: &str, value: f64) {
    let entries = params::list(target);
    let found = entries.into_iter().find(|(known, ..)| *known == name);
    if let Some((_, _, info)) = found
        && !value.is_nan()
    {
        let set = params::set(target, name, value.clamp(info.min, info.max));
        debug_assert!(set.is_ok(), "{name}: {set:?}");
    }
}
