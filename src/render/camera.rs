//! Where the window looks: one camera for all panels, and the way between the plane and the screen.
//!
//! Nothing here knows egui: the screen is a plane whose y runs downwards, in points.

use crate::space::{Point, Rect};

/// What all panels look at: a point of the plane and a magnification, the same along both axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The point of the plane in the middle of the picture.
    pub center: Point,
    /// Points of the screen per unit of length.
    pub scale: f64,
}

impl Camera {
    /// The closest look that still shows all of `view` on a picture of the given size.
    ///
    /// ```
    /// use wfr_lab::render::camera::Camera;
    /// use wfr_lab::space::{Point, Rect};
    /// let camera = Camera::fitting(Rect::new(-2.0, 2.0, -1.0, 1.0), Point::new(400.0, 400.0));
    /// assert_eq!(camera.scale, 100.0);
    /// assert_eq!(camera.center, Point::new(0.0, 0.0));
    /// ```
    pub fn fitting(view: Rect, size: Point) -> Self {
        let scale = (size.x / view.width()).min(size.y / view.height());
        Self {
            center: view.center(),
            scale: if scale.is_finite() && scale > 0.0 { scale } else { 1.0 },
        }
    }

    /// Magnified by `factor`, with the point `fixed` of the plane staying where it is on the screen.
    ///
    /// ```
    /// use wfr_lab::render::camera::Camera;
    /// use wfr_lab::space::{Point, Rect};
    /// let screen = Rect::new(10.0, 210.0, 0.0, 100.0);
    /// let camera = Camera { center: Point::new(0.5, 0.0), scale: 40.0 };
    /// let fixed = Point::new(1.0, -0.25);
    /// let before = camera.on(screen).screen_from_world(fixed);
    /// let after = camera.zoomed_about(fixed, 1.7).on(screen).screen_from_world(fixed);
    /// assert!((after - before).norm() < 1e-9);
    /// ```
    #[must_use]
    pub fn zoomed_about(self, fixed: Point, factor: f64) -> Self {
        let scale = (self.scale * factor).clamp(1e-3, 1e7);
        let shrink = self.scale / scale;
        Self {
            center: fixed + shrink * (self.center - fixed),
            scale,
        }
    }

    /// Moved so that the picture follows a drag of `by` points of the screen.
    ///
    /// ```
    /// use wfr_lab::render::camera::Camera;
    /// use wfr_lab::space::Point;
    /// let camera = Camera { center: Point::new(0.0, 0.0), scale: 50.0 };
    /// // Dragging to the right and down shows what lies to the left and above.
    /// assert_eq!(camera.dragged(Point::new(100.0, 50.0)).center, Point::new(-2.0, 1.0));
    /// ```
    #[must_use]
    pub fn dragged(self, by: Point) -> Self {
        let moved = Point::new(-by.x / self.scale, by.y / self.scale);
        Self {
            center: self.center + moved,
            scale: self.scale,
        }
    }

    /// This camera on one picture of the screen.
    pub fn on(self, screen: Rect) -> Projection {
        Projection { camera: self, screen }
    }
}

/// A camera on one picture: the way between the plane and the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// What is looked at.
    pub camera: Camera,
    /// The picture on the screen, y running downwards.
    pub screen: Rect,
}

impl Projection {
    /// Where a point of the plane appears.
    ///
    /// ```
    /// use wfr_lab::render::camera::Camera;
    /// use wfr_lab::space::{Point, Rect};
    /// let on = Camera { center: Point::new(0.0, 0.0), scale: 10.0 }.on(Rect::new(0.0, 100.0, 0.0, 100.0));
    /// assert_eq!(on.screen_from_world(Point::new(1.0, 1.0)), Point::new(60.0, 40.0));
    /// assert_eq!(on.world_from_screen(Point::new(60.0, 40.0)), Point::new(1.0, 1.0));
    /// ```
    #[inline(always)]
    pub fn screen_from_world(&self, p: Point) -> Point {
        let middle = self.screen.center();
        Point::new(
            middle.x + self.camera.scale * (p.x - self.camera.center.x),
            middle.y - self.camera.scale * (p.y - self.camera.center.y),
        )
    }

    /// The point of the plane under a place of the screen.
    pub fn world_from_screen(&self, s: Point) -> Point {
        let middle = self.screen.center();
        Point::new(
            self.camera.center.x + (s.x - middle.x) / self.camera.scale,
            self.camera.center.y - (s.y - middle.y) / self.camera.scale,
        )
    }

    /// The part of the plane that is in the picture.
    pub fn visible(&self) -> Rect {
        let half = Point::new(self.screen.width(), self.screen.height());
        let half = (0.5 / self.camera.scale) * half;
        Rect {
            min: self.camera.center - half,
            max: self.camera.center + half,
        }
    }
}

/// Round numbers between `low` and `high`, about `wanted` of them, each with its text.
///
/// ```
/// use wfr_lab::render::camera::ticks;
/// let texts: Vec<String> = ticks(-1.1, 1.1, 5).into_iter().map(|(_, text)| text).collect();
/// assert_eq!(texts, ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
/// ```
pub fn ticks(low: f64, high: f64, wanted: usize) -> Vec<(f64, String)> {
    let step = nice_step((high - low) / wanted.max(1) as f64);
    if !(step.is_finite() && step > 0.0 && low.is_finite() && high.is_finite()) {
        return Vec::new();
    }
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last)
        .take(200)
        .map(|k| {
            let value = k as f64 * step;
            (value, format!("{value:.decimals$}"))
        })
        .collect()
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `rough`.
///
/// ```
/// use wfr_lab::render::camera::nice_step;
/// assert_eq!(nice_step(0.3), 0.5);
/// assert_eq!(nice_step(11.0), 20.0);
/// ```
pub fn nice_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .iter()
        .map(|m| m * power)
        .find(|step| *step >= rough * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}
