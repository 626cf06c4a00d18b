//! Fields of numbers: what is typed is taken, or left.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, vec2};
use egui_kittest::kittest::Queryable as _;
use wfr_lab::app::Options;

use crate::opened::{Window, small};

#[test]
fn esc_in_a_field_leaves_the_number_as_it_was_and_enter_and_tab_take_what_is_typed() {
    let mut window = Window::of(small(), vec2(1280.0, 1400.0), Options::default());
    let typed = |window: &mut Window, text: &str| {
        window
            .0
            .get_by_role_and_label(Role::SpinButton, "Temperature value")
            .click();
        window.0.run_steps(3);
        window.0.event(Event::Text(text.to_owned()));
        window.0.run_steps(2);
    };
    let temperature = |window: &Window| {
        assert_eq!(
            window.app().scenario().temperature,
            window.report().snapshot.scenario.temperature
        );
        window.app().scenario().temperature
    };
    let (before, steps) = (temperature(&window), window.report().epoch);
    for text in ["3", "many", "1000"] {
        typed(&mut window, text);
        window.0.key_press(Key::Escape);
        for frame in 0..6 {
            window.0.run_steps(1);
            assert_eq!(temperature(&window), before, "{text}, frame {frame}");
        }
        assert!(
            !window.says("not a number") && !window.says("is not possible"),
            "{text}"
        );
    }
    assert_eq!(window.report().epoch, steps, "the run was told of nothing");
    for (text, key) in [("2", Key::Enter), ("2.5", Key::Tab)] {
        typed(&mut window, text);
        window.key(key);
        assert_eq!(temperature(&window).to_string(), text);
    }
    // And after Esc the field is as good as before.
    typed(&mut window, "7");
    window.key(Key::Escape);
    window.type_into("Temperature value", "1.5");
    assert_eq!(temperature(&window), 1.5);
}
