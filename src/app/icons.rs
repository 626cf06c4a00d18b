//! Icons painted from shapes: the fonts at hand lack the signs for play, pause and the like.

use eframe::egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, lerp, pos2, vec2};

/// A sign that a button carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    /// A triangle.
    Play,
    /// Two bars.
    Pause,
    /// A bar and a triangle.
    Step,
    /// A triangle to the left and a bar.
    Back,
    /// A triangle and a bar where it leads.
    ToEnd,
    /// An arrow that goes round.
    Reset,
    /// A die.
    Dice,
    /// Two sheets.
    Copy,
    /// A frame with corners.
    Maximise,
    /// A small frame.
    Restore,
    /// A cross.
    Close,
    /// A sun or moon.
    Theme,
    /// A screen on a stand.
    Projector,
    /// A sheet with a bar at its left.
    LeftPanel,
    /// A sheet with a curve.
    Plots,
    /// A sum.
    Equation,
    /// Keys of a keyboard.
    Keys,
    /// A tick in a frame.
    Verify,
    /// A pointer.
    Select,
    /// A brush.
    Brush,
    /// A pencil.
    Draw,
    /// A drop between two lines.
    Probe,
    /// A sheet with a folded corner.
    File,
    /// An arrow that bends back to the left.
    Undo,
    /// An arrow that bends on to the right.
    Redo,
    /// Two rings of a chain.
    Linked,
    /// Two rings apart.
    Unlinked,
    /// An eye.
    Eye,
    /// An eye, struck through.
    NoEye,
    /// A board with lines on it.
    Lecture,
    /// A screen beside another.
    Audience,
    /// A triangle to the left.
    Previous,
    /// A triangle with an exclamation mark.
    Warning,
}

impl Icon {
    /// Paints the icon into a rectangle.
    #[expect(clippy::too_many_lines, reason = "one arm for each icon")]
    pub(super) fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let at = |x: f32, y: f32| pos2(lerp(rect.x_range(), x), lerp(rect.y_range(), y));
        let stroke = Stroke::new((0.11 * rect.width()).max(1.3), color);
        let solid = |points: Vec<Pos2>| Shape::convex_polygon(points, color, Stroke::NONE);
        let bar = |x0: f32, x1: f32| Rect::from_min_max(at(x0, 0.0), at(x1, 1.0));
        let sheet = |r: Rect| painter.rect_stroke(r, 1.5, stroke, StrokeKind::Inside);
        match self {
            Self::Play => {
                painter.add(solid(vec![at(0.12, 0.0), at(1.0, 0.5), at(0.12, 1.0)]));
            }
            Self::Pause => {
                painter.rect_filled(bar(0.1, 0.38), CornerRadius::same(1), color);
                painter.rect_filled(bar(0.62, 0.9), CornerRadius::same(1), color);
            }
            Self::Step => {
                painter.add(solid(vec![at(0.35, 0.0), at(1.0, 0.5), at(0.35, 1.0)]));
                painter.rect_filled(bar(0.05, 0.2), CornerRadius::ZERO, color);
            }
            Self::Back => {
                painter.add(solid(vec![at(0.65, 0.0), at(0.65, 1.0), at(0.0, 0.5)]));
                painter.rect_filled(bar(0.8, 0.95), CornerRadius::ZERO, color);
            }
            Self::ToEnd => {
                painter.add(solid(vec![at(0.0, 0.0), at(0.42, 0.5), at(0.0, 1.0)]));
                painter.add(solid(vec![at(0.42, 0.0), at(0.84, 0.5), at(0.42, 1.0)]));
                painter.rect_filled(bar(0.86, 1.0), CornerRadius::ZERO, color);
            }
            Self::Reset => {
                let arc: Vec<Pos2> = (0..=24)
                    .map(|k| {
                        let angle = (-50.0 + 290.0 * k as f32 / 24.0).to_radians();
                        rect.center() + 0.48 * rect.width() * vec2(angle.cos(), angle.sin())
                    })
                    .collect();
                let tip = arc[0];
                painter.add(Shape::line(arc, stroke));
                let s = 0.34 * rect.width();
                let head = [
                    vec2(-0.9 * s, 0.45 * s),
                    vec2(0.5 * s, 0.5 * s),
                    vec2(0.35 * s, -0.95 * s),
                ];
                painter.add(solid(head.map(|d| tip + d).to_vec()));
            }
            Self::Dice => {
                sheet(rect);
                for (x, y) in [(0.28, 0.28), (0.72, 0.28), (0.5, 0.5), (0.28, 0.72), (0.72, 0.72)] {
                    painter.circle_filled(at(x, y), 0.085 * rect.width(), color);
                }
            }
            Self::Copy => {
                sheet(Rect::from_min_max(at(0.0, 0.0), at(0.68, 0.68)));
                sheet(Rect::from_min_max(at(0.32, 0.32), at(1.0, 1.0)));
            }
            Self::Maximise => {
                sheet(rect);
                painter.hline(
                    rect.x_range(),
                    rect.top() + 0.16 * rect.height(),
                    Stroke::new(2.0 * stroke.width, color),
                );
            }
            Self::Restore => {
                sheet(Rect::from_min_max(at(0.0, 0.3), at(0.7, 1.0)));
                painter.add(Shape::line(vec![at(0.3, 0.05), at(0.95, 0.05), at(0.95, 0.7)], stroke));
            }
            Self::Close => {
                painter.line_segment([at(0.1, 0.1), at(0.9, 0.9)], stroke);
                painter.line_segment([at(0.9, 0.1), at(0.1, 0.9)], stroke);
            }
            Self::Verify => {
                sheet(rect);
                painter.add(Shape::line(
                    vec![at(0.24, 0.52), at(0.44, 0.72), at(0.78, 0.28)],
                    stroke,
                ));
            }
            Self::Select => {
                let arrow = [
                    (0.18, 0.0),
                    (0.18, 0.82),
                    (0.38, 0.64),
                    (0.52, 0.98),
                    (0.68, 0.9),
                    (0.53, 0.58),
                    (0.82, 0.58),
                ];
                let outline = arrow.map(|(x, y)| at(x, y)).to_vec();
                painter.add(Shape::closed_line(outline, stroke));
            }
            Self::Brush => {
                painter.line_segment([at(0.98, 0.02), at(0.5, 0.5)], Stroke::new(1.6 * stroke.width, color));
                painter.circle_filled(at(0.3, 0.7), 0.27 * rect.width(), color);
            }
            Self::Draw => {
                painter.add(Shape::closed_line(
                    vec![
                        at(0.05, 0.95),
                        at(0.12, 0.66),
                        at(0.72, 0.06),
                        at(0.94, 0.28),
                        at(0.34, 0.88),
                    ],
                    stroke,
                ));
            }
            Self::Probe => {
                painter.circle_stroke(rect.center(), 0.28 * rect.width(), stroke);
                for (from, to) in [
                    ((0.5, 0.0), (0.5, 0.34)),
                    ((0.5, 0.66), (0.5, 1.0)),
                    ((0.0, 0.5), (0.34, 0.5)),
                    ((0.66, 0.5), (1.0, 0.5)),
                ] {
                    painter.line_segment([at(from.0, from.1), at(to.0, to.1)], stroke);
                }
            }
            Self::File => {
                painter.add(Shape::closed_line(
                    vec![at(0.12, 0.0), at(0.62, 0.0), at(0.9, 0.28), at(0.9, 1.0), at(0.12, 1.0)],
                    stroke,
                ));
                painter.add(Shape::line(vec![at(0.62, 0.0), at(0.62, 0.28), at(0.9, 0.28)], stroke));
            }
            Self::Lecture => {
                sheet(Rect::from_min_max(at(0.0, 0.05), at(1.0, 0.75)));
                painter.line_segment([at(0.22, 0.28), at(0.78, 0.28)], stroke);
                painter.line_segment([at(0.22, 0.52), at(0.58, 0.52)], stroke);
                painter.line_segment([at(0.5, 0.75), at(0.26, 1.0)], stroke);
                painter.line_segment([at(0.5, 0.75), at(0.74, 1.0)], stroke);
            }
            Self::Audience => {
                sheet(Rect::from_min_max(at(0.0, 0.35), at(0.6, 0.95)));
                painter.rect_filled(Rect::from_min_max(at(0.4, 0.05), at(1.0, 0.55)), 1.5, color);
            }
            Self::Previous => {
                painter.add(solid(vec![at(0.85, 0.0), at(0.85, 1.0), at(0.0, 0.5)]));
            }
            Self::Warning => {
                let corners = vec![at(0.5, 0.0), at(1.0, 0.92), at(0.0, 0.92)];
                painter.add(Shape::closed_line(corners, stroke));
                painter.line_segment([at(0.5, 0.32), at(0.5, 0.6)], stroke);
                painter.circle_filled(at(0.5, 0.76), 0.55 * stroke.width, color);
            }
            Self::Linked | Self::Unlinked => chain(painter, rect, color, self == Self::Linked),
            Self::Eye | Self::NoEye => eye(painter, rect, stroke, self == Self::NoEye),
            Self::Undo | Self::Redo => {
                let x = |x: f32| if self == Self::Undo { x } else { 1.0 - x };
                let bow: Vec<Pos2> = (0..=20)
                    .map(|k| {
                        let angle = (-90.0 + 180.0 * k as f32 / 20.0).to_radians();
                        at(x(0.62 + 0.36 * angle.cos()), 0.62 + 0.34 * angle.sin())
                    })
                    .collect();
                let foot = *bow.last().unwrap_or(&rect.center());
                let shaft = [at(x(0.2), 0.28), bow[0]];
                painter.line_segment(shaft, stroke);
                painter.add(Shape::line(bow, stroke));
                painter.line_segment([foot, at(x(0.3), 0.96)], stroke);
                painter.add(solid(vec![at(x(0.0), 0.28), at(x(0.34), 0.0), at(x(0.34), 0.56)]));
            }
            Self::Theme => {
                let r = 0.45 * rect.width();
                painter.circle_stroke(rect.center(), r, stroke);
                let half: Vec<Pos2> = (0..=16)
                    .map(|k| {
                        let angle = std::f32::consts::PI * (0.5 + k as f32 / 16.0);
                        rect.center() + r * vec2(angle.cos(), angle.sin())
                    })
                    .collect();
                painter.add(solid(half));
            }
            Self::Projector => {
                sheet(Rect::from_min_max(at(0.0, 0.04), at(1.0, 0.68)));
                painter.line_segment([at(0.5, 0.68), at(0.5, 0.82)], stroke);
                painter.add(Shape::line(vec![at(0.2, 1.0), at(0.5, 0.8), at(0.8, 1.0)], stroke));
            }
            Self::LeftPanel => {
                sheet(rect);
                painter.rect_filled(bar(0.0, 0.36), CornerRadius::same(1), color);
            }
            Self::Plots => {
                painter.add(Shape::line(vec![at(0.0, 0.0), at(0.0, 1.0), at(1.0, 1.0)], stroke));
                painter.add(Shape::line(
                    vec![at(0.15, 0.8), at(0.4, 0.45), at(0.6, 0.55), at(0.95, 0.1)],
                    stroke,
                ));
            }
            Self::Equation => {
                let sum = [
                    (0.86, 0.2),
                    (0.86, 0.0),
                    (0.1, 0.0),
                    (0.52, 0.5),
                    (0.1, 1.0),
                    (0.86, 1.0),
                    (0.86, 0.8),
                ];
                painter.add(Shape::line(sum.map(|(x, y)| at(x, y)).to_vec(), stroke));
            }
            Self::Keys => {
                sheet(Rect::from_min_max(at(0.0, 0.12), at(1.0, 0.88)));
                for x in [0.25, 0.5, 0.75] {
                    painter.circle_filled(at(x, 0.37), 0.07 * rect.width(), color);
                }
                painter.line_segment([at(0.28, 0.65), at(0.72, 0.65)], stroke);
            }
        }
    }
}

/// Two rings along the diagonal: through each other, or apart.
fn chain(painter: &Painter, rect: Rect, color: Color32, linked: bool) {
    let at = |x: f32, y: f32| pos2(lerp(rect.x_range(), x), lerp(rect.y_range(), y));
    let along = vec2(1.0, -1.0) / 2f32.sqrt() * rect.width();
    let (half, wide, apart) = if linked { (0.2, 0.17, 0.21) } else { (0.13, 0.16, 0.33) };
    let thin = Stroke::new((0.095 * rect.width()).max(1.2), color);
    for side in [-1.0, 1.0] {
        let middle = rect.center() + side * apart * along;
        let across = vec2(along.y, -along.x);
        let ring: Vec<Pos2> = (0..=24)
            .map(|k| {
                let angle = std::f32::consts::TAU * k as f32 / 24.0;
                let end = half * angle.cos().signum() * f32::from(angle.cos().abs() > 1e-3);
                middle + along * (end + wide * angle.cos()) * 0.8 + across * wide * angle.sin()
            })
            .collect();
        painter.add(Shape::line(ring, thin));
    }
    if !linked {
        painter.line_segment([at(0.2, 0.12), at(0.32, 0.28)], thin);
        painter.line_segment([at(0.8, 0.88), at(0.68, 0.72)], thin);
    }
}

/// An eye, struck through where what it looks at is hidden.
fn eye(painter: &Painter, rect: Rect, stroke: Stroke, struck: bool) {
    let at = |x: f32, y: f32| pos2(lerp(rect.x_range(), x), lerp(rect.y_range(), y));
    let lid = |side: f32| -> Vec<Pos2> {
        (0..=12)
            .map(|k| {
                let x = k as f32 / 12.0;
                at(x, 0.5 + side * 1.5 * x * (1.0 - x))
            })
            .collect()
    };
    painter.add(Shape::line(lid(1.0), stroke));
    painter.add(Shape::line(lid(-1.0), stroke));
    painter.circle_filled(rect.center(), 0.17 * rect.width(), stroke.color);
    if struck {
        painter.line_segment([at(0.1, 1.0), at(0.9, 0.0)], stroke);
    }
}
