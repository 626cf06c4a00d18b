//! Scenarios that go back from noise to data: see [`reverse`](crate::reverse).
//!
//! Model time runs from 0 at the noise to 1 at the data, a step of it being dt = 1/steps; diffusion time is what [`Spacing`] makes of
//! it. Everything about the law and the way applies on reset: a run that changed its target on the way would reach neither.

use super::file::Mismatch;
use super::{Pace, Scenario, Start};
use crate::flow::{Flow, Rate, Reaction, Splitting, Transport};
use crate::landscape::{Landscape, Relief};
use crate::reverse::{Densities, Method, STEPS, Sampler, Weights};
use crate::score::{Level, Network, Spacing};
use crate::target::{Blend, Scores, Shape};

impl Scenario {
    /// Whether its panels go from noise to data.
    pub fn is_reverse(&self) -> bool {
        self.panels.iter().any(|flow| flow.reverse.is_some())
    }

    /// The mixture of models that panels go back to, if they do.
    pub fn mixture(&self) -> Option<&Blend> {
        match &self.target {
            Shape::Blend(blend) if self.is_reverse() => Some(blend),
            _ => None,
        }
    }

    /// Steps from noise to data.
    pub fn steps(&self) -> usize {
        (1.0 / self.dt).round().max(1.0) as usize
    }

    /// The step at which a run of it ends, if it does: at the data there is no way on.
    pub fn last_step(&self) -> Option<u64> {
        self.is_reverse().then(|| self.steps() as u64)
    }

    /// Sets the number of steps from noise to data.
    pub fn set_steps(&mut self, steps: usize) {
        self.dt = 1.0 / steps.max(1) as f64;
    }

    /// The noise at a model time, where panels go from noise to data.
    pub fn level(&self, time: f64) -> Option<Level> {
        let steps = self.steps();
        let done = (time * steps as f64).round().clamp(0.0, steps as f64) as usize;
        let blend = self.mixture()?;
        Some(blend.schedule().level_after(done, steps, Spacing::default()))
    }

    /// The model time of the first step that has come down to a diffusion time; the other way round than [`Scenario::level`].
    pub fn model_time(&self, diffusion: f64) -> Option<f64> {
        let (steps, schedule) = (self.steps(), self.mixture()?.schedule());
        let above = |k: usize| schedule.level_after(k, steps, Spacing::default()).time > diffusion + 1e-12;
        // Noise falls from step to step.
        let (mut first, mut last) = (0, steps);
        while first < last {
            let middle = usize::midpoint(first, last);
            if above(middle) {
                first = middle + 1;
            } else {
                last = middle;
            }
        }
        Some(first as f64 * self.dt)
    }

    /// The potential at a model time: of flows it stands still, and on the way from noise to data it is that of the law to be reached by then.
    pub fn landscape_at(&self, time: f64) -> Landscape {
        match (self.mixture(), self.level(time)) {
            (Some(blend), Some(level)) => Landscape::new(Shape::Blend(blend.at(level.time)), self.temperature),
            _ => self.landscape(),
        }
    }

    /// How a panel goes from noise to data, if it does; `Err` says why it cannot.
    pub fn sampler(&self, panel: usize) -> Option<Result<Sampler<2>, String>> {
        let (flow, blend) = (&self.panels[panel], self.mixture()?);
        let method = flow.reverse.as_ref()?;
        let weights = if flow.beta == 0.0 {
            Weights::None
        } else {
            method.weights
        };
        let sampler = blend.scores(flow.scores).map(|models| Sampler {
            models,
            blend: blend.law().clone(),
            method: Method {
                schedule: blend.schedule(),
                steps: self.steps(),
                weights,
                resampling: self.resampling(panel),
                ..method.clone()
            },
        });
        Some(sampler.and_then(|sampler| sampler.check().map(|()| sampler)))
    }

    /// Gives networks to the models of a mixture: those that are called like a model to that one, the others in order to the models that are left.
    /// Where no panel goes along networks yet, all that went along exact scores do from now on.
    ///
    /// # Errors
    ///
    /// No mixture, or more networks than models.
    pub fn set_networks(&mut self, networks: &[Network]) -> Result<(), String> {
        let Shape::Blend(blend) = &mut self.target else {
            return Err("networks are for the models of a mixture: expected the target Blend".to_owned());
        };
        let count = blend.models().len();
        if networks.len() > count {
            return Err(format!(
                "{} networks for {count} models: expected one for each",
                networks.len()
            ));
        }
        let named = |network: &Network| {
            blend
                .models()
                .iter()
                .position(|model| model.name == network.about().name)
        };
        let mut places: Vec<Option<usize>> = networks.iter().map(named).collect();
        for k in 0..places.len() {
            let taken = |place: &usize| places.iter().any(|other| other.as_ref() == Some(place));
            let twice = places[..k].contains(&places[k]);
            if places[k].is_none() || twice {
                places[k] = (0..count).find(|place| !taken(place));
            }
        }
        for (network, place) in networks.iter().zip(places) {
            blend.give(place.unwrap_or(count), Some(network.clone()));
        }
        let blend = blend.clone();
        if self.panels.iter().all(|flow| flow.scores != Scores::Network) {
            let exact = self.panels.iter_mut().filter(|flow| flow.scores == Scores::Exact);
            exact.for_each(|flow| flow.go_along_networks(&blend));
        }
        Ok(())
    }

    /// What cannot be together with a way from noise to data, or not be without.
    pub(crate) fn check_reverse(&self) -> Result<(), Mismatch> {
        let wrong = |field, message: &str| Err(Mismatch::new(field, message.to_owned()));
        if !self.is_reverse() {
            return match self.start {
                Start::Noise => wrong(
                    "start",
                    "the start Noise is for panels with `reverse`: expected another start, or panels such as (name: \"With weights\", alpha: 1, beta: 1, reverse: ())",
                ),
                _ => Ok(()),
            };
        }
        if self.panels.iter().any(|flow| flow.reverse.is_none()) {
            return wrong(
                "panels",
                "some panels go from noise to data and some do not: expected `reverse` in all or in none",
            );
        }
        if !matches!(self.target, Shape::Blend(_)) {
            return wrong(
                "target",
                "panels with `reverse` go back to the data of diffusion models: expected the target Blend",
            );
        }
        if self.start != Start::Noise {
            return wrong("start", "panels with `reverse` begin in the noise: expected Noise");
        }
        if self.temperature != 1.0 {
            return wrong("temperature", "panels with `reverse` have no temperature: expected 1");
        }
        if self.relief != Relief::default() {
            return wrong("relief", "panels with `reverse` have no relief: expected none");
        }
        if self.scouts != 0.0 {
            return wrong("scouts", "panels with `reverse` have no scouts: expected 0");
        }
        if self.pace != Pace::Rates {
            return wrong("pace", "panels with `reverse` all go at one pace: expected Rates");
        }
        let steps = self.steps() as f64;
        if (self.dt * steps - 1.0).abs() > 1e-6 {
            return Err(Mismatch::new(
                "dt",
                format!(
                    "dt = {} makes {} steps from noise to data: expected 1 divided by a whole number, such as {}",
                    self.dt,
                    1.0 / self.dt,
                    1.0 / steps
                ),
            ));
        }
        STEPS
            .check("steps", steps)
            .map_err(|error| Mismatch::new("dt", error.to_string()))?;
        for (i, flow) in self.panels.iter().enumerate() {
            let sampler = self.sampler(i).unwrap_or_else(|| Err("expected `reverse`".to_owned()));
            let fits = parts_fit(flow).and_then(|()| sampler.map(|_| ()));
            fits.map_err(|reason| Mismatch::new("panels", format!("the panel {:?}: {reason}", flow.name)))?;
        }
        Ok(())
    }
}

impl Flow {
    /// Goes along the networks of the models. They do not know their densities: where these are needed they are tracked along the way.
    pub fn go_along_networks(&mut self, blend: &Blend) {
        self.scores = Scores::Network;
        let needed = self.needs_densities(blend);
        if let Some(method) = &mut self.reverse
            && needed
            && method.densities == Densities::Known
        {
            method.densities = Densities::Ito;
        }
    }

    /// Whether log p of the models is needed: for exact weights, and for shares that depend on the place or on time.
    pub fn needs_densities(&self, blend: &Blend) -> bool {
        let law = blend.law();
        let exact = self
            .reverse
            .as_ref()
            .is_some_and(|method| method.weights == Weights::Exact && self.beta > 0.0);
        exact || law.exponent() != 0.0 || law.at_noise.is_some()
    }
}

/// Whether what a flow says of itself can be said of a way from noise to data.
fn parts_fit(flow: &Flow) -> Result<(), String> {
    let plain = flow.transport == Transport::default()
        && flow.rate == Rate::FisherRao
        && flow.reaction == Reaction::Weights
        && flow.splitting == Splitting::default()
        && flow.estimator.is_none();
    if !plain {
        return Err("transport, rate, reaction, splitting and estimator are not for panels with `reverse`".to_owned());
    }
    if flow.alpha != 1.0 || !(flow.beta == 0.0 || flow.beta == 1.0) {
        return Err(format!(
            "the rates ({}, {}) are not for panels with `reverse`: expected alpha 1, and beta 1 with weights or 0 without",
            flow.alpha, flow.beta
        ));
    }
    let none = flow
        .reverse
        .as_ref()
        .is_some_and(|method| method.weights == Weights::None);
    if none && flow.beta != 0.0 {
        return Err("without weights beta is 0".to_owned());
    }
    Ok(())
}
