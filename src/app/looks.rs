//! What a flow is called and how it looks: one colour and one mark, the same in every panel, plot and table.

use eframe::egui;
use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke};

use super::theme::Tokens;
use crate::flow::Flow;
use crate::scenario::free_name;
use crate::words::msg;

/// The corner of the square of rates nearest to what a flow does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Transport only.
    Langevin,
    /// Reaction only.
    FisherRao,
    /// Both.
    Wfr,
    /// Neither.
    Frozen,
}

impl Kind {
    /// The corners that have a button.
    pub(super) const BUTTONS: [Self; 3] = [Self::Langevin, Self::FisherRao, Self::Wfr];

    /// What a flow does now.
    pub(super) fn of(flow: &Flow) -> Self {
        match (flow.alpha > 0.0, flow.beta > 0.0) {
            (true, false) => Self::Langevin,
            (false, true) => Self::FisherRao,
            (true, true) => Self::Wfr,
            (false, false) => Self::Frozen,
        }
    }

    /// Its name in English: flows in files are called so.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Langevin => msg!("Langevin"),
            Self::FisherRao => msg!("Fisher–Rao"),
            Self::Wfr => msg!("WFR"),
            Self::Frozen => msg!("Frozen"),
        }
    }

    /// What particles do, in a few words, in English.
    pub(super) const fn motto(self) -> &'static str {
        match self {
            Self::Langevin => msg!("particles walk"),
            Self::FisherRao => msg!("weights flow"),
            Self::Wfr => msg!("both, so mass teleports"),
            Self::Frozen => msg!("nothing moves"),
        }
    }

    /// The rates (alpha, beta) of the corner.
    pub(super) const fn rates(self) -> (f64, f64) {
        match self {
            Self::Langevin => (1.0, 0.0),
            Self::FisherRao => (0.0, 1.0),
            Self::Wfr => (1.0, 1.0),
            Self::Frozen => (0.0, 0.0),
        }
    }
}

/// Sets the rates of a panel. A caption that only says what the flow does follows them.
pub(super) fn set_rates(panels: &mut [Flow], k: usize, (alpha, beta): (f64, f64)) {
    let says = |flow: &Flow| match (&flow.reverse, flow.beta > 0.0) {
        (None, _) => Kind::of(flow).name(),
        (Some(_), false) => "Scores only",
        (Some(_), true) => "With weights",
    };
    let flow = &mut panels[k];
    let follows = flow.name.trim_end_matches(|c: char| c == ' ' || c.is_ascii_digit()) == says(flow);
    (flow.alpha, flow.beta) = (alpha, beta);
    let name = says(flow);
    if follows && !flow.name.starts_with(name) {
        panels[k].name.clear();
        panels[k].name = free_name(panels, name);
    }
}

/// The looks of a flow, as an index into the tables of colours and marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look(usize);

/// The mark of a flow on its curves, so that flows are not told apart by colour alone. Broken lines are those of exact solutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Disc,
    Square,
    Triangle,
    Diamond,
    Wedge,
    Ring,
    Bar,
}

/// Marks by look.
const MARKS: [Mark; 7] = [
    Mark::Disc,
    Mark::Square,
    Mark::Triangle,
    Mark::Diamond,
    Mark::Wedge,
    Mark::Ring,
    Mark::Bar,
];

/// One look per flow. A flow looks like its corner; of several of a kind the one that is called by its kind, else the first,
/// and the others take spare looks. So the panels that nobody touched keep theirs when another becomes of their kind.
pub(super) fn looks(flows: &[Flow]) -> Vec<Look> {
    let own = |flow: &Flow| match Kind::of(flow) {
        Kind::Langevin => 0,
        Kind::FisherRao => 1,
        Kind::Wfr => 2,
        Kind::Frozen => 6,
    };
    let namesake = |flow: &Flow| flow.name == Kind::of(flow).name();
    let mut spare = 3..6;
    flows
        .iter()
        .enumerate()
        .map(|(k, flow)| {
            let mut rivals = flows.iter().enumerate().filter(|(_, f)| own(f) == own(flow));
            let first = rivals.clone().next().map(|(i, _)| i);
            let owner = rivals.find(|(_, f)| namesake(f)).map(|(i, _)| i).or(first);
            Look(if owner == Some(k) {
                own(flow)
            } else {
                spare.next().unwrap_or(own(flow))
            })
        })
        .collect()
}

impl Look {
    /// The colour.
    pub(super) const fn color(self, tokens: &Tokens) -> Color32 {
        tokens.flows[self.0]
    }

    /// A line through `points` with this look's mark at its end and, on the way, once in a while.
    pub(super) fn line(self, points: &[Pos2], stroke: Stroke, shapes: &mut Vec<Shape>) {
        /// Points of the screen between two marks.
        const APART: f32 = 64.0;
        shapes.push(Shape::line(points.to_vec(), stroke));
        let mut way = 0.5 * APART;
        for pair in points.windows(2) {
            way += (pair[1] - pair[0]).length();
            if way >= APART {
                way = 0.0;
                shapes.push(self.mark(pair[1], 1.5 * stroke.width, stroke.color));
            }
        }
        shapes.extend(
            points
                .last()
                .map(|&end| self.mark(end, 1.9 * stroke.width, stroke.color)),
        );
    }

    /// The mark of this look, about as large as a disc of this radius.
    pub(super) fn mark(self, at: Pos2, radius: f32, color: Color32) -> Shape {
        let polygon = |corners: &[(f32, f32)]| {
            let place = |&(x, y): &(f32, f32)| at + radius * egui::vec2(x, y);
            Shape::convex_polygon(corners.iter().map(place).collect(), color, Stroke::NONE)
        };
        match MARKS[self.0] {
            Mark::Disc => Shape::circle_filled(at, radius, color),
            Mark::Square => polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Mark::Triangle => polygon(&[(0.0, -1.35), (1.2, 0.75), (-1.2, 0.75)]),
            Mark::Diamond => polygon(&[(0.0, -1.35), (1.35, 0.0), (0.0, 1.35), (-1.35, 0.0)]),
            Mark::Wedge => polygon(&[(0.0, 1.35), (-1.2, -0.75), (1.2, -0.75)]),
            Mark::Ring => Shape::circle_stroke(at, radius, Stroke::new(0.5 * radius, color)),
            Mark::Bar => polygon(&[(-0.4, -1.3), (0.4, -1.3), (0.4, 1.3), (-0.4, 1.3)]),
        }
    }

    /// A short horizontal sample of the line, for captions and legends.
    pub(super) fn sample(self, painter: &Painter, from: Pos2, width: f32, tokens: &Tokens) {
        let (color, across) = (self.color(tokens), egui::vec2(width, 0.0));
        painter.line_segment([from, from + across], Stroke::new(3.0 * tokens.bold, color));
        painter.add(self.mark(from + 0.5 * across, 5.0 * tokens.bold, color));
    }
}

/// The broken line of an exact solution, so many times as thick as on a desk.
pub(super) fn exact_line(points: &[Pos2], (bold, color): (f32, Color32), shapes: &mut Vec<Shape>) {
    shapes.extend(Shape::dashed_line(
        points,
        Stroke::new(1.6 * bold, color),
        5.0 * bold,
        3.5 * bold,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_has_a_mark_of_its_own() {
        assert_eq!(MARKS.len(), crate::app::theme::Theme::Light.tokens().flows.len());
        for (k, mark) in MARKS.iter().enumerate() {
            assert!(!MARKS[..k].contains(mark), "{mark:?}");
        }
    }

    #[test]
    fn two_of_a_kind_look_different() {
        let flows = [Flow::wfr(), Flow::langevin(), Flow::wfr()];
        let looks = looks(&flows);
        assert_eq!(looks[1], Look(0));
        assert_ne!(looks[0], looks[2]);
    }

    #[test]
    fn a_panel_keeps_its_looks_when_another_becomes_of_its_kind() {
        let mut flows = [Flow::langevin(), Flow::fisher_rao(), Flow::wfr()];
        let before = looks(&flows);
        set_rates(&mut flows, 0, (1.0, 0.5));
        let after = looks(&flows);
        assert_eq!(before[1..], after[1..]);
        assert!(!after[1..].contains(&after[0]));
    }

    #[test]
    fn a_caption_follows_the_rates_unless_it_was_chosen() {
        let mut flows = [Flow::langevin(), Flow::new("My flow", 1.0, 0.0), Flow::wfr()];
        for k in 0..3 {
            set_rates(&mut flows, k, (1.0, 0.5));
        }
        assert_eq!(flows.each_ref().map(|f| f.name.as_str()), ["WFR 2", "My flow", "WFR"]);
        set_rates(&mut flows, 0, (1.0, 0.7));
        assert_eq!(flows[0].name, "WFR 2");
        set_rates(&mut flows, 0, (1.0, 0.0));
        assert_eq!(flows[0].name, "Langevin");
        let mut mixed = [Flow::reverse("Scores only", false), Flow::reverse("With weights", true)];
        set_rates(&mut mixed, 0, (1.0, 1.0));
        assert_eq!(mixed[0].name, "With weights 2");
        set_rates(&mut mixed, 1, (1.0, 0.0));
        assert_eq!(mixed[1].name, "Scores only");
    }
}
