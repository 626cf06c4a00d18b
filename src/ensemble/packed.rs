//! The particles at one time, kept bit for bit in as few bytes as are cheap.
//!
//! | part | bytes per particle | nothing where |
//! |---|---|---|
//! | positions | 16 | every particle stands where its ancestor began (nobody walks), or did so when last kept |
//! | carried | 16 | nothing is carried |
//! | weights | 10 | all are equal, or as when last kept |
//! | ancestors | 4 | every slot holds its own particle, or as when last kept |
//!
//! Weights are the exponentials of their logarithms but for the last few bits, which is how many units in the last place are kept
//! beside the logarithms; where two bytes do not hold that the weights are kept as they are.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Carried, Ensemble, FAR, Summary};
use crate::chunks::CHUNK;
use crate::vectorize::exp;

/// The particles of an [`Ensemble`] at one time. Parts that did not change are shared with those kept before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    particles: usize,
    /// Nothing where every particle stands where its ancestor began.
    positions: Option<Arc<[Vec<f64>; 2]>>,
    carried: Option<(Carried, Arc<[Vec<f64>; 2]>)>,
    /// Nothing where all are equal.
    weights: Option<Arc<Weights>>,
    /// Nothing where every slot holds its own.
    ancestors: Option<Arc<Vec<u32>>>,
    log_normaliser: f64,
    summary: Summary,
}

/// Weights that are not all equal.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights {
    logarithms: Vec<f64>,
    values: Values,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Values {
    /// By how many units in the last place each weight is more than the exponential of its logarithm.
    Beyond(Vec<i16>),
    Whole(Vec<f64>),
}

impl Packed {
    /// Keeps the particles. `start` is where every slot began; what equals the same part of `last` is shared with it.
    pub fn of(ensemble: &Ensemble, start: [&[f64]; 2], last: Option<&Self>) -> Self {
        let n = ensemble.len();
        let ancestors = (!ancestors_are(&ensemble.ancestors, |i| i as u32)).then(|| {
            let kept = last.and_then(|last| last.ancestors.as_ref());
            kept.filter(|kept| ***kept == ensemble.ancestors)
                .map_or_else(|| Arc::new(copied(&ensemble.ancestors)), Arc::clone)
        });
        let positions = (!stand_at_start(ensemble, start))
            .then(|| shared(&ensemble.positions, last.and_then(|last| last.positions.as_ref())));
        let carried = ensemble.carried.as_ref().map(|(what, vectors)| {
            let kept = last.and_then(|last| last.carried.as_ref());
            (*what, shared(vectors, kept.map(|(_, vectors)| vectors)))
        });
        let weights = (!are_equal(ensemble)).then(|| {
            let kept = last.and_then(|last| last.weights.as_ref());
            kept.filter(|kept| same(&kept.logarithms, &ensemble.log_weights) && kept.give(&ensemble.weights))
                .map_or_else(|| Arc::new(Weights::of(ensemble)), Arc::clone)
        });
        Self {
            particles: n,
            positions,
            carried,
            weights,
            ancestors,
            log_normaliser: ensemble.log_normaliser,
            summary: ensemble.summary,
        }
    }

    /// Number of particles.
    pub const fn len(&self) -> usize {
        self.particles
    }

    /// Whether there is nobody: not where [`Packed::check`] has found nothing.
    pub const fn is_empty(&self) -> bool {
        self.particles == 0
    }

    /// Gives the particles back, to the bit, into the memory of an ensemble.
    pub fn restore(&self, ensemble: &mut Ensemble, start: [&[f64]; 2]) {
        let n = self.particles;
        match &self.ancestors {
            Some(ancestors) => ensemble.ancestors.clone_from(ancestors),
            None => {
                ensemble.ancestors.clear();
                ensemble.ancestors.extend(0..n as u32);
            }
        }
        match &self.positions {
            Some(positions) => ensemble.positions.clone_from(positions),
            None => {
                for (values, start) in ensemble.positions.iter_mut().zip(start) {
                    values.clear();
                    values.extend(ensemble.ancestors.iter().map(|a| start[*a as usize]));
                }
            }
        }
        ensemble.carried = self
            .carried
            .as_ref()
            .map(|(what, vectors)| (*what, (**vectors).clone()));
        ensemble.log_weights.resize(n, 0.0);
        ensemble.weights.resize(n, 0.0);
        match &self.weights {
            Some(weights) => {
                ensemble.log_weights.copy_from_slice(&weights.logarithms);
                weights.write(&mut ensemble.weights);
            }
            None => ensemble.equalise(),
        }
        ensemble.log_normaliser = self.log_normaliser;
        ensemble.summary = self.summary;
    }

    /// Whether this can be the state of particles whose slots began in `starts` places: `Err` says what cannot be.
    pub fn check(&self, starts: usize) -> Result<(), &'static str> {
        let n = self.particles;
        let whole = |vectors: &[Vec<f64>; 2]| {
            let near = |v: &Vec<f64>| v.len() == n && v.iter().all(|x| x.abs() <= FAR);
            vectors.iter().all(near)
        };
        if n == 0 || u32::try_from(n).is_err() {
            return Err("there are no particles, or too many");
        }
        let known = |ancestors: &Vec<u32>| ancestors.len() == n && ancestors.iter().all(|a| (*a as usize) < starts);
        if !self.ancestors.as_ref().map_or(n <= starts, |a| known(a)) {
            return Err("a particle has no ancestor");
        }
        if !self.positions.as_ref().is_none_or(|p| whole(p)) || !self.carried.as_ref().is_none_or(|(_, v)| whole(v)) {
            return Err("a particle is nowhere");
        }
        if let Some(weights) = &self.weights {
            let kept = match &weights.values {
                Values::Beyond(units) => units.len(),
                Values::Whole(values) => values.len(),
            };
            if weights.logarithms.len() != n || kept != n {
                return Err("there is not one weight for each particle");
            }
            let mut values = vec![0.0; n];
            weights.write(&mut values);
            let total: f64 = values.iter().sum();
            let sound = weights.logarithms.iter().all(|l| *l < f64::INFINITY)
                && values.iter().all(|w| (0.0..=1.0).contains(w))
                && (total - 1.0).abs() < 1e-6;
            if !sound {
                return Err("the weights do not add up to 1");
            }
        }
        let Summary {
            ess,
            perplexity,
            largest,
            uniform,
        } = self.summary;
        let most = 1.0..=n as f64;
        let sound = most.contains(&ess) && most.contains(&perplexity) && (0.0..=1.0 + 1e-9).contains(&largest);
        if !sound || uniform != self.weights.is_none() || !self.log_normaliser.is_finite() {
            return Err("what is said of the weights is not so");
        }
        Ok(())
    }

    /// Bytes of memory, but for those of parts that are shared with `last`.
    pub fn bytes_beside(&self, last: Option<&Self>) -> usize {
        let n = self.particles;
        let vectors = 2 * n * size_of::<f64>();
        let positions = part(&self.positions, last.map(|last| &last.positions), |_| vectors);
        let carried = |packed: &Self| packed.carried.as_ref().map(|(_, vectors)| Arc::clone(vectors));
        let carried = part(&carried(self), last.map(carried).as_ref(), |_| vectors);
        let weights = part(&self.weights, last.map(|last| &last.weights), |weights| {
            let value = match weights.values {
                Values::Beyond(_) => size_of::<i16>(),
                Values::Whole(_) => size_of::<f64>(),
            };
            n * (size_of::<f64>() + value)
        });
        let ancestors = part(&self.ancestors, last.map(|last| &last.ancestors), |_| {
            n * size_of::<u32>()
        });
        size_of::<Self>() + positions + carried + weights + ancestors
    }
}

/// The bytes of a part, unless there is none or another has the same.
fn part<T>(mine: &Option<Arc<T>>, last: Option<&Option<Arc<T>>>, bytes: impl Fn(&T) -> usize) -> usize {
    let known = |part: &Arc<T>| matches!(last, Some(Some(last)) if Arc::ptr_eq(part, last));
    mine.as_ref().filter(|part| !known(part)).map_or(0, |part| bytes(part))
}

impl Weights {
    fn of(ensemble: &Ensemble) -> Self {
        let logarithms = copied(&ensemble.log_weights);
        let mut units = vec![0_i16; logarithms.len()];
        let fits = units
            .par_chunks_mut(CHUNK)
            .zip(logarithms.par_chunks(CHUNK).zip(ensemble.weights.par_chunks(CHUNK)))
            .map(|(units, (logarithms, weights))| {
                let mut fits = true;
                for ((unit, l), w) in units.iter_mut().zip(logarithms).zip(weights) {
                    let beyond = w.to_bits().wrapping_sub(exp(*l).to_bits()) as i64;
                    *unit = beyond as i16;
                    fits &= i64::from(*unit) == beyond;
                }
                fits
            })
            .all(|fits| fits);
        let values = if fits {
            Values::Beyond(units)
        } else {
            Values::Whole(copied(&ensemble.weights))
        };
        Self { logarithms, values }
    }

    fn write(&self, weights: &mut [f64]) {
        match &self.values {
            Values::Whole(values) => weights.copy_from_slice(values),
            Values::Beyond(units) => weights
                .par_chunks_mut(CHUNK)
                .zip(units.par_chunks(CHUNK).zip(self.logarithms.par_chunks(CHUNK)))
                .for_each(|(weights, (units, logarithms))| {
                    for ((w, unit), l) in weights.iter_mut().zip(units).zip(logarithms) {
                        *w = f64::from_bits(exp(*l).to_bits().wrapping_add(i64::from(*unit) as u64));
                    }
                }),
        }
    }

    /// Whether these are the weights.
    fn give(&self, weights: &[f64]) -> bool {
        let mut mine = vec![0.0; weights.len()];
        self.write(&mut mine);
        same(&mine, weights)
    }
}

/// A copy, made by many threads: most of the time goes to memory that is touched for the first time.
fn copied<T: Copy + Default + Send + Sync>(values: &[T]) -> Vec<T> {
    let mut copy = vec![T::default(); values.len()];
    copy.par_chunks_mut(16 * CHUNK)
        .zip(values.par_chunks(16 * CHUNK))
        .for_each(|(to, from)| to.copy_from_slice(from));
    copy
}

/// Bit for bit.
fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

fn shared(now: &[Vec<f64>; 2], last: Option<&Arc<[Vec<f64>; 2]>>) -> Arc<[Vec<f64>; 2]> {
    last.filter(|last| last.iter().zip(now).all(|(a, b)| same(a, b)))
        .map_or_else(|| Arc::new(now.each_ref().map(|values| copied(values))), Arc::clone)
}

fn ancestors_are(ancestors: &[u32], expected: impl Fn(usize) -> u32) -> bool {
    ancestors.iter().enumerate().all(|(i, a)| *a == expected(i))
}

/// Whether every particle stands where its ancestor began.
fn stand_at_start(ensemble: &Ensemble, start: [&[f64]; 2]) -> bool {
    ensemble.positions.iter().zip(start).all(|(values, start)| {
        let origins = ensemble.ancestors.iter().map(|a| start[*a as usize].to_bits());
        values.iter().zip(origins).all(|(x, origin)| x.to_bits() == origin)
    })
}

/// Whether all weights are as [`Ensemble::equalise`] makes them.
fn are_equal(ensemble: &Ensemble) -> bool {
    let (w, l) = (ensemble.weights[0], ensemble.log_weights[0]);
    let n = ensemble.len() as f64;
    ensemble.summary.uniform
        && w.to_bits() == (1.0 / n).to_bits()
        && l.to_bits() == (-crate::vectorize::ln(n)).to_bits()
        && ensemble.weights.iter().all(|v| v.to_bits() == w.to_bits())
        && ensemble.log_weights.iter().all(|v| v.to_bits() == l.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored(packed: &Packed, start: &Ensemble) -> Ensemble {
        let mut e = Ensemble::new([vec![9.0; 3], vec![9.0; 3]]);
        packed.restore(&mut e, start.positions());
        e
    }

    fn start(n: usize) -> Ensemble {
        Ensemble::new([3.7, 1.1].map(|k| (0..n).map(|i| (i as f64 * k).sin() * 5.0).collect()))
    }

    #[test]
    fn particles_come_back_to_the_bit_whatever_their_weights() {
        let n = 3000;
        let start = start(n);
        for spread in [0.0, 1e-9, 1.0, 30.0, 650.0, 900.0, 1e12] {
            let mut e = start.clone();
            // Two reweightings: what is kept is what is left of all rounding.
            for round in [0.3, 0.7] {
                e.reweight(|first, _, l| {
                    for (i, l) in l.iter_mut().enumerate() {
                        *l += spread * ((first + i) as f64 * round).sin();
                    }
                })
                .unwrap();
            }
            e.carry(Carried::Noise, start.positions().map(<[f64]>::to_vec));
            let packed = Packed::of(&e, start.positions(), None);
            packed.check(n).unwrap();
            let back = restored(&packed, &start);
            assert!(back == e, "{spread}");
            assert!(
                e.weights()
                    .iter()
                    .zip(back.weights())
                    .all(|(a, b)| a.to_bits() == b.to_bits())
            );
            let weights = packed.weights.as_ref().unwrap();
            // Where exponents underflow, more must be kept; where all but one weight is zero, little.
            let little = matches!(weights.values, Values::Beyond(_));
            assert!(little == (spread < 300.0) || spread > 1e6, "{spread}");
        }
    }

    #[test]
    fn what_need_not_be_kept_takes_no_memory() {
        let n = 5000;
        let start = start(n);
        let bytes = |packed: &Packed| packed.bytes_beside(None) - size_of::<Packed>();
        let fresh = Packed::of(&start, start.positions(), None);
        assert_eq!(bytes(&fresh), 0);
        assert!(restored(&fresh, &start) == start);
        // Copies of others still stand where these began.
        let mut e = start.clone();
        e.replace(crate::ensemble::Replacement { slot: 7, source: 4000 });
        let packed = Packed::of(&e, start.positions(), None);
        assert_eq!(bytes(&packed), 4 * n);
        assert!(restored(&packed, &start) == e);
        e.positions_mut()[1][3] += 1.0;
        e.reweight(|_, _, l| l[2] -= 1.0).unwrap();
        let packed = Packed::of(&e, start.positions(), Some(&packed));
        assert!(restored(&packed, &start) == e);
        assert_eq!(bytes(&packed), (16 + 10 + 4) * n);
        let again = Packed::of(&e, start.positions(), Some(&packed));
        assert_eq!(again.bytes_beside(Some(&packed)), size_of::<Packed>());
        assert!(restored(&again, &start) == e);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let n = 10;
        let start = start(n);
        let mut e = start.clone();
        e.reweight(|_, _, l| l[2] -= 1.0).unwrap();
        e.positions_mut()[0][1] = 3.0;
        e.replace(crate::ensemble::Replacement { slot: 7, source: 1 });
        let good = Packed::of(&e, start.positions(), None);
        good.check(n).unwrap();
        assert!(good.check(5).is_err());
        let broken = |change: &dyn Fn(&mut Packed)| {
            let mut bad = good.clone();
            change(&mut bad);
            bad.check(n).unwrap_err()
        };
        let lone = vec![0.0; n];
        eprintln!("{}", broken(&|p| p.particles = 0));
        eprintln!("{}", broken(&|p| p.ancestors = Some(Arc::new(vec![n as u32; n]))));
        eprintln!(
            "{}",
            broken(&|p| p.positions = Some(Arc::new([lone.clone(), vec![f64::NAN; n]])))
        );
        eprintln!(
            "{}",
            broken(&|p| p.positions = Some(Arc::new([lone.clone(), vec![0.0; 3]])))
        );
        eprintln!("{}", broken(&|p| p.weights = None));
        eprintln!("{}", broken(&|p| p.summary.ess = f64::NAN));
        let halves = |logarithms: Vec<f64>, values| {
            let weights = Some(Arc::new(Weights { logarithms, values }));
            broken(&|p: &mut Packed| p.weights.clone_from(&weights))
        };
        eprintln!("{}", halves(lone.clone(), Values::Whole(vec![0.5; n])));
        eprintln!("{}", halves(lone.clone(), Values::Whole(vec![0.5; 2])));
        eprintln!("{}", halves(vec![f64::NAN; n], Values::Whole(vec![0.1; n])));
    }
}
