//! The gauge of the effective sample size: how many particles the weights are worth, with a zone that says when that is too few, and
//! how many ancestors have survived.

use std::sync::Arc;

use eframe::egui::{
    FontId, Galley, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::panel::Place;
use super::spots;
use super::theme::{Tokens, size};
use super::widgets::{grouped, percent, short};
use crate::flow::Reaction;
use crate::lecture::Pointer;
use crate::observe::Observables;
use crate::snapshot::Snapshot;
use crate::words::t;

/// The zone (share of N) where nothing is resampled by itself, so that there is no threshold to fall below.
const FEW: f64 = 0.1;
/// Width of the bar (points), and where a picture has plenty of room.
const BAR: [f32; 2] = [46.0, 110.0];
/// Height of the bar (points).
const HEIGHT: f32 = 10.0;
/// Room of the value, "0.4 %" among others, and between the parts.
const VALUE: f32 = 37.0;
const GAP: f32 = 5.0;

/// What the gauge of a panel shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// ESS/N.
    pub(super) share: f64,
    /// Below this share is too few.
    pub(super) zone: f64,
    /// Whether falling below it resamples.
    pub(super) resamples: bool,
}

impl Reading {
    /// What is to be shown of a panel.
    pub(super) fn of(snapshot: &Snapshot, panel: usize) -> Option<Self> {
        let shown = snapshot.panels.get(panel)?;
        let flow = snapshot.scenario.panels.get(panel)?;
        let threshold = snapshot.scenario.resampling(panel).threshold;
        // At a threshold of 1 every step resamples, and there is no zone to fall into.
        let resamples = threshold > 0.0 && threshold < 1.0 && flow.beta > 0.0 && flow.reaction == Reaction::Weights;
        Some(Self {
            share: (shown.now.ess / shown.particles.max(1) as f64).clamp(0.0, 1.0),
            zone: if resamples { threshold } else { FEW },
            resamples,
        })
    }

    /// Whether the weights are worth too few particles.
    pub(super) fn is_low(&self) -> bool {
        self.share < self.zone
    }

    fn zone_means(&self) -> String {
        let zone = percent(self.zone);
        if self.resamples {
            t!(
                "Hatched zone: below {zone} this panel resamples, and all weights are equal again.",
                zone
            )
        } else {
            t!("Hatched zone: below {zone} a few heavy particles speak for all.", zone)
        }
    }

    fn help(&self, now: &Observables, particles: usize) -> String {
        let lines = [
            t!(
                "Effective sample size: {ess} particles of equal weight would tell as much as these {all}.",
                ess = grouped(now.ess.round() as i64),
                all = grouped(particles as i64)
            ),
            t!(
                "Largest weight: {share} of all, {times} times the average.",
                share = percent(now.largest_weight),
                times = short(now.largest_weight * particles as f64)
            ),
            self.zone_means(),
            t!(
                "Families: {families} of the particles of the start still have descendants.",
                families = grouped(now.families as i64)
            ),
        ];
        lines.join("\n")
    }
}

/// A gauge ready to be drawn: as wide as what it says.
pub(super) struct Gauge<'a> {
    place: Place<'a>,
    reading: Reading,
    bar: f32,
    value: Arc<Galley>,
    families: Option<Arc<Galley>>,
}

impl<'a> Gauge<'a> {
    /// The gauge of a panel in the widest of these rooms that leaves no count of families out, the most wanted first; in the last of them
    /// without it where there is no room at all.
    pub(super) fn of(painter: &Painter, place: Place<'a>, rooms: &[f32], tokens: &Tokens) -> Option<Self> {
        let reading = Reading::of(place.snapshot(), place.index)?;
        let text = |text: String, color| painter.layout_no_wrap(text, FontId::proportional(size::BODY), color);
        let color = if reading.is_low() { tokens.on_error } else { tokens.text };
        let value = text(percent(reading.share), color);
        let families = place.panel().now.families;
        let (long, brief) = (
            t!("families {families}", families = grouped(families as i64)),
            t!("fam. {families}", families = thousands(families)),
        );
        let gauge = |families: Option<&String>| Self {
            place,
            reading,
            bar: BAR[usize::from(place.picture.width() > 420.0)],
            value: Arc::clone(&value),
            families: families.map(|words| text(words.clone(), tokens.text)),
        };
        let fitting = rooms.iter().find_map(|room| {
            let wordings = [&long, &brief].into_iter().map(|words| gauge(Some(words)));
            wordings.into_iter().find(|gauge| gauge.width() <= *room)
        });
        Some(fitting.unwrap_or_else(|| gauge(None)))
    }

    /// The room that it takes.
    pub(super) fn width(&self) -> f32 {
        // The value has the room of the widest one, so that nothing moves while it changes.
        let families = self.families.as_ref().map_or(0.0, |text| GAP + text.size().x);
        self.bar + GAP + VALUE + families
    }

    /// Draws it.
    pub(super) fn ui(self, ui: &mut Ui, tokens: &Tokens) {
        let (reading, panel, number) = (self.reading, self.place.panel(), self.place.index + 1);
        let height = self.value.size().y.max(16.0);
        let (rect, response) = ui.allocate_exact_size(vec2(self.width(), height), Sense::hover());
        response.widget_info(|| {
            let (share, families) = (percent(reading.share), grouped(panel.now.families as i64));
            let text = if reading.is_low() {
                t!(
                    "Effective sample size of panel {number}: {share}, too low; {families} families",
                    number,
                    share,
                    families
                )
            } else {
                t!(
                    "Effective sample size of panel {number}: {share}, enough; {families} families",
                    number,
                    share,
                    families
                )
            };
            WidgetInfo::labeled(Role::Meter, true, text)
        });
        let middle = rect.center().y;
        let bar = Rect::from_min_size(pos2(rect.left(), middle - 0.5 * HEIGHT), vec2(self.bar, HEIGHT));
        paint_bar(ui.painter(), bar, &reading, tokens);
        let place = |left: f32, text: &Galley| pos2(left, middle - 0.5 * text.size().y);
        let at = place(bar.right() + GAP, &self.value);
        if reading.is_low() {
            // A plate as well, so that low is not told by colour alone.
            let plate = Rect::from_min_size(at, self.value.size()).expand2(vec2(2.5, -1.0));
            ui.painter().rect_filled(plate, 3.0, tokens.error);
        }
        ui.painter().galley(at, self.value, tokens.text);
        if let Some(text) = self.families {
            let at = place(rect.right() - text.size().x, &text);
            ui.painter().galley(at, text, tokens.text);
        }
        spots::note(ui.ctx(), Pointer::Gauge(number), rect);
        response.on_hover_text(reading.help(&panel.now, panel.particles));
    }
}

/// A count in few letters.
fn thousands(count: usize) -> String {
    match count {
        0..10_000 => grouped(count as i64),
        10_000..10_000_000 => format!("{}k", count / 1000),
        _ => format!("{}M", count / 1_000_000),
    }
}

/// A bar from 0 to 1: filled up to the value, hatched up to the end of the zone, which a post marks.
pub(super) fn paint_bar(painter: &Painter, bar: Rect, reading: &Reading, tokens: &Tokens) {
    let at = |share: f64| bar.left() + share.clamp(0.0, 1.0) as f32 * bar.width();
    let zone = Rect::from_min_max(bar.min, pos2(at(reading.zone), bar.bottom()));
    painter.rect_filled(bar, 0.0, tokens.field);
    painter.rect_filled(zone, 0.0, tokens.error.gamma_multiply(0.22));
    hatch(
        painter,
        zone,
        Stroke::new(tokens.bold, tokens.error.gamma_multiply(0.75)),
    );
    let thick = 0.5 * bar.height();
    let fill = Rect::from_center_size(
        pos2(0.5 * (bar.left() + at(reading.share)), bar.center().y),
        vec2(at(reading.share) - bar.left(), thick),
    );
    painter.rect_filled(fill, 0.0, if reading.is_low() { tokens.error } else { tokens.text });
    painter.rect_stroke(bar, 0.0, Stroke::new(tokens.bold, tokens.text_weak), StrokeKind::Inside);
    let post = Stroke::new(2.0 * tokens.bold, tokens.error);
    painter.vline(at(reading.zone), bar.top() - 2.0..=bar.bottom() + 2.0, post);
}

/// Slanted lines, 4 points apart, cut off at the edges.
fn hatch(painter: &Painter, rect: Rect, stroke: Stroke) {
    let mut shapes = Vec::new();
    let mut left = rect.left() - rect.height() + 2.0;
    while left < rect.right() {
        // From the foot (left, bottom) up to the right, to (left + height, top).
        let place = |x: f32| -> Pos2 {
            let x = x.clamp(rect.left(), rect.right());
            pos2(x, rect.bottom() - (x - left))
        };
        shapes.push(Shape::line_segment([place(left), place(left + rect.height())], stroke));
        left += 4.0;
    }
    painter.extend(shapes);
}
