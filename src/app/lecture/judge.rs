//! Claims judged while the run holds where a card ends.
//!
//! They are judged beside the drawing, since a spectral gap takes a while, of the report that is on show; a verdict is shown only as long
//! as the run stands there.

use std::sync::Arc;

use eframe::egui::Context;

use super::{Lecture, Phase};
use crate::app::App;
use crate::app::background::Background;
use crate::engine::{Report, Status};
use crate::lecture::{Finding, Guess, Measured};

/// What became of the claims and the question of a card.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) findings: Vec<Finding>,
    /// The numbers that were asked for, or why there are none.
    pub(super) answer: Result<Vec<f64>, String>,
}

/// A card to judge, and the state in which it ended.
#[derive(Clone, Debug)]
pub(super) struct Case {
    lecture: Arc<Lecture>,
    card: usize,
    report: Arc<Report>,
}

impl PartialEq for Case {
    /// The same card in the same state of the same run.
    fn eq(&self, other: &Self) -> bool {
        let state = |case: &Self| (case.card, case.report.travels, case.report.snapshot.step);
        Arc::ptr_eq(&self.lecture, &other.lecture) && state(self) == state(other)
    }
}

/// Judges one card after another.
pub(super) type Judge = Background<Case, Arc<Verdict>>;

fn judge(case: &Case) -> Arc<Verdict> {
    let card = &case.lecture.cards[case.card];
    let measured = Measured {
        snapshot: &case.report.snapshot,
        exact: case.report.exact.as_deref(),
    };
    let findings = card.claims.iter().map(|claim| claim.that.judge(&claim.says, &measured));
    let answer = match card.question.as_ref().map(|question| &question.guess) {
        None | Some(Guess::Choice { .. }) => Ok(Vec::new()),
        Some(Guess::Number { of, .. }) => of.measure(&measured).map(|value| vec![value]),
        Some(Guess::Masses { panel }) => {
            let snapshot = measured.snapshot;
            let flows = &snapshot.scenario.panels;
            let index = flows.iter().position(|flow| flow.name == *panel);
            let shown = index.and_then(|k| snapshot.panels.get(k));
            let masses = shown.map(|shown| shown.now.basin_mass.clone());
            masses.ok_or_else(|| format!("there is no panel `{panel}`"))
        }
    };
    Arc::new(Verdict {
        findings: findings.collect(),
        answer,
    })
}

impl App {
    /// Judges the card once the run holds at its end and the exact solution has come there.
    pub(super) fn judge_card(&mut self, ctx: &Context, report: &Arc<Report>) {
        if !self.holds_at_end(report) {
            return;
        }
        let place = self.drive.place();
        let Some(on) = &mut self.hall.on else { return };
        if on.findings.is_some() {
            return;
        }
        let solved = report.exact.as_ref().filter(|_| !report.exact_is_old);
        if self.solves && solved.is_none_or(|exact| exact.time != report.snapshot.time) {
            return;
        }
        let case = Case {
            lecture: Arc::clone(&on.lecture),
            card: on.card,
            report: Arc::clone(report),
        };
        self.hall.judge.ask(&case, place, "wfr-lab claims", ctx, judge);
        if let Some((of, verdict)) = self.hall.judge.answer()
            && *of == case
        {
            on.findings = Some(Arc::clone(verdict));
        }
    }

    /// Whether the run stands where the card ends.
    fn holds_at_end(&self, report: &Report) -> bool {
        let Some(on) = &self.hall.on else { return false };
        on.phase == Phase::Over
            && report.snapshot.step == on.passage.to
            && report.travel.is_none()
            && report.status == Status::Paused
            && self.is_on_card()
    }

    /// What became of the claims: only while the run stands where they were judged.
    pub(super) fn findings(&self) -> Option<&Arc<Verdict>> {
        let here = self.report.as_deref().is_some_and(|report| self.holds_at_end(report));
        self.hall.on.as_ref()?.findings.as_ref().filter(|_| here)
    }
}
