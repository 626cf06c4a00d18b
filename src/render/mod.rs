//! Pictures of the interface, drawn on the CPU so that they need no window and no driver.

pub mod raster;
