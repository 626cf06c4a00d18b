//! Which choices of a flow work together, and in a few words why others do not.
//!
//! The rules are those of [`Flow::suits`] and of scenario files; a test holds the two against each other.

use crate::density::{Estimator, Method};
use crate::flow::{Flow, Rate, Splitting, Transport};
use crate::words::t;

/// Why the parts of a flow do not work together; `None` where they do.
pub(super) fn conflict(flow: &Flow, estimator: &Estimator) -> Option<&'static str> {
    let underdamped = matches!(flow.transport, Transport::Underdamped(_));
    if matches!(flow.rate, Rate::Corrected(_)) && underdamped {
        return Some(t!("the corrected rate is not for particles with velocities"));
    }
    if estimator.method != Method::Transition || flow.beta == 0.0 {
        return None;
    }
    if estimator.debiased {
        Some(t!("the transition mixture has no kernel, so there is no bias of one"))
    } else if flow.transport != Transport::EulerMaruyama {
        Some(t!("the transition mixture needs Euler–Maruyama steps"))
    } else if flow.alpha == 0.0 {
        Some(t!("the transition mixture needs particles that walk: α > 0"))
    } else if flow.splitting != Splitting::TransportReaction {
        Some(t!("the transition mixture needs W then FR"))
    } else {
        None
    }
}

/// Why a change would break what works now.
pub(super) fn new_conflict(
    flow: &Flow,
    estimator: &Estimator,
    change: impl FnOnce(&mut Flow, &mut Estimator),
) -> Option<&'static str> {
    if conflict(flow, estimator).is_some() {
        return None;
    }
    let (mut flow, mut estimator) = (flow.clone(), *estimator);
    change(&mut flow, &mut estimator);
    conflict(&flow, &estimator)
}

/// Whether a flow estimates the density of its particles.
pub(super) fn estimates(flow: &Flow) -> bool {
    flow.beta > 0.0 && flow.rate == Rate::FisherRao
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transition_mixture_says_what_it_needs() {
        let transition = Estimator {
            method: Method::Transition,
            ..Estimator::default()
        };
        let wfr = Flow::wfr();
        assert_eq!(conflict(&wfr, &transition), None);
        let refused = |change: fn(&mut Flow)| new_conflict(&wfr, &transition, |flow, _| change(flow));
        assert!(refused(|f| f.transport = Transport::Mala).is_some_and(|why| why.contains("Euler")));
        assert!(refused(|f| f.alpha = 0.0).is_some_and(|why| why.contains("walk")));
        assert!(refused(|f| f.splitting = Splitting::Strang).is_some_and(|why| why.contains("W then FR")));
        assert_eq!(refused(|f| f.beta = 0.0), None, "then nothing is estimated");
    }

    #[test]
    fn the_rules_are_those_of_the_flow_itself() {
        let methods = [Method::Grid, Method::Exact, Method::Transition];
        let splittings = [
            Splitting::TransportReaction,
            Splitting::ReactionTransport,
            Splitting::Strang,
        ];
        let mut refused = 0;
        for (transport, splitting) in Transport::ALL.into_iter().flat_map(|t| splittings.map(|s| (t, s))) {
            for (method, debiased) in methods.into_iter().flat_map(|m| [(m, false), (m, true)]) {
                for (alpha, beta) in [(1.0, 1.0), (0.0, 1.0), (1.0, 0.0)] {
                    let flow = Flow {
                        transport,
                        splitting,
                        ..Flow::new("A", alpha, beta)
                    };
                    let estimator = Estimator {
                        method,
                        debiased,
                        ..Estimator::default()
                    };
                    let why = conflict(&flow, &estimator);
                    assert_eq!(
                        why.is_none(),
                        flow.suits(estimator).is_ok(),
                        "{flow:?} {estimator:?} {why:?}"
                    );
                    refused += usize::from(why.is_some());
                }
            }
        }
        assert!(refused > 10, "{refused}");
    }

    #[test]
    fn a_way_out_of_a_conflict_is_never_closed() {
        let mut flow = Flow::wfr();
        (flow.rate, flow.transport) = (Rate::Corrected(0.5), Transport::Underdamped(1.0));
        let estimator = Estimator::default();
        assert!(conflict(&flow, &estimator).is_some());
        assert_eq!(new_conflict(&flow, &estimator, |f, _| f.alpha = 2.0), None);
    }
}
