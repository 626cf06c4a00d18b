//! `train`: a network for each model of a mixture.

#[cfg(feature = "train")]
pub(super) use with_tensors::train;

/// Says that this build trains nothing.
#[cfg(not(feature = "train"))]
pub(super) fn train(_: &mut impl std::io::Write, _: &super::arguments::Train) -> Result<(), super::Error> {
    Err(super::Error::Train(
        "this program was built without its `train` feature".to_owned(),
    ))
}

#[cfg(feature = "train")]
mod with_tensors {
    use std::fs;
    use std::io::{self, Write};
    use std::ops::ControlFlow;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use super::super::arguments::{Changes, Train};
    use super::super::run::progress_bar;
    use super::super::{Error, source};
    use crate::export::{Draft, Failure, file};
    use crate::target::{Model, Shape};
    use crate::train::{self, Plan, TrainError, Trained};

    /// Trains all, then writes all.
    pub(in crate::cli) fn train(out: &mut (impl Write + Send), options: &Train) -> Result<(), Error> {
        let nothing = Changes {
            seed: None,
            set: Vec::new(),
            networks: Vec::new(),
        };
        let found = source::named(&options.scenario, &nothing)?;
        let Shape::Blend(blend) = &found.scenario.target else {
            return Err(Error::Train(format!(
                "the target of `{}` is no mixture of models: expected Blend",
                found.name
            )));
        };
        let plan = Plan {
            seed: options.seed,
            steps: options.steps,
            batch: options.batch,
            width: options.width,
            rate: options.rate,
            schedule: blend.schedule(),
            ..Plan::default()
        };
        plan.check()?;
        let failed = |path: &Path| Failure::at(path);
        fs::create_dir_all(&options.out).map_err(failed(&options.out))?;
        let files = files(&options.out, blend.models());
        for path in &files {
            // Said before the training, not after it.
            drop(Draft::new(path)?);
        }
        let pool = super::super::pool(options.threads)?;
        let mut trained = Vec::new();
        let models = blend.models();
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        // Without a handler Ctrl+C ends the program at once, and nothing is written either.
        let _ = ctrlc::set_handler(move || asked.store(true, Ordering::Release));
        let bar = progress_bar(plan.steps * models.len() as u64, "steps");
        for (k, model) in (0..).zip(models) {
            #[expect(clippy::disallowed_methods, reason = "people want to know how long a training took")]
            let start = Instant::now();
            let mut watch = |progress: train::Progress| {
                bar.set_position(k * plan.steps + progress.step);
                if stop.load(Ordering::Acquire) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let one = pool.install(|| train::train(&model.name, &model.exact(), &plan, &mut watch));
            if one.is_err() {
                bar.finish_and_clear();
            }
            trained.push((one?, start.elapsed()));
        }
        bar.finish_and_clear();
        for ((one, _), path) in trained.iter().zip(&files) {
            file::write(path, one.network.bytes())?;
        }
        let path = options.out.join("loss.csv");
        let mut draft = Draft::new(&path)?;
        table(&mut draft, &trained).map_err(failed(&path))?;
        draft.finish()?;
        #[cfg(feature = "gui")]
        {
            let curves: Vec<_> = trained.iter().map(|(one, _)| one).collect();
            let path = options.out.join("loss.svg");
            let bytes = crate::app::losses(&curves).map_err(failed(&path))?;
            file::write(&path, &bytes)?;
        }
        for ((one, time), path) in trained.iter().zip(&files) {
            told(out, one, *time, path)?;
        }
        Ok(())
    }

    /// Where each network goes.
    fn files(folder: &Path, models: &[Model]) -> Vec<PathBuf> {
        let mut names: Vec<String> = Vec::new();
        for model in models {
            let plain = |c: char| {
                if c.is_alphanumeric() || "-_.".contains(c) {
                    c
                } else {
                    '_'
                }
            };
            let mut name: String = model.name.trim().chars().take(60).map(plain).collect();
            // A hidden file is found by nobody, and two names may differ in what is no name of a file.
            if name.starts_with('.') || names.contains(&name) {
                name = format!("{}_{name}", names.len() + 1);
            }
            names.push(name);
        }
        names
            .into_iter()
            .map(|name| folder.join(format!("{name}.safetensors")))
            .collect()
    }

    fn told(out: &mut impl Write, one: &Trained, time: Duration, path: &Path) -> io::Result<()> {
        let about = one.network.about();
        let early = if one.stopped_early { ", stopped early" } else { "" };
        writeln!(
            out,
            "{}: loss {:.5} ({:.5} above that of the exact score) after {} steps{early}, {:.1} s, {} bytes: {}",
            about.name,
            about.loss,
            one.excess,
            about.steps,
            time.as_secs_f64(),
            one.network.bytes().len(),
            path.display()
        )?;
        write!(out, "  relative error of the score where log(a²/s²) is")?;
        for (k, band) in one.bands.iter().enumerate() {
            let comma = if k == 0 { "" } else { ";" };
            write!(
                out,
                "{comma} {} to {}: {:.2} %",
                band.from,
                band.to,
                100.0 * band.error.sqrt()
            )?;
        }
        writeln!(out)
    }

    /// One row per model and look.
    fn table(target: &mut impl Write, trained: &[(Trained, Duration)]) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(target);
        table.write_record(["model", "step", "loss", "held_out", "excess"])?;
        for (one, _) in trained {
            for look in &one.looks {
                table.write_record([
                    one.network.about().name.clone(),
                    look.step.to_string(),
                    look.loss.to_string(),
                    look.held_out.to_string(),
                    look.excess.to_string(),
                ])?;
            }
        }
        table.flush()
    }

    impl From<TrainError> for Error {
        fn from(error: TrainError) -> Self {
            match error {
                TrainError::Stopped => Self::Stopped,
                other => Self::Train(other.to_string()),
            }
        }
    }
}
