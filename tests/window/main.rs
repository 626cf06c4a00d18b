//! The window by its accessibility labels, without a window: what a person can press must do what it says.
#![cfg(feature = "gui")]

mod controls;
mod everybody;
mod export;
mod files;
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
