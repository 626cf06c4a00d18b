//! Texts of cards: paragraphs, headings and lists as lines of words with formulas among them.
//!
//! A formula takes its room in the line as a blank would, so that lines break as in any text, and stands on their baseline. What else
//! `CommonMark` has (tables, pictures, blocks of code) is drawn by `egui_commonmark`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::text_selection::LabelSelectionState;
use eframe::egui::{
    Align, Color32, FontId, Galley, Pos2, Rect, Role, Sense, Stroke, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::app::theme::Tokens;
use crate::lecture::plain;
use crate::render::fonts;
use crate::render::tex::Formula;

/// What takes the room of a formula: never broken, and without ink.
const ROOM: char = '\u{a0}';
/// A heading is so much larger.
const HEADING: f32 = 1.25;
/// Between two blocks, and how far a list is indented, in sizes of type.
const APART: f32 = 0.5;
const INDENT: f32 = 1.3;
/// Room after slanted words, in sizes of type.
const LEAN: f32 = 0.1;
/// A formula too wide for its column is made smaller, down to this.
const SMALLEST: f32 = 0.6;

/// Texts that have been read.
#[derive(Default)]
pub(super) struct Texts {
    read: HashMap<String, Arc<Vec<Block>>>,
    others: CommonMarkCache,
}

/// A part of a text that begins on a new line.
#[derive(Debug)]
enum Block {
    Lines {
        pieces: Vec<Piece>,
        heading: bool,
        /// How deep in lists, and what stands before it there.
        indent: usize,
        mark: Option<String>,
    },
    /// A formula on a line of its own.
    Display(Arc<Formula>, String),
    /// What is drawn elsewhere, by its place in the text.
    Other(Range<usize>),
}

#[derive(Debug)]
enum Piece {
    Words(String, Look),
    Formula(Arc<Formula>, String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Look {
    strong: bool,
    slanted: bool,
    code: bool,
}

/// How a text is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    pub(super) points: f32,
    pub(super) color: Color32,
    /// Of what is strong: there is no bold face at hand.
    pub(super) strong: Color32,
}

impl Ink {
    pub(super) const fn new(points: f32, tokens: &Tokens) -> Self {
        Self {
            points,
            color: tokens.text,
            strong: tokens.accent,
        }
    }
}

impl Texts {
    /// Draws a text.
    pub(super) fn show(&mut self, ui: &mut Ui, text: &str, ink: Ink) {
        let blocks = self.read(text);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, APART * ink.points);
            for block in &*blocks {
                match block {
                    Block::Other(place) => self.other(ui, &text[place.clone()], ink),
                    _ => {
                        if let Some(set) = block.set(ui, ink, ui.available_width()) {
                            set.show(ui, ink);
                        }
                    }
                }
            }
        });
    }

    /// How high a text is in this width.
    pub(super) fn height(&mut self, ui: &Ui, text: &str, (ink, width): (Ink, f32)) -> f32 {
        let blocks = self.read(text);
        let height = |block: &Block| match block {
            // About: as its lines.
            Block::Other(place) => 1.4 * ink.points * text[place.clone()].lines().count() as f32,
            _ => block.set(ui, ink, width).map_or(0.0, |set| set.size.y),
        };
        let gaps = blocks.len().saturating_sub(1) as f32;
        blocks.iter().map(height).sum::<f32>() + gaps * APART * ink.points
    }

    fn read(&mut self, text: &str) -> Arc<Vec<Block>> {
        if let Some(blocks) = self.read.get(text) {
            return Arc::clone(blocks);
        }
        let blocks = Arc::new(blocks(text));
        self.read.insert(text.to_owned(), Arc::clone(&blocks));
        blocks
    }

    fn other(&mut self, ui: &mut Ui, text: &str, ink: Ink) {
        ui.scope(|ui| {
            let style = ui.style_mut();
            for (name, font) in &mut style.text_styles {
                font.size = if *name == TextStyle::Heading {
                    HEADING * ink.points
                } else {
                    ink.points
                };
            }
            style.visuals.override_text_color = None;
            style.visuals.widgets.noninteractive.fg_stroke = Stroke::new(1.0, ink.color);
            style.visuals.widgets.active.fg_stroke = Stroke::new(1.0, ink.strong);
            CommonMarkViewer::new().show(ui, &mut self.others, text);
        });
    }
}

/// Reads a text.
fn blocks(text: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    let mut events = Parser::new_ext(text, Options::ENABLE_MATH | Options::ENABLE_TABLES).into_offset_iter();
    while let Some((event, place)) = events.next() {
        match event {
            Event::Start(tag @ (Tag::Table(_) | Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::BlockQuote(_))) => {
                reader.end_lines();
                let end = tag.to_end();
                let _: Option<()> = events
                    .by_ref()
                    .find_map(|(event, _)| (event == Event::End(end)).then_some(()));
                reader.blocks.push(Block::Other(place));
            }
            Event::Rule => {
                reader.end_lines();
                reader.blocks.push(Block::Other(place));
            }
            event => reader.take(event),
        }
    }
    reader.end_lines();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    pieces: Vec<Piece>,
    look: Look,
    heading: bool,
    /// The number of the next item of each list that is open, if its items are numbered.
    lists: Vec<Option<u64>>,
    mark: Option<String>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(words) => self.words(&words),
            Event::Code(words) => {
                self.look.code = true;
                self.words(&words);
                self.look.code = false;
            }
            Event::InlineMath(latex) => match Formula::read(&latex, false) {
                Ok(formula) => self
                    .pieces
                    .push(Piece::Formula(Arc::new(formula), plain(&format!("${latex}$")))),
                // Files are looked at when they are read; this is of one that was not.
                Err(_) => self.words(&latex),
            },
            Event::DisplayMath(latex) => match Formula::read(&latex, true) {
                Ok(formula) => {
                    self.end_lines();
                    let told = plain(&format!("$${latex}$$"));
                    self.blocks.push(Block::Display(Arc::new(formula), told));
                }
                Err(_) => self.words(&latex),
            },
            Event::SoftBreak => self.words(" "),
            Event::HardBreak => self.words("\n"),
            Event::Html(words) | Event::InlineHtml(words) => self.words(&words),
            Event::Start(Tag::Strong) => self.look.strong = true,
            Event::End(TagEnd::Strong) => self.look.strong = false,
            Event::Start(Tag::Emphasis) => self.look.slanted = true,
            Event::End(TagEnd::Emphasis) => self.look.slanted = false,
            Event::Start(Tag::Heading { level, .. }) => {
                self.end_lines();
                self.heading = level <= HeadingLevel::H3;
            }
            Event::End(TagEnd::Heading(_)) => {
                self.end_lines();
                self.heading = false;
            }
            Event::Start(Tag::List(first)) => {
                self.end_lines();
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                self.end_lines();
                self.lists.pop();
            }
            Event::Start(Tag::Item) => {
                self.end_lines();
                self.mark = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    _ => "•".to_owned(),
                });
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item) => self.end_lines(),
            _ => {}
        }
    }

    fn words(&mut self, words: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Words(text, look)) if *look == self.look => text.push_str(words),
            _ => self.pieces.push(Piece::Words(words.to_owned(), self.look)),
        }
    }

    fn end_lines(&mut self) {
        let mut pieces = std::mem::take(&mut self.pieces);
        // Around a formula on a line of its own there are blanks that mean nothing.
        if let Some(Piece::Words(text, _)) = pieces.first_mut() {
            *text = text.trim_start().to_owned();
        }
        if let Some(Piece::Words(text, _)) = pieces.last_mut() {
            text.truncate(text.trim_end().len());
        }
        pieces.retain(|piece| !matches!(piece, Piece::Words(text, _) if text.is_empty()));
        if pieces.is_empty() {
            return;
        }
        self.blocks.push(Block::Lines {
            pieces,
            heading: self.heading,
            indent: self.lists.len(),
            mark: self.mark.take(),
        });
    }
}

/// A block in type of some size and width.
struct Set {
    size: Vec2,
    /// Each with the corner of its rectangle.
    galleys: Vec<(Pos2, Arc<Galley>)>,
    /// Each with the left end of its baseline, and the size of its type.
    formulas: Vec<(Pos2, Arc<Formula>, f32)>,
    told: String,
}

impl Block {
    fn set(&self, ui: &Ui, ink: Ink, width: f32) -> Option<Set> {
        match self {
            Self::Other(_) => None,
            Self::Display(formula, told) => {
                let size = ink.points * fitting(formula.width * ink.points, width);
                let pad = 0.15 * ink.points;
                let left = 0.5 * (width - formula.width * size).max(0.0);
                let height = (formula.above + formula.below) * size;
                Some(Set {
                    size: vec2(width, height + 2.0 * pad),
                    galleys: Vec::new(),
                    formulas: vec![(pos2(left, pad + formula.above * size), Arc::clone(formula), size)],
                    told: told.clone(),
                })
            }
            Self::Lines {
                pieces,
                heading,
                indent,
                mark,
            } => {
                let points = if *heading { HEADING * ink.points } else { ink.points };
                let left = INDENT * ink.points * *indent as f32;
                let mut set = lines(ui, pieces, Ink { points, ..ink }, (left, width - left));
                if let Some(mark) = mark {
                    let galley = one_line(ui, mark, points, ink.color);
                    let at = left - galley.size().x - 0.35 * ink.points;
                    // Beside its first line, however high that is.
                    let down = baseline(&set.galleys[0].1).zip(baseline(&galley));
                    let down = down.map_or(0.0, |(line, own)| line - own);
                    set.told = format!("{mark} {}", set.told);
                    set.galleys.push((pos2(at, down), galley));
                }
                Some(set)
            }
        }
    }
}

fn one_line(ui: &Ui, text: &str, points: f32, color: Color32) -> Arc<Galley> {
    let font = FontId::proportional(points);
    ui.painter().layout_no_wrap(text.to_owned(), font, color)
}

fn baseline(galley: &Galley) -> Option<f32> {
    let row = galley.rows.first()?;
    Some(row.pos.y + row.glyphs.first()?.pos.y)
}

/// By how much something so wide is made smaller in so narrow a column.
fn fitting(wide: f32, width: f32) -> f32 {
    if wide > width {
        (width / wide).max(SMALLEST)
    } else {
        1.0
    }
}

/// Lays out words and formulas in lines.
fn lines(ui: &Ui, pieces: &[Piece], ink: Ink, (left, width): (f32, f32)) -> Set {
    let font = FontId::proportional(ink.points);
    // Where lines of words have their baseline, from their middle.
    let sample = one_line(ui, "x", ink.points, ink.color);
    let (high, base) = (sample.size().y, baseline(&sample).unwrap_or(ink.points));
    let down = base - 0.5 * high;
    let blank = ui.fonts_mut(|fonts| fonts.glyph_width(&font, ROOM));
    let mut job = LayoutJob::default();
    job.wrap.max_width = width.max(1.0);
    let (mut told, mut places) = (String::new(), Vec::new());
    // What the next piece begins after: a formula reaches up to there.
    let mut lead = 0.0;
    for piece in pieces {
        match piece {
            Piece::Words(words, look) => {
                told.push_str(words);
                job.append(words, lead, format(*look, ink));
                // Slanted letters lean over what follows.
                lead = if look.slanted { LEAN * ink.points } else { 0.0 };
            }
            Piece::Formula(formula, plainly) => {
                told.push_str(plainly);
                let size = ink.points * fitting(formula.width * ink.points, width);
                let reach = f32::max(size * formula.above - down, size * formula.below + down);
                let room = TextFormat {
                    line_height: (2.0 * reach > high).then_some(2.0 * reach + 2.0),
                    valign: Align::Center,
                    ..TextFormat::simple(font.clone(), ink.color)
                };
                places.push((job.text.chars().count(), Arc::clone(formula), size));
                // Two blanks, which nothing parts, with the rest of the room between them.
                job.append(&ROOM.to_string(), lead, room.clone());
                lead = size * formula.width - 2.0 * blank;
                job.append(&ROOM.to_string(), lead, room);
                lead = 0.0;
            }
        }
    }
    let galley = ui.painter().layout_job(job);
    let mut formulas = Vec::new();
    let mut number = 0;
    for row in &galley.rows {
        for glyph in &row.glyphs {
            if let Some((_, formula, size)) = places.iter().find(|(at, ..)| *at == number) {
                let at = row.pos + glyph.pos.to_vec2() + vec2(left, 0.0);
                formulas.push((at, Arc::clone(formula), *size));
            }
            number += 1;
        }
        number += usize::from(row.ends_with_newline);
    }
    Set {
        size: vec2(left + width, galley.size().y),
        galleys: vec![(pos2(left, 0.0), galley)],
        formulas,
        told,
    }
}

fn format(look: Look, ink: Ink) -> TextFormat {
    let font = if look.code {
        FontId::monospace(0.95 * ink.points)
    } else {
        FontId::proportional(ink.points)
    };
    TextFormat {
        italics: look.slanted,
        valign: Align::Center,
        ..TextFormat::simple(font, if look.strong { ink.strong } else { ink.color })
    }
}

impl Set {
    fn show(&self, ui: &mut Ui, ink: Ink) {
        let whole = self.formulas.is_empty() && self.galleys.len() == 1;
        let selectable = whole && ui.style().interaction.selectable_labels;
        let sense = if selectable {
            Sense::click_and_drag()
        } else {
            Sense::hover()
        };
        let (rect, response) = ui.allocate_exact_size(self.size, sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), &self.told));
        if !ui.is_rect_visible(rect) {
            return;
        }
        if selectable && let Some((at, galley)) = self.galleys.first() {
            let at = rect.min + at.to_vec2();
            LabelSelectionState::label_text_selection(ui, &response, at, Arc::clone(galley), ink.color, Stroke::NONE);
            return;
        }
        self.paint(ui, rect, ink);
    }

    fn paint(&self, ui: &Ui, rect: Rect, ink: Ink) {
        if !fonts::ready(ui.ctx()) {
            return;
        }
        for (at, galley) in &self.galleys {
            ui.painter()
                .galley(rect.min + at.to_vec2(), Arc::clone(galley), ink.color);
        }
        for (at, formula, size) in &self.formulas {
            formula.paint(ui.painter(), rect.min + at.to_vec2(), *size, ink.color);
        }
    }
}
