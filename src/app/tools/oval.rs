//! The numbers of a thing, as fields show and set them.

use super::things::{Thing, component, set_component};
use crate::landscape::{ANGLE, DEPTH, Well};
use crate::params::Number;
use crate::scenario::{Scenario, Start};
use crate::space::{Point, Symmetric};
use crate::target::{Component, Mixture};
use crate::words::msg;

/// A thing with a place, a size and two axes, as its fields show it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Oval {
    pub(super) center: Point,
    /// Depth of a well, weight of a component; nothing where it means nothing.
    pub(super) strength: Option<f64>,
    pub(super) widths: (f64, f64),
    /// Of the first axis, in degrees.
    pub(super) angle: f64,
}

/// The numbers of a thing, if it is one of these.
pub(super) fn oval(scenario: &Scenario, thing: Thing) -> Option<Oval> {
    let of = |c: &Component, weighs: bool| {
        let (first, widths) = c.covariance.axes();
        Oval {
            center: c.mean,
            strength: weighs.then_some(c.weight),
            widths,
            angle: first.y.atan2(first.x).to_degrees(),
        }
    };
    match thing {
        Thing::Landscape => None,
        Thing::Component(k) => component(scenario, k).map(|c| {
            let oval = of(c, true);
            let center = oval.center + scenario.relief.shift;
            Oval { center, ..oval }
        }),
        Thing::Well(k) => scenario.relief.wells.get(k).map(|w| Oval {
            center: w.center,
            strength: Some(w.depth),
            widths: w.widths,
            angle: w.angle,
        }),
        Thing::Start(k) => match &scenario.start {
            Start::Gaussian(blob) => Some(of(blob, false)),
            Start::Mixture(blobs) => blobs.get(k).map(|b| of(b, true)),
            _ => None,
        },
    }
}

/// Gives a thing these numbers; what is not possible changes nothing.
pub(super) fn set_oval(scenario: &mut Scenario, thing: Thing, oval: Oval) {
    let (sin, cos) = oval.angle.to_radians().sin_cos();
    let covariance = Symmetric::of_axes(Point::new(cos, sin), oval.widths);
    let to = |c: Component, center: Point| {
        let new = Component::new(oval.strength.unwrap_or(c.weight), center, covariance);
        // A mixture of one says whether it may be.
        Mixture::new(vec![new]).map_or(c, |_| new)
    };
    match thing {
        Thing::Landscape => {}
        Thing::Component(k) => {
            if let Some(before) = component(scenario, k).copied() {
                let center = oval.center - scenario.relief.shift;
                set_component(scenario, k, to(before, center));
            }
        }
        Thing::Well(k) => {
            if let Some(well) = scenario.relief.wells.get_mut(k) {
                *well = Well {
                    center: oval.center,
                    depth: oval.strength.unwrap_or(well.depth),
                    widths: oval.widths,
                    angle: oval.angle,
                };
            }
        }
        Thing::Start(k) => match &mut scenario.start {
            Start::Gaussian(blob) => *blob = to(*blob, oval.center),
            Start::Mixture(blobs) => {
                if let Some(blob) = blobs.get_mut(k) {
                    *blob = to(*blob, oval.center);
                }
            }
            _ => {}
        },
    }
}

/// The range of the strength of a thing.
pub(super) const fn strength(thing: Thing) -> Number {
    match thing {
        Thing::Well(_) => DEPTH,
        _ => Number::log(0.001, 1000.0, 1.0, "", msg!("weight relative to the other components")),
    }
}

/// The range of an angle.
pub(super) const ANGLES: Number = ANGLE;

#[cfg(test)]
mod tests {
    use super::super::things::{full, things};
    use super::*;
    use crate::scenario::Blob;

    #[test]
    fn the_fields_of_a_thing_say_and_set_its_numbers() {
        let mut scenario = full();
        scenario.start = Start::Mixture(vec![
            Blob::new(2.0, Point::new(1.0, 0.0), Symmetric::new(0.3, 0.1, 0.2));
            2
        ]);
        for thing in things(&scenario).into_iter().filter(|t| *t != Thing::Landscape) {
            let before = oval(&scenario, thing).unwrap();
            let new = Oval {
                center: before.center + Point::new(0.5, 0.25),
                strength: before.strength.map(|s| 2.0 * s),
                widths: (0.9, 0.4),
                angle: 25.0,
            };
            set_oval(&mut scenario, thing, new);
            let seen = oval(&scenario, thing).unwrap();
            let off = (seen.center - new.center).norm() + (seen.angle - 25.0).abs() + (seen.widths.0 - 0.9).abs();
            assert!(off < 1e-9 && seen.strength == new.strength, "{seen:?}");
        }
    }
}
