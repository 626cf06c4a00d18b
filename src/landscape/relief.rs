//! What can be laid over any target: a shift, a tilt, and wells or hills anywhere.
//!
//! U(p) = target(p − shift) + tilt · (p − shift) − Σₖ depthₖ exp(−½ (p − mₖ)ᵀ Sₖ⁻¹ (p − mₖ)).
//!
//! Target and tilt move as one; wells stay where they were put. Energies are in kT at temperature 1, as those of targets.
//!
//! Known failure: a tilt is linear and a target must hold it. All targets do but the funnel, whose mouth is wider than any tilt along x:
//! there is no law π then, and particles run away.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::params::{self, Number};
use crate::space::{Point, Symmetric};
use crate::target::handle::{ENDS, Handle, beside, ends, pulled};
use crate::vectorize::{atan2, cos, sin};

/// How far the landscape is moved, along x or y.
pub const SHIFT: Number = Number::linear(-20.0, 20.0, 0.0, "", "how far the landscape is moved");
/// The slope laid over it, along x or y.
pub const TILT: Number = Number::linear(-20.0, 20.0, 0.0, "kT", "rise of the landscape per unit of length");
/// Depth of a well.
pub const DEPTH: Number = Number::linear(-50.0, 50.0, 4.0, "kT", "depth of the well; where negative it is a hill");
/// Width of a well along one of its axes.
pub const WIDTH: Number = Number::log(
    0.02,
    20.0,
    0.4,
    "",
    "width of the well along an axis: its standard deviation",
);
/// Direction of the first axis of a well.
pub const ANGLE: Number = Number::linear(
    -180.0,
    180.0,
    0.0,
    "°",
    "direction of the first axis, counterclockwise from x",
);
/// Where wells can be.
const COORDINATE: Number = Number::linear(-1e6, 1e6, 0.0, "", "a coordinate");

/// What lies over a target. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relief {
    /// The target is moved by this.
    #[serde(default, skip_serializing_if = "is_zero", deserialize_with = "read_shift")]
    pub shift: Point,
    /// What is added to the slope of the target (kT per length): particles roll against it.
    #[serde(default, skip_serializing_if = "is_zero", deserialize_with = "read_tilt")]
    pub tilt: Point,
    /// Wells and hills, at most [`Relief::MOST`].
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "read_wells")]
    pub wells: Vec<Well>,
}

/// A Gaussian well, −depth · exp(−½ (p − m)ᵀ S⁻¹ (p − m)), or a hill where the depth is negative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Well {
    /// The middle m.
    #[serde(deserialize_with = "read_center")]
    pub center: Point,
    /// Depth (kT).
    #[serde(default = "default_depth", deserialize_with = "read_depth")]
    pub depth: f64,
    /// The standard deviations of the Gaussian along its two axes: the roots of the eigenvalues of S.
    #[serde(default = "default_widths", deserialize_with = "read_widths")]
    pub widths: (f64, f64),
    /// Direction of the first axis in degrees, counterclockwise from x.
    #[serde(default, deserialize_with = "read_angle")]
    pub angle: f64,
}

impl Relief {
    /// The largest number of wells.
    pub const MOST: usize = 32;

    /// Whether the target is left as it is.
    pub fn is_nothing(&self) -> bool {
        self.wells.is_empty() && is_zero(&self.shift) && is_zero(&self.tilt)
    }
}

impl Well {
    /// A round well of the default depth and width.
    pub const fn at(center: Point) -> Self {
        Self {
            center,
            depth: DEPTH.default,
            widths: default_widths(),
            angle: 0.0,
        }
    }

    /// The direction of the first axis; the second is a quarter turn ahead.
    pub fn first(&self) -> Point {
        direction(self.angle)
    }

    /// Centre, ends of the axes (at one width), depth.
    pub fn handles(&self, kt: f64) -> [Handle; 6] {
        let ends = ends(self.center, self.first(), self.widths);
        let axis = |k: usize| Handle::axis(ENDS[k], self.center, ends[k]);
        let depth = Handle::level("depth", beside(self.center, kt), -self.depth, kt);
        [
            Handle::center("centre", self.center),
            axis(0),
            axis(1),
            axis(2),
            axis(3),
            depth,
        ]
    }

    /// Moves one of [`Well::handles`]: depth, widths and place stay in their ranges.
    pub fn drag(&mut self, handle: usize, to: Point, kt: f64) {
        let within = |info: &Number, value: f64| value.clamp(info.min, info.max);
        if !to.is_finite() {
            return;
        }
        match handle {
            0 => self.center = Point::new(within(&COORDINATE, to.x), within(&COORDINATE, to.y)),
            1..=4 => {
                let (first, (a, b)) = pulled(handle - 1, to - self.center, self.widths);
                self.widths = (within(&WIDTH, a), within(&WIDTH, b));
                if let Some(first) = first {
                    self.angle = atan2(first.y, first.x).to_degrees();
                }
            }
            _ => self.depth = within(&DEPTH, -(to.y - beside(self.center, kt).y) / kt),
        }
    }

    /// The matrix S of the Gaussian.
    pub fn covariance(&self) -> Symmetric {
        Symmetric::of_axes(direction(self.angle), self.widths)
    }
}

/// The unit vector in this direction (degrees). Quarter turns are exact, and everything is the same on every machine.
fn direction(degrees: f64) -> Point {
    let quarters = (degrees / 90.0).round();
    let r = (degrees - 90.0 * quarters).to_radians();
    let (sin, cos) = (sin(r), cos(r));
    match quarters.rem_euclid(4.0) as u8 {
        0 => Point::new(cos, sin),
        1 => Point::new(-sin, cos),
        2 => Point::new(-cos, -sin),
        _ => Point::new(sin, -cos),
    }
}

fn is_zero(p: &Point) -> bool {
    *p == Point::default()
}

const fn default_depth() -> f64 {
    DEPTH.default
}
const fn default_widths() -> (f64, f64) {
    (WIDTH.default, WIDTH.default)
}

/// Numbers that are checked as they are read, so that an error stands at the number.
macro_rules! checked {
    ($($name:ident: $word:literal, $info:ident;)*) => {$(
        struct $name(f64);
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                params::number(d, $word, &$info).map(Self)
            }
        }
    )*};
}
checked! {
    Shift: "shift", SHIFT;
    Tilt: "tilt", TILT;
    Width: "width", WIDTH;
    Coordinate: "coordinate", COORDINATE;
}

/// Reads the shift of a relief and checks it.
pub(crate) fn read_shift<'de, D: Deserializer<'de>>(d: D) -> Result<Point, D::Error> {
    <(Shift, Shift)>::deserialize(d).map(|(x, y)| Point::new(x.0, y.0))
}
/// Reads the tilt of a relief and checks it.
pub(crate) fn read_tilt<'de, D: Deserializer<'de>>(d: D) -> Result<Point, D::Error> {
    <(Tilt, Tilt)>::deserialize(d).map(|(x, y)| Point::new(x.0, y.0))
}
fn read_center<'de, D: Deserializer<'de>>(d: D) -> Result<Point, D::Error> {
    <(Coordinate, Coordinate)>::deserialize(d).map(|(x, y)| Point::new(x.0, y.0))
}
fn read_widths<'de, D: Deserializer<'de>>(d: D) -> Result<(f64, f64), D::Error> {
    <(Width, Width)>::deserialize(d).map(|(a, b)| (a.0, b.0))
}
fn read_depth<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "depth", &DEPTH)
}
fn read_angle<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "angle", &ANGLE)
}
/// Reads the wells of a relief and checks them.
pub(crate) fn read_wells<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Well>, D::Error> {
    let wells = Vec::<Well>::deserialize(d)?;
    if wells.len() <= Relief::MOST {
        Ok(wells)
    } else {
        Err(de::Error::custom(format_args!(
            "{} wells are not possible: expected at most {}",
            wells.len(),
            Relief::MOST
        )))
    }
}
