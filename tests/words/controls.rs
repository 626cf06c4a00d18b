//! A walk along the controls at the left: every list open, every kind of flow, every word of help.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use wfr_lab::app::Options;
use wfr_lab::density::{Bandwidth, Estimator, Method};
use wfr_lab::engine::Control;
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, Transport};
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::Scenario;
use wfr_lab::space::Rect;
use wfr_lab::target::{Formula, Own, Shape};

use super::opened::{Window, small};
use super::{Bare, MARKS};

fn marked(text: &str) -> String {
    format!("{}{text}{}", MARKS[0], MARKS[1])
}

/// A window on these flows, after some steps, with all folds of the controls open.
fn open(scenario: Scenario, options: Options) -> Window {
    let mut window = Window::of(scenario, vec2(1280.0, 3000.0), options);
    window.app_mut().drive().send(Control::Steps(20));
    window.0.run_steps(6);
    for fold in ["Numerics", "How it is done", "Centre and spread"] {
        let name = marked(fold);
        for nth in 0..window.0.query_all_by_label(&name).count() {
            window.fold(&name, nth);
        }
    }
    window.0.run_steps(6);
    window
}

/// Opens every list, one after the other.
fn lists(window: &mut Window, bare: &mut Bare) {
    for nth in 0..window.0.query_all_by_role(Role::ComboBox).count() {
        let Some(list) = window.0.query_all_by_role(Role::ComboBox).nth(nth) else {
            break;
        };
        if list.rect().left() > 300.0 {
            continue;
        }
        list.click();
        window.0.run_steps(4);
        bare.look(window, "lists of the controls");
        window.key(Key::Escape);
        window.0.run_steps(2);
    }
}

/// Points at everything in the controls, for its help.
fn helps(window: &mut Window, bare: &mut Bare) {
    let middles: Vec<_> = window
        .0
        .root()
        .children_recursive()
        .filter_map(|node| node.accesskit_node().bounding_box())
        .filter(|rect| rect.x1 < 310.0 && rect.height() < 60.0)
        .map(|rect| pos2((0.5 * (rect.x0 + rect.x1)) as f32, (0.5 * (rect.y0 + rect.y1)) as f32))
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    for at in middles {
        if !seen.insert((at.x as i32 / 8, at.y as i32 / 8)) {
            continue;
        }
        window.0.hover_at(at);
        window.0.run_steps(3);
        bare.look(window, "help of the controls");
    }
}

pub(crate) fn walk(bare: &mut Bare) {
    let mut scenario = small();
    scenario.panels = vec![Flow::langevin(), Flow::wfr(), Flow::fisher_rao()];
    let mut window = open(scenario, Options::default());
    bare.look(&window, "controls");
    lists(&mut window, bare);
    helps(&mut window, bare);
    // What is unusual says so, open and closed; every notice below a control.
    let own = Estimator {
        method: Method::Transition,
        ..Estimator::default()
    };
    let wide = Estimator {
        bandwidth: Bandwidth::Fixed(1.0),
        ..Estimator::default()
    };
    let flow = |name: &str, alpha, beta| Flow::new(name, alpha, beta);
    let kinds = [
        vec![
            Flow {
                transport: Transport::Mala,
                reaction: Reaction::Jump,
                estimator: Some(wide),
                ..flow("A", 1.0, 1.0)
            },
            Flow {
                rate: Rate::Corrected(0.5),
                resampling: Some(Resampling::default()),
                ..flow("B", 1.0, 0.5)
            },
            Flow {
                splitting: Splitting::TransportReaction,
                estimator: Some(own),
                ..flow("C", 1.0, 1.0)
            },
        ],
        vec![
            Flow {
                transport: Transport::Underdamped(2.0),
                reaction: Reaction::BirthDeath,
                ..flow("A", 1.0, 1.0)
            },
            Flow {
                rate: Rate::Potential(Box::new(Shape::all().remove(0))),
                ..flow("B", 1.0, 1.0)
            },
            Flow {
                transport: Transport::LeimkuhlerMatthews,
                rate: Rate::Quadratic(1.0, 2.0),
                ..flow("C", 0.0, 1.0)
            },
        ],
    ];
    for panels in kinds {
        let mut scenario = small();
        scenario.panels = panels;
        let closed = Window::of(scenario.clone(), vec2(1280.0, 1600.0), Options::default());
        bare.look(&closed, "closed folds");
        let window = open(scenario, Options::default());
        bare.look(&window, "unusual flows");
    }
    // Formulas, right and wrong, in a view that holds their law or not.
    for text in ["(x^2 - 1)^2 + c*y^2", "0.01*(x^2 + y^2)", "-x^2", "ln(x) + y^2 + x^2"] {
        let mut scenario = small();
        let own = vec![Own::read("c = 1 in [0, 3]").unwrap()];
        scenario.target = Shape::Formula(Formula::new(text, own, Rect::new(-2.0, 2.0, -2.0, 2.0)).unwrap());
        let mut window = open(scenario, Options::default());
        bare.look(&window, "formula");
        if text.starts_with('(') {
            helps(&mut window, bare);
            window
                .0
                .get_by_role_and_label(Role::MultilineTextInput, &marked("Formula"))
                .click();
            window.0.run_steps(2);
            window.0.event(Event::Text("+ k".to_owned()));
            window.0.run_steps(3);
            // What is wrong is said by the reader of formulas.
            bare.look_beside(&window, "wrong formula", &["`ky` is no known name"]);
        }
    }
}
