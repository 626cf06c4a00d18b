//! wfr-lab: see Wasserstein–Fisher–Rao gradient flows.
