//! What happens within one step, stage by stage, for whoever wants to look.
//!
//! A [`Witness`] in the [`Workspace`](super::Workspace) of a step notes the state of some particles whenever something has happened to
//! them. It sits in the step itself, so that what it tells is what was done, and it changes nothing: weights, places after a walk,
//! replacements and decisions are those of the particles. Only what no particle ever is, because an integrator does it in one go (the
//! place after the drift and before the noise), is worked out here, with the same formulas and the same noise.
//!
//! Memory: stages × particles looked at, however large the ensemble is.

use super::{Reaction, StepContext, Transport};
use crate::chunks::{BLOCK, CHUNK};
use crate::ensemble::{Ensemble, Replacement};
use crate::landscape::Landscape;
use crate::resample::Scheme;
use crate::rng::{Purpose, Streams};
use crate::space::Point;
use crate::vectorize::{exp, exp_m1, wide};

/// What has happened when a stage is noted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// Nothing yet.
    Before,
    /// x − h∇V, with h = α dt.
    Drift {
        /// h (time).
        time: f64,
    },
    /// √(2h) ξ was added, or √(2h) (ξ' + ξ)/2 with the noise ξ' of the step before.
    Noise {
        /// Its standard deviation along each axis (length).
        size: f64,
        /// Whether the noise of the step before is in it.
        averaged: bool,
    },
    /// Each of these moves was accepted, or taken back.
    Refusals {
        /// Moves proposed.
        proposed: u64,
        /// Those that were not taken back.
        accepted: u64,
    },
    /// B: v − (h/2)∇V.
    Kick {
        /// h/2 (time).
        time: f64,
    },
    /// A: x + (h/2)v.
    Glide {
        /// h/2 (time).
        time: f64,
    },
    /// O: c v + √(1 − c²) ξ.
    Friction {
        /// c = e^(−γh): the share of a velocity that is kept.
        keep: f64,
        /// √(1 − c²).
        noise: f64,
    },
    /// Particles that flew beyond all numbers lost their weight, and stand beside the heaviest.
    Lost {
        /// How many.
        count: u64,
    },
    /// Resampled to equal weights, so that particles can jump.
    Equalised,
    /// Log-weights grew by β g dt, and were normalised.
    Weighed {
        /// Reaction time of the stage: dt, or half of it.
        time: f64,
    },
    /// Particles of equal weight were replaced in place of being weighed.
    Jumped {
        /// Reaction time of the stage: dt, or half of it.
        time: f64,
        /// By which rule.
        rule: Reaction,
    },
    /// The effective sample size was held against the threshold.
    Checked {
        /// The threshold, as a share of the particles.
        threshold: f64,
        /// Whether all weights are equal, so that there is nothing to do at any threshold.
        uniform: bool,
        /// The decision.
        resamples: bool,
    },
    /// Resampled, because of that decision.
    Resampled {
        /// How offspring were drawn.
        scheme: Scheme,
    },
    /// No particle has any weight left: the run stops here.
    Collapsed,
}

/// The state of the particles looked at once something has happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What has happened.
    pub event: Event,
    /// The particles looked at, in their order.
    pub particles: Vec<Seen>,
    /// For each of them by how much the logarithm of its expected share has changed; empty unless this was a reaction.
    pub growth: Vec<f64>,
    /// Those of them that have been replaced.
    pub landings: Vec<Landing>,
    /// How many of all particles have been replaced.
    pub replaced: u64,
    /// Effective sample size of all particles.
    pub ess: f64,
    /// Original particles that still have descendants, of all.
    pub families: usize,
}

/// A particle, looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// Where it is.
    pub at: Point,
    /// What it carries: its velocity, or its last noise; zero where it carries nothing.
    pub carried: Point,
    /// The logarithm of its normalised weight.
    pub log_weight: f64,
}

/// A slot that was refilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landing {
    /// Which of the particles looked at.
    pub particle: u32,
    /// The slot of the particle of which it is now a copy.
    pub source: u32,
}

/// Who looks on while a step is taken.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    slots: Vec<u32>,
    /// The numbers of the slots in ascending order of the slots.
    ascending: Vec<u32>,
    stages: Vec<Stage>,
    landings: Vec<Landing>,
    replaced: u64,
}

impl Witness {
    /// Looks at these slots, each of which the ensemble must have.
    pub fn new(slots: Vec<u32>) -> Self {
        let mut ascending: Vec<u32> = (0..slots.len() as u32).collect();
        ascending.sort_unstable_by_key(|k| slots[*k as usize]);
        Self {
            slots,
            ascending,
            ..Self::default()
        }
    }

    /// What was seen: the slots, and the stages in their order.
    pub fn tell(self) -> (Vec<u32>, Vec<Stage>) {
        (self.slots, self.stages)
    }

    /// The particles now.
    pub(super) fn look(&self, ensemble: &Ensemble) -> Vec<Seen> {
        let ([xs, ys], logs) = (ensemble.positions(), ensemble.log_weights());
        let carried = ensemble.carried();
        let look = |slot: &u32| {
            let i = *slot as usize;
            Seen {
                at: Point::new(xs[i], ys[i]),
                carried: carried.map_or_else(Point::default, |(_, [us, vs])| Point::new(us[i], vs[i])),
                log_weight: logs[i],
            }
        };
        self.slots.iter().map(look).collect()
    }

    /// Begins a step.
    pub(super) fn begin(&mut self, ensemble: &Ensemble) {
        self.stages.clear();
        self.note(ensemble, Event::Before);
    }

    /// Notes what has happened to the particles.
    pub(super) fn note(&mut self, ensemble: &Ensemble, event: Event) {
        let particles = self.look(ensemble);
        self.put(ensemble, event, particles);
    }

    fn put(&mut self, ensemble: &Ensemble, event: Event, particles: Vec<Seen>) {
        // Who is replaced twice is what it became last.
        self.landings.reverse();
        self.landings.sort_by_key(|landing| landing.particle);
        self.landings.dedup_by_key(|landing| landing.particle);
        self.stages.push(Stage {
            event,
            particles,
            growth: Vec::new(),
            landings: std::mem::take(&mut self.landings),
            replaced: std::mem::take(&mut self.replaced),
            ess: ensemble.summary().ess,
            families: ensemble.families(),
        });
    }

    /// Takes note of replacements, to be told of with the next stage.
    pub(super) fn replaced(&mut self, replacements: &[Replacement]) {
        self.replaced += replacements.len() as u64;
        for replacement in replacements {
            let slot = |k: &u32| self.slots[*k as usize];
            if let Ok(place) = self.ascending.binary_search_by_key(&replacement.slot, slot) {
                let particle = self.ascending[place];
                let source = replacement.source;
                self.landings.push(Landing { particle, source });
            }
        }
    }

    /// Notes a reaction; `growths` are those of all particles, and `log_mean` the logarithm of their mean exponential, where they were not
    /// put into weights.
    pub(super) fn reacted(&mut self, ensemble: &Ensemble, event: Event, growths: Option<(&[f64], f64)>) {
        let before = self
            .stages
            .last()
            .map(|stage| stage.particles.clone())
            .unwrap_or_default();
        self.note(ensemble, event);
        let Some(stage) = self.stages.last_mut() else { return };
        stage.growth = match growths {
            Some((growths, log_mean)) => {
                let growth = |slot: &u32| growths[*slot as usize] - log_mean;
                // Who grows by no number dies for certain.
                let sound = |g: f64| if g < f64::INFINITY { g } else { f64::NEG_INFINITY };
                self.slots.iter().map(|slot| sound(growth(slot))).collect()
            }
            None => {
                let pairs = before.iter().zip(&stage.particles);
                pairs
                    .map(|(before, after)| {
                        if before.log_weight > f64::NEG_INFINITY {
                            after.log_weight - before.log_weight
                        } else {
                            0.0
                        }
                    })
                    .collect()
            }
        };
    }

    /// Notes a walk part by part. `before` is how the particles were, with what the integrator needs them to carry; the last part ends
    /// where they are now.
    pub(super) fn walked(
        &mut self,
        (before, ensemble): (Vec<Seen>, &Ensemble),
        context: &StepContext<'_>,
        (transport, h): (Transport, f64),
        (proposed, accepted): (u64, u64),
    ) {
        let landscape = context.landscape;
        let kick = |mut seen: Vec<Seen>, by: f64| {
            let gradients = gradients(landscape, &seen);
            seen.iter_mut()
                .zip(gradients)
                .for_each(|(s, g)| s.carried = s.carried - by * g);
            seen
        };
        let glide = |mut seen: Vec<Seen>, by: f64| {
            seen.iter_mut().for_each(|s| s.at += by * s.carried);
            seen
        };
        let drift = |mut seen: Vec<Seen>| {
            let gradients = gradients(landscape, &seen);
            seen.iter_mut().zip(gradients).for_each(|(s, g)| s.at = s.at - h * g);
            seen
        };
        match transport {
            Transport::EulerMaruyama => {
                self.put(ensemble, Event::Drift { time: h }, drift(before));
                let size = (2.0 * h).sqrt();
                self.note(ensemble, Event::Noise { size, averaged: false });
            }
            Transport::LeimkuhlerMatthews => {
                self.put(ensemble, Event::Drift { time: h }, drift(before));
                // Half the variance of a noise of its own; the other half comes with the next step.
                let size = h.sqrt();
                self.note(ensemble, Event::Noise { size, averaged: true });
            }
            Transport::Mala => {
                let (noise, size) = (self.noise(context.streams, context.step), (2.0 * h).sqrt());
                let drifted = drift(before);
                let mut there = drifted.clone();
                there.iter_mut().zip(noise).for_each(|(s, z)| s.at += size * z);
                self.put(ensemble, Event::Drift { time: h }, drifted);
                self.put(ensemble, Event::Noise { size, averaged: false }, there);
                self.note(ensemble, Event::Refusals { proposed, accepted });
            }
            Transport::Underdamped(friction) => {
                let (half, keep) = (0.5 * h, exp(-friction * h));
                let thermal = (-exp_m1(-2.0 * friction * h)).sqrt();
                let noise = self.noise(context.streams, context.step);
                let kicked = kick(before, half);
                let glided = glide(kicked.clone(), half);
                let mut shaken = glided.clone();
                for (s, z) in shaken.iter_mut().zip(noise) {
                    s.carried = keep * s.carried + thermal * z;
                }
                let there = glide(shaken.clone(), half);
                self.put(ensemble, Event::Kick { time: half }, kicked);
                self.put(ensemble, Event::Glide { time: half }, glided);
                let friction = Event::Friction { keep, noise: thermal };
                self.put(ensemble, friction, shaken);
                self.put(ensemble, Event::Glide { time: half }, there);
                self.note(ensemble, Event::Kick { time: half });
            }
        }
    }

    /// The two normals that each of the slots gets in the walk of this step.
    fn noise(&self, streams: Streams, step: u64) -> Vec<Point> {
        let mut noise = vec![Point::default(); self.slots.len()];
        let (mut us, mut vs) = (vec![0.0; CHUNK], vec![0.0; CHUNK]);
        let mut filled = None;
        for k in &self.ascending {
            let slot = self.slots[*k as usize] as usize;
            let (chunk, place) = (slot / CHUNK, slot % CHUNK);
            if filled != Some(chunk) {
                let mut normals = streams.normals(step, Purpose::Transport, chunk);
                let blocks = us.chunks_mut(BLOCK).zip(vs.chunks_mut(BLOCK));
                for (us, vs) in blocks {
                    wide(
                        #[inline(always)]
                        || normals.fill(us, vs),
                    );
                }
                filled = Some(chunk);
            }
            noise[*k as usize] = Point::new(us[place], vs[place]);
        }
        noise
    }
}

/// ∇V at each of these particles.
fn gradients(landscape: &Landscape, seen: &[Seen]) -> Vec<Point> {
    let xs: Vec<f64> = seen.iter().map(|s| s.at.x).collect();
    let ys: Vec<f64> = seen.iter().map(|s| s.at.y).collect();
    let (mut gx, mut gy) = (vec![0.0; seen.len()], vec![0.0; seen.len()]);
    landscape.gradient_into(&xs, &ys, &mut gx, &mut gy);
    gx.into_iter().zip(gy).map(|(x, y)| Point::new(x, y)).collect()
}
