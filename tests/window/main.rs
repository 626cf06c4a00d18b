//! The window by its accessibility labels, without a window: what a person can press must do what it says.
#![cfg(feature = "gui")]

mod controls;
mod export;
mod files;
mod flux;
mod formula;
mod lab;
mod looks;
mod opened;
mod panels;
mod select;
mod time;
mod tools;
mod undo;
mod verify;
