//! Lectures: cards that bring a run into a state, say what there is to see, and check what they claim.
//!
//! A lecture is a RON file (see `presets/lectures/`). A card that names a preset or holds a scenario starts afresh; any other goes on
//! from where the one before it ended, with what it sets. Either way the state of a card is a function of the file alone
//! ([`Lecture::passage`]): cards can be entered in any order and show the same bits.
//!
//! ```
//! use wfr_lab::lecture::{Lecture, Rehearsal};
//!
//! let lecture = Lecture::from_ron(
//!     r#"(
//!         version: 1,
//!         title: "One card",
//!         cards: [(
//!             title: "Mass flows downhill",
//!             text: "KL falls.",
//!             preset: "double-well",
//!             set: ["particles=500"],
//!             to: 0.1,
//!             claims: [(says: "KL falls", that: "[WFR.kl] < [WFR.kl @ 0]")],
//!         )],
//!     )"#,
//!     "an example",
//! )?;
//! let finding = Rehearsal::new(&lecture).next().ok_or("no card")?.findings.remove(0);
//! assert!(finding.holds(), "{finding}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod file;
mod list;
mod measured;
mod passage;
mod plain;
mod quantity;
mod rehearsal;
mod show;
mod statement;

use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;
use crate::sim::Command;

pub use list::{BuiltIn, lectures};
pub use measured::Measured;
pub use passage::Passage;
pub use plain::plain;
pub use quantity::{Quantity, Source, What, When};
pub use rehearsal::{Played, Rehearsal};
pub use show::{Guess, Layer, Picture, Plot, Pointer, Section, Show, Term};
pub use statement::{Finding, Side, Statement};

/// The version of the file format written and read here.
pub const VERSION: u32 = 1;

/// Cards, from the first to the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lecture {
    /// The version of the file format.
    pub version: u32,
    /// What it is called.
    pub title: String,
    /// What it is about and for whom, in a sentence or two.
    #[serde(default)]
    pub about: String,
    /// About how long it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// The cards, at least one.
    pub cards: Vec<Card>,
}

/// One card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Card {
    /// Its heading.
    pub title: String,
    /// What the audience reads, in `CommonMark`, with formulas between dollars as `$\\rho \\propto e^{-V}$`.
    #[serde(deserialize_with = "file::text")]
    pub text: String,
    /// What only the speaker reads, in `CommonMark`, with formulas.
    #[serde(deserialize_with = "file::text", skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// Starts this built-in scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Starts this scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Box<Scenario>>,
    /// Starts again what was started last.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub restart: bool,
    /// Changes to the scenario as the card opens, as `--set` takes them: `"temperature=2"`, `"WFR.beta=0.5"`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    /// What else is done to the run as the card opens, after [`Card::set`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Command>,
    /// Model time at which the card opens; unless said, 0 after a start, else where the card before it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Model time to which the card plays, and at which its claims are judged; unless said, it holds where it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// What is on show.
    pub show: Show,
    /// What the card points at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point_at: Option<Pointer>,
    /// What the card claims, checked live.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// What the audience is asked before the card plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
}

/// A sentence and what makes it true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The sentence. It may have formulas.
    #[serde(deserialize_with = "file::text")]
    pub says: String,
    /// What is compared, at the time at which the card ends.
    pub that: Statement,
}

/// A question to the audience. The card waits where it opens until somebody goes on; then it plays, and the answer is shown where it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question. It may have formulas.
    #[serde(deserialize_with = "file::text")]
    pub ask: String,
    /// What is guessed.
    pub guess: Guess,
    /// What is said with the answer, in `CommonMark`, with formulas.
    #[serde(default, deserialize_with = "file::text")]
    pub answer: String,
}

impl Card {
    /// Whether it starts afresh.
    pub const fn starts(&self) -> bool {
        self.restart || self.preset.is_some() || self.scenario.is_some()
    }
}
