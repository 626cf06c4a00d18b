//! What pictures show, in words: for those who listen to the window instead of looking at it.

use eframe::egui::{Context, Id};

use super::exact::is_current;
use super::layers::well_name;
use super::panel::Place;
use super::widgets::percent;
use crate::engine::Status;
use crate::snapshot::Plane;
use crate::words::t;

/// Wells that are told one by one.
const MOST: usize = 6;
/// Seconds between two descriptions of a run that goes on: whoever reads them out has to come to an end.
const INTERVAL: f64 = 2.0;

/// What a panel shows: "WFR, t 2.40, mass left 60 % (exact 58 %), right 40 % (exact 42 %)".
fn sentence(place: Place<'_>) -> String {
    let (snapshot, panel, wells) = (place.snapshot(), place.panel(), place.wells());
    let name = snapshot.scenario.panels.get(place.index).map_or("", |flow| &flow.name);
    let exact = place.solution().filter(|_| is_current(place.report));
    let exact = exact.map(|solution| &solution.now.observed.basin_mass);
    let masses = panel.now.basin_mass.iter().enumerate().take(MOST).map(|(k, mass)| {
        let (well, mass) = (well_name(k, wells), percent(*mass));
        match exact.and_then(|masses| masses.get(k)).map(|exact| percent(*exact)) {
            Some(exact) => t!("{well} {mass} (exact {exact})", well, mass, exact),
            None => format!("{well} {mass}"),
        }
    });
    let masses = masses.collect::<Vec<_>>().join(", ");
    let mut parts = vec![t!(
        "{flow}, t {time}",
        flow = name,
        time = format_args!("{:.2}", snapshot.time)
    )];
    if !masses.is_empty() {
        parts.push(t!("mass {masses}", masses));
    }
    if wells > MOST {
        parts.push(t!("and {number} wells more", number = wells - MOST));
    }
    if panel.plane != Plane::Positions {
        parts.push(t!("positions and velocities").to_owned());
    }
    if matches!(place.report.status, Status::Stopped(_)) {
        parts.push(t!("stopped").to_owned());
    }
    parts.join(", ")
}

/// Tells what the picture with this number shows. Nothing is announced: it is there for whoever asks, and while the run goes on it stays
/// the same for a while.
pub(super) fn describe(ctx: &Context, id: Id, place: Place<'_>) {
    // Nobody listens: what follows would be done for nothing in every frame.
    let listens = ctx.accesskit_node_builder(id, |_| ()).is_some();
    if !listens {
        return;
    }
    let (now, slot) = (ctx.input(|i| i.time), id.with("described"));
    let runs = place.report.status == Status::Running;
    let kept: Option<(f64, String)> = ctx.data(|data| data.get_temp(slot));
    let text = match kept {
        Some((since, text)) if runs && (0.0..INTERVAL).contains(&(now - since)) => text,
        _ => {
            let text = sentence(place);
            ctx.data_mut(|data| data.insert_temp(slot, (now, text.clone())));
            text
        }
    };
    ctx.accesskit_node_builder(id, |node| node.set_description(text));
}
