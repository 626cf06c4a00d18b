//! What is drawn in the panels, and what the user has chosen to look at. Never part of a run.

use super::charts::Chart;
use super::equation::LastRates;
use super::follow::Follow;
use super::links::Links;
use super::looks::Look;
use super::metric::Metric;
use super::microscope::Stand;
use super::tools::Tool;
use crate::lecture::{Layer, Picture};
use crate::observe::Observables;
use crate::render::camera::Camera;
use crate::snapshot::{PanelSnapshot, Plane, Snapshot};
use crate::target::Moments;
use crate::words::t;

/// The layers of a panel, each switched by its word in the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub(super) struct Layers {
    /// The filled map of the potential.
    pub map: bool,
    /// Labelled isolines of the potential.
    pub contours: bool,
    /// Particles as discs.
    pub discs: bool,
    /// Teleports as arcs.
    pub arcs: bool,
    /// Teleported mass per unit of time, as ribbons from well to well.
    pub ribbons: bool,
    /// Weights that grow or shrink where they stand, as rings.
    pub pulses: bool,
    /// Transport as arrows over the signed rate of the reaction.
    pub tangent: bool,
    /// The density of the particles, beneath the discs; unless said, only where not all particles are drawn.
    pub density: Option<bool>,
    /// The mass of each well, in figures.
    pub masses: bool,
    /// The exact density, as lines that hold shares of its mass, and what it says of the particles.
    pub exact: bool,
    /// On strips, the density less that of π, by bins.
    pub errors: bool,
    /// Of a target that is made of models, the law of each model, as lines that hold shares of its mass.
    pub models: bool,
}

impl Default for Layers {
    fn default() -> Self {
        Self {
            map: true,
            contours: true,
            discs: true,
            arcs: true,
            ribbons: true,
            pulses: true,
            tangent: false,
            density: None,
            masses: true,
            exact: true,
            errors: false,
            models: true,
        }
    }
}

impl Layers {
    /// These layers and no others, as a card or a command line names them. A crowd that cannot be drawn one by one keeps its density, or there
    /// would be nothing to see.
    pub(super) fn of(layers: &[Layer]) -> Self {
        let has = |layer| layers.contains(&layer);
        Self {
            map: has(Layer::Map),
            contours: has(Layer::Contours),
            discs: has(Layer::Discs),
            arcs: has(Layer::Arcs),
            ribbons: has(Layer::Ribbons),
            pulses: has(Layer::Pulses),
            tangent: has(Layer::Tangent),
            density: match (has(Layer::Density), has(Layer::Discs)) {
                (true, _) => Some(true),
                (false, true) => None,
                (false, false) => Some(false),
            },
            masses: has(Layer::Masses),
            exact: has(Layer::Exact),
            errors: has(Layer::Errors),
            models: has(Layer::Models),
        }
    }

    /// Whether a layer is on; the density, whether it is drawn.
    pub(super) fn has(&self, layer: Layer, snapshot: &Snapshot) -> bool {
        match layer {
            Layer::Map => self.map,
            Layer::Contours => self.contours,
            Layer::Discs => self.discs,
            Layer::Arcs => self.arcs,
            Layer::Ribbons => self.ribbons,
            Layer::Pulses => self.pulses,
            Layer::Density => self.draws_density(snapshot),
            Layer::Masses => self.masses,
            Layer::Exact => self.exact,
            Layer::Tangent => self.tangent,
            Layer::Errors => self.errors,
            Layer::Models => self.models,
        }
    }

    /// Whether the density is drawn.
    pub(super) fn draws_density(&self, snapshot: &Snapshot) -> bool {
        let crowded = |p: &PanelSnapshot| p.particles > p.dots.len();
        self.density.unwrap_or_else(|| snapshot.panels.iter().any(crowded))
    }

    /// Switches the density. Back at what it would be unasked, it follows the number of particles again.
    pub(super) fn draw_density(&mut self, on: bool, snapshot: &Snapshot) {
        self.density = None;
        if self.draws_density(snapshot) != on {
            self.density = Some(on);
        }
    }
}

/// What the colour of a particle says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Coloring {
    /// The well in which its ancestor began: mass that teleported keeps the colour of where it came from.
    #[default]
    Origin,
    /// The flow.
    Flow,
    /// Its ancestor: descendants of one particle share a colour.
    Lineage,
}

impl Coloring {
    /// What colours say in a run. Where particles come from the noise, wells of the data in which they began mean nothing.
    pub(super) fn of(self, snapshot: &Snapshot) -> Self {
        match self {
            Self::Origin if snapshot.scenario.is_reverse() => Self::Flow,
            said => said,
        }
    }
}

/// What the user looks at.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// Switched layers.
    pub layers: Layers,
    /// Meaning of the colours.
    pub coloring: Coloring,
    /// Where the panels look; `None` fits the scenario's view.
    pub camera: Option<Camera>,
    /// What the panels draw: the plane, as `plane` says, or a strip.
    pub(super) picture: Picture,
    /// The size of the pictures in the last frame.
    pub(super) room: eframe::egui::Vec2,
    /// In how many columns they stood.
    pub(super) columns: usize,
    /// What the pointer does in the panels.
    pub(super) tool: Tool,
    /// The panel that the number keys change.
    pub selected: usize,
    /// The particle that is shown in all panels.
    pub(super) follow: Follow,
    /// Which panels share which parameters.
    pub(super) links: Links,
    /// Panels that are hidden.
    pub hidden: [bool; 4],
    /// The panel that has all the room.
    pub maximised: Option<usize>,
    /// The panel whose next step is under the microscope.
    pub(super) microscope: Option<usize>,
    /// What is seen there.
    pub(super) stand: Stand,
    /// Which coordinates of the particles are shown, where they have velocities.
    pub(super) plane: Plane,
    /// The eigenfunction that lies over the panels, from 1.
    pub(super) mode: Option<usize>,
    /// What the three plots show; `None` takes what tells most.
    pub(super) charts: [Option<Chart>; 3],
    /// How many plots there are, where that is said; all three and the table of figures where not.
    pub(super) plotted: Option<usize>,
    /// The sections of the controls on show, where that is said.
    pub(super) sections: Option<Vec<crate::lecture::Section>>,
    /// Whether the equation of the selected panel stands above the panels; and where there is room for one line only, whether it is that of
    /// the particles.
    pub equation: bool,
    pub(super) equation_of_particles: bool,
    /// The rates at which the terms of the equation are switched on again.
    pub(super) last_rates: LastRates,
    /// Whether all of the description is shown.
    pub(super) described: bool,
    /// The landscape last seen, and the model time since when its wells have meant what they mean now.
    wells_since: Option<((&'static str, usize), f64)>,
}

impl View {
    /// Shows the plane, a strip, or phase portraits.
    pub(super) fn show(&mut self, picture: Picture) {
        let (shown, plane) = match picture {
            Picture::Phase => (Picture::Plane, Plane::PhaseX),
            Picture::Plane => (Picture::Plane, Plane::Positions),
            strip => (strip, self.plane),
        };
        if (shown == Picture::Plane) != (self.picture == Picture::Plane) {
            // A strip is as wide as its view, the plane may be higher: each fits itself.
            self.camera = None;
        }
        (self.picture, self.plane) = (shown, plane);
    }

    /// Notes when the wells become others: masses measured before are those of other wells.
    pub(super) fn watch(&mut self, snapshot: &Snapshot) {
        // Where there is another number of wells, the numbers of the wells mean others.
        let shape = (snapshot.scenario.target.name(), snapshot.basins.len());
        self.wells_since = match self.wells_since {
            Some((seen, since)) if seen == shape && since <= snapshot.time => Some((seen, since)),
            None => Some((shape, 0.0)),
            Some(_) if snapshot.step == 0 => Some((shape, 0.0)),
            Some(_) => Some((shape, snapshot.time)),
        };
    }

    /// Since when (model time) the wells are those of the landscape on show.
    pub(super) fn since(&self) -> f64 {
        self.wells_since.map_or(0.0, |(_, since)| since)
    }

    /// The first measurement of the wells on show.
    fn first<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Observables> {
        let panel = snapshot.panels.first()?;
        let mut all = panel.history.iter().chain([&panel.now]);
        all.find(|o| o.time >= self.since()).map(|o| &**o)
    }

    /// Forgets what was said of a panel that is no more.
    pub(super) fn forget(&mut self, panel: usize) {
        for k in panel..self.hidden.len() {
            self.hidden[k] = self.hidden.get(k + 1).copied().unwrap_or(false);
        }
        self.links.removed(panel);
        self.last_rates.removed(panel);
        self.follow.forget(panel);
        self.microscope = None;
        self.maximised = match self.maximised {
            Some(other) if other > panel => Some(other - 1),
            Some(other) if other < panel => Some(other),
            _ => None,
        };
        if self.selected > panel || (self.selected == panel && panel > 0) {
            self.selected -= 1;
        }
    }

    /// Panels to draw, of `n`.
    pub(super) fn visible(&self, n: usize) -> Vec<usize> {
        match self.microscope.or(self.maximised) {
            Some(panel) if panel < n => vec![panel],
            _ => {
                let shown: Vec<usize> = (0..n)
                    .filter(|&k| !self.hidden.get(k).copied().unwrap_or(false))
                    .collect();
                if shown.is_empty() { (0..n).collect() } else { shown }
            }
        }
    }

    /// What the plots show.
    pub(super) fn charts(&self, snapshot: &Snapshot, moments: Option<&Moments>) -> [Chart; 3] {
        let wells = snapshot.basins.len();
        let way = snapshot.scenario.is_reverse();
        let first = if way {
            Metric::Kl
        } else if wells > 1 {
            Metric::Mass {
                well: self.target_well(snapshot),
            }
        } else {
            Metric::farthest_mean(snapshot, moments)
        };
        let unasked = if way {
            [first, Metric::Ess, Metric::LogNormaliser]
        } else {
            [first, Metric::Kl, Metric::Ess]
        }
        .map(Chart::Over);
        let choices = Chart::choices(wells, way);
        std::array::from_fn(|slot| {
            self.charts[slot]
                .filter(|chart| choices.contains(chart))
                .unwrap_or(unasked[slot])
        })
    }

    /// The panel that a plot of a single flow is about: the selected one, if it is on show.
    pub(super) fn chart_panel(&self, panels: usize) -> usize {
        let visible = self.visible(panels);
        let selected = visible.contains(&self.selected).then_some(self.selected);
        selected.or(visible.last().copied()).unwrap_or(0)
    }

    /// The well that figures and barrier are about.
    pub(super) fn target_well(&self, snapshot: &Snapshot) -> usize {
        let wells = snapshot.basins.len();
        match self.charts[0] {
            Some(Chart::Over(Metric::Mass { well } | Metric::Error { well })) if well < wells => well,
            _ => self.neediest_well(snapshot),
        }
    }

    /// The well that lacks most of its equilibrium share at the start.
    fn neediest_well(&self, snapshot: &Snapshot) -> usize {
        let Some(first) = self.first(snapshot) else { return 0 };
        let missing = |k: usize| snapshot.basins.share[k] - first.basin_mass.get(k).copied().unwrap_or(0.0);
        (0..snapshot.basins.len())
            .max_by(|&a, &b| missing(a).total_cmp(&missing(b)))
            .unwrap_or(0)
    }

    /// The well that holds most mass at the start.
    pub(super) fn fullest_well(&self, snapshot: &Snapshot) -> usize {
        let Some(first) = self.first(snapshot) else { return 0 };
        let mass = &first.basin_mass;
        (0..mass.len().min(snapshot.basins.len()))
            .max_by(|&a, &b| mass[a].total_cmp(&mass[b]))
            .unwrap_or(0)
    }
}

/// What a well is called, as it is said; wells are numbered from left to right.
///
/// ```
/// use wfr_lab::app::well_name;
/// assert_eq!(well_name(1, 2), "right");
/// assert_eq!(well_name(1, 3), "middle");
/// assert_eq!(well_name(3, 9), "well 4");
/// ```
pub fn well_name(well: usize, of: usize) -> String {
    match (of, well) {
        (1, _) => t!("all").to_owned(),
        (2 | 3, 0) => t!("left").to_owned(),
        (3, 1) => t!("middle").to_owned(),
        (2, 1) | (3, 2) => t!("right").to_owned(),
        _ => t!("well {number}", number = well + 1),
    }
}

/// A flow of a snapshot with its looks.
pub(super) fn flow_looks(snapshot: &Snapshot) -> Vec<Look> {
    super::looks::looks(&snapshot.scenario.panels)
}
