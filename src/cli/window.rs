//! The window, or a sentence that says why there is none.

use super::arguments::Window;
use super::source::Found;
use super::{Error, source};
#[cfg(feature = "gui")]
use crate::app;
use crate::scenario::presets;
#[cfg(feature = "gui")]
use crate::share;

/// Opens the window and stays until it is closed.
pub(super) fn open(options: &Window) -> Result<(), Error> {
    if let Some(path) = &options.words {
        super::words::wording(path)?.speak();
    }
    if let Some(name) = &options.lecture {
        let lecture = super::rehearse::find(name)?;
        let card = options.card.map(|card| super::rehearse::nth_card(&lecture, card));
        let card = card.transpose()?;
        if let Some(reason) = missing_display() {
            return Err(Error::Window(reason.to_owned()));
        }
        return show_lecture((name, lecture, card.unwrap_or(0)), options).map_err(Error::Window);
    }
    let name = options.scenario.as_deref().unwrap_or(presets()[0].name);
    let found = source::named(name, &options.changes)?;
    if let Some(reason) = missing_display() {
        return Err(Error::Window(reason.to_owned()));
    }
    show(found, options).map_err(Error::Window)
}

/// Why it is not worth trying. Without a display the window system reports its own trouble at length.
fn missing_display() -> Option<&'static str> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let needs_one = cfg!(all(unix, not(target_os = "macos")));
    if cfg!(not(feature = "gui")) {
        Some("this program was built without its `gui` feature")
    } else if needs_one && !["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set) {
        Some("there is no display: DISPLAY and WAYLAND_DISPLAY are not set")
    } else {
        None
    }
}

#[cfg(feature = "gui")]
fn show(found: Found, options: &Window) -> Result<(), String> {
    let code = found
        .past
        .as_ref()
        .map(|past| share::Code::new(found.journal(), past.step));
    let shared = match (found.past.and_then(|past| past.session), found.path, code) {
        (Some((session, damage)), Some(path), _) => Some(app::Shared::Session(path, Box::new(session), damage)),
        (_, _, Some(code)) => Some(app::Shared::Code(Box::new(code))),
        (_, Some(path), None) if found.text.is_some() => Some(app::Shared::Scenario(path)),
        _ => None,
    };
    let (scenario, look) = (found.scenario, look(options));
    guarded(move || app::run(scenario, look, shared).map_err(|error| error.to_string()))
}

#[cfg(feature = "gui")]
fn show_lecture((name, lecture, card): (&str, crate::lecture::Lecture, usize), options: &Window) -> Result<(), String> {
    let scenario = (*lecture.passage(card).journal.scenario).clone();
    // A file is known by its whole path, wherever the program is started.
    let key = match crate::lecture::BuiltIn::named(name) {
        Some(built_in) => built_in.name.to_owned(),
        None => std::path::absolute(name).map_or_else(|_| name.to_owned(), |path| path.display().to_string()),
    };
    let shared = app::Shared::Lecture(key, Box::new(lecture), card);
    let look = look(options);
    guarded(move || app::run(scenario, look, Some(shared)).map_err(|error| error.to_string()))
}

/// How the window looks at first.
#[cfg(feature = "gui")]
fn look(options: &Window) -> app::Options {
    app::Options {
        theme: options.theme.into(),
        projector: options.projector,
        ..app::Options::default()
    }
}

/// Opens the window and turns a panic of its main thread into a sentence: the window system panics where a system library
/// is missing, which is no news for somebody without one. With `RUST_BACKTRACE` set everything is told as usual.
#[cfg(feature = "gui")]
fn guarded(open: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    use std::panic;
    use std::sync::{Arc, Mutex, PoisonError};

    if std::env::var_os("RUST_BACKTRACE").is_some() {
        return open();
    }
    let sentence = Arc::new(Mutex::new(String::new()));
    let usual = panic::take_hook();
    let noted = Arc::clone(&sentence);
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() != Some("main") {
            return usual(info);
        }
        let message = info.payload_as_str().unwrap_or("it panicked");
        let place = info.location().map_or_else(String::new, |at| format!(" at {at}"));
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = format!("{message}{place}");
    }));
    let result = panic::catch_unwind(panic::AssertUnwindSafe(open));
    drop(panic::take_hook());
    result.unwrap_or_else(|_| {
        Err(std::mem::take(
            &mut *sentence.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    })
}

#[cfg(not(feature = "gui"))]
fn show_lecture(_: (&str, crate::lecture::Lecture, usize), _: &Window) -> Result<(), String> {
    Err("this program was built without its `gui` feature".to_owned())
}

#[cfg(not(feature = "gui"))]
fn show(_: Found, _: &Window) -> Result<(), String> {
    Err("this program was built without its `gui` feature".to_owned())
}
