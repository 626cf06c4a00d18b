//! The reaction without weights: particles of equal weight leave, and copies of others take their slots.
//!
//! Continuous: with g centred to mean zero, mass leaves at rate g⁻ and appears in proportion to g⁺. Two rules do it:
//!
//! * [`jump`]: with qᵢ = e^{Gᵢ}/mean(e^G) for growths G over the substep, particle i leaves with probability (1 − qᵢ)⁺ and
//!   becomes a copy of j with probability ∝ (qⱼ − 1)⁺. Since Σ(q − 1) = 0, particle i has qᵢ offspring on average, exactly: the
//!   expected law after the substep is that of the weights e^G, for any dt. No rule of which this holds removes fewer
//!   particles, since one with qᵢ < 1 must be gone with probability 1 − qᵢ at least; the events are N/2 · mean |q − 1|.
//! * [`birth_death`]: deaths and births are separate events over uniformly chosen others, which is twice as many, and the law is
//!   that of the weights to first order in dt only.
//!
//! Both multiply the normaliser by mean(e^G), as weights do. Known failure: where there is no particle none can land.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::Workspace;
use crate::chunks::CHUNK;
use crate::ensemble::{Collapse, Ensemble, Replacement};
use crate::rng::{Purpose, Streams};
use crate::vectorize::{exp, ln};

/// Particles that grow less than the mean leave for places that grow more, all at once: nobody lands on a particle that leaves. A particle
/// whose growth is no number, or +∞, leaves for certain; the number of these is returned.
pub(super) fn jump(
    ensemble: &mut Ensemble,
    streams: Streams,
    address: u64,
    work: &mut Workspace,
) -> Result<u64, Collapse> {
    let all = Growths::of(&work.growth)?;
    ensemble.multiply_normaliser(all.log_mean());
    // Room for landing, cumulated within each chunk; then over the chunks, in order.
    let excess = |growth: f64| (all.relative(growth) - 1.0).max(0.0);
    work.landing.resize(work.growth.len(), 0.0);
    let rooms: Vec<f64> = work
        .landing
        .par_chunks_mut(CHUNK)
        .zip(work.growth.par_chunks(CHUNK))
        .map(|(landing, growth)| {
            let mut sum = 0.0;
            for (l, g) in landing.iter_mut().zip(growth) {
                sum += excess(*g);
                *l = sum;
            }
            sum
        })
        .collect();
    let mut total = 0.0;
    let mut borders = Vec::with_capacity(rooms.len());
    for room in &rooms {
        borders.push(total);
        total += room;
    }
    if total <= 0.0 {
        return Ok(all.lost); // all grow alike
    }
    let land = |u: f64| {
        let place = u * total;
        let chunk = borders.partition_point(|border| *border <= place) - 1;
        // Rounding must not reach past the end of the chunk.
        let within = (place - borders[chunk]).min(rooms[chunk].next_down());
        let landing = &work.landing[chunk * CHUNK..];
        let landing = &landing[..landing.len().min(CHUNK)];
        (chunk * CHUNK + landing.partition_point(|l| *l <= within)) as u32
    };
    let jumps: Vec<Vec<Replacement>> = work
        .growth
        .par_chunks(CHUNK)
        .enumerate()
        .map(|(chunk, growth)| {
            let mut rng = streams.stream(address, Purpose::BirthDeath, chunk);
            let mut jumps = Vec::new();
            for (i, g) in growth.iter().enumerate() {
                if rng.random::<f64>() >= all.relative(*g) {
                    jumps.push(Replacement {
                        slot: (chunk * CHUNK + i) as u32,
                        source: land(rng.random()),
                    });
                }
            }
            jumps
        })
        .collect();
    for replacement in jumps.into_iter().flatten() {
        work.replace(ensemble, replacement);
    }
    Ok(all.lost)
}

/// The birth–death realisation (Lu, Lu, Nolen 2019): with r the growth minus its mean, a particle is due with
/// probability 1 − e^(−|r|). If r < 0 it dies and becomes a copy of a uniformly chosen other; if r > 0 it is duplicated over
/// a uniformly chosen other. Due particles act in random order; one that was replaced meanwhile does not act. A particle whose
/// growth is no number, or +∞, dies; the number of these is returned.
pub(super) fn birth_death(
    ensemble: &mut Ensemble,
    streams: Streams,
    address: u64,
    work: &mut Workspace,
) -> Result<u64, Collapse> {
    let growth = &work.growth;
    let n = growth.len();
    let all = Growths::of(growth)?;
    ensemble.multiply_normaliser(all.log_mean());
    if n < 2 {
        return Ok(all.lost);
    }
    let due: Vec<Vec<(u32, bool)>> = growth
        .par_chunks(CHUNK)
        .enumerate()
        .map(|(chunk, growth)| {
            let mut rng = streams.stream(address, Purpose::BirthDeath, chunk + 1);
            let due = growth.iter().enumerate().filter_map(|(i, g)| {
                let r = if is_growth(*g) { g - all.mean } else { f64::NEG_INFINITY };
                let survives = exp(-r.abs());
                let acts = rng.random::<f64>() >= survives;
                acts.then_some(((chunk * CHUNK + i) as u32, r < 0.0))
            });
            due.collect()
        })
        .collect();
    let mut due = due.concat();
    let mut rng = streams.stream(address, Purpose::BirthDeath, 0);
    due.shuffle(&mut rng);
    let mut gone = vec![false; if due.is_empty() { 0 } else { n }];
    for (particle, dies) in due {
        if gone[particle as usize] {
            continue;
        }
        let other = (particle as usize + rng.random_range(1..n)) % n;
        let (slot, source) = if dies {
            (particle, other as u32)
        } else {
            (other as u32, particle)
        };
        gone[slot as usize] = true;
        work.replace(ensemble, Replacement { slot, source });
    }
    Ok(all.lost)
}

/// What the growths of all particles have in common.
#[derive(Clone, Copy)]
struct Growths {
    /// The mean of the finite ones.
    mean: f64,
    /// The largest, and the mean of e^{G − largest}, to which a growth that is none adds nothing.
    largest: f64,
    mean_exp: f64,
    /// How many are no growth.
    lost: u64,
}

impl Growths {
    fn of(growth: &[f64]) -> Result<Self, Collapse> {
        let parts: Vec<(f64, f64, f64, u64)> = growth
            .par_chunks(CHUNK)
            .map(|chunk| {
                let zero = (0.0, 0.0, f64::NEG_INFINITY, 0);
                chunk.iter().fold(zero, |(sum, count, largest, lost), &g| {
                    if g.is_finite() {
                        (sum + g, count + 1.0, largest.max(g), lost)
                    } else {
                        (sum, count, largest, lost + u64::from(!is_growth(g)))
                    }
                })
            })
            .collect();
        let zero = (0.0, 0.0, f64::NEG_INFINITY, 0);
        let (sum, count, largest, lost) = parts
            .iter()
            .fold(zero, |a, b| (a.0 + b.0, a.1 + b.1, a.2.max(b.2), a.3 + b.3));
        if count == 0.0 {
            return Err(Collapse);
        }
        let mut all = Self {
            mean: sum / count,
            largest,
            mean_exp: 1.0,
            lost,
        };
        let parts: Vec<f64> = growth
            .par_chunks(CHUNK)
            .map(|chunk| chunk.iter().fold(0.0, |sum, g| sum + all.relative(*g)))
            .collect();
        all.mean_exp = parts.iter().fold(0.0, |sum, part| sum + part) / growth.len() as f64;
        Ok(all)
    }

    /// q = e^G/mean(e^G), and 0 for a growth that is none.
    fn relative(&self, growth: f64) -> f64 {
        if is_growth(growth) {
            exp(growth - self.largest) / self.mean_exp
        } else {
            0.0
        }
    }

    /// log mean(e^G).
    fn log_mean(&self) -> f64 {
        self.largest + ln(self.mean_exp)
    }
}

/// Whether a particle can grow by this much; −∞ is certain death.
fn is_growth(growth: f64) -> bool {
    growth < f64::INFINITY // false for NaN too
}

#[cfg(test)]
#[allow(clippy::print_stdout, reason = "a test prints its z-scores")]
mod tests {
    use super::*;

    /// Offspring of each of these particles in one substep.
    fn offspring(growth: &[f64], step: u64, work: &mut Workspace) -> Vec<f64> {
        let n = growth.len();
        let mut ensemble = Ensemble::new([(0..n).map(|i| i as f64).collect(), vec![0.0; n]]);
        work.growth = growth.to_vec();
        jump(&mut ensemble, Streams::new(3), step, work).unwrap();
        let mut counts = vec![0.0; n];
        ensemble.positions()[0].iter().for_each(|x| counts[*x as usize] += 1.0);
        counts
    }

    #[test]
    fn a_jump_is_an_unbiased_resampling_with_the_fewest_events() {
        // 1100 particles so that the chunk border is inside; some die for sure, one is no number.
        let n = 1100;
        let mut growth: Vec<f64> = (0..n).map(|i| 5.0 + (f64::from(i) * 0.71).sin()).collect();
        (growth[7], growth[1050], growth[600]) = (f64::NEG_INFINITY, f64::NAN, f64::INFINITY);
        let lives = |g: f64| if g < f64::INFINITY { g.exp() } else { 0.0 };
        let mean = growth.iter().map(|g| lives(*g)).sum::<f64>() / f64::from(n);
        let q: Vec<f64> = growth.iter().map(|g| lives(*g) / mean).collect();
        let rounds = 4000;
        let (mut sums, mut squares) = (vec![0.0; q.len()], vec![0.0; q.len()]);
        let (mut events, mut event_squares) = (0.0, 0.0);
        let mut work = Workspace::default();
        for round in 0..rounds {
            let before = work.replaced;
            for (i, count) in offspring(&growth, round, &mut work).into_iter().enumerate() {
                sums[i] += count - q[i];
                squares[i] += (count - q[i]).powi(2);
                // Who leaves is no place to land on.
                assert!(if q[i] < 1.0 { count <= 1.0 } else { count >= 1.0 }, "{i}: {count}");
            }
            let now = (work.replaced - before) as f64;
            events += now;
            event_squares += now * now;
        }
        let rounds = rounds as f64;
        let mut worst: f64 = 0.0;
        for i in 0..q.len() {
            if q[i] == 0.0 {
                assert_eq!(squares[i], 0.0, "certain death of {i}");
                continue;
            }
            let z = sums[i] / squares[i].sqrt();
            worst = worst.max(z.abs());
        }
        let expected = 0.5 * q.iter().map(|q| (q - 1.0).abs()).sum::<f64>();
        let (mean, square) = (events / rounds, event_squares / rounds);
        let z = (mean - expected) / ((square - mean * mean) / rounds).sqrt();
        eprintln!(
            "worst of {} offspring: z = {worst:.2}; {mean:.2} events of {expected:.2}: z = {z:.2}",
            q.len()
        );
        assert!(worst < 5.0 && z.abs() < 5.0);
    }

    #[test]
    fn nobody_jumps_where_all_grow_alike() {
        for n in [1, 2, 1024, 3000] {
            for growth in [0.0, -700.0, 1e9] {
                assert!(
                    offspring(&vec![growth; n], 0, &mut Workspace::default())
                        .iter()
                        .all(|c| *c == 1.0)
                );
            }
        }
        // One that alone may live is copied everywhere.
        let mut growth = vec![f64::NEG_INFINITY; 2500];
        growth[1200] = -3.0;
        let counts = offspring(&growth, 0, &mut Workspace::default());
        assert_eq!(counts[1200], 2500.0);
    }
}
