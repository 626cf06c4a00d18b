//! What keys and buttons can ask for, and the one place where it is done.

mod runs;

use eframe::egui::{Context, ViewportCommand};

use super::App;
use super::equation::Side;
use super::keys::Keyboard;
use super::lecture::Wanted;
use super::looks::Kind;
use super::theme;
use super::tools::Tool;
use super::tools::deeds::Deed;
use crate::engine::Control;
use crate::lecture::Picture;
use crate::params::Number;
use crate::scenario::{SPEED, Scenario};
use crate::sim::Dab;
use crate::snapshot::Plane;
use crate::words::t;
use runs::next_seed;

/// A wish of the user.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// Play or pause.
    TogglePlay,
    /// Take this many steps and pause.
    Step(u64),
    /// Go back by this many steps and pause.
    StepBack(u64),
    /// Go to this step, or to the live end if that is before it.
    GoTo(u64),
    /// Set a checkpoint here.
    Mark,
    /// Start again, same seed, with all edits.
    Reset,
    /// Start again with another seed.
    NewSeed,
    /// Run at twice the pace.
    Faster,
    /// Run at half the pace.
    Slower,
    /// Give the selected panel the rates of a corner.
    Rates(Kind),
    /// Give one panel the rates of a corner.
    RatesOf(usize, Kind),
    /// Langevin, Fisher–Rao and WFR side by side, from the start.
    Compare,
    /// One more panel: a copy of this one, or of the selected one, as it is now.
    Duplicate(Option<usize>),
    /// One panel less; the others go on.
    Remove(usize),
    /// Put particles in or take them out.
    Brush(Dab),
    /// Take a tool in hand.
    Hold(Tool),
    /// Switch isolines.
    ToggleContours,
    /// Switch arcs.
    ToggleArcs,
    /// Switch ribbons.
    ToggleRibbons,
    /// Switch the rings of weights that change.
    TogglePulses,
    /// Switch the map of transport and reaction.
    ToggleTangent,
    /// Switch the density.
    ToggleDensity,
    /// Switch the exact density.
    ToggleExact,
    /// Switch the phase portraits.
    TogglePhase,
    /// Draw this in the panels.
    Show(Picture),
    /// Go from the plane to the strip along x, from there to the one along y, and back.
    NextStrip,
    /// Show or hide the equation.
    ToggleEquation,
    /// Switch one side of the equation of a panel.
    ToggleTerm(usize, Side),
    /// Look at the whole view again.
    Fit,
    /// Hide or show everything but the panels.
    ToggleInterface,
    /// Switch full screen.
    ToggleFullScreen,
    /// Open or close the list of keys.
    ToggleKeys,
    /// Open or close the page of identities.
    ToggleVerify,
    /// Light or dark.
    SwitchTheme,
    /// Open or close the palette of commands.
    TogglePalette,
    /// For a desk or for a projector.
    ToggleProjector,
    /// Everything larger or smaller by so many steps; by none: as large as it was made.
    Zoom(i8),
    /// Something with wells, components or the start.
    Hand(Deed),
    /// Run another scenario.
    Load(Box<Scenario>),
    /// Give one panel, or the selected one, all the room, or give it back.
    Maximise(Option<usize>),
    /// Put the next step of this panel, or of the selected one, under the microscope, or put that away.
    Dissect(Option<usize>),
    /// Open or close the dialog of exports.
    ToggleExports,
    /// Take back the last edit.
    Undo,
    /// Take back the last undo.
    Redo,
    /// Ask for a file and open it.
    Open,
    /// Save the scenario where it came from, or ask.
    SaveScenario,
    /// Save the session where it came from, or ask.
    SaveSession,
    /// Copy this run as a code.
    CopyCode,
    /// Open the code of a run.
    OpenCode(String),
    /// Go on in the lecture.
    NextCard,
    /// Go back in the lecture.
    PreviousCard,
    /// Go to a card of the lecture, from 0.
    GoToCard(usize),
    /// Play the card to its end as fast as possible.
    EndCard,
    /// Open or close the list of cards; without a lecture, open the first.
    ToggleCards,
    /// Open or close the window for the audience.
    ToggleAudience,
    /// Show or hide the notes beneath the card.
    ToggleNotes,
    /// Open a lecture.
    OpenLecture(Wanted),
    /// Leave the lecture.
    CloseLecture,
    /// Leave one thing, of those that there are the first: a way through time, the list of keys, the exports, the page of
    /// identities, a control that has the keyboard, a particle that is followed, what the tool holds, the tool, what is selected,
    /// one panel, the bare panels, the full screen.
    Leave,
}

impl Action {
    /// Whether it goes to another time, or to another run.
    const fn moves_in_time(&self) -> bool {
        matches!(
            self,
            Self::TogglePlay
                | Self::Step(_)
                | Self::StepBack(_)
                | Self::GoTo(_)
                | Self::Reset
                | Self::Compare
                | Self::Load(_)
                | Self::Undo
                | Self::Redo
        )
    }

    /// Whether it makes sense while the page of identities hides the lab.
    pub(super) const fn is_of_every_page(&self) -> bool {
        matches!(
            self,
            Self::ToggleKeys
                | Self::ToggleVerify
                | Self::ToggleFullScreen
                | Self::SwitchTheme
                | Self::TogglePalette
                | Self::ToggleProjector
                | Self::Zoom(_)
                | Self::Leave
        )
    }
}

impl App {
    /// Does what was asked for.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each wish: this is the one place where they are done"
    )]
    pub(super) fn perform(&mut self, ctx: &Context, action: Action) {
        if let Some(reason) = self.not_in_mixtures(&action) {
            return self.notices.hint(ctx, reason);
        }
        if action.moves_in_time() {
            self.stop_coming_back(&action);
        }
        match action {
            Action::TogglePlay if self.toggle_stages() => {}
            Action::TogglePlay if self.is_at_data() => {
                self.settle_edits(ctx);
                self.restart(ctx, t!("again from the noise"));
                self.drive.send(Control::Play);
            }
            Action::TogglePlay => {
                let control = if self.running() { Control::Pause } else { Control::Play };
                self.drive.send(control);
            }
            Action::Step(n) => {
                self.drive.send(Control::Pause);
                self.drive.send(Control::Steps(n));
            }
            Action::StepBack(n) => {
                self.drive.send(Control::Pause);
                let now = self.report.as_ref().map_or(0, |report| report.snapshot.step);
                self.drive.send(Control::Seek(now.saturating_sub(n)));
            }
            Action::GoTo(step) => {
                self.drive.send(Control::Pause);
                self.drive.send(Control::Seek(step));
            }
            Action::Mark => self.drive.send(Control::Mark),
            Action::Reset => match self.past.armed {
                Some(step) => {
                    self.settle_edits(ctx);
                    self.send_edits(ctx);
                    self.drive.send(Control::Return(step));
                }
                None => {
                    self.settle_edits(ctx);
                    self.restart(ctx, t!("reset"));
                }
            },
            Action::NewSeed => {
                self.settle_edits(ctx);
                self.draft.seed = next_seed(self.draft.seed);
                self.restart_and_return(ctx, t!("new seed"));
            }
            Action::Undo => self.undo(ctx),
            Action::Redo => self.redo(ctx),
            Action::Open => self.ask_to_open(ctx),
            Action::SaveScenario => self.save_scenario(ctx),
            Action::SaveSession => self.save_session(ctx),
            Action::CopyCode => self.copy_code(ctx),
            Action::OpenCode(text) => self.open_code(ctx, &text),
            Action::Faster => self.draft.speed = within(&SPEED, 2.0 * self.draft.speed),
            Action::Slower => self.draft.speed = within(&SPEED, 0.5 * self.draft.speed),
            Action::Rates(kind) => self.set_kind(ctx, self.view.selected, kind),
            Action::RatesOf(panel, kind) => self.set_kind(ctx, panel, kind),
            Action::Compare => {
                self.settle_edits(ctx);
                self.draft.panels = self.all_three();
                self.reconcile();
                self.view.hidden = [false; 4];
                self.view.maximised = None;
                self.view.selected = 0;
                self.restart(ctx, t!("comparing all three"));
            }
            Action::Duplicate(panel) => self.duplicate(ctx, panel.unwrap_or(self.view.selected)),
            Action::Remove(panel) => self.remove(ctx, panel),
            Action::Brush(dab) => self.brush(ctx, dab),
            Action::Hold(tool) => self.view.tool = tool,
            Action::ToggleContours => self.view.layers.contours ^= true,
            Action::ToggleArcs => self.view.layers.arcs ^= true,
            Action::ToggleRibbons => self.view.layers.ribbons ^= true,
            Action::TogglePulses => self.view.layers.pulses ^= true,
            Action::ToggleTangent => self.view.layers.tangent ^= true,
            Action::ToggleDensity => {
                if let Some(report) = &self.report {
                    let on = self.view.layers.draws_density(&report.snapshot);
                    self.view.layers.draw_density(!on, &report.snapshot);
                }
            }
            Action::ToggleExact => self.view.layers.exact ^= true,
            Action::TogglePhase => self.toggle_phase(ctx),
            Action::Show(picture) => self.view.show(picture),
            Action::NextStrip => self.view.show(match self.view.picture {
                Picture::Plane | Picture::Phase => Picture::StripX,
                Picture::StripX => Picture::StripY,
                Picture::StripY => Picture::Plane,
            }),
            Action::ToggleEquation => self.view.equation ^= true,
            Action::ToggleTerm(panel, side) => self.toggle_term(ctx, panel, side),
            Action::Fit => {
                self.view.camera = None;
                // The view was fixed for a drag only.
                if std::mem::take(&mut self.select.holds_view) {
                    self.draft.view = None;
                }
            }
            Action::Hand(deed) => self.do_by_hand(ctx, deed),
            Action::ToggleInterface => self.set_bare(ctx, !self.bare),
            Action::ToggleFullScreen => self.set_full_screen(ctx, !self.full_screen),
            Action::Leave => self.leave(ctx),
            Action::ToggleKeys => self.keys_open ^= true,
            Action::ToggleExports => self.toggle_exports(ctx),
            Action::NextCard => self.next_card(ctx),
            Action::PreviousCard => self.previous_card(ctx),
            Action::GoToCard(card) => self.go_to_card(ctx, card),
            Action::EndCard => self.end_card(),
            Action::ToggleCards => self.toggle_cards(ctx),
            Action::ToggleAudience => self.toggle_audience(ctx),
            Action::ToggleNotes => self.toggle_notes(ctx),
            Action::OpenLecture(wanted) => self.open_wanted(ctx, &wanted),
            Action::CloseLecture => self.close_lecture(ctx),
            Action::ToggleVerify => self.verify.open ^= true,
            Action::SwitchTheme => {
                self.options.theme = self.options.theme.other();
                theme::apply(ctx, self.options.profile());
            }
            Action::TogglePalette => self.toggle_palette(),
            Action::ToggleProjector => self.set_projector(ctx, !self.options.projector),
            Action::Zoom(steps) => self.zoom_by(ctx, steps),
            Action::Load(scenario) => {
                self.settle_edits(ctx);
                let name = t!("choosing “{title}”", title = scenario.title);
                self.load(*scenario);
                self.note_jump(ctx, &name);
                self.forget_file();
            }
            Action::Dissect(panel) => self.dissect(panel),
            Action::Maximise(panel) => {
                self.view.maximised = match self.view.maximised {
                    Some(_) => None,
                    None => Some(panel.unwrap_or(self.view.selected)),
                };
            }
        }
        ctx.request_repaint();
    }

    /// Leaves one thing.
    fn leave(&mut self, ctx: &Context) {
        if self.leave_overlay() {
            self.keyboard.restore(ctx);
        } else if matches!(self.keyboard, Keyboard::Control(_)) {
            // Esc has taken the keyboard from it, and that was it.
        } else if self.view.follow.unpin() {
            // The hairlines are gone.
        } else if self.leave_tool(ctx) {
            // The hand is empty again, or holds less.
        } else if self.view.maximised.is_some() {
            self.view.maximised = None;
        } else if self.bare {
            self.set_bare(ctx, false);
        } else if self.full_screen {
            self.set_full_screen(ctx, false);
        }
    }

    /// Leaves what lies in front of the lab; whether there was anything.
    fn leave_overlay(&mut self) -> bool {
        self.cancel_way()
            || std::mem::take(&mut self.keys_open)
            || self.close_cards()
            || self.close_inner_audience()
            || std::mem::take(&mut self.exports.form.open)
            || std::mem::take(&mut self.verify.open)
            || self.close_microscope()
    }

    fn toggle_phase(&mut self, ctx: &Context) {
        let strip = !matches!(self.view.picture, Picture::Plane | Picture::Phase);
        if strip && self.report.as_ref().is_some_and(|r| self.has_velocities(r)) {
            self.view.show(Picture::Phase);
        } else if self.report.as_ref().is_some_and(|r| self.has_velocities(r)) {
            self.view.plane = match self.view.plane {
                Plane::Positions => Plane::PhaseX,
                Plane::PhaseX | Plane::PhaseY => Plane::Positions,
            };
        } else {
            let sentence = t!("A phase portrait needs velocities: choose the transport Underdamped for a panel");
            self.notices.hint(ctx, sentence);
        }
    }

    fn set_bare(&mut self, ctx: &Context, bare: bool) {
        self.bare = bare;
        if bare {
            self.notices
                .hint(ctx, t!("H or Esc brings the controls back; F1 lists the keys"));
        }
    }

    fn set_full_screen(&mut self, ctx: &Context, full: bool) {
        self.full_screen = full;
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(full));
    }

    fn set_kind(&mut self, ctx: &Context, panel: usize, kind: Kind) {
        self.set_panel_rates(ctx, panel, kind.rates());
    }
}

fn within(info: &Number, value: f64) -> f64 {
    value.clamp(info.min, info.max)
}
