//! Addressed randomness: every random number is a function of (seed, step, purpose, chunk).
//!
//! Nothing here remembers anything between calls, so a run gives the same bits whatever the number of threads, in the
//! window or headless, and panels that share a seed share their noise ("twin noise").
pub use rand_xoshiro::Xoshiro256PlusPlus as Stream;
