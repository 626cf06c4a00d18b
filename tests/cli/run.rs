//! `run`: its summary, its tables, and when it stops.

use std::fs;

use wfr_lab::reference::{ExactPanel, Reference};
use wfr_lab::scenario::{Preset, Scenario, presets};
use wfr_lab::share::Code;
use wfr_lab::sim::{self, Simulation};
use wfr_lab::timeline::Journal;

use crate::program::{Folder, complaint, printed, program, wfr_lab};
use crate::short;

#[test]
fn run_prints_a_summary() {
    let text = printed(&short(&[]));
    for word in [
        "double-well: ",
        "t = 0.1000 after 50 steps",
        "500 particles",
        "seed 7",
        "Langevin",
        "Fisher–Rao",
        "WFR",
    ] {
        assert!(text.contains(word), "{word} in {text}");
    }
    for row in [
        "mean x",
        "mean y",
        "KL",
        "ESS",
        "mass_0 at (-",
        "mass_1 at (",
        "births",
        "target",
    ] {
        assert!(text.contains(row), "{row} in {text}");
    }
    assert!(!text.contains('\r') && !text.contains('\u{1b}'));
}

#[test]
fn run_writes_the_table_it_promises() {
    let folder = Folder::new();
    let file = folder.file("out.csv");
    assert!(printed(&short(&["--every", "20", "--csv", &file])).contains("mass_0 at"));
    let table = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0],
        "panel,step,time,mean_x,mean_y,var_x,cov_xy,var_y,kl,information,variance,l1,energy,wasserstein_x,wasserstein_y,mmd,unreachable,\
         log_normaliser,mass_0,mass_1,walked_0,grown_0,resampled_0,brushed_0,walked_1,grown_1,resampled_1,brushed_1,ess,births,deaths"
    );
    // Steps 0, 20, 40 and the last, 50, in each of three panels.
    assert_eq!(lines.len(), 1 + 4 * 3);
    let rows: Vec<Vec<&str>> = lines[1..].iter().map(|line| line.split(',').collect()).collect();
    let of = |column: usize| rows.iter().map(|row| row[column]).collect::<Vec<_>>();
    assert_eq!(of(0)[..3], ["Langevin", "Fisher–Rao", "WFR"]);
    assert_eq!(
        of(1),
        ["0", "0", "0", "20", "20", "20", "40", "40", "40", "50", "50", "50"]
    );

    // The same run in this process gives the same bits.
    let mut scenario = presets()[0].scenario();
    scenario.particles = 500;
    scenario.seed = 7;
    let mut simulation = Simulation::new(scenario);
    for _ in 0..50 {
        simulation.step().unwrap();
    }
    for (panel, row) in rows[9..].iter().enumerate() {
        let now = simulation.observe(panel);
        let expected = [
            now.time,
            now.mean.x,
            now.mean.y,
            now.covariance.xx,
            now.covariance.xy,
            now.covariance.yy,
            now.kl,
            now.information,
            now.variance,
            now.l1,
            now.energy,
            now.wasserstein.x,
            now.wasserstein.y,
            now.mmd,
            now.unreachable,
            now.log_normaliser,
            now.basin_mass[0],
            now.basin_mass[1],
            now.ledger[0].walked,
            now.ledger[0].grown,
            now.ledger[0].resampled,
            now.ledger[0].brushed,
            now.ledger[1].walked,
            now.ledger[1].grown,
            now.ledger[1].resampled,
            now.ledger[1].brushed,
            now.ess,
        ];
        let read: Vec<f64> = row[2..29].iter().map(|cell| cell.parse().unwrap()).collect();
        assert_eq!(read, expected);
        assert_eq!(row[29..], [now.births.to_string(), now.deaths.to_string()]);
    }
}

#[test]
fn a_table_has_room_for_wells_that_come_later() {
    let folder = Folder::new();
    let file = folder.file("wells.csv");
    let scenario = Scenario {
        particles: 300,
        ..presets()[0].scenario()
    };
    let mut edited = scenario.clone();
    edited.set("target", "TripleWell()").unwrap();
    let mut journal = Journal::new(scenario);
    journal.commands.push((5, sim::Command::Edit(Box::new(edited)).into()));
    let code = Code::new(journal, 10).write().unwrap();
    printed(&["run", &code, "--every", "1", "--exact", "--csv", &file]);
    let table = fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|cell| *cell == name).unwrap();
    assert_eq!(rows.len(), 1 + 11 * 3);
    for row in &rows[1..] {
        assert_eq!(row.len(), rows[0].len());
        let three = row[column("step")].parse::<u64>().unwrap() >= 5;
        for name in ["mass_2", "walked_2", "exact_mass_2"] {
            assert_eq!(row[column(name)].is_empty(), !three, "{row:?}");
        }
        assert!(!row[column("ess")].is_empty() && !row[column("solution_kl")].is_empty());
    }
}

#[test]
fn the_exact_solution_stands_beside_the_particles() {
    let folder = Folder::new();
    let file = folder.file("exact.csv");
    // A time that is recorded anyway, and one that is not.
    let mut arguments = short(&["--exact", "--every", "33", "--csv", &file]);
    arguments.extend([
        "--set",
        "panels.1.alpha=0.5",
        "--set",
        "panels.1.transport=Underdamped(1)",
    ]);
    let text = printed(&arguments);
    eprintln!("{text}");
    let header = text
        .lines()
        .find(|line| line.contains("WFR") && line.contains("target"))
        .unwrap();
    assert_eq!(header.matches("exact").count(), 3, "{header}");
    assert!(text.contains("uncovered") && text.contains("four dimensions"), "{text}");
    let table = fs::read_to_string(&file).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|n| *n == name).unwrap();
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let mut scenario = presets()[0].scenario();
    scenario.particles = 500;
    let mut reference = Reference::new(&scenario);
    for (row, time) in [(3, 0.0), (6, 0.066), (9, 0.1)] {
        reference.advance(time);
        let exact = reference.exact();
        let ExactPanel::Solved(solution) = &exact.panels[2] else {
            panic!()
        };
        let read = |name: &str| rows[row][column(name)].parse::<f64>().unwrap();
        assert!((read("time") - time).abs() < 1e-12);
        let now = &solution.now.observed;
        for (name, expected) in [
            ("exact_mean_x", now.mean.x),
            ("exact_kl", now.kl),
            ("exact_mass_1", now.basin_mass[1]),
            ("solution_kl", solution.now.functionals.kl),
            ("solution_information", solution.now.functionals.information),
            ("solution_variance", solution.now.functionals.variance),
        ] {
            assert!(
                (read(name) - expected).abs() < 1e-9 * expected.abs(),
                "{name} at {time}: {expected}"
            );
        }
        // Scouts alone cover the right well, and not all of its surroundings.
        assert!((0.0..0.02).contains(&read("exact_uncovered")));
        assert_eq!(rows[row - 1][column("exact_kl")], "", "no solution, no number");
        assert_ne!(rows[row - 2][column("exact_kl")], "");
    }
}

#[test]
fn a_table_on_the_output_stands_there_alone() {
    let output = wfr_lab(&short(&["--csv", "-", "--every", "50", "--threads", "2"]));
    assert!(output.status.success());
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(table.lines().count(), 1 + 2 * 3);
    assert!(table.starts_with("panel,step,time,"));
    assert!(String::from_utf8(output.stderr).unwrap().contains("mass_0 at"));
    assert_eq!(
        table,
        printed(&short(&["--csv", "-", "--every", "50", "--threads", "1"]))
    );
}

#[test]
fn run_records_about_a_hundred_times_by_default_and_the_start_alone_if_asked() {
    let arguments = [
        "run",
        "double-well",
        "--set",
        "particles=50",
        "--until",
        "1",
        "--csv",
        "-",
    ];
    assert_eq!(printed(&arguments).lines().count(), 1 + 101 * 3);
    assert_eq!(
        printed(&["run", "ring", "--set", "particles=50", "--until", "0", "--csv", "-"])
            .lines()
            .count(),
        1 + 3
    );
}

#[test]
fn a_run_stops_when_a_condition_holds() {
    let text = printed(&[
        "run",
        "double-well",
        "--set",
        "particles=50",
        "--until",
        "1",
        "--stop-when",
        "kl<0",
        "--stop-when",
        "WFR.t>=0.1",
    ]);
    assert!(text.contains("stopped: WFR.t >= 0.1 at t = 0.1000"), "{text}");
    assert!(text.contains("t = 0.1000 after 50 steps"), "{text}");
}

#[test]
fn what_cannot_be_written_is_named() {
    let text = complaint(&short(&["--csv", "no/such/folder/out.csv"]), 1);
    assert!(
        text.contains("no/such/folder/out.csv") && text.contains("cannot be written"),
        "{text}"
    );
}

/// The C library of Linux has elementary functions with and without fused multiply-add, and takes those that the processor can
/// do; it can be told to look away. Elsewhere this compares a run with itself.
#[test]
fn the_table_does_not_depend_on_the_processor() {
    for more in [
        "estimator.factor=0.5",
        "resampling.scheme=Multinomial",
        "reaction=BirthDeath",
    ] {
        let table = |tunables| {
            let output = program()
                .args([
                    "run",
                    "double-well",
                    "--set",
                    "particles=5000",
                    "--until",
                    "0.1",
                    "--csv",
                    "-",
                ])
                .args(["--set", more])
                .env("GLIBC_TUNABLES", tunables)
                .output()
                .unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(table("") == table("glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2"), "{more}");
    }
}

#[test]
fn the_table_never_replaces_the_scenario() {
    let folder = Folder::new();
    let file = folder.file("own.ron");
    let text = Preset::named("ring").unwrap().text;
    fs::write(&file, text).unwrap();
    let other_name = folder.file(".") + "/own.ron";
    for table in [&file, &other_name] {
        assert!(
            complaint(&["run", &file, "--until", "0", "--csv", table], 1).contains("the scenario that was asked for")
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}
