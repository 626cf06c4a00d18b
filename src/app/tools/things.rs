//! What of a scenario lies in the plane and can be selected: the landscape, its components, wells, the start. Pure functions of the
//! scenario: pointer, keys and fields all come down to these.

use crate::landscape::SHIFT;
use crate::scenario::{Scenario, Start};
use crate::space::{Point, Rect};
use crate::target::handle::Handle;
use crate::target::{Blend, Component, Mixture, Shape};
use crate::words::{msg, t};

/// Points of a start that can be dragged one by one: more would cover the picture.
pub(super) const MOST_POINTS: usize = 64;

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
            Self::Landscape => t!("Landscape").to_owned(),
            Self::Component(k) => match (&scenario.target, place(&scenario.target, k)) {
                (Shape::Blend(blend), Some((model, number))) => {
                    let model = &blend.models()[model].name;
                    t!("Component {number} of {model}", number = number + 1, model)
                }
                _ => t!("Component {number}", number = k + 1),
            },
            Self::Well(k) if scenario.relief.wells.get(k).is_some_and(|w| w.depth < 0.0) => {
                t!("Hill {number}", number = k + 1)
            }
            Self::Well(k) => t!("Well {number}", number = k + 1),
            Self::Start(_) if matches!(scenario.start, Start::Gaussian(_) | Start::Uniform(..)) => {
                t!("Start").to_owned()
            }
            Self::Start(k) => t!("Start {number}", number = k + 1),
        }
    }

    /// Whether what is done to it waits for a reset.
    pub(in crate::app) const fn waits(self) -> bool {
        matches!(self, Self::Start(_))
    }
}

/// Everything that can be selected; its first handle is its middle.
pub(super) fn things(scenario: &Scenario) -> Vec<Thing> {
    // The law of a mixture of diffusion models is moved by its models only.
    let mut things = if scenario.is_reverse() {
        Vec::new()
    } else {
        vec![Thing::Landscape]
    };
    things.extend((0..parts(&scenario.target).iter().map(|part| part.components().len()).sum()).map(Thing::Component));
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
            let middle = Handle::center(msg!("grip"), grip(&scenario.target));
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
                    Handle::center(msg!("centre"), rect.center()),
                    Handle::axis(msg!("corner"), rect.center(), rect.max),
                ]
            }
            Start::Points(points) => points
                .get(k)
                .map(|p| vec![Handle::center(msg!("point"), *p)])
                .unwrap_or_default(),
            // What is painted is painted anew.
            Start::Painted(_) | Start::Noise => Vec::new(),
        },
    }
}

/// Where the whole landscape is taken hold of: low in its view, where neither wells nor energies are.
fn grip(target: &Shape) -> Point {
    let view = target.target().view();
    Point::new(view.center().x, view.min.y + 0.08 * view.height())
}

/// The mixtures of Gaussians that a target is made of; components are counted through all of them.
fn parts(target: &Shape) -> Vec<&Mixture> {
    match target {
        Shape::Mixture(mixture) => vec![mixture],
        Shape::Blend(blend) => blend.models().iter().map(|model| &model.components).collect(),
        _ => Vec::new(),
    }
}

/// In which of these a component is, and its number there.
pub(super) fn place(target: &Shape, mut k: usize) -> Option<(usize, usize)> {
    for (part, mixture) in parts(target).into_iter().enumerate() {
        let count = mixture.components().len();
        if k < count {
            return Some((part, k));
        }
        k -= count;
    }
    None
}

/// Gives one of these other components, if they are possible. Gives the number of its first one.
pub(super) fn set_part(target: &mut Shape, part: usize, components: Vec<Component>) -> Result<usize, String> {
    let before = parts(target)
        .iter()
        .take(part)
        .map(|part| part.components().len())
        .sum();
    let changed = Mixture::new(components).map_err(|error| format!("{error}."))?;
    match target {
        Shape::Mixture(mixture) => *mixture = changed,
        Shape::Blend(blend) => {
            let mut models = blend.models().to_vec();
            models[part].components = changed;
            *blend = Blend::new(models, blend.law().clone(), blend.schedule()).map_err(|error| format!("{error}."))?;
        }
        _ => {}
    }
    Ok(before)
}

/// The components of one of these.
pub(super) fn components(target: &Shape, part: usize) -> Vec<Component> {
    parts(target)
        .get(part)
        .map_or_else(Vec::new, |part| part.components().to_vec())
}

pub(super) fn component(scenario: &Scenario, k: usize) -> Option<&Component> {
    let (part, k) = place(&scenario.target, k)?;
    parts(&scenario.target).get(part)?.components().get(k)
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
        Start::Painted(_) | Start::Noise => {}
    }
}

pub(super) fn set_component(scenario: &mut Scenario, k: usize, component: Component) {
    let Some((part, k)) = place(&scenario.target, k) else {
        return;
    };
    let mut all = components(&scenario.target, part);
    all[k] = component;
    // What is not possible changes nothing.
    drop(set_part(&mut scenario.target, part, all));
}

/// A scenario with one of everything.
#[cfg(test)]
pub(super) fn full() -> Scenario {
    use crate::landscape::{Relief, Well};
    use crate::scenario::presets;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Blob;
    use crate::space::Symmetric;
    use crate::target::Grip;

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
    fn components_of_models_are_moved_one_by_one() {
        let before = full().with_target(Shape::Blend(Blend::default()), None);
        assert_eq!(things(&before), (0..4).map(Thing::Component).collect::<Vec<_>>());
        assert_eq!(Thing::Component(2).name(&before), "Component 1 of q");
        for k in 0..4 {
            let mut scenario = before.clone();
            let to = Point::new(0.25, -0.5);
            drag(&mut scenario, (Thing::Component(k), 0), to, 0.05);
            scenario.check().unwrap();
            for other in 0..4 {
                let [was, is] = [&before, &scenario].map(|s| component(s, other).unwrap().mean);
                assert_eq!(is, if other == k { to } else { was }, "{k} {other}");
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
}
