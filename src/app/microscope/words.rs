//! What is said of each stage of a step: a name, and plain sentences with the numbers of this very step.

use crate::app::widgets::{grouped, percent, short};
use crate::flow::{Event, Rate, Reaction, Stage, Transport};
use crate::sim::Anatomy;
use crate::space::Point;
use crate::words::t;

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

fn name(stage: &Stage, anatomy: &Anatomy) -> &'static str {
    match stage.event {
        Event::Before => t!("Before the step"),
        Event::Drift { .. } => t!("Drift"),
        Event::Noise { .. } if anatomy.flow.transport.refuses() => t!("Noise: the move proposed"),
        Event::Noise { .. } => t!("Noise"),
        Event::Refusals { .. } => t!("Accept or refuse"),
        Event::Kick { .. } => t!("B: the slope changes velocities"),
        Event::Glide { .. } => t!("A: half a glide"),
        Event::Friction { .. } => t!("O: friction and noise"),
        Event::Lost { .. } => t!("Lost"),
        Event::Equalised => t!("Equal weights first"),
        Event::Weighed { .. } => t!("Weights"),
        Event::Jumped {
            rule: Reaction::BirthDeath,
            ..
        } => t!("Births and deaths"),
        Event::Jumped { .. } => t!("Jumps"),
        Event::Checked { .. } => t!("Enough particles?"),
        Event::Resampled { .. } => t!("Resampling"),
        Event::Collapsed => t!("Collapse"),
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
                (0.0, 0.0) => Some(t!("Here nothing happens: both rates are 0.")),
                (0.0, _) => Some(t!("Here nobody walks: α = 0.")),
                (_, 0.0) => Some(t!("Here no weight changes: β = 0.")),
                _ => None,
            };
            let picture = t!(
                "{count} particles at t = {time}. The area of a disc is the weight of its particle.",
                count = grouped(n as i64),
                time = format_args!("{:.3}", anatomy.time)
            );
            std::iter::once(picture.as_str())
                .chain(still)
                .collect::<Vec<_>>()
                .join(" ")
        }
        Event::Drift { .. } => t!(
            "Everybody slides downhill by α dt times the slope of V, {length} on average.",
            length = moved()
        ),
        Event::Noise { size, averaged: false } => {
            t!(
                "Everybody is kicked by √(2α dt) ξ, about {length} along each axis.",
                length = short(size)
            )
        }
        Event::Noise { size, averaged: true } => t!(
            "Everybody is kicked by the mean of the noise of this step and of the last, about {length} along each axis.",
            length = short(size)
        ),
        Event::Refusals { proposed, accepted } => t!(
            "A move may be taken back, the more likely the more it goes against π: {count} of {all} are.",
            count = grouped((proposed - accepted) as i64),
            all = grouped(proposed as i64)
        ),
        Event::Kick { .. } => t!(
            "Velocities change by h/2 times the slope of V, {change} on average; positions stay.",
            change = mean(&|k| (stage.particles[k].carried - before.particles[k].carried).norm())
        ),
        Event::Glide { .. } => t!(
            "Everybody goes on by h/2 times the velocity, {length} on average.",
            length = moved()
        ),
        Event::Friction { keep, noise } => t!(
            "Velocities keep {percent} % of what they were, and get noise of {noise} along each axis.",
            percent = short(100.0 * keep),
            noise = short(noise)
        ),
        Event::Lost { count } => lost(count),
        Event::Equalised => equalised(stage.replaced),
        Event::Weighed { time } => weighed(anatomy, stage, time),
        Event::Jumped { .. } => jumped(anatomy, stage),
        Event::Checked {
            threshold,
            uniform,
            resamples,
        } => checked(stage.ess / n as f64, threshold, (uniform, resamples)),
        Event::Resampled { .. } => resampled(stage.replaced, (before.families as i64, stage.families as i64)),
        Event::Collapsed => t!("No particle has any weight left: the run stops here.").to_owned(),
    }
}

fn weighed(anatomy: &Anatomy, stage: &Stage, time: f64) -> String {
    let finite = || stage.growth.iter().copied().filter(|g| g.is_finite());
    let (least, most) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), g| (a.min(g), b.max(g)));
    if least > most {
        return t!("No weight changes.").to_owned();
    }
    let (least_change, most_change) = (change(least), change(most));
    let (least, most) = (signed(least / time), signed(most / time));
    match anatomy.flow.rate {
        Rate::FisherRao => t!(
            "Weights grow where ρ is below π and shrink where it is above: by {least_change} to {most_change}, at rates from {least} to \
             {most} per time.",
            least_change,
            most_change,
            least,
            most
        ),
        _ => t!(
            "Weights grow where the rate g of this flow is above its mean: by {least_change} to {most_change}, at rates from {least} to \
             {most} per time.",
            least_change,
            most_change,
            least,
            most
        ),
    }
}

fn jumped(anatomy: &Anatomy, stage: &Stage) -> String {
    let all = grouped(anatomy.particles as i64);
    if stage.replaced == 0 {
        return t!(
            "Nobody of {all} leaves in this step: chances are small in so short a time.",
            all
        );
    }
    let count = grouped(stage.replaced as i64);
    match anatomy.flow.reaction {
        Reaction::BirthDeath => t!(
            "{count} of {all} die, or make room for a copy of another: no weights, but particles, are more or fewer.",
            count,
            all
        ),
        _ => t!(
            "{count} of {all} leave where ρ is above its due, and land as copies where it is below.",
            count,
            all
        ),
    }
}

fn checked(share: f64, threshold: f64, (uniform, resamples): (bool, bool)) -> String {
    if uniform {
        return t!("All weights are equal: there is nothing to resample.").to_owned();
    }
    let (share, limit) = (percent(share), percent(threshold));
    if threshold == 0.0 {
        t!(
            "The weights are worth {share} of the particles. This panel never resamples.",
            share
        )
    } else if threshold == 1.0 {
        t!(
            "The weights are worth {share} of the particles. This panel resamples after every step.",
            share
        )
    } else if resamples {
        t!(
            "The weights are worth {share} of the particles. That is below {limit}: resample.",
            share,
            limit
        )
    } else {
        t!(
            "The weights are worth {share} of the particles. That is not below {limit}: nobody is replaced.",
            share,
            limit
        )
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
            text: match replaced {
                1 => t!("In this step one particle is replaced.").to_owned(),
                _ => t!(
                    "In this step {count} particles are replaced.",
                    count = grouped(replaced as i64)
                ),
            },
            may_come: true,
        };
    }
    if anatomy.flow.beta == 0.0 {
        return say(
            t!("Weights never change here (β = 0), so nobody is ever replaced."),
            false,
        );
    }
    if anatomy.flow.reaction != Reaction::Weights {
        return say(t!("Nobody was replaced in this step: nobody happened to jump."), true);
    }
    match anatomy.check() {
        Some((_, _, 0.0)) => say(t!("Nobody was replaced: this panel never resamples."), false),
        Some((_, share, threshold)) if share < threshold => say(t!("Nobody had to be replaced in this step."), true),
        Some((_, share, threshold)) => Ending {
            text: t!(
                "Nobody was replaced: the effective sample size, {share}, is not below {limit}.",
                share = percent(share),
                limit = percent(threshold)
            ),
            may_come: true,
        },
        None => say(t!("Nobody was replaced in this step."), true),
    }
}

fn lost(count: u64) -> String {
    match count {
        1 => t!(
            "One particle flew beyond all numbers: without weight it stands beside the heaviest. A smaller time step helps."
        )
        .to_owned(),
        _ => t!(
            "{count} particles flew beyond all numbers: without weight they stand beside the heaviest. A smaller time step helps.",
            count = grouped(count as i64)
        ),
    }
}

fn equalised(replaced: u64) -> String {
    match replaced {
        0 => t!("Whoever jumps must weigh like everybody: no particle is replaced by a copy.").to_owned(),
        1 => t!("Whoever jumps must weigh like everybody: one particle is replaced by a copy.").to_owned(),
        _ => t!(
            "Whoever jumps must weigh like everybody: {count} particles are replaced by copies.",
            count = grouped(replaced as i64)
        ),
    }
}

fn resampled(replaced: u64, (before, now): (i64, i64)) -> String {
    let (before, now) = (grouped(before), grouped(now));
    match replaced {
        0 => t!(
            "No particle is replaced, and all weights are equal again. Families: {before} before, {now} now.",
            before,
            now
        ),
        1 => t!(
            "One particle is replaced by a copy of a heavier one, and all weights are equal again. Families: {before} before, {now} now.",
            before,
            now
        ),
        _ => t!(
            "{count} particles are replaced by copies of heavier ones, and all weights are equal again. Families: {before} before, \
             {now} now.",
            count = grouped(replaced as i64),
            before,
            now
        ),
    }
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
