//! An interface without a window: it is run as often as wanted, and what it drew last becomes a picture or a vector drawing.

use std::io;

use eframe::egui::epaint::ClippedShape;
use eframe::egui::{self, Pos2, RawInput, Rect, Ui, Vec2, ViewportId};
use image::RgbaImage;

use super::raster::Rasteriser;
use super::svg;

/// Where an interface is drawn.
pub struct Stage {
    ctx: egui::Context,
    rasteriser: Rasteriser,
    size: Vec2,
    pixels_per_point: f32,
    /// Points of the picture per point of the interface.
    zoom: f32,
    /// Seconds by the clock of the context.
    time: f64,
    shapes: Vec<ClippedShape>,
}

impl Stage {
    /// A stage of this size (points). A new context is the safe choice: of one that has drawn elsewhere before, the text is shown,
    /// but the images that it has already handed out are missing.
    pub fn new(ctx: &egui::Context, size: Vec2, pixels_per_point: f32) -> Self {
        Self {
            ctx: ctx.clone(),
            rasteriser: Rasteriser::default(),
            size,
            pixels_per_point,
            zoom: 1.0,
            time: ctx.input(|input| input.time),
            shapes: Vec::new(),
        }
    }

    /// The same stage with everything on it so many times as large.
    #[must_use]
    pub fn zoomed(mut self, zoom: f32) -> Self {
        self.size /= zoom;
        self.pixels_per_point *= zoom;
        self.zoom = zoom;
        self
    }

    /// Runs the interface for `passes` passes (at least one), 1/60 s apart. The first pass of an interface only measures it;
    /// animations settle over about ten more.
    pub fn play(&mut self, passes: usize, mut ui: impl FnMut(&mut Ui)) {
        for _ in 0..passes.max(1) {
            self.time += 1.0 / 60.0;
            let mut input = RawInput {
                screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
                time: Some(self.time),
                ..RawInput::default()
            };
            let viewport = input.viewports.entry(ViewportId::ROOT).or_default();
            // egui multiplies this by its zoom, which is the user's and not the picture's.
            viewport.native_pixels_per_point = Some(self.pixels_per_point / self.ctx.zoom_factor());
            let output = self.ctx.run_ui(input, &mut ui);
            self.rasteriser.update(output.textures_delta);
            self.shapes = output.shapes;
        }
        self.rasteriser.add_font(&self.ctx);
    }

    /// The last pass in pixels, over the colour of egui's panels.
    pub fn picture(&self) -> RgbaImage {
        let primitives = self.ctx.tessellate(self.shapes.clone(), self.pixels_per_point);
        let size = [self.size.x, self.size.y].map(|side| (side * self.pixels_per_point).round() as usize);
        self.rasteriser
            .draw(&primitives, self.pixels_per_point, size, self.background())
    }

    /// The last pass as an SVG document, over the colour of egui's panels.
    pub fn svg(&self) -> io::Result<Vec<u8>> {
        svg::document(
            &self.shapes,
            &self.rasteriser,
            (self.size, self.zoom),
            self.background(),
        )
    }

    fn background(&self) -> egui::Color32 {
        self.ctx.global_style().visuals.panel_fill.to_opaque()
    }
}
