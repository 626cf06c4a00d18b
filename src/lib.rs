//! wfr-lab: see Wasserstein–Fisher–Rao gradient flows.

#[cfg(feature = "gui")]
pub mod render;
