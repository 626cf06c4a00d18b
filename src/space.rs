//! Points, rectangles, grids and fields of the plane.
//!
//! One type, [`Point`], is both a point and a displacement: at this size two types buy nothing.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

/// A point of the plane, or a displacement between two points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, f64)", into = "(f64, f64)")]
pub struct Point {
    /// Horizontal coordinate.
    pub x: f64,
    /// Vertical coordinate.
    pub y: f64,
}

impl Point {
    /// The point (x, y).
    #[inline(always)]
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// Inner product of two displacements.
    #[inline(always)]
    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// Squared Euclidean length.
    #[inline(always)]
    pub fn norm_squared(self) -> f64 {
        self.dot(self)
    }

    /// Euclidean length.
    pub fn norm(self) -> f64 {
        self.norm_squared().sqrt()
    }

    /// Whether both coordinates are finite.
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

impl From<(f64, f64)> for Point {
    fn from((x, y): (f64, f64)) -> Self {
        Self { x, y }
    }
}

impl From<Point> for (f64, f64) {
    fn from(p: Point) -> Self {
        (p.x, p.y)
    }
}

impl Add for Point {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl AddAssign for Point {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Point {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Neg for Point {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(-self.x, -self.y)
    }
}

impl Mul<Point> for f64 {
    type Output = Point;
    #[inline(always)]
    fn mul(self, p: Point) -> Point {
        Point::new(self * p.x, self * p.y)
    }
}

/// A symmetric 2×2 matrix, mostly a covariance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, f64, f64)", into = "(f64, f64, f64)")]
pub struct Symmetric {
    /// Entry (x, x).
    pub xx: f64,
    /// Entries (x, y) and (y, x).
    pub xy: f64,
    /// Entry (y, y).
    pub yy: f64,
}

impl Symmetric {
    /// The matrix [[xx, xy], [xy, yy]].
    pub const fn new(xx: f64, xy: f64, yy: f64) -> Self {
        Self { xx, xy, yy }
    }

    /// The outer product p pᵀ.
    pub fn outer(p: Point) -> Self {
        Self::new(p.x * p.x, p.x * p.y, p.y * p.y)
    }

    /// Determinant.
    pub fn determinant(self) -> f64 {
        self.xx * self.yy - self.xy * self.xy
    }

    /// Whether the matrix is finite and positive definite, so that it can be a covariance.
    pub fn is_positive_definite(self) -> bool {
        self.xx > 0.0 && self.yy > 0.0 && self.determinant() > 0.0 && (self.xx + self.xy + self.yy).is_finite()
    }

    /// Inverse. The caller makes sure that the determinant is not zero.
    pub fn inverse(self) -> Self {
        let d = self.determinant();
        Self::new(self.yy / d, -self.xy / d, self.xx / d)
    }

    /// Matrix times vector.
    #[inline(always)]
    pub fn apply(self, p: Point) -> Point {
        Point::new(self.xx * p.x + self.xy * p.y, self.xy * p.x + self.yy * p.y)
    }

    /// Lower Cholesky factor (l11, l21, l22), so that `l lᵀ` is this matrix.
    pub fn cholesky(self) -> (f64, f64, f64) {
        let l11 = self.xx.sqrt();
        let l21 = self.xy / l11;
        (l11, l21, (self.yy - l21 * l21).sqrt())
    }

    /// The principal axes: the direction of the one nearer to x, and the roots of the eigenvalues along it and along the other, which
    /// is a quarter turn ahead. For a covariance these are standard deviations.
    pub fn axes(self) -> (Point, (f64, f64)) {
        let (middle, half) = (0.5 * (self.xx + self.yy), 0.5 * (self.xx - self.yy));
        let radius = (half * half + self.xy * self.xy).sqrt();
        let (larger, lying) = (middle + radius, half >= 0.0);
        // Without a difference, which would lose its digits.
        let smaller = self.determinant() / larger;
        let toward = Point::new(radius + half.abs(), if lying { self.xy } else { -self.xy });
        let length = toward.norm();
        let first = if length > 0.0 {
            (1.0 / length) * toward
        } else {
            Point::new(1.0, 0.0)
        };
        let (a, b) = if lying { (larger, smaller) } else { (smaller, larger) };
        (first, (a.max(0.0).sqrt(), b.max(0.0).sqrt()))
    }

    /// The matrix with these axes: `first` is a unit vector, the widths are roots of eigenvalues. The inverse of [`Symmetric::axes`].
    pub fn of_axes(first: Point, (a, b): (f64, f64)) -> Self {
        let second = Point::new(-first.y, first.x);
        Self::outer(first).scaled(a * a).plus(Self::outer(second).scaled(b * b))
    }

    /// The sum of two matrices.
    pub fn plus(self, other: Self) -> Self {
        Self::new(self.xx + other.xx, self.xy + other.xy, self.yy + other.yy)
    }

    /// A multiple of the matrix.
    pub fn scaled(self, c: f64) -> Self {
        Self::new(c * self.xx, c * self.xy, c * self.yy)
    }
}

impl From<(f64, f64, f64)> for Symmetric {
    fn from((xx, xy, yy): (f64, f64, f64)) -> Self {
        Self { xx, xy, yy }
    }
}

impl From<Symmetric> for (f64, f64, f64) {
    fn from(s: Symmetric) -> Self {
        (s.xx, s.xy, s.yy)
    }
}

/// An axis-parallel rectangle with `min < max` in both coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Lower left corner.
    pub min: Point,
    /// Upper right corner.
    pub max: Point,
}

impl Rect {
    /// The rectangle [x0, x1] × [y0, y1].
    pub const fn new(x0: f64, x1: f64, y0: f64, y1: f64) -> Self {
        Self {
            min: Point::new(x0, y0),
            max: Point::new(x1, y1),
        }
    }

    /// Width along x.
    pub fn width(&self) -> f64 {
        self.max.x - self.min.x
    }

    /// Height along y.
    pub fn height(&self) -> f64 {
        self.max.y - self.min.y
    }

    /// Centre.
    pub fn center(&self) -> Point {
        0.5 * (self.min + self.max)
    }

    /// Whether the point lies inside or on the border.
    #[inline(always)]
    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.min.x && p.x <= self.max.x && p.y >= self.min.y && p.y <= self.max.y
    }

    /// The smallest rectangle that holds both.
    #[must_use]
    pub fn hull(&self, other: Self) -> Self {
        Self {
            min: Point::new(self.min.x.min(other.min.x), self.min.y.min(other.min.y)),
            max: Point::new(self.max.x.max(other.max.x), self.max.y.max(other.max.y)),
        }
    }

    /// The rectangle scaled about its centre.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let c = self.center();
        let half = 0.5 * factor * (self.max - self.min);
        Self {
            min: c - half,
            max: c + half,
        }
    }
}

/// A grid of `nx` × `ny` equal cells over a rectangle; values live at cell centres, x runs fastest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// What the cells cover.
    pub rect: Rect,
    /// Cells along x.
    pub nx: usize,
    /// Cells along y.
    pub ny: usize,
}

impl Grid {
    /// A grid of `nx` × `ny` cells over `rect`.
    pub const fn new(rect: Rect, nx: usize, ny: usize) -> Self {
        Self { rect, nx, ny }
    }

    /// Number of cells.
    pub const fn len(&self) -> usize {
        self.nx * self.ny
    }

    /// Whether the grid has no cells.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cell size along x.
    pub fn dx(&self) -> f64 {
        self.rect.width() / self.nx as f64
    }

    /// Cell size along y.
    pub fn dy(&self) -> f64 {
        self.rect.height() / self.ny as f64
    }

    /// Centre of the cell in column `i`, row `j`.
    pub fn center(&self, i: usize, j: usize) -> Point {
        Point::new(
            self.rect.min.x + (i as f64 + 0.5) * self.dx(),
            self.rect.min.y + (j as f64 + 0.5) * self.dy(),
        )
    }

    /// Index of the cell holding the point; points outside belong to the nearest cell.
    #[inline(always)]
    pub fn nearest(&self, p: Point) -> usize {
        // Reciprocals, because they leave a loop over points; `as` saturates below at zero.
        let i = ((p.x - self.rect.min.x) * (1.0 / self.dx())) as usize;
        let j = ((p.y - self.rect.min.y) * (1.0 / self.dy())) as usize;
        j.min(self.ny - 1) * self.nx + i.min(self.nx - 1)
    }

    /// Evaluates a function at every cell centre.
    pub fn field(&self, f: impl Fn(Point) -> f64) -> Field {
        let values = (0..self.len())
            .map(|k| f(self.center(k % self.nx, k / self.nx)))
            .collect();
        Field { grid: *self, values }
    }
}

/// One number per cell of a grid, x running fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Where the cells are.
    pub grid: Grid,
    /// The values, `grid.len()` of them.
    pub values: Vec<f64>,
}

impl Field {
    /// A field of zeros.
    pub fn zeros(grid: Grid) -> Self {
        Self {
            grid,
            values: vec![0.0; grid.len()],
        }
    }

    /// Smallest and largest finite value, or `None` where there is none.
    pub fn range(&self) -> Option<(f64, f64)> {
        let finite = self.values.iter().copied().filter(|v| v.is_finite());
        finite.fold(None, |r, v| {
            Some(r.map_or((v, v), |(lo, hi): (f64, f64)| (lo.min(v), hi.max(v))))
        })
    }
}
