//! The transport substep: particles walk for a time h = α dt, and weights stay.
//!
//! Every integrator here is one of the law π ∝ e^{−V}, and each runs its own clock at speed α. With ξ standard normal, addressed by
//! seed, step and slot (so that panels with different integrators share their noise):
//!
//! | integrator | continuous | one step | law at equilibrium |
//! |---|---|---|---|
//! | Euler–Maruyama | overdamped | x − h∇V + √(2h) ξₙ | π + O(h) |
//! | Leimkuhler–Matthews | overdamped | x − h∇V + √(2h) (ξₙ₋₁ + ξₙ)/2 | π + O(h²) |
//! | MALA | overdamped | Euler–Maruyama, accepted or refused | π |
//! | BAOAB | underdamped | kick, drift, friction and noise, drift, kick | π + O(h²) |
//!
//! What an integrator needs besides positions (velocities, the last noise) the particles carry with them ([`Carried`]); what is
//! missing, at the start or because the integrator was changed while running, is drawn fresh.

mod mala;
mod overdamped;
mod underdamped;

use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};

use super::StepContext;
use crate::chunks::{self, BLOCK, CHUNK};
use crate::ensemble::{Carried, Ensemble, FAR};
use crate::params::{self, Number};
use crate::rng::{Purpose, Streams};
use crate::vectorize::wide;

/// How particles walk: integrators of dX = −α∇V dt + √(2α) dW, or of its underdamped relative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Transport {
    /// One gradient and one normal per step: weak order one.
    #[default]
    EulerMaruyama,
    /// The mean of this step's noise and the last one's: weak order two at equilibrium, for the price of Euler–Maruyama.
    LeimkuhlerMatthews,
    /// Euler–Maruyama as a proposal that is accepted or refused (Metropolis): no bias at any step.
    Mala,
    /// Underdamped Langevin by BAOAB, with this friction γ (per unit of time at α = 1): particles have velocities.
    Underdamped(#[serde(deserialize_with = "read_friction")] f64),
}

/// The friction of underdamped Langevin.
pub const FRICTION: Number = Number::log(
    0.01,
    100.0,
    1.0,
    "/time",
    "friction γ: how fast velocities are forgotten; much friction is slow overdamped motion",
);

fn read_friction<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "friction", &FRICTION)
}

impl Transport {
    /// Every integrator, in menu order, with the default friction.
    pub const ALL: [Self; 4] = [
        Self::EulerMaruyama,
        Self::LeimkuhlerMatthews,
        Self::Mala,
        Self::Underdamped(FRICTION.default),
    ];

    /// What particles carry besides their positions.
    pub const fn carries(&self) -> Option<Carried> {
        match self {
            Self::EulerMaruyama | Self::Mala => None,
            Self::LeimkuhlerMatthews => Some(Carried::Noise),
            Self::Underdamped(_) => Some(Carried::Velocity),
        }
    }

    /// Whether moves are proposed and may be refused.
    pub const fn refuses(&self) -> bool {
        matches!(self, Self::Mala)
    }

    /// Gives the particles what this integrator needs them to carry, drawn from the streams of `step`, and takes away what it does
    /// not know. Particles that carry the right thing keep it. Every step begins with this; calling it earlier, so that there is
    /// something to see before the first step, changes nothing that follows if `step` is the next one.
    pub fn equip(&self, ensemble: &mut Ensemble, streams: Streams, step: u64) {
        let wanted = self.carries();
        if wanted == ensemble.carried().map(|(what, _)| what) {
            return;
        }
        match wanted {
            None => ensemble.carry_nothing(),
            Some(what) => ensemble.carry(what, normals(ensemble.len(), streams, step)),
        }
    }
}

/// Two standard normals per particle: velocities at unit temperature and mass, or the noise of a step before the first.
fn normals(n: usize, streams: Streams, step: u64) -> [Vec<f64>; 2] {
    let (mut us, mut vs) = (vec![0.0; n], vec![0.0; n]);
    us.par_chunks_mut(CHUNK)
        .zip(vs.par_chunks_mut(CHUNK))
        .enumerate()
        .for_each(|(chunk, (us, vs))| {
            let mut normals = streams.normals(step, Purpose::Carried, chunk);
            wide(
                #[inline(always)]
                || normals.fill(us, vs),
            );
        });
    [us, vs]
}

/// Lets every particle walk for a time h = `alpha · dt`.
pub(super) fn walk(ensemble: &mut Ensemble, context: &StepContext<'_>, transport: Transport, alpha: f64) -> Walk {
    transport.equip(ensemble, context.streams, context.step);
    let h = alpha * context.dt;
    match transport {
        Transport::EulerMaruyama => overdamped::euler_maruyama(ensemble, context, h),
        Transport::LeimkuhlerMatthews => overdamped::leimkuhler_matthews(ensemble, context, h),
        Transport::Mala => mala::walk(ensemble, context, h),
        Transport::Underdamped(friction) => underdamped::walk(ensemble, context, h, friction),
    }
}

/// What happened to the particles on their walk.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Slots of the particles whose next position (or velocity) is beyond [`FAR`], or no number. They have stayed
    /// where they were. In ascending order; allocates only when there is something to report.
    pub(super) bad: Vec<u32>,
    /// Moves that might have been refused.
    pub(super) proposed: u64,
    /// How many of those were not.
    pub(super) accepted: u64,
}

/// One block of particles: K numbers each, the first particle having number `first`.
struct Block<'a, const K: usize> {
    first: u32,
    values: [&'a mut [f64]; K],
}

/// Cuts K slices of equal length into blocks and calls `step` on each, in parallel over the chunks. `begin` makes what the blocks of
/// a chunk share, in order: their random streams.
fn over_blocks<const K: usize, S>(
    values: [&mut [f64]; K],
    begin: impl Fn(usize) -> S + Sync,
    step: impl Fn(&mut S, Block<'_, K>, &mut Walk) + Sync,
) -> Walk {
    let count = chunks::count(values[0].len());
    let mut pieces = values.map(|v| v.chunks_mut(CHUNK));
    let pieces: Vec<[&mut [f64]; K]> = (0..count)
        .map(|_| pieces.each_mut().map(|p| p.next().unwrap_or_default()))
        .collect();
    let walks: Vec<Walk> = pieces
        .into_par_iter()
        .enumerate()
        .map(|(chunk, piece)| {
            let (mut state, mut walk) = (begin(chunk), Walk::default());
            let blocks = piece[0].len().div_ceil(BLOCK);
            let mut piece = piece.map(|p| p.chunks_mut(BLOCK));
            for block in 0..blocks {
                let block = Block {
                    first: (chunk * CHUNK + block * BLOCK) as u32,
                    values: piece.each_mut().map(|p| p.next().unwrap_or_default()),
                };
                step(&mut state, block, &mut walk);
            }
            walk
        })
        .collect();
    let mut total = Walk::default();
    for walk in walks {
        total.bad.extend(walk.bad);
        total.proposed += walk.proposed;
        total.accepted += walk.accepted;
    }
    total
}

/// Takes over the next state of a block where it is near and finite. Other particles stay as they were, and are reported.
fn settle<const K: usize>(now: [&mut [f64]; K], next: [&[f64]; K], first: u32, walk: &mut Walk) {
    let n = now[0].len();
    let near = wide(
        #[inline(always)]
        || {
            let mut check = [0.0; 8];
            for values in next {
                for (v, i) in values[..n].iter().zip(0..) {
                    check[i % 8] += v * v;
                }
            }
            check.iter().sum::<f64>() < FAR * FAR // false for NaN, too
        },
    );
    if near {
        for (now, next) in now.into_iter().zip(next) {
            now.copy_from_slice(&next[..n]);
        }
        return;
    }
    let mut now = now;
    for i in 0..n {
        if next.iter().all(|values| values[i].abs() < FAR) {
            for (now, next) in now.iter_mut().zip(next) {
                now[i] = next[i];
            }
        } else {
            walk.bad.push(first + i as u32);
        }
    }
}
