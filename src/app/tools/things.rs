//! What of a scenario lies in the plane and can be selected: the landscape, its components, wells, the start. Pure functions of the
//! scenario: pointer, keys and fields all come down to these.

use crate::landscape::{ANGLE, DEPTH, Relief, SHIFT, WIDTH, Well};
use crate::params::Number;
use crate::scenario::{Blob, Scenario, Start};
use crate::space::{Point, Rect, Symmetric};
use crate::target::handle::Handle;
use crate::target::{Component, Mixture, Shape};

/// Points of a start that can be dragged one by one: more would cover the picture.
const MOST_POINTS: usize = 64;

/// Something that can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::app) enum Thing {
    /// The whole target.
    Landscape,
    /// A component of a mixture.
    Component(usize),
    /// A well of the relief.
    Well(usize),
    /// A component or a point of the start; the start itself, if it is one.
    Start(usize),
}

impl Thing {
    /// What it is called.
    pub(in crate::app) fn name(self, scenario: &Scenario) -> String {
        match self {
            Self::Landscape => "Landscape".to_owned(),
            Self::Component(k) => format!("Component {}", k + 1),
            Self::Well(k) if scenario.relief.wells.get(k).is_some_and(|w| w.depth < 0.0) => format!("Hill {}", k + 1),
            Self::Well(k) => format!("Well {}", k + 1),
            Self::Start(_) if matches!(scenario.start, Start::Gaussian(_) | Start::Uniform(..)) => "Start".to_owned(),
            Self::Start(k) => format!("Start {}", k + 1),
        }
    }

    /// Whether what is done to it waits for a reset.
    pub(in crate::app) const fn waits(self) -> bool {
        matches!(self, Self::Start(_))
    }
}

/// Everything that can be selected; its first handle is its middle.
pub(super) fn things(scenario: &Scenario) -> Vec<Thing> {
    let mut things = vec![Thing::Landscape];
    if let Shape::Mixture(mixture) = &scenario.target {
        things.extend((0..mixture.components().len()).map(Thing::Component));
    }
    things.extend((0..scenario.relief.wells.len()).map(Thing::Well));
    let starts = match &scenario.start {
        Start::Gaussian(_) | Start::Uniform(..) => 1,
        Start::Mixture(blobs) => blobs.len(),
        Start::Points(points) if points.len() <= MOST_POINTS => points.len(),
        _ => 0,
    };
    things.extend((0..starts).map(Thing::Start));
    things
}

/// The handles of a thing, its middle first. Where a kT is drawn as a length `kt` of the plane.
pub(super) fn handles(scenario: &Scenario, thing: Thing, kt: f64) -> Vec<Handle> {
    let shift = scenario.relief.shift;
    let moved = |handle: Handle| Handle {
        at: handle.at + shift,
        foot: handle.foot + shift,
        ..handle
    };
    match thing {
        Thing::Landscape => {
            let whole = scenario.target.target().handles(kt).into_iter();
            let middle = Handle::center("grip", grip(&scenario.target));
            std::iter::once(middle)
                .chain(whole.filter(|h| h.part.is_none()))
                .map(moved)
                .collect()
        }
        Thing::Component(k) => component(scenario, k)
            .map(|c| c.handles(kt).map(moved).to_vec())
            .unwrap_or_default(),
        Thing::Well(k) => {
            let well = scenario.relief.wells.get(k);
            well.map(|w| w.handles(kt).to_vec()).unwrap_or_default()
        }
        Thing::Start(k) => match &scenario.start {
            // The weight of a single Gaussian means nothing.
            Start::Gaussian(blob) => blob.handles(kt)[..5].to_vec(),
            Start::Mixture(blobs) => blobs.get(k).map(|b| b.handles(kt).to_vec()).unwrap_or_default(),
            Start::Uniform((x0, x1), (y0, y1)) => {
                let rect = Rect::new(*x0, *x1, *y0, *y1);
                vec![
                    Handle::center("centre", rect.center()),
                    Handle::axis("corner", rect.center(), rect.max),
                ]
            }
            Start::Points(points) => points
                .get(k)
                .map(|p| vec![Handle::center("point", *p)])
                .unwrap_or_default(),
            // What is painted is painted anew.
            Start::Painted(_) => Vec::new(),
        },
    }
}

/// Where the whole landscape is taken hold of: low in its view, where neither wells nor energies are.
fn grip(target: &Shape) -> Point {
    let view = target.target().view();
    Point::new(view.center().x, view.min.y + 0.08 * view.height())
}

fn component(scenario: &Scenario, k: usize) -> Option<&Component> {
    match &scenario.target {
        Shape::Mixture(mixture) => mixture.components().get(k),
        _ => None,
    }
}

/// Moves a handle of a thing to a place, as far as its range allows; the number that the handle has afterwards (of two axes the
/// first is the one nearer to x, so that a turn may swap them).
pub(super) fn drag(scenario: &mut Scenario, (thing, handle): (Thing, usize), to: Point, kt: f64) -> usize {
    let before = handles(scenario, thing, kt);
    let Some(dragged) = before.get(handle).copied() else {
        return handle;
    };
    if !to.is_finite() {
        return handle;
    }
    let home = to - scenario.relief.shift;
    match thing {
        Thing::Landscape if handle == 0 => {
            let shift = to - grip(&scenario.target);
            let within = |v: f64| v.clamp(SHIFT.min, SHIFT.max);
            scenario.relief.shift = Point::new(within(shift.x), within(shift.y));
        }
        Thing::Landscape => {
            let all = scenario.target.target().handles(kt);
            let whole = (0..all.len()).filter(|&k| all[k].part.is_none());
            if let Some(number) = whole.into_iter().nth(handle - 1) {
                scenario.target.target_mut().drag(number, home, kt);
            }
        }
        Thing::Component(k) => {
            if let Some(mut dragged) = component(scenario, k).copied() {
                dragged.drag(handle, home, kt);
                set_component(scenario, k, dragged);
            }
        }
        Thing::Well(k) => {
            if let Some(well) = scenario.relief.wells.get_mut(k) {
                well.drag(handle, to, kt);
            }
        }
        Thing::Start(k) => drag_start(&mut scenario.start, (k, handle), to, kt),
    }
    let mates = handles(scenario, thing, kt).into_iter().enumerate();
    mates
        .filter(|(_, h)| {
            h.grip == dragged.grip && (matches!(thing, Thing::Component(_) | Thing::Start(_)) || h.name == dragged.name)
        })
        .min_by(|(_, a), (_, b)| (a.at - to).norm().total_cmp(&(b.at - to).norm()))
        .map_or(handle, |(k, _)| k)
}

fn drag_start(start: &mut Start, (k, handle): (usize, usize), to: Point, kt: f64) {
    const FARTHEST: f64 = 1e6;
    let to = Point::new(to.x.clamp(-FARTHEST, FARTHEST), to.y.clamp(-FARTHEST, FARTHEST));
    match start {
        Start::Gaussian(blob) => blob.drag(handle, to, kt),
        Start::Mixture(blobs) => {
            if let Some(blob) = blobs.get_mut(k) {
                blob.drag(handle, to, kt);
            }
        }
        Start::Uniform(x, y) => {
            let center = Point::new(0.5 * (x.0 + x.1), 0.5 * (y.0 + y.1));
            let half = if handle == 0 {
                Point::new(0.5 * (x.1 - x.0), 0.5 * (y.1 - y.0))
            } else {
                Point::new((to.x - center.x).abs().max(1e-3), (to.y - center.y).abs().max(1e-3))
            };
            let center = if handle == 0 { to } else { center };
            (*x, *y) = (
                (center.x - half.x, center.x + half.x),
                (center.y - half.y, center.y + half.y),
            );
        }
        Start::Points(points) => {
            if let Some(point) = points.get_mut(k) {
                *point = to;
            }
        }
        Start::Painted(_) => {}
    }
}

fn set_component(scenario: &mut Scenario, k: usize, component: Component) {
    if let Shape::Mixture(mixture) = &mut scenario.target {
        let mut all = mixture.components().to_vec();
        all[k] = component;
        if let Ok(changed) = Mixture::new(all) {
            *mixture = changed;
        }
    }
}

/// Puts a well of the default depth there, as wide as suits a picture of this width.
pub(super) fn add_well(scenario: &mut Scenario, at: Point, width: f64) -> Result<Thing, String> {
    let wells = &mut scenario.relief.wells;
    if wells.len() >= Relief::MOST {
        return Err(format!(
            "There are {} wells already; more are not possible.",
            Relief::MOST
        ));
    }
    let nice = (0.07 * width * 100.0).round() / 100.0;
    let side = nice.clamp(WIDTH.min, WIDTH.max);
    wells.push(Well {
        widths: (side, side),
        ..Well::at(at)
    });
    Ok(Thing::Well(wells.len() - 1))
}

/// Puts a copy of a thing beside it.
pub(super) fn duplicate(scenario: &mut Scenario, thing: Thing, by: Point) -> Result<Thing, String> {
    match thing {
        Thing::Landscape => Err("The landscape itself cannot be duplicated; add a well to it.".to_owned()),
        Thing::Component(k) => {
            let Some(copy) = component(scenario, k).copied() else {
                return Err("It is gone.".to_owned());
            };
            let mean = copy.mean + by;
            add_component(scenario, Component { mean, ..copy })
        }
        Thing::Well(k) => {
            let wells = &mut scenario.relief.wells;
            match wells.get(k).copied() {
                Some(well) if wells.len() < Relief::MOST => {
                    let center = well.center + by;
                    wells.push(Well { center, ..well });
                    Ok(Thing::Well(wells.len() - 1))
                }
                _ => Err(format!(
                    "There are {} wells already; more are not possible.",
                    wells.len()
                )),
            }
        }
        Thing::Start(k) => {
            let moved = |blob: &Blob| Blob {
                mean: blob.mean + by,
                ..*blob
            };
            match &mut scenario.start {
                Start::Gaussian(blob) => {
                    scenario.start = Start::Mixture(vec![*blob, moved(blob)]);
                    Ok(Thing::Start(1))
                }
                Start::Mixture(blobs) => match blobs.get(k).map(moved) {
                    Some(copy) if blobs.len() < MOST_POINTS => {
                        blobs.push(copy);
                        Ok(Thing::Start(blobs.len() - 1))
                    }
                    _ => Err("The start has no room for more.".to_owned()),
                },
                Start::Points(points) => match points.get(k).copied() {
                    Some(point) if points.len() < MOST_POINTS => {
                        points.push(point + by);
                        Ok(Thing::Start(points.len() - 1))
                    }
                    _ => Err("The start has no room for more.".to_owned()),
                },
                _ => Err("This start cannot be duplicated.".to_owned()),
            }
        }
    }
}

/// One more component of a mixture.
pub(super) fn add_component(scenario: &mut Scenario, new: Component) -> Result<Thing, String> {
    let Shape::Mixture(mixture) = &mut scenario.target else {
        return Err("Only a mixture has components.".to_owned());
    };
    let mut all = mixture.components().to_vec();
    all.push(new);
    *mixture = Mixture::new(all).map_err(|error| format!("{error}."))?;
    Ok(Thing::Component(mixture.components().len() - 1))
}

/// Takes a thing away.
pub(super) fn delete(scenario: &mut Scenario, thing: Thing) -> Result<(), String> {
    let last = |what: &str| Err(format!("{what} stays: the last one cannot be deleted."));
    match thing {
        Thing::Landscape => Err("The landscape itself cannot be deleted.".to_owned()),
        Thing::Component(k) => {
            let Shape::Mixture(mixture) = &mut scenario.target else {
                return Ok(());
            };
            let mut all = mixture.components().to_vec();
            if all.len() == 1 {
                return last("This component");
            }
            all.remove(k.min(all.len() - 1));
            *mixture = Mixture::new(all).map_err(|error| format!("{error}."))?;
            Ok(())
        }
        Thing::Well(k) => {
            if k < scenario.relief.wells.len() {
                scenario.relief.wells.remove(k);
            }
            Ok(())
        }
        Thing::Start(k) => match &mut scenario.start {
            Start::Mixture(blobs) if blobs.len() > 1 && k < blobs.len() => {
                blobs.remove(k);
                if let [blob] = blobs[..] {
                    scenario.start = Start::Gaussian(blob);
                }
                Ok(())
            }
            Start::Points(points) if points.len() > 1 && k < points.len() => {
                points.remove(k);
                Ok(())
            }
            _ => last("The start"),
        },
    }
}

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

/// What the strength of a thing is called, and its range.
pub(super) const fn strength(thing: Thing) -> (&'static str, Number) {
    match thing {
        Thing::Well(_) => ("Depth", DEPTH),
        _ => (
            "Weight",
            Number::log(0.001, 1000.0, 1.0, "", "weight relative to the other components"),
        ),
    }
}

/// The range of an angle.
pub(super) const ANGLES: Number = ANGLE;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets;
    use crate::target::Grip;

    /// A scenario with one of everything.
    fn full() -> Scenario {
        let mut scenario = presets()[0].scenario();
        scenario.target = Shape::Mixture(Mixture::default());
        scenario.relief = Relief {
            shift: Point::new(0.3, -0.4),
            tilt: Point::new(0.1, 0.0),
            wells: vec![Well {
                center: Point::new(0.5, 1.2),
                depth: 3.0,
                widths: (0.5, 0.2),
                angle: 20.0,
            }],
        };
        scenario
    }

    #[test]
    fn every_handle_follows_the_pointer_and_comes_back() {
        let kt = 0.05;
        let starts = [
            full().start,
            Start::Mixture(vec![
                Blob::new(2.0, Point::new(1.0, 0.0), Symmetric::new(0.3, 0.1, 0.2));
                2
            ]),
            Start::Uniform((-1.0, 2.0), (0.0, 1.0)),
            Start::Points(vec![Point::new(0.2, 0.3), Point::new(1.0, 1.0)]),
        ];
        for start in starts {
            let before = Scenario { start, ..full() };
            for thing in things(&before) {
                for (k, handle) in handles(&before, thing, kt).into_iter().enumerate() {
                    let mut scenario = before.clone();
                    let to = handle.at + Point::new(0.07, -0.11);
                    let now = drag(&mut scenario, (thing, k), to, kt);
                    let at = handles(&scenario, thing, kt)[now].at;
                    let off = if handle.grip == Grip::Level {
                        (at.y - to.y).abs()
                    } else {
                        (at - to).norm()
                    };
                    assert!(off < 1e-9, "{thing:?} {handle:?}: {at:?} for {to:?}");
                    drag(&mut scenario, (thing, now), handle.at, kt);
                    for (a, b) in handles(&scenario, thing, kt).iter().zip(handles(&before, thing, kt)) {
                        assert!((a.at - b.at).norm() < 1e-9, "{thing:?} {handle:?} and back");
                    }
                    let read = Scenario::from_ron(&scenario.to_ron(), "dragged").map_err(|e| e.to_string());
                    assert_eq!(read.as_ref(), Ok(&scenario));
                }
            }
        }
    }

    #[test]
    fn an_end_that_is_turned_all_the_way_round_stays_in_the_hand() {
        let mut scenario = full();
        let (thing, kt) = (Thing::Component(0), 0.05);
        let center = handles(&scenario, thing, kt)[0].at;
        let mut handle = 1;
        for step in 0..=72 {
            let (sin, cos) = f64::from(5 * step).to_radians().sin_cos();
            let to = center + Point::new(1.5 * cos, 1.5 * sin);
            handle = drag(&mut scenario, (thing, handle), to, kt);
            let at = handles(&scenario, thing, kt)[handle].at;
            assert!((at - to).norm() < 1e-9, "step {step}: {at:?} for {to:?}");
            let (_, (a, b)) = component(&scenario, 0).map(|c| c.covariance.axes()).unwrap_or_default();
            assert!((a.max(b) - 1.5).abs() < 1e-9 && a.min(b) < 1.0, "{a}, {b}");
        }
    }

    #[test]
    fn things_are_added_duplicated_and_deleted_within_their_limits() {
        let mut scenario = full();
        let by = Point::new(0.2, -0.2);
        assert_eq!(add_well(&mut scenario, Point::default(), 5.0), Ok(Thing::Well(1)));
        assert_eq!(duplicate(&mut scenario, Thing::Well(0), by), Ok(Thing::Well(2)));
        assert_eq!(scenario.relief.wells[2].center, scenario.relief.wells[0].center + by);
        assert_eq!(scenario.relief.wells[2].widths, scenario.relief.wells[0].widths);
        delete(&mut scenario, Thing::Well(0)).unwrap();
        assert_eq!(scenario.relief.wells.len(), 2);
        while scenario.relief.wells.len() < Relief::MOST {
            duplicate(&mut scenario, Thing::Well(0), by).unwrap();
        }
        assert!(duplicate(&mut scenario, Thing::Well(0), by).is_err());
        assert!(add_well(&mut scenario, Point::default(), 5.0).is_err());
        for last in 3..Mixture::MOST {
            assert_eq!(
                duplicate(&mut scenario, Thing::Component(1), by),
                Ok(Thing::Component(last))
            );
        }
        let refused = duplicate(&mut scenario, Thing::Component(1), by).unwrap_err();
        assert!(refused.contains("expected 1 to 64"), "{refused}");
        for _ in 1..Mixture::MOST {
            delete(&mut scenario, Thing::Component(0)).unwrap();
        }
        assert!(delete(&mut scenario, Thing::Component(0)).is_err());
        assert!(delete(&mut scenario, Thing::Landscape).is_err());
        assert!(delete(&mut scenario, Thing::Start(0)).is_err());
        assert_eq!(duplicate(&mut scenario, Thing::Start(0), by), Ok(Thing::Start(1)));
        delete(&mut scenario, Thing::Start(0)).unwrap();
        assert!(matches!(scenario.start, Start::Gaussian(_)));
        scenario.check().unwrap();
    }

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
