//! More and fewer of the things in the plane: added, copied, deleted.

use super::things::{MOST_POINTS, Thing, component, components, handles, place, set_part, things};
use crate::landscape::{Relief, WIDTH, Well};
use crate::scenario::{Blob, Scenario, Start};
use crate::space::Point;
use crate::target::Component;
use crate::words::t;

/// Puts a well of the default depth there, as wide as suits a picture of this width.
pub(super) fn add_well(scenario: &mut Scenario, at: Point, width: f64) -> Result<Thing, String> {
    let wells = &mut scenario.relief.wells;
    if wells.len() >= Relief::MOST {
        return Err(t!(
            "There are {count} wells already; more are not possible.",
            count = Relief::MOST
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

/// The place nearest to this one, in steps of this length, where no well and no component is: one on another could not be told from one.
pub(super) fn free(scenario: &Scenario, near: Point, step: f64) -> Point {
    /// A turn of this much never comes back to where it was (radians).
    const GOLDEN: f64 = 2.399_963_229_728_653;
    let middles: Vec<Point> = things(scenario)
        .into_iter()
        .filter(|thing| matches!(thing, Thing::Well(_) | Thing::Component(_)))
        .filter_map(|thing| handles(scenario, thing, 1.0).first().map(|handle| handle.at))
        .collect();
    // A spiral of evenly spread places: of one more than there are middles, each of which is near to three of them at most.
    let place = |k: usize| {
        let (sin, cos) = (GOLDEN * k as f64).sin_cos();
        near + (step * (k as f64).sqrt()) * Point::new(cos, sin)
    };
    let is_free = |at: &Point| middles.iter().all(|middle| (*middle - *at).norm() > 0.5 * step);
    (0..=3 * middles.len()).map(place).find(is_free).unwrap_or(near)
}

/// Puts a copy of a thing beside it.
pub(super) fn duplicate(scenario: &mut Scenario, thing: Thing, by: Point) -> Result<Thing, String> {
    match thing {
        Thing::Landscape => Err(t!("The landscape itself cannot be duplicated; add a well to it.").to_owned()),
        Thing::Component(k) => {
            let Some(copy) = component(scenario, k).copied() else {
                return Err(t!("It is gone.").to_owned());
            };
            let (mean, part) = (copy.mean + by, place(&scenario.target, k).map_or(0, |(part, _)| part));
            add_component(scenario, part, Component { mean, ..copy })
        }
        Thing::Well(k) => {
            let wells = &mut scenario.relief.wells;
            match wells.get(k).copied() {
                Some(well) if wells.len() < Relief::MOST => {
                    let center = well.center + by;
                    wells.push(Well { center, ..well });
                    Ok(Thing::Well(wells.len() - 1))
                }
                _ => Err(t!(
                    "There are {count} wells already; more are not possible.",
                    count = wells.len()
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
                    _ => Err(t!("The start has no room for more.").to_owned()),
                },
                Start::Points(points) => match points.get(k).copied() {
                    Some(point) if points.len() < MOST_POINTS => {
                        points.push(point + by);
                        Ok(Thing::Start(points.len() - 1))
                    }
                    _ => Err(t!("The start has no room for more.").to_owned()),
                },
                _ => Err(t!("This start cannot be duplicated.").to_owned()),
            }
        }
    }
}

/// One more component of a mixture; of several models this one gets it.
pub(super) fn add_component(scenario: &mut Scenario, part: usize, new: Component) -> Result<Thing, String> {
    let mut all = components(&scenario.target, part);
    if all.is_empty() {
        return Err(t!("Only a mixture has components.").to_owned());
    }
    all.push(new);
    let last = all.len() - 1;
    let first = set_part(&mut scenario.target, part, all)?;
    Ok(Thing::Component(first + last))
}

/// Takes a thing away.
pub(super) fn delete(scenario: &mut Scenario, thing: Thing) -> Result<(), String> {
    match thing {
        Thing::Landscape => Err(t!("The landscape itself cannot be deleted.").to_owned()),
        Thing::Component(k) => {
            let Some((part, k)) = place(&scenario.target, k) else {
                return Ok(());
            };
            let mut all = components(&scenario.target, part);
            if all.len() == 1 {
                return Err(t!("This component stays: the last one cannot be deleted.").to_owned());
            }
            all.remove(k);
            set_part(&mut scenario.target, part, all).map(drop)
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
            _ => Err(t!("The start stays: the last one cannot be deleted.").to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::things::full;
    use super::*;
    use crate::target::{Blend, Mixture, Shape};

    #[test]
    fn what_is_added_in_the_middle_lies_on_nothing_else() {
        let mut scenario = full();
        let (near, step) = (scenario.relief.wells[0].center, 0.4);
        for _ in 1..Relief::MOST {
            let at = free(&scenario, near, step);
            add_well(&mut scenario, at, 5.0).unwrap();
        }
        let middles: Vec<Point> = things(&scenario)
            .into_iter()
            .filter(|thing| matches!(thing, Thing::Well(_) | Thing::Component(_)))
            .map(|thing| handles(&scenario, thing, 1.0)[0].at)
            .collect();
        let components = middles.len() - Relief::MOST;
        for (k, a) in middles.iter().enumerate().skip(components) {
            let nearest = middles[..k]
                .iter()
                .map(|b| (*a - *b).norm())
                .fold(f64::INFINITY, f64::min);
            assert!(nearest > 0.5 * step, "{k}: {a:?}");
            assert!((*a - near).norm() < 3.0, "{k}: {a:?} is far away");
        }
    }

    #[test]
    fn models_get_and_lose_components_of_their_own() {
        let mut scenario = full().with_target(Shape::Blend(Blend::default()), None);
        let by = Point::new(0.2, -0.2);
        assert_eq!(
            duplicate(&mut scenario, Thing::Component(0), by),
            Ok(Thing::Component(2))
        );
        assert_eq!([0, 1].map(|part| components(&scenario.target, part).len()), [3, 2]);
        delete(&mut scenario, Thing::Component(4)).unwrap();
        assert_eq!([0, 1].map(|part| components(&scenario.target, part).len()), [3, 1]);
        let refused = delete(&mut scenario, Thing::Component(3)).unwrap_err();
        assert!(refused.contains("last one"), "{refused}");
        scenario.check().unwrap();
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
}
