//! Scenario files: RON text in, a checked [`Scenario`] or one sentence with its place out, and back to text.

use std::fmt;

use ron::Options;
use ron::error::{Error, SpannedError};
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};

use super::place::Places;
use super::start::{Disc, MOST_DABS, RADIUS, STRENGTH};
use super::{Scenario, Start, VERSION};
use crate::flow::{Flow, Rate, Transport};
use crate::params::{self, Number};
use crate::space::Point;

/// Why a scenario file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}:{line}:{column}: {message}")]
pub struct ScenarioError {
    /// The file or preset, as the caller called it.
    pub origin: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What was found there and what was expected.
    pub message: String,
}

impl Scenario {
    /// Reads a scenario. `origin` is the name of the file, for messages.
    pub fn from_ron(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        read(text, origin, |scenario: &Self, places| {
            scenario
                .check()
                .map_err(|error| (places.top_field(error.field), error.to_string()))
        })
    }

    /// The scenario as a file that [`Scenario::from_ron`] reads back to an equal one.
    pub fn to_ron(&self) -> String {
        let pretty = PrettyConfig::new().new_line("\n").depth_limit(2);
        options()
            .to_string_pretty(self, pretty)
            .expect("numbers, names and lists can always be written")
    }

    /// Whether the parts of the scenario fit together. Each part by itself is checked as it is read or set.
    pub fn check(&self) -> Result<(), Mismatch> {
        let needed = match &self.start {
            Start::Points(points) => points.len(),
            Start::Mixture(blobs) => blobs.len(),
            Start::Gaussian(_) | Start::Uniform(..) | Start::Painted(_) | Start::Noise => 1,
        };
        if self.particles < needed {
            return Err(Mismatch {
                field: "start",
                message: format!(
                    "the start has {needed} places, but particles is {}: expected at least one particle for each",
                    self.particles
                ),
            });
        }
        self.check_reverse()?;
        for (i, panel) in self.panels.iter().enumerate() {
            panel.suits(self.estimator(i)).map_err(|message| Mismatch {
                field: if panel.estimator.is_some() {
                    "panels"
                } else {
                    "estimator"
                },
                message,
            })?;
        }
        Ok(())
    }
}

/// Reads a file of ours. `check` says what does not fit together in what was read, and at which byte.
pub(crate) fn read<T: DeserializeOwned>(
    text: &str,
    origin: &str,
    check: impl FnOnce(&T, &Places<'_>) -> Result<(), (usize, String)>,
) -> Result<T, ScenarioError> {
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let at = |places: &Places<'_>, (byte, message): (usize, String)| {
        let (line, column) = places.line_column(byte);
        ScenarioError {
            origin: origin.to_owned(),
            line,
            column,
            message,
        }
    };
    let value = options().from_str(text).map_err(|error| {
        let places = Places::of(text);
        at(&places, explain(&error, &places))
    })?;
    let places = Places::of(text);
    check(&value, &places).map_err(|wrong| at(&places, wrong))?;
    Ok(value)
}

/// Two parts of a scenario that do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mismatch {
    /// The field to look at.
    pub field: &'static str,
    message: String,
}

impl Mismatch {
    pub(super) const fn new(field: &'static str, message: String) -> Self {
        Self { field, message }
    }
}

/// How scenarios are written: `DoubleWell(barrier: 7)` without a second pair of brackets, and a view without `Some`.
pub(crate) fn options() -> Options {
    Options::default().with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES | Extensions::IMPLICIT_SOME)
}

/// The byte to point at, and the sentence.
pub(super) fn explain(error: &SpannedError, places: &Places<'_>) -> (usize, String) {
    let end = places.byte(error.span.end.line, error.span.end.col);
    let last = places.last_value(end);
    let group = places.enclosing(end);
    let (next, found) = places.next(end);
    let found = found.map_or_else(
        || "the end of the text".to_owned(),
        |token| format!("`{}`", shortened(token)),
    );
    let field = places.field(next).map(|name| format!("{name}: ")).unwrap_or_default();
    let unread = next < end; // the reader stands inside a token of which it could read only the beginning
    let expected = |what: &str| (next, format!("{field}expected {what}, found {found}"));
    match &error.code {
        Error::Message(sentence) => {
            let character = character(sentence);
            let inside = character.and_then(|n| places.in_text(last, n));
            (inside.unwrap_or(last), sentence.clone())
        }
        Error::NoSuchStructField { expected, found, .. } => (last, unknown("field", found, expected)),
        Error::NoSuchEnumVariant { expected, found, .. } => (last, unknown("name", found, expected)),
        Error::DuplicateStructField { field, .. } => (last, format!("the field `{field}` is given twice")),
        Error::MissingStructField { field, .. } => (group, format!("the field `{field}` is missing here")),
        Error::ExpectedDifferentLength { expected, found } => {
            let expected = expected.replace("a tuple of size", "a group of");
            (group, format!("expected {expected} values, found {found}"))
        }
        Error::InvalidValueForType { expected, found } => (last, format!("expected {expected}, found {found}")),
        Error::IntegerOutOfBounds => (
            last,
            format!(
                "{field}expected a whole number from 0 to {}, found `{}`",
                u64::MAX,
                shortened(places.token(last))
            ),
        ),
        Error::ExpectedComma | Error::ExpectedMapColon if is_cut_text(places.token(last)) => (
            last,
            "the text that begins here has no closing `\"` on its line".to_owned(),
        ),
        Error::ExpectedComma | Error::ExpectedArrayEnd | Error::ExpectedStructLikeEnd if unread => {
            let number = places.token(next).parse::<f64>().is_ok();
            expected(if number { "a whole number" } else { "a number" })
        }
        Error::ExpectedFloat => expected("a number"),
        Error::ExpectedInteger | Error::InvalidIntegerDigit { .. } => expected("a whole number"),
        Error::ExpectedString => expected("a text in double quotes"),
        Error::ExpectedStringEnd => (last, "expected a closing `\"` for this text".to_owned()),
        Error::ExpectedArray => expected("a list in square brackets"),
        Error::ExpectedArrayEnd => expected("`,` or the closing `]`"),
        Error::ExpectedStructLike | Error::ExpectedNamedStructLike(_) => expected("an opening `(`"),
        Error::ExpectedStructLikeEnd | Error::ExpectedOptionEnd => expected("the closing `)`"),
        Error::ExpectedComma => expected("`,` or a closing bracket"),
        Error::ExpectedMapColon => expected("`:` after the name"),
        Error::ExpectedIdentifier | Error::SuggestRawIdentifier(_) => expected("a name"),
        Error::TrailingCharacters => (next, format!("expected nothing more here, found {found}")),
        Error::Eof => (
            end,
            "the text ends here, but a closing bracket is still missing".to_owned(),
        ),
        Error::UnexpectedChar(_) | Error::ExpectedUnit => expected("a value"),
        other => (next, format!("{field}{}", lower_first(&other.to_string()))),
    }
}

/// Which character of a text a sentence is about, if it ends by saying so.
fn character(sentence: &str) -> Option<usize> {
    let (_, number) = sentence.rsplit_once("(character ")?;
    number.strip_suffix(')')?.parse().ok()
}

fn unknown(what: &str, found: &str, expected: &[&str]) -> String {
    format!(
        "there is no {what} `{found}` here{}: expected one of {}",
        did_you_mean(found, expected.iter().copied()),
        expected.join(", ")
    )
}

/// ", did you mean `…`?" for the closest of the names, or nothing where none is close.
pub(crate) fn did_you_mean<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    closest(found, names).map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// The name that is most like the one asked for, if any is like it at all.
pub(crate) fn closest<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = found.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&wanted, &name.to_lowercase());
    let rated = names.into_iter().map(|name| (likeness(name), name));
    let best = rated.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 > 0.8).then_some(best.1)
}

/// A token short enough for a message.
fn shortened(token: &str) -> String {
    const LONGEST: usize = 40;
    if token.chars().count() <= LONGEST {
        token.to_owned()
    } else {
        token.chars().take(LONGEST).chain(['…']).collect()
    }
}

/// Whether a text runs over the end of its line: likely up to the opening quote of the next.
fn is_cut_text(token: &str) -> bool {
    token.starts_with('"') && token.contains('\n')
}

fn lower_first(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(rest).collect())
}

/// Coordinates of starts, views and brushes. The bound only keeps powers of coordinates finite.
pub(crate) const COORDINATE: Number = Number::linear(-1e6, 1e6, 0.0, "length", "a coordinate");
/// Curvatures of a given quadratic rate.
const CURVATURE: Number = Number::linear(-100.0, 100.0, 1.0, "energy/length²", "curvature of the rate");
/// Most panels of a scenario.
pub const MOST_PANELS: usize = 4;
/// Most blobs or points of a start.
const LONGEST_LIST: usize = 100_000;

/// Reads the version of the format.
pub(super) fn read_version<'de, D: Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
    match u32::deserialize(d)? {
        VERSION => Ok(VERSION),
        other => Err(de::Error::custom(format_args!(
            "version {other} of the format is not known here: expected {VERSION}"
        ))),
    }
}

/// Reads a text that says something.
pub(super) fn read_title<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    let text = String::deserialize(d)?;
    if text.trim().is_empty() {
        return Err(de::Error::custom("the text is empty: expected at least one letter"));
    }
    Ok(text)
}

/// Reads one to four panels with different names.
pub(super) fn read_panels<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Flow>, D::Error> {
    struct Panels;
    impl<'de> de::Visitor<'de> for Panels {
        type Value = Vec<Flow>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of panels")
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Flow>, A::Error> {
            let mut panels = Vec::new();
            while let Some(panel) = list.next_element_seed(Panel(&panels))? {
                panels.push(panel);
            }
            Ok(panels)
        }
    }
    let panels = d.deserialize_seq(Panels)?;
    if panels.is_empty() {
        return Err(de::Error::custom("there are no panels: expected 1 to 4"));
    }
    Ok(panels)
}

/// Reads a panel and checks it against those before it, while the reader still stands at it.
struct Panel<'a>(&'a [Flow]);

impl<'de> de::DeserializeSeed<'de> for Panel<'_> {
    type Value = Flow;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Flow, D::Error> {
        let panel = Flow::deserialize(d)?;
        check_panel(&panel, self.0).map_err(de::Error::custom)?;
        // Only where a file is read: changes one after the other must not depend on their order.
        if let Some(estimator) = panel.estimator {
            panel.suits(estimator).map_err(de::Error::custom)?;
        }
        Ok(panel)
    }
}

/// Whether a panel can stand beside others, else a sentence.
pub(super) fn check_panel(panel: &Flow, others: &[Flow]) -> Result<(), String> {
    if others.len() >= MOST_PANELS {
        return Err(format!("there are too many panels: expected 1 to {MOST_PANELS}"));
    }
    if panel.name.trim().is_empty() {
        return Err("the name of the panel is empty: expected at least one letter".to_owned());
    }
    if others.iter().any(|other| other.name == panel.name) {
        return Err(format!(
            "two panels are called {:?}: expected different names",
            panel.name
        ));
    }
    if matches!(panel.rate, Rate::Corrected(_)) && matches!(panel.transport, Transport::Underdamped(_)) {
        return Err(format!(
            "the panel {:?} has velocities, and the rate Corrected is not for them: expected another transport or another rate",
            panel.name
        ));
    }
    if let Rate::Quadratic(x, y) = panel.rate {
        CURVATURE
            .check("curvature", x)
            .and(CURVATURE.check("curvature", y))
            .map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// ((x0, x1), (y0, y1)).
type Sides = ((f64, f64), (f64, f64));

/// Reads the rectangle of the view.
pub(super) fn read_view<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Sides>, D::Error> {
    let view = Option::<(Side, Side)>::deserialize(d)?;
    Ok(view.map(|(x, y)| (x.0, y.0)))
}

/// Reads an interval (from, to) of positive length.
pub(super) fn read_interval<'de, D: Deserializer<'de>>(d: D) -> Result<(f64, f64), D::Error> {
    Interval::deserialize(d).map(|interval| interval.0)
}

/// A side of a view: long enough for its cells to be told apart anywhere in the plane.
struct Side((f64, f64));

impl<'de> Deserialize<'de> for Side {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        const SHORTEST: f64 = 1e-6;
        let Interval((from, to)) = Interval::deserialize(d)?;
        if to - from >= SHORTEST {
            Ok(Self((from, to)))
        } else {
            Err(de::Error::custom(format_args!(
                "({from}, {to}) is not possible: expected a length of at least {SHORTEST}"
            )))
        }
    }
}

/// An interval of positive length.
struct Interval((f64, f64));

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let (Coordinate(from), Coordinate(to)) = <(Coordinate, Coordinate)>::deserialize(d)?;
        if from < to {
            Ok(Self((from, to)))
        } else {
            Err(de::Error::custom(format_args!(
                "({from}, {to}) is not possible: expected the smaller end first"
            )))
        }
    }
}

/// A coordinate in range.
struct Coordinate(f64);

impl<'de> Deserialize<'de> for Coordinate {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        params::number(d, "coordinate", &COORDINATE).map(Self)
    }
}

/// Reads a list that is not empty and not absurdly long.
pub(super) fn read_list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Vec<T>, D::Error> {
    read_list_of(d, LONGEST_LIST)
}

/// Reads the dabs of a drawing.
pub(super) fn read_drawing<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Disc>, D::Error> {
    read_list_of(d, MOST_DABS)
}

fn read_list_of<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D, most: usize) -> Result<Vec<T>, D::Error> {
    let (list, length) = params::bounded(d, most)?;
    if (1..=most).contains(&length) {
        Ok(list)
    } else {
        Err(de::Error::custom(format_args!(
            "a list of {length} is not possible: expected 1 to {most}"
        )))
    }
}

impl<'de> Deserialize<'de> for Disc {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let (x, y, radius, weight) = <(Coordinate, Coordinate, Radius, Strength)>::deserialize(d)?;
        Ok(Self {
            center: Point::new(x.0, y.0),
            radius: radius.0,
            weight: weight.0,
        })
    }
}

/// The radius of a dab, checked where it stands.
struct Radius(f64);

impl<'de> Deserialize<'de> for Radius {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        params::number(d, "radius", &RADIUS).map(Self)
    }
}

/// The weight of a dab, checked where it stands.
struct Strength(f64);

impl<'de> Deserialize<'de> for Strength {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        params::number(d, "weight", &STRENGTH).map(Self)
    }
}

/// Reads a point.
pub(crate) fn read_coordinates<'de, D: Deserializer<'de>>(d: D) -> Result<Point, D::Error> {
    <(Coordinate, Coordinate)>::deserialize(d).map(|(x, y)| Point::new(x.0, y.0))
}

/// Reads a list of points.
pub(super) fn read_points<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Point>, D::Error> {
    let points: Vec<(Coordinate, Coordinate)> = read_list(d)?;
    Ok(points.into_iter().map(|(x, y)| Point::new(x.0, y.0)).collect())
}
