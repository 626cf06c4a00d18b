//! Particles put in and taken out by hand, between steps.
//!
//! New particles get slots at the end, so that all others keep their slot and with it their noise. Particles taken out lose their weight
//! and keep their slot and place until a resampling needs the slot. Neither is growth: the normaliser stays.

use rayon::prelude::*;

use super::{Carried, Collapse, Ensemble};
use crate::chunks::CHUNK;

impl<const D: usize> Ensemble<D> {
    /// Appends particles, each with the weight 1/(N + n) for n new ones beside N slots: ρ becomes (N ρ + Σ δ(xᵢ))/(N + n). Each is its own
    /// ancestor. `carried` is what they carry where the others carry something (see [`Ensemble::carried`]).
    ///
    /// N counts slots, with or without weight. So the share of the new ones is the same in all ensembles with as many slots, and in a law that
    /// has no particles. Panics unless positions are as those of [`Ensemble::new`], and as many of `carried`.
    pub fn append(&mut self, positions: [&[f64]; D], carried: impl FnOnce(Carried) -> [Vec<f64>; D]) {
        let (before, added) = (self.len(), positions[0].len());
        assert!(
            positions
                .iter()
                .all(|c| c.len() == added && c.iter().all(|x| x.abs() <= super::FAR)),
            "coordinates of so many particles, each a number"
        );
        if added == 0 {
            return;
        }
        let uniform = self.summary.uniform;
        for (all, new) in self.positions.iter_mut().zip(positions) {
            all.extend_from_slice(new);
        }
        if let Some((what, vectors)) = &mut self.carried {
            let new = carried(*what);
            assert!(new.iter().all(|v| v.len() == added), "one vector per particle");
            vectors
                .iter_mut()
                .zip(&new)
                .for_each(|(all, new)| all.extend_from_slice(new));
        }
        self.ancestors.extend(before as u32..(before + added) as u32);
        self.weights.resize(before + added, 1.0 / before as f64);
        // Relative to the others, which sum to 1: what follows divides all by (N + n)/N.
        self.log_weights
            .resize(before + added, -crate::vectorize::ln(before as f64));
        if uniform {
            self.equalise();
            return;
        }
        let log_normaliser = self.log_normaliser;
        // There is a weight that is not zero, so this cannot fail.
        let normalised = self.reweight(|_, _, _| {});
        debug_assert!(normalised.is_ok(), "new particles have a weight");
        self.log_normaliser = log_normaliser;
    }

    /// Takes away the weight of all particles at places for which `inside` holds: ρ becomes its restriction to the rest. Returns how many had a
    /// weight. If nobody else has any, nothing happens and there is an error.
    pub fn erase(&mut self, inside: impl Fn([f64; D]) -> bool) -> Result<u64, Collapse> {
        let hit = |i: &usize| inside(std::array::from_fn(|d| self.positions[d][*i]));
        let (mut left, mut dead) = (0u64, Vec::new());
        for i in (0..self.len()).filter(|i| self.weights[*i] > 0.0) {
            if hit(&i) {
                dead.push(i);
            } else {
                left += 1;
            }
        }
        if left == 0 {
            return Err(Collapse);
        }
        if dead.is_empty() {
            return Ok(0);
        }
        for &slot in &dead {
            self.log_weights[slot] = f64::NEG_INFINITY;
        }
        let log_normaliser = self.log_normaliser;
        self.reweight(|_, _, _| {})?;
        self.log_normaliser = log_normaliser;
        Ok(dead.len() as u64)
    }

    /// Number of particles that have a weight.
    pub fn alive(&self) -> usize {
        let count = |weights: &[f64]| weights.iter().filter(|w| **w > 0.0).count();
        let counts: Vec<usize> = self.weights.par_chunks(16 * CHUNK).map(count).collect();
        counts.into_iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: usize) -> Ensemble<1> {
        Ensemble::new([(0..n).map(|i| i as f64).collect()])
    }

    fn nothing(_: Carried) -> [Vec<f64>; 1] {
        [Vec::new()]
    }

    #[test]
    fn new_particles_weigh_as_much_as_an_average_slot() {
        // Equal weights stay equal, to the last bit those of so many particles.
        let mut even = line(1500);
        even.append([&[7.5; 600]], nothing);
        let fresh = Ensemble::new([even.positions()[0].to_vec()]);
        assert_eq!(even, fresh);
        // Weights of any kind: the others keep their proportions and have N/(N + n) together.
        let mut e = line(1500);
        e.reweight(|first, _, l| {
            l.iter_mut()
                .zip(first..)
                .for_each(|(l, i)| *l += (i as f64 * 0.3).sin() - 400.0);
        })
        .unwrap();
        let (before, normaliser) = (e.weights().to_vec(), e.log_normaliser());
        e.append([&[7.5; 600]], nothing);
        assert_eq!((e.len(), e.log_normaliser()), (2100, normaliser));
        for (i, (w, l)) in e.weights().iter().zip(e.log_weights()).enumerate() {
            let expected = before.get(i).map_or(1.0 / 2100.0, |w| w * 1500.0 / 2100.0);
            assert!((w / expected - 1.0).abs() < 1e-12 && (l - w.ln()).abs() < 1e-12, "{i}");
        }
        let square: f64 = e.weights().iter().map(|w| w * w).sum();
        assert!((e.summary().ess * square - 1.0).abs() < 1e-12);
        assert_eq!(e.ancestors()[1500..1503], [1500, 1501, 1502]);
        assert_eq!(e.families(), 2100);
        e.append([&[]], nothing);
        assert_eq!(e.len(), 2100);
    }

    #[test]
    fn new_particles_carry_what_the_others_carry() {
        let mut e = line(3);
        e.carry(Carried::Velocity, [vec![1.0, 2.0, 3.0]]);
        e.append([&[9.0]], |what| {
            assert_eq!(what, Carried::Velocity);
            [vec![4.0]]
        });
        assert_eq!(e.velocities(), Some([&[1.0, 2.0, 3.0, 4.0][..]]));
    }

    #[test]
    fn what_is_erased_has_no_weight_and_keeps_its_place() {
        let mut e = line(5000);
        e.reweight(|first, _, l| {
            l.iter_mut()
                .zip(first..)
                .for_each(|(l, i)| *l += (i as f64 * 0.3).sin());
        })
        .unwrap();
        let (before, normaliser) = (e.clone(), e.log_normaliser());
        let outside: f64 = before.weights()[..1000].iter().chain(&before.weights()[4000..]).sum();
        assert_eq!(e.erase(|[x]| (1000.0..4000.0).contains(&x)), Ok(3000));
        assert_eq!(
            (e.alive(), e.positions(), e.log_normaliser()),
            (2000, before.positions(), normaliser)
        );
        for (i, (w, was)) in e.weights().iter().zip(before.weights()).enumerate() {
            let expected = if (1000..4000).contains(&i) { 0.0 } else { was / outside };
            assert!((w - expected).abs() < 1e-15, "{i}");
        }
        // Nobody is taken out twice, and the last are not taken out at all.
        assert_eq!(e.erase(|[x]| (900.0..1100.0).contains(&x)), Ok(100));
        let left = e.clone();
        assert_eq!((e.erase(|_| true), e.erase(|[x]| x < -1.0)), (Err(Collapse), Ok(0)));
        assert_eq!(e, left);
        assert_eq!(e.families(), 1900, "who has no weight has no descendants");
        // New ones beside the dead: the share is one of the slots.
        e.append([&[0.5; 5000]], nothing);
        let new: f64 = e.weights()[5000..].iter().sum();
        assert!((new - 0.5).abs() < 1e-12);
    }
}
