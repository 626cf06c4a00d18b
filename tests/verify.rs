//! Every identity holds, the machinery can say no, and the page of the window does what its buttons say.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what was computed and stops at what is wrong"
)]

use wfr_lab::verify::{self, Check, Outcome, Progress, Row, Stop, Tolerance, checks};

#[test]
fn every_identity_holds() {
    let mut failed = Vec::new();
    for check in checks() {
        let finished = check.perform(&Progress::default()).unwrap();
        #[cfg(feature = "gui")]
        window::can_be_drawn(&finished);
        println!("{}", verify::report(std::slice::from_ref(&finished)));
        if !finished.holds() {
            failed.push(check.name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn every_check_introduces_itself() {
    let all = checks();
    assert!(all.len() > 20);
    for (i, check) in all.iter().enumerate() {
        assert!(
            !check.statement.is_empty() && check.statement.chars().count() <= 60,
            "{}",
            check.name
        );
        assert!(check.about.ends_with('.') && check.about.len() > 40, "{}", check.name);
        assert!(check.seconds > 0.0, "{}", check.name);
        let typeable = |s: &str| {
            s.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        assert!(typeable(check.name) && typeable(check.group), "{}", check.name);
        let others = all.iter().skip(i + 1);
        assert!(others.clone().all(|o| o.name != check.name), "{} twice", check.name);
        assert!(
            all.iter().all(|o| o.group != check.name),
            "{} is a group, too",
            check.name
        );
    }
    let groups = verify::groups();
    let mut once = groups.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), groups.len(), "groups stand together: {groups:?}");
}

#[test]
fn names_choose_checks_and_groups_in_the_order_of_the_list() {
    let named = |names: &[&str]| verify::named(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
    assert_eq!(named(&[]).unwrap().len(), checks().len());
    let some: Vec<_> = named(&["counts", "weights", "counts"])
        .unwrap()
        .iter()
        .map(|c| c.name)
        .collect();
    assert_eq!(some, ["effective-sizes", "normaliser", "counts"]);
    assert_eq!(
        named(&["wieghts"]).unwrap_err(),
        ("wieghts".to_owned(), Some("weights"))
    );
    assert_eq!(named(&["qqq"]).unwrap_err().1, None);
}

fn row(computed: f64, expected: f64, tolerance: Tolerance) -> Row {
    Row {
        what: "a number".to_owned(),
        computed,
        expected,
        tolerance,
    }
}

#[test]
fn a_row_can_say_no() {
    let sigmas = |error| Tolerance::Sigmas { error, most: 5.0 };
    for (computed, expected, tolerance, passes) in [
        (1.0 + 1e-10, 1.0, Tolerance::Absolute(1e-9), true),
        (1.0 + 1e-8, 1.0, Tolerance::Absolute(1e-9), false),
        (3.0, 3.0, Tolerance::Absolute(0.0), true),
        (1000.001, 1000.0, Tolerance::Relative(1e-5), true),
        (-1000.1, -1000.0, Tolerance::Relative(1e-5), false),
        (1.4, 1.0, sigmas(0.1), true),
        (0.4, 1.0, sigmas(0.1), false),
        (1.0, 1.0, sigmas(0.0), false),
        (0.9, 1.0, Tolerance::AtMost, true),
        (1.1, 1.0, Tolerance::AtMost, false),
        (0.9, 1.0, Tolerance::AtLeast, false),
        (1.0, 1.0, Tolerance::AtLeast, true),
    ] {
        let row = row(computed, expected, tolerance);
        assert_eq!(row.passes(), passes, "{row:?}");
        assert_eq!(row.strain() > 1.0, !passes, "{row:?}: {}", row.strain());
        assert!(!row.verdict().is_empty() && !row.expected_text().is_empty());
        for broken in [
            f64::NAN,
            f64::INFINITY * computed.signum() * if passes { 1.0 } else { -1.0 },
        ] {
            let in_bound =
                broken > 0.0 && tolerance == Tolerance::AtLeast || broken < 0.0 && tolerance == Tolerance::AtMost;
            let row = Row {
                computed: broken,
                ..row.clone()
            };
            assert!(in_bound || !row.passes(), "{row:?}");
        }
    }
    for tolerance in [
        Tolerance::Absolute(1.0),
        Tolerance::Relative(1.0),
        sigmas(1.0),
        Tolerance::AtMost,
    ] {
        assert!(!row(1.0, f64::NAN, tolerance).passes());
        assert!(row(1.0, f64::NAN, tolerance).strain().is_infinite() || tolerance != Tolerance::AtMost);
    }
    assert!(!row(f64::NAN, 1.0, sigmas(f64::NAN)).passes());
}

/// A check that is none of the program's.
const fn made_up(run: fn(&Progress) -> Result<Outcome, Stop>) -> Check {
    Check {
        group: "made-up",
        name: "made-up",
        statement: "0 = 0",
        about: "Not one of the program's.",
        seconds: 1.0,
        run,
    }
}

static BROKEN: Check = made_up(|_| {
    let mut out = Outcome::default();
    out.absolute("right", 1.0, 1.0, 1e-12);
    out.absolute("wrong", 1.0, 1.1, 1e-3);
    out.measured("lucky", (1.0, 0.1), 1.0);
    Ok(out)
});
static EMPTY: Check = made_up(|_| Ok(Outcome::default()));
static FAILING: Check = made_up(|_| Err(Stop::Failed("no such thing".to_owned())));
static PANICKING: Check = made_up(|_| panic!("on purpose"));
static LONG: Check = made_up(|progress| {
    for part in 0.. {
        progress.at(part, usize::MAX)?;
    }
    Ok(Outcome::default())
});

#[test]
fn a_check_can_say_no() {
    let broken = BROKEN.perform(&Progress::default()).unwrap();
    assert!(!broken.holds());
    assert_eq!(broken.tightest().unwrap().what, "wrong");
    let text = verify::report(std::slice::from_ref(&broken));
    assert!(
        text.contains("✗ made-up") && text.contains("✗ wrong") && text.contains("0 of 1 identities hold"),
        "{text}"
    );
    assert!(!text.contains("lucky"), "only what fails is told in detail: {text}");
    assert_eq!(verify::details(&broken, true).len(), 3);

    for (check, says) in [
        (&EMPTY, "nothing was compared"),
        (&FAILING, "no such thing"),
        (&PANICKING, "panicked"),
    ] {
        let finished = check.perform(&Progress::default()).unwrap();
        assert!(!finished.holds());
        let text = verify::report(&[finished]);
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn a_check_stops_when_told_to() {
    let progress = Progress::default();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| LONG.perform(&progress));
        progress.cancel();
        assert!(running.join().unwrap().is_none());
    });
    // And does not begin when told so before.
    assert!(BROKEN.perform(&progress).is_none());
}

#[cfg(feature = "gui")]
mod window {
    use eframe::egui::{Context, FontId, RawInput};
    use wfr_lab::verify::Finished;

    /// Asserts that the fonts of the window have every sign of a check: formulas in the monospaced font, the rest in the other.
    pub(super) fn can_be_drawn(finished: &Finished) {
        let ctx = Context::default();
        ctx.run_ui(RawInput::default(), |_| {}).textures_delta.clear(); // loads the fonts, draws nothing
        let has = |font: &FontId, text: &str| {
            let missing = |c: &char| !ctx.fonts_mut(|fonts| fonts.has_glyph(font, *c));
            let missing: Vec<char> = text.chars().filter(missing).collect();
            assert!(missing.is_empty(), "{}: {missing:?} of {text:?}", finished.check.name);
        };
        let (formula, words) = (FontId::monospace(12.0), FontId::proportional(12.0));
        has(&formula, finished.check.statement);
        has(&words, finished.check.about);
        for row in &finished.rows {
            has(&words, &row.what);
            has(&words, &row.verdict());
            has(&formula, &row.expected_text());
        }
    }
}
