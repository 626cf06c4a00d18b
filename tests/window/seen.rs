//! What can be seen and reached in a window: its texts with their sizes, and what can have the keyboard.

use eframe::egui::accesskit::Action;
use eframe::egui::{Key, Rect, Shape, Vec2, vec2};
use egui_kittest::kittest::NodeT as _;

use crate::opened::Window;

/// A screen of 96 pixels to the inch has this many to a point of print.
const PIXELS_PER_POINT_OF_PRINT: f32 = 96.0 / 72.0;
pub(crate) const SIZES: [Vec2; 2] = [vec2(1280.0, 720.0), vec2(1920.0, 1080.0)];

/// A text on the screen, in points of the interface.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) rect: Rect,
    pub(crate) clip: Rect,
    /// The smallest type in it.
    pub(crate) smallest: f32,
}

fn collect(shape: &Shape, clip: Rect, into: &mut Vec<Written>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, into)),
        Shape::Text(text) if !text.galley.text().trim().is_empty() => {
            let sizes = text
                .galley
                .job
                .sections
                .iter()
                .map(|section| section.format.font_id.size);
            into.push(Written {
                text: text.galley.text().to_owned(),
                rect: text.visual_bounding_rect(),
                clip,
                smallest: sizes.fold(f32::INFINITY, f32::min),
            });
        }
        _ => {}
    }
}

impl Window {
    /// Texts of which something can be seen.
    pub(crate) fn texts(&self) -> Vec<Written> {
        let mut all = Vec::new();
        for clipped in &self.0.output().shapes {
            collect(&clipped.shape, clipped.clip_rect, &mut all);
        }
        all.retain(|written| written.clip.intersect(written.rect).is_positive());
        all
    }

    /// For a projector, on a screen of this size: what egui calls points is larger from now on.
    pub(crate) fn project(&mut self, screen: Vec2) {
        self.key(Key::P);
        let zoom = self.0.ctx.zoom_factor();
        assert!(zoom > 1.1);
        self.0.set_size(screen / zoom);
        // The hint is gone again, and everything has found its place.
        self.0.run_steps(24);
    }

    /// All that can have the keyboard, and what has it.
    pub(crate) fn focusable(&self) -> (Vec<Stop>, Option<Stop>) {
        let (mut all, mut focused) = (Vec::new(), None);
        for node in self.0.root().children_recursive() {
            let node = node.accesskit_node();
            if !node.data().supports_action(Action::Focus) || node.is_disabled() {
                continue;
            }
            let at = node
                .bounding_box()
                .map_or((0, 0), |b| ((b.x0 + b.x1) as i32, (b.y0 + b.y1) as i32));
            let stop = Stop {
                name: node.label().unwrap_or_default(),
                role: format!("{:?}", node.role()),
                at,
            };
            if node.is_focused() {
                focused = Some(stop.clone());
            }
            all.push(stop);
        }
        (all, focused)
    }
}

/// Something that Tab can come to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stop {
    pub(crate) name: String,
    pub(crate) role: String,
    /// Twice its middle (pixels).
    pub(crate) at: (i32, i32),
}

/// No text of the window is smaller than 11 points of print on a screen of 96 dpi, which is also what a projector shows of it.
pub(crate) fn nothing_is_small(window: &Window, place: &str) {
    let zoom = window.0.ctx.zoom_factor();
    let texts = window.texts();
    assert!(texts.len() > 10, "{place}");
    for text in texts {
        let points = zoom * text.smallest / PIXELS_PER_POINT_OF_PRINT;
        assert!(points >= 11.0, "{place}: {:?} has {points:.1} pt", text.text);
    }
}
