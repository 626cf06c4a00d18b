//! Colour scales, as bytes: nothing here knows egui.

use colorgrad::{Color, Gradient as _, GradientBuilder, LinearGradient};

/// An opaque colour (red, green, blue).
pub type Rgb = [u8; 3];

/// A smooth scale of colours over [0, 1], blended evenly for the eye.
#[derive(Clone, Debug, PartialEq)]
pub struct Ramp(Vec<Rgb>);

impl Ramp {
    /// A scale through the given colours, evenly spaced.
    ///
    /// ```
    /// use wfr_lab::render::palette::Ramp;
    /// let ramp = Ramp::through(&[[0, 0, 0], [255, 255, 255]]);
    /// assert_eq!(ramp.at(0.0), [0, 0, 0]);
    /// assert_eq!(ramp.at(7.0), [255, 255, 255]);
    /// assert_eq!(ramp.at(f64::NAN), [255, 255, 255]);
    /// ```
    pub fn through(colors: &[Rgb]) -> Self {
        let stops: Vec<Color> = colors
            .iter()
            .map(|[r, g, b]| Color::from_rgba8(*r, *g, *b, 255))
            .collect();
        let built = GradientBuilder::new()
            .colors(&stops)
            .mode(colorgrad::BlendMode::Oklab)
            .build::<LinearGradient>();
        let table = match built {
            Ok(gradient) => (0..256)
                .map(|k| {
                    let [r, g, b, _] = gradient.at(k as f32 / 255.0).to_rgba8();
                    [r, g, b]
                })
                .collect(),
            // A single colour is no gradient; it is its own scale.
            Err(_) => vec![colors.first().copied().unwrap_or_default(); 256],
        };
        Self(table)
    }

    /// The colour at `t`; outside [0, 1] and for NaN the nearest end, NaN counting as large.
    pub fn at(&self, t: f64) -> Rgb {
        let k = if t.is_nan() {
            255
        } else {
            (t.clamp(0.0, 1.0) * 255.0 + 0.5) as usize
        };
        self.0[k]
    }
}
