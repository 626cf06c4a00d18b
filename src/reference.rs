//! The exact solutions beside a run: the WFR equation on a grid for every panel, in lockstep with model time.

use std::sync::Arc;

use crate::continuum::Functionals;
use crate::observe::Observables;
use crate::space::Field;

/// The exact solutions of all panels at one model time.
#[derive(Clone, Debug)]
pub struct Exact {
    /// Model time.
    pub time: f64,
    /// One for each panel of the scenario, in order.
    pub panels: Vec<ExactPanel>,
}

/// The exact solution of one panel.
#[derive(Clone, Debug)]
pub enum ExactPanel {
    /// There is one.
    Solved(Solution),
    /// There is none, and why, as a sentence for the window.
    None(&'static str),
}

/// An exact solution and its past.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The density per area, on the solver's grid.
    pub density: Arc<Field>,
    /// The present measurements.
    pub now: Arc<ExactEntry>,
    /// Measurements at even intervals of model time since the start, oldest first; at the times of the particles' own history.
    pub history: Vec<Arc<ExactEntry>>,
}

/// What is measured of an exact solution at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactEntry {
    /// The law measured as if it were particles (binned and smoothed alike), to be compared with theirs number by number; what only
    /// particles have (ESS, births, …) is left at its default.
    pub observed: Observables,
    /// KL, Fisher information and variance of the solution itself, without any smoothing.
    pub functionals: Functionals,
}
