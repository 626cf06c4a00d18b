//! Numbers known from elsewhere: the oracle table, and the far field of mixtures.

use super::*;
use crate::space::Symmetric;

fn assert_moments(target: &dyn Target, temperature: f64, mean: (f64, f64), covariance: (f64, f64, f64)) {
    let m = target.moments(temperature).unwrap();
    let found = [m.mean.x, m.mean.y, m.covariance.xx, m.covariance.xy, m.covariance.yy];
    let known = [mean.0, mean.1, covariance.0, covariance.1, covariance.2];
    for (found, known) in found.iter().zip(known) {
        assert!((found - known).abs() < 1e-9, "{target:?}: {found} is not {known}");
    }
}

#[test]
fn oracle_values_are_met() {
    assert_moments(&Banana { squeeze: 2.0 }, 1.0, (1.0, 3.0), (2.0, 4.0, 16.5));
    assert_moments(&Mixture::four_modes(), 1.0, (0.0, 5.0), (5.105, 0.0, 5.505));
    let donut = Ring {
        radius: 5.0,
        width: 0.25,
    };
    assert_moments(&donut, 1.0, (0.0, 0.0), (12.546_875, 0.0, 12.546_875));
    let variance = (0.5f64 * 1.44).exp();
    assert_moments(&Funnel { scale: 1.2 }, 1.0, (0.0, 0.0), (variance, 0.0, 1.44));
}

#[test]
fn the_double_well_agrees_with_the_textbook() {
    let lifted = DoubleWell {
        barrier: 4.0,
        tilt: 0.0,
    };
    let textbook = TextbookWell { stiffness: 16.0 };
    for p in points(&textbook, 100) {
        let (a, b) = (lifted.energy(p) - 4.0, textbook.energy(p));
        assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{a} {b} at {p:?}");
    }
}

#[test]
fn the_surface_of_muller_and_brown_is_theirs_down_where_anything_happens() {
    // The published stationary points, at scale 1 with the plain exponentials.
    let surface = MullerBrown { scale: 0.1 };
    let published = [
        (-0.558_223_63, 1.441_725_84, -146.699_517),
        (0.623_499_40, 0.028_037_76, -108.166_724),
        (-0.050_010_83, 0.466_694_10, -80.767_818),
        (-0.822_001_56, 0.624_312_80, -40.664_844),
        (0.212_486_58, 0.292_988_33, -72.248_940),
    ];
    for (x, y, energy) in published {
        let p = Point::new(x, y);
        assert!(
            (surface.energy(p) - 0.1 * energy).abs() < 1e-5,
            "{} at {p:?}",
            surface.energy(p)
        );
        assert!(surface.gradient(p).norm() < 1e-4, "{:?} at {p:?}", surface.gradient(p));
    }
    // Where its last term leaves the exponential, energies are far above all that matters.
    let start = Point::new(-1.0, 1.0) + (6.0f64 / 0.7).sqrt() * Point::new(0.0, -1.0);
    assert!(surface.energy(start) > 200.0);
}

#[test]
fn himmelblau_is_zero_in_its_four_wells() {
    let classic = Himmelblau { scale: 1.0 };
    for (x, y) in [
        (3.0, 2.0),
        (-2.805_118, 3.131_313),
        (-3.779_310, -3.283_186),
        (3.584_428, -1.848_127),
    ] {
        assert!(classic.energy(Point::new(x, y)) < 1e-9);
    }
}

#[test]
fn the_ring_has_no_force_at_its_center() {
    let ring = Ring::default();
    assert_eq!(ring.gradient(Point::default()), Point::default());
    assert!(ring.gradient(Point::new(1e-160, 0.0)).is_finite());
}

#[test]
fn the_funnel_survives_any_fall() {
    let funnel = Funnel::default();
    for x in [0.0, 1.0] {
        let p = Point::new(x, -1e4);
        assert!(funnel.energy(p).is_finite() && funnel.gradient(p).is_finite());
    }
}

#[test]
fn mixtures_stay_right_far_from_all_components() {
    for mixture in [
        Mixture::default(),
        Mixture::four_modes(),
        Mixture::ring_of(10, 2.0, 1e-3),
    ] {
        for k in 0..24 {
            let (sin, cos) = (f64::from(k) * 15.0 + 1.0).to_radians().sin_cos();
            let p = 1e3 * Point::new(cos, sin);
            // There one component outweighs all others: the one with the lowest energy of its own.
            let alone = |c: &Component| {
                let d = p - c.mean;
                let pull = c.covariance.inverse().apply(d);
                (0.5 * d.dot(pull), pull)
            };
            let (lowest, pull) = mixture
                .components()
                .iter()
                .map(alone)
                .min_by(|a, b| a.0.total_cmp(&b.0))
                .unwrap();
            let (u, g) = (mixture.energy(p), mixture.gradient(p));
            assert!((u - lowest).abs() < 1e-4 * lowest, "{u} is not near {lowest}");
            // Two components that are nearly as far away may share, but no more than that.
            assert!((g - pull).norm() < 0.02 * pull.norm(), "{g:?} is not near {pull:?}");
        }
    }
}

#[test]
fn mixtures_are_the_sum_of_their_gaussians() {
    let mixture = Mixture::default();
    let sum = |p: Point| {
        let parts = mixture.components().iter().map(|c| {
            let d = p - c.mean;
            let density = (-0.5 * d.dot(c.covariance.inverse().apply(d))).exp();
            c.weight / 5.0 * density / (std::f64::consts::TAU * c.covariance.determinant().sqrt())
        });
        -parts.sum::<f64>().ln()
    };
    for p in points(&mixture, 200).into_iter().step_by(2) {
        assert!((mixture.energy(p) - sum(p)).abs() < 1e-11, "at {p:?}");
    }
}

#[test]
fn the_size_of_weights_does_not_matter() {
    let scaled = |factor: f64| {
        let mut components = Mixture::default().components().to_vec();
        for c in &mut components {
            c.weight *= factor;
        }
        Mixture::new(components).unwrap()
    };
    for p in points(&Mixture::default(), 20) {
        let u = Mixture::default().energy(p);
        for factor in [8.0, 1e307, 1e-307] {
            assert!((scaled(factor).energy(p) - u).abs() < 1e-12 * (1.0 + u.abs()));
        }
    }
    let mut lopsided = Mixture::default().components().to_vec();
    lopsided[0].weight = 5e-324;
    let lopsided = Mixture::new(lopsided).unwrap();
    assert!(lopsided.energy(Point::new(-1.6, -1.0)).is_finite());
}

#[test]
fn components_that_make_no_mixture_are_refused() {
    let good = Component::new(1.0, Point::default(), Symmetric::new(1.0, 0.0, 1.0));
    let refused = |c: Component| Mixture::new(vec![good, c]).unwrap_err().to_string();
    assert_eq!(
        refused(Component {
            covariance: Symmetric::new(1.0, 2.0, 1.0),
            ..good
        }),
        "covariance (1, 2, 1) is not positive definite: expected xx > 0, yy > 0 and xx·yy > xy²"
    );
    assert_eq!(
        refused(Component { weight: -1.0, ..good }),
        "weight -1 is not possible: expected a number above 0"
    );
    assert!(
        refused(Component {
            weight: f64::INFINITY,
            ..good
        })
        .contains("expected a number above 0")
    );
    assert!(
        refused(Component {
            mean: Point::new(f64::NAN, 0.0),
            ..good
        })
        .contains("expected coordinates")
    );
    assert!(
        refused(Component {
            covariance: Symmetric::new(1e-9, 0.0, 1.0),
            ..good
        })
        .contains("from 1e-8")
    );
    assert_eq!(
        Mixture::new(vec![good; 65]).unwrap_err().to_string(),
        "65 components are not possible: expected 1 to 64"
    );
    assert_eq!(Mixture::new(Vec::new()).unwrap_err(), MixtureError::Count(0));
}

#[test]
fn cold_laws_are_narrow_gaussians_in_every_well() {
    // The hardest quadrature there is: eight wells, each a five-hundredth of the interval wide.
    let grid = WellGrid {
        count: 8.0,
        spacing: 1.5,
        barrier: 20.0,
    };
    let t = 1e-3;
    let narrow = t * 1.5 * 1.5 / (32.0 * 20.0); // variance in one well
    let m = grid.moments(t).unwrap();
    // First correction, from u = 16 barrier (s² − 2 |s|³ + …) on 14 of the 16 flanks along each axis.
    let s = (t / (32.0 * 20.0)).sqrt();
    let cubic = 14.0 / 16.0 * 32.0 * 20.0 / t * 2.0 * (2.0 / std::f64::consts::PI).sqrt() * s.powi(3);
    let log_normaliser = (64.0 * std::f64::consts::TAU * narrow).ln() + 2.0 * cubic;
    assert!(
        (m.log_normaliser - log_normaliser).abs() < 1e-4,
        "{} {log_normaliser}",
        m.log_normaliser
    );
    // The outer wells miss that correction on one flank and are lighter for it, by a thousandth.
    let flank = cubic * 8.0 / 14.0;
    let spread = 63.0 / 12.0 - 2.0 / 8.0 * flank * (3.5 * 3.5 - 63.0 / 12.0);
    let variance = 1.5 * 1.5 * spread + narrow;
    assert!(
        (m.covariance.xx - variance).abs() < 2e-5 * variance,
        "{} {variance}",
        m.covariance.xx
    );
}
