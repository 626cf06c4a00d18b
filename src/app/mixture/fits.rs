//! Which choices of a panel that goes from noise to data work together, and in a few words why others do not.
//!
//! The rules are those of [`Scenario::check`](crate::scenario::Scenario::check); a test holds the two against each other.

use crate::flow::Flow;
use crate::reverse::{Densities, Drift, Weights};
use crate::target::{Blend, Scores};
use crate::words::t;

/// Why the parts of a panel do not work together; `None` where they do.
pub(super) fn conflict(flow: &Flow, blend: &Blend) -> Option<&'static str> {
    let method = flow.reverse.as_ref()?;
    match &method.drift {
        Drift::And if blend.models().len() != 2 => return Some(t!("“and” is for two models")),
        Drift::And if flow.beta > 0.0 => {
            return Some(t!("“and” leads to no law that is known: it goes without weights"));
        }
        Drift::Fixed(constants) if constants.len() != blend.models().len() => {
            return Some(t!("there is not one constant for each model"));
        }
        _ => {}
    }
    if flow.scores == Scores::Network {
        if blend.models().iter().any(|model| model.network.is_none()) {
            return Some(t!("a model has no network"));
        }
        if method.densities == Densities::Known && flow.needs_densities(blend) {
            return Some(t!("networks do not know log p: it is tracked along the way"));
        }
    }
    None
}

/// Lets a panel that goes along networks track their log-densities where these are needed.
pub(super) fn suit(flow: &mut Flow, blend: &Blend) {
    if flow.scores == Scores::Network {
        flow.go_along_networks(blend);
    }
}

/// Why a change would break what works now.
pub(super) fn new_conflict(flow: &Flow, blend: &Blend, change: impl FnOnce(&mut Flow)) -> Option<&'static str> {
    if conflict(flow, blend).is_some() {
        return None;
    }
    let mut flow = flow.clone();
    change(&mut flow);
    conflict(&flow, blend)
}

/// Whether divergences of scores matter to a panel: for what is tracked along the way, and to repair a drift by its rate.
pub(super) fn needs_divergence(flow: &Flow) -> bool {
    let Some(method) = &flow.reverse else { return false };
    let tracked = match method.densities {
        Densities::Known => false,
        Densities::Ito => method.eta != 1.0,
        Densities::Stratonovich => true,
    };
    let by_rate = flow.beta > 0.0 && method.weights == Weights::Rate;
    tracked || method.drift == Drift::And || (by_rate && matches!(method.drift, Drift::Fixed(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reverse::Method;
    use crate::scenario::presets;
    use crate::target::Shape;

    #[test]
    fn the_rules_are_those_of_the_scenario() {
        let mut scenario = presets()[0]
            .scenario()
            .with_target(Shape::Blend(Blend::default()), None);
        let Shape::Blend(blend) = scenario.target.clone() else {
            panic!("it is a mixture");
        };
        let drifts = [
            Drift::Blend,
            Drift::And,
            Drift::Fixed(vec![0.5, 0.5]),
            Drift::Fixed(vec![1.0]),
        ];
        let mut refused = 0;
        for drift in drifts {
            for weights in [Weights::Exact, Weights::Rate] {
                for densities in [Densities::Known, Densities::Ito, Densities::Stratonovich] {
                    for (eta, beta) in [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)] {
                        for scores in [Scores::Exact, Scores::Network, Scores::Dropped(1)] {
                            let method = Method {
                                eta,
                                drift: drift.clone(),
                                weights,
                                densities,
                                ..Method::default()
                            };
                            let flow = &mut scenario.panels[0];
                            (flow.reverse, flow.beta, flow.scores) = (Some(method), beta, scores);
                            let why = conflict(&scenario.panels[0], &blend);
                            assert_eq!(
                                why.is_none(),
                                scenario.check().is_ok(),
                                "{:?} {why:?}",
                                scenario.panels[0]
                            );
                            refused += usize::from(why.is_some());
                        }
                    }
                }
            }
        }
        assert!(refused > 10, "{refused}");
    }
}
