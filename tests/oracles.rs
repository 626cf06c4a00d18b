//! Particles against laws known in closed form: Gaussians stay Gaussian.
//! Everything expected is computed in the tests; the formulas are in `common/gauss.rs`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::blob;
use common::gauss::{ACROSS, Gauss, LIE, Law, START, TABLE, TARGET, agree, kl, measure, towards_target};
use wfr_lab::flow::{Flow, Splitting};
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{Scenario, Start};

#[test]
fn the_maps_reach_table_a_as_dt_and_h_vanish() {
    for (alpha, beta, t, m, c, divergence) in TABLE {
        let law = Law {
            alpha,
            beta,
            dt: 0.0,
            h: 0.0,
            splitting: LIE,
        };
        let exact = law.flow(t);
        assert!(
            (exact.m - m).abs() < 1e-9 && (exact.c - c).abs() < 1e-9,
            "{alpha} {beta} {t}: {exact:?}"
        );
        assert!(
            (kl(exact, TARGET) - divergence).abs() < 1e-9,
            "KL {}",
            kl(exact, TARGET)
        );
        // The error of a kernel is of order h², that of a step of order dt: halved with either.
        let error = |g: Gauss| (g.m - m).hypot(g.c - c);
        let of_h = |h: f64| error(Law { h, ..law }.flow(t));
        assert!(beta == 0.0 || (of_h(0.02) / of_h(0.01) - 4.0).abs() < 0.02);
        for splitting in [
            Splitting::TransportReaction,
            Splitting::ReactionTransport,
            Splitting::Strang,
        ] {
            let of_dt = |n: usize| {
                error(
                    Law {
                        dt: t / n as f64,
                        splitting,
                        ..law
                    }
                    .after(n, START, TARGET),
                )
            };
            if alpha > 0.0 {
                assert!((of_dt(10_000) / of_dt(20_000) - 2.0).abs() < 0.01, "{splitting:?}");
            } else {
                // The exponent φ is the exact flow of pure Fisher–Rao, in steps of any size.
                assert!(of_dt(1) < 1e-11 && of_dt(3) < 1e-11);
            }
        }
    }
}

#[test]
fn particles_follow_table_a() {
    let (dt, h) = (0.05, 0.5);
    let rates = [(1.0, 0.0), (0.0, 1.0), (0.7, 1.3)];
    let laws = rates.map(|(alpha, beta)| Law {
        alpha,
        beta,
        dt,
        h,
        splitting: LIE,
    });
    let panels = laws
        .iter()
        .zip(["W", "FR", "WFR"])
        .map(|(law, name)| law.panel(name))
        .collect();
    let times = [0.25, 1.0, 3.0];
    let steps = times.map(|t| (t / dt).round() as usize);
    let seen = measure(&towards_target(dt, panels), (100, 20), &steps);
    for (alpha, beta, t, ..) in TABLE {
        let panel = rates.iter().position(|rates| *rates == (alpha, beta)).unwrap();
        let time = times.iter().position(|time| *time == t).unwrap();
        let law = laws[panel];
        let (along, across) = (
            law.after(steps[time], START, TARGET),
            law.after(steps[time], ACROSS, ACROSS),
        );
        agree(&format!("α {alpha} β {beta} t {t}"), seen[time][panel], along, across);
    }
}

#[test]
fn weights_follow_fisher_rao_however_often_they_are_resampled() {
    let (dt, h, steps) = (0.25, 0.5, 4);
    let law = Law {
        alpha: 0.0,
        beta: 1.0,
        dt,
        h,
        splitting: LIE,
    };
    let settings = [
        (Scheme::Systematic, 0.0),
        (Scheme::Systematic, 1.0),
        (Scheme::Multinomial, 0.9),
        (Scheme::Stratified, 0.8),
    ];
    let panel = |(scheme, threshold)| {
        let resampling = Some(Resampling {
            scheme,
            threshold,
            ..Resampling::default()
        });
        Flow {
            resampling,
            ..law.panel(&format!("{scheme:?} {threshold}"))
        }
    };
    let seen = measure(&towards_target(dt, settings.map(panel).to_vec()), (200, 20), &[steps]).remove(0);
    let (along, across) = (law.after(steps, START, TARGET), law.after(steps, ACROSS, ACROSS));
    for (seen, setting) in seen.iter().zip(settings) {
        agree(&format!("{setting:?}"), *seen, along, across);
    }

    // Traps of §12, each as the law that a program caught in it would follow.
    let phi = 1.0 - (-law.beta * dt).exp();
    let fold = |exponent: f64| (0..steps).fold(START, |g, _| law.react_by(exponent, g, TARGET));
    // 1: weights multiplied by e^(+β(log ρ + V) dt).
    let sign = fold(-phi);
    // 2: the density of the particles instead of the weighted law. Positions stay, so every step multiplies by the same.
    let unweighted = law.react_by(phi * steps as f64, START, TARGET);
    // 3: the exponent β dt instead of 1 − e^(−β dt).
    let linear = fold(law.beta * dt);
    // No kernel, or one twice as wide.
    let sharp = Law { h: 0.0, ..law }.after(steps, START, TARGET);
    let wide = Law { h: 2.0 * h, ..law }.after(steps, START, TARGET);
    for (what, wrong) in [
        ("sign", sign),
        ("unweighted", unweighted),
        ("linear", linear),
        ("sharp", sharp),
        ("wide", wide),
    ] {
        // The panel that is never resampled is the one in which the weights matter most.
        let worst = seen[0][0].z(wrong.m).abs().max(seen[0][1].z(wrong.c).abs());
        println!("{what}: {wrong:?}, z = {worst:.1}");
        assert!(
            worst > common::LIMIT,
            "{what}: {:?} cannot be told from {wrong:?}",
            seen[0]
        );
    }
}

#[test]
fn particles_can_tell_the_orders_of_a_splitting() {
    let (dt, h, steps) = (0.2, 0.5, 5);
    let orders = [
        Splitting::TransportReaction,
        Splitting::ReactionTransport,
        Splitting::Strang,
    ];
    let laws = orders.map(|splitting| Law {
        alpha: 0.7,
        beta: 1.3,
        dt,
        h,
        splitting,
    });
    let panels = laws
        .iter()
        .map(|law| law.panel(&format!("{:?}", law.splitting)))
        .collect();
    // A narrow start, from which the orders differ most.
    let scenario = Scenario {
        start: Start::Gaussian(blob(1.0, (START.m, ACROSS.m), (0.1, ACROSS.c))),
        ..towards_target(dt, panels)
    };
    let narrow = Gauss { c: 0.1, ..START };
    let seen = measure(&scenario, (300, 20), &[1, steps]);
    for (seen, steps) in seen.iter().zip([1, steps]) {
        for (i, (seen, law)) in seen.iter().zip(laws).enumerate() {
            let what = format!("{:?} after {steps}", law.splitting);
            agree(
                &what,
                *seen,
                law.after(steps, narrow, TARGET),
                law.after(steps, ACROSS, ACROSS),
            );
            for (j, other) in laws.iter().enumerate().filter(|(j, _)| *j != i) {
                let wrong = other.after(steps, narrow, TARGET);
                let z = seen[0].z(wrong.m).abs().max(seen[1].z(wrong.c).abs());
                println!("{what} against {:?}: z = {z:.1}", orders[j]);
                assert!(z > common::LIMIT, "{what} cannot be told from {:?}", orders[j]);
            }
        }
    }
}

#[test]
fn stationary_variances_are_those_of_the_discrete_chain() {
    // §7 and §10: S = 0.8, α = 0.5, β = 2, dt = 0.2: Euler–Maruyama alone stands at S/(1 − α dt/2S) = .853, its split with
    // Fisher–Rao at .817 for a sharp kernel, and at the fixed point of the maps for any other.
    let (dt, h) = (0.2, 0.4);
    let langevin = Law {
        alpha: 0.5,
        beta: 0.0,
        dt,
        h,
        splitting: LIE,
    };
    let wfr = Law { beta: 2.0, ..langevin };
    let rest = |law: Law| law.after(400, TARGET, TARGET).c;
    assert!((rest(langevin) - TARGET.c / (1.0 - 0.5 * dt / (2.0 * TARGET.c))).abs() < 1e-12);
    assert!((rest(langevin) - 0.853).abs() < 5e-4 && (rest(Law { h: 0.0, ..wfr }) - 0.817).abs() < 5e-4);
    // §7 again: the bias of the kernel alone, dt → 0.
    for (h, expected) in [(0.2, 0.776), (0.4, 0.714), (0.8, 0.575)] {
        let law = Law {
            alpha: 0.5,
            beta: 2.0,
            dt: 0.0,
            h,
            splitting: LIE,
        };
        assert!(
            (law.flow(20.0).c - expected).abs() < 5e-4,
            "h {h}: {:?}",
            law.flow(20.0)
        );
    }
    let settle = 60;
    let seen = measure(
        &towards_target(dt, vec![langevin.panel("W"), wfr.panel("WFR")]),
        (400, 20),
        &[settle],
    )
    .remove(0);
    for (seen, law) in seen.into_iter().zip([langevin, wfr]) {
        let what = format!("β {}", law.beta);
        agree(
            &what,
            seen,
            law.after(settle, START, TARGET),
            law.after(settle, ACROSS, ACROSS),
        );
        seen[1].differs(&format!("{what} var x is not that of the target"), TARGET.c);
    }
}
