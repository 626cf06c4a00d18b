//! Exports by the program: pictures, films, and particles as a table.

use std::fs;

use crate::program::{Folder, complaint, printed, program};

const RUN: [&str; 5] = ["double-well", "--set", "particles=300", "--seed", "4"];

fn with<'a>(command: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&[command], RUN.as_slice(), rest].concat()
}

#[test]
fn particles_at_the_end_are_a_table() {
    let folder = Folder::new();
    let file = folder.file("p.csv");
    let read = |threads: &str| {
        let arguments = with("run", &["--until", "0.2", "--particles", &file, "--threads", threads]);
        assert!(printed(&arguments).contains("300 particles"));
        fs::read(&file).unwrap()
    };
    let bytes = read("1");
    assert_eq!(bytes, read("3"));
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    assert!(reader.headers().unwrap().iter().eq([
        "panel",
        "slot",
        "x",
        "y",
        "log_weight",
        "weight",
        "ancestor",
        "origin_basin"
    ]));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 900);
    for name in ["Langevin", "Fisher–Rao", "WFR"] {
        let sum: f64 = rows
            .iter()
            .filter(|r| &r[0] == name)
            .map(|r| r[5].parse::<f64>().unwrap())
            .sum();
        assert!((sum - 1.0).abs() < 1e-12, "{name}: {sum}");
    }
    let nowhere = folder.file("none/p.csv");
    let text = complaint(&with("run", &["--until", "0.2", "--particles", &nowhere]), 1);
    assert!(text.contains("its folder is not there"), "{text}");
    // The scenario itself is spared.
    let own = &folder.with("own.ron", &printed(&["show", "ring"]));
    assert!(complaint(&["run", own, "--until", "0.1", "--particles", own], 1).contains("is the scenario"));
    printed(&["check", own]);
}

/// The picture itself is tested where it is made; here it counts that the command writes one of the size asked for, twice the
/// same, or says why not.
#[test]
fn render_writes_a_picture() {
    let folder = Folder::new();
    let (one, two) = (folder.file("one.png"), folder.file("two.png"));
    let arguments = |file| {
        let size = ["--size", "640x400", "--scale", "1.5", "--theme", "dark"];
        let run = [
            "render",
            "double-well",
            "--at",
            "0.1",
            "--set",
            "particles=500",
            "-o",
            file,
        ];
        run.into_iter().chain(size).map(str::to_owned).collect::<Vec<String>>()
    };
    if cfg!(not(feature = "gui")) {
        let output = program().args(arguments(&one)).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("without its `gui` feature"));
        return;
    }
    for file in [&one, &two] {
        let output = program().args(arguments(file)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
    }
    let bytes = fs::read(&one).unwrap();
    assert_eq!(&bytes[1..4], b"PNG");
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (960, 600));
    assert_eq!(bytes, fs::read(&two).unwrap());

    let nowhere = arguments("no/such/folder/picture.png");
    let output = program().args(nowhere).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written"));
}

#[cfg(not(feature = "gui"))]
#[test]
fn without_the_window_there_are_no_films() {
    let text = complaint(&with("film", &["--to", "0.1", "-o", "x.gif"]), 1);
    assert!(text.contains("without its `gui` feature"), "{text}");
}

#[cfg(feature = "gui")]
mod pictures {
    use super::*;
    use crate::program::quietly;

    fn side(png: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(png[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn parts_of_the_window_are_pictures_of_their_own() {
        let folder = Folder::new();
        for (name, part) in [
            ("panel.png", ["--panel", "wfr"].as_slice()),
            ("number.png", &["--panel", "3"]),
            ("plots.png", &["--plots"]),
            ("panels.png", &["--panels"]),
        ] {
            let file = folder.file(name);
            let size = ["--at", "0.1", "--size", "300x260", "--scale", "2", "-o", &file];
            quietly(&with("render", &[&size, part].concat()));
            let bytes = fs::read(&file).unwrap();
            assert_eq!((side(&bytes, 16), side(&bytes, 20)), (600, 520), "{name}");
        }
        let bytes = |name: &str| fs::read(folder.file(name)).unwrap();
        assert_eq!(
            bytes("panel.png"),
            bytes("number.png"),
            "a name and its number are the same panel"
        );
        assert_ne!(bytes("panel.png"), bytes("panels.png"));

        let drawn = |layers: &str| {
            let svg = folder.file("layers.svg");
            let size = ["--at", "0.1", "--panels", "--size", "900x400", "-o", &svg];
            quietly(&with("render", &[&size[..], &["--layers", layers]].concat()));
            fs::read_to_string(&svg).unwrap()
        };
        assert!(drawn("tangent,masses").contains("length/time") && !drawn("map").contains("length/time"));

        let svg = folder.file("plots.svg");
        quietly(&with("render", &["--at", "0.1", "--plots", "-o", &svg]));
        let text = fs::read_to_string(&svg).unwrap();
        let tree = resvg::usvg::Tree::from_str(&text, &resvg::usvg::Options::default()).unwrap();
        assert_eq!((tree.size().width(), tree.size().height()), (1200.0, 330.0));
        assert!(text.contains(">Fisher–Rao</text>"));
    }

    #[test]
    fn a_card_of_a_lecture_is_a_picture() {
        let folder = Folder::new();
        let (asked, answered) = (folder.file("asked.png"), folder.file("answered.png"));
        let text = r#"(version: 1, title: "Short", cards: [
            (title: "a", text: "", preset: "double-well", set: ["particles=300"], to: 0.02),
            (title: "b", text: "", to: 0.04, question: (ask: "Which?", guess: Choice(among: ["x", "y"], right: 1))),
        ])"#;
        let lecture = folder.with("short.ron", text);
        let arguments = |card, file| {
            [
                "render",
                "--lecture",
                &lecture,
                "--card",
                card,
                "--size",
                "900x600",
                "-o",
                file,
            ]
        };
        printed(&arguments("2", &asked));
        printed(&[arguments("2", &answered).as_slice(), &["--revealed"]].concat());
        let [one, two] = [&asked, &answered].map(|file| fs::read(file).unwrap());
        assert_eq!((side(&one, 16), side(&one, 20)), (900, 600));
        assert_ne!(one, two, "with the answer");
        // All on one sheet, where they end.
        let sheet = folder.file("sheet.png");
        let all = [
            "render",
            "--lecture",
            &lecture,
            "--cards",
            "160",
            "--size",
            "800x450",
            "-o",
            &sheet,
        ];
        printed(&all);
        let bytes = fs::read(&sheet).unwrap();
        assert_eq!((side(&bytes, 16), side(&bytes, 20)), (2 * 160 + 30, 90 + 20));
        assert!(
            complaint(
                &["render", "--lecture", &lecture, "--cards", "-o", &folder.file("s.svg")],
                1
            )
            .contains(".png")
        );
        assert!(printed(&["check", &lecture]).contains("lecture of 2 cards"));
        assert!(complaint(&arguments("3", &asked), 2).contains("there is no card 3: the lecture has 2"));
        assert!(complaint(&["render", "ring", "--card", "1", "-o", &asked], 2).contains("--card"));
        let wrong = folder.with("wrong.ron", &text.replace("to: 0.04", "to: 0.01"));
        assert!(complaint(&["check", &wrong], 1).contains("wrong.ron:3:"));
    }

    #[test]
    fn a_film_is_a_gif_or_a_folder_and_the_same_for_all_threads() {
        let folder = Folder::new();
        let film = |to: &str, threads: &str| {
            let what = [
                "--to", "0.1", "--fps", "20", "--speed", "0.5", "--panel", "1", "--size", "220x240",
            ];
            quietly(&with("film", &[&what[..], &["--threads", threads, "-o", to]].concat()));
        };
        film(&folder.file("a.gif"), "1");
        film(&folder.file("b.gif"), "3");
        let bytes = fs::read(folder.file("a.gif")).unwrap();
        assert_eq!(bytes, fs::read(folder.file("b.gif")).unwrap());
        let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
        let mut delays = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            delays.push(frame.delay);
        }
        assert_eq!((decoder.width(), decoder.height(), delays), (220, 240, vec![5; 5]));
        let frames = folder.file("frames/");
        film(&frames, "0");
        assert_eq!(fs::read_dir(&frames).unwrap().count(), 5);
        let again = with("film", &["--to", "0.1", "-o", &frames]);
        assert!(complaint(&again, 1).contains("the folder is not empty"));
    }

    #[test]
    fn what_cannot_be_is_refused_before_the_work() {
        for (rest, code, part) in [
            (["film", "--to", "0.1", "-o", "x.mp4"].as_slice(), 2, "ends in .gif"),
            (
                &["film", "--to", "0.1", "--fps", "80", "-o", "x.gif"],
                2,
                "from 1 to 50",
            ),
            (
                &["film", "--to", "0.1", "--panel", "Langevn", "-o", "x.gif"],
                2,
                "did you mean `Langevin`",
            ),
            (
                &["film", "--to", "0.1", "--panel", "4", "-o", "x.gif"],
                2,
                "a number from 1 to 3",
            ),
            (
                &["film", "--to", "0.1", "--panel", "1", "--plots", "-o", "x.gif"],
                2,
                "cannot be used with",
            ),
            (
                &["film", "--to", "0.1", "--from", "1", "-o", "x.gif"],
                1,
                "ends before it begins",
            ),
            (&["film", "--to", "1e6", "-o", "x.gif"], 1, "10000 at most"),
            (
                &["film", "--to", "0.1", "-o", "no/such/x.gif"],
                1,
                "its folder is not there",
            ),
            (
                &["render", "--at", "0.1", "-o", "no/such/x.svg"],
                1,
                "its folder is not there",
            ),
            (&["render", "--at", "0.1", "-o", "x.jpg"], 2, ".png or .svg"),
            (
                &[
                    "render",
                    "--at",
                    "0.1",
                    "--size",
                    "8000x8000",
                    "--scale",
                    "4",
                    "-o",
                    "x.png",
                ],
                1,
                "too many",
            ),
        ] {
            let text = complaint(&with(rest[0], &rest[1..]), code);
            assert!(text.contains(part), "{rest:?}: {text}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_sentence() {
        let folder = Folder::new();
        let link = folder.file("x.png");
        std::os::unix::fs::symlink("/dev/full", &link).unwrap();
        let text = complaint(&with("render", &["--at", "0", "--panel", "1", "-o", &link]), 1);
        assert!(text.contains("no room left"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn ctrl_c_leaves_nothing() {
        use std::process::{Command, Stdio};

        let folder = Folder::new();
        let path = folder.file("long.gif");
        let mut child = program()
            .args(with(
                "film",
                &["--to", "50", "--panel", "1", "--size", "220x240", "-o", &path],
            ))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Once something stands beside its place, the film is under way.
        while folder.count() == 0 {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        }
        let kill = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{text}");
        assert!(text.contains("stopped; nothing was written"), "{text}");
        assert_eq!(folder.count(), 0);
    }

    #[test]
    fn help_and_completions_know_films() {
        for option in ["--from", "--to", "--fps", "--speed", "--panel", "--plots", "--threads"] {
            assert!(printed(&["film", "--help"]).contains(option), "{option}");
        }
        assert!(printed(&["render", "--help"]).contains(".svg") && printed(&["run", "--help"]).contains("--particles"));
        assert!(printed(&["completions", "bash"]).contains("--fps"));
        assert!(printed(&["--help"]).contains("film"));
    }

    #[test]
    fn strips_are_drawn_and_filmed() {
        let folder = Folder::new();
        let (svg, gif) = (folder.file("strip.svg"), folder.file("strip.gif"));
        let strip = ["--picture", "strip-x", "--size", "900x420"];
        quietly(&with(
            "render",
            &[&["--panels", "--at", "0.2", "-o", &svg], strip.as_slice()].concat(),
        ));
        let text = fs::read_to_string(&svg).unwrap();
        for word in ["transport", "reaction", "density ρ(x)", "potential V(x) in kT", "exact"] {
            assert!(text.contains(word), "{word}");
        }
        let (plane, along_y) = (folder.file("plane.svg"), folder.file("y.svg"));
        quietly(&with("render", &["--panels", "--picture", "plane", "-o", &plane]));
        assert!(!fs::read_to_string(&plane).unwrap().contains("density ρ(x)"));
        quietly(&with("render", &["--panels", "--picture", "strip-y", "-o", &along_y]));
        assert!(fs::read_to_string(&along_y).unwrap().contains("density ρ(y)"));
        let times = [
            "--from", "0", "--to", "0.1", "--fps", "10", "--speed", "0.5", "-o", &gif,
        ];
        quietly(&with("film", &[times.as_slice(), &strip].concat()));
        assert_eq!(&fs::read(&gif).unwrap()[..6], b"GIF89a");
        let text = complaint(&with("render", &["--picture", "strip", "-o", &svg]), 2);
        assert!(text.contains("strip-x"), "{text}");
    }
}

#[cfg(feature = "gui")]
#[test]
fn a_picture_after_the_end_of_a_run_is_one_of_its_end() {
    let folder = Folder::new();
    let picture = |at: &str| {
        let file = folder.file(&format!("{at}.png"));
        let small = ["--set", "particles=200", "--set", "steps=10", "--size", "480x360"];
        printed(&[&["render", "mixture", "--at", at, "-o", &file], small.as_slice()].concat());
        fs::read(&file).unwrap()
    };
    assert!(picture("1") == picture("3"));
}
