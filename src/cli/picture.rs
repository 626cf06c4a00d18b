//! The one place where the command line asks for a picture.

use super::Error;
use super::arguments::Render;
use crate::scenario::Scenario;

/// Runs to the time asked for, draws the interface as the window would and writes the file.
#[cfg(feature = "gui")]
pub(super) fn draw(scenario: Scenario, options: &Render) -> Result<(), Error> {
    use eframe::egui;

    use super::run;
    use crate::app::{App, Options};
    use crate::render::raster;
    use crate::sim::Simulation;

    /// Passes over the interface until sizes are known and animations have come to rest.
    const PASSES: usize = 30;

    let [width, height] = options.size.map(|side| side as f32);
    let longest = width.max(height) * options.scale;
    if longest > raster::MAX_SIDE as f32 {
        let most = raster::MAX_SIDE;
        return Err(Error::Picture(format!(
            "{longest} pixels are too many for a side: expected {most} at most"
        )));
    }
    // Said before the run, not after it.
    let folder = options.output.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(Error::Write {
            path: options.output.clone(),
            source: std::io::ErrorKind::NotFound.into(),
        });
    }
    let mut simulation = Simulation::new(scenario.clone());
    let steps = (options.at / scenario.dt).round() as u64;
    let bar = run::progress_bar(steps);
    for step in 1..=steps {
        run::step(&mut simulation)?;
        simulation.record();
        bar.set_position(step);
    }
    bar.finish_and_clear();

    let ctx = egui::Context::default();
    let look = Options {
        theme: options.theme.into(),
        ..Options::default()
    };
    let mut app = App::new(&ctx, simulation, scenario, look);
    let picture = raster::picture(&ctx, egui::vec2(width, height), options.scale, PASSES, |ui| app.ui(ui));
    picture.save(&options.output).map_err(|error| Error::Write {
        path: options.output.clone(),
        source: match error {
            image::ImageError::IoError(source) => source,
            other => std::io::Error::other(other),
        },
    })
}

#[cfg(feature = "gui")]
impl From<super::arguments::Theme> for crate::app::Theme {
    fn from(theme: super::arguments::Theme) -> Self {
        match theme {
            super::arguments::Theme::Light => Self::Light,
            super::arguments::Theme::Dark => Self::Dark,
        }
    }
}

/// Says that this build draws nothing.
#[cfg(not(feature = "gui"))]
pub(super) fn draw(_: Scenario, _: &Render) -> Result<(), Error> {
    Err(Error::Picture(
        "this program was built without its `gui` feature".to_owned(),
    ))
}
