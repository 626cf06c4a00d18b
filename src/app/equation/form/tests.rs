use super::*;
use crate::target::Shape;

fn flows() -> Vec<Flow> {
    let rates = [
        Rate::FisherRao,
        Rate::Quadratic(2.0, -1.0),
        Rate::Quadratic(0.0, 0.25),
        Rate::Quadratic(0.0, 0.0),
        Rate::Potential(Box::new(Shape::all().remove(0))),
        Rate::Corrected(-0.5),
        Rate::Corrected(0.25),
    ];
    let reactions = [Reaction::Weights, Reaction::Jump, Reaction::BirthDeath];
    let mut flows = Vec::new();
    for (rate, transport) in rates
        .into_iter()
        .flat_map(|rate| Transport::ALL.map(|t| (rate.clone(), t)))
    {
        flows.extend(reactions.map(|reaction| Flow {
            rate: rate.clone(),
            transport,
            reaction,
            ..Flow::wfr()
        }));
    }
    flows
}

/// The equations of panels that go from noise to data.
fn mixtures() -> Vec<Form> {
    use crate::reverse::{Drift, Weights};
    use crate::score::Blend as Law;
    use crate::target::Blend;

    let blend = Blend::default();
    let laws = [
        Law::of_two(0.0, 1.5),
        Law::of_two(1.0, 0.5),
        Law::of_two(-0.5, 0.5),
        Law::product(vec![1.5, -0.25]),
        Law {
            at_noise: Some(vec![0.0, 1.0]),
            ..Law::of_two(0.5, 0.5)
        },
    ];
    let mut forms = Vec::new();
    for law in laws {
        let blend = Blend::new(blend.models().to_vec(), law, blend.schedule()).unwrap();
        for drift in [Drift::Blend, Drift::And, Drift::Fixed(vec![1.0, -2.0])] {
            for weights in [Weights::Exact, Weights::Rate] {
                let flow = Flow::reverse("With weights", true);
                let mut method = flow.reverse.clone().unwrap();
                (method.drift, method.weights) = (drift.clone(), weights);
                forms.push(crate::app::equation::reverse::form(&flow, &method, (&blend, 7.5)));
            }
        }
    }
    forms
}

#[test]
fn every_mixture_has_its_own_equation() {
    let forms: Vec<[String; 2]> = mixtures()
        .iter()
        .map(|form| [text(&form.law), text(&form.particles)])
        .collect();
    let laws: Vec<&str> = forms.iter().step_by(6).map(|[law, _]| law.as_str()).collect();
    assert_eq!(
        laws,
        [
            "logρ = (1 − β)logp + βlogq",
            "logρ = log((1 − β)p + βq)",
            "logρ = 1/alog((1 − β)p^a + βq^a)",
            "logρ = 1.5logp − 0.25logq",
            "logρ = 1/alog((1 − β)p^a + βq^a)",
        ]
    );
    let weights = |k: usize| forms[k][1].rsplit_once("= ").map(|(_, weight)| weight.to_owned());
    assert_eq!(weights(0).as_deref(), Some("exact weights"));
    assert_eq!(weights(1).as_deref(), Some("−1/2bVar(s) dτ"));
    assert_eq!(weights(7).as_deref(), Some("−1/2(1 − a)bVar(s) dτ"));
    // D (Σ w − 1) with two coordinates.
    assert_eq!(weights(19).as_deref(), Some("−1/2b(Var(s) + 0.5) dτ"));
    assert_eq!(
        weights(25).as_deref(),
        Some("g dτ"),
        "shares that change have a rate of their own"
    );
    assert!(forms[4][1].contains("b(s_p − 2s_q)"), "{}", forms[4][1]);
}

#[test]
fn every_letter_has_a_glyph_in_its_own_font() {
    let ctx = eframe::egui::Context::default();
    crate::render::fonts::install(&ctx);
    let mut letters = Vec::new();
    for (flow, pace) in flows()
        .iter()
        .flat_map(|f| [(f, Pace::Rates), (f, Pace::EqualDissipation)])
    {
        let form = Form::of(flow, pace);
        for piece in form.law.iter().chain(&form.particles) {
            piece.math.letters(&mut |face, letter| letters.push((face, letter)));
        }
    }
    for form in mixtures() {
        for piece in form.law.iter().chain(&form.particles) {
            piece.math.letters(&mut |face, letter| letters.push((face, letter)));
        }
    }
    letters.sort_by_key(|(face, letter)| (*face as u8, *letter));
    letters.dedup();
    assert!(letters.len() > 35, "{letters:?}");
    for _ in 0..2 {
        ctx.run_ui(Default::default(), |_| {}).textures_delta.clear();
    }
    assert!(crate::render::fonts::ready(&ctx));
    for (face, letter) in letters {
        let font = eframe::egui::FontId::new(20.0, face.family());
        assert!(
            ctx.fonts_mut(|fonts| fonts.has_glyph(&font, letter)),
            "{face:?} has no {letter:?}"
        );
    }
}

#[test]
fn every_flow_has_its_own_equation() {
    let lines = |flow: &Flow, pace: Pace| {
        let form = Form::of(flow, pace);
        [text(&form.law), text(&form.particles)]
    };
    let wfr = Flow::wfr();
    assert_eq!(
        lines(&wfr, Pace::Rates),
        [
            "∂ρ/∂t = α∇⋅(ρ∇log(ρ/π)) −βρ(log(ρ/π) − 𝔼_ρlog(ρ/π))",
            "dX = −α∇V dt +√(2α)dW, dA = −β(logρ + V) dt"
        ]
    );
    assert_eq!(
        lines(&wfr, Pace::EqualDissipation),
        [
            "∂ρ/∂t = cα∇⋅(ρ∇log(ρ/π)) −cβρ(log(ρ/π) − 𝔼_ρlog(ρ/π))",
            "dX = −cα∇V dt +√(2cα)dW, dA = −cβ(logρ + V) dt"
        ]
    );
    let of = |rate: Rate, transport: Transport, reaction: Reaction| {
        let flow = Flow {
            rate,
            transport,
            reaction,
            ..Flow::wfr()
        };
        lines(&flow, Pace::Rates)
    };
    let overdamped = Transport::default();
    assert_eq!(
        of(Rate::Corrected(-0.5), overdamped, Reaction::Weights),
        [
            "∂ρ/∂t = α∇⋅(∇ρ + 0.5ρ∇V) −βρ(𝔼_ρg − g)",
            "dX = −0.5α∇V dt +√(2α)dW, dA = βg dt, g = −0.5(|∇V|^2 − ΔV)"
        ]
    );
    assert_eq!(
        of(Rate::FisherRao, Transport::Underdamped(1.0), Reaction::Weights),
        [
            "∂ρ/∂t = α(γ∇_v⋅(ρv + ∇_vρ) + ∇V⋅∇_vρ − v⋅∇_xρ) −βρ(log(ρ_x/π) − 𝔼_ρlog(ρ_x/π))",
            "dX = αv dt, dv = −α(∇V + γv) dt +√(2αγ)dW, dA = −β(logρ_x + V) dt"
        ]
    );
    assert_eq!(
        of(Rate::Quadratic(2.0, -1.0), overdamped, Reaction::Weights)[1],
        "dX = −α∇V dt +√(2α)dW, dA = βg dt, g = −1/2(2x^2 − y^2)"
    );
    assert_eq!(
        of(Rate::FisherRao, overdamped, Reaction::Jump)[1],
        "dX = −α∇V dt +√(2α)dW,  leaves at rate β(log(ρ/π) − 𝔼_ρlog(ρ/π))_+"
    );
    assert!(of(Rate::FisherRao, overdamped, Reaction::BirthDeath)[1].contains("dies at rate β("));
}
