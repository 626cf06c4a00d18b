//! The equation of a panel that goes from noise to data: the law that is wanted, and what particles and weights do for it.

use std::sync::Arc;

use eframe::egui::{Galley, Pos2, Rect, Role, Sense, Ui, WidgetInfo};

use super::form::{Form, Measure, Note, Piece, Side, TermOf, join, noted};
use super::line::Laid;
use super::typeset::{Math, it, parens, row, sign, sub, up};
use crate::app::theme::Theme;
use crate::app::widgets::short;
use crate::flow::Flow;
use crate::lecture::Term;
use crate::reverse::{Drift, Method, Weights};
use crate::score::Kind;
use crate::target::Blend;
use crate::words::{msg, said, t};

/// That of a panel under noise that comes at this rate now.
pub(super) fn form(flow: &Flow, method: &Method, (blend, rate): (&Blend, f64)) -> Form {
    Form {
        law: law(blend),
        particles: particles(flow, method, (blend, rate)),
    }
}

fn half() -> Math {
    Math::Fraction(up("1").into(), up("2").into())
}

/// The name of a model, as a variable where it is one letter.
fn model(name: &str) -> Math {
    if name.chars().count() == 1 && name.is_ascii() {
        it(name)
    } else {
        Math::Words(name.to_owned())
    }
}

/// Adds something so many times to a sum.
fn add(sum: &mut Vec<Math>, times: f64, what: Math) {
    match (sum.is_empty(), times < 0.0) {
        (true, true) => sum.push(up("−")),
        (true, false) => {}
        (false, true) => sum.push(sign("−")),
        (false, false) => sum.push(sign("+")),
    }
    if times.abs() != 1.0 {
        sum.extend([up(&short(times.abs())), Math::Space(0.1)]);
    }
    sum.push(what);
}

/// log ρ, made of the models.
fn law(blend: &Blend) -> Vec<Piece> {
    let law = blend.law();
    let pair = blend.models().len() == 2 && law.kind != Kind::Product;
    let a = law.exponent();
    let power = |base: Math| {
        if a == 1.0 {
            base
        } else {
            Math::Sup(base.into(), it("a").into())
        }
    };
    let mut sum = Vec::new();
    for (k, (part, weight)) in blend.models().iter().zip(&law.weights).enumerate() {
        let part = model(&part.name);
        let part = if a == 0.0 {
            row([up("log"), Math::Space(0.16), part])
        } else {
            power(part)
        };
        match (pair, k) {
            (true, 0) => sum.extend([parens(row([up("1"), sign("−"), it("β")])), Math::Space(0.1), part]),
            (true, _) => sum.extend([sign("+"), it("β"), Math::Space(0.1), part]),
            (false, _) => add(&mut sum, *weight, part),
        }
    }
    let wanted = if a == 0.0 {
        Math::Row(sum)
    } else {
        let inner = row([up("log"), Math::Parens(1.0, Math::Row(sum).into())]);
        if a == 1.0 {
            inner
        } else {
            row([Math::Fraction(up("1").into(), it("a").into()), Math::Space(0.1), inner])
        }
    };
    let figures: Vec<String> = [
        (a != 0.0).then(|| format!("a = {}", short(a).replace('-', "−"))),
        pair.then(|| format!("β = {}", short(law.weights[1]).replace('-', "−"))),
    ]
    .into_iter()
    .flatten()
    .collect();
    vec![
        join(row([up("log"), Math::Space(0.1), it("ρ"), sign("=")])),
        noted(
            Note {
                name: msg!("Law that is wanted"),
                label: figures.join(", "),
                help: t!("The law that is made of the models, up to a constant: at the data, and in the same way at every level of noise.")
                    .to_owned(),
            },
            wanted,
        ),
    ]
}

fn particles(flow: &Flow, method: &Method, (blend, rate): (&Blend, f64)) -> Vec<Piece> {
    let b = || it("b");
    let dt = || row([Math::Space(0.2), it("dτ")]);
    let figure = |value: f64| short(value);
    let score = match &method.drift {
        Drift::Blend => it("s"),
        Drift::And => sub(it("s"), Math::Words(t!("and").to_owned())),
        Drift::Fixed(constants) => {
            let mut sum = Vec::new();
            for (constant, part) in constants.iter().zip(blend.models()) {
                add(&mut sum, *constant, sub(it("s"), model(&part.name)));
            }
            parens(Math::Row(sum))
        }
    };
    let of_score = match method.drift {
        Drift::Blend => {
            t!(
                "s = λ₁ s₁ + λ₂ s₂ + …, the score of the law that is wanted, with the shares λ of the models at the place."
            )
        }
        Drift::Fixed(_) => {
            t!("The scores of the models, each times a constant: not the score of the law that is wanted.")
        }
        Drift::And => {
            t!("Between the two scores so that both log-densities grow alike. Where it leads is not known beforehand.")
        }
    };
    let mut pieces = vec![
        join(row([it("dX"), sign("="), up("(")])),
        noted(
            Note {
                name: msg!("Growth of the data"),
                label: format!("b = {}", figure(rate)),
                help: t!("Undoes how noise has shrunk the data. b is the rate at which noise came at this time, now {rate}.", rate = figure(rate)),
            },
            row([half(), Math::Space(0.06), b(), it("X")]),
        ),
        join(sign("+")),
        noted(
            Note {
                name: msg!("Score"),
                label: String::new(),
                help: t!("Leads to where more of the data are likely. {score}", score = of_score),
            },
            row([
                half(),
                parens(row([up("1"), sign("+"), it("η")])),
                Math::Space(0.06),
                b(),
                Math::Space(0.06),
                score,
            ]),
        ),
        join(row([up(")"), dt()])),
        noted(
            Note {
                name: msg!("Noise"),
                label: format!("η = {}", figure(method.eta)),
                help: t!(
                    "Noise of the way back: at η = 0 none and the way is an ordinary equation, at η = 1 as much as came over the data. The law does not depend on it."
                )
                .to_owned(),
            },
            row([
                Math::Space(0.1),
                up("+"),
                Math::Space(0.12),
                Math::Root(row([it("η"), b()]).into()),
                Math::Space(0.12),
                it("dW"),
            ]),
        ),
        join(row([
            up(","),
            Math::Space(0.5),
            it("d"),
            Math::Space(0.1),
            up("log"),
            Math::Space(0.1),
            it("w"),
            sign("="),
        ])),
    ];
    let term = TermOf {
        side: Side::Reaction,
        term: Term::Reaction,
        measure: Measure::Told,
        name: msg!("Weight"),
    };
    let (math, label, help) = weight(flow, method, blend);
    pieces.push(Piece {
        term: Some(term),
        note: Some(Note {
            name: msg!("Weight"),
            label,
            help,
        }),
        math,
    });
    pieces
}

/// What log-weights grow by, a figure of it, and what it means.
fn weight(flow: &Flow, method: &Method, blend: &Blend) -> (Math, String, String) {
    let law = blend.law();
    let why = t!(
        "The score of a mean of laws is not that of a law that noise comes over: where the two part, weights have to grow or shrink."
    );
    let known = method.drift == Drift::Blend && law.at_noise.is_none();
    let exact = method.weights == Weights::Exact || (flow.beta == 0.0 && method.weights == Weights::None);
    if exact {
        let words = Math::Words(t!("exact weights").to_owned());
        let help = t!(
            "{why} Each step multiplies by ρ(x′) and the probability of the way back from x′ to x, over ρ(x) and the probability of the way there: right on average at any number of steps, and e^∫g dτ when there are many.",
            why
        );
        return (words, String::new(), help);
    }
    let a = law.exponent();
    let mut parts = vec![up("−"), Math::Space(0.06), half(), Math::Space(0.06)];
    if known {
        if a != 0.0 {
            parts.extend([parens(row([up("1"), sign("−"), it("a")])), Math::Space(0.06)]);
        }
        parts.extend([it("b"), Math::Space(0.1)]);
        let variance = row([up("Var"), parens(it("s"))]);
        let sum: f64 = law.weights.iter().sum();
        if law.kind == Kind::Product && (sum - 1.0).abs() > 1e-9 {
            let excess = up(&short(2.0 * (sum - 1.0).abs()));
            let sign = sign(if sum > 1.0 { "+" } else { "−" });
            parts.push(parens(row([variance, sign, excess])));
        } else {
            parts.push(variance);
        }
    } else {
        parts = vec![it("g")];
    }
    parts.extend([Math::Space(0.2), it("dτ")]);
    let label = if known && a != 0.0 {
        format!("a = {}", short(a).replace('-', "−"))
    } else {
        String::new()
    };
    let help = t!(
        "{why} Their rate g is half the rate of noise times how much the scores of the models differ at the place, Var(s) = λ₁|s₁|² + λ₂|s₂|² + … − |s|²: none where the models agree, and none at a = 1.",
        why
    );
    (Math::Row(parts), label, help)
}

/// A piece that is no switch, with what there is to say of it.
pub(super) fn noted_ui(
    ui: &Ui,
    piece: &Laid,
    (rect, at, beneath): (Rect, Pos2, impl Fn(&Galley) -> Pos2),
    (panel, k): (usize, usize),
) {
    let tokens = Theme::of(ui).tokens();
    let Some(note) = &piece.note else { return };
    piece.set.paint(ui.painter(), at, tokens.text);
    if let Some((galley, _)) = &piece.label {
        ui.painter()
            .galley(beneath(galley), Arc::clone(galley), tokens.text_weak);
    }
    let id = ui.scope_id().with(("noted", panel, k, note.name));
    let response = ui.interact(rect, id, Sense::hover());
    let name = said(note.name);
    let says = if note.label.is_empty() {
        name.to_owned()
    } else {
        format!("{name}: {}", note.label)
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
    response.on_hover_text(format!("{name}\n{}", note.help));
}

/// What there is to say of the weights of particles from the noise, and what a click does to them.
pub(super) fn help_of_weights(note: &Note, on: bool) -> String {
    let click = if on {
        t!("Click to take the weights away: scores only.")
    } else {
        t!("Off: particles go by their scores only. Click to give them weights.")
    };
    format!("{}\n{click}", note.help)
}
