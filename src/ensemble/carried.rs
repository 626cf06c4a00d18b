//! The vector that a particle may carry besides its position: its velocity, or the noise of its last step.
//!
//! A particle is then the pair (position, vector), and a copy of a particle is a copy of both. So whatever copies positions
//! ([`Ensemble::replace`], [`Ensemble::resample`], [`Ensemble::kill`]) copies these too. Weights do not look at them: ρ is the law
//! of the positions.

use serde::{Deserialize, Serialize};

use super::Ensemble;

/// What the vectors are that particles carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Carried {
    /// Velocities at unit mass: at equilibrium standard normal, V = U/T being in units of the temperature.
    Velocity,
    /// The standard normal noise of the last step.
    Noise,
}

impl<const D: usize> Ensemble<D> {
    /// What the particles carry, with one slice per component; `None` where they are positions only.
    pub fn carried(&self) -> Option<(Carried, [&[f64]; D])> {
        let (what, vectors) = self.carried.as_ref()?;
        Some((*what, std::array::from_fn(|d| vectors[d].as_slice())))
    }

    /// The velocities, one slice per component, where particles have some.
    pub fn velocities(&self) -> Option<[&[f64]; D]> {
        let (what, vectors) = self.carried()?;
        (what == Carried::Velocity).then_some(vectors)
    }

    /// Gives every particle a vector to carry, in place of what it carried before. Panics unless there is one number per particle
    /// and component.
    pub fn carry(&mut self, what: Carried, vectors: [Vec<f64>; D]) {
        let n = self.len();
        assert!(vectors.iter().all(|v| v.len() == n), "one vector per particle");
        self.carried = Some((what, vectors));
    }

    /// Takes away what the particles carry.
    pub fn carry_nothing(&mut self) {
        self.carried = None;
    }

    /// Positions and what is carried with them, to be changed together; `None` where nothing is carried.
    pub(crate) fn walkers_mut(&mut self) -> Option<[[&mut [f64]; D]; 2]> {
        let (_, vectors) = self.carried.as_mut()?;
        Some([slices_mut(&mut self.positions), slices_mut(vectors)])
    }
}

/// One mutable slice per component.
pub(super) fn slices_mut<const D: usize>(vectors: &mut [Vec<f64>; D]) -> [&mut [f64]; D] {
    vectors.each_mut().map(Vec::as_mut_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Replacement;

    fn pairs(n: usize) -> Ensemble<1> {
        let mut e = Ensemble::new([(0..n).map(|i| i as f64).collect()]);
        e.carry(Carried::Velocity, [(0..n).map(|i| -(i as f64)).collect()]);
        e
    }

    #[test]
    fn a_copy_of_a_particle_carries_what_it_carries() {
        // Few replacements and many take different ways.
        for step in [500, 2] {
            let mut e = pairs(20_000);
            let replacements: Vec<Replacement> = (0..20_000 / step)
                .map(|k| Replacement {
                    slot: k * step,
                    source: (k * step * 7 + 1) % 19_999 / 2 * 2 + 1,
                })
                .collect();
            e.resample(&replacements);
            let (xs, [vs]) = (e.positions()[0], e.velocities().unwrap());
            assert!(xs.iter().zip(vs).all(|(x, v)| *x == -*v));
            assert!(replacements.iter().all(|r| xs[r.slot as usize] == f64::from(r.source)));
        }
        let mut e = pairs(4);
        e.replace(Replacement { slot: 0, source: 3 });
        e.reweight(|_, _, l| l[2] += 1.0).unwrap();
        e.kill(&[1]).unwrap();
        assert_eq!(e.carried(), Some((Carried::Velocity, [&[-3.0, -2.0, -2.0, -3.0][..]])));
        assert_eq!(e.positions()[0], &[3.0, 2.0, 2.0, 3.0]);
        e.carry_nothing();
        assert_eq!((e.carried(), e.velocities()), (None, None));
    }
}
