//! What moves mass without walking, over a picture: ribbons, arcs and pulses.

use eframe::egui::{Painter, Rect};

use super::App;
use super::panel::{Place, drawn};
use super::ribbons::{Figure, Ribbon};
use super::theme::Tokens;
use super::tools::Tool;
use super::{arcs, pulses, ribbons};
use crate::render::camera::Projection;
use crate::snapshot::Plane;

impl App {
    /// Draws teleported mass as ribbons.
    pub(super) fn paint_ribbons(
        &self,
        painter: &Painter,
        place: Place<'_>,
        on: &Projection,
        tokens: &Tokens,
    ) -> Vec<Ribbon> {
        let panel = place.panel();
        // On the way from noise to data particles teleport by resampling only, which is no flow between wells.
        let way = place.snapshot().scenario.is_reverse();
        if !self.view.layers.ribbons || way || panel.plane != Plane::Positions {
            return Vec::new();
        }
        let ribbons = ribbons::ribbons(&panel.traffic, &place.snapshot().basins, on, place.picture.size());
        // The widest lie beneath.
        ribbons
            .iter()
            .for_each(|ribbon| ribbon.paint(painter, place.look.color(tokens), tokens));
        ribbons
    }

    /// Draws single teleports. Fading follows model time, so that a pause or a picture keeps what is in the air.
    pub(super) fn paint_arcs(&self, painter: &Painter, place: Place<'_>, on: &Projection, tokens: &Tokens) {
        let (snapshot, layers) = (place.snapshot(), self.view.layers);
        if layers.arcs {
            let fade = (1.6 * snapshot.scenario.speed).max(8.0 * snapshot.scenario.dt);
            let look = (snapshot.time, fade, place.look.color(tokens));
            let teleports = &place.panel().teleports;
            arcs::paint(
                painter,
                teleports,
                on,
                &snapshot.basins,
                look,
                (layers.ribbons, tokens.bold),
            );
        }
    }

    /// Draws weights that change as rings.
    pub(super) fn paint_pulses(&self, painter: &Painter, place: Place<'_>, on: &Projection, tokens: &Tokens) {
        let (snapshot, panel) = (place.snapshot(), place.panel());
        if self.view.layers.pulses && panel.plane == Plane::Positions {
            let rings = pulses::pulses(drawn(panel), on, snapshot.time, snapshot.scenario.speed);
            pulses::paint(painter, &rings, self.sizes(place), tokens);
        }
    }

    /// The figures of the widest ribbons, where they hide nothing that is written.
    pub(super) fn ribbon_figures(
        painter: &Painter,
        place: Place<'_>,
        ribbons: &[Ribbon],
        (taken, tokens): (&[Rect], &Tokens),
    ) -> Vec<Figure> {
        let mut figures: Vec<Figure> = Vec::new();
        for ribbon in ribbons.iter().take(2) {
            let Some(figure) = ribbon.figure(painter, place.wells(), place.picture, tokens) else {
                continue;
            };
            let mut others = taken.iter().copied().chain(figures.iter().map(|figure| figure.plate));
            if others.all(|other| !other.intersects(figure.plate)) {
                figures.push(figure);
            }
        }
        figures
    }

    /// Says what the ribbon under the pointer carries, below the pointer: what is said of a particle there stands above it.
    pub(super) fn tell_ribbon(&self, painter: &Painter, place: Place<'_>, ribbons: &[Ribbon], tokens: &Tokens) {
        if self.figure || self.view.tool != Tool::Select || self.pointer_rests(painter.ctx()) {
            return;
        }
        let pointer = painter
            .ctx()
            .pointer_hover_pos()
            .filter(|at| place.picture.contains(*at));
        let Some(pointer) = pointer else { return };
        // Narrow ones lie on wide ones.
        if let Some(ribbon) = ribbons.iter().rev().find(|ribbon| ribbon.is_under(pointer)) {
            ribbons::tell(painter, place.picture, pointer, &ribbon.words(place.wells()), tokens);
        }
    }
}
