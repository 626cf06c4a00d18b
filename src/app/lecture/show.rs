//! From the words of a card to what the window draws, and back to what it drew before.

use crate::app::charts::Chart;
use crate::app::layers::{Layers, View};
use crate::app::metric::Metric;
use crate::app::{App, Options};
use crate::engine::Control;
use crate::lecture::{Layer, Picture, Plot, Pointer, Show};
use crate::snapshot::Snapshot;
use crate::target::Shape;

/// How the window looked before the lecture.
#[derive(Clone, Debug)]
pub(super) struct Before {
    view: View,
    options: Options,
    solves: bool,
    bare: bool,
}

impl App {
    pub(super) fn as_before(&self) -> Before {
        Before {
            view: self.view.clone(),
            options: self.options,
            solves: self.solves,
            bare: self.bare,
        }
    }

    /// Looks as before the lecture; the theme stays as it was set since.
    pub(super) fn look_as_before(&mut self, before: Before) {
        let theme = self.options.theme;
        self.view = before.view;
        self.view.selected = self.view.selected.min(self.draft.panels.len() - 1);
        self.options = Options {
            theme,
            ..before.options
        };
        self.bare = before.bare;
        self.set_solving(before.solves);
    }

    pub(super) fn set_solving(&mut self, on: bool) {
        if self.solves != on {
            self.solves = on;
            self.drive.send(Control::Exact(on));
        }
    }

    /// Shows what a card shows.
    pub(super) fn look_at_card(&mut self, show: &Show) {
        let Some(on) = &self.hall.on else { return };
        let unsaid = (on.before.view.layers, on.before.view.coloring);
        let panels = on.edited.panels.len();
        self.show_from_the_start();
        (self.view.layers, self.view.coloring) = unsaid;
        if let Some(layers) = &show.layers {
            self.view.layers = Layers::of(layers);
        }
        if let Some(on) = &mut self.hall.on {
            on.layers = self.view.layers;
        }
        let shown = |k: usize| show.panels.is_empty() || show.panels.contains(&(k + 1));
        self.view.hidden = std::array::from_fn(|k| !shown(k));
        // Charts of a single flow are about the selected panel: of several on show the last does most.
        self.view.selected = (0..panels).rev().find(|&k| shown(k)).unwrap_or(0);
        self.view.show(Picture::Plane);
        self.view.show(show.picture);
        self.view.plotted = None;
        if let Some(plots) = &show.plots {
            self.view.charts = std::array::from_fn(|k| plots.get(k).map(|plot| chart(*plot)));
            self.view.plotted = Some(plots.len().min(3));
        }
        self.view.equation = show.equation;
        self.view.sections = Some(show.controls.clone());
        self.options.controls = false;
        self.options.plots = true;
        self.bare = false;
    }
}

impl App {
    /// The layers that have a word in the legend: on a card those that it shows and those that are on, on a strip those that can be seen
    /// there.
    pub(in crate::app) fn layers_said(&self, snapshot: &Snapshot) -> Vec<Layer> {
        let strip = self.view.picture != Picture::Plane;
        let pointed = match self.pointed_at() {
            Some(Pointer::Layer(layer)) => Some(*layer),
            _ => None,
        };
        let said = |layer: &Layer| {
            let on = |layers: Layers| layers.has(*layer, snapshot);
            let of_target = match layer {
                Layer::Models => matches!(snapshot.scenario.target, Shape::Blend(_)),
                // On the way from noise to data what a flow does has other parts.
                Layer::Tangent | Layer::Pulses | Layer::Ribbons => !snapshot.scenario.is_reverse(),
                _ => true,
            };
            let seen = match layer {
                Layer::Map | Layer::Discs | Layer::Masses | Layer::Exact => true,
                Layer::Errors => strip,
                _ => !strip,
            };
            let asked = match &self.hall.on {
                Some(card) => on(card.layers) || on(self.view.layers) || pointed == Some(*layer),
                None => true,
            };
            of_target && seen && asked
        };
        Layer::ALL.into_iter().filter(said).collect()
    }
}

const fn chart(plot: Plot) -> Chart {
    Chart::Over(match plot {
        Plot::Dissipation => return Chart::Dissipation,
        Plot::Ledger => return Chart::Ledger,
        Plot::Mass(well) => Metric::Mass { well: well - 1 },
        Plot::Error(well) => Metric::Error { well: well - 1 },
        Plot::Kl => Metric::Kl,
        Plot::Ess => Metric::Ess,
        Plot::Unreachable => Metric::Unreachable,
        Plot::MeanX => Metric::MeanX,
        Plot::MeanY => Metric::MeanY,
        Plot::Wasserstein => Metric::Wasserstein,
        Plot::Mmd => Metric::Mmd,
        Plot::L1 => Metric::L1,
        Plot::Energy => Metric::Energy,
    })
}
