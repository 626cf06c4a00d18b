//! Tools: what the pointer and the arrow keys do in the panels.
//!
//! A tool is one file: it answers what the pointer does over a picture ([`App::tool_pointer_ui`]), and paints over it
//! ([`App::paint_tool`]). What it leaves alone moves the view, as with [`Tool::Select`] on empty ground. Middle-drag and
//! wheel move the view with every tool.

pub(super) mod arrows;
mod brush;
pub(super) mod deeds;
mod draw;
mod hands;
mod inspector;
mod options;
mod oval;
mod probe;
pub(super) mod select;
mod spots;
mod stock;
mod things;

use eframe::egui;
use eframe::egui::{Painter, Panel, Rect, Response, Ui};

use super::App;
use super::actions::Action;
use super::icons::Icon;
use super::panel::Place;
use super::theme::{Theme, Tokens};
use super::widgets::icon_choice;
use crate::render::camera::Projection;
use crate::words::{msg, said};

pub(super) use hands::Hands;

/// What the pointer does in the panels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Tool {
    /// Takes hold of what can be moved: wells, components, the start; elsewhere it moves the view.
    #[default]
    Select,
    /// Puts particles in and takes them out.
    Brush,
    /// Draws the law that particles start from.
    Draw,
    /// Reads V, ρ, log(ρ/π) and the reaction rate.
    Probe,
}

impl Tool {
    /// Every tool, in the order of the strip.
    pub(super) const ALL: [Self; 4] = [Self::Select, Self::Brush, Self::Draw, Self::Probe];

    const fn icon(self) -> Icon {
        match self {
            Self::Select => Icon::Select,
            Self::Brush => Icon::Brush,
            Self::Draw => Icon::Draw,
            Self::Probe => Icon::Probe,
        }
    }

    /// What is good to know with the tool in hand.
    const fn hint(self) -> &'static str {
        match self {
            Self::Select => "",
            Self::Brush => {
                msg!("right button: the other way round · Ctrl + wheel: radius · middle button: move the view")
            }
            Self::Draw => msg!("right button: the other way round · Ctrl + wheel: radius"),
            Self::Probe => msg!("a click pins the readings, a right click lets them follow the pointer again"),
        }
    }

    /// Name and help.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Select => (
                msg!("Select"),
                msg!("Drag wells and their handles; drag empty ground to move the view (S)"),
            ),
            Self::Brush => (
                msg!("Brush"),
                msg!("Put particles in; with the other button take them out (B)"),
            ),
            Self::Draw => (
                msg!("Draw the start"),
                msg!("Paint where particles begin; applies on reset (G)"),
            ),
            Self::Probe => (
                msg!("Probe"),
                msg!("Read V, ρ, log ρ/π and the reaction rate under the pointer (I)"),
            ),
        }
    }
}

impl App {
    /// The strip of tools at the left of the panels.
    pub(super) fn tools_ui(&mut self, ui: &mut Ui) {
        let tokens = Theme::of(ui).tokens();
        let frame = egui::Frame::new().fill(tokens.window).inner_margin(egui::Margin {
            left: 8,
            right: 0,
            top: 8,
            bottom: 8,
        });
        Panel::left("tools")
            .resizable(false)
            .exact_size(38.0)
            .frame(frame)
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 6.0;
                for tool in Tool::ALL {
                    let (on, (name, help)) = (self.view.tool == tool, tool.words());
                    let reason = self.not_in_mixtures(&Action::Hold(tool));
                    ui.add_enabled_ui(reason.is_none(), |ui| {
                        let choice = icon_choice(ui, on, tool.icon(), (said(name), said(help)), 30.0);
                        if choice.on_disabled_hover_text(reason.unwrap_or_default()).clicked() {
                            self.view.tool = tool;
                        }
                    });
                }
            });
    }

    /// What the pointer does over a picture with the tool in hand; false if the tool leaves it to the view.
    pub(super) fn tool_pointer_ui(&mut self, ui: &Ui, place: Place<'_>, on: &Projection, response: &Response) -> bool {
        let tool = self.view.tool;
        if tool == Tool::Select {
            return self.select_pointer_ui(ui, place, on, response);
        }
        if !hands::usable(place) {
            return false;
        }
        self.follow_hand(ui, (place.index, on), response);
        if response.dragged_by(egui::PointerButton::Middle) {
            return false;
        }
        match tool {
            Tool::Select => false,
            Tool::Brush => self.brush_pointer(ui, place, on, response),
            Tool::Draw => self.draw_pointer(ui, place, on, response),
            Tool::Probe => self.probe_pointer(ui, place, on, response),
        }
    }

    /// What the tool in hand shows over a picture; the plate of the probe goes where there is room for it.
    pub(super) fn paint_tool(
        &self,
        painter: &Painter,
        place: Place<'_>,
        (on, plate): (&Projection, Option<Rect>),
        tokens: &Tokens,
    ) {
        match self.view.tool {
            Tool::Select => self.paint_selection(painter, place, on, tokens),
            Tool::Brush => self.paint_brush(painter, place, on, tokens),
            Tool::Draw => self.paint_drawing(painter, place, on, tokens),
            Tool::Probe => self.paint_probe(painter, place, (on, plate), tokens),
        }
    }

    /// Lets go of what the tool in hand holds, one thing at a time; whether there was anything.
    pub(super) fn leave_tool(&mut self, ctx: &egui::Context) -> bool {
        if self.hands.pinned.take().is_some() {
            return true;
        }
        let release_keyboard = || {
            ctx.memory_mut(|memory| {
                if let Some(id) = memory.focused() {
                    memory.surrender_focus(id);
                }
            });
        };
        if self.hands.cross.take().is_some() {
            release_keyboard();
            return true;
        }
        if self.view.tool != Tool::Select {
            self.view.tool = Tool::Select;
            return true;
        }
        let selected = self.select.thing(&self.draft).is_some();
        self.select.let_go();
        // A handle may have got it in this very frame.
        release_keyboard();
        selected
    }
}
