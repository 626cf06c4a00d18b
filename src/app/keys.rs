//! Keys: one table from which both the listening and the list on screen are made.

use eframe::egui;
use eframe::egui::{Context, Key, Modifiers, RichText};

use super::actions::Action;
use super::looks::Kind;

/// Keys, as (keys that do it, with Shift, what stands in the list, what it does, the wish).
type Binding = (&'static [Key], bool, &'static str, &'static str, fn() -> Action);

const BINDINGS: &[Binding] = &[
    (&[Key::Space], false, "Space", "play, pause", || Action::TogglePlay),
    (&[Key::Period], false, ".", "one step", || Action::Step(1)),
    (&[Key::Period], true, "Shift .", "ten steps", || Action::Step(10)),
    (&[Key::R], false, "R", "reset: start again with the same seed", || {
        Action::Reset
    }),
    (&[Key::N], false, "N", "start again with a new seed", || Action::NewSeed),
    (&[Key::OpenBracket], false, "[", "slower", || Action::Slower),
    (&[Key::CloseBracket], false, "]", "faster", || Action::Faster),
    (&[Key::Num1], false, "1", "selected panel: Langevin", || {
        Action::Rates(Kind::Langevin)
    }),
    (&[Key::Num2], false, "2", "selected panel: Fisher–Rao", || {
        Action::Rates(Kind::FisherRao)
    }),
    (&[Key::Num3], false, "3", "selected panel: WFR", || {
        Action::Rates(Kind::Wfr)
    }),
    (&[Key::Num4], false, "4", "compare all three, from the start", || {
        Action::Compare
    }),
    (&[Key::C], false, "C", "contours", || Action::ToggleContours),
    (&[Key::A], false, "A", "teleport arcs", || Action::ToggleArcs),
    (&[Key::D], false, "D", "density", || Action::ToggleDensity),
    (&[Key::X], false, "X", "exact density", || Action::ToggleExact),
    (
        &[Key::F],
        false,
        "F",
        "phase portrait, where particles have velocities",
        || Action::TogglePhase,
    ),
    (&[Key::Z], false, "Z", "fit the view", || Action::Fit),
    (
        &[Key::M],
        false,
        "M",
        "maximise the selected panel, or show all",
        || Action::Maximise(None),
    ),
    (&[Key::H], false, "H", "hide or show everything but the panels", || {
        Action::ToggleInterface
    }),
    (
        &[Key::V],
        false,
        "V",
        "verify: recompute every identity, or back to the lab",
        || Action::ToggleVerify,
    ),
    (&[Key::F11], false, "F11", "full screen", || Action::ToggleFullScreen),
    (
        &[Key::Escape],
        false,
        "Esc",
        "back: from this list, the identities, one panel, full screen",
        || Action::Leave,
    ),
    (&[Key::F1, Key::Questionmark], false, "F1 or ?", "this list", || {
        Action::ToggleKeys
    }),
];

/// Queues what the pressed keys ask for. Typing into a field asks for nothing.
///
/// Keys are consumed before any widget is drawn: Space must not press the button that was clicked last.
pub(super) fn listen(ctx: &Context, queue: &mut Vec<Action>) {
    if ctx.text_edit_focused() || ctx.any_popup_open() {
        return;
    }
    ctx.input_mut(|input| {
        for (keys, shift, _, _, action) in BINDINGS {
            let modifiers = if *shift { Modifiers::SHIFT } else { Modifiers::NONE };
            for key in *keys {
                // The question mark and the brackets may need Shift on some keyboards; only the step tells it apart.
                let exact = !matches!(key, Key::Questionmark | Key::OpenBracket | Key::CloseBracket);
                let pressed = if exact {
                    !input.modifiers.command
                        && !input.modifiers.alt
                        && input.modifiers.shift == *shift
                        && input.consume_key(modifiers, *key)
                } else {
                    input.key_pressed(*key)
                };
                if pressed {
                    queue.push(action());
                }
            }
        }
    });
}

/// What stands in the list beside the keys that are listened to.
const ALSO: [(&str, &str); 5] = [
    ("Tab, Enter", "go through the controls, press one"),
    ("Wheel", "zoom at the pointer"),
    ("Drag", "move the view, in all panels alike"),
    ("Double-click", "a panel: fit the view; a slider: its default"),
    ("Ctrl + / -", "larger, smaller interface"),
];

/// The list of keys, in two columns so that it fits into the smallest window.
pub(super) fn window_ui(ctx: &Context, open: &mut bool) {
    let listed = BINDINGS.iter().map(|(_, _, name, does, _)| (*name, *does));
    let rows: Vec<_> = listed.chain(ALSO).collect();
    egui::Window::new("Keys")
        .open(open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ctx, |ui| {
            let room = ctx.content_rect().height() - 90.0;
            egui::ScrollArea::vertical()
                .max_height(room)
                .show(ui, |ui| list_ui(ui, &rows));
        });
}

fn list_ui(ui: &mut egui::Ui, rows: &[(&str, &str)]) {
    ui.horizontal_top(|ui| {
        for (column, rows) in rows.chunks(rows.len().div_ceil(2)).enumerate() {
            ui.add_space(if column == 0 { 6.0 } else { 18.0 });
            let grid = egui::Grid::new(("keys", column)).num_columns(2).spacing([14.0, 5.0]);
            grid.show(ui, |ui| {
                for (name, does) in rows {
                    ui.label(RichText::new(*name).monospace().strong());
                    ui.label(*does);
                    ui.end_row();
                }
            });
        }
        ui.add_space(6.0);
    });
}
