//! What ends up in the picture.

use super::*;
use eframe::egui::epaint::{ColorImage, ImageDelta, Mesh, Vertex, WHITE_UV};
use eframe::egui::{Label, TextureOptions, pos2, vec2};

const WHITE: TextureId = TextureId::Managed(0);

fn painter() -> Rasteriser {
    let mut delta = TexturesDelta::default();
    let white = ColorImage::filled([1, 1], Color32::WHITE);
    delta.push(WHITE, ImageDelta::full(white, TextureOptions::LINEAR));
    let mut painter = Rasteriser::default();
    painter.update(delta);
    painter
}

fn clipped(mesh: Mesh, clip_rect: Rect) -> ClippedPrimitive {
    let primitive = Primitive::Mesh(mesh);
    ClippedPrimitive { clip_rect, primitive }
}

fn draw(mesh: Mesh, size: [usize; 2]) -> RgbaImage {
    painter().draw(&[clipped(mesh, Rect::EVERYTHING)], 1.0, size, Color32::BLACK)
}

fn fan(points: &[[f32; 2]], colour: Color32) -> Mesh {
    let mut mesh = Mesh::default();
    for &[x, y] in points {
        mesh.vertices.push(Vertex::untextured(pos2(x, y), colour));
    }
    for i in 2..points.len() as u32 {
        mesh.add_triangle(0, i - 1, i);
    }
    mesh
}

fn square(min: f32, max: f32, colour: Color32) -> Mesh {
    fan(&[[min, min], [max, min], [max, max], [min, max]], colour)
}

fn reds(picture: &RgbaImage) -> Vec<u8> {
    picture.pixels().map(|pixel| pixel[0]).collect()
}

#[test]
fn triangles_around_a_point_neither_overlap_nor_leave_gaps() {
    let veil = Color32::from_rgba_premultiplied(100, 100, 100, 100);
    // Hubs on the grid of pixel centres, on that of pixels, and on neither.
    for hub in [[20.5, 20.5], [20.0, 20.0], [13.37, 22.22]] {
        for corners in 3..40 {
            let mut points = vec![hub];
            for i in 0..=corners {
                let turn = (i % corners) as f32 / corners as f32 * std::f32::consts::TAU;
                points.push([20.0 + 90.0 * turn.cos(), 20.0 - 90.0 * turn.sin()]);
            }
            let picture = draw(fan(&points, veil), [40, 40]);
            assert!(reds(&picture).iter().all(|&red| red == 100), "{hub:?} {corners}");
        }
    }
}

#[test]
fn neighbouring_cells_share_no_pixel() {
    let veil = Color32::from_rgba_premultiplied(60, 60, 60, 60);
    let mut mesh = Mesh::default();
    for (x, y) in (0..8).flat_map(|x| (0..8).map(move |y| (x as f32, y as f32))) {
        let min = pos2(x, y) * 4.25;
        mesh.add_colored_rect(Rect::from_min_size(min, vec2(4.25, 4.25)), veil);
    }
    assert!(reds(&draw(mesh, [34, 34])).iter().all(|&red| red == 60));
}

#[test]
fn a_rectangle_covers_exactly_its_pixels() {
    let picture = draw(square(2.0, 5.0, Color32::WHITE), [8, 8]);
    for (x, y, pixel) in picture.enumerate_pixels() {
        let inside = (2..5).contains(&x) && (2..5).contains(&y);
        assert_eq!(pixel[0], if inside { 255 } else { 0 }, "{x} {y}");
        assert_eq!(pixel[3], 255);
    }
    // Centres on the left and upper border belong to it, on the right and lower do not.
    let halves = draw(square(1.5, 3.5, Color32::WHITE), [5, 1 + 4]);
    let inside = halves.enumerate_pixels().filter(|(.., pixel)| pixel[0] == 255);
    let inside: Vec<_> = inside.map(|(x, y, _)| (x, y)).collect();
    assert_eq!(inside, [(1, 1), (2, 1), (1, 2), (2, 2)]);
}

#[test]
fn the_shortcut_for_rectangles_draws_what_two_triangles_draw() {
    let colour = Color32::from_rgba_premultiplied(90, 60, 30, 120);
    for i in 0..50 {
        let (min, max) = (i as f32 * 0.137, 9.0 + i as f32 * 0.291);
        let whole = square(min, max, colour);
        // The same triangles with vertices of their own are not seen as one rectangle.
        let mut halves = fan(&[[min, min], [max, min], [max, max]], colour);
        halves.append(fan(&[[min, min], [max, max], [min, max]], colour));
        assert_eq!(draw(whole, [30, 30]), draw(halves, [30, 30]));
    }
}

#[test]
fn nothing_is_drawn_outside_the_clip_rectangle() {
    let clip = Rect::from_min_max(pos2(1.2, 0.8), pos2(2.6, 2.4));
    let mesh = square(-5.0, 50.0, Color32::WHITE);
    let picture = painter().draw(&[clipped(mesh, clip)], 2.0, [8, 8], Color32::BLACK);
    for (x, y, pixel) in picture.enumerate_pixels() {
        let inside = (2..5).contains(&x) && (2..5).contains(&y);
        assert_eq!(pixel[0] == 255, inside, "{x} {y}");
    }
}

#[test]
fn corners_far_away_keep_the_edge_in_place() {
    let far = 3.0e7;
    let mesh = fan(&[[4.0, -far], [far, -far], [far, far], [4.0, far]], Color32::WHITE);
    let picture = draw(mesh, [8, 8]);
    for (x, _, pixel) in picture.enumerate_pixels() {
        assert_eq!(pixel[0], if x < 4 { 0 } else { 255 });
    }
}

#[test]
fn colours_change_evenly_and_half_white_on_black_is_grey() {
    let mut mesh = square(0.0, 4.0, Color32::BLACK);
    mesh.vertices[1].color = Color32::WHITE;
    mesh.vertices[2].color = Color32::WHITE;
    assert_eq!(reds(&draw(mesh, [4, 1])), [32, 96, 159, 223]);
    let half = Color32::from_rgba_unmultiplied(255, 255, 255, 128);
    assert_eq!(reds(&draw(square(0.0, 2.0, half), [2, 1])), [128, 128]);
}

#[test]
fn a_texture_is_drawn_texel_by_texel_and_can_be_changed_and_freed() {
    let id = TextureId::User(3);
    let texels = [10, 20, 30, 40].map(Color32::from_gray).to_vec();
    let whole = ImageDelta::full(ColorImage::new([2, 2], texels), TextureOptions::LINEAR);
    let mut delta = TexturesDelta::default();
    delta.push(id, whole);
    let mut painter = Rasteriser::default();
    painter.update(delta);
    let mut mesh = Mesh::with_texture(id);
    let uv = Rect::from_min_max(WHITE_UV, pos2(1.0, 1.0));
    let square = Rect::from_min_size(pos2(0.0, 0.0), vec2(2.0, 2.0));
    mesh.add_rect_with_uv(square, uv, Color32::WHITE);
    let frame = [clipped(mesh, Rect::EVERYTHING)];
    let shown = |painter: &Rasteriser| reds(&painter.draw(&frame, 1.0, [2, 2], Color32::BLACK));
    assert_eq!(shown(&painter), [10, 20, 30, 40]);

    let mut delta = TexturesDelta::default();
    let patch = ColorImage::filled([2, 1], Color32::from_gray(7));
    delta.push(id, ImageDelta::partial([0, 1], patch, TextureOptions::LINEAR));
    delta.free(id);
    painter.update(delta);
    assert_eq!(shown(&painter), [10, 20, 7, 7], "still there in its last frame");
    painter.update(TexturesDelta::default());
    assert_eq!(shown(&painter), [0; 4], "gone in the next one, without a panic");
}

#[test]
fn what_makes_no_sense_is_skipped() {
    let mut mesh = square(0.0, 4.0, Color32::WHITE);
    mesh.vertices[0].pos.x = f32::NAN;
    mesh.indices.extend([7, 8, 9, 1]);
    assert!(reds(&draw(mesh, [4, 4])).iter().all(|&red| red == 0));
    let mesh = square(0.0, 4.0, Color32::WHITE);
    let picture = painter().draw(&[clipped(mesh.clone(), Rect::NOTHING)], 1.0, [2, 2], Color32::RED);
    assert!(picture.pixels().all(|pixel| pixel.0 == [255, 0, 0, 255]));
    assert!(draw(mesh.clone(), [0, 5]).is_empty());
    assert!(reds(&painter().draw(&[clipped(mesh, Rect::EVERYTHING)], f32::NAN, [1, 1], Color32::BLACK)) == [0]);
}

#[test]
fn a_clear_background_gives_straight_alpha() {
    let half = Color32::from_rgba_premultiplied(100, 0, 0, 128);
    let frame = [clipped(square(0.0, 1.0, half), Rect::EVERYTHING)];
    let picture = painter().draw(&frame, 1.0, [2, 1], Color32::TRANSPARENT);
    assert_eq!(picture.as_raw(), &[199, 0, 0, 128, 0, 0, 0, 0]);
}

#[test]
fn text_leaves_ink_and_the_bytes_do_not_depend_on_the_threads() {
    let label = |ui: &mut Ui| {
        ui.heading("Fisher–Rao");
        ui.add(Label::new("walk, grow and teleport"));
        let _ = ui.button("Play");
    };
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let ctx = egui::Context::default();
        pool.install(|| picture(&ctx, vec2(200.0, 80.0), 1.5, 3, label))
    };
    let one = with_threads(1);
    assert_eq!(one.dimensions(), (300, 120));
    assert!(one.pixels().filter(|pixel| pixel[0] > 100).count() > 500);
    assert_eq!(one, with_threads(3));
    assert_eq!(one, with_threads(1));
}

#[test]
fn a_context_that_was_used_before_still_shows_text() {
    let ctx = egui::Context::default();
    let label = |ui: &mut Ui| {
        ui.label("again");
    };
    let first = picture(&ctx, vec2(60.0, 30.0), 1.0, 2, label);
    assert_eq!(first, picture(&ctx, vec2(60.0, 30.0), 1.0, 1, label));
}

#[test]
fn the_zoom_of_the_window_does_not_change_the_picture() {
    let label = |ui: &mut Ui| {
        ui.label("zoom");
    };
    let [plain, zoomed] = [1.0, 2.0].map(|zoom| {
        let ctx = egui::Context::default();
        ctx.set_zoom_factor(zoom);
        picture(&ctx, vec2(60.0, 30.0), 1.0, 3, label)
    });
    assert_eq!(plain, zoomed);
}
