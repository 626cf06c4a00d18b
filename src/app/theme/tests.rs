//! Every text can be read, and colours are told apart by colour-blind eyes.
#![allow(clippy::print_stdout, reason = "a test prints how far colours are apart")]

use colorgrad::Color;

use super::*;
use crate::render::palette::Ramp;

const PROFILES: [Profile; 4] = [
    Profile {
        theme: Theme::Light,
        projector: false,
    },
    Profile {
        theme: Theme::Dark,
        projector: false,
    },
    Profile {
        theme: Theme::Light,
        projector: true,
    },
    Profile {
        theme: Theme::Dark,
        projector: true,
    },
];

/// Contrast of two opaque colours as the WCAG defines it: from 1 to 21.
fn contrast(a: Color32, b: Color32) -> f64 {
    let linear = |byte: u8| {
        let c = f64::from(byte) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let light = |c: Color32| 0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b());
    let (a, b) = (light(a) + 0.05, light(b) + 0.05);
    a.max(b) / a.min(b)
}

#[test]
fn contrast_is_that_of_the_standard() {
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-12);
    assert!((contrast(Color32::from_gray(0x77), Color32::WHITE) - 4.478).abs() < 1e-3);
}

fn opaque([r, g, b]: Rgb) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// Whatever lies under a plate: map, particles, arcs, exact lines with their rims.
fn under_plates(t: &Tokens) -> Vec<Color32> {
    let map = t.map.iter().copied().map(opaque);
    let drawn = [t.exact, t.field, Color32::BLACK, Color32::WHITE].into_iter();
    let particles = t.origins.iter().chain(&t.lineages).chain(&t.flows).copied();
    map.chain(drawn).chain(particles).collect()
}

/// How large a text is, which says how strong it has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Type {
    Body,
    /// From 18 pt: figures of masses.
    Large,
}

/// Every text with what it stands on.
fn texts(t: &Tokens) -> Vec<(&'static str, Type, Color32, Color32)> {
    use Type::{Body, Large};
    let mut pairs = Vec::new();
    for under in under_plates(t) {
        let plate = under.blend(t.plate);
        let weak = [("text", t.text), ("weak", t.text_weak), ("isoline", t.contour_text)];
        pairs.extend(weak.map(|(name, color)| (name, Body, color, plate)));
        pairs.extend(t.flows.map(|flow| ("mass", Large, flow, plate)));
        pairs.extend(t.models.map(|model| ("name of a model", Large, model, plate)));
    }
    for ground in [t.window, t.panel, t.field] {
        pairs.extend(t.flows.map(|flow| ("flow", Body, flow, ground)));
        pairs.extend([("text", Body, t.text, ground), ("weak", Body, t.text_weak, ground)]);
    }
    // Keys of plots stand on the field, and curves run beneath.
    for curve in t.flows {
        let key = curve.blend(t.field.gamma_multiply(super::super::axes::KEY));
        pairs.push(("key", Body, t.text, key));
    }
    for ground in [t.control, t.control_hovered] {
        pairs.extend([("text", Body, t.text, ground), ("weak", Body, t.text_weak, ground)]);
    }
    pairs.extend([
        ("notice", Body, t.on_notice, t.notice),
        ("error", Body, t.on_error, t.error),
        ("accent", Body, t.on_accent, t.accent),
        ("good", Body, t.good, t.panel),
        ("bad", Body, t.error, t.panel),
        ("link", Body, t.accent, t.panel),
    ]);
    pairs
}

#[test]
fn every_text_can_be_read() {
    for profile in PROFILES {
        for (name, kind, text, ground) in texts(profile.tokens()) {
            let least = match (profile.projector, kind) {
                // The figures of masses are small where wells are many.
                (false, _) | (true, Type::Large) => 4.5,
                (true, Type::Body) => 7.0,
            };
            let contrast = contrast(text, ground);
            assert!(
                contrast >= least,
                "{profile:?}, {name}: {text:?} on {ground:?} has {contrast:.2}, not {least}"
            );
        }
    }
}

#[test]
fn lines_and_marks_can_be_seen() {
    for profile in PROFILES {
        let t = profile.tokens();
        // Wells are where the map says least, and where particles are.
        let ground = opaque(t.map[0]);
        let seen = |name: &str, color: Color32, ground: Color32, least: f64| {
            let contrast = contrast(color, ground);
            assert!(
                contrast >= least,
                "{profile:?}, {name}: {color:?} on {ground:?} has {contrast:.2}"
            );
        };
        for color in t.origins {
            seen("origin", color, ground, 3.0);
        }
        // Six of them are bright on purpose: a family is told by its colour, not by each of its discs.
        for color in t.lineages {
            seen("lineage", color, ground, 1.9);
        }
        seen("focus ring on a control", t.text, t.control, 3.0);
        for ground in [t.window, t.panel, t.field] {
            seen("focus ring", t.text, ground, 3.0);
            seen("pressed", t.accent, ground, 3.0);
        }
        for color in t.flows {
            seen("curve", color, t.field, 3.0);
        }
    }
}

#[test]
fn a_profile_is_known_by_what_egui_was_told() {
    let ctx = egui::Context::default();
    for profile in PROFILES {
        apply(&ctx, profile);
        ctx.run_ui(egui::RawInput::default(), |ui| {
            assert_eq!((Theme::of(ui), Profile::of(ui.ctx())), (profile, profile));
        })
        .textures_delta
        .clear();
    }
}

/// How dichromats see linear light: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, IEEE TVCG 15 (2009) 1291, severity 1.
const EYES: [(&str, [[f64; 3]; 3]); 4] = [
    ("usual", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// A colour as these eyes see it, in `OKLab`.
fn seen(color: Color32, eyes: &[[f64; 3]; 3]) -> [f64; 3] {
    let [r, g, b, _] = Color::from_rgba8(color.r(), color.g(), color.b(), 255)
        .to_linear_rgba()
        .map(f64::from);
    let [r, g, b] = eyes.map(|row| (row[0] * r + row[1] * g + row[2] * b).clamp(0.0, 1.0) as f32);
    let [l, a, b, _] = Color::from_linear_rgba(r, g, b, 1.0).to_oklaba().map(f64::from);
    [l, a, b]
}

/// How different two colours look to these eyes: 100 times the distance in `OKLab`, where 2 is about what can just be noticed side by side.
fn difference(a: Color32, b: Color32, eyes: &[[f64; 3]; 3]) -> f64 {
    let (a, b) = (seen(a, eyes), seen(b, eyes));
    100.0 * (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn the_matrices_keep_greys_and_confuse_what_dichromats_confuse() {
    for (name, eyes) in &EYES {
        for row in eyes {
            assert!(
                (row.iter().sum::<f64>() - 1.0).abs() < 2e-6,
                "{name}: white stays white"
            );
        }
    }
    let [usual, protan, deutan, tritan] = EYES.each_ref().map(|(_, eyes)| eyes);
    let (red, green) = (rgb(0xb35a00), rgb(0x6b7d00));
    let (blue, teal) = (rgb(0x0a5fb4), rgb(0x006e57));
    assert!(difference(red, green, usual) > 12.0);
    assert!(difference(red, green, deutan) < 0.5 * difference(red, green, usual));
    assert!(difference(red, green, protan) < difference(red, green, usual));
    assert!(difference(blue, teal, usual) > 12.0 && difference(blue, teal, tritan) < 6.0);
}

/// The least difference among some colours, and between which.
fn least(colors: &[Color32]) -> (f64, String) {
    let mut least = (f64::INFINITY, String::new());
    for (name, eyes) in &EYES {
        for (k, a) in colors.iter().enumerate() {
            for (j, b) in colors.iter().enumerate().take(k) {
                let apart = difference(*a, *b, eyes);
                if apart < least.0 {
                    least = (apart, format!("{j} and {k}, {name}"));
                }
            }
        }
    }
    least
}

#[test]
fn colours_are_told_apart_by_all_eyes() {
    for profile in PROFILES {
        let t = profile.tokens();
        // All flows have marks of their own as well; the three that are compared in every lecture need none.
        // Models have breaks of their own as well; two of them are what is compared, over particles of the flows.
        let compared = [t.models[0], t.models[1], t.flows[0], t.flows[2]];
        let sets: [(&str, &[Color32], f64); 7] = [
            ("Langevin, Fisher–Rao, WFR", &t.flows[..3], 8.0),
            ("all flows", &t.flows, 1.0),
            ("two models over the usual flows", &compared, 5.0),
            ("all models", &t.models, 1.0),
            ("the first four wells", &t.origins[..4], 12.0),
            ("wells", &t.origins, 7.5),
            ("families", &t.lineages, 6.5),
        ];
        for (name, colors, wanted) in sets {
            let (apart, between) = least(colors);
            println!("{profile:?}, {name}: {apart:.1} ({between})");
            assert!(apart >= wanted, "{profile:?}, {name}: {apart:.1} ({between})");
        }
    }
}

/// What a translucent colour looks like over another.
fn over(color: Color32, strength: f32, ground: Color32) -> Color32 {
    ground.blend(color.gamma_multiply(strength))
}

/// What tells things apart besides words: with these eyes they differ by at least so much (100 times the distance in `OKLab`).
#[test]
fn what_is_drawn_stands_out_and_signs_differ_for_all_eyes() {
    for profile in PROFILES {
        let t = profile.tokens();
        let [low, zero, high] = t.diverging.map(opaque);
        let mut pairs: Vec<(String, Color32, Color32, f64)> = vec![
            // The gauge: its fill is dark while it is enough, of the colour of errors when it is not; its zone is hatched as well.
            ("gauge, enough and low".to_owned(), t.text, t.error, 15.0),
            ("gauge, fill and rail".to_owned(), t.text, t.field, 40.0),
            (
                "gauge, low and its zone".to_owned(),
                t.error,
                over(t.error, 0.22, t.field),
                15.0,
            ),
            (
                "gauge, hatching and zone".to_owned(),
                over(t.error, 0.75, t.field),
                over(t.error, 0.22, t.field),
                12.0,
            ),
            (
                "gauge, zone and rail".to_owned(),
                over(t.error, 0.22, t.field),
                t.field,
                3.0,
            ),
            // Ticks and crosses differ by shape; their colours help.
            ("holds and fails".to_owned(), t.good, t.error, 3.0),
            ("on and off".to_owned(), t.text, t.text_weak, 10.0),
            ("a notice and the panel".to_owned(), t.notice, t.panel, 3.0),
            ("pulses".to_owned(), low, high, 20.0),
            (
                "exact line and its rim".to_owned(),
                t.exact,
                t.exact_rim.to_opaque(),
                40.0,
            ),
        ];
        for (k, map) in t.map.iter().copied().map(opaque).enumerate() {
            // The landscape lies beneath everything: pulses and arrows of the tangent map over it, at their strongest.
            for (name, color) in [("grows", high), ("shrinks", low)] {
                pairs.push((format!("a pulse that {name} on the map, {k}"), color, map, 12.0));
            }
            pairs.push((format!("the exact line on the map, {k}"), t.exact, map, 40.0));
            for (model, color) in t.models.into_iter().enumerate() {
                pairs.push((format!("lines of model {model} on the map, {k}"), color, map, 20.0));
            }
            pairs.push((format!("an isoline on the map, {k}"), map.blend(t.contour), map, 8.0));
            for (flow, color) in t.flows.into_iter().enumerate() {
                // As ribbons are painted: half through, their heads nearly opaque.
                let [body, head] = [0.5, 0.9].map(|strength| over(color, strength, map));
                pairs.push((format!("body of ribbon {flow} on the map, {k}"), body, map, 10.0));
                pairs.push((format!("head of ribbon {flow} on the map, {k}"), head, map, 20.0));
                pairs.push((
                    format!("head and body of ribbon {flow} on the map, {k}"),
                    head,
                    body,
                    6.0,
                ));
            }
        }
        for (flow, color) in t.flows.into_iter().enumerate() {
            pairs.push((format!("curve {flow} on the field"), color, t.field, 25.0));
            pairs.push((format!("strip {flow} on zero"), color, zero, 20.0));
        }
        // All the bodies of ribbons of the three that are compared.
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let body = |k: usize| over(t.flows[k], 0.5, opaque(t.map[0]));
            pairs.push((format!("bodies of ribbons {a} and {b}"), body(a), body(b), 3.0));
        }
        let mut worst: std::collections::BTreeMap<String, (f64, String)> = std::collections::BTreeMap::new();
        for (name, a, b, wanted) in &pairs {
            for (eyes, matrix) in &EYES {
                let apart = difference(*a, *b, matrix);
                let kind = name
                    .trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == ',')
                    .to_owned();
                let found = worst.entry(kind).or_insert((f64::INFINITY, String::new()));
                if apart / wanted < found.0 {
                    *found = (apart / wanted, format!("{apart:.1} of {wanted} ({name}, {eyes})"));
                }
            }
        }
        for (kind, (_, least)) in &worst {
            println!("{profile:?}, {kind}: {least}");
        }
        let wrong: Vec<_> = worst.values().filter(|(part, _)| *part < 1.0).collect();
        assert!(wrong.is_empty(), "{profile:?}: {wrong:#?}");
    }
}

#[test]
fn the_diverging_scale_is_symmetric_in_lightness_and_its_ends_differ_for_all_eyes() {
    let usual = &EYES[0].1;
    for profile in PROFILES {
        let t = profile.tokens();
        let ramp = Ramp::through(&t.diverging);
        let light = |at: f64| seen(opaque(ramp.at(at)), usual)[0];
        let middle = light(0.5);
        let mut before = 0.0;
        for k in 0..=20 {
            let s = f64::from(k) / 40.0;
            let (below, above) = (light(0.5 - s), light(0.5 + s));
            assert!(
                (below - above).abs() < 0.015,
                "{profile:?} at {s}: {below:.3} and {above:.3}"
            );
            let away = (below - middle).abs();
            assert!(
                away >= before - 4e-3,
                "{profile:?} at {s}: the more, the further from the middle"
            );
            before = away;
        }
        for (name, eyes) in &EYES {
            let [low, zero, high] = t.diverging.map(opaque);
            for (a, b) in [(low, high), (low, zero), (zero, high)] {
                let apart = difference(a, b, eyes);
                assert!(apart > 20.0, "{profile:?}, {name}: {apart:.1}");
            }
        }
    }
}
