//! Formulas of named numbers, without coordinates.

use super::graph::{Graph, Id, Node, evaluate, operands};
use super::parse::{FormulaError, Names, parse};

/// A number made of named numbers, written as potentials are: `abs(a - b)/(2*c)`.
#[derive(Debug)]
pub struct Expression {
    graph: Graph,
    root: Id,
}

impl Expression {
    /// Reads a text in which these names stand for numbers.
    ///
    /// # Errors
    ///
    /// Says what is wrong, and at which place of the text.
    pub fn read(text: &str, names: &[&str]) -> Result<Self, FormulaError> {
        let (graph, jet) = parse(text, &Names::Only(names))?;
        let expression = Self { graph, root: jet.value };
        if expression.graph.is_uniform(expression.root) {
            return Ok(expression);
        }
        let message = "x, y and r have no meaning here: expected numbers and measured quantities".to_owned();
        Err(FormulaError::new(text, 0..text.len(), message))
    }

    /// Its value, where the names have these values, in order.
    pub fn value(&self, numbers: &[f64]) -> f64 {
        let mut values: Vec<f64> = Vec::with_capacity(self.graph.nodes().len());
        for node in self.graph.nodes() {
            let of: Vec<f64> = operands(node).into_iter().map(|id| values[id as usize]).collect();
            values.push(match node {
                Node::Parameter(k) => numbers.get(*k as usize).copied().unwrap_or(f64::NAN),
                _ => evaluate(node, &of),
            });
        }
        values[self.root as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_their_names() {
        let expression = Expression::read("abs(a - b)/2 + e^(-c)", &["a", "b", "c"]).unwrap();
        assert_eq!(expression.value(&[1.0, 4.0, 0.0]), 2.5);
        assert!(expression.value(&[1.0, f64::NAN, 0.0]).is_nan());
    }

    #[test]
    fn there_is_no_place_and_no_unknown_name() {
        assert!(
            Expression::read("x + 1", &[])
                .unwrap_err()
                .message
                .contains("no meaning")
        );
        let error = Expression::read("1 + kl", &["kll"]).unwrap_err();
        assert_eq!(error.character, 5);
        assert!(error.message.contains("did you mean `kll`?"), "{}", error.message);
    }
}
