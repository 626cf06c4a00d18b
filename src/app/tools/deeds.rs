//! What hands can do to the things in the plane, wherever it is asked for: by keys, menus or buttons.

use eframe::egui;
use eframe::egui::Ui;

use super::super::App;
use super::super::actions::Action;
use super::super::widgets::entry;
use super::stock;
use super::things::{self, Thing};
use crate::landscape::Relief;
use crate::space::{Point, Symmetric};
use crate::target::{Component, Shape};
use crate::words::t;

/// What can be done with what is selected, or without.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::app) enum Deed {
    /// A new well, there or in the middle of the picture.
    AddWell(Option<Point>),
    /// A new component of a mixture, there or in the middle of the picture.
    AddComponent(Option<Point>),
    /// A copy of what is selected, beside it.
    Duplicate,
    /// What is selected goes.
    Delete,
    /// Select the next thing, and give it the keyboard.
    Next,
    /// Select the thing before.
    Previous,
    /// No shift, no tilt, no wells.
    ClearRelief,
}

impl App {
    /// Does what keys, menus and buttons ask for.
    pub(in crate::app) fn do_by_hand(&mut self, ctx: &egui::Context, deed: Deed) {
        let selected = self.select.thing(&self.draft);
        let view = self.draft.view();
        let middle = self.view.camera.map_or(view.center(), |camera| camera.center);
        let by = 0.1 * view.width();
        let nothing = t!("Nothing is selected: click a well, a component or the start first.").to_owned();
        let done = match deed {
            Deed::AddWell(at) => {
                let at = at.unwrap_or_else(|| stock::free(&self.draft, middle, by));
                stock::add_well(&mut self.draft, at, view.width()).map(Some)
            }
            Deed::AddComponent(at) => {
                let at = at.unwrap_or_else(|| stock::free(&self.draft, middle, by));
                self.add_component(at, by).map(Some)
            }
            Deed::Duplicate => selected.ok_or(nothing).and_then(|thing| {
                self.hold_view((thing, 0));
                stock::duplicate(&mut self.draft, thing, Point::new(by, -by)).map(Some)
            }),
            Deed::Delete => selected.ok_or(nothing).and_then(|thing| {
                self.hold_view((thing, 0));
                stock::delete(&mut self.draft, thing).map(|()| None)
            }),
            Deed::Next | Deed::Previous => {
                let all = things::things(&self.draft);
                let last = all.len() - 1;
                let present = selected.and_then(|thing| all.iter().position(|other| *other == thing));
                let next = match (present, deed) {
                    (Some(k), Deed::Next) => (k + 1) % all.len(),
                    (Some(k), _) => k.checked_sub(1).unwrap_or(last),
                    (None, Deed::Next) => 0,
                    (None, _) => last,
                };
                Ok(Some(all[next]))
            }
            Deed::ClearRelief => {
                self.draft.relief = Relief::default();
                Ok(selected)
            }
        };
        match done {
            Ok(thing) => {
                self.select.thing = thing;
                self.select.focus = thing.filter(|_| deed != Deed::ClearRelief).map(|thing| (thing, 0));
            }
            Err(sentence) => self.notices.hint(ctx, &sentence),
        }
    }

    fn add_component(&mut self, at: Point, width: f64) -> Result<Thing, String> {
        self.hold_view((Thing::Component(0), 0));
        let selected = self.select.thing(&self.draft);
        let part = match selected {
            Some(Thing::Component(k)) => things::place(&self.draft.target, k).map_or(0, |(part, _)| part),
            _ => 0,
        };
        let variance = 0.5 * width * width;
        let covariance = Symmetric::new(variance, 0.0, variance);
        let at = at - self.draft.relief.shift;
        stock::add_component(&mut self.draft, part, Component::new(1.0, at, covariance))
    }

    pub(super) fn thing_menu_ui(&mut self, ui: &mut Ui, thing: Thing) {
        ui.label(thing.name(&self.draft));
        ui.separator();
        if thing != Thing::Landscape {
            if entry(ui, false, t!("Duplicate")).clicked() {
                self.select.thing = Some(thing);
                self.queue.push(Action::Hand(Deed::Duplicate));
            }
            if entry(ui, false, t!("Delete")).clicked() {
                self.select.thing = Some(thing);
                self.queue.push(Action::Hand(Deed::Delete));
            }
        }
        self.reset_entry_ui(ui);
    }

    pub(super) fn ground_menu_ui(&mut self, ui: &mut Ui) {
        let at = self.select.menu;
        if !self.draft.is_reverse() && entry(ui, false, t!("Add a well here")).clicked() {
            self.queue.push(Action::Hand(Deed::AddWell(Some(at))));
        }
        if matches!(self.draft.target, Shape::Mixture(_) | Shape::Blend(_))
            && entry(ui, false, t!("Add a component here")).clicked()
        {
            self.queue.push(Action::Hand(Deed::AddComponent(Some(at))));
        }
        self.reset_entry_ui(ui);
    }

    fn reset_entry_ui(&mut self, ui: &mut Ui) {
        if !self.draft.relief.is_nothing() && entry(ui, false, t!("Remove wells, tilt and shift")).clicked() {
            self.queue.push(Action::Hand(Deed::ClearRelief));
        }
    }
}
