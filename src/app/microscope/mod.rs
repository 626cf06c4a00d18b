//! One step under the microscope: the next step of a panel in slow motion, stage by stage.
//!
//! ```text
//! Action::Dissect ── pause; the state of the run ──▶ a thread: Simulation::dissect on a copy ──▶ Shown ──▶ the view
//! ```
//!
//! The run rests meanwhile and is not touched. What is shown belongs to the view, so that pictures show it too.

mod page;
mod paint;
mod words;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use eframe::egui::{Context, Key, Modifiers, Painter};

use super::App;
use super::background::{Background, Place as Where};
use super::drive::Drive;
use super::panel::Place;
use super::theme::Tokens;
use crate::chunks::Stop;
use crate::engine::{Control, Report, Status};
use crate::flow::Event;
use crate::lecture::Picture;
use crate::render::camera::{Camera, Projection};
use crate::scenario::Scenario;
use crate::sim::{Anatomy, Frame, Simulation};
use crate::snapshot::Plane;
use crate::space::Point;
use crate::timeline::State;
use paint::Moment;
use words::{Ending, Words};

/// Seconds that a stage takes.
const SECONDS: f32 = 1.5;
/// Particles looked at, of which some are drawn.
const LOOKED_AT: usize = 20_000;
/// Of those that are drawn, about so many at most are replaced in the step, where so many are.
const REPLACED: usize = 40;
/// Of the others at most so many because they are heavy.
const HEAVY: usize = 10;
/// How many steps ahead a step that replaces somebody is looked for.
const AHEAD: u64 = 5000;

/// A step, ready to be shown.
#[derive(Debug, PartialEq)]
pub(super) struct Shown {
    anatomy: Anatomy,
    words: Vec<Words>,
    ending: Ending,
    /// The particles in the order in which they are drawn as long as there is room for more.
    order: Vec<u32>,
    /// Typical length of a walk.
    stride: f64,
    /// Typical change of a log-weight.
    growth: f64,
}

impl Shown {
    fn of(anatomy: Anatomy) -> Self {
        let changes = || {
            anatomy
                .stages
                .iter()
                .flat_map(|stage| &stage.growth)
                .filter(|g| g.is_finite())
        };
        let (sum, count) = changes().fold((0.0, 0), |(sum, n), g| (sum + g * g, n + 1));
        Self {
            words: words::words(&anatomy),
            ending: words::ending(&anatomy),
            order: order(&anatomy),
            stride: words::stride(&anatomy),
            growth: if count == 0 {
                0.0
            } else {
                (sum / f64::from(count)).sqrt()
            },
            anatomy,
        }
    }
}

fn ln_of_average(anatomy: &Anatomy) -> f64 {
    -(anatomy.particles as f64).ln()
}

/// Some of those that are replaced first, since they are what is to be seen; then everybody, evenly spread, but who has no weight.
fn order(anatomy: &Anatomy) -> Vec<u32> {
    let n = anatomy.slots.len();
    let mut replaced: Vec<u32> = anatomy
        .stages
        .iter()
        .flat_map(|s| &s.landings)
        .map(|l| l.particle)
        .collect();
    replaced.sort_unstable();
    replaced.dedup();
    let stride = replaced.len().div_ceil(REPLACED).max(1);
    let mut order: Vec<u32> = replaced.into_iter().step_by(stride).collect();
    let mut known = vec![false; n];
    order.iter().for_each(|k| known[*k as usize] = true);
    // Then the heaviest: few, and most of what there is to see of weights.
    let mut heavy: Vec<u32> = (0..n as u32).filter(|k| !known[*k as usize]).collect();
    let weight = |k: &u32| {
        anatomy
            .stages
            .first()
            .map_or(0.0, |s| s.particles[*k as usize].log_weight)
    };
    heavy.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    heavy.retain(|k| weight(k) > ln_of_average(anatomy) + 1.0);
    heavy.truncate(HEAVY);
    heavy.iter().for_each(|k| known[*k as usize] = true);
    order.extend(heavy);
    // The numbers in the order of their reversed bits: every beginning is evenly spread.
    let bits = n.next_power_of_two().trailing_zeros();
    let spread = (0..1_u64 << bits).map(|k| (k.reverse_bits() >> (64 - bits.max(1))) as usize);
    let weighs = |k: &usize| {
        anatomy
            .stages
            .iter()
            .any(|s| s.particles[*k].log_weight > f64::NEG_INFINITY)
    };
    order.extend(spread.filter(|k| *k < n && !known[*k]).filter(weighs).map(|k| k as u32));
    order
}

/// What of the microscope is seen, in the window and in pictures.
#[derive(Clone, Debug, Default)]
pub(super) struct Stand {
    shown: Option<Arc<Shown>>,
    moment: Moment,
}

/// When a run is another one than the one that was looked at.
#[derive(Clone, Debug, PartialEq)]
struct At {
    panel: usize,
    step: u64,
    travels: u64,
    jumps: usize,
    scenario: Arc<Scenario>,
}

/// What a thread is asked, told apart by its number.
#[derive(Clone, Debug)]
struct Question {
    number: u64,
    panel: usize,
    frame: Arc<Frame>,
    /// Whether a step that replaces somebody is looked for, rather than this one looked at.
    seeks: bool,
    stop: Stop,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

#[derive(Debug)]
enum Answer {
    Step(Arc<Shown>),
    /// So many steps from here, or none near.
    Ahead(Option<u64>),
    /// There is no such panel.
    Nothing,
}

fn answer(question: &Question) -> Answer {
    let mut run = Simulation::from(&*question.frame);
    if question.panel >= run.scenario().panels.len() {
        return Answer::Nothing;
    }
    if !question.seeks {
        return Answer::Step(Arc::new(Shown::of(run.dissect(question.panel, LOOKED_AT))));
    }
    // The next step itself may be one; who asks for the next means one after it.
    if run.step().is_err() {
        return Answer::Ahead(None);
    }
    run.record();
    const PART: u64 = 16;
    for part in 0..AHEAD / PART {
        if question.stop.is_called() {
            break;
        }
        if let Some(steps) = run.steps_until_replacement(question.panel, PART) {
            return Answer::Ahead(Some(1 + part * PART + steps));
        }
    }
    Answer::Ahead(None)
}

/// The microscope of a window.
#[derive(Debug, Default)]
pub(super) struct Microscope {
    at: Option<At>,
    number: u64,
    /// The state of the run is on its way, to be looked at or to look ahead from.
    waits: Option<(Receiver<State>, bool)>,
    question: Option<Question>,
    work: Background<Question, Answer>,
    playing: bool,
    /// What there is to say about the search.
    search: Search,
    /// Where the panels looked before it was moved closer.
    camera: Option<Option<Camera>>,
}

/// A search for a step that replaces somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Search {
    #[default]
    None,
    On,
    /// The run is on its way to this step.
    Found(u64),
    InVain,
}

impl App {
    /// Opens the microscope on a panel, or the selected one; closes it where it is open there.
    pub(super) fn dissect(&mut self, panel: Option<usize>) {
        let panel = panel.unwrap_or(self.view.selected);
        if self.view.microscope == Some(panel) {
            self.close_microscope();
        } else {
            self.view.selected = panel;
            self.view.microscope = Some(panel);
        }
    }

    /// Puts it away; whether it was there. The run stays where it is, at rest.
    pub(super) fn close_microscope(&mut self) -> bool {
        if let Some(camera) = self.microscope.camera.take() {
            self.view.camera = camera;
        }
        self.view.microscope.take().is_some()
    }

    /// Puts the next step of a run under the microscope for a picture, at the stage with most to see of walks.
    pub(super) fn dissect_still(&mut self, run: &Simulation, panel: usize) {
        if panel >= run.scenario().panels.len() {
            return;
        }
        let shown = Shown::of(run.dissect(panel, LOOKED_AT));
        let stage = shown
            .anatomy
            .stages
            .iter()
            .rposition(|stage| matches!(stage.event, Event::Noise { .. } | Event::Friction { .. }));
        let moment = Moment {
            stage: stage.unwrap_or_default(),
            part: 1.0,
        };
        self.view.selected = panel;
        self.view.microscope = Some(panel);
        self.view.show(Picture::Plane);
        self.view.stand = Stand {
            shown: Some(Arc::new(shown)),
            moment,
        };
    }

    /// Plays the stages or holds; whether there is a microscope that Space is for.
    pub(super) fn toggle_stages(&mut self) -> bool {
        let Some(shown) = self
            .view
            .stand
            .shown
            .as_ref()
            .filter(|_| self.view.microscope.is_some())
        else {
            return self.view.microscope.is_some();
        };
        let (moment, last) = (&mut self.view.stand.moment, shown.words.len() - 1);
        if !self.microscope.playing && moment.stage >= last && moment.part >= 1.0 {
            *moment = Moment::default();
        }
        self.microscope.playing ^= true;
        true
    }

    /// Goes to a stage and shows what happens in it.
    fn go_to_stage(&mut self, stage: usize) {
        let Some(shown) = &self.view.stand.shown else { return };
        let stage = stage.min(shown.words.len() - 1);
        // In a run stepped by the drawing nothing depends on a clock.
        let part = if self.drive.place() == Where::Here { 1.0 } else { 0.0 };
        self.view.stand.moment = Moment { stage, part };
        self.microscope.playing = false;
    }

    /// Arrow keys go from stage to stage while it is open.
    pub(super) fn microscope_keys(&mut self, ctx: &Context) {
        if self.view.microscope.is_none() || ctx.text_edit_focused() || ctx.memory(|m| m.focused()).is_some() {
            return;
        }
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let stage = self.view.stand.moment.stage;
        if pressed(Key::ArrowRight) || pressed(Key::ArrowDown) {
            self.go_to_stage(stage + 1);
        }
        if pressed(Key::ArrowLeft) || pressed(Key::ArrowUp) {
            self.go_to_stage(stage.saturating_sub(1));
        }
    }

    /// Keeps what is under the microscope the step that comes next, and lets the stages pass.
    pub(super) fn watch_microscope(&mut self, ctx: &Context) {
        let Some((report, panel)) = self.report.clone().zip(self.view.microscope) else {
            self.forget_microscope();
            return;
        };
        if panel >= report.snapshot.panels.len() {
            self.close_microscope();
            return;
        }
        // A picture shows what was put there.
        if self.figure || matches!(self.drive, Drive::Still(_)) {
            return;
        }
        self.follow_run(&report, panel);
        self.ask_for_step(ctx);
        self.let_stages_pass(ctx);
    }

    fn forget_microscope(&mut self) {
        if self.microscope.at.take().is_some() {
            self.view.stand = Stand::default();
            self.microscope.stop();
            self.microscope.playing = false;
            self.microscope.search = Search::None;
        }
    }

    /// Asks for the state of a run that has become another, once it rests.
    fn follow_run(&mut self, report: &Report, panel: usize) {
        let at = At {
            panel,
            step: report.snapshot.step,
            travels: report.travels,
            jumps: report.strip.undo,
            scenario: Arc::clone(&report.snapshot.scenario),
        };
        if self.microscope.at.as_ref() == Some(&at) {
            return;
        }
        if self.microscope.at.as_ref().is_none_or(|last| last.panel != panel) {
            // It has just been opened.
            self.drive.send(Control::Pause);
            self.view.show(Picture::Plane);
        }
        if let Search::Found(step) = self.microscope.search
            && at.step != step
            && report.status == Status::Running
        {
            return;
        }
        self.microscope.search = Search::None;
        self.microscope.stop();
        self.microscope.at = Some(at);
        if report.status == Status::Running || report.travel.is_some() {
            // It will be asked again when it rests.
            self.drive.send(Control::Pause);
        }
        self.view.stand = Stand::default();
        self.microscope.waits = Some((self.drive.state(), false));
    }

    fn ask_for_step(&mut self, ctx: &Context) {
        let place = self.drive.place();
        let scope = &mut self.microscope;
        if let Some((receiver, seeks)) = scope.waits.take() {
            match receiver.try_recv() {
                Ok(state) => {
                    scope.number += 1;
                    scope.question = Some(Question {
                        number: scope.number,
                        panel: scope.at.as_ref().map_or(0, |at| at.panel),
                        frame: Arc::new(state.frame),
                        seeks,
                        stop: Stop::default(),
                    });
                }
                Err(TryRecvError::Empty) => {
                    scope.waits = Some((receiver, seeks));
                    ctx.request_repaint();
                }
                Err(TryRecvError::Disconnected) => {}
            }
        }
        let Some(question) = scope.question.clone() else { return };
        scope.work.ask(&question, place, "microscope", ctx, answer);
        let Some((_, answer)) = scope.work.answer().filter(|(of, _)| **of == question) else {
            return;
        };
        scope.question = None;
        match answer {
            Answer::Step(shown) => {
                // Pictures and tests show a stage as a whole, and play when they are told to.
                let here = place == Where::Here;
                self.view.stand = Stand {
                    shown: Some(Arc::clone(shown)),
                    moment: Moment {
                        stage: 0,
                        part: if here { 1.0 } else { 0.0 },
                    },
                };
                scope.playing = !here;
            }
            Answer::Ahead(Some(steps)) => {
                let from = scope.at.as_ref().map_or(0, |at| at.step);
                scope.search = Search::Found(from + steps);
                self.drive.send(Control::Steps(*steps));
            }
            Answer::Ahead(None) => scope.search = Search::InVain,
            Answer::Nothing => {}
        }
        scope.work.put(None);
    }

    fn let_stages_pass(&mut self, ctx: &Context) {
        let Some(shown) = &self.view.stand.shown else { return };
        let moment = &mut self.view.stand.moment;
        let last = shown.words.len() - 1;
        if moment.part < 1.0 || self.microscope.playing {
            let passed = ctx.input(|input| input.stable_dt).min(0.1) / SECONDS;
            moment.part += passed;
            if moment.part >= 1.0 {
                if !self.microscope.playing {
                    moment.part = 1.0;
                } else if moment.part >= 1.0 + PAUSE {
                    // Each stage rests for a moment, to be read.
                    if moment.stage < last {
                        *moment = Moment {
                            stage: moment.stage + 1,
                            part: 0.0,
                        };
                    } else {
                        moment.part = 1.0;
                        self.microscope.playing = false;
                    }
                }
            }
            ctx.request_repaint();
        }
    }

    /// Looks for the next step that replaces somebody, from where the run is.
    fn search(&mut self) {
        self.microscope.search = Search::On;
        self.microscope.waits = Some((self.drive.state(), true));
    }

    /// Looks so closely at the densest place that walks can be seen as long as they are; or as before.
    fn look_closer(&mut self) {
        if let Some(camera) = self.microscope.camera.take() {
            self.view.camera = camera;
            return;
        }
        let Some(shown) = &self.view.stand.shown else { return };
        self.microscope.camera = Some(self.view.camera);
        let size = self.view.room;
        let view = Camera::fitting(self.draft.view(), Point::new(f64::from(size.x), f64::from(size.y)));
        let walk = if shown.stride > 0.0 {
            34.0 / shown.stride
        } else {
            4.0 * view.scale
        };
        self.view.camera = Some(Camera {
            center: densest(shown),
            scale: walk.clamp(view.scale, 60.0 * view.scale),
        });
    }

    /// Draws the step into its panel, if it is this one and this state; what must be said about the picture. `None`: draw as always.
    pub(super) fn paint_microscope(
        &self,
        painter: &Painter,
        place: Place<'_>,
        on: &Projection,
        tokens: &Tokens,
    ) -> Option<String> {
        let shown = self.view.stand.shown.as_ref()?;
        let anatomy = &shown.anatomy;
        let here = self.view.microscope == Some(place.index) && anatomy.panel == place.index;
        if !here || anatomy.step != place.snapshot().step || place.panel().plane != Plane::Positions {
            return None;
        }
        let color = place.look.color(tokens);
        paint::paint(painter, (shown, self.view.stand.moment), on, (color, tokens))
    }
}

/// How long a stage rests when it has played, in stages.
const PAUSE: f32 = 0.8;

impl Microscope {
    /// Forgets where the panels looked before.
    pub(super) const fn forget_camera(&mut self) {
        self.camera = None;
    }

    /// Gives up what is being asked.
    fn stop(&mut self) {
        self.waits = None;
        if let Some(question) = self.question.take() {
            question.stop.call();
        }
    }
}

/// The middle of the square that holds most weight, a twelfth of the width of all of them.
fn densest(shown: &Shown) -> Point {
    let first = &shown.anatomy.stages[0].particles;
    let spread = |of: fn(&Point) -> f64| {
        let values = first.iter().map(|s| of(&s.at));
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
    };
    let ((left, right), (bottom, top)) = (spread(|p| p.x), spread(|p| p.y));
    const CELLS: usize = 12;
    let cell = |value: f64, least: f64, most: f64| {
        let share = (value - least) / (most - least).max(1e-12);
        ((share * CELLS as f64) as usize).min(CELLS - 1)
    };
    let mut cells = vec![(0.0, Point::default()); CELLS * CELLS];
    for seen in first {
        let place = cell(seen.at.y, bottom, top) * CELLS + cell(seen.at.x, left, right);
        let weight = seen.log_weight.exp();
        cells[place].0 += weight;
        cells[place].1 += weight * seen.at;
    }
    let best = cells.into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(weight, _)| *weight > 0.0)
        .map_or_else(Point::default, |(weight, sum)| (1.0 / weight) * sum)
}
