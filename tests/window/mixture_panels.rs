//! Panels that go from noise to data: what they show of the models, what they say of themselves, and that all of it is what the run has.

use std::process::Command;

use eframe::egui::{Color32, Rect, Shape, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::{Figure, Options, Shot, Sight, Take, Theme};
use wfr_lab::engine::Control;
use wfr_lab::lecture::Layer;
use wfr_lab::scenario::{Preset, Scenario};
use wfr_lab::target::Scores;
use wfr_lab::timeline::Journal;

use crate::opened::Window;

const SIZE: Vec2 = vec2(1280.0, 720.0);
const STEPS: u64 = 50;

fn mixture() -> Scenario {
    let mut scenario = Preset::named("mixture").expect("there is such a preset").scenario();
    scenario.particles = 2000;
    scenario.set_steps(STEPS as usize);
    scenario
}

/// A window on a mixture after so many steps.
fn open(scenario: Scenario, steps: u64, theme: Theme) -> Window {
    let options = Options {
        theme,
        ..Options::default()
    };
    let mut window = Window::of(scenario, SIZE, options);
    drive(&mut window, Control::Steps(steps));
    window
}

fn drive(window: &mut Window, control: Control) {
    window.app_mut().drive().send(control);
    window.0.run_steps(4);
}

/// How many strokes of this colour a shape has.
fn strokes(shape: &Shape, color: Color32) -> usize {
    match shape {
        Shape::Vec(shapes) => shapes.iter().map(|shape| strokes(shape, color)).sum(),
        Shape::LineSegment { stroke, .. } => usize::from(stroke.color == color),
        _ => 0,
    }
}

impl Window {
    fn place_of(&self, panel: usize) -> Rect {
        let name = format!("Picture of panel {}", panel + 1);
        self.0.get_by_label(&name).rect()
    }

    /// Strokes of the lines of each of the two models in a panel.
    fn lines_of_models(&self, panel: usize, theme: Theme) -> [usize; 2] {
        let picture = self.place_of(panel);
        [0, 1].map(|model| {
            let color = theme.tokens().models[model];
            let clipped = self.0.output().shapes.iter().filter(|c| c.clip_rect == picture);
            clipped.map(|c| strokes(&c.shape, color)).sum()
        })
    }

    /// Where the names of the models stand in a panel.
    fn names_of_models(&self, panel: usize) -> Vec<(String, Rect)> {
        let picture = self.place_of(panel);
        let written = self.texts().into_iter().filter(|w| picture.contains_rect(w.rect));
        let names = written.filter(|w| w.text == "p" || w.text == "q");
        names.map(|w| (w.text, w.rect)).collect()
    }
}

#[test]
fn every_panel_shows_its_models_by_name() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut window = open(mixture(), STEPS, theme);
        for panel in 0..2 {
            let lines = window.lines_of_models(panel, theme);
            assert!(lines.iter().all(|n| *n > 40), "{lines:?}");
            let mut names = window.names_of_models(panel);
            names.sort_by(|a, b| a.0.cmp(&b.0));
            let [(p, above), (q, below)] = &names[..] else {
                panic!("{names:?}")
            };
            // p has its data above those of q.
            assert!(p == "p" && q == "q" && above.bottom() < below.top(), "{names:?}");
        }
        window.tick("Layer models");
        assert_eq!(window.lines_of_models(0, theme), [0, 0]);
        assert!(window.names_of_models(0).is_empty());
    }
}

#[test]
fn other_scenarios_have_no_models() {
    let window = Window::of(crate::opened::small(), SIZE, Options::default());
    assert!(!window.shows("Layer models") && window.shows("Layer tangent"));
}

#[test]
fn lines_follow_the_noise_and_come_back_with_time() {
    let at = |window: &Window| window.names_of_models(0);
    let mut window = open(mixture(), 0, Theme::Light);
    let noise = at(&window);
    assert_eq!(noise.len(), 2, "one law has two names: {noise:?}");
    drive(&mut window, Control::Steps(STEPS));
    let data = at(&window);
    assert!(noise != data, "{noise:?} {data:?}");
    drive(&mut window, Control::Seek(0));
    for _ in 0..20 {
        window.0.run_steps(1);
    }
    assert_eq!(window.steps(), 0);
    assert_eq!(at(&window), noise);
}

#[test]
fn scores_alone_are_said_to_miss_and_weights_to_reach() {
    let mut scenario = mixture();
    scenario.panels.push(scenario.panels[1].clone());
    scenario.panels[2].name = "Forgetful".to_owned();
    scenario.panels[2].scores = Scores::Dropped(1);
    let window = open(scenario, STEPS, Theme::Light);
    assert!(window.says("scores alone lead elsewhere"));
    assert!(window.says("follows the law that is wanted"));
    assert!(window.says("the law is off") || window.says("weights have collapsed"));
    let panels = &window.report().snapshot.panels;
    assert!(panels[0].now.kl > 20.0 * panels[0].kl_floor, "{:?}", panels[0].now);
    assert!(panels[1].now.kl < 3.0 * panels[1].kl_floor, "{:?}", panels[1].now);
}

#[test]
fn what_makes_no_sense_on_the_way_is_not_on_offer() {
    let mut window = open(mixture(), 10, Theme::Light);
    for layer in ["Layer tangent", "Layer pulses", "Layer ribbons"] {
        assert!(!window.shows(layer), "{layer}");
    }
    assert!(!window.says("barrier") && !window.says("T = 1"));
    window.0.get_by_label("Plotted number").click();
    window.0.run_steps(4);
    for entry in ["Normaliser, log Z", "Distance from the wanted law, KL"] {
        assert!(window.shows(entry), "{entry}");
    }
    assert!(!window.says("Dissipation of") && !window.says("Unreachable mass"));
}

#[test]
fn time_runs_from_noise_to_data_in_the_plots() {
    // With two panels the plots stand at the right, one below the other.
    let mut scenario = mixture();
    scenario.panels.truncate(2);
    let window = open(scenario, 10, Theme::Light);
    let texts = window.texts();
    for word in ["noise", "data"] {
        // The bar of time has the same words at its ends.
        let found: Vec<_> = texts
            .iter()
            .filter(|w| w.text == word && w.rect.left() > 900.0 && w.rect.top() < 625.0)
            .collect();
        assert_eq!(found.len(), 3, "{word} beneath each plot");
        for written in found {
            assert!(
                written.clip.expand(1.0).contains_rect(written.rect),
                "{word} is cut off: {written:?}"
            );
        }
    }
}

#[test]
fn all_figures_are_those_of_a_run_without_a_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("out.csv");
    let output = Command::new(env!("CARGO_BIN_EXE_wfr-lab"))
        .args([
            "run",
            "mixture",
            "--set",
            "particles=2000",
            "--set",
            "dt=0.02",
            "--exact",
            "--csv",
        ])
        .arg(&file)
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut table = csv::Reader::from_path(&file).expect("it has written a table");
    let columns = table.headers().expect("columns").clone();
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a row")).collect();
    let window = open(mixture(), STEPS, Theme::Light);
    let column = |name: &str| columns.iter().position(|c| c == name).expect("such a column");
    for (k, panel) in window.report().snapshot.panels.iter().enumerate() {
        let name = &window.report().snapshot.scenario.panels[k].name;
        let mut of_panel = rows.iter().filter(|row| &row[0] == name.as_str());
        let last = of_panel.next_back().expect("a row of this panel");
        let figure = |name: &str| last[column(name)].parse::<f64>().expect("a number");
        let now = &panel.now;
        for (name, shown) in [
            ("time", now.time),
            ("kl", now.kl),
            ("ess", now.ess),
            ("l1", now.l1),
            ("energy", now.energy),
            ("mmd", now.mmd),
            ("mass_0", now.basin_mass[0]),
            ("wasserstein_x", now.wasserstein.x),
        ] {
            assert_eq!(figure(name), shown, "{name}");
        }
        // And the table says them.
        let said = |value: f64| window.texts().iter().any(|w| w.text == wfr_lab::app::short(value));
        assert!(said(now.kl) && said(panel.kl_floor) && said(now.l1), "{}", now.kl);
    }
    let weighted = &window.report().snapshot.panels[1].now;
    let exact = window.report().exact.as_ref().expect("an exact solution");
    let wfr_lab::reference::ExactPanel::Solved(solution) = &exact.panels[1] else {
        panic!("no solution")
    };
    let off = weighted.log_normaliser - solution.now.observed.log_normaliser;
    // The standard error of the logarithm of a mean weight.
    let n = 2000.0;
    let error = ((n / weighted.ess - 1.0) / n).sqrt();
    eprintln!("log Z off by {off:.4}, standard error {error:.4}, z {:.2}", off / error);
    assert!((off / error).abs() < 5.0, "{off} {error}");
}

#[test]
fn models_are_drawn_without_a_window() {
    let journal = Journal::new(mixture());
    let draw = |layers: &[Layer]| {
        let sight = Sight::new(mixture(), Options::default()).with_layers(layers);
        let shot = Shot {
            figure: Figure::Panels,
            size: vec2(1200.0, 560.0),
            scale: 1.0,
        };
        let mut take = Take::new(journal.clone(), &sight, &shot, true);
        take.run_to(0.6, &mut |_| true).expect("it runs");
        let svg = String::from_utf8(take.svg().expect("it is drawn")).expect("text");
        (svg, take.picture())
    };
    let [r, g, b, _] = Theme::Light.tokens().models[0].to_array();
    let color = format!("#{r:02x}{g:02x}{b:02x}");
    let (bare, nothing) = draw(&[Layer::Contours]);
    let (with, seen) = draw(&[Layer::Contours, Layer::Models]);
    assert!(!bare.contains(&color) && with.contains(&color));
    assert!(seen != nothing);
}
