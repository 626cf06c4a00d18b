//! Integrals and ordinary differential equations by the plainest methods, as independent routes to what is expected.

/// ∫ f over [from, to] by the trapezoidal rule with `n` intervals: for functions that vanish with all their derivatives at both ends
/// it converges faster than any power of the spacing.
pub(super) fn integral(from: f64, to: f64, n: usize, f: impl Fn(f64) -> f64) -> f64 {
    let h = (to - from) / n as f64;
    let inner: f64 = (1..n).map(|i| f(from + i as f64 * h)).sum();
    h * (inner + 0.5 * (f(from) + f(to)))
}

/// Integrals of several functions at once, over a rectangle, by the same rule in both directions.
pub(super) fn integrals<const K: usize>(
    x: (f64, f64),
    y: (f64, f64),
    (nx, ny): (usize, usize),
    f: impl Fn(f64, f64) -> [f64; K],
) -> [f64; K] {
    let (hx, hy) = ((x.1 - x.0) / nx as f64, (y.1 - y.0) / ny as f64);
    let mut sums = [0.0; K];
    for j in 0..=ny {
        let mut row = [0.0; K];
        for i in 0..=nx {
            let values = f(x.0 + i as f64 * hx, y.0 + j as f64 * hy);
            row.iter_mut().zip(values).for_each(|(s, v)| *s += v);
        }
        sums.iter_mut().zip(row).for_each(|(s, v)| *s += v * hx * hy);
    }
    sums
}

/// The solution at time `t` of y' = f(y) by the classical Runge–Kutta method in `n` steps: its error is of fourth order in t/n.
pub(super) fn runge_kutta<const K: usize>(
    start: [f64; K],
    t: f64,
    n: usize,
    f: impl Fn([f64; K]) -> [f64; K],
) -> [f64; K] {
    let h = t / n as f64;
    let shifted = |y: [f64; K], k: [f64; K], by: f64| std::array::from_fn(|i| y[i] + by * k[i]);
    (0..n).fold(start, |y, _| {
        let a = f(y);
        let b = f(shifted(y, a, 0.5 * h));
        let c = f(shifted(y, b, 0.5 * h));
        let d = f(shifted(y, c, h));
        std::array::from_fn(|i| y[i] + h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]))
    })
}

/// The derivative of f at x, by differences of fourth order.
pub(super) fn slope(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
}

/// The density of the normal law.
pub(super) fn normal(x: f64, mean: f64, variance: f64) -> f64 {
    (-(x - mean).powi(2) / (2.0 * variance)).exp() / (std::f64::consts::TAU * variance).sqrt()
}
