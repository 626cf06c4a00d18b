//! What a panel does that goes from noise to data, in words.

use super::super::widgets::short;
use crate::flow::Flow;
use crate::reverse::{Densities, Drift, Method, Weights};
use crate::score::Divergence;
use crate::target::Scores;
use crate::words::t;

/// In a few words what such a panel does: "exact weights, scores off by 0.3"; `None` of other flows.
pub(in crate::app) fn motto(flow: &Flow) -> Option<String> {
    let method = flow.reverse.as_ref()?;
    let mut parts = vec![weights(flow, method).to_owned()];
    parts.extend(drift(&method.drift));
    parts.extend(scores(flow.scores));
    parts.extend(densities(method.densities).map(str::to_owned));
    Some(parts.join(", "))
}

/// The numbers of such a panel: "η 1   8 probes", and those that there is always room for; `None` of other flows.
pub(in crate::app) fn numbers(flow: &Flow) -> Option<[String; 2]> {
    let method = flow.reverse.as_ref()?;
    let eta = format!("η {}", short(method.eta));
    let all = match method.divergence {
        Divergence::Hutchinson { probes: 1, .. } => format!("{eta}    {}", t!("1 probe")),
        Divergence::Hutchinson { probes, .. } => format!("{eta}    {}", t!("{probes} probes", probes)),
        Divergence::Exact => eta.clone(),
    };
    Some([all, eta])
}

fn weights(flow: &Flow, method: &Method) -> &'static str {
    match method.weights {
        _ if flow.beta == 0.0 => t!("scores only"),
        Weights::Exact => t!("exact weights"),
        Weights::Rate => t!("rate weights"),
        Weights::None => t!("scores only"),
    }
}

fn drift(drift: &Drift) -> Option<String> {
    match drift {
        Drift::Blend => None,
        Drift::Fixed(_) => Some(t!("fixed shares").to_owned()),
        Drift::And => Some(t!("“and”").to_owned()),
    }
}

/// Which scores it walks along, if not the exact ones.
fn scores(scores: Scores) -> Option<String> {
    match scores {
        Scores::Exact => None,
        Scores::Erring { noise, scale: 0.0 } => Some(t!("scores off by {noise}", noise = short(noise))),
        Scores::Erring { noise: 0.0, scale } => Some(t!(
            "scores {share} % too long",
            share = short((1e3 * scale).round() / 10.0)
        )),
        Scores::Erring { noise, scale } => Some(t!(
            "scores off by {noise} and {share} %",
            noise = short(noise),
            share = short((1e3 * scale).round() / 10.0)
        )),
        Scores::Network => Some(t!("trained networks").to_owned()),
        Scores::Dropped(_) => Some(t!("without a mode").to_owned()),
    }
}

fn densities(densities: Densities) -> Option<&'static str> {
    match densities {
        Densities::Known => None,
        Densities::Ito | Densities::Stratonovich => Some(t!("densities tracked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_says_what_it_does() {
        assert_eq!(motto(&Flow::wfr()), None);
        assert_eq!(motto(&Flow::reverse("", false)).unwrap(), "scores only");
        let mut flow = Flow::reverse("", true);
        assert_eq!(numbers(&flow).unwrap()[0], "η 1");
        flow.scores = Scores::Erring { noise: 0.3, scale: 0.0 };
        assert_eq!(motto(&flow).unwrap(), "exact weights, scores off by 0.3");
        flow.scores = Scores::Dropped(1);
        flow.reverse.as_mut().unwrap().weights = Weights::Rate;
        assert_eq!(motto(&flow).unwrap(), "rate weights, without a mode");
    }
}
