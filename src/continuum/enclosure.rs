//! Whether a view holds the law π ∝ e^{−V}, and whether there is such a law at all.
//!
//! Z(s) = ∫ e^{−V} over s times the view is summed by midpoints, each ring between two scales on a grid of its own. Where Z still
//! grows from ring to ring at the largest scale there is no law: rings of equal ratio hold less and less of anything integrable
//! (|p|^{−k} with k > 2 loses a share of 1 − 2^{2−k} from one to the next). Known failure: valleys, holes and peaks narrower than a
//! cell are seen by chance only, as is a pole between midpoints.

use crate::landscape::Landscape;
use crate::space::{Field, Grid, Rect};
use crate::vectorize::exp;

/// How a view holds π.
#[derive(Clone, Debug, PartialEq)]
pub struct Enclosure {
    /// Share of what is in the view that lies in its rim, a sixteenth of its size at each side.
    pub rim: f64,
    /// Scales s of the view, and Z(s)/Z(1).
    pub growth: Vec<(f64, f64)>,
    /// Share of the view in which V is no number.
    pub undefined: f64,
    /// What that means.
    pub verdict: Verdict,
}

/// What is to be said of a view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Nearly all of π is in the view.
    Enclosed,
    /// This share of π lies outside.
    TooSmall(f64),
    /// e^{−V} has no finite integral.
    Unbounded,
    /// V is a number nowhere in the view.
    Nowhere,
}

/// Multiples of the view that are looked at. The last three rings are of equal ratio.
const SCALES: [f64; 10] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0, 32.0, 64.0];
/// Cells along each side of each grid: a multiple of 16 for the rim, and of 24 so that no cell lies across a scale.
const CELLS: usize = 144;
/// Share of π that may lie outside the view without a word.
const OUTSIDE: f64 = 0.03;
/// Share of the last ring below which it does not matter in any run that it does not shrink.
const NEGLIGIBLE: f64 = 1e-6;

/// Looks at a landscape in and far around a view.
pub fn enclosure(landscape: &Landscape, view: Rect) -> Enclosure {
    let fields = SCALES.map(|s| landscape.field(Grid::new(view.scaled(s), CELLS, CELLS)));
    let finite = |field: &Field| {
        let values = field.values.iter().copied();
        values.filter(|v| !v.is_nan()).fold(f64::INFINITY, f64::min)
    };
    let floor = fields.iter().map(finite).fold(f64::INFINITY, f64::min);
    let undefined = fields[0].values.iter().filter(|v| v.is_nan()).count() as f64 / (CELLS * CELLS) as f64;
    let plain = |verdict| Enclosure {
        rim: 0.0,
        growth: Vec::new(),
        undefined,
        verdict,
    };
    if finite(&fields[0]) == f64::INFINITY {
        return plain(Verdict::Nowhere);
    }
    if floor == f64::NEG_INFINITY {
        return plain(Verdict::Unbounded);
    }
    let mass = |field: &Field, counts: &dyn Fn(usize, usize) -> bool| {
        let cells = field.values.iter().enumerate();
        let counted = cells.filter(|(k, v)| !v.is_nan() && counts(k % CELLS, k / CELLS));
        let sum: f64 = counted.map(|(_, v)| exp(floor - v)).sum();
        sum * field.grid.dx() * field.grid.dy()
    };
    let inside = mass(&fields[0], &|_, _| true);
    let edge = CELLS / 16;
    let in_rim = |i: usize, j: usize| i.min(j) < edge || i.max(j) >= CELLS - edge;
    let mut rings = vec![inside];
    for (k, field) in fields.iter().enumerate().skip(1) {
        let within = view.scaled(SCALES[k - 1]);
        rings.push(mass(field, &|i, j| !within.contains(field.grid.center(i, j))));
    }
    let mut total = 0.0;
    let growth = SCALES.iter().zip(&rings).map(|(&s, ring)| {
        total += ring;
        (s, total / inside)
    });
    let growth = growth.collect();
    let (before, last) = (rings[SCALES.len() - 2], rings[SCALES.len() - 1]);
    let outside = 1.0 - inside / total;
    let verdict = if last > NEGLIGIBLE * total && last > 0.95 * before {
        Verdict::Unbounded
    } else if outside > OUTSIDE {
        Verdict::TooSmall(outside)
    } else {
        Verdict::Enclosed
    };
    Enclosure {
        rim: if inside > 0.0 {
            mass(&fields[0], &in_rim) / inside
        } else {
            0.0
        },
        growth,
        undefined,
        verdict,
    }
}

impl Enclosure {
    /// What a user should know, in one or two sentences; nothing where all is well.
    pub fn notice(&self) -> Option<String> {
        let percent = |share: f64| {
            if share < 0.995 {
                format!("{:.0} %", 100.0 * share.max(0.01))
            } else {
                "nearly all".to_owned()
            }
        };
        let law = match self.verdict {
            Verdict::Enclosed => None,
            Verdict::TooSmall(outside) => Some(format!(
                "The view is too small: {} of the law \u{3c0} lies outside it. Zoom out.",
                percent(outside)
            )),
            Verdict::Unbounded => Some(
                "There is no law \u{3c0}: U does not rise far outside, and e^(\u{2212}U/T) has no finite integral. \
                 What is shown is that of the view alone; particles leave it for good."
                    .to_owned(),
            ),
            Verdict::Nowhere => Some("U is a number nowhere in the view.".to_owned()),
        };
        let undefined = (self.undefined > 0.0 && self.verdict != Verdict::Nowhere).then(|| {
            format!(
                "U is no number in {} of the view: particles that come there lose their weight.",
                percent(self.undefined)
            )
        });
        let sentences: Vec<String> = law.into_iter().chain(undefined).collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}
