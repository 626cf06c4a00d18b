//! Where on the way from noise to data a run is, in words.

use crate::digits::short;
use crate::scenario::Scenario;
use crate::words::t;

/// A place on the way, or a time of flows: "t = 0.370".
pub(in crate::app) fn place(scenario: &Scenario, time: f64) -> String {
    let time = scenario.level(time).map_or(time, |level| level.time);
    format!("t = {time:.3}")
}

/// How much of the variance there is noise: "noise 62 %"; of flows nothing.
pub(in crate::app) fn noise(scenario: &Scenario, time: f64) -> Option<String> {
    let level = scenario.level(time)?;
    Some(t!("noise {share}", share = share(level.variance)))
}

/// A share as a percentage that does not vanish: near the data little noise is left.
pub(super) fn share(variance: f64) -> String {
    let percent = 100.0 * variance;
    if percent >= 9.95 {
        format!("{percent:.0} %")
    } else if percent >= 0.095 {
        format!("{percent:.1} %")
    } else {
        format!("{} %", short(percent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets;
    use crate::target::{Blend, Shape};

    #[test]
    fn the_clock_tells_diffusion_time_and_noise() {
        let flows = presets()[0].scenario();
        assert_eq!(place(&flows, 0.25), "t = 0.250");
        assert_eq!(noise(&flows, 0.25), None);
        let mixture = flows.with_target(Shape::Blend(Blend::default()), None);
        assert_eq!(place(&mixture, 0.0), "t = 1.000");
        assert_eq!(noise(&mixture, 0.0).as_deref(), Some("noise 100 %"));
        assert_eq!(place(&mixture, 1.0), "t = 0.000");
        assert_eq!(noise(&mixture, 1.0).as_deref(), Some("noise 0 %"));
        // The last step but one is that of s² = 10⁻⁴.
        assert_eq!(noise(&mixture, 199.0 * mixture.dt).as_deref(), Some("noise 0.01 %"));
        assert_eq!([0.62, 0.0951, 0.0123].map(share), ["62 %", "9.5 %", "1.2 %"]);
    }
}
