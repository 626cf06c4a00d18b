//! What can be seen and reached in a window: its texts with their sizes, and what can have the keyboard.

use eframe::egui::accesskit::Action;
use eframe::egui::{Color32, Id, Key, LayerId, Order, Popup, Rect, Shape, Vec2, vec2};
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
    /// Its colours.
    pub(crate) colors: Vec<Color32>,
    /// What it stands on, where that is one colour.
    pub(crate) ground: Option<Color32>,
}

/// What has been painted so far: fills, and pictures, which have many colours.
type Painted = Vec<(Rect, Option<Color32>)>;

fn collect(shape: &Shape, clip: Rect, painted: &mut Painted, into: &mut Vec<Written>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, painted, into)),
        Shape::Rect(rect) if rect.fill.a() > 0 => {
            let color = rect.brush.is_none().then_some(rect.fill);
            painted.push((rect.rect.intersect(clip), color));
        }
        Shape::Mesh(mesh) => painted.push((mesh.calc_bounds().intersect(clip), None)),
        Shape::Text(text) if !text.galley.text().trim().is_empty() => {
            let sections = text.galley.job.sections.iter();
            let own = |color: Color32| match text.override_text_color {
                Some(color) => color,
                None if color == Color32::PLACEHOLDER => text.fallback_color,
                None => color,
            };
            let rect = text.visual_bounding_rect();
            into.push(Written {
                text: text.galley.text().to_owned(),
                rect,
                clip,
                smallest: sections
                    .clone()
                    .map(|s| s.format.font_id.size)
                    .fold(f32::INFINITY, f32::min),
                colors: sections
                    .map(|section| own(section.format.color).gamma_multiply(text.opacity_factor))
                    .collect(),
                ground: ground(painted, rect.intersect(clip)),
            });
        }
        _ => {}
    }
}

/// Whether a frame, with its shadow or without, fills a place.
fn is_frame(shape: &Shape, fills: &dyn Fn(Rect) -> bool) -> bool {
    match shape {
        Shape::Vec(shapes) => shapes.iter().any(|shape| is_frame(shape, fills)),
        Shape::Rect(rect) => rect.fill.a() > 200 && fills(rect.rect),
        _ => false,
    }
}

/// The colour beneath a place. Over a picture only a plate has one, which lets next to nothing through.
fn ground(painted: &Painted, place: Rect) -> Option<Color32> {
    let at = place.center();
    let mut ground = None;
    for (_, fill) in painted.iter().filter(|(rect, _)| rect.contains(at)) {
        ground = match (*fill, ground) {
            (None, _) => None,
            (Some(fill), _) if fill.a() == 255 => Some(fill),
            (Some(fill), Some(below)) => Some(Color32::blend(below, fill)),
            (Some(fill), None) if fill.a() > 200 => Some(Color32::blend(Color32::GRAY, fill)),
            (Some(_), None) => None,
        };
    }
    ground
}

/// As the WCAG defines it.
pub(crate) fn contrast(a: Color32, b: Color32) -> f64 {
    let linear = |byte: u8| {
        let c = f64::from(byte) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let light = |c: Color32| 0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b()) + 0.05;
    light(a).max(light(b)) / light(a).min(light(b))
}

impl Window {
    /// Texts of which something can be seen.
    pub(crate) fn texts(&self) -> Vec<Written> {
        let (mut all, mut painted) = (Vec::new(), Painted::new());
        for clipped in &self.0.output().shapes {
            collect(&clipped.shape, clipped.clip_rect, &mut painted, &mut all);
        }
        all.retain(|written| written.clip.intersect(written.rect).is_positive());
        all
    }

    /// The layer of what was opened last in front of the lab.
    pub(crate) fn front(&self) -> Option<LayerId> {
        let ctx = &self.0.ctx;
        let layers: Vec<LayerId> = ctx.memory(|memory| {
            let visible = memory.layer_ids().filter(|layer| memory.areas().is_visible(layer));
            visible.collect()
        });
        let asks = |layer: &&LayerId| match layer.order {
            Order::Middle => true,
            Order::Foreground => Popup::is_id_open(ctx, layer.id) || layer.id == Id::unique("palette"),
            _ => false,
        };
        layers.iter().rev().find(asks).copied()
    }

    /// Texts of what is in front, and where that is.
    pub(crate) fn front_texts(&self) -> (Rect, Vec<Written>) {
        let layer = self.front().expect("something is in front");
        let area = self
            .0
            .ctx
            .memory(|memory| memory.area_rect(layer.id))
            .expect("it is shown");
        let (mut all, mut painted) = (Vec::new(), Painted::new());
        for clipped in &self.0.output().shapes {
            let fills = |rect: Rect| area.expand(6.0).contains_rect(rect) && rect.expand(20.0).contains_rect(area);
            if is_frame(&clipped.shape, &fills) {
                // What was painted before lies behind it.
                all.clear();
            }
            collect(&clipped.shape, clipped.clip_rect, &mut painted, &mut all);
        }
        all.retain(|written| written.clip.intersect(written.rect).is_positive());
        (area, all)
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
