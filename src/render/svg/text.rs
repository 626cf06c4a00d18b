//! Text as text: one element per row and format. Letters of mathematics are paths: no other font can stand in for theirs.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eframe::egui::epaint::TextShape;
use eframe::egui::epaint::text::{Glyph, LayoutJob, PlacedRow, TextFormat};
use eframe::egui::{Color32, FontFamily, Pos2, Rect, vec2};
use quick_xml::events::BytesText;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider as _};

use super::super::fonts::{self, Face};
use super::{Svg, edges, fill, number, turn};

/// Fonts of the window by family, and those that look alike elsewhere.
const PROPORTIONAL: &str = "'WFR Lab Greek', Ubuntu, 'Ubuntu Light', 'Noto Emoji', 'DejaVu Sans', sans-serif";
const MONOSPACE: &str = "Hack, 'Ubuntu Mono', 'DejaVu Sans Mono', monospace";

impl Svg<'_> {
    /// The font of Greek letters, for readers that take fonts from a drawing.
    pub(super) fn greek_font(&mut self) -> io::Result<()> {
        let data = STANDARD.encode(fonts::GREEK);
        let rule = format!("@font-face{{font-family:WFR Lab Greek;src:url(data:font/ttf;base64,{data})}}");
        self.xml
            .create_element("style")
            .write_text_content(BytesText::new(&rule))?;
        Ok(())
    }

    pub(super) fn text(&mut self, shape: &TextShape) -> io::Result<()> {
        if shape.opacity_factor <= 0.0 || !shape.pos.is_finite() {
            return Ok(());
        }
        let job = &*shape.galley.job;
        // Glyphs are characters in order; each knows its format by where it stands in the text.
        let mut starts = job.text.char_indices().map(|(at, _)| at);
        for row in &shape.galley.rows {
            let mut runs: Vec<Run<'_>> = Vec::new();
            for glyph in &row.glyphs {
                let Some(format) = format_at(job, starts.next().unwrap_or(job.text.len())) else {
                    continue;
                };
                let color = color_of(shape, row, glyph, format);
                match runs.last_mut() {
                    Some(run) if std::ptr::eq(run.format, format) => {
                        run.glyphs.push(glyph);
                        // Blanks have no ink that could say its colour.
                        run.color = run.color.or(color);
                    }
                    _ => runs.push(Run {
                        format,
                        color,
                        glyphs: vec![glyph],
                    }),
                }
            }
            if row.ends_with_newline {
                starts.next();
            }
            for run in &runs {
                self.run(shape, row, run)?;
            }
        }
        Ok(())
    }

    fn run(&mut self, shape: &TextShape, row: &PlacedRow, run: &Run<'_>) -> io::Result<()> {
        let place = |glyph: &Glyph| shape.pos + row.pos.to_vec2() + glyph.pos.to_vec2();
        if run.format.background.a() > 0
            && let (Some(first), Some(last)) = (run.glyphs.first(), run.glyphs.last())
        {
            let base = place(first);
            let to = Pos2::new(place(last).x + last.advance_width, base.y);
            let up = vec2(0.0, first.font_ascent);
            let rect = Rect::from_min_max(base - up, to - up + vec2(0.0, first.line_height));
            let mut attributes = edges(rect.expand(run.format.expand_bg));
            turn(shape.angle, shape.pos, &mut attributes);
            fill(run.format.background, &mut attributes);
            self.element("rect", &attributes)?;
        }
        // What stands at both ends of a run and has no ink only moves the text.
        let inked = |glyph: &&&Glyph| !glyph.chr.is_whitespace();
        let (Some(first), Some(last), Some(color)) =
            (run.glyphs.iter().find(inked), run.glyphs.iter().rfind(inked), run.color)
        else {
            return Ok(());
        };
        let base = place(first);
        let length = place(last).x + last.advance_width - base.x;
        let letters: String = run.glyphs.iter().map(|glyph| glyph.chr).collect();
        if let Some(face) = Face::of(&run.format.font_id.family) {
            let base = shape.pos + row.pos.to_vec2();
            let placed = run.glyphs.iter().map(|glyph| (glyph.chr, base + glyph.pos.to_vec2()));
            let mut attributes = vec![("d", outlines(face, run.format.font_id.size, placed))];
            turn(shape.angle, shape.pos, &mut attributes);
            fill(color, &mut attributes);
            return self.element("path", &attributes);
        }
        let (family, weight) = match &run.format.font_id.family {
            FontFamily::Monospace => (MONOSPACE, "400"),
            _ => (PROPORTIONAL, "300"),
        };
        self.greek |= letters.chars().any(fonts::is_greek);
        let mut attributes = vec![
            ("x", number(base.x)),
            ("y", number(base.y)),
            ("font-family", family.to_owned()),
            ("font-size", number(run.format.font_id.size)),
            ("font-weight", weight.to_owned()),
            ("xml:space", "preserve".to_owned()),
        ];
        if letters.trim().chars().nth(1).is_some() {
            attributes.push(("textLength", number(length)));
            attributes.push(("lengthAdjust", "spacingAndGlyphs".to_owned()));
        }
        if run.format.italics {
            attributes.push(("font-style", "italic".to_owned()));
        }
        let underlined = !run.format.underline.is_empty() || !shape.underline.is_empty();
        let decoration = match (underlined, !run.format.strikethrough.is_empty()) {
            (false, false) => None,
            (true, false) => Some("underline"),
            (false, true) => Some("line-through"),
            (true, true) => Some("underline line-through"),
        };
        if let Some(decoration) = decoration {
            attributes.push(("text-decoration", decoration.to_owned()));
        }
        turn(shape.angle, shape.pos, &mut attributes);
        fill(color, &mut attributes);
        let attributes = attributes.iter().map(|(key, value)| (*key, value.as_str()));
        self.xml
            .create_element("text")
            .with_attributes(attributes)
            .write_text_content(BytesText::new(letters.trim()))?;
        Ok(())
    }
}

/// The outlines of letters, each from the left end of its baseline, as a path.
fn outlines(face: Face, size: f32, letters: impl Iterator<Item = (char, Pos2)>) -> String {
    let mut pen = Pen::default();
    let bytes = face.bytes().unwrap_or_default();
    if let Ok(font) = FontRef::new(&bytes) {
        let (map, glyphs) = (font.charmap(), font.outline_glyphs());
        for (letter, at) in letters {
            pen.at = at;
            if let Some(glyph) = map.map(letter).and_then(|glyph| glyphs.get(glyph)) {
                let settings = DrawSettings::unhinted(Size::new(size), LocationRef::default());
                // A glyph that cannot be drawn leaves its place empty; a test draws them all.
                let _ = glyph.draw(settings, &mut pen);
            }
        }
    }
    pen.path
}

/// Writes a path, up being up.
#[derive(Default)]
struct Pen {
    at: Pos2,
    path: String,
}

impl Pen {
    fn command(&mut self, letter: char, points: &[(f32, f32)]) {
        self.path.push(letter);
        for (k, (x, y)) in points.iter().enumerate() {
            if k > 0 {
                self.path.push(' ');
            }
            let (x, y) = (number(self.at.x + x), number(self.at.y - y));
            self.path.push_str(&format!("{x} {y}"));
        }
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.command('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.command('L', &[(x, y)]);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.command('Q', &[(cx, cy), (x, y)]);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.command('C', &[(ax, ay), (bx, by), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('Z');
    }
}

/// Letters of one format in one row.
struct Run<'a> {
    format: &'a TextFormat,
    /// The colour, once a letter with ink has said it.
    color: Option<Color32>,
    glyphs: Vec<&'a Glyph>,
}

/// The format at a place in a text; the dots of an elided text have that of its end.
fn format_at(job: &LayoutJob, at: usize) -> Option<&TextFormat> {
    let within = |section: &&eframe::egui::text::LayoutSection| at < section.byte_range.end.0;
    let section = job.sections.iter().find(within).or(job.sections.last())?;
    Some(&section.format)
}

/// The colour in which egui paints a letter; none for a blank.
fn color_of(shape: &TextShape, row: &PlacedRow, glyph: &Glyph, format: &TextFormat) -> Option<Color32> {
    let inked = !glyph.chr.is_whitespace() && !glyph.uv_rect.is_nothing();
    let written = row.visuals.mesh.vertices.get(glyph.first_vertex as usize);
    let written = written.filter(|_| inked).map_or(format.color, |vertex| vertex.color);
    let color = match shape.override_text_color {
        Some(color) => color,
        None if written == Color32::PLACEHOLDER => shape.fallback_color,
        None => written,
    };
    inked.then(|| color.gamma_multiply(shape.opacity_factor))
}
