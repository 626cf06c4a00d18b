//! The mathematics of drawing, free of the window (camera, colour scales, landscape, isolines), and pictures of the interface
//! drawn on the CPU, as pixels or as paths, so that they need no window and no driver.

pub mod camera;
pub mod contours;
pub mod fonts;
pub mod landscape;
pub mod palette;
pub mod raster;
pub mod regions;
pub mod stage;
pub mod svg;
pub mod tex;
