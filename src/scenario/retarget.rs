//! Another target for a scenario: between flows and ways from noise to data more than the target has to change.

use super::{DT, Pace, SPEED, Scenario, Start, TEMPERATURE};
use crate::flow::Flow;
use crate::landscape::Relief;
use crate::resample::Resampling;
use crate::target::Shape;

/// Steps from noise to data of a scenario that has become a mixture of diffusion models.
const STEPS: usize = 200;
/// Its pace: five seconds from noise to data.
const PACE: f64 = 0.2;

impl Scenario {
    /// The same with another target. A [`Blend`](crate::target::Blend) makes it a mixture of diffusion models, whose panels go from noise to data;
    /// any other target makes flows of a mixture. What has to be otherwise for that is taken from `like`, if that is of the kind that is
    /// wanted: where particles begin, panels, time step and pace, and what only flows have. Else it is what is usual. Title, seed and particles
    /// stay, and the view is that of the target.
    #[must_use]
    pub fn with_target(&self, target: Shape, like: Option<&Self>) -> Self {
        let mixture = matches!(target, Shape::Blend(_));
        let like = like.filter(|like| like.is_reverse() == mixture);
        let kept = Self {
            target,
            view: None,
            ..self.clone()
        };
        let usual = match (self.is_reverse(), mixture) {
            (false, true) => kept.into_mixture(),
            (true, false) => kept.into_flows(),
            _ => return kept,
        };
        match like {
            None => usual,
            Some(like) => Self {
                relief: like.relief.clone(),
                temperature: like.temperature,
                start: like.start.clone(),
                scouts: like.scouts,
                dt: like.dt,
                estimator: like.estimator,
                resampling: like.resampling,
                speed: like.speed,
                pace: like.pace,
                panels: like.panels.clone(),
                ..usual
            },
        }
    }

    /// From noise to data, without weights and with them.
    fn into_mixture(self) -> Self {
        let mut mixture = Self {
            start: Start::Noise,
            panels: vec![Flow::reverse("Scores only", false), Flow::reverse("With weights", true)],
            temperature: 1.0,
            relief: Relief::default(),
            scouts: 0.0,
            pace: Pace::Rates,
            speed: PACE,
            ..self
        };
        mixture.set_steps(STEPS);
        mixture
    }

    /// The three corners, from one Gaussian at the left.
    fn into_flows(self) -> Self {
        let view = self.target.target().view();
        // Pure Fisher–Rao moves nobody, so it must not resample either.
        let never = Resampling {
            threshold: 0.0,
            ..self.resampling
        };
        let fisher_rao = Flow {
            resampling: Some(never),
            ..Flow::fisher_rao()
        };
        Self {
            start: Start::at_left(&view),
            panels: vec![Flow::langevin(), fisher_rao, Flow::wfr()],
            temperature: TEMPERATURE.default,
            dt: DT.default,
            speed: SPEED.default,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets;
    use crate::target::Blend;

    #[test]
    fn any_scenario_becomes_a_mixture_that_works_and_flows_again() {
        for preset in presets() {
            let before = preset.scenario();
            let models = before.mixture().cloned().unwrap_or_default();
            let mixture = before.with_target(Shape::Blend(models), None);
            mixture.check().unwrap();
            assert!(mixture.is_reverse() && mixture.mixture().is_some(), "{}", before.title);
            assert_eq!(
                (mixture.particles, mixture.seed, &mixture.title),
                (before.particles, before.seed, &before.title)
            );
            if !before.is_reverse() {
                assert_eq!(mixture.steps(), STEPS);
                assert_eq!(
                    mixture.panels.iter().map(|flow| flow.beta).collect::<Vec<_>>(),
                    [0.0, 1.0]
                );
            }
            for target in Shape::all()
                .into_iter()
                .filter(|shape| !matches!(shape, Shape::Blend(_)))
            {
                let after = mixture.with_target(target.clone(), None);
                after.check().unwrap();
                assert!(!after.is_reverse(), "{}", target.name());
                assert_eq!(after.target, target);
            }
        }
    }

    #[test]
    fn on_the_way_back_a_scenario_is_what_it_was() {
        let mut before = presets()[0].scenario();
        before.set("temperature", "2").unwrap();
        before.set("scouts", "0.1").unwrap();
        before.set("pace", "EqualDissipation").unwrap();
        let mut mixture = before.with_target(Shape::Blend(Blend::default()), None);
        assert_eq!(
            before.with_target(before.target.clone(), Some(&mixture)),
            before,
            "flows stay flows"
        );
        assert_eq!(mixture.with_target(before.target.clone(), Some(&before)), before);
        mixture.panels.remove(0);
        mixture.set_steps(50);
        let again = before.with_target(mixture.target.clone(), Some(&mixture));
        assert_eq!(again, mixture);
        again.check().unwrap();
    }

    #[test]
    fn the_step_at_which_a_level_of_noise_is_reached() {
        let mixture = presets()[0]
            .scenario()
            .with_target(Shape::Blend(Blend::default()), None);
        for step in [0, 1, 50, 126, 199, 200] {
            let time = step as f64 * mixture.dt;
            let level = mixture.level(time).unwrap();
            let found = mixture.model_time(level.time).unwrap();
            assert!((found - time).abs() < 1e-9, "{step}: {found} for {time}");
        }
        assert_eq!(mixture.model_time(2.0), Some(0.0));
        assert_eq!(presets()[0].scenario().model_time(0.5), None);
    }
}
