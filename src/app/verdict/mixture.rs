//! What is wrong with particles that come from the noise, if anything is: weights that have collapsed, or a law that is not the one wanted.
//!
//! All figures are those of [`Observables`] and of the snapshot, so that a run without a window has the same.

use super::Verdict;
use crate::app::widgets::{grouped, percent};
use crate::digits::fixed;
use crate::flow::Flow;
use crate::observe::Observables;
use crate::reverse::Weights;
use crate::snapshot::{PanelSnapshot, Snapshot};
use crate::target::Scores;
use crate::words::t;

/// With a smaller share (ESS/N) a few particles speak for all.
const COLLAPSED: f64 = 0.03;
/// A particle that carries more than this has as good as all the weight around it.
const HEAVY: f64 = 0.05;
/// And so many times the weight of an average one, where particles are few.
const HEAVIER: f64 = 20.0;
/// Fewer families than this share, after resampling, are as bad if noise has not led them apart again.
const FEW_FAMILIES: f64 = 0.05;
/// A law is off when its KL is so many times what sampling explains.
const FLOORS: f64 = 4.0;
/// And at least this.
const LEAST: f64 = 0.005;

/// What there is to say of a panel that goes from noise to data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// The law is the one that is wanted, as far as sampling lets one tell.
    Sound,
    /// Few particles carry the weight.
    Collapsed,
    /// So few that one of them carries much of it.
    Heavy,
    /// Resampling has left the descendants of few.
    Families,
    /// Weights are fine, and the law is another.
    Mismatch,
    /// Without weights the law is another.
    Unweighted,
}

impl Signature {
    /// Of a panel with this flow and these figures.
    pub(super) fn of(flow: &Flow, panel: &PanelSnapshot) -> Self {
        let now: &Observables = &panel.now;
        let n = panel.particles.max(1) as f64;
        let off = now.kl > LEAST.max(FLOORS * panel.kl_floor);
        if flow.beta == 0.0 {
            return if off { Self::Unweighted } else { Self::Sound };
        }
        // After resampling weights are equal again, but those who share an ancestor may tell less than others.
        let kinship = (now.ess / now.families.max(1) as f64).max(1.0);
        if now.ess < COLLAPSED * n {
            Self::Collapsed
        } else if now.largest_weight > HEAVY.max(HEAVIER / n) {
            Self::Heavy
        } else if off && now.resamplings > 0 && (now.families as f64) < FEW_FAMILIES * n {
            Self::Families
        } else if off && now.kl > FLOORS * kinship * panel.kl_floor {
            Self::Mismatch
        } else {
            Self::Sound
        }
    }
}

/// One line about a panel that goes from noise to data; `None` where there is no such panel.
pub(super) fn verdict(snapshot: &Snapshot, index: usize) -> Option<Verdict> {
    let panel = snapshot.panels.get(index)?;
    let flow = snapshot.scenario.panels.get(index)?;
    let now = &panel.now;
    let [kl, explained] = [now.kl, panel.kl_floor].map(|v| fixed(v.max(0.0), 2, 4));
    let figures = t!("KL {kl}, sampling explains {explained}", kl, explained);
    let all = grouped(panel.particles as i64);
    let signature = Signature::of(flow, panel);
    let wordings = match signature {
        Signature::Sound => vec![
            t!("follows the law that is wanted: {figures}", figures),
            t!("follows the law that is wanted").to_owned(),
            t!("as wanted").to_owned(),
        ],
        Signature::Collapsed => {
            let ess = grouped(now.ess.round() as i64);
            vec![
                t!("weights have collapsed: N_eff {ess} of {all}", ess, all),
                t!("weights have collapsed").to_owned(),
                t!("collapsed").to_owned(),
            ]
        }
        Signature::Heavy => {
            let share = percent(now.largest_weight);
            vec![
                t!("weights have collapsed: one particle carries {share}", share),
                t!("weights have collapsed").to_owned(),
                t!("collapsed").to_owned(),
            ]
        }
        Signature::Families => {
            let (families, times) = (grouped(now.families as i64), grouped(now.resamplings as i64));
            vec![
                t!(
                    "weights have collapsed: {families} families of {all} after {times} resamplings",
                    families,
                    all,
                    times
                ),
                t!("weights have collapsed: {families} families left", families),
                t!("weights have collapsed").to_owned(),
            ]
        }
        Signature::Mismatch => {
            let (off, why) = (t!("the law is off"), cause(flow));
            vec![
                format!("{off}: {figures}: {why}"),
                format!("{off}, KL {kl}: {why}"),
                format!("{off}: {why}"),
                format!("{off}: KL {kl}"),
                off.to_owned(),
            ]
        }
        Signature::Unweighted => {
            let elsewhere = t!("scores alone lead elsewhere");
            vec![
                format!("{elsewhere}: {figures}"),
                format!("{elsewhere}: KL {kl}"),
                elsewhere.to_owned(),
                t!("they lead elsewhere").to_owned(),
            ]
        }
    };
    Some(Verdict {
        wordings,
        details: details(panel, flow, &figures),
        differs: signature != Signature::Sound,
    })
}

/// Why a law is off whose weights are fine.
fn cause(flow: &Flow) -> &'static str {
    let rate = flow
        .reverse
        .as_ref()
        .is_some_and(|method| method.weights == Weights::Rate);
    match flow.scores {
        Scores::Exact if rate => t!("weights by a rate err where steps are long"),
        Scores::Exact => t!("more than chance"),
        _ => t!("the scores do not belong to this law"),
    }
}

/// All figures, one line each.
fn details(panel: &PanelSnapshot, flow: &Flow, figures: &str) -> String {
    let now = &panel.now;
    let mut lines = vec![
        t!(
            "Against the law that is wanted under the noise of now: {figures}.",
            figures
        ),
        t!("What sampling explains is the mean KL of as many independent draws as the weights are worth.").to_owned(),
    ];
    if flow.beta > 0.0 {
        lines.push(t!(
            "N_eff {ess} of {all}; largest weight {share}; {times} resamplings; {families} families.",
            ess = grouped(now.ess.round() as i64),
            all = grouped(panel.particles as i64),
            share = percent(now.largest_weight),
            times = grouped(now.resamplings as i64),
            families = grouped(now.families as i64)
        ));
        lines.push(t!("log Z {estimate}", estimate = fixed(now.log_normaliser, 4, 9)));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Preset, Scenario};
    use crate::sim::Simulation;
    use crate::snapshot::Probe;

    fn mixture() -> Scenario {
        let mut scenario = Preset::named("mixture").expect("there is such a preset").scenario();
        scenario.particles = 2000;
        scenario.set_steps(100);
        scenario
    }

    /// At the data.
    fn end(scenario: Scenario) -> Snapshot {
        let mut simulation = Simulation::new(scenario);
        while !simulation.is_done() {
            simulation.step().unwrap();
        }
        simulation.snapshot(&Probe::default())
    }

    fn signature(snapshot: &Snapshot, panel: usize) -> Signature {
        let now = &snapshot.panels[panel];
        let seen = Signature::of(&snapshot.scenario.panels[panel], now);
        eprintln!(
            "{}: {seen:?}, KL {:.4}, floor {:.4}, ESS {:.0}",
            snapshot.scenario.panels[panel].name, now.now.kl, now.kl_floor, now.now.ess
        );
        seen
    }

    #[test]
    fn scores_alone_miss_and_weights_reach() {
        let snapshot = end(mixture());
        assert_eq!(signature(&snapshot, 0), Signature::Unweighted);
        assert_eq!(signature(&snapshot, 1), Signature::Sound);
        let said = verdict(&snapshot, 0).unwrap();
        assert!(said.differs && said.wordings[0].starts_with("scores alone lead elsewhere: KL "));
        assert!(!verdict(&snapshot, 1).unwrap().differs);
    }

    #[test]
    fn scores_of_other_laws_are_found_out() {
        let mut scenario = mixture();
        scenario.particles = 10_000;
        scenario.panels[1].scores = Scores::Dropped(0);
        let snapshot = end(scenario);
        assert_eq!(signature(&snapshot, 1), Signature::Mismatch);
        let said = verdict(&snapshot, 1).unwrap();
        assert!(
            said.wordings[0].ends_with("the scores do not belong to this law"),
            "{:?}",
            said.wordings
        );
    }

    #[test]
    fn weights_that_have_collapsed_are_told_from_those_that_have_not() {
        let preset = Preset::named("mixture-collapse").expect("there is such a preset");
        let mut scenario = preset.scenario();
        scenario.particles = 4000;
        let snapshot = end(scenario);
        assert_eq!(signature(&snapshot, 0), Signature::Collapsed);
        // Resampled, weights are fine again, but all come from a few; with noise enough those have parted.
        assert_eq!(signature(&snapshot, 1), Signature::Families);
        assert_eq!(signature(&snapshot, 2), Signature::Sound);
        let ess = grouped(snapshot.panels[0].now.ess.round() as i64);
        let said = verdict(&snapshot, 0).unwrap();
        assert_eq!(
            said.wordings[0],
            format!("weights have collapsed: N_eff {ess} of 4 000")
        );
        let said = verdict(&snapshot, 1).unwrap();
        assert!(
            said.wordings[0].contains(" families of 4 000 after "),
            "{:?}",
            said.wordings
        );
    }
}
