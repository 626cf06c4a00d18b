//! Reading mixtures from a file. Every value is checked the moment it is read, so that an error stands where the value does.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::{Component, Mixture, MixtureError};
use crate::space::{Point, Symmetric};

/// A mixture as a file gives it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    #[serde(deserialize_with = "components")]
    components: Vec<Component>,
}

impl From<Listed> for Mixture {
    fn from(listed: Listed) -> Self {
        Self::of_checked(listed.components)
    }
}

/// A mixture of which only the list of components stands in the file.
pub(in crate::target) fn mixture<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Mixture, D::Error> {
    components(deserializer).map(Mixture::of_checked)
}

/// The list of components.
fn components<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Component>, D::Error> {
    struct List;
    impl<'de> Visitor<'de> for List {
        type Value = Vec<Component>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of 1 to {} components", Mixture::MOST)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Component>, A::Error> {
            let mut components = Vec::new();
            while let Some(component) = list.next_element()? {
                components.push(component);
                if components.len() > Mixture::MOST {
                    return Err(Error::custom(MixtureError::Count(components.len())));
                }
            }
            if components.is_empty() {
                return Err(Error::custom(MixtureError::Count(0)));
            }
            Ok(components)
        }
    }
    deserializer.deserialize_seq(List)
}

/// The weight of a component that says nothing about it.
pub(super) const fn one() -> f64 {
    1.0
}

pub(super) fn weight<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    checked(deserializer, |w| check_weight(*w))
}

pub(super) fn mean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Point, D::Error> {
    checked(deserializer, |m| check_mean(*m))
}

pub(super) fn covariance<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Symmetric, D::Error> {
    checked(deserializer, |s| check_covariance(*s))
}

fn checked<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
    check: impl Fn(&T) -> Result<(), MixtureError>,
) -> Result<T, D::Error> {
    let value = T::deserialize(deserializer)?;
    check(&value).map_err(Error::custom)?;
    Ok(value)
}

pub(super) fn check_weight(weight: f64) -> Result<(), MixtureError> {
    if weight > 0.0 && weight.is_finite() {
        Ok(())
    } else {
        Err(MixtureError::Weight(weight))
    }
}

pub(super) fn check_mean(mean: Point) -> Result<(), MixtureError> {
    if mean.x.abs() <= 1e6 && mean.y.abs() <= 1e6 {
        Ok(())
    } else {
        Err(MixtureError::Mean(mean))
    }
}

pub(super) fn check_covariance(s: Symmetric) -> Result<(), MixtureError> {
    const VARIANCES: std::ops::RangeInclusive<f64> = 1e-8..=1e8;
    if !s.is_positive_definite() {
        Err(MixtureError::Covariance(s))
    } else if !VARIANCES.contains(&s.xx) || !VARIANCES.contains(&s.yy) || s.determinant() < 2e-6 * s.xx * s.yy {
        Err(MixtureError::Extreme(s))
    } else {
        Ok(())
    }
}
