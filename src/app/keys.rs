//! Keys: one table from which both the listening and the list on screen are made.

use eframe::egui;
use eframe::egui::{Context, Event, Key, Modifiers, Popup, RichText};

use super::actions::Action;
use super::looks::Kind;
use super::theme::{Theme, size};
use super::tools::Tool;
use super::tools::deeds::Deed;
use super::widgets::title_ui;
use crate::words::{msg, said, t};

/// Headings of the list, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Run,
    Panels,
    Tools,
    View,
    Lectures,
    Files,
    Help,
}

impl Group {
    const ALL: [Self; 7] = [
        Self::Run,
        Self::Panels,
        Self::Tools,
        Self::View,
        Self::Lectures,
        Self::Files,
        Self::Help,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Run => msg!("Run"),
            Self::Panels => msg!("Panels"),
            Self::Tools => msg!("Tools"),
            Self::View => msg!("View"),
            Self::Lectures => msg!("Lectures"),
            Self::Files => msg!("Edits and files"),
            Self::Help => msg!("Help"),
        }
    }
}

/// What must be held down together with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// Nothing.
    Plain,
    /// Shift and nothing else.
    Shift,
    /// Ctrl (or ⌘) and nothing else.
    Ctrl,
    /// Ctrl (or ⌘) and Shift.
    CtrlShift,
    /// Ctrl (or ⌘), and Shift where a keyboard needs it to reach the sign.
    CtrlAny,
    /// Nothing, or what some keyboards need to reach the sign: brackets, the question mark.
    Any,
}

impl Held {
    const fn matches(self, held: Modifiers) -> bool {
        let ctrl = held.ctrl || held.command || held.mac_cmd;
        match self {
            Self::Plain => !ctrl && !held.shift && !held.alt,
            Self::Shift => !ctrl && held.shift && !held.alt,
            Self::Ctrl => ctrl && !held.shift && !held.alt,
            Self::CtrlShift => ctrl && held.shift && !held.alt,
            Self::CtrlAny => ctrl && !held.alt,
            Self::Any => true,
        }
    }

    const fn has_ctrl(self) -> bool {
        matches!(self, Self::Ctrl | Self::CtrlShift | Self::CtrlAny)
    }
}

/// What keys do.
struct Binding {
    group: Group,
    held: Held,
    /// Keys that do it.
    keys: &'static [Key],
    /// How the list calls them, in English.
    name: &'static str,
    /// What they do: short, since the list has three columns.
    does: &'static str,
    action: fn() -> Action,
}

const fn on(
    group: Group,
    (held, keys): (Held, &'static [Key]),
    name: &'static str,
    does: &'static str,
    action: fn() -> Action,
) -> Binding {
    Binding {
        group,
        held,
        keys,
        name,
        does,
        action,
    }
}

use Group::{Files, Help, Lectures, Panels, Run, Tools, View};
use Held::{Any, Ctrl, CtrlAny, CtrlShift, Plain, Shift};

/// Every key that does something wherever the focus is; the list on screen has them under the heading of their group.
#[rustfmt::skip]
const BINDINGS: &[Binding] = &[
    on(Run, (Plain, &[Key::Space]), "Space", msg!("play, pause"), || Action::TogglePlay),
    on(Run, (Plain, &[Key::Period]), ".", msg!("one step"), || Action::Step(1)),
    on(Run, (Shift, &[Key::Period]), "Shift .", msg!("ten steps"), || Action::Step(10)),
    on(Run, (Plain, &[Key::Comma]), ",", msg!("one step back"), || Action::StepBack(1)),
    on(Run, (Shift, &[Key::Comma]), "Shift ,", msg!("ten steps back"), || Action::StepBack(10)),
    on(Run, (Plain, &[Key::Home]), "Home", msg!("to the start"), || Action::GoTo(0)),
    on(Run, (Plain, &[Key::End]), "End", msg!("to the live end"), || Action::GoTo(u64::MAX)),
    on(Run, (Plain, &[Key::K]), "K", msg!("set a checkpoint"), || Action::Mark),
    on(Run, (Plain, &[Key::R]), "R", msg!("reset: again, same seed"), || Action::Reset),
    on(Run, (Plain, &[Key::N]), "N", msg!("start again with a new seed"), || Action::NewSeed),
    on(Run, (Any, &[Key::OpenBracket]), "[", msg!("slower"), || Action::Slower),
    on(Run, (Any, &[Key::CloseBracket]), "]", msg!("faster"), || Action::Faster),
    on(Panels, (Plain, &[Key::Num1]), "1", msg!("selected panel: Langevin"), || Action::Rates(Kind::Langevin)),
    on(Panels, (Plain, &[Key::Num2]), "2", msg!("selected panel: Fisher–Rao"), || Action::Rates(Kind::FisherRao)),
    on(Panels, (Plain, &[Key::Num3]), "3", msg!("selected panel: WFR"), || Action::Rates(Kind::Wfr)),
    on(Panels, (Plain, &[Key::Num4]), "4", msg!("compare all three"), || Action::Compare),
    on(Panels, (Plain, &[Key::M]), "M", msg!("selected panel: all the room"), || Action::Maximise(None)),
    on(Panels, (Plain, &[Key::O]), "O", msg!("its next step, in slow motion"), || Action::Dissect(None)),
    on(Panels, (Ctrl, &[Key::D]), "Ctrl D", msg!("selected panel: duplicate"), || Action::Duplicate(None)),
    on(Tools, (Plain, &[Key::S]), "S", msg!("select, move"), || Action::Hold(Tool::Select)),
    on(Tools, (Plain, &[Key::B]), "B", msg!("brush: particles in and out"), || Action::Hold(Tool::Brush)),
    on(Tools, (Plain, &[Key::G]), "G", msg!("draw the start"), || Action::Hold(Tool::Draw)),
    on(Tools, (Plain, &[Key::I]), "I", msg!("probe"), || Action::Hold(Tool::Probe)),
    on(Tools, (Plain, &[Key::J]), "J", msg!("next well, component, start"), || Action::Hand(Deed::Next)),
    on(Tools, (Shift, &[Key::J]), "Shift J", msg!("the well, component, start before"), || Action::Hand(Deed::Previous)),
    on(Tools, (Plain, &[Key::W]), "W", msg!("add a well"), || Action::Hand(Deed::AddWell(None))),
    on(Tools, (Shift, &[Key::D]), "Shift D", msg!("duplicate what is selected"), || Action::Hand(Deed::Duplicate)),
    on(Tools, (Plain, &[Key::Delete]), "Delete", msg!("delete what is selected"), || Action::Hand(Deed::Delete)),
    on(View, (Plain, &[Key::C]), "C", msg!("contours"), || Action::ToggleContours),
    on(View, (Plain, &[Key::A]), "A", msg!("teleport arcs"), || Action::ToggleArcs),
    on(View, (Plain, &[Key::U]), "U", msg!("ribbons of teleported mass"), || Action::ToggleRibbons),
    on(View, (Plain, &[Key::Y]), "Y", msg!("pulses of weights"), || Action::TogglePulses),
    on(View, (Shift, &[Key::T]), "Shift T", msg!("tangent map"), || Action::ToggleTangent),
    on(View, (Plain, &[Key::D]), "D", msg!("density"), || Action::ToggleDensity),
    on(View, (Plain, &[Key::X]), "X", msg!("exact density"), || Action::ToggleExact),
    on(View, (Plain, &[Key::F]), "F", msg!("phase portrait"), || Action::TogglePhase),
    on(View, (Plain, &[Key::T]), "T", msg!("strip along x, along y, plane"), || Action::NextStrip),
    on(View, (Plain, &[Key::Q]), "Q", msg!("the equation of the panel"), || Action::ToggleEquation),
    on(View, (Plain, &[Key::Z]), "Z", msg!("fit the view"), || Action::Fit),
    on(View, (Plain, &[Key::P]), "P", msg!("projector: larger, bolder"), || Action::ToggleProjector),
    on(View, (CtrlAny, &[Key::Plus, Key::Equals]), "Ctrl +", msg!("larger interface"), || Action::Zoom(1)),
    on(View, (CtrlAny, &[Key::Minus]), "Ctrl -", msg!("smaller interface"), || Action::Zoom(-1)),
    on(View, (CtrlAny, &[Key::Num0]), "Ctrl 0", msg!("interface of the usual size"), || Action::Zoom(0)),
    on(View, (Plain, &[Key::H]), "H", msg!("hide all but the panels"), || Action::ToggleInterface),
    on(View, (Plain, &[Key::F11]), "F11", msg!("full screen"), || Action::ToggleFullScreen),
    on(Lectures, (Plain, &[Key::PageDown]), "PageDown", msg!("next card; plays a question"), || Action::NextCard),
    on(Lectures, (Plain, &[Key::PageUp]), "PageUp", msg!("card before"), || Action::PreviousCard),
    on(Lectures, (Shift, &[Key::PageDown]), "Shift PageDown", msg!("the card's end, at once"), || Action::EndCard),
    on(Lectures, (Shift, &[Key::N]), "Shift N", msg!("notes for the speaker"), || Action::ToggleNotes),
    on(Lectures, (Ctrl, &[Key::L]), "Ctrl L", msg!("list of cards"), || Action::ToggleCards),
    on(Files, (Ctrl, &[Key::Z]), "Ctrl Z", msg!("undo"), || Action::Undo),
    on(Files, (CtrlShift, &[Key::Z]), "Ctrl Shift Z", msg!("redo; so does Ctrl Y"), || Action::Redo),
    on(Files, (Ctrl, &[Key::Y]), "", "", || Action::Redo),
    on(Files, (Ctrl, &[Key::O]), "Ctrl O", msg!("open a scenario or session"), || Action::Open),
    on(Files, (Ctrl, &[Key::S]), "Ctrl S", msg!("save the scenario"), || Action::SaveScenario),
    on(Files, (CtrlShift, &[Key::S]), "Ctrl Shift S", msg!("save the session"), || Action::SaveSession),
    on(Files, (Plain, &[Key::L]), "L", msg!("copy this run as a code"), || Action::CopyCode),
    on(Files, (Plain, &[Key::E]), "E", msg!("export pictures, films, tables"), || Action::ToggleExports),
    on(Help, (Ctrl, &[Key::K, Key::P]), "Ctrl K", msg!("everything, by a few letters"), || Action::TogglePalette),
    on(Help, (Plain, &[Key::V]), "V", msg!("recompute every identity"), || Action::ToggleVerify),
    on(Help, (Any, &[Key::F1, Key::Questionmark]), msg!("F1 or ?"), msg!("list of keys"), || Action::ToggleKeys),
    on(Help, (Plain, &[Key::Escape]), "Esc", msg!("back, one thing at a time"), || Action::Leave),
];

/// What stands in the list beside the keys that are listened to.
const ALSO: &[(Group, &str, &str)] = &[
    (Run, "← →", msg!("a step back, forth")),
    (Panels, "Tab, Enter", msg!("go through controls, press")),
    (Tools, msg!("Tab, arrows"), msg!("next handle, move it")),
    (Tools, "Shift, Ctrl", msg!("arrows ×10, ×0.1; both: ×1")),
    (Tools, "+ / -", msg!("deeper, shallower")),
    (Tools, msg!("Ctrl + wheel"), msg!("radius; Shift: the amount")),
    (Tools, msg!("Right button"), msg!("the other way: out for in")),
    (Tools, "Enter, Delete", msg!("dab, take out; + − radius")),
    (View, msg!("Wheel"), msg!("zoom at the pointer")),
    (View, msg!("Drag"), msg!("move the view, in all panels")),
    (View, msg!("Double-click"), msg!("fit; a slider: its default")),
    (Files, "Ctrl V", msg!("open the code that was copied")),
];

/// What had the keyboard when the last frame was drawn. Esc takes it away before anybody is asked, and that is all it does then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Keyboard {
    #[default]
    Nothing,
    /// A field that takes letters: Esc is for the field.
    Field,
    /// A control or a picture.
    Control(egui::Id),
    /// A handle: it is left together with what is selected.
    Handle(egui::Id),
}

impl Keyboard {
    /// What has it now, if a handle does that has this number.
    pub(super) fn of(ctx: &Context, handle: Option<egui::Id>) -> Self {
        match ctx.memory(egui::Memory::focused) {
            None => Self::Nothing,
            Some(id) if handle == Some(id) => Self::Handle(id),
            Some(_) if ctx.text_edit_focused() => Self::Field,
            Some(id) => Self::Control(id),
        }
    }

    /// Gives it back after an Esc that was for something in front of it.
    pub(super) fn restore(self, ctx: &Context) {
        if let Self::Control(id) | Self::Handle(id) = self {
            ctx.memory_mut(|memory| memory.request_focus(id));
        }
    }
}

/// Queues what the pressed keys ask for. Typing into a field asks for nothing but files.
///
/// Keys are consumed before any widget is drawn: Space must not press the button that was clicked last.
pub(super) fn listen(ctx: &Context, keyboard: Keyboard, queue: &mut Vec<Action>) {
    // What is open was drawn in the last frame; `Context::any_popup_open` knows only what this one has drawn, which is nothing yet.
    if Popup::is_any_open(ctx) {
        let helps = |input: &mut egui::InputState| input.consume_key(Modifiers::NONE, Key::F1);
        if ctx.input_mut(helps) {
            Popup::close_all(ctx);
            queue.push(Action::ToggleKeys);
        }
        return;
    }
    let typing = ctx.text_edit_focused();
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            if let Event::Paste(text) = event
                && !typing
            {
                queue.push(Action::OpenCode(text.clone()));
                return false;
            }
            let Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } = event
            else {
                return true;
            };
            let Some(binding) = binding(*key, *modifiers) else {
                return true;
            };
            if *key == Key::Escape && keyboard == Keyboard::Field {
                return true;
            }
            // A field takes letters and has an undo of its own.
            let is_of_fields = binding.held == CtrlAny || matches!(binding.keys, [Key::S | Key::O] | [Key::K, ..]);
            if typing && !(binding.held.has_ctrl() && is_of_fields) {
                return true;
            }
            queue.push((binding.action)());
            false
        });
    });
}

/// Queues what a presenter presses in another window: on, back, and nothing else.
pub(super) fn listen_to_remote(ctx: &Context, queue: &mut Vec<Action>) {
    ctx.input_mut(|input| {
        for (key, action) in [(Key::PageDown, Action::NextCard), (Key::PageUp, Action::PreviousCard)] {
            if input.consume_key(Modifiers::NONE, key) {
                queue.push(action);
            }
        }
    });
}

/// A row of the table, for other lists of what can be done.
pub(super) struct Listed {
    /// Under which heading it stands.
    pub(super) group: &'static str,
    /// What its keys are called.
    pub(super) keys: &'static str,
    /// What it does, in a few words.
    pub(super) does: &'static str,
    /// What it asks for.
    pub(super) action: Action,
}

/// Everything that has a key, in the order of the list.
pub(super) fn listed() -> impl Iterator<Item = Listed> {
    let named = BINDINGS.iter().filter(|binding| !binding.name.is_empty());
    named.map(|binding| Listed {
        group: binding.group.name(),
        keys: binding.name,
        does: binding.does,
        action: (binding.action)(),
    })
}

/// What a key does with these others held.
fn binding(key: Key, held: Modifiers) -> Option<&'static Binding> {
    BINDINGS
        .iter()
        .find(|binding| binding.keys.contains(&key) && binding.held.matches(held))
}

/// The list of keys under headings, in as many columns as there is room for.
pub(super) fn window_ui(ctx: &Context, open: &mut bool) {
    if !*open {
        return;
    }
    egui::Window::new(t!("Keys"))
        .id(egui::Id::unique("keys"))
        .title_bar(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ctx, |ui| {
            let room = ctx.content_rect().size() - egui::vec2(50.0, 90.0);
            *open = !title_ui(ui, t!("Keys"), t!("Close the list of keys"));
            let by = scrolled(ctx);
            egui::ScrollArea::vertical()
                .max_height(room.y)
                .min_scrolled_height(room.y)
                .show(ui, |ui| {
                    ui.scroll_with_delta(egui::vec2(0.0, by));
                    list_ui(ui, room.x);
                });
        });
}

/// How far (points) arrows move the list: there is nothing in it to go to.
fn scrolled(ctx: &Context) -> f32 {
    const ROWS: f32 = 60.0;
    let (up, down) = ctx.input_mut(|input| {
        let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key) as f32;
        (pressed(Key::ArrowUp), pressed(Key::ArrowDown))
    });
    if up + down > 0.0 {
        ctx.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
    }
    ROWS * (up - down)
}

/// The rows under a heading.
fn rows(group: Group) -> Vec<(&'static str, &'static str)> {
    let listened = BINDINGS
        .iter()
        .filter(|b| b.group == group && !b.name.is_empty())
        .map(|b| (b.name, b.does));
    let also = ALSO.iter().filter(|(of, ..)| *of == group);
    listened.chain(also.map(|(_, name, does)| (*name, *does))).collect()
}

fn list_ui(ui: &mut egui::Ui, room: f32) {
    /// What a column needs.
    const WIDTH: f32 = 276.0;
    let tokens = Theme::of(ui).tokens();
    let groups: Vec<_> = Group::ALL
        .map(|group| (group, rows(group)))
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let columns = ((room / WIDTH) as usize).clamp(1, 3);
    // A heading takes about as much room as a row and a half.
    let height = |rows: &[(&str, &str)]| rows.len() as f32 + 1.5;
    let all: f32 = groups.iter().map(|(_, rows)| height(rows)).sum();
    ui.horizontal_top(|ui| {
        let (mut groups, mut before) = (groups.into_iter().peekable(), 0.0);
        for column in 0..columns {
            ui.vertical(|ui| {
                ui.set_width(WIDTH - 14.0);
                while let Some((group, rows)) = groups
                    .next_if(|(_, rows)| before + 0.5 * height(rows) <= all * (column + 1) as f32 / columns as f32)
                {
                    before += height(&rows);
                    ui.add_space(4.0);
                    ui.label(RichText::new(said(group.name())).strong().color(tokens.accent));
                    let grid = egui::Grid::new(("keys", group.name()))
                        .num_columns(2)
                        .min_row_height(0.0)
                        .spacing([10.0, 2.0]);
                    grid.show(ui, |ui| {
                        for (name, does) in rows {
                            ui.label(RichText::new(said(name)).monospace().strong().size(size::SMALL));
                            ui.label(RichText::new(said(does)).size(size::SMALL));
                            ui.end_row();
                        }
                    });
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_bindings_want_the_same_key() {
        let held = |ctrl, shift| Modifiers {
            ctrl,
            shift,
            command: ctrl,
            ..Modifiers::NONE
        };
        for modifiers in [
            held(false, false),
            held(false, true),
            held(true, false),
            held(true, true),
        ] {
            for key in Key::ALL {
                let wanted = BINDINGS
                    .iter()
                    .filter(|b| b.keys.contains(key) && b.held.matches(modifiers));
                assert!(wanted.count() <= 1, "{key:?} with {modifiers:?}");
            }
        }
    }

    #[test]
    fn every_row_is_short_enough_for_its_column() {
        for (name, does) in Group::ALL.into_iter().flat_map(rows) {
            assert!(name.chars().count() + does.chars().count() <= 40, "{name}: {does}");
        }
    }
}
