//! Runs that leave the program and come back: session files, and codes of one line.
//!
//! | what | holds | opens as |
//! |---|---|---|
//! | a scenario, `NAME.ron` | what a run depends on | a run at time 0 |
//! | a session, `NAME.wfr` ([`Session`]) | what was done, the bits of the state, the view | the same run, at once |
//! | a code, `wfr1:…` ([`Code`]) | what was done, and for how many steps | the same run, repeated to that step |
//!
//! What comes from outside is checked before it is used: versions, sums, sizes, ranges. A damaged or hostile file is a
//! sentence, never a panic and never a large piece of memory.

mod check;
mod code;
mod patch;
mod session;
mod view;

pub use code::{Code, CodeError, LONGEST, PREFIX};
pub use session::{Session, SessionError};
pub use view::ViewState;

/// The version of this program: another one need not compute the same bits.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");
