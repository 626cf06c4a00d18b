//! All solutions of a scenario at one model time.

use std::sync::Arc;

use super::{ExactEntry, STEP, disc, frame, start};
use crate::continuum::{Continuum, Growth, Rates};
use crate::flow::{Flow, Rate, Transport};
use crate::landscape::Landscape;
use crate::observe::{Observables, Observer, Smoothed};
use crate::scenario::{Scenario, Tempo, factor};
use crate::sim::{Dab, Stroke};
use crate::space::{Field, Grid, Rect};

/// The first step of a start, and how much of the time since then later steps may be.
const FIRST: f64 = 1e-4;
const GROWTH: f64 = 0.05;
/// Steps after an edit are as if the start had been so long ago, or longer.
const SETTLING: f64 = 0.05;

/// Less mass than this is none: what is left of it would be rounding.
const LEAST: f64 = 1e-12;

pub(super) const UNDERDAMPED: &str =
    "There is no exact solution for particles with velocities: their law has four dimensions.";
pub(super) const LATER: &str = "The exact solution of this flow begins at the next reset.";
pub(super) const ERASED: &str =
    "The brush has taken away all of the exact solution; it begins again at the next reset.";
pub(super) const BROKEN: &str =
    "The exact solution met a number that is not finite; it begins again at the next reset.";

/// The solutions, and what they are measured with.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) time: f64,
    /// When it started, or as good as: steps grow from there.
    since: f64,
    /// The scenario in force here.
    scenario: Arc<Scenario>,
    observer: Observer,
    pub(super) panels: Vec<Result<Panel, &'static str>>,
}

/// The solution of one panel.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) law: Continuum,
    /// As last measured.
    pub(super) now: Arc<ExactEntry>,
    pub(super) smoothed: Arc<Smoothed>,
    /// The logarithm of the normaliser when the law was last moved to another grid.
    log_normaliser: f64,
    /// The flow's own time.
    clock: f64,
}

/// The laws of all panels at one time.
#[derive(Clone, Debug)]
pub(super) struct Laws {
    pub(super) time: f64,
    since: f64,
    panels: Vec<Result<Law, &'static str>>,
}

#[derive(Clone, Debug)]
struct Law {
    mass: Vec<f64>,
    clock: f64,
    normalisers: (f64, f64),
    now: Arc<ExactEntry>,
    smoothed: Arc<Smoothed>,
}

impl Laws {
    pub(super) fn bytes(&self) -> usize {
        let law = |law: &Law| size_of_val(&law.mass[..]) + law.smoothed.bytes();
        self.panels.iter().flatten().map(law).sum()
    }
}

impl World {
    /// The start of a scenario.
    pub(super) fn start(scenario: &Arc<Scenario>) -> Self {
        let landscape = scenario.landscape();
        let observer = Observer::new(&landscape, scenario.view());
        let extent = start::extent(scenario);
        let start = frame::choose(&landscape, observer.grid(), scenario.view(), extent)
            .map(|grid| Continuum::new(&landscape, &start::masses(scenario, grid)));
        let panel = |flow: &Flow| {
            let law = start.as_ref().map_err(|reason| *reason)?;
            solvable(flow)?;
            let mut panel = Panel {
                law: law.clone(),
                now: Arc::default(),
                smoothed: Arc::new(observer.smoothed()),
                log_normaliser: 0.0,
                clock: 0.0,
            };
            if flow.reverse.is_none() {
                panel.follow(flow, &landscape);
            }
            Ok(panel)
        };
        let panels = scenario.panels.iter().map(panel).collect();
        let mut world = Self {
            time: 0.0,
            since: 0.0,
            panels,
            scenario: Arc::clone(scenario),
            observer,
        };
        if scenario.is_reverse() {
            world.rest();
        }
        world
    }

    /// Whether this scenario is the one in force.
    pub(super) fn is_settled(&self, scenario: &Arc<Scenario>) -> bool {
        Arc::ptr_eq(&self.scenario, scenario)
    }

    /// Takes over what has been edited; the laws stay.
    pub(super) fn settle(&mut self, scenario: &Arc<Scenario>) {
        if self.is_settled(scenario) {
            return;
        }
        let before = std::mem::replace(&mut self.scenario, Arc::clone(scenario));
        if scenario.is_reverse() {
            // On the way from noise to data nothing is edited but the picture.
            if before.view() != scenario.view() {
                self.observer = Observer::new(&scenario.landscape(), scenario.view());
            }
            self.rest();
            return;
        }
        self.since = self.since.max(self.time - SETTLING);
        let landscape = scenario.landscape();
        let moved = (before.landscape(), before.view()) != (landscape.clone(), scenario.view());
        let measuring = self.observer.grid();
        if moved {
            self.observer = Observer::new(&landscape, scenario.view());
        }
        let same_picture = self.observer.grid() == measuring;
        let mut chooser = moved.then(|| frame::Chooser::new(&landscape, self.observer.grid(), scenario.view()));
        for (i, (flow, before)) in scenario.panels.iter().zip(&before.panels).enumerate() {
            let (done, rest) = self.panels.split_at_mut(i);
            let Some(panel) = rest.first_mut() else { break };
            let followed = match panel {
                Ok(panel) => solvable(flow).and_then(|()| {
                    if let Some(chooser) = &mut chooser {
                        let grid = chooser.choose(panel.extent())?;
                        panel.transfer((grid, same_picture), &landscape, done);
                    }
                    if moved || flow.rate != before.rate {
                        panel.follow(flow, &landscape);
                    }
                    Ok(())
                }),
                // What could not be solved has no law to go on from; but it may now be something that never can.
                Err(_) => Err(solvable(flow).err().unwrap_or(LATER)),
            };
            if let Err(reason) = followed {
                *panel = Err(reason);
            }
        }
    }

    /// From noise to data no equation need be solved: the law that is wanted is known at every time.
    fn rest(&mut self) {
        let landscape = self.scenario.landscape_at(self.time);
        self.observer = self.observer.against(&landscape);
        let grid = self.panels.iter().flatten().next().map(|panel| panel.law.grid());
        let law = grid.map(|grid| Continuum::at_rest(&landscape, grid));
        for (panel, law) in self.panels.iter_mut().flatten().zip(std::iter::repeat(&law).flatten()) {
            panel.law.clone_from(law);
        }
    }

    /// Where the laws are, without what they are solved with.
    pub(super) fn laws(&self) -> Laws {
        let law = |panel: &Result<Panel, &'static str>| {
            panel.as_ref().map_err(|reason| *reason).map(|panel| Law {
                mass: panel.law.mass().to_vec(),
                clock: panel.clock,
                normalisers: (panel.law.log_normaliser(), panel.log_normaliser),
                now: Arc::clone(&panel.now),
                smoothed: Arc::clone(&panel.smoothed),
            })
        };
        Laws {
            time: self.time,
            since: self.since,
            panels: self.panels.iter().map(law).collect(),
        }
    }

    /// Takes up laws that this world had at another time, with the same scenario in force.
    pub(super) fn recall(&mut self, laws: &Laws) {
        (self.time, self.since) = (laws.time, laws.since);
        for (panel, law) in self.panels.iter_mut().zip(&laws.panels) {
            match (panel.as_mut(), law) {
                (Ok(panel), Ok(law)) => {
                    panel.law.recall(&law.mass, law.normalisers.0);
                    panel.log_normaliser = law.normalisers.1;
                    panel.clock = law.clock;
                    (panel.now, panel.smoothed) = (Arc::clone(&law.now), Arc::clone(&law.smoothed));
                }
                (_, Err(reason)) => *panel = Err(reason),
                (Err(_), Ok(_)) => {}
            }
        }
        if self.scenario.is_reverse() {
            self.rest();
        }
    }

    /// Whether laws of this world are those of another: the same scenario, panels and grids.
    pub(super) fn is_stage_of(&self, other: &Self) -> bool {
        let grid = |panel: &Result<Panel, &'static str>| panel.as_ref().ok().map(|panel| panel.law.grid());
        Arc::ptr_eq(&self.scenario, &other.scenario)
            && self.panels.len() == other.panels.len()
            && self
                .panels
                .iter()
                .zip(&other.panels)
                .all(|(a, b)| b.is_err() || grid(a) == grid(b))
    }

    /// About how many bytes this takes: a solver has a dozen numbers for each cell.
    pub(super) fn bytes(&self) -> usize {
        let cells = |panel: &Panel| 12 * size_of::<f64>() * panel.law.grid().len();
        self.panels.iter().flatten().map(cells).sum()
    }

    /// Takes over a scenario of which nothing but the panels is new, and those are here already.
    pub(super) fn rearranged(&mut self, scenario: &Arc<Scenario>) {
        self.scenario = Arc::clone(scenario);
    }

    /// Touches every law with a brush, beside so many slots of particles.
    pub(super) fn brush(&mut self, dab: Dab, slots: usize) {
        let landscape = self.scenario.landscape();
        let (view, measuring) = (self.scenario.view(), self.observer.grid());
        // What is put in has edges as sharp as those of a start.
        self.since = self.time;
        for (panel, flow) in self.panels.iter_mut().zip(&self.scenario.panels) {
            let Ok(solved) = panel else { continue };
            let touched = match dab.stroke {
                Stroke::Add(n) => solved.put_in(dab, f64::from(n) / (slots as f64 + f64::from(n)), |needed| {
                    frame::choose(&landscape, measuring, view, needed)
                }),
                Stroke::Erase => solved.take_out(dab),
            };
            match touched {
                Ok(masses) => {
                    solved.log_normaliser += solved.law.log_normaliser();
                    solved.law = if masses.grid == solved.law.grid() {
                        Continuum::beside(&solved.law, &masses)
                    } else {
                        Continuum::new(&landscape, &masses)
                    };
                    solved.follow(flow, &landscape);
                }
                Err(reason) => *panel = Err(reason),
            }
        }
    }

    /// Goes on to a model time, driven as the run is.
    pub(super) fn advance(&mut self, time: f64, tempo: &Tempo) {
        if self.scenario.is_reverse() {
            if time > self.time {
                self.time = time;
                self.panels.iter_mut().flatten().for_each(|panel| panel.clock = time);
                self.rest();
            }
            return;
        }
        for (end, factors) in tempo.spans(self.time, time) {
            let (from, to) = (self.time - self.since, end - self.since);
            for (i, (panel, flow)) in self.panels.iter_mut().zip(&self.scenario.panels).enumerate() {
                if let Ok(panel) = panel {
                    let factor = factor(factors, i);
                    let rates = Rates {
                        alpha: factor * flow.alpha,
                        beta: factor * flow.beta,
                    };
                    // A driven flow takes as many steps more.
                    walk(&mut panel.law, rates, (from, to), factor);
                    panel.clock += factor * (to - from).max(0.0);
                }
            }
            self.time = self.time.max(end);
        }
    }

    /// Measures every solution.
    pub(super) fn measure(&mut self, tempo: &Tempo) {
        for (i, (panel, flow)) in self.panels.iter_mut().zip(&self.scenario.panels).enumerate() {
            let Ok(solved) = panel else { continue };
            let observed = Observables {
                time: self.time,
                clock: solved.clock,
                factor: tempo.before(self.time, i),
                log_normaliser: match flow.rate {
                    Rate::FisherRao if flow.reverse.is_none() => 0.0,
                    _ => solved.log_normaliser + solved.law.log_normaliser(),
                },
                ..self.observer.observe_cells(&solved.masses())
            };
            let functionals = solved.law.functionals();
            let figures = [
                observed.mean.x,
                observed.mean.y,
                observed.kl,
                functionals.kl,
                functionals.information,
            ];
            if figures.iter().all(|f| f.is_finite()) {
                solved.smoothed = Arc::new(self.observer.smoothed());
                solved.now = Arc::new(ExactEntry { observed, functionals });
            } else {
                *panel = Err(BROKEN);
            }
        }
    }
}

/// Steps that grow with the time since the start: what starts high on a steep slope is in a hurry, and soon is not. `fineness`
/// divides all of them.
pub(super) fn walk(law: &mut Continuum, rates: Rates, (mut from, to): (f64, f64), fineness: f64) {
    while from < to {
        let longest = (GROWTH * from).clamp(FIRST, STEP) / fineness;
        let left = to - from;
        let step = left / (left / longest).ceil();
        law.step(rates, step);
        from += step;
        // The last step ends where it shall, but for rounding.
        if left - step < 1e-3 * step {
            break;
        }
    }
}

impl Panel {
    fn masses(&self) -> Field {
        Field {
            grid: self.law.grid(),
            values: self.law.mass().to_vec(),
        }
    }

    /// Where nearly all of the law is.
    fn extent(&self) -> Rect {
        frame::extent(&self.masses())
    }

    /// Another landscape, on another grid if that is needed: if the picture has changed, or the grid is too small. Some panels have it.
    fn transfer(&mut self, (needed, same_picture): (Grid, bool), landscape: &Landscape, done: &[Result<Self, &str>]) {
        let grid = self.law.grid();
        if same_picture && frame::holds(grid.rect, needed.rect) && grid.dx() <= needed.dx() * (1.0 + 1e-9) {
            match done.iter().flatten().find(|panel| panel.law.grid() == grid) {
                Some(panel) => self.law.share_landscape(&panel.law),
                None => self.law.set_landscape(landscape),
            }
        } else {
            self.log_normaliser += self.law.log_normaliser();
            self.law = Continuum::new(landscape, &frame::moved(&self.masses(), needed));
        }
    }

    /// The law with this share of it spread evenly over the disc of a brush; on another grid where this one does not hold it.
    fn put_in(
        &self,
        dab: Dab,
        share: f64,
        choose: impl FnOnce(Rect) -> Result<Grid, &'static str>,
    ) -> Result<Field, &'static str> {
        let needed = disc::bounds(dab.center, dab.radius);
        let mut masses = self.masses();
        if !frame::holds(masses.grid.rect, needed) {
            masses = frame::moved(&masses, choose(needed.hull(self.extent()))?);
        }
        masses.values.iter_mut().for_each(|m| *m *= 1.0 - share);
        disc::add_disc(&mut masses, (dab.center, dab.radius), share);
        Ok(masses)
    }

    /// The law without what is inside the disc of a brush.
    fn take_out(&self, dab: Dab) -> Result<Field, &'static str> {
        let mut masses = self.masses();
        disc::erase_disc(&mut masses, (dab.center, dab.radius));
        let left: f64 = masses.values.iter().sum();
        if left > LEAST {
            masses.values.iter_mut().for_each(|m| *m /= left);
            Ok(masses)
        } else {
            Err(ERASED)
        }
    }

    /// Follows this flow, from here on.
    fn follow(&mut self, flow: &Flow, landscape: &Landscape) {
        let grid = self.law.grid();
        let walk = match flow.rate {
            Rate::Corrected(theta) => Some(landscape.steepened(theta).field(grid)),
            _ => None,
        };
        self.law.set_walk(walk.as_ref());
        self.law.set_growth(growth(&flow.rate, landscape, grid));
    }
}

/// The reaction of a flow.
fn growth(rate: &Rate, landscape: &Landscape, grid: Grid) -> Growth {
    match rate {
        Rate::FisherRao => Growth::FisherRao,
        Rate::Quadratic(x, y) => Growth::Given(grid.field(|p| -0.5 * (x * p.x * p.x + y * p.y * p.y))),
        Rate::Potential(shape) => {
            let potential = Landscape::new((**shape).clone(), 1.0);
            let mut field = potential.field(grid);
            field.values.iter_mut().for_each(|v| *v = -*v);
            Growth::Given(field)
        }
        Rate::Corrected(theta) => {
            let mut field = Field::zeros(grid);
            let xs: Vec<f64> = (0..grid.nx).map(|i| grid.center(i, 0).x).collect();
            let mut ys = vec![0.0; grid.nx];
            for (j, row) in field.values.chunks_exact_mut(grid.nx).enumerate() {
                ys.fill(grid.center(0, j).y);
                landscape.correction_into(*theta, &xs, &ys, row);
            }
            Growth::Given(field)
        }
    }
}

/// Whether the law of a flow solves an equation of the plane.
fn solvable(flow: &Flow) -> Result<(), &'static str> {
    match flow.transport {
        // Without transport nobody moves, with or without a velocity.
        Transport::Underdamped(_) if flow.alpha > 0.0 => Err(UNDERDAMPED),
        _ => Ok(()),
    }
}
