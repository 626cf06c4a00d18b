//! The probe: what every panel is like at one place, in figures beside the pointer.

use eframe::egui;
use eframe::egui::{Align2, FontId, Painter, Pos2, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use super::super::App;
use super::super::panel::Place;
use super::super::theme::{Theme, Tokens, size};
use super::super::verdict::is_behind;
use super::super::widgets::button;
use super::brush::within;
use super::hands::{cross, screen, usable, world};
use crate::reference::Solution;
use crate::render::camera::Projection;
use crate::snapshot::Probed;
use crate::space::{Field, Point};

impl App {
    /// What the pointer does with the probe: a click pins it, a drag moves the view.
    pub(super) fn probe_pointer(&mut self, ui: &Ui, place: Place<'_>, on: &Projection, response: &Response) -> bool {
        if self.hands.asked.take().is_some() {
            self.hands.pinned = match self.hands.pinned {
                Some(_) => None,
                None => self.at(),
            };
        }
        let pointer = response.interact_pointer_pos();
        if let Some(pointer) = pointer.filter(|_| response.clicked()) {
            self.hands.pinned = Some(world(on, pointer));
        }
        if response.secondary_clicked() {
            self.hands.pinned = None;
        }
        if let Some(readings) = self.readings(place) {
            // For those who do not see the plate.
            let corner = Rect::from_min_size(place.picture.min, vec2(1.0, 1.0));
            let label = ui.interact(corner, response.id.with("readings"), Sense::hover());
            let says = readings.sentence(place.index);
            label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
        }
        response.clicked() || response.double_clicked()
    }

    /// The options of the probe.
    pub(super) fn probe_options_ui(&mut self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        if let Some(at) = self.hands.pinned {
            let place = format!("pinned at ({}, {})", figure(at.x, 3), figure(at.y, 3));
            ui.label(RichText::new(place).color(tokens.text_weak));
            if button(ui, "Unpin", "Unpin the probe").clicked() {
                self.hands.pinned = None;
            }
        }
    }

    /// A cross at the place, and a plate with what is read there.
    pub(super) fn paint_probe(&self, painter: &Painter, place: Place<'_>, on: &Projection, tokens: &Tokens) {
        let Some(at) = self.hands.pinned.or_else(|| self.at()).filter(|_| usable(place)) else {
            return;
        };
        let center = screen(on, at);
        cross(painter, center, tokens);
        if self.hands.pinned.is_some() {
            painter.circle_stroke(center, 4.0, egui::Stroke::new(1.5, tokens.accent));
        }
        if let Some(readings) = self.readings(place) {
            readings.paint(painter, place.picture, center, tokens);
        }
    }

    fn readings(&self, place: Place<'_>) -> Option<Readings> {
        let probed = **place.panel().probed.as_ref()?;
        let snapshot = place.snapshot();
        let current = place
            .report
            .exact
            .as_ref()
            .is_some_and(|exact| !is_behind(snapshot, exact));
        let solution = place.solution().filter(|_| current && self.view.layers.exact);
        Some(Readings {
            probed,
            exact: solution.and_then(|solution| density_at(solution, probed.at)),
        })
    }
}

/// What a plate says.
struct Readings {
    probed: Probed,
    /// The exact density there.
    exact: Option<f64>,
}

/// Name, figure of the particles, figure of the exact solution, unit.
type Row = (&'static str, String, String, &'static str);

impl Readings {
    fn rows(&self) -> Vec<Row> {
        let Probed {
            potential,
            slope,
            log_target,
            log_density,
            log_ratio,
            rate,
            ..
        } = self.probed;
        let exact_ratio = self.exact.filter(|rho| *rho > 0.0).map(|rho| rho.ln() - log_target);
        let some = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| figure(v, 3));
        let beside = |v: Option<f64>| v.map_or_else(String::new, |v| figure(v, 3));
        vec![
            ("V", figure(potential, 3), String::new(), "kT"),
            ("slope", figure(slope, 3), String::new(), "kT/length"),
            ("ρ", some(log_density.map(f64::exp)), beside(self.exact), "per area"),
            ("log ρ/π", some(log_ratio), beside(exact_ratio), ""),
            ("reaction", some(rate), String::new(), "per time"),
        ]
    }

    /// All of it in one sentence.
    fn sentence(&self, index: usize) -> String {
        let at = self.probed.at;
        let place = format!(
            "Probe in panel {} at ({}, {})",
            index + 1,
            figure(at.x, 3),
            figure(at.y, 3)
        );
        let mut parts = vec![place];
        if self.probed.log_density.is_none() {
            parts.push("no particle near".to_owned());
        }
        for (name, seen, exact, unit) in self.rows() {
            if seen != "–" {
                parts.push(format!("{name} {seen} {unit}").trim_end().to_owned());
            }
            if !exact.is_empty() {
                parts.push(format!("{name} of the exact solution {exact}"));
            }
        }
        parts.join(", ")
    }

    fn paint(&self, painter: &Painter, picture: Rect, at: Pos2, tokens: &Tokens) {
        let font = FontId::proportional(size::SMALL);
        let text = |text: &str, color| painter.layout_no_wrap(text.to_owned(), font.clone(), color);
        let rows = self.rows();
        let with_exact = rows.iter().any(|row| !row.2.is_empty());
        let place = self.probed.at;
        let title = format!("({}, {})", figure(place.x, 2), figure(place.y, 2));
        let title = text(&title, tokens.text);
        let remark = if self.probed.log_density.is_none() {
            "no particle near"
        } else if with_exact {
            "exact"
        } else {
            ""
        };
        let mut lines: Vec<[_; 4]> = Vec::new();
        for (name, seen, exact, unit) in &rows {
            lines.push([
                text(name, tokens.text_weak),
                text(seen, tokens.text),
                text(exact, tokens.text_weak),
                text(unit, tokens.text_weak),
            ]);
        }
        let remark = text(remark, tokens.text_weak);
        let mut widths = [0.0f32; 4];
        for line in &lines {
            widths.iter_mut().zip(line).for_each(|(w, g)| *w = w.max(g.size().x));
        }
        let gaps = [8.0, if widths[2] > 0.0 { 10.0 } else { 0.0 }, 5.0];
        let height = title.size().y;
        let extent = vec2(
            (widths.iter().sum::<f32>() + gaps.iter().sum::<f32>()).max(title.size().x + 8.0 + remark.size().x),
            height * (lines.len() + 1) as f32,
        );
        // Below and to the right, or wherever there is room beside the cross.
        let mut corner = at + vec2(14.0, 14.0);
        if corner.x + extent.x + 10.0 > picture.right() {
            corner.x = at.x - 14.0 - extent.x;
        }
        if corner.y + extent.y + 8.0 > picture.bottom() {
            corner.y = at.y - 14.0 - extent.y;
        }
        let plate = within(Rect::from_min_size(corner, extent).expand2(vec2(6.0, 4.0)), picture);
        painter.rect_filled(plate, 4.0, tokens.plate);
        let corner = plate.min + vec2(6.0, 4.0);
        // Over the column of the exact solution, or where the title leaves room.
        let column = widths[0] + gaps[0] + widths[1] + gaps[1] + widths[2] - remark.size().x;
        let aside = vec2(column.max(title.size().x + 8.0), 0.0);
        painter.galley(corner, title, tokens.text);
        painter.galley(corner + aside, remark, tokens.text);
        for (k, line) in lines.into_iter().enumerate() {
            let y = corner.y + height * (k + 1) as f32;
            let [name, seen, exact, unit] = line;
            let right = |x: f32, galley: &std::sync::Arc<egui::Galley>| {
                Align2::RIGHT_TOP.anchor_size(egui::pos2(x, y), galley.size()).min
            };
            let mut x = corner.x;
            painter.galley(egui::pos2(x, y), name, tokens.text);
            x += widths[0] + gaps[0] + widths[1];
            painter.galley(right(x, &seen), seen, tokens.text);
            x += gaps[1] + widths[2];
            painter.galley(right(x, &exact), exact, tokens.text);
            painter.galley(egui::pos2(x + gaps[2], y), unit, tokens.text);
        }
    }
}

/// The exact density at a place: that of its cell; `None` beyond the grid.
fn density_at(solution: &Solution, at: Point) -> Option<f64> {
    let Field { grid, values } = &*solution.density;
    grid.rect.contains(at).then(|| values[grid.nearest(at)])
}

/// A figure of so many digits behind the point, so that columns line up; powers of ten where that says nothing.
fn figure(value: f64, decimals: usize) -> String {
    let magnitude = value.abs();
    let text = if value != 0.0 && !(1e-3..1e5).contains(&magnitude) {
        format!("{value:.1e}")
    } else {
        format!("{value:.decimals$}")
    };
    text.replace('-', "\u{2212}")
}
