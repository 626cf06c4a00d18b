//! wfr-lab: see Wasserstein–Fisher–Rao gradient flows.

pub mod chunks;
pub mod ensemble;
pub mod params;
#[cfg(feature = "gui")]
pub mod render;
pub mod rng;
pub mod space;
pub mod target;
pub mod vectorize;
