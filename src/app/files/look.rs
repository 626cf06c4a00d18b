//! How the window looks at a run, as a session keeps it.

use eframe::egui::Context;

use crate::app::{App, theme};
use crate::render::camera::Camera;
use crate::scenario::MOST_PANELS;
use crate::share::ViewState;
use crate::space::Point;

impl App {
    /// How the run is looked at now.
    pub(super) fn view_state(&self) -> ViewState {
        let view = &self.view;
        let mut state = ViewState {
            camera: view.camera.map(|c| (c.center.x, c.center.y, c.scale)),
            selected: view.selected,
            hidden: (0..view.hidden.len()).filter(|k| view.hidden[*k]).collect(),
            maximised: view.maximised,
            ..ViewState::default()
        };
        state.note("layers", &view.layers);
        state.note("coloring", &view.coloring);
        state.note("charts", &view.charts);
        state.note("tool", &view.tool);
        state.note("plane", &view.plane);
        state.note("picture", &view.picture);
        state.note("links", &view.links);
        state.note("mode", &view.mode);
        state.note("theme", &self.options.theme);
        for (name, on) in [
            ("controls", self.options.controls),
            ("plots", self.options.plots),
            ("equation", view.equation),
            ("bare", self.bare),
            ("exact", self.solves),
        ] {
            state.switches.insert(name.to_owned(), on);
        }
        state
    }

    /// Looks at the run as a session says; what it does not say stays as it is, and what is not possible is passed over.
    pub(super) fn look_as(&mut self, ctx: &Context, state: &ViewState) {
        let view = &mut self.view;
        let near = |x: f64| x.abs() <= 1e6;
        let camera = state
            .camera
            .filter(|(x, y, scale)| near(*x) && near(*y) && (1e-3..=1e7).contains(scale));
        view.camera = camera.map(|(x, y, scale)| Camera {
            center: Point::new(x, y),
            scale,
        });
        view.selected = state.selected.min(MOST_PANELS - 1);
        view.hidden = std::array::from_fn(|panel| state.hidden.contains(&panel));
        view.maximised = state.maximised.filter(|panel| *panel < MOST_PANELS);
        view.layers = state.noted("layers").unwrap_or(view.layers);
        view.coloring = state.noted("coloring").unwrap_or(view.coloring);
        view.charts = state.noted("charts").unwrap_or(view.charts);
        view.tool = state.noted("tool").unwrap_or(view.tool);
        view.plane = state.noted("plane").unwrap_or(view.plane);
        view.picture = state.noted("picture").unwrap_or(view.picture);
        view.links = state.noted("links").unwrap_or(view.links);
        view.mode = state.noted("mode").unwrap_or(view.mode);
        state.switch("equation", &mut view.equation);
        state.switch("controls", &mut self.options.controls);
        state.switch("plots", &mut self.options.plots);
        state.switch("bare", &mut self.bare);
        let solved = self.solves;
        state.switch("exact", &mut self.solves);
        if self.solves != solved {
            self.drive.send(crate::engine::Control::Exact(self.solves));
        }
        if let Some(look) = state.noted("theme") {
            self.options.theme = look;
            theme::apply(ctx, self.options.profile());
        }
    }
}
