//! How noise comes over the data: the variance-preserving diffusion and its clock.
//!
//! dX = −½ b(t) X dt + √b(t) dW on 0 ≤ t ≤ 1, so that X = a X₀ + s ξ with a = exp(−½ B(t)), B(t) = ∫₀ᵗ b, s² = 1 − a². Everything that
//! samplers need is a function of B: a step of any length integrates b exactly.

use std::f64::consts::FRAC_PI_2;

use serde::{Deserialize, Deserializer, Serialize};

use crate::params::{self, Number};
use crate::vectorize::{acos, cos, exp, exp_m1, ln, tan};

/// The rate b(t).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Schedule {
    /// b = from + (to − from) t: Ho, Jain and Abbeel (2020) in continuous time.
    Linear {
        /// b at the data.
        #[serde(deserialize_with = "read_rate")]
        from: f64,
        /// b at the noise.
        #[serde(deserialize_with = "read_rate")]
        to: f64,
    },
    /// a(t) ∝ cos of an angle that grows evenly: Nichol and Dhariwal (2021), ended where b is still finite.
    Cosine,
}

/// A rate of noise.
pub const RATE: Number = Number::log(1e-3, 100.0, 20.0, "/time", "how fast noise comes over the data");

fn read_rate<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "rate of noise", &RATE)
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Linear { from: 0.1, to: 20.0 }
    }
}

/// The angles (in right angles) between which the cosine schedule runs.
const COSINE: (f64, f64) = (0.008 / 1.008, 0.995);

/// The state of the noise at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Diffusion time t: 0 at the data, 1 at the noise.
    pub time: f64,
    /// B(t) = ∫₀ᵗ b.
    pub integral: f64,
    /// What is left of the data: a.
    pub signal: f64,
    /// Variance of the noise: s² = 1 − a².
    pub variance: f64,
}

impl Level {
    /// The level at which log(a²/s²) is so large, of the schedule whose time is B: what models say does not depend on the clock.
    pub fn of_log_snr(log_snr: f64) -> Self {
        let variance = 1.0 / (1.0 + exp(log_snr));
        let integral = ln(1.0 + exp(-log_snr));
        Self {
            time: integral,
            integral,
            signal: exp(-0.5 * integral),
            variance,
        }
    }
}

/// Where the times of a run lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spacing {
    /// Evenly in the log of signal over noise, log(a²/s²): every scale gets its share. The last step goes from s² = 10⁻⁴ to the data.
    #[default]
    LogSnr,
    /// Evenly in t.
    Even,
}

/// The variance of the noise from which the last step leads to the data.
const LAST: f64 = 1e-4;

impl Schedule {
    /// B(t) = ∫₀ᵗ b.
    pub fn integral(&self, t: f64) -> f64 {
        match *self {
            Self::Linear { from, to } => t * (from + 0.5 * (to - from) * t),
            Self::Cosine => -2.0 * (ln(cos(angle(t))) - ln(cos(angle(0.0)))),
        }
    }

    /// b(t).
    pub fn rate(&self, t: f64) -> f64 {
        match *self {
            Self::Linear { from, to } => from + (to - from) * t,
            Self::Cosine => 2.0 * FRAC_PI_2 * (COSINE.1 - COSINE.0) * tan(angle(t)),
        }
    }

    /// The state of the noise at time t.
    pub fn level(&self, t: f64) -> Level {
        let integral = self.integral(t);
        Level {
            time: t,
            integral,
            signal: exp(-0.5 * integral),
            variance: -exp_m1(-integral),
        }
    }

    /// The time at which B is so large, from 0 to 1.
    fn time_of(&self, integral: f64) -> f64 {
        let t = match *self {
            Self::Linear { from, to } if to == from => integral / from,
            // The stable root of ½ (to − from) t² + from t = B.
            Self::Linear { from, to } => 2.0 * integral / (from + (from * from + 2.0 * (to - from) * integral).sqrt()),
            Self::Cosine => {
                let angle = acos(cos(angle(0.0)) * exp(-0.5 * integral));
                (angle / FRAC_PI_2 - COSINE.0) / (COSINE.1 - COSINE.0)
            }
        };
        t.clamp(0.0, 1.0)
    }

    /// The levels of a run of so many steps, from noise to data: one more than steps.
    pub fn levels(&self, steps: usize, spacing: Spacing) -> Vec<Level> {
        let steps = steps.max(1);
        (0..=steps).map(|k| self.level_after(k, steps, spacing)).collect()
    }

    /// The level after k of so many steps.
    pub fn level_after(&self, k: usize, steps: usize, spacing: Spacing) -> Level {
        // log(a²/s²) of a variance s².
        let snr = |variance: f64| ln(1.0 - variance) - ln(variance);
        let (first, last) = (snr(self.level(1.0).variance), snr(LAST));
        let time = match spacing {
            _ if k == 0 => 1.0,
            _ if k == steps => 0.0,
            Spacing::Even => 1.0 - k as f64 / steps as f64,
            Spacing::LogSnr => {
                let snr = first + (last - first) * k as f64 / (steps - 1) as f64;
                self.time_of(ln(1.0 + exp(-snr)))
            }
        };
        self.level(time)
    }
}

/// The angle of the cosine schedule.
fn angle(t: f64) -> f64 {
    FRAC_PI_2 * (COSINE.0 + (COSINE.1 - COSINE.0) * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Schedule; 2] = [Schedule::Linear { from: 0.1, to: 20.0 }, Schedule::Cosine];

    #[test]
    fn the_integral_is_that_of_the_rate() {
        for schedule in BOTH {
            for t in [0.01, 0.3, 0.77, 0.99] {
                let h = 1e-5;
                let slope = (schedule.integral(t + h) - schedule.integral(t - h)) / (2.0 * h);
                // b grows like 1/(1 − t) at the end of the cosine schedule, and its differences err accordingly.
                assert!((slope / schedule.rate(t) - 1.0).abs() < 1e-5, "{schedule:?} {t}");
                assert!((schedule.time_of(schedule.integral(t)) - t).abs() < 1e-12);
                let level = schedule.level(t);
                assert!((level.signal * level.signal + level.variance - 1.0).abs() < 1e-14);
            }
            assert_eq!(schedule.integral(0.0), 0.0);
        }
        // b = .1 + 19.9 t.
        assert!((BOTH[0].integral(0.2) - 0.418).abs() < 1e-15);
        assert!((BOTH[0].integral(1.0) - 10.05).abs() < 1e-13);
        let end = BOTH[1].integral(1.0);
        assert!(end > 9.0 && end < 10.5, "{end}");
    }

    #[test]
    fn times_run_from_noise_to_data_evenly_in_their_measure() {
        for schedule in BOTH {
            for spacing in [Spacing::LogSnr, Spacing::Even] {
                let levels = schedule.levels(50, spacing);
                assert_eq!((levels.len(), levels[0].time, levels[50].time), (51, 1.0, 0.0));
                assert!(levels.windows(2).all(|pair| pair[0].time > pair[1].time));
                let measure = |level: &Level| match spacing {
                    Spacing::LogSnr => (level.signal * level.signal / level.variance).ln(),
                    Spacing::Even => -level.time,
                };
                let gaps: Vec<f64> = levels[..50]
                    .windows(2)
                    .map(|p| measure(&p[1]) - measure(&p[0]))
                    .collect();
                assert!(gaps.iter().all(|gap| (gap / gaps[0] - 1.0).abs() < 1e-6), "{gaps:?}");
            }
            assert!((schedule.levels(50, Spacing::LogSnr)[49].variance / LAST - 1.0).abs() < 1e-6);
            assert_eq!(schedule.levels(1, Spacing::LogSnr).len(), 2);
        }
    }
}
