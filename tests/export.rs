//! Pictures, films and tables as other programs find them, and what becomes of them when something goes wrong.

#![cfg(feature = "gui")]
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

use std::fs;
use std::io::{BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;

use eframe::egui::{FontDefinitions, vec2};
use image::RgbaImage;
use resvg::{tiny_skia, usvg};
use wfr_lab::app::{Figure, Options, Reel, Shot, Sight, Stop, Take, Theme};
use wfr_lab::export::{Draft, Progress, file, table};
use wfr_lab::flow::Transport;
use wfr_lab::scenario::{Scenario, presets};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::snapshot::Probe;
use wfr_lab::timeline::Journal;

fn small() -> Scenario {
    let mut scenario = presets()[0].scenario();
    scenario.particles = 200;
    scenario
}

/// A run in front of a small camera.
fn take(journal: Journal, figure: Figure, vector: bool) -> Take {
    let sight = Sight::new((*journal.scenario).clone(), Options::default());
    let size = if figure == Figure::Plots {
        vec2(700.0, 240.0)
    } else {
        vec2(260.0, 300.0)
    };
    let shot = Shot {
        figure,
        size,
        scale: 1.0,
    };
    Take::new(journal, &sight, &shot, vector)
}

const REEL: Reel = Reel {
    from: 0.02,
    to: 0.1,
    speed: 0.5,
    rate: 30.0,
};

/// Frames as a reader of GIF files composes them, with their delays.
fn frames(path: &Path) -> Vec<(RgbaImage, u16)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options
        .read_info(BufReader::new(fs::File::open(path).unwrap()))
        .unwrap();
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    let mut screen = RgbaImage::new(width, height);
    let mut all = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        for (k, pixel) in frame.buffer.as_chunks::<4>().0.iter().enumerate() {
            let (x, y) = (k as u32 % u32::from(frame.width), k as u32 / u32::from(frame.width));
            if pixel[3] > 0 {
                screen.put_pixel(x + u32::from(frame.left), y + u32::from(frame.top), image::Rgba(*pixel));
            }
        }
        all.push((screen.clone(), frame.delay));
    }
    all
}

/// Mean and largest difference of the channels of two pictures.
fn difference(a: &RgbaImage, b: &RgbaImage) -> (f64, u8) {
    assert_eq!(a.dimensions(), b.dimensions());
    let off = || a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = off().map(u64::from).sum();
    (sum as f64 / a.as_raw().len() as f64, off().max().unwrap())
}

#[test]
fn a_gif_has_every_frame_at_its_time_and_in_nearly_its_colours() {
    let folder = tempfile::tempdir().unwrap();
    let (gif, sequence) = (folder.path().join("film.gif"), folder.path().join("frames"));
    let progress = Progress::default();
    let figure = Figure::Panel(2);
    let bytes = REEL
        .film(take(Journal::new(small()), figure, false), &gif, &progress)
        .unwrap();
    assert_eq!(bytes, fs::metadata(&gif).unwrap().len());
    assert_eq!((progress.done(), REEL.frames()), ((5, 5), 5));
    REEL.film(
        take(Journal::new(small()), figure, false),
        &sequence,
        &Progress::default(),
    )
    .unwrap();
    let shown = frames(&gif);
    // 0.02, 0.0367, 0.0533, 0.07, 0.0867; 0.1 lies between frames. Thirtieths of a second in hundredths add up.
    assert_eq!(
        shown.iter().map(|(_, delay)| *delay).collect::<Vec<_>>(),
        [3, 4, 3, 3, 4]
    );
    let mut files: Vec<_> = fs::read_dir(&sequence)
        .unwrap()
        .map(|f| f.unwrap().file_name())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "frame-0001.png",
            "frame-0002.png",
            "frame-0003.png",
            "frame-0004.png",
            "frame-0005.png"
        ]
    );
    for ((picture, _), file) in shown.iter().zip(&files) {
        let truth = image::open(sequence.join(file)).unwrap().to_rgba8();
        let (mean, largest) = difference(picture, &truth);
        println!("{file:?}: mean {mean:.3}, largest {largest}");
        // Common colours are exact; others are shared among 127, which would be 51 apart if all of the cube were in use.
        assert!(mean < 1.0 && largest < 2 * 51, "{mean} {largest}");
    }
    // The same moment as a picture of its own, from another start of the same interface.
    let mut alone = take(Journal::new(small()), figure, false);
    alone.run_to(0.02, &mut |_| true).unwrap();
    assert_eq!(
        alone.picture(),
        image::open(sequence.join("frame-0001.png")).unwrap().to_rgba8()
    );
    let moved = difference(&shown[0].0, &shown[4].0).0;
    assert!(moved > 1.0, "the film shows that something moves: {moved}");
}

#[test]
fn a_film_is_the_same_each_time_and_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let film = |threads: usize, name: &str| {
        let path = folder.path().join(name);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            REEL.film(
                take(Journal::new(small()), Figure::Panels, false),
                &path,
                &Progress::default(),
            )
        })
        .unwrap();
        fs::read(path).unwrap()
    };
    let one = film(1, "one.gif");
    assert_eq!(one, film(3, "three.gif"));
    assert_eq!(one, film(1, "again.gif"));
}

#[test]
fn a_film_repeats_what_was_done_by_hand() {
    let scenario = small();
    let mut edited = scenario.clone();
    edited.panels[0].alpha = 0.0;
    edited.temperature = 0.5;
    let commands = vec![(20, Arc::new(Command::Edit(Box::new(edited))))];
    let mut simulation = Simulation::new(scenario.clone());
    for step in 0..50 {
        if step == 20 {
            simulation.apply((*commands[0].1).clone());
        }
        simulation.step().unwrap();
    }
    let journal = Journal {
        scenario: Arc::new(scenario.clone()),
        commands,
    };
    let mut repeated = take(journal, Figure::Panel(0), false);
    repeated.run_to(simulation.time(), &mut |_| true).unwrap();
    assert_eq!(repeated.simulation().steps(), 50);
    for panel in 0..3 {
        assert_eq!(repeated.simulation().ensemble(panel), simulation.ensemble(panel));
    }
    let mut untouched = take(Journal::new(scenario), Figure::Panel(0), false);
    untouched.run_to(simulation.time(), &mut |_| true).unwrap();
    assert_ne!(repeated.picture(), untouched.picture());
}

/// Everything in a folder, hidden files too.
fn listed(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_cancelled_film_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["film.gif", "frames"] {
        let path = folder.path().join(name);
        let progress = Progress::default();
        progress.cancel();
        let stop = REEL.film(take(Journal::new(small()), Figure::Panel(0), false), &path, &progress);
        assert!(matches!(stop, Err(Stop::Cancelled)), "{stop:?}");
        assert_eq!(listed(folder.path()), 0, "{name}");
    }
    // Half way: another thread cancels when the first frames are there.
    let progress = Progress::default();
    let path = folder.path().join("film.gif");
    let long = Reel { to: 1000.0, ..REEL };
    let stop = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .spawn_scoped(scope, || {
                while progress.done().0 < 2 {
                    std::thread::yield_now();
                }
                assert_eq!(listed(folder.path()), 1, "it is written beside its place");
                assert!(!path.exists());
                progress.cancel();
            })
            .unwrap();
        long.film(take(Journal::new(small()), Figure::Panel(0), false), &path, &progress)
    });
    assert!(matches!(stop, Err(Stop::Cancelled)), "{stop:?}");
    assert_eq!(listed(folder.path()), 0);
}

#[test]
fn what_cannot_be_written_is_a_sentence_that_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = |path: &Path, part: &str| {
        let failure = file::write(path, &[7; 100_000]).unwrap_err().to_string();
        println!("{failure}");
        assert!(
            failure.contains(path.to_str().unwrap()) && failure.contains(part),
            "{failure}"
        );
    };
    sentence(&folder.path().join("none/x.png"), "its folder is not there");
    sentence(folder.path(), "it is a folder");
    sentence(&folder.path().join("x.png/y.png"), "its folder is not there");
    if cfg!(target_os = "linux") {
        sentence(Path::new("/dev/full"), "there is no room left");
        // Not even for the superuser, who may write to folders that are read-only.
        sentence(Path::new("/sys/x.png"), "its folder may not be written to");
        let stop = REEL.film(
            take(Journal::new(small()), Figure::Panel(0), false),
            Path::new("/dev/full"),
            &Progress::default(),
        );
        assert!(
            stop.unwrap_err().to_string().contains("choose another name"),
            "a device is no folder"
        );
        let mut full = Draft::new(Path::new("/dev/full")).unwrap();
        full.write_all(&[1; 10]).unwrap();
        assert!(
            full.finish().unwrap_err().to_string().contains("no room left"),
            "said when it is put in its place at the latest"
        );
        assert!(fs::metadata("/dev/full").unwrap().file_type() != fs::metadata(folder.path()).unwrap().file_type());
    }
    // A folder that vanishes while a film is made.
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).unwrap();
    for name in ["film.gif", "frames"] {
        let mut film = wfr_lab::export::film::Film::new(&gone.join(name), 10.0).unwrap();
        fs::remove_dir_all(&gone).unwrap();
        let picture = RgbaImage::new(4, 4);
        let end = film.push(&picture).and_then(|()| film.finish());
        assert!(end.unwrap_err().to_string().contains("its folder is not there"));
        assert!(!gone.exists());
        fs::create_dir(&gone).unwrap();
    }
    // A folder with something in it is left alone.
    fs::write(gone.join("mine.txt"), "mine").unwrap();
    let refused = wfr_lab::export::film::Film::new(&gone, 10.0).err().unwrap().to_string();
    assert!(refused.contains("not empty"), "{refused}");
}

#[test]
fn what_stood_there_stays_until_the_new_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, "old").unwrap();
    let mut draft = Draft::new(&path).unwrap();
    draft.write_all(b"half").unwrap();
    drop(draft);
    assert_eq!(
        (fs::read_to_string(&path).unwrap().as_str(), listed(folder.path())),
        ("old", 1)
    );
    assert_eq!(file::write(&path, b"whole").unwrap(), 5);
    assert_eq!(
        (fs::read_to_string(&path).unwrap().as_str(), listed(folder.path())),
        ("whole", 1)
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let link = folder.path().join("link.csv");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        file::write(&link, b"through").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "through");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "a link stays a link");
        let new = folder.path().join("new.csv");
        fs::write(folder.path().join("plain.csv"), "").unwrap();
        file::write(&new, b"").unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("new.csv"), mode("plain.csv"));
        // What somebody has set stays, and what is protected is left alone.
        for (bits, allowed) in [(0o640, true), (0o444, false)] {
            fs::set_permissions(&new, fs::Permissions::from_mode(bits)).unwrap();
            match file::write(&new, b"more") {
                Ok(_) => assert!(allowed),
                Err(error) => assert!(!allowed && error.to_string().contains("write-protected"), "{error}"),
            }
            assert_eq!(mode("new.csv") & 0o777, bits);
        }
        assert_eq!(fs::read_to_string(&new).unwrap(), "more");
    }
}

fn reader() -> usvg::Options<'static> {
    let mut options = usvg::Options::default();
    for (_, font) in FontDefinitions::default().font_data {
        Arc::make_mut(&mut options.fontdb).load_font_data(font.font.as_ref().as_ref().to_vec());
    }
    options
}

fn texts(group: &usvg::Group, found: &mut Vec<String>) {
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => texts(group, found),
            usvg::Node::Text(text) => found.extend(text.chunks().iter().map(|chunk| chunk.text().to_owned())),
            _ => {}
        }
    }
}

#[test]
fn a_vector_drawing_shows_what_the_picture_shows() {
    for (figure, words) in [
        (Figure::Plots, ["Langevin", "Fisher–Rao", "100 %"].as_slice()),
        (
            Figure::Panel(2),
            &["WFR", "agrees with the exact solution", "N 200    α 1    β 1    t 0.20"],
        ),
        (Figure::Window, &["Landscape", "t = 0.200", "Reset"]),
    ] {
        let drawn = |vector| {
            let mut take = match figure {
                Figure::Window => {
                    let shot = Shot {
                        figure,
                        size: vec2(1000.0, 700.0),
                        scale: 1.0,
                    };
                    Take::new(
                        Journal::new(small()),
                        &Sight::new(small(), Options::default()),
                        &shot,
                        vector,
                    )
                }
                _ => take(Journal::new(small()), figure, vector),
            };
            take.run_to(0.2, &mut |_| true).unwrap();
            take
        };
        let document = drawn(true).svg().unwrap();
        assert_eq!(document, drawn(true).svg().unwrap(), "the same bytes each time");
        let tree = usvg::Tree::from_data(&document, &reader()).unwrap();
        let mut found = Vec::new();
        texts(tree.root(), &mut found);
        for word in words {
            assert!(found.iter().any(|f| f == word), "{word:?} in {found:?}");
        }
        let picture = drawn(false).picture();
        let mut pixels = tiny_skia::Pixmap::new(picture.width(), picture.height()).unwrap();
        resvg::render(&tree, tiny_skia::Transform::default(), &mut pixels.as_mut());
        let theirs = RgbaImage::from_raw(picture.width(), picture.height(), pixels.take()).unwrap();
        let (mean, _) = difference(&picture, &theirs);
        // What a drawing that is off by one point would differ by.
        let mut shifted = picture.clone();
        image::imageops::replace(&mut shifted, &picture, 1, 1);
        let (bound, _) = difference(&picture, &shifted);
        println!(
            "{figure:?}: mean difference {mean:.3}, of one shifted by a point {bound:.3}, {} bytes",
            document.len()
        );
        assert!(mean < 0.8 * bound, "{figure:?}: {mean} of {bound}");
    }
}

#[test]
fn themes_and_scales_are_those_asked_for() {
    let size = vec2(200.0, 220.0);
    let picture = |theme, scale| {
        let sight = Sight::new(small(), Options::default()).in_theme(theme);
        let shot = Shot {
            figure: Figure::Panel(0),
            size,
            scale,
        };
        Take::new(Journal::new(small()), &sight, &shot, false).picture()
    };
    let (light, dark) = (picture(Theme::Light, 1.0), picture(Theme::Dark, 3.0));
    assert_eq!((light.dimensions(), dark.dimensions()), ((200, 220), (600, 660)));
    assert!(light.get_pixel(1, 1)[0] > 200 && dark.get_pixel(1, 1)[0] < 60);
}

#[test]
fn tables_read_back_to_the_same_bits() {
    let mut scenario = small();
    scenario.panels[0].transport = Transport::Underdamped(1.0);
    let mut simulation = Simulation::new(scenario.clone());
    for _ in 0..60 {
        simulation.step().unwrap();
        simulation.record();
    }
    let mut bytes = Vec::new();
    assert_eq!(table::particles(&mut bytes, &simulation).unwrap(), 600);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().unwrap().clone();
    let expected = [
        "panel",
        "slot",
        "x",
        "y",
        "vx",
        "vy",
        "log_weight",
        "weight",
        "ancestor",
        "origin_basin",
    ];
    assert!(header.iter().eq(expected));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for (panel, flow) in scenario.panels.iter().enumerate() {
        let ensemble = simulation.ensemble(panel);
        let rows: Vec<_> = rows.iter().filter(|row| row[0] == flow.name).collect();
        assert_eq!(rows.len(), ensemble.len());
        let column = |k: usize| -> Vec<f64> { rows.iter().map(|row| row[k].parse().unwrap()).collect() };
        assert_eq!(column(1), (0..200).map(f64::from).collect::<Vec<_>>());
        assert_eq!([column(2), column(3)], ensemble.positions().map(<[f64]>::to_vec));
        assert_eq!(
            (column(6), column(7)),
            (ensemble.log_weights().to_vec(), ensemble.weights().to_vec())
        );
        let sum: f64 = column(7).iter().sum();
        assert!((sum - 1.0).abs() < 200.0 * f64::EPSILON, "{sum}");
        match ensemble.velocities() {
            Some(v) => assert_eq!([column(4), column(5)], v.map(<[f64]>::to_vec)),
            None => assert!(rows.iter().all(|row| row[4].is_empty() && row[5].is_empty())),
        }
        let ancestors: Vec<u32> = column(8).iter().map(|a| *a as u32).collect();
        assert_eq!(ancestors, ensemble.ancestors());
        // Dots say the same of the origin.
        let snapshot = simulation.snapshot(&Probe::default());
        let origins: Vec<u16> = snapshot.panels[panel].dots.iter().map(|dot| dot.origin).collect();
        assert_eq!(column(9).iter().map(|o| *o as u16).collect::<Vec<_>>(), origins);
    }

    let snapshot = simulation.snapshot(&Probe::default());
    let mut bytes = Vec::new();
    let written = table::history(&mut bytes, &snapshot).unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|h| h == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len() as u64, written);
    for (panel, flow) in scenario.panels.iter().enumerate() {
        let rows: Vec<_> = rows.iter().filter(|row| row[0] == flow.name).collect();
        let column = |name: &str| -> Vec<f64> { rows.iter().map(|row| row[place(name)].parse().unwrap()).collect() };
        let known = &snapshot.panels[panel];
        let entries: Vec<_> = known.history.iter().chain([&known.now]).collect();
        let mut times: Vec<f64> = entries.iter().map(|o| o.time).collect();
        times.dedup();
        assert_eq!(column("time"), times);
        assert_eq!(column("kl").last(), Some(&known.now.kl));
        let masses: f64 = ["mass_0", "mass_1"].map(|m| *column(m).last().unwrap()).iter().sum();
        assert!((masses - 1.0).abs() < 1e-12);
    }
}
