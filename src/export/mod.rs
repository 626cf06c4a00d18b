//! What leaves the lab as a file: tables, pictures, films.
//!
//! A file appears whole or not at all ([`mod@file`]): whoever cancels, or whose disk is full, finds no half of one. Numbers in tables
//! ([`table`]) read back to the same bits. A [`Progress`] is shared by a thread that exports and by whoever watches it.

pub mod file;
#[cfg(feature = "gui")]
pub mod film;
pub mod table;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use file::{Draft, Failure};

/// How far an export has come, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    bytes: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// Says how much there is to do.
    pub fn expect(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    /// Says how much is done, and how many bytes that made.
    pub fn report(&self, done: u64, bytes: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// What is done, of how much; nothing of nothing before that is known.
    pub fn done(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// What is done, from 0 to 1.
    pub fn share(&self) -> f32 {
        let (done, total) = self.done();
        if total == 0 { 0.0 } else { done as f32 / total as f32 }
    }

    /// Bytes made so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Asks the export to stop. It ends soon and leaves no file.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
