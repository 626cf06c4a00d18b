//! The window by its accessibility labels, without a window: what a person can press must do what it says.
#![cfg(feature = "gui")]

mod controls;
mod equation;
mod everybody;
mod export;
mod fields;
mod files;
mod flux;
mod formula;
mod lab;
mod lecture;
mod looks;
mod mixture;
mod mixture_panels;
mod opened;
mod panels;
mod places;
mod reach;
mod scope;
mod seen;
mod select;
mod strip;
mod time;
mod tools;
mod undo;
mod verify;
