//! From what egui tessellates to pixels.
