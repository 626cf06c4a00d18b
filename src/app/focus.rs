//! Where the keyboard goes when something opens in front of the lab, and where it comes back to.
//!
//! What opens takes the keyboard: a window its first control, an open list the entry that is chosen. When it closes, by Esc or by itself,
//! the control from which it was opened has the keyboard again, so that nobody who works by keys has to walk there anew.

use eframe::egui::accesskit::{self, ActionRequest, TreeId};
use eframe::egui::{Context, Event, Id, LayerId, Order, Popup, Response, Stroke, StrokeKind};

use super::App;
use super::theme::Profile;

/// Something in front of the lab, or in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    /// A window, a dialog, an open list or menu.
    Layer(LayerId),
    /// The identities, the microscope.
    Page(&'static str),
}

#[derive(Debug)]
struct Opened {
    front: Front,
    /// What had the keyboard before; of a dialog from a menu also what opened the menu, which is gone by then.
    openers: Vec<Id>,
    /// Whether the keyboard has come in.
    entered: bool,
}

/// Where the chosen entry of a list is noted.
const CHOSEN: &str = "chosen entry";

/// Where the frame is noted in which a ring was drawn.
const RING: &str = "focus ring";

/// Notes the entry that is chosen in an open list.
pub(super) fn note_chosen(ctx: &Context, entry: Id) {
    ctx.data_mut(|data| data.insert_temp(Id::unique(CHOSEN), entry));
}

/// What is open now, in the order in which it was opened.
#[derive(Debug, Default)]
pub(super) struct Fronts {
    open: Vec<Opened>,
    /// What had the keyboard at the end of the last frame.
    focused: Option<Id>,
    /// The same if it has just got it and cannot be seen as a whole.
    hidden: Option<Id>,
}

impl App {
    /// Follows what was opened and closed in this frame.
    pub(super) fn keep_focus(&mut self, ctx: &Context) {
        let now = self.in_front(ctx);
        let before = self.fronts.focused;
        let (stays, closed): (Vec<_>, Vec<_>) = std::mem::take(&mut self.fronts.open)
            .into_iter()
            .partition(|opened| now.contains(&opened.front));
        self.fronts.open = stays;
        for opened in closed.iter().rev() {
            let focused = ctx
                .memory(|memory| memory.focused())
                .and_then(|id| ctx.read_response(id));
            let lost = focused.is_none_or(|response| opened.front == Front::Layer(response.layer_id));
            let opener = opened.openers.iter().find(|id| ctx.read_response(**id).is_some());
            if let Some(opener) = opener.filter(|_| lost) {
                ctx.memory_mut(|memory| memory.request_focus(*opener));
            }
        }
        for front in now {
            if self.fronts.open.iter().any(|opened| opened.front == front) {
                continue;
            }
            let mut openers: Vec<Id> = before.into_iter().collect();
            openers.extend(
                self.fronts
                    .open
                    .last()
                    .map(|below| &below.openers[..])
                    .unwrap_or_default(),
            );
            self.fronts.open.push(Opened {
                front,
                openers,
                entered: false,
            });
        }
        let typing = ctx.text_edit_focused();
        if let Some(top) = self.fronts.open.last_mut()
            && let Front::Layer(layer) = top.front
        {
            let is_list = layer.order == Order::Foreground;
            let by_keys = !top.openers.is_empty();
            if is_list && by_keys {
                // Tab stays in it as long as it is open.
                ctx.memory_mut(|memory| memory.set_modal_layer(layer));
            }
            // A list that was opened by the mouse is for the mouse; and nobody who types is interrupted.
            if !top.entered && (by_keys || !is_list) {
                top.entered = (typing && !is_list) || enter(ctx, layer);
            }
        }
        let focused = ctx.memory(|memory| memory.focused());
        let response = focused.and_then(|id| ctx.read_response(id));
        if let Some(response) = &response {
            ring(ctx, response);
        }
        let is_new = focused != before;
        self.fronts.hidden = response.filter(|response| is_new && is_hidden(response)).map(|r| r.id);
        self.fronts.focused = focused;
    }

    /// Scrolls to what has come to have the keyboard: Tab goes to what is out of sight, too.
    pub(super) fn show_focus(&mut self, ctx: &Context) {
        if let Some(id) = self.fronts.hidden.take() {
            let request = ActionRequest {
                action: accesskit::Action::ScrollIntoView,
                target_node: id.accesskit_id(),
                target_tree: TreeId::ROOT,
                data: None,
            };
            ctx.input_mut(|input| input.events.push(Event::AccessKitActionRequest(request)));
        }
    }

    /// What is in front of the lab, from back to front. Notices and bars that come by themselves are not: they wait until somebody comes.
    fn in_front(&self, ctx: &Context) -> Vec<Front> {
        let mut all = Vec::new();
        if self.verify.open {
            all.push(Front::Page("identities"));
        }
        if self.view.microscope.is_some() {
            all.push(Front::Page("microscope"));
        }
        let layers: Vec<LayerId> = ctx.memory(|memory| {
            let visible = |layer: &LayerId| memory.areas().is_visible(layer);
            memory.layer_ids().filter(visible).collect()
        });
        // The palette, and the question about exports when the window is closed.
        let modals = ["palette", "leaving"].map(Id::unique);
        let asks = |layer: &LayerId| match layer.order {
            Order::Middle => true,
            Order::Foreground => Popup::is_id_open(ctx, layer.id) || modals.contains(&layer.id),
            _ => false,
        };
        all.extend(layers.into_iter().filter(asks).map(Front::Layer));
        all
    }
}

/// Whether a part of something lies outside of what it scrolls in. What is larger than that is never seen as a whole.
fn is_hidden(response: &Response) -> bool {
    let (all, seen) = (response.rect, response.interact_rect);
    !seen.expand(1.0).contains_rect(all) && all.height() < 200.0
}

/// Notes that whoever has the keyboard has drawn its own ring in this frame.
pub(super) fn note_ring(ctx: &Context) {
    let frame = ctx.cumulative_frame_nr();
    ctx.data_mut(|data| data.insert_temp(Id::unique(RING), frame));
}

/// The ring around what has the keyboard, unless it has its own. Those of egui are thin or, of a field, not there at all.
fn ring(ctx: &Context, response: &Response) {
    let drawn: Option<u64> = ctx.data(|data| data.get_temp(Id::unique(RING)));
    let seen = response.interact_rect;
    if drawn == Some(ctx.cumulative_frame_nr()) || !seen.is_positive() {
        return;
    }
    let tokens = Profile::of(ctx).tokens();
    let stroke = Stroke::new(2.0 * tokens.bold, tokens.text);
    ctx.layer_painter(response.layer_id)
        .rect_stroke(seen.expand(2.0), 5.0, stroke, StrokeKind::Inside);
}

/// Gives the keyboard to what is chosen in a layer, else to its first control; whether it is there. A layer that is being measured for the
/// first time has nothing yet.
fn enter(ctx: &Context, layer: LayerId) -> bool {
    let focused = ctx.memory(|memory| memory.focused());
    let chosen: Option<Id> = ctx.data(|data| data.get_temp(Id::unique(CHOSEN)));
    let wanted = ctx.viewport(|viewport| {
        let widgets = &viewport.this_pass.widgets;
        let able: Vec<Id> = widgets
            .get_layer(layer)
            .filter(|widget| widget.enabled && widget.sense.is_focusable())
            .map(|widget| widget.id)
            .collect();
        let inside = |id: &Id| able.contains(id);
        let found = focused.filter(inside).or(chosen.filter(inside));
        found.or(able.first().copied())
    });
    let Some(wanted) = wanted else { return false };
    ctx.memory_mut(|memory| memory.request_focus(wanted));
    true
}
