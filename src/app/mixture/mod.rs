//! The controls of a mixture of diffusion models, in place of those of flows.
//!
//! [`law`] is what is mixed and how, [`journey`] the way from noise to data, [`cards`] what each panel does on it, [`tracking`] where densities and divergences come from, [`mod@anew`] how an edit shows at
//! once though a run cannot change on its way, [`clock`] where on the way it is, [`fits`] what goes together.

mod anew;
mod cards;
mod clock;
mod fits;
mod journey;
mod law;
pub(super) mod motto;
mod tracking;

use crate::scenario::Scenario;

pub(super) use clock::{noise, place};

/// What the window remembers of mixtures.
#[derive(Debug)]
pub(super) struct Mixing {
    /// Whether an edit begins the run anew.
    pub(super) anew: bool,
    /// An edit that is not let go yet.
    edit: Option<anew::Held>,
    /// Where the run comes back to after an edit.
    goal: Option<anew::Goal>,
    /// The last draft of the other kind: flows where this is a mixture, a mixture where these are flows.
    other: Option<Box<Scenario>>,
}

impl Default for Mixing {
    fn default() -> Self {
        Self {
            anew: true,
            edit: None,
            goal: None,
            other: None,
        }
    }
}
