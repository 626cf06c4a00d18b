//! The page of identities.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::Options;
use wfr_lab::scenario::presets;
use wfr_lab::verify::checks;

use crate::opened::{Window, small};

fn open() -> Window {
    Window::of(small(), vec2(1280.0, 720.0), Options::default())
}

#[test]
fn the_page_opens_and_closes_by_button_and_by_key() {
    let mut window = open();
    assert!(window.shows("Step") && !window.shows("Run all checks"));
    window.press("Verify");
    assert!(window.shows("Run all checks") && !window.shows("Step"));
    assert!(window.shows(&format!("{} identities, none computed yet", checks().len())));
    for check in checks().iter().take(8) {
        assert!(window.shows(&format!("{}: not run", check.name)), "{}", check.name);
    }
    // The lab is not steered from here.
    window.key(Key::N);
    window.key(Key::Escape);
    assert!(window.shows("Step") && !window.shows("Run all checks"));
    let seed = presets()[0].scenario().seed;
    assert_eq!(window.0.state().as_ref().unwrap().scenario().seed, seed);
    window.key(Key::V);
    assert!(window.shows("Run all checks"));
    window.press("Back to the lab");
    assert!(window.shows("Step"));
}

#[test]
fn one_check_runs_shows_its_comparisons_and_is_copied() {
    let mut window = open();
    window.key(Key::V);
    window.press("Run gradients");
    window.wait_for("gradients: holds");
    window.wait_for("Run all checks");
    assert!(window.shows("papers: not run"));
    window.press("gradients: holds");
    assert!(window.shows("DoubleWell: largest error, in typical slopes: holds"));
    window.press("gradients: holds");
    assert!(!window.shows("DoubleWell: largest error, in typical slopes: holds"));
    window.0.get_by_role_and_label(Role::Button, "Copy as text").click();
    let mut text = None;
    for _ in 0..3 {
        window.0.run_steps(1);
        text = text.or_else(|| window.copied());
    }
    let text = text.expect("something was copied");
    assert!(
        text.contains("✓ gradients") && text.contains("1 of 1 identities hold"),
        "{text}"
    );
    // Results stay when the page is closed.
    window.key(Key::Escape);
    window.key(Key::V);
    assert!(window.shows("gradients: holds"));
}

#[test]
fn a_run_of_all_can_be_cancelled() {
    let mut window = open();
    window.key(Key::V);
    window.press("Run all checks");
    window.wait_for("elementary-functions: holds");
    assert!(!window.shows("Run gradients"), "nothing else can be started meanwhile");
    window.press("Cancel the checks");
    window.wait_for("Run all checks");
    assert!(window.shows("virial: not run"));
    assert!(window.shows("elementary-functions: holds"), "what is finished stays");
}
