//! How fast a law forgets where it began: the slowest modes of the generator, and with a given growth.
//!
//! Langevin in V has the generator L = Δ − ∇V·∇. Its eigenfunctions −L φₖ = λₖ φₖ, 0 = λ₀ < λ₁ ≤ λ₂ ≤ …, are what decays: with h = ρ/π
//! near 1, ∂h/∂t = α L h − β(h − 1) for the WFR flow, so that near equilibrium every mode decays at the rate αλₖ + β, the law at the
//! rate αλ₁ + β and its KL at twice that ([`Rates::decay`](super::Rates::decay)). With a given growth g the law goes instead
//! to π φ₀, where φ₀ is the ground state of L + g, at the rate λ₁ − λ₀ of that operator.
//!
//! On a grid, walks between neighbouring cells have the rates of [`Continuum`](super::Continuum) (Scharfetter–Gummel), and none leads over
//! the border. So π ∝ e^{−V} is kept exactly, and in √π-scaled coordinates the matrix is symmetric. Its lowest modes are found by
//! inverting it: the sparse Cholesky factor of the slightly shifted matrix is applied to blocks of vectors, so that the modes
//! of a symmetric target, which come in pairs, are all found. The rates are then evaluated as sums of squares over the edges: also
//! a rate of e^{−20} has its digits, unless another one nearly as small is 10⁶ times larger.
//!
//! With a growth the rates are e^{−z/2}/h² for a rise z (the square-root approximation) instead: those of Scharfetter and Gummel are too low on
//! steep walls to hold against a growth like θ|∇V|², which would then make states there that do not exist. Both
//! are of second order in h; measured on wells with barriers of 1 to 8 kT and h = 1/16 to 1/32 the rate of crossing is off by 2/3 as much with
//! Scharfetter–Gummel, and the rates within a well by 3/2 as much.
//!
//! These figures are for display and for tests. They are no part of a run, and their last digits may differ between processors.

use faer::linalg::solvers::Solve as _;
use faer::sparse::linalg::solvers::Llt;
use faer::sparse::{SparseColMat, Triplet};
use faer::{Mat, MatRef, Side};

use super::rates::bernoulli_pair;
use crate::landscape::Landscape;
use crate::rng::{Purpose, Streams};
use crate::space::{Field, Grid, Point, Rect};
use crate::vectorize::exp;

/// The slowest modes of a generator.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// λ₀ ≤ λ₁ ≤ …, per unit of α (1/time). Without growth λ₀ = 0; with growth −λ₀ is the rate at which the total mass grows
    /// in the end, and may have either sign.
    pub rates: Vec<f64>,
    /// The eigenfunctions φₖ, whose mean square under π is 1; π is the law that Langevin alone would keep. Positive on the right; where a
    /// mode is even from left to right, at the top; where it is even there too, far out. φ₀ = 1 without growth.
    pub modes: Vec<Field>,
}

impl Spectrum {
    /// λ₁ − λ₀, at which the law converges in the end; 0 where only one mode was asked for.
    pub fn gap(&self) -> f64 {
        self.rates.get(1).map_or(0.0, |first| first - self.rates[0])
    }
}

/// Why there is no spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpectrumError {
    /// No modes were asked for, or more than a grid can tell apart.
    #[error("{0} modes are not possible: expected 1 to {MOST_MODES}")]
    Count(usize),
    /// The grid has few cells with mass, or too many altogether.
    #[error("a grid with {0} cells that have mass is not possible: expected {FEWEST_CELLS} to {MOST_CELLS}")]
    Cells(usize),
    /// A potential or growth that is no number where there is mass.
    #[error("the growth is no finite number everywhere that has mass")]
    Growth,
    /// The matrix could not be factorised.
    #[error("the matrix of the generator cannot be factorised")]
    Factor,
    /// The iteration ended without the accuracy it should have.
    #[error("the modes did not converge")]
    Converge,
}

const MOST_MODES: usize = 32;
const FEWEST_CELLS: usize = 400;
const MOST_CELLS: usize = 1 << 20;
/// Cells with V this far above its minimum have no mass that could be told from rounding, and are left out of the matrix.
const HIGHEST: f64 = 60.0;

/// The slowest `count` modes of Langevin in this landscape, on `cells` × `cells` cells over `rect`, without flux over the border.
///
/// The rectangle must hold nearly all of π: for a target, its view half as wide again ([`Rect::scaled`] by 1.5) and not the view itself, whose
/// border makes the rate of a Gaussian 1 % too large. A well must be three cells wide at least. Wells that are connected
/// only over more than 60 kT, or not at all, have rates of 0.
pub fn spectrum(landscape: &Landscape, rect: Rect, cells: usize, count: usize) -> Result<Spectrum, SpectrumError> {
    let grid = Grid::new(rect, cells, cells);
    check(grid, count)?;
    modes(&landscape.field(grid), None, count)
}

/// The same with a growth g, given per unit of α on its own grid: the modes of L + g.
pub fn spectrum_with_growth(landscape: &Landscape, growth: &Field, count: usize) -> Result<Spectrum, SpectrumError> {
    check(growth.grid, count)?;
    modes(&landscape.field(growth.grid), Some(&growth.values), count)
}

/// Langevin in (1 + θ)V, weighed back by g = θ(|∇V|² − ΔV) with β = α (see [`Rate::Corrected`](crate::flow::Rate::Corrected)). What decays is
/// h = ρ/π, and its generator is that of Langevin in (1 − θ)V, whose spectrum this is. On a grid both are the same but for
/// rounding if g is taken to be what keeps π there; with [`spectrum_with_growth`] and g at the cells they agree to second order.
pub fn corrected(
    landscape: &Landscape,
    theta: f64,
    rect: Rect,
    cells: usize,
    count: usize,
) -> Result<Spectrum, SpectrumError> {
    spectrum(&landscape.steepened(-theta), rect, cells, count)
}

fn check(grid: Grid, count: usize) -> Result<(), SpectrumError> {
    if !(1..=MOST_MODES).contains(&count) {
        return Err(SpectrumError::Count(count));
    }
    let cells = grid.nx.saturating_mul(grid.ny);
    if !(FEWEST_CELLS..=MOST_CELLS).contains(&cells) {
        return Err(SpectrumError::Cells(cells));
    }
    Ok(())
}

fn modes(potential: &Field, growth: Option<&[f64]>, count: usize) -> Result<Spectrum, SpectrumError> {
    let generator = Generator::new(potential, growth)?;
    let vectors = generator.lowest(count)?;
    let mut modes: Vec<(f64, Field)> = vectors.iter().map(|u| (generator.rate(u), generator.mode(u))).collect();
    modes.sort_by(|a, b| a.0.total_cmp(&b.0));
    if growth.is_none() {
        modes[0].0 = 0.0; // and not its rounding
    }
    let (rates, modes) = modes.into_iter().unzip();
    Ok(Spectrum { rates, modes })
}

/// −(L + g) between the cells that have mass, numbered one after the other.
struct Generator {
    grid: Grid,
    /// V − min V in every cell of the grid.
    height: Vec<f64>,
    /// Where the cells with mass are, rising.
    cells: Vec<usize>,
    /// g at the cells with mass; empty without growth.
    growth: Vec<f64>,
    /// Pairs of neighbours with mass, the square root of the rate there and back, (from, to, there, back).
    edges: Vec<(usize, usize, f64, f64)>,
    /// √π at the cells with mass.
    root: Vec<f64>,
}

impl Generator {
    fn new(potential: &Field, growth: Option<&[f64]>) -> Result<Self, SpectrumError> {
        let grid = potential.grid;
        let (floor, _) = potential.range().ok_or(SpectrumError::Cells(0))?;
        let height: Vec<f64> = potential.values.iter().map(|v| v - floor).collect();
        let cells: Vec<usize> = (0..grid.len()).filter(|&k| height[k] <= HIGHEST).collect();
        if cells.len() < FEWEST_CELLS {
            return Err(SpectrumError::Cells(cells.len()));
        }
        let growth: Vec<f64> = growth.map_or_else(Vec::new, |g| cells.iter().map(|&k| g[k]).collect());
        if growth.iter().any(|g| !g.is_finite()) {
            return Err(SpectrumError::Growth);
        }
        let mut number = vec![usize::MAX; grid.len()];
        for (i, &k) in cells.iter().enumerate() {
            number[k] = i;
        }
        let mut edges = Vec::with_capacity(2 * cells.len());
        for (i, &k) in cells.iter().enumerate() {
            let right = (k % grid.nx + 1 < grid.nx).then(|| (k + 1, grid.dx()));
            let above = (k / grid.nx + 1 < grid.ny).then(|| (k + grid.nx, grid.dy()));
            for (next, width) in [right, above].into_iter().flatten() {
                if number[next] != usize::MAX {
                    let rise = height[next] - height[k];
                    let (there, back) = if growth.is_empty() {
                        let (there, back) = bernoulli_pair(rise);
                        (there.sqrt(), back.sqrt())
                    } else {
                        let there = exp(-0.25 * rise);
                        (there, 1.0 / there)
                    };
                    edges.push((i, number[next], there / width, back / width));
                }
            }
        }
        let mut root: Vec<f64> = cells.iter().map(|&k| exp(-0.5 * height[k])).collect();
        let norm = root.iter().map(|r| r * r).sum::<f64>().sqrt();
        root.iter_mut().for_each(|r| *r /= norm);
        Ok(Self {
            grid,
            height,
            cells,
            growth,
            edges,
            root,
        })
    }

    /// Orthonormal eigenvectors u = φ√π of the lowest modes.
    fn lowest(&self, count: usize) -> Result<Vec<Vec<f64>>, SpectrumError> {
        // Without growth the lowest mode is known, and the others are sought beside it.
        let known: Vec<&[f64]> = if self.growth.is_empty() {
            vec![&self.root]
        } else {
            Vec::new()
        };
        let mut vectors: Vec<Vec<f64>> = known.iter().map(|u| u.to_vec()).collect();
        let wanted = count - known.len();
        if wanted > 0 {
            let found = slowest(&self.factor()?, &known, self.cells.len(), wanted)?;
            vectors.extend((0..wanted).map(|k| found.col_as_slice(k).to_vec()));
        }
        Ok(vectors)
    }

    /// The factor of −(L + g) + shift in √π-scaled coordinates, where it is symmetric.
    fn factor(&self) -> Result<Llt<usize, f64>, SpectrumError> {
        let mut diagonal: Vec<f64> = if self.growth.is_empty() {
            vec![0.0; self.cells.len()]
        } else {
            self.growth.iter().map(|g| -g).collect()
        };
        let mut beside = vec![0.0; self.cells.len()];
        let mut entries = Vec::with_capacity(3 * self.cells.len());
        for &(i, j, there, back) in &self.edges {
            diagonal[i] += there * there;
            diagonal[j] += back * back;
            beside[i] += there * back;
            beside[j] += there * back;
            entries.push(Triplet::new(j, i, -there * back));
        }
        // Gershgorin: no eigenvalue lies lower. Without growth the lowest is 0.
        let lowest = if self.growth.is_empty() {
            0.0
        } else {
            let bounds = diagonal.iter().zip(&beside).map(|(d, b)| d - b);
            bounds.fold(f64::INFINITY, f64::min)
        };
        // A tenth of the rate of free diffusion over the rectangle, below which only barriers make modes.
        let (width, height) = (self.grid.rect.width(), self.grid.rect.height());
        let shift = 1.0 / (width * width + height * height) - lowest;
        entries.extend(diagonal.iter().enumerate().map(|(i, d)| Triplet::new(i, i, d + shift)));
        let n = self.cells.len();
        let matrix = SparseColMat::try_new_from_triplets(n, n, &entries).map_err(|_| SpectrumError::Factor)?;
        matrix.sp_cholesky(Side::Lower).map_err(|_| SpectrumError::Factor)
    }

    /// The rate of a mode: the sum of π q (φ − φ′)² over the edges, q the rate along an edge, less that of π g φ². Nothing cancels without growth.
    fn rate(&self, u: &[f64]) -> f64 {
        let slope = |&(i, j, there, back): &(usize, usize, f64, f64)| u[i] * there - u[j] * back;
        let walked: f64 = self.edges.iter().map(|edge| slope(edge) * slope(edge)).sum();
        let grown: f64 = self.growth.iter().zip(u).map(|(g, u)| g * u * u).sum();
        let norm: f64 = u.iter().map(|u| u * u).sum();
        (walked - grown) / norm
    }

    /// φ = u/√π with its sign fixed, and continued into the cells without mass.
    fn mode(&self, u: &[f64]) -> Field {
        let mut field = Field::zeros(self.grid);
        let sign = self.sign(u);
        for ((&k, u), r) in self.cells.iter().zip(u).zip(&self.root) {
            field.values[k] = sign * u / r;
        }
        self.fill(&mut field);
        field
    }

    /// The sign that makes a mode positive on the right, else at the top, else far out.
    fn sign(&self, u: &[f64]) -> f64 {
        const NOTICED: f64 = 1e-6;
        let center = |k: usize| self.grid.center(k % self.grid.nx, k / self.grid.nx);
        let middle = self.grid.rect.center();
        let directions: [fn(Point) -> f64; 5] = [|p| p.x, |p| p.y, |p| p.norm_squared(), |p| p.x * p.y, |p| p.x * p.x];
        for along in directions {
            let (mut with, mut size) = (0.0, 0.0);
            for ((&k, u), r) in self.cells.iter().zip(u).zip(&self.root) {
                let value = along(center(k) - middle);
                with += u * r * value;
                size += r * r * value * value;
            }
            if with.abs() > NOTICED * size.sqrt() {
                return with.signum();
            }
        }
        1.0
    }

    /// Cells without mass: whoever starts there runs down at once, so that the mode has the value of the lower neighbours.
    fn fill(&self, field: &mut Field) {
        let (nx, ny) = (self.grid.nx, self.grid.ny);
        let mut left: Vec<usize> = (0..self.grid.len())
            .filter(|&k| self.height[k] > HIGHEST || self.height[k].is_nan())
            .collect();
        left.sort_by(|&a, &b| self.height[a].total_cmp(&self.height[b]));
        let mut known = vec![true; self.grid.len()];
        left.iter().for_each(|&k| known[k] = false);
        for k in left {
            let (i, j) = (k % nx, k / nx);
            let neighbours = [
                (i > 0).then(|| k.wrapping_sub(1)),
                (i + 1 < nx).then_some(k + 1),
                (j > 0).then(|| k.wrapping_sub(nx)),
                (j + 1 < ny).then_some(k + nx),
            ];
            let lower = neighbours.into_iter().flatten().filter(|&n| known[n]);
            let lowest = lower.min_by(|&a, &b| self.height[a].total_cmp(&self.height[b]));
            field.values[k] = lowest.map_or(0.0, |n| field.values[n]);
            known[k] = true;
        }
    }
}

/// The eigenvectors of the largest eigenvalues of the inverse S, orthogonal to the known ones: block Lanczos with
/// full orthogonalisation, until each u is one to `TOLERANCE`; restarted from the best vectors where that takes long.
fn slowest(inverse: &Llt<usize, f64>, known: &[&[f64]], n: usize, wanted: usize) -> Result<Mat<f64>, SpectrumError> {
    /// A few more vectors than are wanted make the wanted ones converge sooner.
    const SPARE: usize = 3;
    /// Blocks of a basis.
    const DEPTH: usize = 10;
    const RESTARTS: usize = 100;
    /// |S u − θ u|/θ. The rate, a quotient, has the square of it as its error.
    const TOLERANCE: f64 = 1e-11;
    let width = wanted + SPARE;
    let mut basis = Mat::zeros(n, known.len() + DEPTH * width);
    for (j, u) in known.iter().enumerate() {
        basis.col_as_slice_mut(j).copy_from_slice(u);
    }
    let mut block = Mat::zeros(n, width);
    let mut unused = vec![0.0; n];
    for k in 0..width {
        let mut normals = Streams::new(0).normals(0, Purpose::Start, k);
        normals.fill(block.col_as_slice_mut(k), &mut unused);
    }
    for _ in 0..RESTARTS {
        // S seen by the basis.
        let mut seen = Mat::<f64>::zeros(DEPTH * width, DEPTH * width);
        (block, ..) = orthonormal(block, basis.as_ref().subcols(0, known.len()));
        for depth in 0..DEPTH {
            let (before, size) = (known.len() + depth * width, (depth + 1) * width);
            for k in 0..width {
                basis
                    .col_as_slice_mut(before + k)
                    .copy_from_slice(block.col_as_slice(k));
            }
            let all = basis.as_ref().subcols(0, before + width);
            let (next, overlap, rest) = orthonormal(inverse.solve(&block), all);
            let columns = overlap.subrows(known.len(), size);
            seen.as_mut()
                .submatrix_mut(0, depth * width, size, width)
                .copy_from(columns);
            // Only the upper triangle is read.
            let eigen = seen
                .as_ref()
                .submatrix(0, 0, size, size)
                .self_adjoint_eigen(Side::Upper)
                .map_err(|_| SpectrumError::Converge)?;
            // Eigenvalues rise; the largest are wanted, largest first.
            let best = eigen.U().subcols(size - width, width).reverse_cols();
            let missed = rest * best.subrows(size - width, width);
            let value = |k: usize| eigen.S()[size - 1 - k];
            let converged = (0..wanted).all(|k| missed.col(k).norm_l2() <= TOLERANCE * value(k));
            if converged || depth + 1 == DEPTH {
                block = all.subcols(known.len(), size) * best;
            } else {
                block = next;
            }
            if converged {
                return Ok(block);
            }
        }
    }
    Err(SpectrumError::Converge)
}

/// Splits a block into what lies in a space with this orthonormal basis and what does not: block = basis · overlap + new · rest, with the
/// columns of `new` orthonormal and orthogonal to the basis.
fn orthonormal(block: Mat<f64>, basis: MatRef<'_, f64>) -> (Mat<f64>, Mat<f64>, Mat<f64>) {
    let once = |block: Mat<f64>| {
        let overlap = basis.transpose() * &block;
        let rest = block - basis * &overlap;
        let qr = rest.qr();
        (qr.compute_thin_Q(), overlap, qr.thin_R().to_owned())
    };
    // Twice: what is left after the first time may be mostly rounding.
    let (block, overlap, rest) = once(block);
    let (new, again, scale) = once(block);
    (new, overlap + again * &rest, scale * rest)
}
