//! Formulas as graphs in which nothing stands twice.
//!
//! Equal nodes are one node, constants are folded, and what depends on parameters only ([`Graph::is_uniform`]) is collected at the
//! left of sums and products, where it is computed once and not at every point. Rounding apart, simplifying changes no finite value;
//! 0·u is 0 even where u is infinite or no number.

use std::collections::HashMap;

use crate::vectorize;

/// A node of the graph. Operands always have smaller numbers.
pub(super) type Id = u32;

/// What a node computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// A number, as its bits.
    Constant(u64),
    /// A parameter.
    Parameter(u32),
    /// The first coordinate.
    X,
    /// The second coordinate.
    Y,
    /// A function of one node.
    Unary(Unary, Id),
    /// A function of two nodes.
    Binary(Binary, Id, Id),
    /// factor · base^exponent, where factor and exponent are uniform; 0 where the factor is 0.
    Power([Id; 3]),
    /// The second where the first is 1, the third where it is 0.
    Select([Id; 3]),
}

/// Functions of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Negate,
    Square,
    Sqrt,
    Exp,
    Ln,
    Log10,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Abs,
    Sign,
    /// At least 1e-100: below a fraction, it makes 0 of 0/0 and changes nothing anywhere else.
    Guard,
    /// 1/u where u is not negative: the slope of the logarithm ends where the logarithm does.
    LogSlope,
}

/// Functions of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Min,
    Max,
    Atan2,
    /// 1 where the first is at most the second, else 0.
    AtMost,
}

impl Unary {
    #[inline(always)]
    pub(super) fn at(self, u: f64) -> f64 {
        match self {
            Self::Negate => -u,
            Self::Square => u * u,
            Self::Sqrt => u.sqrt(),
            Self::Exp => vectorize::exp(u),
            Self::Ln => vectorize::ln(u),
            Self::Log10 => vectorize::log10(u),
            Self::Sin => vectorize::sin(u),
            Self::Cos => vectorize::cos(u),
            Self::Tan => vectorize::tan(u),
            Self::Asin => vectorize::asin(u),
            Self::Acos => vectorize::acos(u),
            Self::Atan => vectorize::atan(u),
            Self::Sinh => vectorize::sinh(u),
            Self::Cosh => vectorize::cosh(u),
            Self::Tanh => vectorize::tanh(u),
            Self::Abs => u.abs(),
            Self::Sign => {
                let sign = if u > 0.0 { 1.0 } else { -1.0 };
                if u == 0.0 || u.is_nan() { u } else { sign }
            }
            Self::Guard => {
                if u < 1e-100 {
                    1e-100
                } else {
                    u
                }
            }
            Self::LogSlope => {
                if u < 0.0 {
                    f64::NAN
                } else {
                    1.0 / u
                }
            }
        }
    }
}

impl Binary {
    #[inline(always)]
    pub(super) fn at(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            // What is no number stays so, unlike in `f64::min`.
            Self::Min => {
                let least = if a < b { a } else { b };
                if a.is_nan() { a } else { least }
            }
            Self::Max => {
                let most = if a > b { a } else { b };
                if a.is_nan() { a } else { most }
            }
            Self::Atan2 => vectorize::atan2(a, b),
            Self::AtMost => {
                let at_most = if a <= b { 1.0 } else { 0.0 };
                if a.is_nan() || b.is_nan() { f64::NAN } else { at_most }
            }
        }
    }
}

/// factor · base^exponent.
#[inline(always)]
pub(super) fn power(factor: f64, base: f64, exponent: f64) -> f64 {
    if factor == 0.0 {
        0.0
    } else {
        factor * vectorize::power(base, exponent)
    }
}

/// The second if the first is 1, the third if it is 0.
#[inline(always)]
pub(super) fn select(which: f64, then: f64, otherwise: f64) -> f64 {
    let value = if which > 0.5 { then } else { otherwise };
    if which.is_nan() { which } else { value }
}

/// All nodes of a formula.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    uniform: Vec<bool>,
    known: HashMap<Node, Id>,
}

impl Graph {
    /// The nodes; operands come before what is made of them.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether a node is the same at every point.
    pub(super) fn is_uniform(&self, id: Id) -> bool {
        self.uniform[id as usize]
    }

    /// The number that a node is, if it depends on nothing.
    pub(super) fn number(&self, id: Id) -> Option<f64> {
        match self.nodes[id as usize] {
            Node::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    pub(super) fn is(&self, id: Id, value: f64) -> bool {
        self.number(id) == Some(value)
    }

    pub(super) fn constant(&mut self, value: f64) -> Id {
        self.node(Node::Constant(value.to_bits()))
    }

    pub(super) fn unary(&mut self, f: Unary, u: Id) -> Id {
        self.node(Node::Unary(f, u))
    }

    /// The node, made only if there is none like it. A function of constants is a constant.
    pub(super) fn node(&mut self, node: Node) -> Id {
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let operands = operands(&node);
        let uniform = match node {
            Node::X | Node::Y => false,
            _ => operands.iter().all(|&id| self.is_uniform(id)),
        };
        let numbers: Option<Vec<f64>> = operands.iter().map(|&id| self.number(id)).collect();
        if let (false, Some(numbers)) = (operands.is_empty(), numbers) {
            return self.constant(evaluate(&node, &numbers));
        }
        let id = self.nodes.len() as Id;
        self.nodes.push(node);
        self.uniform.push(uniform);
        self.known.insert(node, id);
        id
    }

    /// A node as uniform factor times the rest, if it is such a product.
    fn factors(&self, id: Id) -> Option<(Id, Id)> {
        match self.nodes[id as usize] {
            Node::Binary(Binary::Multiply, c, v) if self.is_uniform(c) && !self.is_uniform(v) => Some((c, v)),
            _ => None,
        }
    }

    /// What a node that depends on the point is the negative of.
    fn negated(&self, id: Id) -> Option<Id> {
        match self.nodes[id as usize] {
            Node::Unary(Unary::Negate, v) if !self.is_uniform(v) => Some(v),
            _ => None,
        }
    }

    /// A node as uniform coefficient times the rest.
    fn term(&mut self, id: Id) -> (Id, Id) {
        if let Some(parts) = self.factors(id) {
            return parts;
        }
        match self.negated(id) {
            Some(v) => (self.constant(-1.0), v),
            None => (self.constant(1.0), id),
        }
    }

    pub(super) fn negate(&mut self, u: Id) -> Id {
        if let Some((c, v)) = self.factors(u) {
            let c = self.negate(c);
            return self.multiply(c, v);
        }
        match self.nodes[u as usize] {
            Node::Unary(Unary::Negate, v) => v,
            Node::Binary(Binary::Subtract, a, b) => self.subtract(b, a),
            _ => self.unary(Unary::Negate, u),
        }
    }

    pub(super) fn add(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 0.0) {
            return b;
        }
        if self.is(b, 0.0) {
            return a;
        }
        if let Some(b) = self.negated(b) {
            return self.subtract(a, b);
        }
        if let Some(a) = self.negated(a) {
            return self.subtract(b, a);
        }
        if let Some(sum) = self.like_terms(a, b, Binary::Add) {
            return sum;
        }
        let (a, b) = self.ordered(a, b);
        if let (true, Node::Binary(Binary::Add, c, v)) = (self.is_uniform(a), self.nodes[b as usize])
            && self.is_uniform(c)
            && !self.is_uniform(v)
        {
            let c = self.add(a, c);
            return self.add(c, v);
        }
        self.node(Node::Binary(Binary::Add, a, b))
    }

    pub(super) fn subtract(&mut self, a: Id, b: Id) -> Id {
        if a == b {
            return self.constant(0.0);
        }
        if self.is(b, 0.0) {
            return a;
        }
        if self.is(a, 0.0) {
            return self.negate(b);
        }
        if self.is_uniform(b) && !self.is_uniform(a) {
            let b = self.negate(b);
            return self.add(b, a);
        }
        if let Some(b) = self.negated(b) {
            return self.add(a, b);
        }
        if let Some(sum) = self.like_terms(a, b, Binary::Subtract) {
            return sum;
        }
        self.node(Node::Binary(Binary::Subtract, a, b))
    }

    /// c v ± d v = (c ± d) v.
    fn like_terms(&mut self, a: Id, b: Id, sign: Binary) -> Option<Id> {
        if self.is_uniform(a) || self.is_uniform(b) {
            return None;
        }
        let ((c, v), (d, w)) = (self.term(a), self.term(b));
        (v == w).then(|| {
            let c = match sign {
                Binary::Add => self.add(c, d),
                _ => self.subtract(c, d),
            };
            self.multiply(c, v)
        })
    }

    /// What is uniform first, else in the order of making.
    fn ordered(&self, a: Id, b: Id) -> (Id, Id) {
        let key = |id| (!self.is_uniform(id), id);
        if key(a) <= key(b) { (a, b) } else { (b, a) }
    }

    pub(super) fn multiply(&mut self, a: Id, b: Id) -> Id {
        let (a, b) = self.ordered(a, b);
        for (one, other) in [(a, b), (b, a)] {
            if self.is(one, 0.0) {
                return self.constant(0.0);
            }
            if self.is(one, 1.0) {
                return other;
            }
            if self.is(one, -1.0) {
                return self.negate(other);
            }
        }
        // Signs and uniform factors go to the front.
        for (one, other) in [(a, b), (b, a)] {
            if let Some(v) = self.negated(one) {
                let product = self.multiply(v, other);
                return self.negate(product);
            }
            if let Some((c, v)) = self.factors(one) {
                if self.is_uniform(other) {
                    let c = self.multiply(c, other);
                    return self.multiply(c, v);
                }
                let product = self.multiply(v, other);
                return self.multiply(c, product);
            }
        }
        if a == b {
            return self.unary(Unary::Square, a);
        }
        self.node(Node::Binary(Binary::Multiply, a, b))
    }

    pub(super) fn divide(&mut self, a: Id, b: Id) -> Id {
        if self.is(b, 1.0) || self.is(a, 0.0) {
            return a;
        }
        if self.is_uniform(b) && !self.is_uniform(a) {
            let one = self.constant(1.0);
            let inverse = self.node(Node::Binary(Binary::Divide, one, b));
            return self.multiply(inverse, a);
        }
        self.node(Node::Binary(Binary::Divide, a, b))
    }

    /// u^n for whole n, by squaring.
    pub(super) fn whole_power(&mut self, u: Id, n: i32) -> Id {
        match n {
            0 => self.constant(1.0),
            1 => u,
            _ if n < 0 => {
                let (one, below) = (self.constant(1.0), self.whole_power(u, -n));
                self.divide(one, below)
            }
            _ if n % 2 == 0 => {
                let root = self.whole_power(u, n / 2);
                self.multiply(root, root)
            }
            _ => {
                let even = self.whole_power(u, n - 1);
                self.multiply(even, u)
            }
        }
    }

    /// u^s with a constant s, times a constant.
    pub(super) fn constant_power(&mut self, factor: f64, u: Id, s: f64) -> Id {
        let factor = self.constant(factor);
        if vectorize::is_product(s) {
            let product = self.whole_power(u, s as i32);
            return self.multiply(factor, product);
        }
        if s.abs() <= 16.0 && vectorize::is_product(2.0 * s) {
            let root = self.unary(Unary::Sqrt, u);
            let product = if s > 0.0 {
                let rest = self.whole_power(u, s as i32);
                self.multiply(rest, root)
            } else {
                // 0 instead of 0/0 where u and its slope vanish together, as at the origin of r.
                let (one, root) = (self.constant(1.0), self.unary(Unary::Guard, root));
                let inverse = self.divide(one, root);
                self.whole_power(inverse, (-2.0 * s) as i32)
            };
            return self.multiply(factor, product);
        }
        let s = self.constant(s);
        self.node(Node::Power([factor, u, s]))
    }
}

/// The operands of a node.
pub(super) fn operands(node: &Node) -> Vec<Id> {
    match *node {
        Node::Constant(_) | Node::Parameter(_) | Node::X | Node::Y => Vec::new(),
        Node::Unary(_, u) => vec![u],
        Node::Binary(_, a, b) => vec![a, b],
        Node::Power(three) | Node::Select(three) => three.to_vec(),
    }
}

/// What a function makes of its operands.
pub(super) fn evaluate(node: &Node, numbers: &[f64]) -> f64 {
    match (*node, numbers) {
        (Node::Constant(bits), _) => f64::from_bits(bits),
        (Node::Unary(f, _), &[u]) => f.at(u),
        (Node::Binary(f, ..), &[a, b]) => f.at(a, b),
        (Node::Power(_), &[factor, base, exponent]) => power(factor, base, exponent),
        (Node::Select(_), &[which, then, otherwise]) => select(which, then, otherwise),
        _ => f64::NAN,
    }
}
