//! The palette of commands: everything that can be done, found by a few of its letters.
//!
//! What it lists is made from the table of keys and from what there is to choose: presets, landscapes, lectures, panels. It is made when
//! it is opened, so that it lists what there is then.

use std::fmt::Display;

use eframe::egui;
use eframe::egui::{
    Align2, Context, FontId, Id, InputState, Key, Modal, Modifiers, Rect, RichText, Role, ScrollArea, Sense, TextEdit,
    Ui, WidgetInfo, pos2, vec2,
};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::App;
use super::actions::Action;
use super::controls::readable;
use super::exports::EXPORTS;
use super::fits;
use super::keys;
use super::layers::Coloring;
use super::lecture::Wanted;
use super::looks::Kind;
use super::theme::{Theme, size};
use super::tools::deeds::Deed;
use super::widgets::sentence;
use crate::lecture::lectures;
use crate::scenario::{MOST_PANELS, presets};
use crate::target::Shape;
use crate::words::{filled_as_it_is, msg, said, t};

/// Commands that are remembered.
const REMEMBERED: usize = 12;
/// What a remembered command is worth among those that fit as well, in the score of the matcher: about one letter.
const BONUS: u32 = 16;
/// Height of a row (points).
const ROW: f32 = 26.0;

/// Something that has no key and needs none.
pub(super) type Call = fn(&mut App, &Context);

/// What a command does.
#[derive(Clone)]
enum Does {
    /// What a key or button asks for.
    Action(Action),
    /// Something that has no key and needs none.
    Call(Call),
    /// Another landscape beneath the same run.
    Target(Box<Shape>),
    /// Shows a panel, or hides it.
    Show(usize),
}

/// A command.
struct Command {
    /// What it does, as it is said.
    name: String,
    /// The same in English: what is remembered, and searched as well.
    english: String,
    /// Of what kind it is, in English.
    group: &'static str,
    /// Its keys, if it has any.
    keys: &'static str,
    does: Does,
}

impl Command {
    /// How it is called, which is what is searched.
    fn called(&self) -> String {
        format!("{}, {}", self.name, said(self.group))
    }

    /// By what it is remembered, in any language. What is known of a command in English finds it, too.
    fn id(&self) -> String {
        format!("{}, {}", self.english, self.group)
    }
}

/// The palette.
#[derive(Default)]
pub(super) struct Palette {
    open: bool,
    query: String,
    commands: Vec<Command>,
    /// The commands that fit, the best first.
    found: Vec<usize>,
    /// Which of those is chosen.
    chosen: usize,
    /// Whether that has to be brought into sight.
    moved: bool,
    /// Whether Enter was pressed.
    entered: bool,
}

impl Palette {
    /// Whether keys belong to it.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// Takes the keys that it needs before anything else sees them.
    pub(super) fn listen(&mut self, ctx: &Context) {
        let last = self.found.len().saturating_sub(1);
        let before = self.chosen;
        let page = 8;
        ctx.input_mut(|input: &mut InputState| {
            let mut pressed = |modifiers, key| input.count_and_consume_key(modifiers, key);
            let down = pressed(Modifiers::NONE, Key::ArrowDown) + pressed(Modifiers::NONE, Key::Tab);
            let up = pressed(Modifiers::NONE, Key::ArrowUp) + pressed(Modifiers::SHIFT, Key::Tab);
            let further = page * pressed(Modifiers::NONE, Key::PageDown);
            let back = page * pressed(Modifiers::NONE, Key::PageUp);
            self.chosen = (self.chosen + down + further).min(last).saturating_sub(up + back);
            self.entered = pressed(Modifiers::NONE, Key::Enter) > 0;
            let closes = pressed(Modifiers::NONE, Key::Escape)
                + pressed(Modifiers::COMMAND, Key::K)
                + pressed(Modifiers::COMMAND, Key::P);
            self.open = closes == 0;
        });
        self.moved |= self.chosen != before;
    }

    /// Looks for what was typed; remembered commands come before others that fit as well.
    fn search(&mut self, remembered: &[String]) {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::new(
            self.query.trim(),
            CaseMatching::Ignore,
            Normalization::Smart,
            AtomKind::Fuzzy,
        );
        let mut letters = Vec::new();
        let mut found: Vec<(u32, usize, usize)> = Vec::new();
        for (k, command) in self.commands.iter().enumerate() {
            let (id, called) = (command.id(), command.called());
            let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut letters), &mut matcher);
            let english = if id == called { None } else { score(&id) };
            let Some(score) = score(&called).max(english) else {
                continue;
            };
            let ago = remembered.iter().position(|other| *other == id);
            let bonus = ago.map_or(0, |_| BONUS);
            found.push((score + bonus, ago.unwrap_or(usize::MAX), k));
        }
        found.sort_by_key(|&(score, ago, k)| (u32::MAX - score, ago, k));
        self.found = found.into_iter().map(|(.., k)| k).collect();
        (self.chosen, self.moved) = (0, true);
    }
}

impl App {
    /// Opens or closes the palette.
    pub(super) fn toggle_palette(&mut self) {
        self.palette = Palette {
            open: !self.palette.open,
            ..Palette::default()
        };
        if self.palette.open {
            self.palette.commands = self.commands();
            self.palette.search(&self.settings.recent);
        }
    }

    /// Everything that can be done.
    fn commands(&self) -> Vec<Command> {
        let named = |group, [name, english]: [String; 2], does| Command {
            name,
            english,
            group,
            keys: "",
            does,
        };
        let both = |english: &str| [said(english).to_owned(), english.to_owned()];
        // Titles are those of their files.
        let titled = |title: String| [title.clone(), title];
        let mut all: Vec<Command> = Vec::new();
        for listed in keys::listed() {
            // What closes the palette is of no use in it.
            if matches!(listed.action, Action::Leave | Action::TogglePalette) {
                continue;
            }
            all.push(Command {
                name: sentence(said(listed.does)),
                english: sentence(listed.does),
                group: listed.group,
                keys: listed.keys,
                does: Does::Action(listed.action),
            });
        }
        let calls: [(&'static str, &str, Call); 11] = [
            (msg!("Layers"), msg!("Particles"), |app, _| {
                app.view.layers.discs ^= true;
            }),
            (msg!("Layers"), msg!("Map"), |app, _| app.view.layers.map ^= true),
            (msg!("Layers"), msg!("Masses"), |app, _| app.view.layers.masses ^= true),
            (msg!("Layers"), msg!("Models"), |app, _| app.view.layers.models ^= true),
            (msg!("Layers"), msg!("Errors"), |app, _| app.view.layers.errors ^= true),
            (msg!("Layers"), msg!("Colour by origin"), |app, _| {
                app.view.coloring = Coloring::Origin;
            }),
            (msg!("Layers"), msg!("Colour by lineage"), |app, _| {
                app.view.coloring = Coloring::Lineage;
            }),
            (msg!("Layers"), msg!("Colour by flow"), |app, _| {
                app.view.coloring = Coloring::Flow;
            }),
            (msg!("Settings"), msg!("Show or hide the plots"), |app, _| {
                app.options.plots ^= true;
            }),
            (msg!("Settings"), msg!("Show or hide the controls"), |app, _| {
                app.options.controls ^= true;
            }),
            (msg!("Settings"), msg!("Light or dark theme"), |app, _| {
                app.queue.push(Action::SwitchTheme);
            }),
        ];
        let calls = calls
            .into_iter()
            .chain(EXPORTS.map(|(name, call)| (msg!("Exports"), name, call)));
        all.extend(calls.map(|(group, name, call)| named(group, both(name), Does::Call(call))));
        all.extend(self.of_panels());
        all.extend(lectures().iter().map(|built_in| {
            let wanted = Wanted {
                key: built_in.name.to_owned(),
                card: 0,
            };
            named(
                msg!("Lectures"),
                titled(built_in.lecture().title),
                Does::Action(Action::OpenLecture(wanted)),
            )
        }));
        all.extend(presets().iter().map(|preset| {
            let scenario = preset.scenario();
            named(
                msg!("Scenarios"),
                titled(scenario.title.clone()),
                Does::Action(Action::Load(Box::new(scenario))),
            )
        }));
        let targets = Shape::all().into_iter();
        all.extend(targets.map(|shape| {
            let name = readable(shape.name());
            named(msg!("Landscapes"), both(&name), Does::Target(Box::new(shape)))
        }));
        all
    }

    /// What can be done with each panel.
    fn of_panels(&self) -> Vec<Command> {
        let mut all = Vec::new();
        for (k, flow) in self.draft.panels.iter().enumerate() {
            let number = k + 1;
            let panel = |what: &str, kind: &str, does| {
                let in_words = |say: fn(&str) -> &str| {
                    let values: [(&str, &dyn Display); 3] =
                        [("number", &number), ("flow", &flow.name), ("kind", &say(kind))];
                    filled_as_it_is(say(what), &values)
                };
                Command {
                    name: in_words(said),
                    english: in_words(|english| english),
                    group: msg!("Panels"),
                    keys: "",
                    does,
                }
            };
            let run = msg!("Panel {number}, {flow}: run {kind}");
            let kinds = Kind::BUTTONS.map(|kind| panel(run, kind.name(), Does::Action(Action::RatesOf(k, kind))));
            all.extend(kinds);
            all.extend(
                [
                    (
                        msg!("Panel {number}, {flow}: all the room"),
                        Does::Action(Action::Maximise(Some(k))),
                    ),
                    (
                        msg!("Panel {number}, {flow}: duplicate"),
                        Does::Action(Action::Duplicate(Some(k))),
                    ),
                    (msg!("Panel {number}, {flow}: remove"), Does::Action(Action::Remove(k))),
                    (msg!("Panel {number}, {flow}: show or hide"), Does::Show(k)),
                ]
                .map(|(what, does)| panel(what, "", does)),
            );
        }
        all
    }

    /// Why a command cannot be done now.
    fn why_not(&self, does: &Does) -> Option<String> {
        if self.verify.open && !matches!(does, Does::Action(action) if action.is_of_every_page()) {
            return Some(t!("leave the identities first (V)").to_owned());
        }
        let report = self.report.as_ref()?;
        let panels = &self.draft.panels;
        let refuse = |refused: bool, reason: &str| refused.then(|| said(reason).to_owned());
        let Does::Action(action) = does else {
            return match does {
                Does::Target(shape) => refuse(shape.name() == self.draft.target.name(), msg!("it is the one on show")),
                Does::Show(_) => refuse(panels.len() < 2, msg!("there is one panel only")),
                Does::Action(_) | Does::Call(_) => None,
            };
        };
        let strip = &report.strip;
        let rates = |panel: usize, kind: Kind| {
            let (flow, estimator) = (panels.get(panel)?, self.draft.estimator(panel));
            let reason = fits::new_conflict(flow, &estimator, |flow, _| (flow.alpha, flow.beta) = kind.rates());
            reason.map(|reason| said(reason).to_owned())
        };
        let [undo, redo] = self.undo.names();
        if let Some(reason) = self.not_in_mixtures(action) {
            return Some(reason.to_owned());
        }
        match action {
            Action::Undo => refuse(undo.is_none(), msg!("nothing was done yet")),
            Action::Redo => refuse(redo.is_none(), msg!("nothing was undone")),
            Action::StepBack(_) | Action::GoTo(0) => refuse(report.snapshot.step == 0, msg!("the run is at its start")),
            Action::GoTo(u64::MAX) => refuse(strip.now.step == strip.last.step, msg!("the run is at its live end")),
            Action::TogglePhase => refuse(!self.has_velocities(report), msg!("no panel has velocities")),
            Action::Rates(kind) => rates(self.view.selected, *kind),
            Action::RatesOf(panel, kind) => rates(*panel, *kind),
            Action::Duplicate(_) => refuse(
                panels.len() >= MOST_PANELS,
                msg!("there are as many panels as there can be"),
            ),
            Action::Remove(_) | Action::Maximise(_) => refuse(panels.len() < 2, msg!("there is one panel only")),
            Action::Hand(Deed::Duplicate | Deed::Delete) => {
                refuse(self.select.thing(&self.draft).is_none(), msg!("nothing is selected"))
            }
            Action::NextCard | Action::PreviousCard | Action::EndCard | Action::ToggleCards | Action::CloseLecture => {
                refuse(self.hall.on.is_none(), msg!("no lecture is on"))
            }
            _ => None,
        }
    }

    /// Does what was chosen.
    fn command(&mut self, ctx: &Context, (id, does): (String, Does)) {
        self.settings.recent.retain(|other| *other != id);
        self.settings.recent.insert(0, id);
        self.settings.recent.truncate(REMEMBERED);
        self.keep_settings();
        match does {
            Does::Action(action) => self.queue.push(action),
            Does::Call(call) => call(self, ctx),
            Does::Target(shape) => self.choose_target(*shape),
            Does::Show(panel) => {
                if let Some(hidden) = self.view.hidden.get_mut(panel) {
                    *hidden ^= true;
                }
            }
        }
    }

    /// Draws it over everything.
    pub(super) fn palette_ui(&mut self, ctx: &Context) {
        if !self.palette.open {
            return;
        }
        let room = ctx.content_rect().size();
        let width = (room.x - 60.0).clamp(200.0, 560.0);
        let id = Id::unique("palette");
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, [0.0, (0.08 * room.y).min(60.0)]);
        let modal = Modal::new(id).area(area).show(ctx, |ui| {
            ui.set_width(width);
            let field = TextEdit::singleline(&mut self.palette.query)
                .id(id.with("field"))
                .hint_text(t!("What do you want to do?"))
                .desired_width(width);
            let field = ui.add(field).accessible_name(t!("Search for a command"));
            if !field.has_focus() {
                field.request_focus();
            }
            if field.changed() {
                self.palette.search(&self.settings.recent);
            }
            ui.add_space(4.0);
            let picked = self.found_ui(ui, (room.y - 190.0).clamp(4.0 * ROW, 14.0 * ROW));
            self.foot_ui(ui);
            // The choice is read out with the field, which keeps the keyboard.
            if let Some(command) = self.palette.found.get(self.palette.chosen) {
                let text = self.palette.commands[*command].called();
                ui.ctx()
                    .accesskit_node_builder(field.id, |node| node.set_description(text));
            }
            picked
        });
        let wanted = if std::mem::take(&mut self.palette.entered) {
            self.palette.found.get(self.palette.chosen).copied()
        } else {
            modal.inner
        };
        if let Some(k) = wanted {
            let command = &self.palette.commands[k];
            match self.why_not(&command.does) {
                Some(reason) => {
                    let sentence = t!("Not possible now: {reason}", reason);
                    self.notices.hint(ctx, &sentence);
                }
                None => {
                    let chosen = (command.id(), command.does.clone());
                    self.palette = Palette::default();
                    self.command(ctx, chosen);
                }
            }
        } else if modal.backdrop_response.clicked() {
            self.palette = Palette::default();
        }
    }

    /// The commands that fit; the one that was clicked.
    fn found_ui(&mut self, ui: &mut Ui, height: f32) -> Option<usize> {
        let mut picked = None;
        let pointer_moved = ui.input(|i| i.pointer.delta() != egui::Vec2::ZERO);
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for place in 0..self.palette.found.len() {
                    let k = self.palette.found[place];
                    let command = &self.palette.commands[k];
                    let refusal = self.why_not(&command.does);
                    let response = row_ui(ui, command, refusal.as_deref(), place == self.palette.chosen);
                    if place == self.palette.chosen && self.palette.moved {
                        response.scroll_to_me(None);
                    }
                    if response.hovered() && pointer_moved {
                        self.palette.chosen = place;
                    }
                    if response.clicked() {
                        picked = Some(k);
                    }
                }
            });
        self.palette.moved = false;
        picked
    }

    /// How many fit, and what keys do here.
    fn foot_ui(&self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        let (fit, all) = (self.palette.found.len(), self.palette.commands.len());
        let text = if fit == 0 {
            t!("Nothing fits: fewer letters find more.").to_owned()
        } else {
            t!("{fit} of {all}. Arrows choose, Enter does it, Esc leaves.", fit, all)
        };
        ui.add_space(3.0);
        ui.label(RichText::new(text).size(size::SMALL).color(tokens.text_weak));
    }
}

/// A command with its kind and its keys, or with why it cannot be done.
fn row_ui(ui: &mut Ui, command: &Command, refusal: Option<&str>, chosen: bool) -> egui::Response {
    let tokens = Theme::of(ui).tokens();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    let name = match (refusal, command.keys) {
        (Some(reason), _) => t!(
            "{command}, not possible now: {reason}",
            command = command.called(),
            reason
        ),
        (None, "") => command.called(),
        (None, keys) => format!("{}, {}", command.called(), said(keys)),
    };
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, refusal.is_none(), chosen, &name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let (strong, weak) = match (chosen, refusal) {
        (true, None) => (tokens.on_accent, tokens.on_accent),
        (false, None) => (tokens.text, tokens.text_weak),
        (_, Some(_)) => (tokens.text_weak, tokens.text_weak),
    };
    match (chosen, refusal) {
        (true, None) => drop(ui.painter().rect_filled(rect, 4.0, tokens.accent)),
        (true, Some(_)) => drop(ui.painter().rect_filled(rect, 4.0, tokens.control)),
        (false, _) => {}
    }
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let at = |x: f32| pos2(x, rect.center().y);
    let aside = match refusal {
        Some(reason) => reason,
        None => said(command.keys),
    };
    let aside = painter.text(
        at(rect.right() - 8.0),
        Align2::RIGHT_CENTER,
        aside,
        FontId::proportional(size::SMALL),
        weak,
    );
    let left = Rect::from_min_max(rect.min, pos2(aside.left() - 8.0, rect.bottom()));
    let painter = painter.with_clip_rect(left.intersect(painter.clip_rect()));
    let name = painter.text(
        at(rect.left() + 8.0),
        Align2::LEFT_CENTER,
        &command.name,
        FontId::proportional(size::BODY),
        strong,
    );
    painter.text(
        at(name.right() + 10.0),
        Align2::LEFT_CENTER,
        said(command.group),
        FontId::proportional(size::SMALL),
        weak,
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette(names: &[&'static str]) -> Palette {
        let command = |name: &&'static str| Command {
            name: (*name).to_owned(),
            english: (*name).to_owned(),
            group: "View",
            keys: "",
            does: Does::Call(|_, _| ()),
        };
        Palette {
            commands: names.iter().map(command).collect(),
            ..Palette::default()
        }
    }

    #[test]
    fn a_few_letters_find_what_was_meant() {
        let mut palette = palette(&["Contours", "Exact density", "Density", "Phase portrait"]);
        palette.query = "exden".to_owned();
        palette.search(&[]);
        assert_eq!(palette.found, [1]);
        palette.query = "dens".to_owned();
        palette.search(&[]);
        assert_eq!(palette.found.len(), 2);
        palette.query = "zzz".to_owned();
        palette.search(&[]);
        assert!(palette.found.is_empty());
    }

    #[test]
    fn a_command_is_found_by_what_is_said_and_by_its_english_words() {
        let mut palette = palette(&["Contours", "Exact density"]);
        palette.commands[1].name = "Genaue Dichte".to_owned();
        for query in ["dichte", "genau", "exact", "density"] {
            palette.query = query.to_owned();
            palette.search(&[]);
            assert_eq!(palette.found, [1], "{query}");
        }
        // It is remembered by its English words, whatever the window speaks.
        palette.query.clear();
        palette.search(&["Exact density, View".to_owned()]);
        assert_eq!(palette.found, [1, 0]);
    }

    #[test]
    fn what_was_used_last_comes_first() {
        let mut palette = palette(&["Contours", "Exact density", "Density"]);
        palette.search(&["Density, View".to_owned(), "Exact density, View".to_owned()]);
        assert_eq!(palette.found, [2, 1, 0]);
        palette.search(&[]);
        assert_eq!(palette.found, [0, 1, 2]);
    }
}
