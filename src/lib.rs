//! wfr-lab: see Wasserstein–Fisher–Rao gradient flows.

pub mod flow;
pub mod params;
#[cfg(feature = "gui")]
pub mod render;
pub mod rng;
pub mod scenario;
pub mod space;
pub mod target;
pub mod vectorize;
