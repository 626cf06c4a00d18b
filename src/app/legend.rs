//! The legend: its words switch the layers, and it says what colours and sizes mean.

use eframe::egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, RichText, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, vec2,
};

use super::App;
use super::discs::Sizes;
use super::layers::{Coloring, Layers, well_name};
use super::panel::drawn;
use super::spots::note;
use super::theme::{Theme, Tokens, size};
use super::widgets::{self, button, short, switch_word};
use crate::engine::Report;
use crate::lecture::{Layer, Pointer};
use crate::target::Shape as Target;
use crate::words::{msg, said, t};

/// Width (points) from which every word has its sample.
const ROOMY: f32 = 1100.0;

impl App {
    /// Draws the legend.
    pub(super) fn legend_ui(&mut self, ui: &mut Ui, report: &Report) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 3.0;
            self.layer_words_ui(ui, report);
            ui.separator();
            self.picture_ui(ui);
            self.phase_ui(ui, report);
            self.coloring_ui(ui, report);
            sizes_ui(ui, report, self.view.layers, self.view.room);
            if !report.snapshot.scenario.is_reverse() {
                ribbon_scale_ui(ui, self.view.layers, self.view.room);
            }
        });
    }

    fn layer_words_ui(&mut self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        // A second row would cost all panels a row: words that say what they switch do without a sample.
        let roomy = ui.available_width() > ROOMY;
        let drawn = self.layers_said(&report.snapshot);
        let layers = &mut self.view.layers;
        let density_before = layers.draws_density(&report.snapshot);
        let mut density = density_before;
        let words: [Word<'_>; 12] = [
            (
                &mut layers.discs,
                msg!("particles"),
                msg!("Discs whose area is the weight."),
                disc_sample,
            ),
            (
                &mut density,
                msg!("density"),
                msg!("Mass per area, as a shade (D)."),
                density_sample,
            ),
            (
                &mut layers.exact,
                msg!("exact"),
                msg!(
                    "The exact solution of the same flow: half of its mass stands within the solid line, 90 % within the dashed \
                 one, 99 % within the dotted one (X)."
                ),
                exact_sample,
            ),
            (
                &mut layers.models,
                msg!("models"),
                msg!(
                    "The law of each model alone, under the noise of now: half of its mass stands within the bold line, 90 % within the other."
                ),
                model_sample,
            ),
            (
                &mut layers.arcs,
                msg!("teleports"),
                msg!("Arcs from a removed particle to where its replacement stands (A)."),
                arc_sample,
            ),
            (
                &mut layers.ribbons,
                msg!("ribbons"),
                msg!(
                    "Mass that teleports from well to well per unit of time, as bands whose width is the same in all panels (U)."
                ),
                ribbon_sample,
            ),
            (
                &mut layers.pulses,
                msg!("pulses"),
                msg!(
                    "Weights that change where they stand, without a teleport: a ring that swells grows, one that tightens \
                 shrinks (Y)."
                ),
                pulse_sample,
            ),
            (
                &mut layers.tangent,
                msg!("tangent"),
                msg!(
                    "How the flow moves its law now: arrows for transport over the rate at which the reaction makes mass grow \
                 or shrink (Shift T)."
                ),
                tangent_sample,
            ),
            (
                &mut layers.contours,
                msg!("contours"),
                msg!("Lines of equal potential, in kT (C)."),
                contour_sample,
            ),
            (
                &mut layers.map,
                msg!("map"),
                msg!("The potential as a shade; the wells stand out least."),
                map_sample,
            ),
            (
                &mut layers.masses,
                msg!("masses"),
                msg!("The mass of each well; beneath it that of the exact solution now, or of the target π."),
                mass_sample,
            ),
            (
                &mut layers.errors,
                msg!("errors"),
                msg!(
                    "The density less that of π, by bins, on a band of two standard errors: a bar that reaches out of it is more than chance."
                ),
                error_sample,
            ),
        ];
        words_ui(ui, words, (report, &drawn, roomy), tokens);
        if density != density_before {
            layers.draw_density(density, &report.snapshot);
        }
    }

    fn coloring_ui(&mut self, ui: &mut Ui, report: &Report) {
        let tokens = Theme::of(ui).tokens();
        let (text, next, help) = match self.view.coloring.of(&report.snapshot) {
            Coloring::Origin => (
                t!("colour: origin"),
                Coloring::Lineage,
                t!("A particle has the colour of the well in which its ancestor began. Click to colour by lineage."),
            ),
            Coloring::Lineage => (
                t!("colour: lineage"),
                Coloring::Flow,
                t!(
                    "Descendants of one particle have one of twelve colours, in all panels the same: where one colour spreads, few families \
                 are left. How many are counted in the captions. Click to colour by flow."
                ),
            ),
            Coloring::Flow if report.snapshot.scenario.is_reverse() => (
                t!("colour: flow"),
                Coloring::Lineage,
                t!("A particle has the colour of its flow. Click to colour by lineage."),
            ),
            Coloring::Flow => (
                t!("colour: flow"),
                Coloring::Origin,
                t!("A particle has the colour of its flow. Click to colour by the well in which its ancestor began."),
            ),
        };
        if button(ui, text, t!("Colour of particles"))
            .on_hover_text(help)
            .clicked()
        {
            self.view.coloring = next;
        }
        let wells = report.snapshot.basins.len();
        // In a second row the names would cost all panels a row.
        let room = ui.available_size_before_wrap().x > 66.0 * wells as f32;
        if next == Coloring::Lineage
            && self.view.coloring.of(&report.snapshot) == Coloring::Origin
            && (2..=3).contains(&wells)
            && room
        {
            for k in 0..wells {
                let (dot, _) = ui.allocate_exact_size(vec2(10.0, 16.0), Sense::hover());
                ui.painter().circle_filled(dot.center(), 4.5, tokens.origins[k]);
                ui.label(RichText::new(well_name(k, wells)).color(tokens.text_weak));
            }
        }
        let lineage = self.view.coloring == Coloring::Lineage;
        if lineage && ui.available_size_before_wrap().x > 190.0 {
            let (sample, _) = ui.allocate_exact_size(vec2(12.0 * 7.0, 16.0), Sense::hover());
            for (k, color) in tokens.lineages.into_iter().enumerate() {
                let at = sample.left_center() + vec2(3.5 + 7.0 * k as f32, 0.0);
                ui.painter().circle_filled(at, 3.2, color);
            }
            ui.label(RichText::new(t!("families")).color(tokens.text_weak));
        }
    }
}

/// A word of the legend: what it switches, what it is called, what it means, and what it looks like.
type Word<'a> = (&'a mut bool, &'a str, &'a str, Sample);

/// The words of the layers that can be seen, with samples where there is room.
fn words_ui(ui: &mut Ui, words: [Word<'_>; 12], (report, drawn, roomy): (&Report, &[Layer], bool), tokens: &Tokens) {
    let plain = |word: &str| ["particles", "contours", "map", "masses"].contains(&word);
    for (on, word, help, sample) in words {
        let (of, plain) = (layer_called(word), plain(word));
        if of.is_some_and(|layer| !drawn.contains(&layer)) {
            continue;
        }
        let (word, help) = (said(word), said(help));
        let name = t!("Layer {layer}", layer = word);
        let paint = |painter: &Painter, rect: Rect, color: Color32| sample(painter, rect, color, tokens);
        let shown: Option<widgets::Sample<'_>> = if roomy || !plain { Some(&paint) } else { None };
        let rect = switch_word(ui, on, word, (&name, help), shown);
        if of == Some(Layer::Models) && *on {
            models_ui(ui, report, roomy);
        }
        if let Some(layer) = of {
            note(ui.ctx(), Pointer::Layer(layer), rect);
        }
    }
}

/// The line and the name of each model.
fn models_ui(ui: &mut Ui, report: &Report, roomy: bool) {
    let tokens = Theme::of(ui).tokens();
    let Target::Blend(blend) = &report.snapshot.scenario.target else {
        return;
    };
    for (k, model) in blend.models().iter().enumerate() {
        let width = if roomy { 26.0 } else { 15.0 };
        let (sample, _) = ui.allocate_exact_size(vec2(width, 16.0), Sense::hover());
        let points = [sample.left_center(), sample.right_center()];
        ui.painter().add(super::models::line(&points, k, 2.4, tokens));
        ui.label(RichText::new(&model.name).color(super::models::color(k, tokens)));
    }
}

/// The layer that a word of the legend switches.
fn layer_called(word: &str) -> Option<Layer> {
    Some(match word {
        "particles" => Layer::Discs,
        "density" => Layer::Density,
        "exact" => Layer::Exact,
        "models" => Layer::Models,
        "teleports" => Layer::Arcs,
        "ribbons" => Layer::Ribbons,
        "pulses" => Layer::Pulses,
        "tangent" => Layer::Tangent,
        "contours" => Layer::Contours,
        "map" => Layer::Map,
        "masses" => Layer::Masses,
        "errors" => Layer::Errors,
        _ => return None,
    })
}

/// Discs of a few weights, as large as in the panels.
fn sizes_ui(ui: &mut Ui, report: &Report, layers: Layers, picture: Vec2) {
    let tokens = Theme::of(ui).tokens();
    let Some(panel) = report.snapshot.panels.first() else {
        return;
    };
    let sizes = Sizes::of(drawn(panel).len(), picture, layers.draws_density(&report.snapshot)).bold(tokens.bold);
    let room = ui.available_size_before_wrap().x;
    if room < 50.0 {
        return;
    }
    let help = t!(
        "The area of a disc is the weight of its particle, here in units of the average weight. Particles too light for a visible \
         disc are paler."
    );
    // In a small window one disc has to do without its word.
    if room >= 112.0 {
        ui.separator();
        ui.label(RichText::new(t!("weight")).color(tokens.text_weak))
            .on_hover_text(help);
    }
    // The heaviest three round weights whose discs fit into the line.
    let fitting = [0.01_f32, 0.1, 1.0, 5.0, 20.0, 50.0].map(|w| (w, sizes.radius(w)));
    let fitting: Vec<_> = fitting.into_iter().filter(|(_, r)| (0.9..12.5).contains(r)).collect();
    // A last disc alone in a second row would cost all panels a row.
    let most = ((ui.available_size_before_wrap().x / 54.0) as usize).clamp(1, 3);
    for &(weight, radius) in &fitting[fitting.len().saturating_sub(most)..] {
        let (place, _) = ui.allocate_exact_size(vec2(2.0 * radius.max(3.0), 22.0), Sense::hover());
        ui.painter()
            .circle_filled(place.center(), radius, tokens.text_weak.gamma_multiply(0.7));
        let times = format!("{}×", short(f64::from(weight)));
        ui.label(RichText::new(times).color(tokens.text_weak))
            .on_hover_text(help);
    }
}

/// A ribbon of a round rate, as wide as in the panels.
fn ribbon_scale_ui(ui: &mut Ui, layers: Layers, picture: Vec2) {
    if !layers.ribbons || ui.available_size_before_wrap().x < 104.0 {
        return;
    }
    let tokens = Theme::of(ui).tokens();
    ui.separator();
    let width = super::ribbons::width(0.1, picture).min(20.0);
    let (place, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
    ui.painter().hline(
        place.x_range(),
        place.center().y,
        Stroke::new(width, tokens.text_weak.gamma_multiply(0.6)),
    );
    ui.label(RichText::new(t!("0.1 /time")).color(tokens.text_weak))
        .on_hover_text(t!(
            "A ribbon of this width carries a tenth of the mass per unit of model time, in every panel."
        ));
}

/// Paints what a word of the legend stands for.
type Sample = fn(&Painter, Rect, Color32, &Tokens);

fn disc_sample(painter: &Painter, rect: Rect, _: Color32, tokens: &Tokens) {
    painter.circle_filled(rect.center(), 4.5, tokens.origins[0]);
}

fn density_sample(painter: &Painter, rect: Rect, _: Color32, tokens: &Tokens) {
    for (radius, opacity) in [(7.0, 0.25), (5.0, 0.35), (3.0, 0.6)] {
        painter.circle_filled(rect.center(), radius, tokens.origins[0].gamma_multiply(opacity));
    }
}

fn arc_sample(painter: &Painter, rect: Rect, color: Color32, _: &Tokens) {
    let foot = rect.center().y + 5.0;
    let points: Vec<Pos2> = (0..=10)
        .map(|k| {
            let t = k as f32 / 10.0;
            pos2(rect.left() + t * rect.width(), foot - 34.0 * t * (1.0 - t))
        })
        .collect();
    painter.line(points, Stroke::new(1.6, color));
    painter.circle_filled(pos2(rect.right(), foot), 2.2, color);
}

fn ribbon_sample(painter: &Painter, rect: Rect, color: Color32, _: &Tokens) {
    let foot = rect.center().y + 5.0;
    let points: Vec<Pos2> = (0..=10)
        .map(|k| {
            let t = k as f32 / 10.0;
            pos2(rect.left() + t * (rect.width() - 3.0), foot - 34.0 * t * (1.0 - t))
        })
        .collect();
    painter.line(points, Stroke::new(4.0, color.gamma_multiply(0.55)));
    let tip = pos2(rect.right(), foot + 1.0);
    let head = vec![tip, tip + vec2(-7.0, -3.5), tip + vec2(-0.5, -7.5)];
    painter.add(Shape::convex_polygon(head, color, Stroke::NONE));
}

fn pulse_sample(painter: &Painter, rect: Rect, color: Color32, _: &Tokens) {
    painter.circle_filled(rect.center(), 2.5, color);
    painter.circle_stroke(rect.center(), 6.0, Stroke::new(1.4, color));
}

fn tangent_sample(painter: &Painter, rect: Rect, color: Color32, tokens: &Tokens) {
    let square = Rect::from_center_size(rect.center(), vec2(13.0, 12.0));
    let [low, _, high] = tokens.diverging.map(|[r, g, b]| Color32::from_rgb(r, g, b));
    painter.rect_filled(square.split_left_right_at_fraction(0.5).0, 2.0, low);
    painter.rect_filled(square.split_left_right_at_fraction(0.5).1, 2.0, high);
    painter.arrow(
        square.left_center() + vec2(1.5, 0.0),
        vec2(10.0, 0.0),
        Stroke::new(1.4, color),
    );
}

fn exact_sample(painter: &Painter, rect: Rect, _: Color32, tokens: &Tokens) {
    let circle = |radius: f32| -> Vec<Pos2> {
        let at = |k: u8| rect.center() + radius * Vec2::angled(std::f32::consts::TAU * f32::from(k) / 24.0);
        (0..=24).map(at).collect()
    };
    painter.add(super::exact::line(&circle(2.5), (0, 0.7, 1.0), tokens));
    painter.add(super::exact::line(&circle(6.5), (1, 0.7, 1.0), tokens));
}

fn model_sample(painter: &Painter, rect: Rect, _: Color32, tokens: &Tokens) {
    for (k, aside) in [-3.0, 3.0].into_iter().enumerate() {
        painter.circle_stroke(
            rect.center() + vec2(aside, 0.0),
            5.0,
            Stroke::new(1.6, super::models::color(k, tokens)),
        );
    }
}

fn contour_sample(painter: &Painter, rect: Rect, color: Color32, _: &Tokens) {
    painter.circle_stroke(rect.center(), 6.0, Stroke::new(1.0, color));
    painter.circle_stroke(rect.center(), 3.0, Stroke::new(1.0, color));
}

fn map_sample(painter: &Painter, rect: Rect, _: Color32, tokens: &Tokens) {
    let [high, low] = [tokens.map[3], tokens.map[0]].map(|[r, g, b]| Color32::from_rgb(r, g, b));
    let square = Rect::from_center_size(rect.center(), vec2(13.0, 12.0));
    painter.rect_filled(square, 2.0, high);
    painter.circle_filled(square.center(), 4.0, low);
    painter.rect_stroke(square, 2.0, Stroke::new(1.0, tokens.line), StrokeKind::Outside);
}

fn error_sample(painter: &Painter, rect: Rect, color: Color32, _: &Tokens) {
    let (middle, step) = (rect.center(), 0.2 * rect.width());
    for (k, height) in [4.5, -3.0, 2.0].into_iter().enumerate() {
        let x = middle.x + step * (k as f32 - 1.0);
        let bar = Rect::from_two_pos(
            middle + vec2(x - middle.x - 1.2, 0.0),
            middle + vec2(x - middle.x + 1.2, -height),
        );
        painter.rect_filled(bar, 0.0, color);
    }
}

fn mass_sample(painter: &Painter, rect: Rect, color: Color32, _: &Tokens) {
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        "%",
        FontId::proportional(size::BODY),
        color,
    );
}
