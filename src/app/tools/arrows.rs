//! Arrow keys: what they mean is the same for handles and for the crosshair of brush, pencil and probe.

use eframe::egui::{EventFilter, Id, Key, Modifiers, Ui};

use crate::space::Point;

/// The way that an arrow key points to.
pub(in crate::app) const fn way(key: Key) -> Option<Point> {
    match key {
        Key::ArrowLeft => Some(Point::new(-1.0, 0.0)),
        Key::ArrowRight => Some(Point::new(1.0, 0.0)),
        Key::ArrowUp => Some(Point::new(0.0, 1.0)),
        Key::ArrowDown => Some(Point::new(0.0, -1.0)),
        _ => None,
    }
}

/// How many steps an arrow makes: ten with Shift, a tenth with Ctrl (or ⌘), one with both.
pub(in crate::app) fn steps(held: Modifiers) -> f64 {
    let coarse = if held.shift { 10.0 } else { 1.0 };
    let fine = if held.command || held.ctrl { 0.1 } else { 1.0 };
    coarse * fine
}

/// Keeps the arrow keys for a widget that has the keyboard: else they go to its neighbours.
pub(in crate::app) fn keep(ui: &Ui, id: Id) {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_is_ten_ctrl_a_tenth_and_both_are_one() {
        let ctrl = Modifiers::CTRL | Modifiers::COMMAND;
        let held = [
            Modifiers::NONE,
            Modifiers::SHIFT,
            ctrl,
            Modifiers::SHIFT | ctrl,
            Modifiers::CTRL,
        ];
        assert_eq!(held.map(steps), [1.0, 10.0, 0.1, 1.0, 0.1]);
    }

    #[test]
    fn arrows_point_where_they_say() {
        let all = [Key::ArrowLeft, Key::ArrowRight, Key::ArrowUp, Key::ArrowDown].map(way);
        let sum = all.into_iter().flatten().fold(Point::default(), |a, b| a + b);
        assert_eq!(sum, Point::default());
        assert_eq!(way(Key::ArrowUp), Some(Point::new(0.0, 1.0)));
        assert_eq!(way(Key::Enter), None);
    }
}
