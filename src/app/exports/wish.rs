//! What is asked for in the dialog, and the name that it gets by itself.

use std::path::{Path, PathBuf};

use super::super::theme::Theme;
use super::camera::Reel;
use super::figure::Figure;
use super::jobs::place;
use crate::scenario::Scenario;
use crate::snapshot::Snapshot;

/// What kind of file is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// A picture of now.
    #[default]
    Picture,
    /// Pictures of some time.
    Film,
    /// Numbers.
    Table,
}

/// What numbers are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Table {
    /// All that was measured.
    #[default]
    History,
    /// Every particle of now.
    Particles,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(in super::super) struct Form {
    pub(in super::super) open: bool,
    pub(super) kind: Kind,
    pub(super) figure: Figure,
    pub(super) svg: bool,
    /// Of a picture, and of a film.
    pub(super) scales: [u8; 2],
    /// `None` is that of the window.
    pub(super) theme: Option<Theme>,
    pub(super) film: Figure,
    pub(super) gif: bool,
    pub(super) reel: Reel,
    pub(super) table: Table,
    pub(super) folder: PathBuf,
    pub(super) path: String,
    /// The path last suggested: another one was typed.
    pub(super) suggested: String,
    /// A file that is there already, and would be replaced.
    pub(super) replaces: Option<PathBuf>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            open: false,
            kind: Kind::Picture,
            figure: Figure::Window,
            svg: false,
            scales: [2, 1],
            theme: None,
            film: Figure::Panels,
            gif: true,
            reel: Reel {
                from: 0.0,
                to: 0.0,
                speed: 1.0,
                rate: 20.0,
            },
            table: Table::History,
            folder: folder(),
            path: String::new(),
            suggested: String::new(),
            replaces: None,
        }
    }
}

/// Where files go at first: the folder that the program was started in, or the user's own.
fn folder() -> PathBuf {
    let here = std::env::current_dir().ok().filter(|here| here.parent().is_some());
    here.or_else(std::env::home_dir).unwrap_or_default()
}

impl Form {
    /// Opens the dialog on a run.
    pub(super) fn begin(&mut self, snapshot: &Snapshot, scenario: &Scenario, selected: usize) {
        /// How long a film of a run is that has not begun (seconds).
        const SHOW: f64 = 10.0;
        self.open = true;
        self.replaces = None;
        let panels = snapshot.panels.len();
        for figure in [&mut self.figure, &mut self.film] {
            if matches!(figure, Figure::Panel(k) if *k >= panels) {
                *figure = Figure::Panel(selected.min(panels.saturating_sub(1)));
            }
        }
        self.reel.speed = scenario.speed;
        self.reel.from = 0.0;
        self.reel.to = if snapshot.time > 0.0 {
            snapshot.time
        } else {
            SHOW * scenario.speed
        };
    }

    /// The name that the file has by itself, other than of what is there or is being written (`taken`); what was typed stays.
    pub(super) fn suggest(&mut self, snapshot: &Snapshot, taken: &[PathBuf]) {
        let title = slug(&snapshot.scenario.title);
        let time = format!("t{:.2}", snapshot.time);
        let panel = |figure: Figure| match figure {
            Figure::Window => String::new(),
            Figure::Panels => "-panels".to_owned(),
            Figure::Panel(k) => {
                let name = snapshot.scenario.panels.get(k).map_or("", |flow| flow.name.as_str());
                format!("-{}", slug(name))
            }
            Figure::Plots => "-plots".to_owned(),
        };
        let name = match self.kind {
            Kind::Picture => format!("{title}{}-{time}", panel(self.figure)),
            Kind::Film if self.gif => format!("{title}{}", panel(self.film)),
            Kind::Film => format!("{title}{}-frames", panel(self.film)),
            Kind::Table => match self.table {
                Table::History => format!("{title}-measurements-{time}"),
                Table::Particles => format!("{title}-particles-{time}"),
            },
        };
        let ending = self.endings().first();
        let extension = ending.map_or_else(String::new, |ending| format!(".{ending}"));
        if self.path == self.suggested {
            let numbered = (2..).map(|k| format!("{name}-{k}{extension}"));
            let names = std::iter::once(format!("{name}{extension}")).chain(numbered);
            let mut paths = names.map(|name| self.folder.join(name));
            let free = paths.find(|path| !path.exists() && !taken.contains(&place(path)));
            self.path = free.unwrap_or_default().display().to_string();
            self.suggested.clone_from(&self.path);
        } else {
            // Another kind of file wants another ending, and a folder wants none. A model time in a name is none.
            let mut typed = PathBuf::from(&self.path);
            let known = |e: &std::ffi::OsStr| ["png", "svg", "gif", "csv"].iter().any(|k| e.eq_ignore_ascii_case(k));
            if typed.extension().is_some_and(known) {
                typed.set_extension("");
            }
            self.path = format!("{}{extension}", typed.display());
        }
    }

    /// How the file ends; a folder of pictures has no ending.
    pub(super) const fn endings(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Picture if self.svg => &["svg"],
            Kind::Picture => &["png"],
            Kind::Film if self.gif => &["gif"],
            Kind::Film => &[],
            Kind::Table => &["csv"],
        }
    }

    /// The file that was chosen in a dialog.
    pub(in super::super) fn choose(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.replaces = None;
    }

    /// The file that was asked for.
    pub(in super::super) fn path(&self) -> PathBuf {
        PathBuf::from(self.path.trim())
    }

    /// Pixels per point.
    pub(super) const fn scale(&self) -> f32 {
        self.scales[matches!(self.kind, Kind::Film) as usize] as f32
    }

    /// What is to be drawn, if anything is.
    pub(super) const fn drawn(&self) -> Option<Figure> {
        match self.kind {
            Kind::Picture => Some(self.figure),
            Kind::Film => Some(self.film),
            Kind::Table => None,
        }
    }
}

/// Letters and digits, small, with dashes between.
fn slug(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let text = words.map(str::to_lowercase).collect::<Vec<_>>().join("-");
    let short: String = text.chars().take(40).collect();
    if short.is_empty() {
        "run".to_owned()
    } else {
        short.trim_end_matches('-').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(slug("Two wells: a barrier of 7 kT"), "two-wells-a-barrier-of-7-kt");
        assert_eq!(slug("Fisher–Rao"), "fisher-rao");
        assert_eq!(slug("???"), "run");
    }
}
