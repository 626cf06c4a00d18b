//! Mass that teleports between basins: how much, and how fast of late.
//!
//! Where a particle is removed and its slot gets a copy of another, 1/N of the mass leaves the basin in which it stood for that in which
//! the copy stands. All replacements count, by whatever rule and whichever of them are drawn. Weights that grow or shrink are no
//! traffic.
//!
//! Resampling comes in bursts, so the rate is an average over the recent past, by two exponential averages one after the other:
//!
//! ```text
//! rate(t) = ∫ k(t − s) dm(s),     k(s) = s/σ² e^{−s/σ},     σ = ¼,
//! ```
//!
//! whose integral is 1, which lags by 2σ = ½ unit of model time on average, and which is continuous: a burst swells and fades. Between
//! two bursts it is followed exactly, for any time step. Known limits: the first half unit of time reads too low; where there are
//! more than [`MOST_BASINS`] basins nothing is counted.

use serde::{Deserialize, Serialize};

use crate::vectorize::exp;

/// The time constant σ of each of the two averages (model time).
pub const TIME_CONSTANT: f64 = 0.25;
/// Among more basins than this no traffic is counted: nobody could tell its lanes apart.
pub const MOST_BASINS: usize = 256;
/// A slower lane is empty (mass per model time).
const LEAST: f64 = 1e-15;

/// Teleported mass for every pair of basins, since it began: with the run, or when the basins last changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    basins: usize,
    lanes: Vec<Lane>,
}

/// From one basin to another, or within one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// Where the removed particles stood.
    pub from: u16,
    /// Where their replacements stand.
    pub to: u16,
    /// The first of the two averages.
    recent: f64,
    /// Mass per unit of model time.
    pub rate: f64,
    /// All mass so far. In equilibrium it grows for ever.
    pub total: f64,
}

impl Traffic {
    /// No traffic yet between so many basins.
    pub const fn new(basins: usize) -> Self {
        Self {
            basins,
            lanes: Vec::new(),
        }
    }

    /// Number of basins.
    pub const fn basins(&self) -> usize {
        self.basins
    }

    /// Every pair of basins that has ever seen traffic, in the order of the rows of the matrix.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Mass per unit of model time from one basin to another.
    pub fn rate(&self, from: usize, to: usize) -> f64 {
        self.lane(from, to).map_or(0.0, |lane| lane.rate)
    }

    /// All mass that teleported from one basin to another.
    pub fn total(&self, from: usize, to: usize) -> f64 {
        self.lane(from, to).map_or(0.0, |lane| lane.total)
    }

    /// The rates of all pairs: row by row, from which basin, and in it, to which.
    pub fn rates(&self) -> Vec<f64> {
        let mut rates = vec![0.0; self.basins * self.basins];
        for lane in &self.lanes {
            rates[usize::from(lane.from) * self.basins + usize::from(lane.to)] = lane.rate;
        }
        rates
    }

    /// The mass that teleported into a basin, less that which left it.
    pub fn gained(&self, basin: usize) -> f64 {
        let sign = |lane: &Lane| {
            let (left, came) = (usize::from(lane.from) == basin, usize::from(lane.to) == basin);
            f64::from(i8::from(came) - i8::from(left))
        };
        self.lanes.iter().map(|lane| sign(lane) * lane.total).sum()
    }

    fn lane(&self, from: usize, to: usize) -> Option<&Lane> {
        let place = self.lanes.binary_search_by_key(&(from, to), Lane::pair).ok()?;
        self.lanes.get(place)
    }

    /// Lets a step of length `dt` pass, at whose end so many of `slots` slots were refilled.
    pub fn advance(&mut self, dt: f64, slots: usize, moves: &mut Moves) {
        if self.basins != moves.basins {
            *self = Self::new(moves.basins);
        }
        let (decay, passed) = (exp(-dt / TIME_CONSTANT), dt / TIME_CONSTANT);
        for lane in &mut self.lanes {
            lane.rate = decay * (lane.rate + passed * lane.recent);
            lane.recent *= decay;
            if lane.rate.max(lane.recent) < LEAST {
                (lane.rate, lane.recent) = (0.0, 0.0);
            }
        }
        let (lanes, basins, each) = (&mut self.lanes, moves.basins, 1.0 / slots as f64);
        moves.drain(|pair, count| {
            let key = (pair / basins, pair % basins);
            let place = match lanes.binary_search_by_key(&key, Lane::pair) {
                Ok(place) => place,
                Err(place) => {
                    let (from, to) = (key.0 as u16, key.1 as u16);
                    let (recent, rate, total) = (0.0, 0.0, 0.0);
                    lanes.insert(
                        place,
                        Lane {
                            from,
                            to,
                            recent,
                            rate,
                            total,
                        },
                    );
                    place
                }
            };
            let mass = each * f64::from(count);
            lanes[place].recent += mass / TIME_CONSTANT;
            lanes[place].total += mass;
        });
    }

    /// Whether traffic can be so.
    pub fn is_sound(&self) -> bool {
        let possible = |lane: &Lane| {
            let (from, to) = lane.pair();
            let numbers = [lane.recent, lane.rate, lane.total];
            from.max(to) < self.basins && numbers.iter().all(|v| v.is_finite() && *v >= 0.0)
        };
        let ordered = self.lanes.windows(2).all(|two| two[0].pair() < two[1].pair());
        self.basins <= usize::from(u16::MAX) && ordered && self.lanes.iter().all(possible)
    }

    /// Bytes of memory that it takes beside itself.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.lanes[..])
    }
}

impl Lane {
    fn pair(&self) -> (usize, usize) {
        (usize::from(self.from), usize::from(self.to))
    }
}

/// How many slots were refilled in a step, for every pair of basins.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    basins: usize,
    counts: Vec<u32>,
    /// The pairs that have a count.
    touched: Vec<u32>,
}

impl Moves {
    /// Begins with none, among so many basins.
    pub(super) fn begin(&mut self, basins: usize) {
        self.basins = basins;
        self.touched.clear();
        self.counts.clear();
        if basins <= MOST_BASINS {
            self.counts.resize(basins * basins, 0);
        }
    }

    /// Counts one.
    #[inline(always)]
    pub(super) fn note(&mut self, from: u16, to: u16) {
        let pair = usize::from(from) * self.basins + usize::from(to);
        if let Some(count) = self.counts.get_mut(pair) {
            if *count == 0 {
                self.touched.push(pair as u32);
            }
            *count += 1;
        }
    }

    /// Hands over every count and forgets it.
    fn drain(&mut self, mut take: impl FnMut(usize, u32)) {
        for pair in self.touched.drain(..) {
            take(pair as usize, std::mem::take(&mut self.counts[pair as usize]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the averages make of bursts is the sum of their kernels, whatever the steps between.
    #[test]
    fn the_rate_is_that_of_the_kernel() {
        let kernel = |s: f64| s / TIME_CONSTANT.powi(2) * (-s / TIME_CONSTANT).exp();
        for dt in [0.001, 0.05, 0.4] {
            let (mut traffic, mut moves, mut bursts) = (Traffic::new(3), Moves::default(), Vec::new());
            moves.begin(3);
            let mut integral = 0.0;
            for step in 1..=(6.0 / dt) as usize {
                if step % 7 == 3 {
                    let count = (step * step) % 11;
                    (0..count).for_each(|_| moves.note(0, 2));
                    bursts.push((step as f64 * dt, count as f64 / 100.0));
                }
                moves.note(1, 1);
                traffic.advance(dt, 100, &mut moves);
                let now = step as f64 * dt;
                let expected: f64 = bursts.iter().map(|(at, mass)| mass * kernel(now - at)).sum();
                assert!((traffic.rate(0, 2) - expected).abs() < 1e-12, "{dt} {step}");
                integral += dt * traffic.rate(0, 2);
            }
            let all: f64 = bursts.iter().map(|(_, mass)| mass).sum();
            assert!((traffic.total(0, 2) - all).abs() < 1e-12);
            assert_eq!((traffic.total(2, 0), traffic.rate(2, 1)), (0.0, 0.0));
            assert!((traffic.gained(2) - all).abs() < 1e-12 && (traffic.gained(0) + all).abs() < 1e-12);
            assert_eq!(traffic.gained(1), 0.0, "what stays within a basin is no gain");
            if dt < 0.01 {
                // The last bursts are not over yet.
                assert!(integral < all && integral > 0.85 * all, "{integral} of {all}");
            }
        }
    }

    #[test]
    fn among_very_many_basins_nothing_is_counted() {
        let (mut traffic, mut moves) = (Traffic::default(), Moves::default());
        moves.begin(MOST_BASINS + 1);
        moves.note(3, 4);
        traffic.advance(0.1, 10, &mut moves);
        assert_eq!((traffic.basins(), traffic.lanes().len()), (MOST_BASINS + 1, 0));
        assert!(traffic.is_sound());
    }

    #[test]
    fn traffic_that_cannot_be_is_told() {
        let lane = |from, to, rate| Lane {
            from,
            to,
            recent: 0.0,
            rate,
            total: 1.0,
        };
        let of = |lanes: &[Lane]| Traffic {
            basins: 3,
            lanes: lanes.to_vec(),
        };
        assert!(of(&[lane(0, 1, 0.5), lane(2, 0, 0.0)]).is_sound());
        assert!(!of(&[lane(2, 0, 0.5), lane(0, 1, 0.5)]).is_sound());
        assert!(!of(&[lane(0, 3, 0.5)]).is_sound());
        assert!(!of(&[lane(0, 1, f64::NAN)]).is_sound());
        assert!(!of(&[lane(0, 1, -0.1)]).is_sound());
    }
}
