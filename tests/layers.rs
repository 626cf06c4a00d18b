//! The rules of the house, executable: a module imports only what stands before it in the layers, what computes neither prints
//! nor reads clocks, and every number that can be tuned has a default that it may have.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};

use wfr_lab::density::{Bandwidth, Estimator};
use wfr_lab::flow::{Flow, Rate, Transport};
use wfr_lab::params::{self, Number, Parameters, Scale};
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::{Disc, RADIUS, STRENGTH, presets};
use wfr_lab::space::Point;
use wfr_lab::target::Shape;

/// Modules from the foundations to the doors. A module may use those of lower layers and those before it in its own, so that
/// there is no cycle.
const LAYERS: [&[&str]; 8] = [
    &["space", "vectorize", "chunks", "params", "rng", "digits"],
    &["ensemble", "score", "target", "landscape"],
    &["density", "resample"],
    &["observe", "reverse", "flow", "continuum", "history"],
    &["scenario"],
    &["snapshot", "sim", "reference", "timeline"],
    &[
        "engine", "render", "export", "train", "share", "verify", "lecture", "words",
    ],
    &["app", "cli", "main"],
];

/// Layers that compute: no clock, no printing, no files, no threads of their own, no window.
const COMPUTING: usize = 6;

/// Nor functions of the C library, whose last bits depend on the processor: `vectorize` has its own.
const FORBIDDEN: [&str; 30] = [
    "std::time",
    "std::fs",
    "std::io",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "print!",
    "println!",
    "eprintln!",
    "dbg!",
    "egui",
    "rand::rng()",
    ".exp()",
    ".exp_m1()",
    ".ln()",
    ".powf(",
    ".sin()",
    ".cos()",
    ".tan()",
    ".sinh()",
    ".cosh()",
    ".tanh()",
    ".asin()",
    ".acos()",
    ".atan()",
    ".atan2(",
    ".log10()",
    "f64::exp",
    "f64::ln",
];

/// A source file, the module it belongs to, and its lines without comments.
struct Source {
    path: PathBuf,
    module: String,
    lines: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inside = path.strip_prefix(&root).unwrap();
                let first = Path::new(inside.iter().next().unwrap());
                let module = first.file_stem().unwrap().to_str().unwrap().to_owned();
                let text = fs::read_to_string(&path).unwrap();
                let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
                let lines = text
                    .lines()
                    .zip(1..)
                    .map(|(line, number)| (number, code(line)))
                    .collect();
                sources.push(Source { path, module, lines });
            }
        }
    }
    assert!(sources.len() > 20, "the sources were not found");
    sources.retain(|s| s.module != "lib");
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Layer, and place in the whole order.
fn place(module: &str) -> (usize, usize) {
    let order = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(layer, modules)| modules.iter().map(move |m| (layer, *m)));
    let found = order.enumerate().find(|(_, (_, name))| *name == module);
    let Some((place, (layer, _))) = found else {
        panic!("`{module}` has no layer: give it one in LAYERS");
    };
    (layer, place)
}

/// The modules named by `crate::module` or `wfr_lab::module` in a line.
fn imports(line: &str) -> impl Iterator<Item = &str> {
    ["crate::", "wfr_lab::"].into_iter().flat_map(move |prefix| {
        line.match_indices(prefix).map(move |(at, _)| {
            let rest = &line[at + prefix.len()..];
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            &rest[..end]
        })
    })
}

#[test]
fn a_module_imports_only_what_stands_before_it() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for source in sources() {
        let (_, own) = place(&source.module);
        let nested = source.path.parent().is_some_and(|p| !p.ends_with("src"));
        for (number, line) in &source.lines {
            let here = format!("{}:{number}: {}", source.path.display(), line.trim());
            for import in imports(line) {
                seen += 1;
                assert!(
                    !import.is_empty(),
                    "one path per `use`, so that this test can read it: {here}"
                );
                if import != source.module && place(import).1 >= own {
                    wrong.push(here.clone());
                }
            }
            // `super` must not be a way around.
            assert!(nested || !line.contains("super::super"), "{here}");
        }
    }
    assert!(
        seen > 100,
        "only {seen} imports were found: the test no longer reads them"
    );
    assert!(wrong.is_empty(), "imports from above:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_library_has_a_layer() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .map(|rest| rest.trim_end_matches(';'))
        .collect();
    assert!(modules.len() > 15);
    for module in modules {
        place(module);
    }
}

#[test]
fn what_computes_has_no_clock_no_files_and_no_voice() {
    for source in sources().iter().filter(|s| place(&s.module).0 < COMPUTING) {
        // Unit tests may print what they measured; they are the last thing in a file, or files of their own.
        let tests = source.path.iter().any(|part| part == "tests" || part == "tests.rs");
        let code = source
            .lines
            .iter()
            .take_while(|(_, line)| !tests && line.trim() != "mod tests {");
        for (number, line) in code {
            for word in FORBIDDEN {
                assert!(
                    !line.contains(word),
                    "{}:{number}: `{word}` has no place here",
                    source.path.display()
                );
            }
        }
    }
}

/// Every number that can be tuned, under the name of its struct.
fn numbers() -> Vec<(String, params::Entry)> {
    let mut all: Vec<(String, params::Entry)> = Vec::new();
    let mut add = |of: &str, parameters: &mut dyn Parameters| {
        all.extend(params::list(parameters).into_iter().map(|entry| (of.to_owned(), entry)));
    };
    add("Scenario", &mut presets()[0].scenario());
    add("Flow", &mut Flow::wfr());
    add(
        "Flow",
        &mut Flow {
            rate: Rate::Corrected(-0.5),
            ..Flow::wfr()
        },
    );
    add(
        "Underdamped",
        &mut Flow {
            transport: Transport::ALL[3],
            ..Flow::wfr()
        },
    );
    add("Estimator", &mut Estimator::default());
    add(
        "Estimator",
        &mut Estimator {
            bandwidth: Bandwidth::Silverman(1.0),
            ..Estimator::default()
        },
    );
    add("Resampling", &mut Resampling::default());
    let mut disc = Disc {
        center: Point::default(),
        radius: RADIUS.default,
        weight: STRENGTH.default,
    };
    add("Disc", &mut disc);
    for mut shape in Shape::all() {
        add(shape.name(), shape.parameters());
    }
    all
}

#[test]
fn every_number_may_have_its_default() {
    for (of, (name, value, info)) in numbers() {
        let Number {
            min,
            max,
            default,
            help,
            scale,
            ..
        } = info;
        let whole = |v: f64| scale != Scale::Whole || v.fract() == 0.0;
        assert!(
            min.is_finite() && max.is_finite() && min < max,
            "{of}.{name}: {min} to {max}"
        );
        assert!(info.check(&name, default).is_ok(), "{of}.{name}: default {default}");
        assert!(info.check(&name, value).is_ok(), "{of}.{name}: {value}");
        assert!(whole(min) && whole(max), "{of}.{name}: ends of a whole number");
        assert!(scale != Scale::Log || min > 0.0, "{of}.{name}: a logarithm of {min}");
        assert!(
            info.check(&name, f64::NAN).is_err() && info.check(&name, f64::INFINITY).is_err(),
            "{of}.{name}"
        );
        assert!(!help.is_empty(), "{of}.{name} says nothing of itself");
    }
}

#[test]
fn every_public_number_is_visited() {
    let mut visited: Vec<&str> = numbers().iter().map(|(_, (_, _, info))| info.help).collect();
    visited.sort_unstable();
    visited.dedup();
    for module in ["density", "resample", "flow", "scenario"] {
        for source in sources().iter().filter(|s| s.module == module) {
            let text = fs::read_to_string(&source.path).unwrap();
            for (at, _) in text.match_indices(": Number =") {
                let name = text[..at].rsplit(' ').next().unwrap();
                let public = text[..at].ends_with(&format!("pub const {name}"));
                let end = at + text[at..].find(';').unwrap_or(text.len() - at);
                // The help is the last text of the description; it may hold a `;` itself.
                let known = visited
                    .iter()
                    .any(|help| text[at..].find(*help).is_some_and(|h| at + h < end));
                assert!(!public || known, "{}: nobody visits {name}", source.path.display());
            }
        }
    }
}
