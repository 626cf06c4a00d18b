//! Graphs as lists of steps over blocks of points.
//!
//! What is the same at every point is computed once, when the parameters change ([`Program::uniforms`]). The rest is a [`Tape`] for
//! each thing asked for (value, gradient, Laplacian): steps that each read and write whole registers of [`BLOCK`] numbers, in an order
//! in which few registers are in use at a time. Each step is a loop that vectorises; a point alone is a block of one, so that
//! it gets the same bits.

use std::cell::RefCell;

use super::graph::{Binary, Graph, Id, Node, Unary, evaluate, operands, select};
use super::jet::Jet;
use crate::chunks::BLOCK;
use crate::vectorize::{self, wide};

/// A formula made ready to be evaluated.
#[derive(Debug)]
pub(super) struct Program {
    /// Uniform nodes in the order of making, with the places of their operands in this list.
    uniforms: Vec<(Node, Vec<usize>)>,
    pub(super) value: Tape<1>,
    pub(super) slope: Tape<2>,
    pub(super) laplacian: Tape<1>,
}

impl Program {
    /// The program of an expression of a graph.
    pub(super) fn new(graph: &Graph, u: Jet) -> Self {
        let outputs = [u.value, u.slope[0], u.slope[1], u.laplacian];
        let mut needed = vec![false; graph.nodes().len()];
        for id in outputs {
            needed[id as usize] = true;
        }
        for (id, node) in graph.nodes().iter().enumerate().rev() {
            if needed[id] {
                for operand in operands(node) {
                    needed[operand as usize] = true;
                }
            }
        }
        let mut places = vec![usize::MAX; needed.len()];
        let mut uniforms = Vec::new();
        for (id, node) in graph.nodes().iter().enumerate() {
            if needed[id] && graph.is_uniform(id as Id) {
                places[id] = uniforms.len();
                let of = operands(node).iter().map(|&o| places[o as usize]).collect();
                uniforms.push((*node, of));
            }
        }
        Self {
            uniforms,
            value: Tape::new(graph, &places, [u.value]),
            slope: Tape::new(graph, &places, u.slope),
            laplacian: Tape::new(graph, &places, [u.laplacian]),
        }
    }

    /// Everything that depends on the parameters only.
    pub(super) fn uniforms(&self, parameters: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::with_capacity(self.uniforms.len());
        for (node, of) in &self.uniforms {
            let value = match node {
                Node::Parameter(k) => parameters.get(*k as usize).copied().unwrap_or(f64::NAN),
                _ => {
                    let mut numbers = [0.0; 3];
                    for (number, &place) in numbers.iter_mut().zip(of) {
                        *number = values[place];
                    }
                    evaluate(node, &numbers[..of.len()])
                }
            };
            values.push(value);
        }
        values
    }
}

/// Where a number is found: the coordinates are registers 0 and 1.
type Register = u16;

/// One step: a register to write, and what to write there. The second of a pair with a uniform is its place among these.
#[derive(Clone, Copy, Debug)]
enum Step {
    Fill(usize),
    Unary(Unary, Register),
    Binary(Binary, Register, Register),
    Plus(Register, usize),
    Times(Register, usize),
    From(usize, Register),
    Over(usize, Register),
    Power([usize; 2], Register),
    Select([Register; 3]),
    /// a + b·c and a − b·c, rounded twice as if they were two steps.
    PlusProduct(Register, [Register; 2]),
    MinusProduct(Register, [Register; 2]),
    PlusTimes(Register, Register, usize),
}

/// Steps that lead to K numbers at each point.
#[derive(Debug)]
pub(super) struct Tape<const K: usize> {
    steps: Vec<(Register, Step)>,
    /// Registers beyond the coordinates.
    registers: usize,
    outputs: [Output; K],
}

#[derive(Clone, Copy, Debug)]
enum Output {
    Uniform(usize),
    Register(Register),
}

impl<const K: usize> Tape<K> {
    fn new(graph: &Graph, uniforms: &[usize], outputs: [Id; K]) -> Self {
        let mut writer = Writer {
            graph,
            uniforms,
            order: Vec::new(),
            uses: vec![0; graph.nodes().len()],
            place: vec![None; graph.nodes().len()],
            fused: vec![false; graph.nodes().len()],
            free: Vec::new(),
            registers: 0,
            steps: Vec::new(),
        };
        writer.sort(&outputs);
        let fixed = outputs.map(|id| graph.is_uniform(id).then(|| uniforms[id as usize]));
        for id in writer.order.clone() {
            writer.write(id);
        }
        let place = |id: Id| writer.place[id as usize].unwrap_or_default();
        let mut ids = outputs.iter();
        let outputs = fixed.map(|fixed| {
            let id = *ids.next().unwrap_or(&0);
            fixed.map_or_else(|| Output::Register(place(id)), Output::Uniform)
        });
        Self {
            outputs,
            registers: writer.registers,
            steps: writer.steps,
        }
    }

    /// How many steps there are for each block of points.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The numbers at many points.
    pub(super) fn run(&self, uniforms: &[f64], xs: &[f64], ys: &[f64], mut outputs: [&mut [f64]; K]) {
        thread_local! {
            static SCRATCH: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
        }
        let mut registers = SCRATCH.take();
        while registers.len() < self.registers {
            registers.push(vec![0.0; BLOCK]);
        }
        for (block, (xs, ys)) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).enumerate() {
            wide(
                #[inline(always)]
                || self.block(uniforms, [xs, ys], &mut registers),
            );
            let first = block * BLOCK;
            for (output, values) in self.outputs.iter().zip(outputs.iter_mut()) {
                let values = &mut values[first..first + xs.len()];
                match *output {
                    Output::Uniform(k) => values.fill(uniforms[k]),
                    Output::Register(r) => values.copy_from_slice(read([xs, ys], &registers, r)),
                }
            }
        }
        SCRATCH.set(registers);
    }

    #[inline(always)]
    fn block(&self, uniforms: &[f64], points: [&[f64]; 2], registers: &mut [Vec<f64>]) {
        let n = points[0].len();
        for &(to, step) in &self.steps {
            // The register written is never one that is read.
            let mut written = std::mem::take(&mut registers[to as usize - 2]);
            let out = &mut written[..n];
            let at = |r: Register| read(points, registers, r);
            match step {
                Step::Fill(k) => out.fill(uniforms[k]),
                Step::Unary(f, a) => unary(f, out, at(a)),
                Step::Binary(f, a, b) => binary(f, out, at(a), at(b)),
                Step::Plus(a, k) => shifted(out, at(a), uniforms[k]),
                Step::Times(a, k) => scaled(out, at(a), uniforms[k]),
                Step::From(k, a) => {
                    let c = uniforms[k];
                    map(
                        out,
                        at(a),
                        #[inline(always)]
                        |v| c - v,
                    );
                }
                Step::Over(k, a) => {
                    let c = uniforms[k];
                    map(
                        out,
                        at(a),
                        #[inline(always)]
                        |v| c / v,
                    );
                }
                Step::Power([factor, exponent], a) => powers(out, at(a), uniforms[factor], uniforms[exponent]),
                Step::Select([which, then, otherwise]) => {
                    zip3(out, [at(which), at(then), at(otherwise)], select);
                }
                Step::PlusProduct(a, [b, c]) => zip3(
                    out,
                    [at(a), at(b), at(c)],
                    #[inline(always)]
                    |a, b, c| a + b * c,
                ),
                Step::MinusProduct(a, [b, c]) => zip3(
                    out,
                    [at(a), at(b), at(c)],
                    #[inline(always)]
                    |a, b, c| a - b * c,
                ),
                Step::PlusTimes(a, b, k) => {
                    let c = uniforms[k];
                    zip2(
                        out,
                        at(a),
                        at(b),
                        #[inline(always)]
                        |a, b| a + b * c,
                    );
                }
            }
            registers[to as usize - 2] = written;
        }
    }
}

#[inline(always)]
fn read<'a>(points: [&'a [f64]; 2], registers: &'a [Vec<f64>], r: Register) -> &'a [f64] {
    match r {
        0 | 1 => points[r as usize],
        _ => &registers[r as usize - 2][..points[0].len()],
    }
}

#[inline(always)]
fn map(out: &mut [f64], values: &[f64], f: impl Fn(f64) -> f64) {
    for (o, &v) in out.iter_mut().zip(values) {
        *o = f(v);
    }
}

#[inline(always)]
fn shifted(out: &mut [f64], values: &[f64], c: f64) {
    map(
        out,
        values,
        #[inline(always)]
        |v| v + c,
    );
}

#[inline(always)]
fn scaled(out: &mut [f64], values: &[f64], c: f64) {
    map(
        out,
        values,
        #[inline(always)]
        |v| v * c,
    );
}

#[inline(always)]
fn zip2(out: &mut [f64], a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) {
    for ((o, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *o = f(a, b);
    }
}

#[inline(always)]
fn zip3(out: &mut [f64], [a, b, c]: [&[f64]; 3], f: impl Fn(f64, f64, f64) -> f64) {
    for (((o, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
        *o = f(a, b, c);
    }
}

/// One loop per function: the choice is made once and not at every point.
#[inline(always)]
fn unary(f: Unary, out: &mut [f64], values: &[f64]) {
    macro_rules! loops {
        ($($name:ident)*) => {
            match f {
                $(Unary::$name => {
                    for (o, &v) in out.iter_mut().zip(values) {
                        *o = Unary::$name.at(v);
                    }
                })*
            }
        };
    }
    loops!(Negate Square Sqrt Exp Ln Log10 Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Abs Sign Guard LogSlope);
}

#[inline(always)]
fn binary(f: Binary, out: &mut [f64], a: &[f64], b: &[f64]) {
    macro_rules! loops {
        ($($name:ident)*) => {
            match f {
                $(Binary::$name => zip2(out, a, b, #[inline(always)] |a, b| Binary::$name.at(a, b)),)*
            }
        };
    }
    loops!(Add Subtract Multiply Divide Min Max Atan2 AtMost);
}

/// [`power`](super::graph::power) at every base.
#[inline(always)]
fn powers(out: &mut [f64], bases: &[f64], factor: f64, exponent: f64) {
    if factor == 0.0 {
        out.fill(0.0);
    } else if vectorize::is_product(exponent) {
        map(
            out,
            bases,
            #[inline(always)]
            |v| factor * vectorize::product(v, exponent),
        );
    } else {
        map(
            out,
            bases,
            #[inline(always)]
            |v| factor * vectorize::exp(exponent * vectorize::ln(v)),
        );
    }
}

/// Writes the steps of a tape.
struct Writer<'a> {
    graph: &'a Graph,
    uniforms: &'a [usize],
    /// Nodes that depend on the point, operands first.
    order: Vec<Id>,
    /// How often each node is still to be read.
    uses: Vec<u32>,
    place: Vec<Option<Register>>,
    /// Products that are computed by the one sum that reads them.
    fused: Vec<bool>,
    free: Vec<Register>,
    registers: usize,
    steps: Vec<(Register, Step)>,
}

impl Writer<'_> {
    /// Puts what the outputs need in order, and counts who reads it. Outputs are read once more, so that they stay.
    fn sort(&mut self, outputs: &[Id]) {
        let mut seen = vec![false; self.graph.nodes().len()];
        for &output in outputs {
            let mut open = vec![(output, false)];
            while let Some((id, ready)) = open.pop() {
                if ready {
                    self.order.push(id);
                } else if !seen[id as usize] && !self.graph.is_uniform(id) {
                    seen[id as usize] = true;
                    open.push((id, true));
                    for operand in operands(&self.graph.nodes()[id as usize]).into_iter().rev() {
                        self.uses[operand as usize] += 1;
                        open.push((operand, false));
                    }
                }
            }
            self.uses[output as usize] += 1;
        }
        // A product that only a sum reads is part of that sum.
        for &id in &self.order {
            if let Node::Binary(Binary::Add | Binary::Subtract, a, b) = self.graph.nodes()[id as usize]
                && a != b
                && !self.graph.is_uniform(a)
                && let Some(product) = self.product_in(id, a, b)
            {
                self.fused[product as usize] = true;
            }
        }
    }

    /// Which operand of a sum or difference is a product that nobody else reads.
    fn product_in(&self, sum: Id, a: Id, b: Id) -> Option<Id> {
        let alone = |id: Id| {
            self.uses[id as usize] == 1 && matches!(self.graph.nodes()[id as usize], Node::Binary(Binary::Multiply, ..))
        };
        let plus = matches!(self.graph.nodes()[sum as usize], Node::Binary(Binary::Add, ..));
        let scaled = |id: Id| match self.graph.nodes()[id as usize] {
            Node::Binary(Binary::Multiply, c, _) => self.graph.is_uniform(c),
            _ => false,
        };
        if alone(b) && (plus || !scaled(b)) {
            Some(b)
        } else if plus && alone(a) && !self.fused[a as usize] {
            Some(a)
        } else {
            None
        }
    }

    fn write(&mut self, id: Id) {
        if self.fused[id as usize] {
            return;
        }
        let node = self.graph.nodes()[id as usize];
        if let Node::X | Node::Y = node {
            self.place[id as usize] = Some(Register::from(node == Node::Y));
            return;
        }
        // Uniform operands of functions that have no steps of their own for them get registers for the moment.
        let mut moment = Vec::new();
        let (step, read) = self.step(node, &mut moment);
        let to = self.take();
        self.steps.push((to, step));
        self.place[id as usize] = Some(to);
        for id in read {
            self.uses[id as usize] -= 1;
            if let (0, Some(r @ 2..)) = (self.uses[id as usize], self.place[id as usize]) {
                self.free.push(r);
            }
        }
        self.free.append(&mut moment);
    }

    fn take(&mut self) -> Register {
        self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            (self.registers + 1) as Register
        })
    }

    /// The register of an operand.
    fn operand(&mut self, id: Id, moment: &mut Vec<Register>) -> Register {
        if self.graph.is_uniform(id) {
            let to = self.take();
            self.steps.push((to, Step::Fill(self.uniforms[id as usize])));
            moment.push(to);
            return to;
        }
        self.place[id as usize].unwrap_or_default()
    }

    /// What computes a node, and the nodes that are read in registers for it.
    fn step(&mut self, node: Node, moment: &mut Vec<Register>) -> (Step, Vec<Id>) {
        let uniform = |id: Id| self.graph.is_uniform(id);
        let known = |id: Id| self.uniforms[id as usize];
        match node {
            Node::Binary(Binary::Add | Binary::Subtract, a, b)
                if a != b && (self.fused[a as usize] || self.fused[b as usize]) =>
            {
                let (product, other) = if self.fused[b as usize] { (b, a) } else { (a, b) };
                let plus = matches!(node, Node::Binary(Binary::Add, ..));
                let Node::Binary(_, c, d) = self.graph.nodes()[product as usize] else {
                    return (Step::Fill(0), Vec::new());
                };
                let o = self.operand(other, moment);
                if uniform(c) {
                    let (k, d_at) = (known(c), self.operand(d, moment));
                    return (Step::PlusTimes(o, d_at, k), vec![other, d]);
                }
                let factors = [self.operand(c, moment), self.operand(d, moment)];
                let step = if plus {
                    Step::PlusProduct(o, factors)
                } else {
                    Step::MinusProduct(o, factors)
                };
                (step, vec![other, c, d])
            }
            Node::Binary(f, a, b) if uniform(a) && !uniform(b) => {
                let (k, r) = (known(a), self.operand(b, moment));
                let step = match f {
                    Binary::Add => Step::Plus(r, k),
                    Binary::Multiply => Step::Times(r, k),
                    Binary::Subtract => Step::From(k, r),
                    Binary::Divide => Step::Over(k, r),
                    _ => Step::Binary(f, self.operand(a, moment), r),
                };
                (step, vec![b])
            }
            Node::Power([factor, base, exponent]) => {
                let places = [known(factor), known(exponent)];
                (Step::Power(places, self.operand(base, moment)), vec![base])
            }
            Node::Unary(f, u) => (Step::Unary(f, self.operand(u, moment)), vec![u]),
            Node::Binary(f, a, b) => {
                let step = Step::Binary(f, self.operand(a, moment), self.operand(b, moment));
                (step, self.in_registers(&[a, b]))
            }
            Node::Select(three) => {
                let step = Step::Select(three.map(|id| self.operand(id, moment)));
                (step, self.in_registers(&three))
            }
            Node::Constant(_) | Node::Parameter(_) | Node::X | Node::Y => (Step::Fill(0), Vec::new()),
        }
    }

    fn in_registers(&self, ids: &[Id]) -> Vec<Id> {
        ids.iter().copied().filter(|&id| !self.graph.is_uniform(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::power;
    use super::*;

    #[test]
    fn powers_are_those_of_single_points() {
        let bases = [-1.5, 0.0, 0.3, 2.0];
        for (factor, exponent) in [(1.0, 3.0), (2.0, 0.5), (0.0, -1.0), (-1.0, -2.0)] {
            let mut out = [0.0; 4];
            powers(&mut out, &bases, factor, exponent);
            for (o, &b) in out.iter().zip(&bases) {
                assert_eq!(
                    o.to_bits(),
                    power(factor, b, exponent).to_bits(),
                    "{factor} {b}^{exponent}"
                );
            }
        }
    }
}
