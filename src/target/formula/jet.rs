//! Exact derivatives: expressions that carry their gradient and their Laplacian along.
//!
//! A [`Jet`] is an expression u with `u_x`, `u_y` and Δu, all of them nodes of one graph. They follow from those of its parts, so that no
//! derivative is looked for afterwards and common parts are shared:
//!
//! ```text
//! ∇f(u) = f′ ∇u,     Δf(u) = f′ Δu + f″ |∇u|²,     Δ(uv) = u Δv + 2 ∇u·∇v + v Δu.
//! ```
//!
//! Derivatives of abs, sign, min and max are those of the piece that holds; what a kink adds to the Laplacian is left out, as a density
//! on a line. Checked against the dual numbers of the crate `num-dual`, which itself is not used here: a tanh of it is a quotient that
//! overflows, and roots have no slope at 0.

use super::graph::{Binary, Graph, Id, Node, Unary};

/// An expression u with `u_x`, `u_y` and Δu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Jet {
    pub(super) value: Id,
    pub(super) slope: [Id; 2],
    pub(super) laplacian: Id,
}

impl Graph {
    /// A constant, a parameter or a coordinate.
    pub(super) fn leaf(&mut self, node: Node) -> Jet {
        let value = self.node(node);
        let (zero, one) = (self.constant(0.0), self.constant(1.0));
        Jet {
            value,
            slope: match node {
                Node::X => [one, zero],
                Node::Y => [zero, one],
                _ => [zero, zero],
            },
            laplacian: zero,
        }
    }

    pub(super) fn negative(&mut self, u: Jet) -> Jet {
        Jet {
            value: self.negate(u.value),
            slope: u.slope.map(|s| self.negate(s)),
            laplacian: self.negate(u.laplacian),
        }
    }

    pub(super) fn sum(&mut self, u: Jet, v: Jet) -> Jet {
        Jet {
            value: self.add(u.value, v.value),
            slope: [0, 1].map(|i| self.add(u.slope[i], v.slope[i])),
            laplacian: self.add(u.laplacian, v.laplacian),
        }
    }

    pub(super) fn difference(&mut self, u: Jet, v: Jet) -> Jet {
        Jet {
            value: self.subtract(u.value, v.value),
            slope: [0, 1].map(|i| self.subtract(u.slope[i], v.slope[i])),
            laplacian: self.subtract(u.laplacian, v.laplacian),
        }
    }

    pub(super) fn product(&mut self, u: Jet, v: Jet) -> Jet {
        if u == v {
            return self.constant_exponent(u, 2.0);
        }
        let slope = [0, 1].map(|i| {
            let (a, b) = (self.multiply(u.value, v.slope[i]), self.multiply(v.value, u.slope[i]));
            self.add(a, b)
        });
        let (a, b) = (self.multiply(u.value, v.laplacian), self.multiply(v.value, u.laplacian));
        let (bent, two, shared) = (self.add(a, b), self.constant(2.0), self.dot(u.slope, v.slope));
        let twice = self.multiply(two, shared);
        Jet {
            value: self.multiply(u.value, v.value),
            slope,
            laplacian: self.add(bent, twice),
        }
    }

    /// q = u/v, from u = q v: ∇q = (∇u − q ∇v)/v and Δq = (Δu − q Δv − 2 ∇q·∇v)/v.
    pub(super) fn quotient(&mut self, u: Jet, v: Jet) -> Jet {
        let q = self.divide(u.value, v.value);
        let slope = [0, 1].map(|i| {
            let pull = self.multiply(q, v.slope[i]);
            let above = self.subtract(u.slope[i], pull);
            self.divide(above, v.value)
        });
        let (two, shared) = (self.constant(2.0), self.dot(slope, v.slope));
        let (pull, twice) = (self.multiply(q, v.laplacian), self.multiply(two, shared));
        let above = self.subtract(u.laplacian, pull);
        let above = self.subtract(above, twice);
        Jet {
            value: q,
            slope,
            laplacian: self.divide(above, v.value),
        }
    }

    /// u^v.
    pub(super) fn raised(&mut self, u: Jet, v: Jet) -> Jet {
        if let Some(s) = self.number(v.value) {
            return self.constant_exponent(u, s);
        }
        if self.is_uniform(v.value) {
            // Whether the exponent is whole changes with the parameters: it is seen when they are known.
            let (one, s) = (self.constant(1.0), v.value);
            let (s1, two) = (self.subtract(s, one), self.constant(2.0));
            let (s2, falling) = (self.subtract(s, two), self.multiply(s, s1));
            let [f, first, second] =
                [(one, s), (s, s1), (falling, s2)].map(|(c, s)| self.node(Node::Power([c, u.value, s])));
            return self.chain(u, f, first, second);
        }
        if self.is(u.value, std::f64::consts::E) {
            return self.function(Unary::Exp, v);
        }
        let logarithm = self.function(Unary::Ln, u);
        let exponent = self.product(v, logarithm);
        self.function(Unary::Exp, exponent)
    }

    fn constant_exponent(&mut self, u: Jet, s: f64) -> Jet {
        if s == 0.5 {
            return self.function(Unary::Sqrt, u);
        }
        // A factor of 0 takes its power with it, of which the exponent may be negative.
        let f = self.constant_power(1.0, u.value, s);
        let first = self.constant_power(s, u.value, s - 1.0);
        let second = self.constant_power(s * (s - 1.0), u.value, s - 2.0);
        self.chain(u, f, first, second)
    }

    /// A function of one argument.
    pub(super) fn function(&mut self, f: Unary, u: Jet) -> Jet {
        let v = u.value;
        let value = self.unary(f, v);
        let (zero, one, two) = (self.constant(0.0), self.constant(1.0), self.constant(2.0));
        let (first, second) = match f {
            Unary::Negate => return self.negative(u),
            Unary::Square => return self.constant_exponent(u, 2.0),
            Unary::Exp => (value, value),
            Unary::Ln | Unary::Log10 => {
                let slope = self.unary(Unary::LogSlope, v);
                let unit = if f == Unary::Ln { 1.0 } else { std::f64::consts::LOG10_E };
                let (unit, square) = (self.constant(unit), self.multiply(slope, slope));
                let second = self.multiply(unit, square);
                (self.multiply(unit, slope), self.negate(second))
            }
            Unary::Sqrt => {
                let (half, root) = (self.constant(0.5), self.unary(Unary::Guard, value));
                let inverse = self.divide(one, root);
                let (quarter, cube) = (self.constant(-0.25), self.whole_power(inverse, 3));
                (self.multiply(half, inverse), self.multiply(quarter, cube))
            }
            Unary::Sin => (self.unary(Unary::Cos, v), self.negate(value)),
            Unary::Cos => {
                let sine = self.unary(Unary::Sin, v);
                (self.negate(sine), self.negate(value))
            }
            Unary::Tan => {
                let square = self.multiply(value, value);
                let (first, twice) = (self.add(one, square), self.multiply(two, value));
                (first, self.multiply(twice, first))
            }
            Unary::Asin | Unary::Acos => {
                let square = self.multiply(v, v);
                let below = self.subtract(one, square);
                let inverse = self.constant_power(1.0, below, -0.5);
                let first = if f == Unary::Asin {
                    inverse
                } else {
                    self.negate(inverse)
                };
                let cube = self.whole_power(first, 3);
                (first, self.multiply(v, cube))
            }
            Unary::Atan => {
                let square = self.multiply(v, v);
                let below = self.add(one, square);
                let first = self.divide(one, below);
                let (twice, square) = (self.multiply(two, v), self.multiply(first, first));
                let second = self.multiply(twice, square);
                (first, self.negate(second))
            }
            Unary::Sinh => (self.unary(Unary::Cosh, v), value),
            Unary::Cosh => (self.unary(Unary::Sinh, v), value),
            Unary::Tanh => {
                let square = self.multiply(value, value);
                let (first, twice) = (self.subtract(one, square), self.multiply(two, value));
                let second = self.multiply(twice, first);
                (first, self.negate(second))
            }
            Unary::Abs => (self.unary(Unary::Sign, v), zero),
            Unary::Sign | Unary::Guard | Unary::LogSlope => (zero, zero),
        };
        self.chain(u, value, first, second)
    }

    /// The smaller or the larger of two.
    pub(super) fn extreme(&mut self, f: Binary, u: Jet, v: Jet) -> Jet {
        let value = self.node(Node::Binary(f, u.value, v.value));
        let (a, b) = if f == Binary::Min { (u, v) } else { (v, u) };
        let of_u = self.node(Node::Binary(Binary::AtMost, a.value, b.value));
        let mut piece = |of: Id, other: Id| {
            if of == other {
                of
            } else {
                self.node(Node::Select([of_u, of, other]))
            }
        };
        Jet {
            value,
            slope: [0, 1].map(|i| piece(u.slope[i], v.slope[i])),
            laplacian: piece(u.laplacian, v.laplacian),
        }
    }

    /// The angle θ of (u, v), with derivatives −v/r² and u/r², and from these two all of second order: −2 times their product by uu, its
    /// negative by vv, and the difference of their squares by uv.
    pub(super) fn angle(&mut self, v: Jet, u: Jet) -> Jet {
        let value = self.node(Node::Binary(Binary::Atan2, v.value, u.value));
        let (uu, vv) = (self.multiply(u.value, u.value), self.multiply(v.value, v.value));
        let rr = self.add(uu, vv);
        let (by_v, minus_by_u) = (self.divide(u.value, rr), self.divide(v.value, rr));
        let by_u = self.negate(minus_by_u);
        let slope = [0, 1].map(|i| self.dot([by_u, by_v], [u.slope[i], v.slope[i]]));
        let straight = self.dot([by_u, by_v], [u.laplacian, v.laplacian]);
        let (two, across) = (self.constant(2.0), self.multiply(by_v, minus_by_u));
        let (of_u, of_v) = (self.dot(u.slope, u.slope), self.dot(v.slope, v.slope));
        let (apart, shared) = (self.subtract(of_u, of_v), self.dot(u.slope, v.slope));
        let (a, b) = (self.multiply(by_u, by_u), self.multiply(by_v, by_v));
        let by_uv = self.subtract(a, b);
        let half = self.dot([across, by_uv], [apart, shared]);
        let bent = self.multiply(two, half);
        Jet {
            value,
            slope,
            laplacian: self.add(straight, bent),
        }
    }

    /// Σ aᵢ bᵢ.
    fn dot(&mut self, a: [Id; 2], b: [Id; 2]) -> Id {
        let (x, y) = (self.multiply(a[0], b[0]), self.multiply(a[1], b[1]));
        self.add(x, y)
    }

    /// A function of u with the value `f` and the first and second derivatives `first`, `second` by u.
    fn chain(&mut self, u: Jet, f: Id, first: Id, second: Id) -> Jet {
        let steepness = self.dot(u.slope, u.slope);
        let (straight, bent) = (self.multiply(first, u.laplacian), self.multiply(second, steepness));
        Jet {
            value: f,
            slope: u.slope.map(|s| self.multiply(first, s)),
            laplacian: self.add(straight, bent),
        }
    }
}
