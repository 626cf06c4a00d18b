//! What egui draws as a vector drawing: paths stay paths, text stays text, textures become embedded PNG files.
//!
//! Every text is an element of its own with font, size and length, so that it keeps its place where a reader has other fonts. Lines
//! and edges lie on the pixel grid as egui's own painter puts them, which keeps hairlines sharp.
//!
//! Known failures: readers that pass over fonts within a drawing show Greek letters in one of their own; colours that only add light are left out, a path is stroked on its middle whatever its kind, and triangles whose
//! colour or texture changes over them are drawn in their mean colour, unless two of them are an upright picture.

mod mesh;
mod text;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eframe::egui::emath::{GuiRounding as _, TSTransform};
use eframe::egui::epaint::{CircleShape, ColorMode, EllipseShape, PathShape, PathStroke, RectShape, TextureId};
use eframe::egui::{Color32, CornerRadius, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, epaint::ClippedShape};
use image::{ImageFormat, RgbaImage};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, Event};

use super::raster::Rasteriser;

/// Draws shapes on a page of `size` points, shown `zoom` times as large, over a `background`; textures are those of `textures`.
pub fn document(
    shapes: &[ClippedShape],
    textures: &Rasteriser,
    (size, zoom): (Vec2, f32),
    background: Color32,
) -> io::Result<Vec<u8>> {
    let page = Rect::from_min_size(Pos2::ZERO, size);
    let mut svg = Svg {
        xml: Writer::new(Vec::new()),
        textures,
        defined: 0,
        greek: false,
    };
    svg.xml
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let (width, height) = (number(size.x), number(size.y));
    let (shown_width, shown_height) = (number(zoom * size.x), number(zoom * size.y));
    let root = BytesStart::new("svg").with_attributes([
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("xmlns:xlink", "http://www.w3.org/1999/xlink"),
        ("width", shown_width.as_str()),
        ("height", shown_height.as_str()),
        ("viewBox", &format!("0 0 {width} {height}")),
        ("stroke-linejoin", "round"),
        ("fill", "none"),
    ]);
    svg.xml.write_event(Event::Start(root))?;
    svg.shape(&Shape::rect_filled(page, 0.0, background))?;
    let mut open: Option<Rect> = None;
    for clipped in shapes {
        let ClippedShape {
            clip_rect,
            shape,
            transform_after_tessellation: transform,
        } = clipped;
        let clip = clip_rect.intersect(page).round_to_pixels(1.0);
        if !(clip.is_positive() && (*transform * shape.visual_bounding_rect()).intersects(clip)) {
            continue;
        }
        if open != Some(clip) {
            if open.is_some() {
                svg.close("g")?;
            }
            svg.clip(clip)?;
            open = Some(clip);
        }
        if *transform == TSTransform::IDENTITY {
            svg.shape(shape)?;
            continue;
        }
        let (by, scale) = (transform.translation.to_pos2(), number(transform.scaling));
        svg.open(
            "g",
            &[("transform", &format!("translate({}) scale({scale})", pair(by)))],
        )?;
        svg.shape(shape)?;
        svg.close("g")?;
    }
    if open.is_some() {
        svg.close("g")?;
    }
    if svg.greek {
        svg.greek_font()?;
    }
    svg.close("svg")?;
    Ok(svg.xml.into_inner())
}

/// A document that is being written.
struct Svg<'a> {
    xml: Writer<Vec<u8>>,
    textures: &'a Rasteriser,
    /// Number of names given so far.
    defined: usize,
    /// Whether some text has letters of `fonts::GREEK`.
    greek: bool,
}

/// Attributes of an element that is being put together.
type Attributes = Vec<(&'static str, String)>;

impl Svg<'_> {
    fn element(&mut self, name: &str, attributes: &Attributes) -> io::Result<()> {
        let attributes = attributes.iter().map(|(key, value)| (*key, value.as_str()));
        self.xml
            .create_element(name)
            .with_attributes(attributes)
            .write_empty()?;
        Ok(())
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.xml.write_event(Event::Start(start))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.xml.write_event(Event::End(BytesEnd::new(name)))
    }

    fn name(&mut self) -> String {
        self.defined += 1;
        format!("n{}", self.defined)
    }

    /// Opens a group that is cut off at a rectangle.
    fn clip(&mut self, rect: Rect) -> io::Result<()> {
        let name = self.name();
        self.open("clipPath", &[("id", &name)])?;
        self.element("rect", &edges(rect))?;
        self.close("clipPath")?;
        self.open("g", &[("clip-path", &format!("url(#{name})"))])
    }

    fn shape(&mut self, shape: &Shape) -> io::Result<()> {
        match shape {
            Shape::Noop | Shape::Callback(_) => Ok(()),
            Shape::Vec(shapes) => shapes.iter().try_for_each(|shape| self.shape(shape)),
            Shape::Circle(circle) => self.circle(circle),
            Shape::Ellipse(ellipse) => self.ellipse(ellipse),
            Shape::LineSegment { points, stroke } => self.segment(*points, *stroke),
            Shape::Path(path) => self.path(path),
            Shape::Rect(rect) => self.rect(rect),
            Shape::Text(text) => self.text(text),
            Shape::Mesh(mesh) => self.mesh(mesh),
            Shape::QuadraticBezier(curve) => {
                let [a, b, c] = curve.points.map(pair);
                self.curve(format!("M{a}Q{b} {c}"), curve.closed, curve.fill, &curve.stroke)
            }
            Shape::CubicBezier(curve) => {
                let [a, b, c, d] = curve.points.map(pair);
                self.curve(format!("M{a}C{b} {c} {d}"), curve.closed, curve.fill, &curve.stroke)
            }
            Shape::Band(band) => {
                let upper = band.points.iter().map(|p| Pos2::new(p.x, p.y.min));
                let lower = band.points.iter().rev().map(|p| Pos2::new(p.x, p.y.max));
                let outline: Vec<Pos2> = upper.chain(lower).collect();
                let mut attributes = vec![("d", outline_of(&outline, true))];
                fill(band.fill, &mut attributes);
                self.element("path", &attributes)
            }
        }
    }

    fn circle(&mut self, circle: &CircleShape) -> io::Result<()> {
        if !(circle.radius > 0.0 && circle.center.is_finite()) {
            return Ok(());
        }
        let mut attributes = vec![
            ("cx", number(circle.center.x)),
            ("cy", number(circle.center.y)),
            ("r", number(circle.radius)),
        ];
        fill(circle.fill, &mut attributes);
        stroke(circle.stroke, &mut attributes);
        self.element("circle", &attributes)
    }

    fn ellipse(&mut self, ellipse: &EllipseShape) -> io::Result<()> {
        let mut attributes = vec![
            ("cx", number(ellipse.center.x)),
            ("cy", number(ellipse.center.y)),
            ("rx", number(ellipse.radius.x)),
            ("ry", number(ellipse.radius.y)),
        ];
        turn(ellipse.angle, ellipse.center, &mut attributes);
        fill(ellipse.fill, &mut attributes);
        stroke(ellipse.stroke, &mut attributes);
        self.element("ellipse", &attributes)
    }

    fn segment(&mut self, [mut from, mut to]: [Pos2; 2], line: Stroke) -> io::Result<()> {
        if line.is_empty() || !(from.is_finite() && to.is_finite()) {
            return Ok(());
        }
        if from.x == to.x {
            line.round_center_to_pixel(1.0, &mut from.x);
            to.x = from.x;
        }
        if from.y == to.y {
            line.round_center_to_pixel(1.0, &mut from.y);
            to.y = from.y;
        }
        let mut attributes = vec![
            ("x1", number(from.x)),
            ("y1", number(from.y)),
            ("x2", number(to.x)),
            ("y2", number(to.y)),
        ];
        stroke(line, &mut attributes);
        self.element("line", &attributes)
    }

    fn path(&mut self, path: &PathShape) -> io::Result<()> {
        if path.points.len() < 2 || !path.points.iter().all(|p| p.is_finite()) {
            return Ok(());
        }
        let mut attributes = vec![("d", outline_of(&path.points, path.closed))];
        if path.closed {
            fill(path.fill, &mut attributes);
        }
        stroke(solid(&path.stroke, &path.points), &mut attributes);
        self.element("path", &attributes)
    }

    fn curve(&mut self, mut path: String, closed: bool, inside: Color32, line: &PathStroke) -> io::Result<()> {
        if path.contains("NaN") || path.contains("inf") {
            return Ok(());
        }
        if closed {
            path.push('Z');
        }
        let mut attributes = vec![("d", path)];
        if closed {
            fill(inside, &mut attributes);
        }
        stroke(solid(line, &[]), &mut attributes);
        self.element("path", &attributes)
    }

    fn rect(&mut self, shape: &RectShape) -> io::Result<()> {
        if !shape.rect.is_finite() {
            return Ok(());
        }
        let snaps = shape.round_to_pixels.unwrap_or(true) && shape.angle == 0.0;
        let rect = if snaps {
            shape.rect.round_to_pixels(1.0)
        } else {
            shape.rect
        };
        let seen = rect.is_positive();
        if let (Some(brush), true) = (&shape.brush, seen) {
            let image = self.textures.image(brush.fill_texture_id, brush.uv, shape.fill);
            if let Some(image) = image {
                self.image(rect, brush.fill_texture_id, &image, shape.angle)?;
            }
        } else if shape.fill.a() > 0 && seen {
            let mut attributes = rounded(rect, shape.corner_radius);
            if shape.blur_width > 0.0 {
                let name = self.name();
                self.open("filter", &[("id", &name)])?;
                // The ramp of a blur of this width, as nearly as a bell comes to it.
                let wide = number(0.29 * shape.blur_width);
                self.element("feGaussianBlur", &vec![("stdDeviation", wide)])?;
                self.close("filter")?;
                attributes.push(("filter", format!("url(#{name})")));
            }
            turn(shape.angle, rect.center(), &mut attributes);
            fill(shape.fill, &mut attributes);
            self.element(element_of(&attributes), &attributes)?;
        }
        if !shape.stroke.is_empty() {
            let (line, radius) = stroked(rect, shape);
            let mut attributes = rounded(line, radius);
            turn(shape.angle, rect.center(), &mut attributes);
            stroke(shape.stroke, &mut attributes);
            self.element(element_of(&attributes), &attributes)?;
        }
        Ok(())
    }

    /// A picture that fills a rectangle.
    fn image(&mut self, rect: Rect, of: TextureId, image: &RgbaImage, angle: f32) -> io::Result<()> {
        let mut png = io::Cursor::new(Vec::new());
        image.write_to(&mut png, ImageFormat::Png).map_err(io::Error::other)?;
        let mut attributes = edges(rect);
        attributes.push(("preserveAspectRatio", "none".to_owned()));
        if !self.textures.is_smooth(of) {
            attributes.push(("image-rendering", "optimizeSpeed".to_owned()));
        }
        turn(angle, rect.center(), &mut attributes);
        let data = STANDARD.encode(png.into_inner());
        attributes.push(("xlink:href", format!("data:image/png;base64,{data}")));
        self.element("image", &attributes)
    }
}

/// The middle of the outline of a rectangle, and how its corners are rounded there.
fn stroked(rect: Rect, shape: &RectShape) -> (Rect, CornerRadius) {
    let half = 0.5 * shape.stroke.width;
    let by = |points: f32| points.round() as u8;
    match shape.stroke_kind {
        StrokeKind::Inside => (rect.shrink(half), shape.corner_radius - by(half)),
        StrokeKind::Outside => (rect.expand(half), shape.corner_radius + by(half)),
        StrokeKind::Middle => {
            let mut rect = shape.rect;
            for edge in [&mut rect.min.x, &mut rect.min.y, &mut rect.max.x, &mut rect.max.y] {
                shape.stroke.round_center_to_pixel(1.0, edge);
            }
            (rect, shape.corner_radius)
        }
    }
}

fn edges(rect: Rect) -> Attributes {
    vec![
        ("x", number(rect.min.x)),
        ("y", number(rect.min.y)),
        ("width", number(rect.width().max(0.0))),
        ("height", number(rect.height().max(0.0))),
    ]
}

/// What [`rounded`] describes.
fn element_of(attributes: &Attributes) -> &'static str {
    if attributes[0].0 == "d" { "path" } else { "rect" }
}

/// A rectangle with round corners: an element of its own where all are alike, else a path.
fn rounded(rect: Rect, radius: CornerRadius) -> Attributes {
    let most = 0.5 * rect.width().min(rect.height()).max(0.0);
    let [nw, ne, se, sw] = [radius.nw, radius.ne, radius.se, radius.sw].map(|r| f32::from(r).min(most));
    if radius.is_same() {
        let mut attributes = edges(rect);
        if nw > 0.0 {
            attributes.push(("rx", number(nw)));
        }
        return attributes;
    }
    let (l, t, r, b) = (rect.left(), rect.top(), rect.right(), rect.bottom());
    let arc = |radius: f32, x: f32, y: f32| format!("A{0} {0} 0 0 1 {1}", number(radius), pair(Pos2::new(x, y)));
    let to = |x: f32, y: f32| pair(Pos2::new(x, y));
    let path = [
        format!("M{}L{}", to(l + nw, t), to(r - ne, t)),
        arc(ne, r, t + ne),
        format!("L{}", to(r, b - se)),
        arc(se, r - se, b),
        format!("L{}", to(l + sw, b)),
        arc(sw, l, b - sw),
        format!("L{}", to(l, t + nw)),
        arc(nw, l + nw, t),
        "Z".to_owned(),
    ];
    vec![("d", path.concat())]
}

fn outline_of(points: &[Pos2], closed: bool) -> String {
    let mut path = String::with_capacity(12 * points.len());
    for (k, point) in points.iter().enumerate() {
        path.push(if k == 0 { 'M' } else { 'L' });
        path.push_str(&pair(*point));
    }
    if closed {
        path.push('Z');
    }
    path
}

/// A stroke of one colour.
fn solid(line: &PathStroke, points: &[Pos2]) -> Stroke {
    let color = match &line.color {
        ColorMode::Solid(color) => *color,
        ColorMode::UV(color) => {
            let first = points.first().copied().unwrap_or_default();
            color(Rect::from_points(points), first)
        }
    };
    Stroke::new(line.width, color)
}

fn turn(angle: f32, about: Pos2, attributes: &mut Attributes) {
    if angle != 0.0 {
        let degrees = number(angle.to_degrees());
        attributes.push(("transform", format!("rotate({degrees} {})", pair(about))));
    }
}

fn fill(color: Color32, attributes: &mut Attributes) {
    paint(color, ("fill", "fill-opacity"), attributes);
}

fn stroke(line: Stroke, attributes: &mut Attributes) {
    if !line.is_empty() {
        paint(line.color, ("stroke", "stroke-opacity"), attributes);
        attributes.push(("stroke-width", number(line.width)));
    }
}

/// A premultiplied colour as colour and opacity.
fn paint(color: Color32, (name, opacity): (&'static str, &'static str), attributes: &mut Attributes) {
    let [r, g, b, a] = color.to_srgba_unmultiplied();
    if a > 0 {
        attributes.push((name, format!("#{r:02x}{g:02x}{b:02x}")));
        if a < 255 {
            attributes.push((opacity, number(f32::from(a) / 255.0)));
        }
    }
}

fn pair(point: Pos2) -> String {
    format!("{} {}", number(point.x), number(point.y))
}

/// A number to a thousandth of a point, as short as it can be written.
fn number(value: f32) -> String {
    let mut text = format!("{value:.3}");
    let kept = text.trim_end_matches('0').trim_end_matches('.').len();
    text.truncate(kept);
    if text == "-0" { "0".to_owned() } else { text }
}

#[cfg(test)]
#[allow(clippy::print_stdout, reason = "a test says what it measured")]
mod tests;
