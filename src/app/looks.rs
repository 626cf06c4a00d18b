//! What a flow is called and how it looks: one colour and one line style, the same in every panel, plot and table.

use eframe::egui;
use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke};

use super::theme::Tokens;
use crate::flow::Flow;

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

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Langevin => "Langevin",
            Self::FisherRao => "Fisher–Rao",
            Self::Wfr => "WFR",
            Self::Frozen => "Frozen",
        }
    }

    /// What particles do, in a few words.
    pub(super) const fn motto(self) -> &'static str {
        match self {
            Self::Langevin => "particles walk",
            Self::FisherRao => "weights flow",
            Self::Wfr => "both, so mass teleports",
            Self::Frozen => "nothing moves",
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
    let flow = &mut panels[k];
    let follows = flow.name.trim_end_matches(|c: char| c == ' ' || c.is_ascii_digit()) == Kind::of(flow).name();
    (flow.alpha, flow.beta) = (alpha, beta);
    let name = Kind::of(flow).name();
    if follows && !flow.name.starts_with(name) {
        panels[k].name.clear();
        panels[k].name = free_name(panels, name);
    }
}

/// The name itself, or with a number where a panel has it already.
pub(super) fn free_name(panels: &[Flow], name: &str) -> String {
    let taken = |wanted: &str| panels.iter().any(|flow| flow.name == wanted);
    let numbered = (2..).map(|k| format!("{name} {k}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|wanted| !taken(wanted))
        .unwrap_or_default()
}

/// How a line is broken: lengths of strokes and gaps in points; empty for a solid line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dashes(&'static [f32], &'static [f32]);

/// The looks of a flow, as an index into the tables of colours and dashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look(usize);

/// Dashes by look: solid, dashed, dash-dot, dotted, long dashes, dash-dot-dot, short dashes.
const DASHES: [Dashes; 7] = [
    Dashes(&[], &[]),
    Dashes(&[8.0], &[4.0]),
    Dashes(&[9.0, 2.0], &[3.0, 3.0]),
    Dashes(&[2.0], &[3.0]),
    Dashes(&[14.0], &[5.0]),
    Dashes(&[9.0, 2.0, 2.0], &[3.0, 3.0, 3.0]),
    Dashes(&[4.0], &[4.0]),
];

/// One look per flow. A flow looks like its corner; the second of a kind takes one of the spare looks.
pub(super) fn looks(flows: &[Flow]) -> Vec<Look> {
    let mut spare = 3..6;
    let mut taken = Vec::new();
    for flow in flows {
        let own = match Kind::of(flow) {
            Kind::Langevin => 0,
            Kind::FisherRao => 1,
            Kind::Wfr => 2,
            Kind::Frozen => 6,
        };
        let free = !taken.contains(&Look(own));
        taken.push(Look(if free { own } else { spare.next().unwrap_or(own) }));
    }
    taken
}

impl Look {
    /// The colour.
    pub(super) const fn color(self, tokens: &Tokens) -> Color32 {
        tokens.flows[self.0]
    }

    /// A line through `points` in this look.
    pub(super) fn line(self, points: &[Pos2], stroke: Stroke, shapes: &mut Vec<Shape>) {
        let Dashes(strokes, gaps) = DASHES[self.0];
        if strokes.is_empty() || points.len() < 2 {
            shapes.push(Shape::line(points.to_vec(), stroke));
        } else {
            shapes.extend(Shape::dashed_line_with_offset(points, stroke, strokes, gaps, 0.0));
        }
    }

    /// A short horizontal sample of the line, for captions and legends.
    pub(super) fn sample(self, painter: &Painter, from: Pos2, width: f32, tokens: &Tokens) {
        let mut shapes = Vec::new();
        let stroke = Stroke::new(3.0, self.color(tokens));
        self.line(&[from, from + egui::vec2(width, 0.0)], stroke, &mut shapes);
        painter.extend(shapes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_a_kind_look_different() {
        let flows = [Flow::wfr(), Flow::langevin(), Flow::wfr()];
        let looks = looks(&flows);
        assert_eq!(looks[1], Look(0));
        assert_ne!(looks[0], looks[2]);
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
    }
}
