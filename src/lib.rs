//! wfr-lab: see Wasserstein–Fisher–Rao gradient flows.

pub mod chunks;
pub mod cli;
pub mod density;
pub mod engine;
pub mod ensemble;
pub mod flow;
pub mod history;
pub mod landscape;
pub mod observe;
pub mod params;
#[cfg(feature = "gui")]
pub mod render;
pub mod resample;
pub mod rng;
pub mod scenario;
pub mod sim;
pub mod snapshot;
pub mod space;
pub mod target;
pub mod vectorize;
