//! The equation of a flow, as law and as particles: what stands there is what the panel runs.

use super::typeset::{Math, it, parens, row, sign, squared, sub, up};
use crate::app::widgets::short;
use crate::flow::{Flow, Rate, Reaction, Transport};
use crate::lecture::Term;
use crate::render::fonts::Face;
use crate::scenario::Pace;
use crate::words::{msg, said, t};

/// What a term belongs to, and what its switch sets to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::app) enum Side {
    /// The transport, with α.
    Transport,
    /// The reaction, with β.
    Reaction,
}

/// What tells how large a term is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Measure {
    /// α I: what walking dissipates.
    Walked,
    /// β Var: what the reaction dissipates.
    Reweighted,
    /// α |∇V|, in a potential so much steeper.
    Drift(f64),
    /// √(2α), times this.
    Noise(f64),
    /// α |v|.
    Speed,
    /// α |∇V + γv|.
    Force,
    /// β times the spread of g.
    Growth,
    /// Nothing is measured: its note says what there is to say.
    Told,
}

/// A term of an equation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TermOf {
    pub(super) side: Side,
    pub(super) term: Term,
    pub(super) measure: Measure,
    /// What it is called.
    pub(super) name: &'static str,
}

/// What there is to say of a piece of which nothing is measured.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Note {
    /// What it is called, in English.
    pub(super) name: &'static str,
    /// What stands beneath it.
    pub(super) label: String,
    pub(super) help: String,
}

/// A piece of an equation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// The term that it is; the others join terms.
    pub(super) term: Option<TermOf>,
    pub(super) note: Option<Note>,
    pub(super) math: Math,
}

/// The same flow twice.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Form {
    /// What the law does.
    pub(super) law: Vec<Piece>,
    /// What particles do.
    pub(super) particles: Vec<Piece>,
}

/// A line in plain text.
pub(super) fn text(line: &[Piece]) -> String {
    let mut text = String::new();
    for piece in line {
        // A term begins with its sign, or follows one.
        let stands_out = piece.term.is_some() || piece.note.is_some();
        let apart = stands_out && !text.is_empty() && !text.ends_with([' ', '(']);
        text.push_str(if apart { " " } else { "" });
        text.push_str(&piece.math.text());
    }
    text
}

impl Form {
    /// That of a flow, whose rates are driven by a factor c where the pace says so.
    pub(super) fn of(flow: &Flow, pace: Pace) -> Self {
        let rate = |letter: &str| match pace {
            Pace::Rates => it(letter),
            Pace::EqualDissipation => it(&format!("c{letter}")),
        };
        let symbols = Symbols {
            alpha: rate("α"),
            beta: rate("β"),
            flow,
        };
        Self {
            law: symbols.law(),
            particles: symbols.particles(),
        }
    }
}

pub(super) const fn join(math: Math) -> Piece {
    Piece {
        term: None,
        note: None,
        math,
    }
}

pub(super) const fn noted(note: Note, math: Math) -> Piece {
    Piece {
        term: None,
        note: Some(note),
        math,
    }
}

const fn transport(term: Term, name: &'static str, measure: Measure, math: Math) -> Piece {
    let term = TermOf {
        side: Side::Transport,
        term,
        measure,
        name,
    };
    Piece {
        term: Some(term),
        note: None,
        math,
    }
}

const fn reaction(name: &'static str, measure: Measure, math: Math) -> Piece {
    let term = TermOf {
        side: Side::Reaction,
        term: Term::Reaction,
        measure,
        name,
    };
    Piece {
        term: Some(term),
        note: None,
        math,
    }
}

/// What is written for the rates of a flow.
struct Symbols<'a> {
    alpha: Math,
    beta: Math,
    flow: &'a Flow,
}

impl Symbols<'_> {
    const fn friction(&self) -> bool {
        matches!(self.flow.transport, Transport::Underdamped(_))
    }

    /// ρ, or with velocities its marginal law of the positions.
    fn density(&self) -> Math {
        if self.friction() {
            sub(it("ρ"), it("x"))
        } else {
            it("ρ")
        }
    }

    /// log(ρ/π).
    fn ratio(&self) -> Math {
        row([up("log"), parens(row([self.density(), up("/"), it("π")]))])
    }

    /// What the reaction feeds or starves: log(ρ/π), or −g where that is given.
    fn excess(&self) -> Math {
        match self.flow.rate {
            Rate::FisherRao => row([self.ratio(), sign("−"), mean(), Math::Space(0.1), self.ratio()]),
            _ => row([mean(), Math::Space(0.1), it("g"), sign("−"), it("g")]),
        }
    }

    fn law(&self) -> Vec<Piece> {
        let left = Math::Fraction(row([up("∂"), it("ρ")]).into(), row([up("∂"), it("t")]).into());
        let by = |letter: &str| sub(up("∇"), it(letter));
        let walk = match (&self.flow.transport, &self.flow.rate) {
            (Transport::Underdamped(_), _) => Math::Parens(
                1.2,
                row([
                    it("γ"),
                    by("v"),
                    up("⋅"),
                    parens(row([it("ρv"), sign("+"), by("v"), it("ρ")])),
                    sign("+"),
                    up("∇"),
                    it("V"),
                    up("⋅"),
                    by("v"),
                    it("ρ"),
                    sign("−"),
                    it("v"),
                    up("⋅"),
                    by("x"),
                    it("ρ"),
                ])
                .into(),
            ),
            (_, Rate::Corrected(theta)) => row([
                up("∇⋅"),
                parens(row([
                    up("∇"),
                    it("ρ"),
                    sign("+"),
                    up(&short(1.0 + theta)),
                    it("ρ"),
                    up("∇"),
                    it("V"),
                ])),
            ]),
            _ => row([
                up("∇⋅"),
                parens(row([it("ρ"), up("∇"), Math::Space(0.08), self.ratio()])),
            ]),
        };
        let react = row([
            up("−"),
            Math::Space(0.12),
            self.beta.clone(),
            it("ρ"),
            Math::Parens(1.2, self.excess().into()),
        ]);
        let walked = match (&self.flow.transport, &self.flow.rate) {
            (Transport::Underdamped(_), _) => Measure::Speed,
            (_, Rate::Corrected(theta)) => Measure::Drift(1.0 + theta),
            _ => Measure::Walked,
        };
        let reacted = match self.flow.rate {
            Rate::FisherRao => Measure::Reweighted,
            _ => Measure::Growth,
        };
        vec![
            join(row([left, sign("=")])),
            transport(
                Term::Transport,
                msg!("Transport"),
                walked,
                row([self.alpha.clone(), walk]),
            ),
            reaction(msg!("Reaction"), reacted, react),
        ]
    }

    fn particles(&self) -> Vec<Piece> {
        let alpha = || self.alpha.clone();
        let (d, dt) = (
            |letter: &str| it(&format!("d{letter}")),
            || row([Math::Space(0.2), it("dt")]),
        );
        let minus = || row([up("−"), Math::Space(0.06)]);
        let mut pieces = vec![join(row([d("X"), sign("=")]))];
        let drift = |measure: Measure, math: Math| transport(Term::Drift, msg!("Drift"), measure, math);
        let noise = |times: f64, inner: Math| {
            let math = row([
                up("+"),
                Math::Space(0.12),
                Math::Root(inner.into()),
                Math::Space(0.12),
                d("W"),
            ]);
            transport(Term::Noise, msg!("Noise"), Measure::Noise(times), math)
        };
        match (&self.flow.transport, &self.flow.rate) {
            (Transport::Underdamped(friction), _) => {
                let flight = row([alpha(), it("v"), dt()]);
                pieces.push(transport(Term::Drift, msg!("Flight"), Measure::Speed, flight));
                pieces.push(join(row([up(","), Math::Space(0.5), d("v"), sign("=")])));
                let force = parens(row([up("∇"), it("V"), sign("+"), it("γv")]));
                pieces.push(drift(Measure::Force, row([minus(), alpha(), force, dt()])));
                pieces.push(noise(friction.sqrt(), row([up("2"), alpha(), it("γ")])));
            }
            (_, Rate::Corrected(theta)) => {
                let steep = up(&short(1.0 + theta));
                let drifted = row([minus(), steep, alpha(), up("∇"), it("V"), dt()]);
                pieces.push(drift(Measure::Drift(1.0 + theta), drifted));
                pieces.push(noise(1.0, row([up("2"), alpha()])));
            }
            _ => {
                pieces.push(drift(
                    Measure::Drift(1.0),
                    row([minus(), alpha(), up("∇"), it("V"), dt()]),
                ));
                pieces.push(noise(1.0, row([up("2"), alpha()])));
            }
        }
        let beta = self.beta.clone();
        let weigh = |math: Math| reaction(msg!("Weight"), Measure::Growth, math);
        match (self.flow.reaction, &self.flow.rate) {
            (Reaction::Weights, rate) => {
                pieces.push(join(row([up(","), Math::Space(0.5), d("A"), sign("=")])));
                pieces.push(weigh(match rate {
                    Rate::FisherRao => {
                        let inner = row([up("log"), Math::Space(0.1), self.density(), sign("+"), it("V")]);
                        row([minus(), beta, parens(inner), dt()])
                    }
                    _ => row([beta, it("g"), dt()]),
                }));
            }
            (jumps, _) => {
                let how = match jumps {
                    Reaction::BirthDeath => t!("dies at rate"),
                    _ => t!("leaves at rate"),
                };
                pieces.push(join(row([Math::Words(format!(",  {how}")), Math::Space(0.3)])));
                let positive = sub(Math::Parens(1.2, self.excess().into()), up("+"));
                pieces.push(weigh(row([beta, positive])));
            }
        }
        if let Some(given) = given(&self.flow.rate) {
            pieces.push(join(row([up(","), Math::Space(0.5), it("g"), sign("="), given])));
        }
        pieces
    }
}

/// The mean over ρ.
fn mean() -> Math {
    sub(Math::Letters(Face::Double, "E".to_owned()), it("ρ"))
}

/// What a given rate g is.
fn given(rate: &Rate) -> Option<Math> {
    let square = |letter: &str, of: f64| -> Vec<Math> {
        let times = if of.abs() == 1.0 { up("") } else { up(&short(of.abs())) };
        vec![times, squared(it(letter))]
    };
    match rate {
        Rate::FisherRao => None,
        Rate::Quadratic(x, y) => {
            let mut inner = Vec::new();
            for (letter, of) in [("x", *x), ("y", *y)].into_iter().filter(|(_, of)| *of != 0.0) {
                match (inner.is_empty(), of < 0.0) {
                    (true, true) => inner.push(up("−")),
                    (true, false) => {}
                    (false, true) => inner.push(sign("−")),
                    (false, false) => inner.push(sign("+")),
                }
                inner.extend(square(letter, of));
            }
            Some(if inner.is_empty() {
                up("0")
            } else {
                let half = Math::Fraction(up("1").into(), up("2").into());
                row([up("−"), half, parens(Math::Row(inner))])
            })
        }
        Rate::Potential(shape) => {
            let name = Math::Words(format!(" ({})", said(&crate::app::controls::readable(shape.name()))));
            Some(row([up("−"), it("U"), name]))
        }
        Rate::Corrected(theta) => {
            let slope = row([up("|∇"), it("V"), squared(up("|")), sign("−"), up("Δ"), it("V")]);
            let theta = up(&short(*theta).replace('-', "−"));
            Some(row([theta, parens(slope)]))
        }
    }
}

#[cfg(test)]
mod tests;
