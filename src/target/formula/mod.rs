//! A potential typed as a formula: U(x, y) with parameters of one's own.
//!
//! In a file: `Formula(u: "a*(x^2 - 1)^2 + y^2/2", parameters: ["a = 7 in [1, 12]"], view: ((-2, 2), (-3, 3)))`.
//!
//! The text is read once ([`mod@parse`]) into a graph that carries exact derivatives ([`jet`]), and written as
//! steps over blocks of points ([`tape`]). Parameters are read when the steps are run: moving one compiles nothing.

mod graph;
mod jet;
mod number;
mod own;
mod parse;
mod scan;
mod tape;
mod twins;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Target;
use crate::params::{Number, Parameters, Visitor};
use crate::space::{Point, Rect};
use parse::{Names, parse};
use tape::Program;

pub use number::Expression;
pub use own::Own;
pub use parse::{FormulaError, LONGEST};

/// U(x, y) as a formula. Where the formula is no number (ln x at x < 0), neither are its slopes: particles that come there lose their
/// weight and are counted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Listed", into = "Written")]
pub struct Formula {
    text: String,
    parameters: Vec<Own>,
    view: Rect,
    program: Arc<Program>,
    /// What depends on the parameters only.
    uniforms: Vec<f64>,
}

/// Most parameters of a formula.
pub const MOST_PARAMETERS: usize = 32;

impl Formula {
    /// A formula of these parts.
    ///
    /// # Errors
    ///
    /// Says what is wrong, and at which place of the text of the formula.
    pub fn new(text: &str, parameters: Vec<Own>, view: Rect) -> Result<Self, FormulaError> {
        let whole = |message: String| FormulaError::new(text, 0..text.len(), message);
        if parameters.len() > MOST_PARAMETERS {
            return Err(whole(format!(
                "there are {} parameters: expected at most {MOST_PARAMETERS}",
                parameters.len()
            )));
        }
        let names: Vec<&str> = parameters.iter().map(Own::name).collect();
        for (k, name) in names.iter().enumerate() {
            if names[..k].contains(name) {
                return Err(whole(format!("the parameter `{name}` is given twice")));
            }
        }
        let (graph, u) = parse(text, &Names::Only(&names))?;
        let program = Arc::new(Program::new(&graph, u));
        let mut formula = Self {
            text: text.to_owned(),
            parameters,
            view,
            program,
            uniforms: Vec::new(),
        };
        formula.refresh();
        Ok(formula)
    }

    /// The same with another text.
    ///
    /// # Errors
    ///
    /// As [`Formula::new`].
    pub fn with_text(&self, text: &str) -> Result<Self, FormulaError> {
        Self::new(text, self.parameters.clone(), self.view)
    }

    /// The same with other parameters. A parameter that the text needs cannot be left out.
    ///
    /// # Errors
    ///
    /// As [`Formula::new`].
    pub fn with_parameters(&self, parameters: Vec<Own>) -> Result<Self, FormulaError> {
        Self::new(&self.text, parameters, self.view)
    }

    /// The same, looked at elsewhere.
    #[must_use]
    pub fn with_view(&self, view: Rect) -> Self {
        Self { view, ..self.clone() }
    }

    /// U as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parameters.
    pub fn parameters(&self) -> &[Own] {
        &self.parameters
    }

    /// How many steps over a block of points U, its gradient and its Laplacian take.
    pub fn steps(&self) -> [usize; 3] {
        let Program {
            value,
            slope,
            laplacian,
            ..
        } = &*self.program;
        [value.len(), slope.len(), laplacian.len()]
    }

    fn refresh(&mut self) {
        let values: Vec<f64> = self.parameters.iter().map(Own::value).collect();
        self.uniforms = self.program.uniforms(&values);
    }
}

impl Target for Formula {
    fn energy(&self, p: Point) -> f64 {
        let mut energy = [0.0];
        self.energy_into(&[p.x], &[p.y], &mut energy);
        energy[0]
    }

    fn gradient(&self, p: Point) -> Point {
        let (mut gx, mut gy) = ([0.0], [0.0]);
        self.gradient_into(&[p.x], &[p.y], &mut gx, &mut gy);
        Point::new(gx[0], gy[0])
    }

    fn laplacian(&self, p: Point) -> f64 {
        let mut laplacian = [0.0];
        self.laplacian_into(&[p.x], &[p.y], &mut laplacian);
        laplacian[0]
    }

    fn energy_into(&self, xs: &[f64], ys: &[f64], energies: &mut [f64]) {
        self.program.value.run(&self.uniforms, xs, ys, [energies]);
    }

    fn gradient_into(&self, xs: &[f64], ys: &[f64], gx: &mut [f64], gy: &mut [f64]) {
        self.program.slope.run(&self.uniforms, xs, ys, [gx, gy]);
    }

    fn laplacian_into(&self, xs: &[f64], ys: &[f64], laplacians: &mut [f64]) {
        self.program.laplacian.run(&self.uniforms, xs, ys, [laplacians]);
    }

    fn view(&self) -> Rect {
        self.view
    }
}

impl Parameters for Formula {
    fn visit(&mut self, visitor: &mut dyn Visitor) {
        let mut changed = false;
        for own in &mut self.parameters {
            let (before, name, range) = (own.value, own.name().to_owned(), *own.range());
            visitor.number(&name, &mut own.value, &range);
            changed |= own.value != before;
        }
        if changed {
            self.refresh();
        }
    }
}

impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.parameters == other.parameters && self.view == other.view
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Formula({:?}", self.text)?;
        self.parameters.iter().try_for_each(|own| write!(f, ", {own}"))?;
        write!(f, ")")
    }
}

/// The double well, to be changed.
impl Default for Formula {
    fn default() -> Self {
        let own = ["a = 7 in [1, 12]", "b = 1 in [0.1, 10] log"].map(Own::read);
        let view = Rect::new(-2.4, 2.4, -3.4, 3.4);
        own.into_iter()
            .collect::<Result<_, _>>()
            .and_then(|own| Self::new("a*(x^2 - 1)^2 + b*y^2/2", own, view))
            .expect("the text above is a formula")
    }
}

/// ((x0, x1), (y0, y1)).
type Sides = ((f64, f64), (f64, f64));

/// A formula as a file gives it.
#[derive(Serialize)]
#[serde(rename = "Formula")]
struct Written {
    u: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<String>,
    view: Sides,
}

impl From<Formula> for Written {
    fn from(formula: Formula) -> Self {
        let Rect { min, max } = formula.view;
        Self {
            u: formula.text,
            parameters: formula.parameters.iter().map(Own::to_string).collect(),
            view: ((min.x, max.x), (min.y, max.y)),
        }
    }
}

/// A formula as it is read. What can be checked by itself is checked the moment it is read, so that an error stands there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    #[serde(default, deserialize_with = "read_text")]
    u: Option<String>,
    #[serde(default, deserialize_with = "read_parameters")]
    parameters: Option<Vec<Own>>,
    #[serde(default, deserialize_with = "read_view")]
    view: Option<Rect>,
}

impl TryFrom<Listed> for Formula {
    type Error = FormulaError;

    fn try_from(listed: Listed) -> Result<Self, FormulaError> {
        let usual = Self::default();
        let view = listed.view.unwrap_or(usual.view);
        let (text, parameters) = match (listed.u, listed.parameters) {
            (Some(text), parameters) => (text, parameters.unwrap_or_default()),
            (None, parameters) => (usual.text, parameters.unwrap_or(usual.parameters)),
        };
        Self::new(&text, parameters, view)
    }
}

/// Reads the text of a formula. Which names it may use is known only when the parameters are read, too.
fn read_text<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(d)?;
    parse(&text, &Names::Any).map_err(serde::de::Error::custom)?;
    Ok(Some(text))
}

/// Reads the list of parameters.
fn read_parameters<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<Own>>, D::Error> {
    Vec::deserialize(d).map(Some)
}

impl<'de> Deserialize<'de> for Own {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Own {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// Reads the rectangle that is worth looking at.
fn read_view<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Rect>, D::Error> {
    const COORDINATE: Number = Number::linear(-1e6, 1e6, 0.0, "length", "a coordinate");
    let sides = Sides::deserialize(d)?;
    for (from, to) in [sides.0, sides.1] {
        for end in [from, to] {
            COORDINATE.check("coordinate", end).map_err(serde::de::Error::custom)?;
        }
        if to - from < 1e-6 {
            return Err(serde::de::Error::custom(format_args!(
                "({from}, {to}) is not possible: expected the smaller end first, and a length of at least 1e-6"
            )));
        }
    }
    let ((x0, x1), (y0, y1)) = sides;
    Ok(Some(Rect::new(x0, x1, y0, y1)))
}
