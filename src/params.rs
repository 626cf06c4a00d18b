//! One description of every tunable number.
//!
//! A struct of numbers implements [`Parameters`] by showing each field once to a [`Visitor`]. Sliders, `--set key=value`,
//! reading from a file with range checks, the printed parameter list and the range tests all come from that one description.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess};

/// A struct whose tunable numbers can be visited, each under its name.
pub trait Parameters {
    /// Shows every number to the visitor, always in the same order.
    fn visit(&mut self, visitor: &mut dyn Visitor);
}

/// Something that looks at, reads or changes the numbers of a [`Parameters`] struct.
pub trait Visitor {
    /// Called once for each number. The name may be one that a user chose.
    fn number(&mut self, name: &str, value: &mut f64, info: &Number);
}

/// How a slider runs through the range of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly in the logarithm; the range is positive.
    Log,
    /// Evenly, whole numbers only.
    Whole,
}

/// What a number means and may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// Smallest value allowed.
    pub min: f64,
    /// Largest value allowed.
    pub max: f64,
    /// The value it has when nothing is said.
    pub default: f64,
    /// Unit, or an empty string.
    pub unit: &'static str,
    /// One sentence of help.
    pub help: &'static str,
    /// How a slider runs.
    pub scale: Scale,
}

impl Number {
    /// A number in [min, max] on a linear scale.
    pub const fn linear(min: f64, max: f64, default: f64, unit: &'static str, help: &'static str) -> Self {
        Self {
            min,
            max,
            default,
            unit,
            help,
            scale: Scale::Linear,
        }
    }

    /// A positive number in [min, max] on a logarithmic scale.
    pub const fn log(min: f64, max: f64, default: f64, unit: &'static str, help: &'static str) -> Self {
        Self {
            scale: Scale::Log,
            ..Self::linear(min, max, default, unit, help)
        }
    }

    /// A whole number in [min, max].
    pub const fn whole(min: f64, max: f64, default: f64, unit: &'static str, help: &'static str) -> Self {
        Self {
            scale: Scale::Whole,
            ..Self::linear(min, max, default, unit, help)
        }
    }

    /// The value itself if it is allowed, else a sentence that says what was expected.
    pub fn check(&self, name: &str, value: f64) -> Result<f64, RangeError> {
        let whole = self.scale != Scale::Whole || value.fract() == 0.0;
        if value >= self.min && value <= self.max && whole {
            Ok(value)
        } else {
            Err(RangeError {
                name: name.to_owned(),
                value,
                min: self.min,
                max: self.max,
                whole: self.scale == Scale::Whole,
            })
        }
    }
}

/// A number outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name} = {value} is not possible: expected {} from {min} to {max}", if *whole { "a whole number" } else { "a number" })]
pub struct RangeError {
    name: String,
    value: f64,
    min: f64,
    max: f64,
    whole: bool,
}

/// A number that could not be set by its name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SetError {
    /// No number of that name.
    #[error("there is no `{name}` here: expected one of {}", expected.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        expected: Vec<String>,
    },
    /// The number is out of range.
    #[error(transparent)]
    Range(#[from] RangeError),
}

/// Sets one number by its name.
pub fn set(parameters: &mut dyn Parameters, name: &str, value: f64) -> Result<(), SetError> {
    struct Set<'a> {
        wanted: &'a str,
        value: f64,
        result: Option<Result<(), RangeError>>,
        names: Vec<String>,
    }
    impl Visitor for Set<'_> {
        fn number(&mut self, name: &str, slot: &mut f64, info: &Number) {
            self.names.push(name.to_owned());
            if name == self.wanted {
                self.result = Some(info.check(name, self.value).map(|v| *slot = v));
            }
        }
    }
    let mut visitor = Set {
        wanted: name,
        value,
        result: None,
        names: Vec::new(),
    };
    parameters.visit(&mut visitor);
    match visitor.result {
        Some(result) => Ok(result?),
        None => Err(SetError::Unknown {
            name: name.to_owned(),
            expected: visitor.names,
        }),
    }
}

/// One number of a struct: its name, present value and description.
pub type Entry = (String, f64, Number);

/// All numbers of a struct, in order.
pub fn list(parameters: &mut dyn Parameters) -> Vec<Entry> {
    struct List(Vec<Entry>);
    impl Visitor for List {
        fn number(&mut self, name: &str, value: &mut f64, info: &Number) {
            self.0.push((name.to_owned(), *value, *info));
        }
    }
    let mut visitor = List(Vec::new());
    parameters.visit(&mut visitor);
    visitor.0
}

/// Reads a struct of numbers from a file: numbers left out keep their default, unknown names and values out of range are
/// errors at the place where they stand.
pub fn deserialize<'de, P, D>(deserializer: D) -> Result<P, D::Error>
where
    P: Parameters + Default,
    D: Deserializer<'de>,
{
    struct Read<P>(PhantomData<P>);
    impl<'de, P: Parameters + Default> de::Visitor<'de> for Read<P> {
        type Value = P;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "parameters in round brackets, such as (name: 1.5)")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<P, A::Error> {
            let mut parameters = P::default();
            let mut seen: Vec<String> = Vec::new();
            while let Some(Identifier(name)) = map.next_key()? {
                if seen.contains(&name) {
                    return Err(de::Error::custom(format_args!("`{name}` is given twice")));
                }
                // An unknown name is reported before its value is read, so that the place is the name's own.
                let known: Vec<String> = list(&mut parameters).into_iter().map(|(known, ..)| known).collect();
                if !known.contains(&name) {
                    let expected = known;
                    return Err(de::Error::custom(SetError::Unknown { name, expected }));
                }
                map.next_value_seed(Slot(&mut parameters, &name))?;
                seen.push(name);
            }
            Ok(parameters)
        }
    }
    deserializer.deserialize_struct("", &[], Read(PhantomData))
}

/// Reads one number into the parameter of that name. The range is checked before the reader moves on, so that an error
/// stands at the number and not at what follows.
struct Slot<'a>(&'a mut dyn Parameters, &'a str);

impl<'de> de::DeserializeSeed<'de> for Slot<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        set(self.0, self.1, f64::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Reads a list of which at most so many are kept, and how many there were: however long it is, it needs a limited piece of memory.
pub(crate) fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    d: D,
    most: usize,
) -> Result<(Vec<T>, usize), D::Error> {
    struct Kept<T>(usize, PhantomData<T>);

    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Kept<T> {
        type Value = (Vec<T>, usize);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while list.len() < self.0 {
                match seq.next_element()? {
                    Some(item) => list.push(item),
                    None => {
                        let length = list.len();
                        return Ok((list, length));
                    }
                }
            }
            let mut length = list.len();
            while seq.next_element::<IgnoredAny>()?.is_some() {
                length += 1;
            }
            Ok((list, length))
        }
    }

    d.deserialize_seq(Kept(most, PhantomData))
}

/// Reads one number from a file and checks its range.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D, name: &str, info: &Number) -> Result<f64, D::Error> {
    let value = if deserializer.is_human_readable() {
        f64::deserialize(deserializer)?
    } else {
        deserializer.deserialize_any(Any)?
    };
    info.check(name, value).map_err(de::Error::custom)
}

/// A number of any kind: a binary format says of each whether it is whole.
struct Any;

impl de::Visitor<'_> for Any {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }
}

/// The name of a field as a file gives it, without quotes.
struct Identifier(String);

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl de::Visitor<'_> for Name {
            type Value = Identifier;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "the name of a parameter")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Identifier, E> {
                Ok(Identifier(name.to_owned()))
            }
        }
        deserializer.deserialize_identifier(Name)
    }
}

/// Declares a struct of numbers from one description of each: the struct with its documentation, its defaults, [`Parameters`], and
/// reading with range checks.
macro_rules! parameters {
    ($(#[$meta:meta])* $name:ident {
        $($field:ident: $scale:ident($min:expr, $max:expr, $default:expr, $unit:literal, $help:literal)),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub struct $name {
            $(#[doc = $help] pub $field: f64),*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }

        impl $crate::params::Parameters for $name {
            fn visit(&mut self, visitor: &mut dyn $crate::params::Visitor) {
                $(visitor.number(
                    stringify!($field),
                    &mut self.$field,
                    &$crate::params::Number::$scale($min, $max, $default, $unit, $help),
                );)*
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::params::deserialize(deserializer)
            }
        }
    };
}
pub(crate) use parameters;
