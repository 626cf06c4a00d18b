//! Documents are read back by a reader that shares no code with their writer.

use std::sync::Arc;

use eframe::egui;
use eframe::egui::{FontDefinitions, Rect, Ui, pos2, vec2};
use resvg::{tiny_skia, usvg};

use super::*;
use crate::render::stage::Stage;

/// The fonts of the interface, for the reader.
fn options() -> usvg::Options<'static> {
    let mut options = usvg::Options::default();
    let mut fonts: Vec<_> = FontDefinitions::default().font_data.into_iter().collect();
    fonts.sort_by(|a, b| a.0.cmp(&b.0));
    for (_, font) in fonts {
        Arc::make_mut(&mut options.fontdb).load_font_data(font.font.as_ref().as_ref().to_vec());
    }
    options
}

fn read(document: &[u8]) -> usvg::Tree {
    usvg::Tree::from_data(document, &options()).unwrap()
}

/// What the reader draws.
fn drawn(document: &[u8]) -> RgbaImage {
    let tree = read(document);
    let size = tree.size().to_int_size();
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).unwrap();
    resvg::render(&tree, tiny_skia::Transform::default(), &mut pixels.as_mut());
    RgbaImage::from_raw(size.width(), size.height(), pixels.take()).unwrap()
}

fn texts(group: &usvg::Group, found: &mut Vec<String>) {
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => texts(group, found),
            usvg::Node::Text(text) => found.extend(text.chunks().iter().map(|chunk| chunk.text().to_owned())),
            _ => {}
        }
    }
}

/// Mean difference of two pictures per channel, in 1/255.
fn difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a
        .as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.as_raw().len() as f64
}

/// Both pictures of an interface, and its document.
fn both(size: Vec2, ui: impl FnMut(&mut Ui)) -> (RgbaImage, RgbaImage, Vec<u8>) {
    let mut stage = Stage::new(&egui::Context::default(), size, 1.0);
    stage.play(6, ui);
    let document = stage.svg().unwrap();
    (stage.picture(), drawn(&document), document)
}

/// Every kind of shape, away from its neighbours.
fn zoo(ui: &mut Ui) {
    use egui::epaint::{Mesh, QuadraticBezierShape};
    let painter = ui.painter();
    let red = Color32::from_rgb(200, 40, 30);
    let veil = Color32::from_rgba_unmultiplied(20, 90, 200, 128);
    painter.circle(pos2(30.0, 30.0), 20.0, veil, Stroke::new(3.0, red));
    painter.rect(
        Rect::from_min_size(pos2(60.0, 10.0), vec2(50.0, 40.0)),
        6.0,
        veil,
        Stroke::new(2.0, red),
        StrokeKind::Inside,
    );
    let corners = CornerRadius {
        nw: 12,
        ne: 0,
        sw: 4,
        se: 9,
    };
    painter.rect_filled(Rect::from_min_size(pos2(120.0, 10.0), vec2(50.0, 40.0)), corners, red);
    painter.line_segment([pos2(180.0, 12.0), pos2(230.0, 48.0)], Stroke::new(4.0, red));
    painter.hline(180.0..=230.0, 55.0, Stroke::new(1.0, Color32::BLACK));
    let star = [(0.0, -20.0), (18.0, 12.0), (-18.0, 12.0)];
    let star = star.map(|(x, y)| pos2(30.0 + x, 90.0 + y)).to_vec();
    painter.add(Shape::convex_polygon(star, veil, Stroke::new(2.0, red)));
    let points = [pos2(60.0, 110.0), pos2(90.0, 60.0), pos2(115.0, 110.0)];
    painter.add(QuadraticBezierShape::from_points_stroke(
        points,
        false,
        Color32::TRANSPARENT,
        Stroke::new(3.0, red),
    ));
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(Rect::from_min_size(pos2(125.0, 70.0), vec2(20.0, 30.0)), veil);
    mesh.add_colored_rect(Rect::from_min_size(pos2(145.0, 70.0), vec2(20.0, 30.0)), veil);
    painter.add(mesh);
    let image = egui::ColorImage::new(
        [2, 2],
        vec![
            Color32::RED,
            Color32::GREEN,
            Color32::BLUE,
            Color32::from_white_alpha(90),
        ],
    );
    let texture = ui.ctx().load_texture("four", image, egui::TextureOptions::NEAREST);
    let place = Rect::from_min_size(pos2(180.0, 70.0), vec2(40.0, 40.0));
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(0.5, 1.0));
    painter.image(texture.id(), place, uv, Color32::from_gray(200));
    // The reader must see it in the last frame.
    ui.data_mut(|data| data.insert_temp(egui::Id::unique("texture"), texture));
    let clipped = ui
        .painter()
        .with_clip_rect(Rect::from_min_size(pos2(10.0, 130.0), vec2(30.0, 20.0)));
    clipped.circle_filled(pos2(20.0, 140.0), 30.0, red);
}

#[test]
fn every_shape_looks_as_it_does_in_the_window() {
    let (ours, theirs, document) = both(vec2(240.0, 160.0), zoo);
    let off = difference(&ours, &theirs);
    // Edges may differ by their smoothing: a pixel in width along outlines of about 1900 points, by a quarter of full contrast.
    let bound = 1900.0 / (240.0 * 160.0) * 0.25 * 255.0;
    println!("mean difference {off:.3} of {bound:.3}");
    assert!(off < bound, "{off} of {bound}");
    let blank = RgbaImage::from_pixel(240, 160, *ours.get_pixel(239, 159));
    let seen = difference(&ours, &blank);
    assert!(seen > 2.0 * bound, "there is something to see: {seen}");
    // Inside of shapes, colours are those of the window to a rounding error.
    for (x, y) in [
        (30, 30),
        (80, 30),
        (150, 30),
        (30, 90),
        (135, 85),
        (145, 85),
        (155, 85),
        (190, 107),
        (205, 72),
        (15, 140),
        (45, 140),
    ] {
        let (a, b) = (ours.get_pixel(x, y), theirs.get_pixel(x, y));
        let far = a.0.iter().zip(b.0).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(far <= 2, "({x}, {y}): {a:?} and {b:?}");
    }
    assert_eq!(document, both(vec2(240.0, 160.0), zoo).2, "the same bytes each time");
}

#[test]
fn a_drawing_with_greek_letters_brings_their_font_along() {
    let document = |text: &'static str| {
        let page = move |ui: &mut Ui| {
            ui.label(text);
        };
        String::from_utf8(both(vec2(240.0, 120.0), page).2).unwrap()
    };
    let (with, without) = (document("KL(ρ|π)"), document("KL"));
    let font = "@font-face{font-family:WFR Lab Greek;src:url(data:font/ttf;base64,";
    assert!(with.contains(font) && !without.contains(font));
    assert!(with.contains("KL(ρ|π)</text>"), "text stays text");
}

#[test]
fn text_is_found_as_text_and_stands_where_the_window_has_it() {
    let page = |ui: &mut Ui| {
        ui.heading("Fisher–Rao & <WFR>");
        ui.label("N 300    α 1    β 0");
        ui.monospace("t = 0.25");
        let galley = ui
            .painter()
            .layout_no_wrap("turned".to_owned(), egui::FontId::proportional(16.0), Color32::RED);
        ui.painter().add(egui::epaint::TextShape {
            angle: -std::f32::consts::FRAC_PI_2,
            ..egui::epaint::TextShape::new(pos2(200.0, 90.0), galley, Color32::RED)
        });
        ui.allocate_ui(vec2(60.0, 20.0), |ui| {
            ui.add(egui::Label::new("far too long for here").truncate());
        });
    };
    let (ours, theirs, document) = both(vec2(240.0, 120.0), page);
    let mut found = Vec::new();
    texts(read(&document).root(), &mut found);
    println!("{found:?}");
    for text in ["Fisher–Rao & <WFR>", "N 300    α 1    β 0", "t = 0.25", "turned"] {
        assert!(found.iter().any(|f| f == text), "{text}");
    }
    assert!(found.iter().any(|f| f.starts_with("far") && f.ends_with('…')));
    // The ink of both covers the same places: rows and columns of dark pixels differ in few.
    let ink = |picture: &RgbaImage| -> Vec<(u32, u32)> {
        let ground = *picture.get_pixel(239, 1);
        picture
            .enumerate_pixels()
            .filter(|(.., p)| p.0.iter().zip(ground.0).any(|(a, b)| a.abs_diff(b) > 60))
            .map(|(x, y, _)| (x, y))
            .collect()
    };
    let (a, b) = (ink(&ours), ink(&theirs));
    let bounds = |ink: &[(u32, u32)]| {
        let x = |f: fn(u32, u32) -> u32| ink.iter().map(|p| p.0).reduce(f).unwrap();
        let y = |f: fn(u32, u32) -> u32| ink.iter().map(|p| p.1).reduce(f).unwrap();
        [x(u32::min), x(u32::max), y(u32::min), y(u32::max)]
    };
    let (mine, its) = (bounds(&a), bounds(&b));
    println!("{} and {} pixels of ink, {mine:?} and {its:?}", a.len(), b.len());
    assert!(mine.iter().zip(its).all(|(m, i)| m.abs_diff(i) <= 2));
    let shared = a.iter().filter(|p| b.contains(p)).count();
    assert!(shared * 2 > a.len(), "{shared} of {}", a.len());
}

#[test]
fn what_is_not_a_number_is_left_out() {
    let shapes = [
        Shape::circle_filled(pos2(f32::NAN, 1.0), 3.0, Color32::RED),
        Shape::line(
            vec![pos2(0.0, f32::INFINITY), pos2(1.0, 1.0)],
            Stroke::new(1.0, Color32::RED),
        ),
        Shape::line_segment([pos2(f32::NAN, 0.0), pos2(1.0, 1.0)], Stroke::new(1.0, Color32::RED)),
        Shape::rect_filled(Rect::NAN, 0.0, Color32::RED),
    ]
    .map(|shape| ClippedShape::new(Rect::EVERYTHING, shape));
    let document = document(&shapes, &Rasteriser::default(), (vec2(4.0, 4.0), 1.0), Color32::WHITE).unwrap();
    let text = String::from_utf8(document.clone()).unwrap();
    assert!(
        !text.contains("NaN") && !text.contains("inf") && !text.contains("#ff0000"),
        "{text}"
    );
    assert!(drawn(&document).pixels().all(|p| p.0 == [255; 4]));
}

#[test]
fn numbers_are_short() {
    assert_eq!(
        [0.0, -0.0001, 1.5, 2.0, 100.0, 0.12345].map(number),
        ["0", "0", "1.5", "2", "100", "0.123"]
    );
}

#[test]
fn letters_of_mathematics_are_paths_where_they_are_in_pixels() {
    use crate::render::fonts::{self, Face};
    let letters = [(Face::Upright, "∂∇√−Δ("), (Face::Italic, "ρπαβV"), (Face::Double, "E")];
    for (face, letter) in letters.iter().flat_map(|(face, all)| all.chars().map(|c| (*face, c))) {
        let ctx = egui::Context::default();
        fonts::install(&ctx);
        let mut stage = Stage::new(&ctx, vec2(40.0, 60.0), 1.0);
        stage.play(3, |ui| {
            let font = egui::FontId::new(20.0, face.family());
            ui.painter()
                .text(pos2(10.0, 10.0), egui::Align2::LEFT_TOP, letter, font, Color32::BLACK);
        });
        let document = stage.svg().unwrap();
        let svg = String::from_utf8(document.clone()).unwrap();
        assert!(!svg.contains("<text"), "no reader has these fonts: {svg}");
        assert_eq!(svg.matches("<path").count(), 1, "{svg}");
        // The centre of the ink, to a part of a pixel.
        let centre = |picture: &RgbaImage| {
            let ground = f64::from(picture.get_pixel(0, 0)[1]);
            let (mut ink, mut at) = (0.0, [0.0; 2]);
            for (x, y, pixel) in picture.enumerate_pixels() {
                let dark = (ground - f64::from(pixel[1])).max(0.0);
                ink += dark;
                at = [at[0] + dark * f64::from(x), at[1] + dark * f64::from(y)];
            }
            (ink, at.map(|a| a / ink))
        };
        let ((ink, [x, y]), (path_ink, [path_x, path_y])) = (centre(&stage.picture()), centre(&drawn(&document)));
        println!("{letter}: ink {ink:.0} at ({x:.2}, {y:.2}), as a path {path_ink:.0} at ({path_x:.2}, {path_y:.2})");
        assert!((path_x - x).abs() < 0.6 && (path_y - y).abs() < 0.6, "{letter}");
        // egui darkens small text.
        assert!((0.5..1.1).contains(&(path_ink / ink)), "{letter}");
    }
}
