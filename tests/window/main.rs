//! The window by its accessibility labels, without a window: what a person can press must do what it says.
#![cfg(feature = "gui")]

mod controls;
mod lab;
mod opened;
mod panels;
mod time;
mod verify;
