//! Formulas: what is typed means what mathematicians mean by it, and its derivatives are exact.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

use num_dual::{Dual2_64, DualNum as _};
use proptest::prelude::*;
use rand::SeedableRng as _;
use wfr_lab::continuum::{Verdict, enclosure};
use wfr_lab::flow::Flow;
use wfr_lab::landscape::Landscape;
use wfr_lab::params;
use wfr_lab::reference::Reference;
use wfr_lab::rng::Stream;
use wfr_lab::scenario::{Scenario, Start, presets};
use wfr_lab::sim::Simulation;
use wfr_lab::space::{Grid, Point, Rect};
use wfr_lab::target::{Formula, FormulaError, Own, Shape, Target};

const VIEW: Rect = Rect::new(-2.0, 2.0, -2.0, 2.0);

fn read(text: &str) -> Result<Formula, FormulaError> {
    Formula::new(text, Vec::new(), VIEW)
}

fn with(text: &str, own: &[&str]) -> Formula {
    let own = own.iter().map(|o| Own::read(o).unwrap()).collect();
    Formula::new(text, own, VIEW).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn twins_of_built_in_targets_agree_to_1e_12() {
    let mut twins = 0;
    for shape in Shape::all() {
        let Some(twin) = shape.formula() else { continue };
        twins += 1;
        let target = shape.target();
        let mut worst = [0.0_f64; 3];
        let grid = Grid::new(target.view(), 72, 54);
        let points: Vec<Point> = (0..grid.nx * grid.ny)
            .map(|k| grid.center(k % grid.nx, k / grid.nx))
            .collect();
        // Relative to what is typical: near its zeros a sum of large terms has only their digits.
        let scale = |f: &dyn Fn(Point) -> f64| 1e-3 * points.iter().map(|&p| f(p).abs()).fold(0.0, f64::max);
        let typical = [
            scale(&|p| target.energy(p)),
            scale(&|p| target.gradient(p).norm()),
            scale(&|p| target.laplacian(p)),
        ];
        for &p in &points {
            // There the built-in surface is continued by polynomials.
            let (dx, dy) = (p.x + 1.0, p.y - 1.0);
            let beyond = 0.7 * dx * dx + 0.6 * dx * dy + 0.7 * dy * dy > 6.0;
            if beyond && matches!(shape, Shape::MullerBrown(_)) {
                continue;
            }
            let (u, g, l) = (target.energy(p), target.gradient(p), target.laplacian(p));
            let errors = [
                (twin.energy(p) - u).abs() / (u.abs() + typical[0]),
                (twin.gradient(p) - g).norm() / (g.norm() + typical[1]),
                (twin.laplacian(p) - l).abs() / (l.abs() + typical[2]),
            ];
            for (worst, error) in worst.iter_mut().zip(errors) {
                *worst = worst.max(error);
            }
        }
        println!("{}: {worst:?}, steps {:?}", shape.name(), twin.steps());
        assert!(worst.iter().all(|&w| w < 1e-12), "{}: {worst:?}", shape.name());
        let names = |numbers: Vec<params::Entry>| numbers.into_iter().map(|n| n.0).collect::<Vec<_>>();
        assert_eq!(
            names(params::list(&mut twin.clone())),
            names(params::list(shape.clone().parameters()))
        );
    }
    assert!(twins >= 8, "{twins}");
}

/// An expression, by itself.
#[derive(Clone, Debug)]
enum Tree {
    Number(f64),
    X,
    Y,
    A,
    Negative(Box<Self>),
    Of(&'static str, Box<Self>),
    Two(char, Box<Self>, Box<Self>),
    Extreme(&'static str, Box<Self>, Box<Self>),
    /// A power with a constant exponent, or with the parameter.
    Power(Box<Self>, Option<f64>),
}

/// The value of the parameter.
const A: f64 = 1.7;

impl Tree {
    /// As few brackets as the rules of precedence allow.
    fn text(&self, least: u8) -> String {
        let (strength, text) = match self {
            Self::Number(n) => (5, format!("{n}")),
            Self::X => (5, "x".to_owned()),
            Self::Y => (5, "y".to_owned()),
            Self::A => (5, "a".to_owned()),
            Self::Negative(u) => (3, format!("-{}", u.text(3))),
            Self::Of(f, u) => (5, format!("{f}({})", u.text(0))),
            Self::Extreme(f, u, v) => (5, format!("{f}({}, {})", u.text(0), v.text(0))),
            Self::Two(sign @ ('+' | '-'), u, v) => (1, format!("{} {sign} {}", u.text(1), v.text(2))),
            Self::Two(sign, u, v) => (2, format!("{}{sign}{}", u.text(2), v.text(3))),
            Self::Power(u, Some(n)) => (4, format!("{}^{n}", u.text(5))),
            Self::Power(u, None) => (4, format!("{}^a", u.text(5))),
        };
        if strength < least { format!("({text})") } else { text }
    }

    /// The value with its derivatives along one axis; `largest` is the largest number on the way.
    fn at(&self, x: Dual2_64, y: Dual2_64, largest: &mut f64) -> Dual2_64 {
        let mut delicate = false;
        let mut of = |tree: &Self| tree.at(x, y, largest);
        let value = match self {
            Self::Number(n) => Dual2_64::from(*n),
            Self::X => x,
            Self::Y => y,
            Self::A => Dual2_64::from(A),
            Self::Negative(u) => -of(u),
            Self::Of(f, u) => {
                let u = of(u);
                // At the ends of where they are defined, functions make much of rounding.
                let edge = match *f {
                    "sqrt" | "ln" | "log10" | "abs" => u.re,
                    "asin" | "acos" => 1.0 - u.re.abs(),
                    _ => 1.0,
                };
                delicate |= edge.abs() < 1e-3;
                function(f, u)
            }
            Self::Two('+', u, v) => of(u) + of(v),
            Self::Two('-', u, v) => of(u) - of(v),
            Self::Two('*', u, v) => of(u) * of(v),
            Self::Two(_, u, v) => of(u) / of(v),
            Self::Extreme(f, u, v) => {
                let (u, v) = (of(u), of(v));
                // Kinks, the origin, and the line on which the angle jumps.
                delicate |= (u.re - v.re).abs() < 1e-6 || u.re.abs() < 1e-3 || v.re.abs() < 1e-3;
                match *f {
                    "min" if u.re <= v.re => u,
                    "max" if u.re >= v.re => u,
                    "atan2" => u.atan2(v),
                    "hypot" => (u * u + v * v).sqrt(),
                    _ => v,
                }
            }
            Self::Power(u, n) => {
                let u = of(u);
                delicate |= u.re.abs() < 1e-3;
                let one = Dual2_64::from(1.0);
                match *n {
                    Some(n) if n.fract() == 0.0 && n >= 0.0 => (0..n as i32).fold(one, |p, _| p * u),
                    Some(n) if n.fract() == 0.0 => (0..-n as i32).fold(one, |p, _| p / u),
                    Some(n) => u.powf(n),
                    None => u.powf(A),
                }
            }
        };
        for part in [value.re, value.v1, value.v2] {
            *largest = if part.is_finite() && !delicate {
                largest.max(part.abs())
            } else {
                f64::INFINITY
            };
        }
        value
    }
}

fn function(name: &str, u: Dual2_64) -> Dual2_64 {
    match name {
        "sqrt" => u.sqrt(),
        "exp" => u.exp(),
        "ln" => u.ln(),
        "log10" => u.log10(),
        "sin" => u.sin(),
        "cos" => u.cos(),
        "tan" => u.tan(),
        "asin" => u.asin(),
        "acos" => u.acos(),
        "atan" => u.atan(),
        "sinh" => u.sinh(),
        "cosh" => u.cosh(),
        "tanh" => u.tanh(),
        _ if u.re < 0.0 => -u,
        _ => u,
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        (1..40_u32).prop_map(|n| Tree::Number(f64::from(n) / 8.0)),
        Just(Tree::X),
        Just(Tree::Y),
        Just(Tree::A),
    ];
    leaf.prop_recursive(5, 40, 2, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let functions = [
            "sqrt", "exp", "ln", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "abs",
        ];
        let exponents = [-3.0, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 7.0, 0.3].map(Some);
        let exponent = prop_oneof![4 => prop::sample::select(exponents.to_vec()), 1 => Just(None)];
        let extremes = ["min", "max", "atan2", "hypot"];
        prop_oneof![
            boxed().prop_map(Tree::Negative),
            (prop::sample::select(functions.to_vec()), boxed()).prop_map(|(f, u)| Tree::Of(f, u)),
            (prop::sample::select(vec!['+', '-', '*', '/']), boxed(), boxed()).prop_map(|(s, u, v)| Tree::Two(s, u, v)),
            (prop::sample::select(extremes.to_vec()), boxed(), boxed()).prop_map(|(f, u, v)| Tree::Extreme(f, u, v)),
            (boxed(), exponent).prop_map(|(u, n)| Tree::Power(u, n)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    /// Against the dual numbers of another crate, along both axes.
    #[test]
    fn any_expression_has_the_value_and_the_derivatives_of_dual_numbers(
        tree in tree(), x in -2.0..2.0f64, y in -2.0..2.0f64,
    ) {
        let text = tree.text(0);
        let formula = with(&text, &["a = 1.7 in [-3, 3]"]);
        let mut largest = 1.0;
        let (fixed_x, fixed_y) = (Dual2_64::from(x), Dual2_64::from(y));
        let along_x = tree.at(fixed_x.derivative(), fixed_y, &mut largest);
        let along_y = tree.at(fixed_x, fixed_y.derivative(), &mut largest);
        if largest < 1e5 {
            let p = Point::new(x, y);
            let (u, g, l) = (formula.energy(p), formula.gradient(p), formula.laplacian(p));
            let tolerance = 1e-10 * largest * largest;
            let laplacian = along_x.v2 + along_y.v2;
            let errors = [u - along_x.re, g.x - along_x.v1, g.y - along_y.v1, l - laplacian];
            prop_assert!(
                errors.iter().all(|e| e.abs() <= tolerance),
                "{text} at ({x}, {y}): {u} {g:?} {l}, expected {} ({}, {}) {laplacian}",
                along_x.re, along_x.v1, along_y.v1
            );
        }
    }
}

#[test]
fn signs_and_powers_bind_as_in_mathematics() {
    let p = Point::new(3.0, 0.5);
    let cases = [
        ("-x^2", -9.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("2*-x", -6.0),
        ("2--x", 5.0),
        ("x**2", 9.0),
        ("1 - 2 - 3", -4.0),
        ("8/4/2", 1.0),
        ("2x", 6.0),
        ("2x^2", 18.0),
        ("-2x", -6.0),
        ("2(x + 1)", 8.0),
        ("(x + 1)(x - 1)", 8.0),
        ("2 sin(0) + 3y", 1.5),
        ("x²y", 4.5),
        ("x³ − 2·x", 21.0),
        ("2pi", std::f64::consts::TAU),
        ("τ - 2π", 0.0),
        ("1e2x", 300.0),
        ("2e", 2.0 * std::f64::consts::E),
        ("2e-1", 0.2),
        (".5x", 1.5),
        ("r^2", 9.25),
        ("min(x, y) + max(x, y)", 3.5),
        ("2^-x^2", 2.0_f64.powi(-9)),
        ("+x", 3.0),
        ("gauss(x - 3, y, 0.5)", (-0.5_f64).exp()),
        ("hypot(x, 4)", 5.0),
        ("atan2(x, x)", std::f64::consts::FRAC_PI_4),
        ("log(e)", 1.0),
        ("sign(-x) + abs(-y)", -0.5),
        ("x\n + y", 3.5),
    ];
    for (text, expected) in cases {
        let value = read(text).unwrap_or_else(|e| panic!("{text}: {e}")).energy(p);
        assert!(
            (value - expected).abs() < 1e-14 * (1.0 + expected.abs()),
            "{text} = {value}"
        );
    }
}

#[test]
fn mistakes_are_told_where_they_are() {
    let deep = format!("{}x{}", "(".repeat(100), ")".repeat(100));
    let long = "x+".repeat(3000);
    let cases: &[(&str, std::ops::Range<usize>, &str)] = &[
        ("", 0..0, "the formula is empty"),
        ("x +", 2..3, "ends after `+`"),
        ("x + * y", 4..5, "`*` follows `+`"),
        ("* x", 0..1, "nothing on its left"),
        ("(x + 1", 0..1, "never closed"),
        ("sin(x", 3..4, "never closed"),
        ("x + 1)", 5..6, "no bracket is open"),
        ("()", 1..2, "nothing before this bracket"),
        ("x + c*y", 4..5, "`c` is no known name"),
        ("siny(x)", 0..4, "did you mean `sin`?"),
        ("sqt(x)", 0..3, "did you mean `sqrt`?"),
        ("xy", 0..2, "write x*y"),
        ("x y", 2..3, "write x*y"),
        ("x(y + 1)", 0..1, "`x` is not a function"),
        ("sin x", 0..3, "needs its arguments in brackets: sin(x)"),
        ("min(x)", 0..3, "`min` takes 2 arguments, not 1"),
        ("sin(x, y)", 0..3, "`sin` takes 1 argument, not 2"),
        ("sin()", 4..5, "an argument is missing"),
        ("min(x,)", 6..7, "nothing before this bracket"),
        ("1/2x", 3..4, "two ways"),
        ("e^2x", 3..4, "two ways"),
        ("1,5*x", 1..2, "a decimal point is `.`"),
        ("(1,5)*x", 2..3, "a decimal point is `.`"),
        ("U = x", 2..3, "`=` has no meaning here"),
        ("x^2 + [y]", 6..7, "round brackets"),
        ("|x|", 0..1, "abs"),
        ("x $ y", 2..3, "`$` has no meaning"),
        ("1e999", 0..5, "too large"),
        ("2 3", 2..3, "two numbers"),
        ("ä + 1", 0..2, "`ä` is no known name"),
        (&deep, 60..61, "nested too deeply"),
        (&long, 6000..6000, "at most 4000"),
    ];
    for (text, place, part) in cases {
        let error = read(text).expect_err(text);
        let shown: String = text.chars().take(40).collect();
        assert!(error.message.contains(part), "{shown}: {}", error.message);
        assert_eq!(error.place, *place, "{shown}: {}", error.message);
    }
    assert_eq!(read("x + c*y").unwrap_err().unknown.as_deref(), Some("c"));
    assert_eq!(read("ä + c").unwrap_err().character, 1);
    assert_eq!(with("x", &["ä = 1"]).with_text("ä + c").unwrap_err().character, 5);
}

#[test]
fn parameters_are_read_with_their_ranges() {
    for (text, expected) in [
        ("a = 1 in [0, 3]", "a = 1 in [0, 3]"),
        ("a", "a = 1 in [0, 3]"),
        ("b=-2", "b = -2 in [-6, 0]"),
        ("c = 0", "c = 0 in [-1, 1]"),
        ("d = 2 in [0.1, 1e3] log", "d = 2 in [0.1, 1000] log"),
        ("d = 2 log", "d = 2 in [0.2, 20] log"),
        ("n = 3 in [1, 5] whole", "n = 3 in [1, 5] whole"),
        ("k = 1e-7 in [0, 1e-6]", "k = 1e-7 in [0, 1e-6]"),
    ] {
        assert_eq!(Own::read(text).unwrap().to_string(), expected);
    }
    for (text, part) in [
        ("", "expected a parameter such as"),
        ("7 = a", "is no name"),
        ("x = 1", "a meaning of its own"),
        ("sin = 1", "a meaning of its own"),
        ("u = 1", "part of the target"),
        ("a = b", "expected a number"),
        ("a = 1 in 0, 3", "square brackets"),
        ("a = 1 in [0 3]", "expected `,`"),
        ("a = 1 in [0, 3", "expected `]`"),
        ("a = 5 in [0, 3]", "expected a number from 0 to 3"),
        ("a = 1 in [3, 0]", "the smaller end first"),
        ("a = 1 in [0, 3] log", "begins above 0"),
        ("a = 1 in [0, 3] green", "`log` or `whole`"),
        ("a = 1.5 in [0, 3] whole", "a whole number"),
        ("a = 1 in [0, 3] log log", "expected nothing more"),
    ] {
        let error = Own::read(text).expect_err(text);
        assert!(error.message.contains(part), "{text}: {}", error.message);
    }
}

#[test]
fn moving_a_parameter_moves_the_potential() {
    let mut shape = Shape::Formula(with("a*x^n", &["a = 2 in [0, 3]", "n = 2 in [1, 4]"]));
    let p = Point::new(-1.5, 0.0);
    assert_eq!(shape.target().energy(p), 4.5);
    params::set(shape.parameters(), "a", 3.0).unwrap();
    params::set(shape.parameters(), "n", 3.0).unwrap();
    assert_eq!(
        (shape.target().energy(p), shape.target().gradient(p).x),
        (-10.125, 20.25)
    );
    params::set(shape.parameters(), "n", 2.5).unwrap();
    assert!(shape.target().energy(p).is_nan() && shape.target().gradient(p).x.is_nan());
    let error = params::set(shape.parameters(), "a", 4.0).unwrap_err().to_string();
    assert!(error.contains("from 0 to 3"), "{error}");
}

fn file(target: &str) -> String {
    format!(
        "(version: 1, title: \"t\",
 target: {target},
 start: Gaussian(mean: (0, 0), covariance: (1, 0, 1)),
 panels: [(name: \"L\", alpha: 1, beta: 1)],
)"
    )
}

#[test]
fn files_hold_formulas_and_mistakes_stand_at_their_place() {
    let good = r#"Formula(u: "a*x^2 + y^2", parameters: ["a = 2 in [1, 4] log"], view: ((-2, 2), (-3, 3)))"#;
    let scenario = Scenario::from_ron(&file(good), "f").unwrap();
    let again = Scenario::from_ron(&scenario.to_ron(), "again").unwrap();
    assert_eq!(again, scenario);
    assert_eq!(scenario.target.target().view(), Rect::new(-2.0, 2.0, -3.0, 3.0));
    // The column of the character that a caret stands over.
    for (target, caret, part) in [
        (r#"Formula(u: "x^2 + * y")"#, "* y", "`*` follows `+`"),
        (r#"Formula(u: "x^2 + c")"#, "c\"", "`c` is no known name"),
        (
            r#"Formula(u: "x^2", parameters: ["a = 1", "b = oh"])"#,
            "oh",
            "expected a number",
        ),
        (
            r#"Formula(view: ((0, 1), (0, 1)), u: "1 + c")"#,
            "c\"",
            "`c` is no known name",
        ),
        (r#"Formula(u: "x", a: 1)"#, "a: 1", "no field `a`"),
    ] {
        let error = Scenario::from_ron(&file(target), "f").unwrap_err();
        assert!(error.message.contains(part), "{target}: {error}");
        let column = 1 + " target: ".len() + target.find(caret).unwrap();
        assert_eq!((error.line, error.column), (2, column), "{target}: {error}");
    }
    let view = Scenario::from_ron(&file(r#"Formula(u: "x", view: ((1, 0), (0, 1)))"#), "f").unwrap_err();
    assert!(
        view.message.contains("the smaller end first") && view.line == 2,
        "{view}"
    );
}

#[test]
fn formulas_are_set_by_name() {
    let start = Start::Points(vec![Point::default()]);
    let mut s = Scenario::new(Shape::all()[0].clone(), start, vec![Flow::wfr()]);
    s.set("target", "Formula").unwrap();
    s.set("target.a", "3").unwrap();
    assert!(
        s.set("target.a", "13")
            .unwrap_err()
            .to_string()
            .contains("from 1 to 12")
    );
    let error = s.set("target.u", "a*x^2 + c*y^2").unwrap_err().to_string();
    assert!(
        error.contains("`c` is no known name") && error.contains("character 9"),
        "{error}"
    );
    s.set(
        "target.parameters",
        r#"["a = 2 in [1, 12]", "b = 1", "c = 3 in [0, 5]"]"#,
    )
    .unwrap();
    s.set("target.u", "a*x^2 + c*y^2").unwrap();
    s.set("target.view", "((-1, 1), (-2, 2))").unwrap();
    assert_eq!(s.target.target().energy(Point::new(1.0, 1.0)), 5.0);
    assert!(s.keys().contains(&"target.c".to_owned()) && s.keys().contains(&"target.u".to_owned()));
    let error = s.set("target.parameters", r#"["a = 2"]"#).unwrap_err().to_string();
    assert!(error.contains("`c` is no known name"), "{error}");
}

#[test]
fn no_text_brings_the_reader_down() {
    let pieces = [
        "x", "y", "r", "a", "bb", "(", ")", "(", ")", "+", "-", "*", "/", "^", "**", ",", "sin", "exp(", "min(",
        "gauss(", "atan2(", "sqrt(", "2", "0", "1e5", "1e", "3.", ".", "²", "π", "×", "=", "|", " ", "√", "[", "#",
        "é", "\0", "pi", "1e400", "\n", "𝑥", "_", "-1", "0.5", "max",
    ];
    let mut rng = Stream::seed_from_u64(20_261_122);
    let own = vec![Own::read("a = 0.5").unwrap()];
    let mut good = 0;
    for round in 0..100_000 {
        let length = rng.random_range(0..24);
        let text: String = if round % 4 == 0 {
            let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            (0..length).map(|_| pieces[rng.random_range(0..pieces.len())]).collect()
        };
        match Formula::new(&text, own.clone(), VIEW) {
            Ok(formula) => {
                good += 1;
                let p = Point::new(0.3, -0.7);
                let _ = (formula.energy(p), formula.gradient(p), formula.laplacian(p));
            }
            Err(error) => {
                let (start, end) = (error.place.start, error.place.end);
                assert!(
                    !error.message.is_empty() && start <= end && end <= text.len(),
                    "{text:?}: {error:?}"
                );
                assert!(
                    text.is_char_boundary(start) && text.is_char_boundary(end),
                    "{text:?}: {error:?}"
                );
            }
        }
        let _ = Own::read(&text);
    }
    println!("{good} of 100000 texts were formulas");
    assert!(good > 500, "{good}");
}

#[test]
fn the_law_is_in_the_view_or_it_is_said() {
    let seen = |text: &str| {
        let seen = enclosure(&Landscape::new(Shape::Formula(with(text, &[])), 1.0), VIEW);
        println!("{text}: {seen:?}");
        seen
    };
    assert_eq!(seen("8*(x^2 + y^2)").verdict, Verdict::Enclosed);
    // A normal law of unit variance: 1 − erf(√2)² of it is outside |x|, |y| ≤ 2.
    let Verdict::TooSmall(outside) = seen("(x^2 + y^2)/2").verdict else {
        panic!("a share of 0.089 lies outside")
    };
    assert!((outside - 0.088_9).abs() < 2e-3, "{outside}");
    for text in [
        "0",
        "x",
        "-x^2 - y^2",
        "sin(3x) + cos(3y)",
        "5*(x^2 - 1)^2",
        "-8*gauss(x, y, 0.5)",
        "ln(1 + r^2)",
        "8*x^2 + y^2 - x^4",
    ] {
        assert_eq!(seen(text).verdict, Verdict::Unbounded, "{text}");
    }
    assert!(matches!(seen("1.5*ln(1 + r^2)").verdict, Verdict::TooSmall(_)));
    assert_eq!(seen("sqrt(-1 - x^2)").verdict, Verdict::Nowhere);
    let half = seen("8*(x^2 + y^2) + ln(x)");
    assert_eq!((half.verdict, half.undefined), (Verdict::Enclosed, 0.5));
    // Of constant density, with a rim of a sixteenth at each side.
    assert!((seen("0").rim - (1.0 - 0.875_f64.powi(2))).abs() < 1e-12);
    for preset in presets() {
        let scenario = preset.scenario();
        let seen = enclosure(&scenario.landscape(), scenario.view());
        assert_eq!(seen.notice(), None, "{}: {seen:?}", preset.name);
    }
}

#[test]
fn where_a_formula_is_no_number_particles_lose_their_weight_and_the_run_goes_on() {
    for text in [
        "8*x^2 - ln(x) + y^2",
        "1/r + r^2",
        "sqrt(x) + 4*(x - 1)^2 + y^2",
        "sqrt(-1 - x^2)",
        "1/0 + 0*x",
        "-x^4 - y^4",
        "exp(exp(r^2))",
    ] {
        let start = Start::Uniform((-1.0, 2.0), (-1.0, 1.0));
        let flows = vec![
            Flow::new("Langevin", 1.0, 0.0),
            Flow::new("Fisher\u{2013}Rao", 0.0, 1.0),
            Flow::wfr(),
        ];
        let scenario = Scenario {
            particles: 500,
            dt: 0.005,
            ..Scenario::new(Shape::Formula(with(text, &[])), start, flows)
        };
        let (mut simulation, mut reference) = (Simulation::new(scenario.clone()), Reference::new(&scenario));
        for _ in 0..40 {
            if let Err(error) = simulation.step() {
                println!("{text}: {error}");
                break;
            }
        }
        simulation.record();
        reference.advance(simulation.time());
        let _ = reference.exact();
        for panel in 0..3 {
            let seen = simulation.observe(panel);
            assert!(
                seen.mean.x.is_finite() && seen.ess >= 1.0 && seen.kl >= 0.0,
                "{text}: {seen:?}"
            );
        }
    }
}
