//! Built-in targets as formulas: a place to start from, and a test of both.

use super::{Formula, Own};
use crate::params;
use crate::target::Shape;

impl Shape {
    /// The same potential as a formula with the same parameters and view, where it has a simple one. Far from its wells the
    /// Müller–Brown surface is continued here by its own exponentials, not by polynomials.
    pub fn formula(&self) -> Option<Formula> {
        if let Self::Formula(formula) = self {
            return Some(formula.clone());
        }
        let (_, text) = TWINS.iter().find(|(name, _)| *name == self.name())?;
        let numbers = params::list(self.clone().parameters());
        let own = numbers
            .into_iter()
            .map(|(name, value, info)| Own::new(&name, value, (info.min, info.max), info.scale));
        let own: Vec<Own> = own.collect::<Result<_, _>>().ok()?;
        Formula::new(text, own, self.target().view()).ok()
    }
}

const TWINS: [(&str, &str); 8] = [
    ("DoubleWell", "barrier*(x^2 - 1)^2 + tilt*x + y^2/2"),
    ("TextbookWell", "stiffness*(x^4/4 - x^2/2) + y^2/2"),
    ("TripleWell", "(x^2/4 - 1)^2 * (27/4*barrier*x^2/4 + middle) + y^2/2"),
    ("Ring", "(r - radius)^2/width^2"),
    ("Banana", "squeeze*(y - x^2)^2/2 + (x - 1)^2/(2*squeeze)"),
    ("Funnel", "y^2/(2*scale^2) + x^2*exp(-y)/2 + y/2"),
    ("Himmelblau", "scale*((x^2 + y - 11)^2 + (x + y^2 - 7)^2)"),
    (
        "MullerBrown",
        "scale*(-200*exp(-(x - 1)^2 - 10*y^2)\n\
         - 100*exp(-x^2 - 10*(y - 0.5)^2)\n\
         - 170*exp(-6.5*(x + 0.5)^2 + 11*(x + 0.5)*(y - 1.5) - 6.5*(y - 1.5)^2)\n\
         + 15*exp(0.7*(x + 1)^2 + 0.6*(x + 1)*(y - 1) + 0.7*(y - 1)^2))",
    ),
];
