//! What is said of each stage of a step: a name, and plain sentences with the numbers of this very step.

use crate::app::widgets::{grouped, percent, short};
use crate::flow::{Event, Rate, Reaction, Stage, Transport};
use crate::sim::Anatomy;
use crate::space::Point;

/// What stands beside the picture of a stage.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    /// Its name.
    pub(super) name: &'static str,
    /// What happens.
    pub(super) text: String,
}

/// How the step ends for the question whether somebody was replaced.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ending {
    /// One sentence.
    pub(super) text: String,
    /// Whether a later step may replace somebody.
    pub(super) may_come: bool,
}

/// The words of all stages.
pub(super) fn words(anatomy: &Anatomy) -> Vec<Words> {
    let stages = anatomy.stages.iter().enumerate();
    stages
        .map(|(k, stage)| {
            let before = &anatomy.stages[k.saturating_sub(1)];
            Words {
                name: name(stage, anatomy),
                text: text(anatomy, before, stage),
            }
        })
        .collect()
}

const fn name(stage: &Stage, anatomy: &Anatomy) -> &'static str {
    match stage.event {
        Event::Before => "Before the step",
        Event::Drift { .. } => "Drift",
        Event::Noise { .. } if anatomy.flow.transport.refuses() => "Noise: the move proposed",
        Event::Noise { .. } => "Noise",
        Event::Refusals { .. } => "Accept or refuse",
        Event::Kick { .. } => "B: the slope changes velocities",
        Event::Glide { .. } => "A: half a glide",
        Event::Friction { .. } => "O: friction and noise",
        Event::Lost { .. } => "Lost",
        Event::Equalised => "Equal weights first",
        Event::Weighed { .. } => "Weights",
        Event::Jumped {
            rule: Reaction::BirthDeath,
            ..
        } => "Births and deaths",
        Event::Jumped { .. } => "Jumps",
        Event::Checked { .. } => "Enough particles?",
        Event::Resampled { .. } => "Resampling",
        Event::Collapsed => "Collapse",
    }
}

fn text(anatomy: &Anatomy, before: &Stage, stage: &Stage) -> String {
    let n = anatomy.particles;
    let mean = |length: &dyn Fn(usize) -> f64| {
        let count = stage.particles.len();
        short((0..count).map(length).sum::<f64>() / count.max(1) as f64)
    };
    let moved = || mean(&|k| (stage.particles[k].at - before.particles[k].at).norm());
    match stage.event {
        Event::Before => {
            let still = match (anatomy.flow.alpha, anatomy.flow.beta) {
                (0.0, 0.0) => " Here nothing happens: both rates are 0.",
                (0.0, _) => " Here nobody walks: α = 0.",
                (_, 0.0) => " Here no weight changes: β = 0.",
                _ => "",
            };
            format!(
                "{} particles at t = {:.3}. The area of a disc is the weight of its particle.{still}",
                grouped(n as i64),
                anatomy.time
            )
        }
        Event::Drift { .. } => format!(
            "Everybody slides downhill by α dt times the slope of V, {} on average.",
            moved()
        ),
        Event::Noise { size, averaged: false } => {
            format!(
                "Everybody is kicked by √(2α dt) ξ, about {} along each axis.",
                short(size)
            )
        }
        Event::Noise { size, averaged: true } => format!(
            "Everybody is kicked by the mean of the noise of this step and of the last, about {} along each axis.",
            short(size)
        ),
        Event::Refusals { proposed, accepted } => format!(
            "A move may be taken back, the more likely the more it goes against π: {} of {} are.",
            grouped((proposed - accepted) as i64),
            grouped(proposed as i64)
        ),
        Event::Kick { .. } => format!(
            "Velocities change by h/2 times the slope of V, {} on average; positions stay.",
            mean(&|k| (stage.particles[k].carried - before.particles[k].carried).norm())
        ),
        Event::Glide { .. } => format!("Everybody goes on by h/2 times the velocity, {} on average.", moved()),
        Event::Friction { keep, noise } => format!(
            "Velocities keep {} % of what they were, and get noise of {} along each axis.",
            short(100.0 * keep),
            short(noise)
        ),
        Event::Lost { count } => format!(
            "{} flew beyond all numbers: without weight they stand beside the heaviest. A smaller time step helps.",
            counted(count)
        ),
        Event::Equalised => format!(
            "Whoever jumps must weigh like everybody: {} replaced by copies.",
            are(stage.replaced)
        ),
        Event::Weighed { time } => weighed(anatomy, stage, time),
        Event::Jumped { .. } => jumped(anatomy, stage),
        Event::Checked {
            threshold,
            uniform,
            resamples,
        } => checked(stage.ess / n as f64, threshold, (uniform, resamples)),
        Event::Resampled { .. } => format!(
            "{} replaced by copies of heavier ones, and all weights are equal again. Families: {} before, {} now.",
            sentence_of(&are(stage.replaced)),
            grouped(before.families as i64),
            grouped(stage.families as i64)
        ),
        Event::Collapsed => "No particle has any weight left: the run stops here.".to_owned(),
    }
}

fn weighed(anatomy: &Anatomy, stage: &Stage, time: f64) -> String {
    let finite = || stage.growth.iter().copied().filter(|g| g.is_finite());
    let (least, most) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), g| (a.min(g), b.max(g)));
    if least > most {
        return "No weight changes.".to_owned();
    }
    let why = match anatomy.flow.rate {
        Rate::FisherRao => "Weights grow where ρ is below π and shrink where it is above",
        _ => "Weights grow where the rate g of this flow is above its mean",
    };
    format!(
        "{why}: by {} to {}, at rates from {} to {} per time.",
        change(least),
        change(most),
        signed(least / time),
        signed(most / time)
    )
}

fn jumped(anatomy: &Anatomy, stage: &Stage) -> String {
    let n = grouped(anatomy.particles as i64);
    if stage.replaced == 0 {
        return format!("Nobody of {n} leaves in this step: chances are small in so short a time.");
    }
    match anatomy.flow.reaction {
        Reaction::BirthDeath => format!(
            "{} of {n} die, or make room for a copy of another: no weights, but particles, are more or fewer.",
            grouped(stage.replaced as i64)
        ),
        _ => format!(
            "{} of {n} leave where ρ is above its due, and land as copies where it is below.",
            grouped(stage.replaced as i64)
        ),
    }
}

fn checked(share: f64, threshold: f64, (uniform, resamples): (bool, bool)) -> String {
    if uniform {
        return "All weights are equal: there is nothing to resample.".to_owned();
    }
    let worth = format!("The weights are worth {} of the particles.", percent(share));
    if threshold == 0.0 {
        format!("{worth} This panel never resamples.")
    } else if threshold == 1.0 {
        format!("{worth} This panel resamples after every step.")
    } else if resamples {
        format!("{worth} That is below {}: resample.", percent(threshold))
    } else {
        format!("{worth} That is not below {}: nobody is replaced.", percent(threshold))
    }
}

/// What there is to say at the end.
pub(super) fn ending(anatomy: &Anatomy) -> Ending {
    let say = |text: &str, may_come| Ending {
        text: text.to_owned(),
        may_come,
    };
    let replaced = anatomy.replaced();
    if replaced > 0 {
        return Ending {
            text: format!("In this step {} replaced.", are(replaced)),
            may_come: true,
        };
    }
    if anatomy.flow.beta == 0.0 {
        return say("Weights never change here (β = 0), so nobody is ever replaced.", false);
    }
    if anatomy.flow.reaction != Reaction::Weights {
        return say("Nobody was replaced in this step: nobody happened to jump.", true);
    }
    match anatomy.check() {
        Some((_, _, 0.0)) => say("Nobody was replaced: this panel never resamples.", false),
        Some((_, share, threshold)) if share < threshold => say("Nobody had to be replaced in this step.", true),
        Some((_, share, threshold)) => Ending {
            text: format!(
                "Nobody was replaced: the effective sample size, {}, is not below {}.",
                percent(share),
                percent(threshold)
            ),
            may_come: true,
        },
        None => say("Nobody was replaced in this step.", true),
    }
}

fn counted(count: u64) -> String {
    match count {
        1 => "One particle".to_owned(),
        _ => format!("{} particles", grouped(count as i64)),
    }
}

fn are(count: u64) -> String {
    match count {
        0 => "no particle is".to_owned(),
        1 => "one particle is".to_owned(),
        _ => format!("{} particles are", grouped(count as i64)),
    }
}

fn sentence_of(text: &str) -> String {
    crate::app::widgets::sentence(text)
}

/// A change of a log-weight, as per cent of the weight.
fn change(growth: f64) -> String {
    let share = 100.0 * growth.exp_m1();
    format!("{} %", signed(share))
}

fn signed(value: f64) -> String {
    let size = value.abs();
    // Two digits tell enough of a range.
    let decimals = if size > 0.0 {
        (1.0 - size.log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        0
    };
    let digits = if size < 1000.0 {
        format!("{size:.decimals$}")
    } else {
        short(size)
    };
    format!("{}{digits}", if value < 0.0 { "−" } else { "+" })
}

/// By how much a typical walk of this step goes (length): the noise along both axes, or the velocity.
pub(super) fn stride(anatomy: &Anatomy) -> f64 {
    let h = anatomy.flow.alpha * anatomy.dt;
    let first = anatomy.stages.first().map_or(&[][..], |stage| &stage.particles);
    match anatomy.flow.transport {
        Transport::Underdamped(_) => {
            let squares = |v: Point| v.x * v.x + v.y * v.y;
            let sum: f64 = first.iter().map(|s| squares(s.carried)).sum();
            let mean = if sum > 0.0 { sum / first.len() as f64 } else { 2.0 };
            0.5 * h * mean.sqrt()
        }
        Transport::LeimkuhlerMatthews => (2.0 * h).sqrt(),
        Transport::EulerMaruyama | Transport::Mala => (4.0 * h).sqrt(),
    }
}
