//! Formulas in LaTeX as letters and bars, to be drawn with the fonts of [`super::fonts`].
//!
//! `RaTeX` reads them and knows the measures; here its drawing is kept in units of the size of the type, from the left end of the baseline.

use eframe::egui::epaint::text::{LayoutJob, TextFormat};
use eframe::egui::{Color32, FontId, Painter, Pos2, Rect, pos2, vec2};
use ratex_layout::{LayoutOptions, layout, to_display_list, validate_layout};
use ratex_types::display_item::DisplayItem;
use ratex_types::math_style::MathStyle;

use super::fonts::Face;

/// More letters than this are no formula for a card.
const MOST: usize = 2000;

/// A formula, laid out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Formula {
    /// How wide it is (em), and how far it reaches above the baseline and below.
    pub width: f32,
    /// Above the baseline.
    pub above: f32,
    /// Below the baseline.
    pub below: f32,
    /// Letters of one face and size on one height, each with where it begins.
    rows: Vec<Row>,
    bars: Vec<Rect>,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    face: Face,
    size: f32,
    /// Of their baseline, down being positive.
    y: f32,
    letters: Vec<(f32, char)>,
}

impl Formula {
    /// Reads and lays out. `display`: as one that has a line of its own.
    ///
    /// # Errors
    ///
    /// In a sentence: what is no LaTeX, what is too large, and the few things that are made of curves and not of letters, such as braces
    /// over several letters and wide hats.
    pub fn read(latex: &str, display: bool) -> Result<Self, String> {
        let nodes = ratex_parser::parse(latex).map_err(|error| {
            let place = error.loc.map(|loc| {
                let before = latex.get(..loc.start).unwrap_or(latex).chars().count();
                format!(" (character {})", before + 1)
            });
            format!("${latex}$: {}{}", error.message, place.unwrap_or_default())
        })?;
        let options = LayoutOptions {
            style: if display { MathStyle::Display } else { MathStyle::Text },
            ..LayoutOptions::default()
        };
        let set = layout(&nodes, &options);
        validate_layout(&set).map_err(|message| format!("${latex}$: {message}"))?;
        let list = to_display_list(&set);
        if list.items.len() > MOST {
            return Err(format!("${latex}$ has more than {MOST} parts"));
        }
        let mut formula = Self {
            width: list.width as f32,
            above: list.height as f32,
            below: list.depth as f32,
            ..Self::default()
        };
        for item in &list.items {
            formula
                .put(item, list.height)
                .map_err(|what| format!("${latex}$: {what}"))?;
        }
        Ok(formula)
    }

    fn put(&mut self, item: &DisplayItem, baseline: f64) -> Result<(), String> {
        let at = |x: f64, y: f64| pos2(x as f32, (y - baseline) as f32);
        match item {
            DisplayItem::GlyphPath {
                x,
                y,
                scale,
                font,
                char_code,
                ..
            } => {
                let letter = char::from_u32(*char_code).filter(|c| !c.is_control());
                let (Some(face), Some(letter)) = (Face::of_latex(font), letter) else {
                    return Err(format!("there is no font for {:?}", char::from_u32(*char_code)));
                };
                if !face.has(letter) {
                    return Err(format!("no font of formulas has {letter:?}"));
                }
                self.letter((face, letter), at(*x, *y), *scale as f32);
            }
            DisplayItem::Line {
                x, y, width, thickness, ..
            } => {
                let left = at(*x, y - 0.5 * thickness);
                let bar = Rect::from_min_size(left, vec2(*width as f32, *thickness as f32));
                self.bars.push(bar);
            }
            DisplayItem::Rect {
                x, y, width, height, ..
            } => {
                let bar = Rect::from_min_size(at(*x, *y), vec2(*width as f32, *height as f32));
                self.bars.push(bar);
            }
            DisplayItem::Path { .. } => {
                return Err("what is made of curves, such as a brace over letters, cannot be drawn here".to_owned());
            }
        }
        Ok(())
    }

    fn letter(&mut self, (face, letter): (Face, char), at: Pos2, size: f32) {
        let same = |row: &&mut Row| row.face == face && row.size == size && row.y == at.y;
        match self.rows.iter_mut().find(same) {
            Some(row) => row.letters.push((at.x, letter)),
            None => self.rows.push(Row {
                face,
                size,
                y: at.y,
                letters: vec![(at.x, letter)],
            }),
        }
    }

    /// Paints it in type of this size (points), its baseline beginning here.
    pub fn paint(&self, painter: &Painter, from: Pos2, size: f32, color: Color32) {
        for row in &self.rows {
            let font = FontId::new(size * row.size, row.face.family());
            let left = row.letters.first().map_or(0.0, |(x, _)| *x);
            let mut job = LayoutJob::default();
            job.wrap.max_width = f32::INFINITY;
            let mut at = 0.0;
            for (x, letter) in &row.letters {
                // Each begins where it was laid out, and not where the one before it ends.
                let wide = painter.ctx().fonts_mut(|fonts| fonts.glyph_width(&font, *letter));
                let begins = size * (x - left);
                let format = TextFormat::simple(font.clone(), color);
                job.append(&letter.to_string(), begins - at, format);
                at = begins + wide;
            }
            let galley = painter.layout_job(job);
            let base = galley
                .rows
                .first()
                .and_then(|row| Some(row.pos.y + row.glyphs.first()?.pos.y));
            let corner = from + vec2(size * left, size * row.y - base.unwrap_or_default());
            painter.galley(corner, galley, color);
        }
        for bar in &self.bars {
            // Thinner than a point it would be grey.
            let thick = (size * bar.height()).max(1.0);
            let middle = from.y + size * bar.center().y;
            let across = from.x + size * bar.left()..=from.x + size * bar.right();
            let bar = if bar.height() < bar.width() {
                Rect::from_x_y_ranges(across, middle - 0.5 * thick..=middle + 0.5 * thick)
            } else {
                Rect::from_x_y_ranges(across, from.y + size * bar.top()..=from.y + size * bar.bottom())
            };
            painter.rect_filled(bar, 0.0, color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(latex: &str) -> Formula {
        Formula::read(latex, false).unwrap_or_else(|message| panic!("{message}"))
    }

    fn letters(formula: &Formula) -> String {
        let mut all: Vec<(f32, char)> = formula.rows.iter().flat_map(|row| row.letters.clone()).collect();
        // What is lowered and what is raised stand above each other.
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all.into_iter().map(|(_, c)| c).collect()
    }

    #[test]
    fn letters_stand_in_their_order_and_within_the_formula() {
        for (latex, expected) in [
            (r"\rho_t \propto \rho_0^s \pi^{1-s}", "ρt∝ρ0sπ1−s"),
            (r"dX = -\alpha\nabla V\,dt + \sqrt{2\alpha}\,dW", "dX=−α∇Vdt+√2αdW"),
            (r"\mathbb{E}\log(\rho/\pi)", "Elog(ρ/π)"),
        ] {
            let formula = read(latex);
            assert_eq!(letters(&formula), expected, "{latex}");
            let ends = formula.rows.iter().flat_map(|row| row.letters.iter().map(|(x, _)| *x));
            assert!(
                ends.clone().all(|x| (-0.01..formula.width).contains(&x)),
                "{latex}: {formula:?}"
            );
        }
        // Raised and lowered letters are smaller, and stand above and below the baseline.
        let scripts = read("x_a^b");
        let row = |c: char| scripts.rows.iter().find(|row| row.letters[0].1 == c).unwrap();
        assert!(row('a').y > 0.0 && row('b').y < 0.0 && row('x').y == 0.0);
        assert!(row('a').size < row('x').size);
    }

    #[test]
    fn fractions_have_a_bar_and_stand_higher_on_a_line_of_their_own() {
        let latex = r"\frac{(\sum_i w_i)^2}{\sum_i w_i^2}";
        let inline = read(latex);
        let display = Formula::read(latex, true).unwrap();
        assert_eq!((inline.bars.len(), display.bars.len()), (1, 1));
        assert!(display.above > inline.above && display.width > inline.width);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let refused = |latex: &str| Formula::read(latex, false).unwrap_err();
        assert!(refused(r"\frac{a").contains("$\\frac{a$"), "{}", refused(r"\frac{a"));
        assert!(
            refused(r"a + \nosuch b").contains("nosuch"),
            "{}",
            refused(r"a + \nosuch b")
        );
        assert!(refused("x^a^b").contains("uperscript"), "{}", refused("x^a^b"));
        assert!(refused(r"\overbrace{a+b}^n").contains("curves"));
        assert!(refused("a \u{4e2d}").contains("font"), "{}", refused("a \u{4e2d}"));
    }
}
