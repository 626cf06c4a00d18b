//! Reading formulas: what is typed becomes a graph, or one sentence about one place of the text.
//!
//! From weak to strong: `+ −`, `* /` and products without a sign (`2x`, `3(x + 1)`, `(x + 1)(x − 1)`), the minus before a number,
//! powers `^ **` from the right. So −x^2 is −(x^2), 2^3^2 is 2^(3^2), and 2^−1 is ½. Where readers disagree, as over `1/2x` or `e^2x`,
//! brackets are asked for.
//!
//! Written by hand because of the places and because no crate reads formulas this way: `exmex` takes −x^2 for (−x)^2, knows no 1e5, and
//! its errors have no place; the constants of `fidget` have 24 bits.

use super::graph::{Binary, Graph, Node, Unary};
use super::jet::Jet;
use super::scan::{Kind, Token, scan};

/// Why a text is not a formula: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (character {})", self.character)]
pub struct FormulaError {
    /// The place as bytes of the text.
    pub place: std::ops::Range<usize>,
    /// The place as the number of its first character, from 1.
    pub character: usize,
    /// What was found and what was expected, in one sentence without the place.
    pub message: String,
    /// A name that means nothing yet and could be a parameter.
    pub unknown: Option<String>,
}

impl FormulaError {
    pub(super) fn new(text: &str, place: std::ops::Range<usize>, message: impl Into<String>) -> Self {
        Self {
            character: 1 + text.get(..place.start).map_or(0, |before| before.chars().count()),
            place,
            message: message.into(),
            unknown: None,
        }
    }
}

/// Longest text of a formula, in bytes.
pub const LONGEST: usize = 4000;
/// Deepest nesting of brackets, signs and powers.
const DEEPEST: usize = 60;

/// Functions of one argument.
const FUNCTIONS: [(&str, Unary); 17] = [
    ("sqrt", Unary::Sqrt),
    ("exp", Unary::Exp),
    ("ln", Unary::Ln),
    ("log", Unary::Ln),
    ("log10", Unary::Log10),
    ("sin", Unary::Sin),
    ("cos", Unary::Cos),
    ("tan", Unary::Tan),
    ("asin", Unary::Asin),
    ("acos", Unary::Acos),
    ("atan", Unary::Atan),
    ("sinh", Unary::Sinh),
    ("cosh", Unary::Cosh),
    ("tanh", Unary::Tanh),
    ("abs", Unary::Abs),
    ("sign", Unary::Sign),
    ("sgn", Unary::Sign),
];

/// Functions of more: names, and what they take.
const OTHERS: [(&str, &str); 5] = [
    ("min", "min(a, b)"),
    ("max", "max(a, b)"),
    ("atan2", "atan2(y, x)"),
    ("hypot", "hypot(a, b)"),
    ("gauss", "gauss(dx, dy, sd)"),
];

/// Names of numbers.
const CONSTANTS: [(&str, f64); 5] = [
    ("pi", std::f64::consts::PI),
    ("π", std::f64::consts::PI),
    ("tau", std::f64::consts::TAU),
    ("τ", std::f64::consts::TAU),
    ("e", std::f64::consts::E),
];

/// Everything that has a name in every formula.
pub(super) fn built_in() -> impl Iterator<Item = &'static str> {
    let of = ["x", "y", "r"].into_iter().chain(CONSTANTS.map(|(name, _)| name));
    of.chain(FUNCTIONS.map(|(name, _)| name))
        .chain(OTHERS.map(|(name, _)| name))
}

/// What is known about names beside those that are built in.
pub(super) enum Names<'a> {
    /// These are the parameters.
    Only(&'a [&'a str]),
    /// Any name may turn out to be a parameter.
    Any,
}

/// Reads a text into a graph.
pub(super) fn parse(text: &str, names: &Names<'_>) -> Result<(Graph, Jet), FormulaError> {
    if text.len() > LONGEST {
        let (long, place) = (text.len(), text.len()..text.len());
        return Err(FormulaError::new(
            text,
            place,
            format!("the formula has {long} bytes: expected at most {LONGEST}"),
        ));
    }
    let tokens = scan(text)?;
    let mut parser = Parser {
        text,
        tokens,
        next: 0,
        names,
        graph: Graph::default(),
        depth: 0,
        open: Vec::new(),
        ambiguous: None,
    };
    let jet = parser.expression(0)?;
    match parser.peek().kind {
        Kind::End => Ok((parser.graph, jet)),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    names: &'a Names<'a>,
    graph: Graph,
    depth: usize,
    /// Brackets that are open.
    open: Vec<Token>,
    /// Why a product without a sign would be read differently by different people here.
    ambiguous: Option<&'static str>,
}

/// How strongly an operator holds its operands.
const SUM: u8 = 1;
const PRODUCT: u8 = 3;
const SIGN: u8 = 5;
const POWER: u8 = 7;

impl Parser<'_> {
    fn peek(&self) -> Token {
        self.tokens[self.next]
    }

    fn take(&mut self) -> Token {
        let token = self.tokens[self.next];
        // The last token is the end, which is never passed.
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    fn of(&self, token: Token) -> &str {
        &self.text[token.start..token.end]
    }

    fn error<T>(&self, token: Token, message: impl Into<String>) -> Result<T, FormulaError> {
        Err(FormulaError::new(self.text, token.start..token.end, message))
    }

    /// An expression whose operators all hold at least as strongly as `least`.
    fn expression(&mut self, least: u8) -> Result<Jet, FormulaError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.error(
                self.peek(),
                format!("this is nested too deeply: expected at most {DEEPEST} levels"),
            );
        }
        let mut left = self.operand()?;
        loop {
            let token = self.peek();
            let strength = match token.kind {
                Kind::Plus | Kind::Minus => SUM,
                Kind::Times | Kind::Over | Kind::Number(_) | Kind::Name | Kind::Open => PRODUCT,
                Kind::Power | Kind::Exponent(_) => POWER,
                Kind::Close | Kind::Comma | Kind::End => break,
            };
            if strength < least {
                break;
            }
            left = match token.kind {
                Kind::Plus | Kind::Minus => {
                    self.take();
                    let right = self.right_of(token, PRODUCT)?;
                    self.ambiguous = None;
                    if token.kind == Kind::Plus {
                        self.graph.sum(left, right)
                    } else {
                        self.graph.difference(left, right)
                    }
                }
                Kind::Times | Kind::Over => {
                    self.take();
                    let right = self.right_of(token, SIGN)?;
                    if token.kind == Kind::Times {
                        self.graph.product(left, right)
                    } else {
                        self.ambiguous = Some("below a fraction: write (1/2)*x or 1/(2*x)");
                        self.graph.quotient(left, right)
                    }
                }
                Kind::Exponent(n) => {
                    self.take();
                    self.ambiguous = None;
                    let exponent = self.number(n);
                    self.graph.raised(left, exponent)
                }
                Kind::Power => {
                    self.take();
                    let right = self.right_of(token, SIGN)?;
                    let bare = !matches!(self.tokens[self.next - 1].kind, Kind::Close);
                    self.ambiguous = bare.then_some("after a power: write e^(2*x) or e^2*x");
                    self.graph.raised(left, right)
                }
                _ => {
                    let right = self.unsigned_product(token)?;
                    self.graph.product(left, right)
                }
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The right factor of a product without a sign, which begins with this token.
    fn unsigned_product(&mut self, token: Token) -> Result<Jet, FormulaError> {
        let before = self.tokens[self.next - 1];
        let (left, right) = (self.of(before).to_owned(), self.of(token).to_owned());
        if let Some(why) = self.ambiguous {
            return self.error(token, format!("`{right}` can be read in two ways {why}"));
        }
        match (before.kind, token.kind) {
            (Kind::Number(_) | Kind::Close | Kind::Exponent(_), Kind::Name | Kind::Open) => self.expression(SIGN),
            (Kind::Name, Kind::Open) => self.error(
                before,
                format!("`{left}` is not a function: for a product write {left}*("),
            ),
            (Kind::Number(_), Kind::Number(_)) => {
                self.error(token, "two numbers follow one another: expected an operator between")
            }
            _ => self.error(
                token,
                format!("expected an operator before `{right}`: for a product write {left}*{right}"),
            ),
        }
    }

    /// The right operand of an operator.
    fn right_of(&mut self, operator: Token, least: u8) -> Result<Jet, FormulaError> {
        let sign = self.of(operator).to_owned();
        match self.peek().kind {
            Kind::End => self.error(
                operator,
                format!("the formula ends after `{sign}`: expected a number, a name or a bracket"),
            ),
            Kind::Close | Kind::Comma => {
                let found = self.of(self.peek()).to_owned();
                self.error(operator, format!("something is missing between `{sign}` and `{found}`"))
            }
            Kind::Times | Kind::Over | Kind::Power => {
                let found = self.of(self.peek()).to_owned();
                self.error(
                    self.peek(),
                    format!("`{found}` follows `{sign}`: expected a number, a name or a bracket"),
                )
            }
            _ => self.expression(least),
        }
    }

    fn operand(&mut self) -> Result<Jet, FormulaError> {
        let token = self.take();
        match token.kind {
            Kind::Number(value) => {
                self.ambiguous = None;
                Ok(self.number(value))
            }
            Kind::Name => self.named(token),
            Kind::Open => {
                let inside = self.bracket(token)?;
                self.close(token)?;
                Ok(inside)
            }
            Kind::Plus => self.right_of(token, SIGN),
            Kind::Minus => {
                let of = self.right_of(token, SIGN)?;
                Ok(self.graph.negative(of))
            }
            Kind::End => match self.open.last() {
                Some(&open) => self.error(open, "this bracket is never closed: expected `)` at the end"),
                None => self.error(token, "the formula is empty: expected U(x, y), such as x^2 + y^2"),
            },
            Kind::Close | Kind::Comma | Kind::Exponent(_) | Kind::Times | Kind::Over | Kind::Power => {
                self.next = self.next.saturating_sub(usize::from(token.kind != Kind::End));
                Err(self.unexpected())
            }
        }
    }

    /// What is wrong with a token that can stand neither for an operand nor after one.
    fn unexpected(&self) -> FormulaError {
        let token = self.peek();
        let found = self.of(token);
        let message = match token.kind {
            Kind::Close if self.open.is_empty() => "no bracket is open that this one could close".to_owned(),
            Kind::Close => "there is nothing before this bracket: expected a number, a name or a bracket".to_owned(),
            Kind::Comma if self.open.is_empty() => {
                "a comma separates the arguments of a function: a decimal point is `.`".to_owned()
            }
            Kind::End => "the formula ends too early: expected a number, a name or a bracket".to_owned(),
            _ => format!("`{found}` has nothing on its left: expected a number, a name or a bracket"),
        };
        FormulaError::new(self.text, token.start..token.end.max(token.start), message)
    }

    /// What stands in a bracket, up to its end or the next comma.
    fn bracket(&mut self, open: Token) -> Result<Jet, FormulaError> {
        self.open.push(open);
        let inside = self.expression(0)?;
        self.open.pop();
        self.ambiguous = None;
        Ok(inside)
    }

    fn close(&mut self, open: Token) -> Result<(), FormulaError> {
        match self.peek().kind {
            Kind::Close => {
                self.take();
                Ok(())
            }
            Kind::Comma => self.error(self.peek(), "this bracket holds one value: a decimal point is `.`"),
            _ => self.error(open, "this bracket is never closed: expected `)`"),
        }
    }

    fn number(&mut self, value: f64) -> Jet {
        self.graph.leaf(Node::Constant(value.to_bits()))
    }

    /// A coordinate, a constant, a parameter, or a function with its arguments.
    fn named(&mut self, token: Token) -> Result<Jet, FormulaError> {
        self.ambiguous = None;
        let name = self.of(token).to_owned();
        let followed = self.peek().kind == Kind::Open;
        if let Some(&(_, f)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
            let [u] = self.arguments(token, &format!("{name}(x)"))?;
            return Ok(self.graph.function(f, u));
        }
        if let Some((_, takes)) = OTHERS.iter().find(|(known, _)| *known == name) {
            return self.other(token, takes);
        }
        if let Some(&(_, value)) = CONSTANTS.iter().find(|(known, _)| *known == name) {
            return Ok(self.number(value));
        }
        match (name.as_str(), self.names) {
            ("x", _) => Ok(self.graph.leaf(Node::X)),
            ("y", _) => Ok(self.graph.leaf(Node::Y)),
            ("r", _) => {
                let (x, y) = (self.graph.leaf(Node::X), self.graph.leaf(Node::Y));
                Ok(self.length(x, y))
            }
            (_, Names::Any) if !followed => Ok(self.graph.leaf(Node::Parameter(0))),
            (_, Names::Only(names)) => match names.iter().position(|known| *known == name) {
                Some(k) => Ok(self.graph.leaf(Node::Parameter(k as u32))),
                None => Err(self.unknown(token, followed)),
            },
            (_, Names::Any) => Err(self.unknown(token, followed)),
        }
    }

    fn length(&mut self, u: Jet, v: Jet) -> Jet {
        let (uu, vv) = (self.graph.product(u, u), self.graph.product(v, v));
        let square = self.graph.sum(uu, vv);
        self.graph.function(Unary::Sqrt, square)
    }

    fn other(&mut self, token: Token, takes: &str) -> Result<Jet, FormulaError> {
        match self.of(token) {
            "gauss" => {
                let [dx, dy, sd] = self.arguments(token, takes)?;
                let (xx, yy, ss) = (
                    self.graph.product(dx, dx),
                    self.graph.product(dy, dy),
                    self.graph.product(sd, sd),
                );
                let (above, half) = (self.graph.sum(xx, yy), self.number(-0.5));
                let over = self.graph.quotient(above, ss);
                let exponent = self.graph.product(half, over);
                Ok(self.graph.function(Unary::Exp, exponent))
            }
            name => {
                let name = name.to_owned();
                let [u, v] = self.arguments(token, takes)?;
                Ok(match name.as_str() {
                    "min" => self.graph.extreme(Binary::Min, u, v),
                    "max" => self.graph.extreme(Binary::Max, u, v),
                    "atan2" => self.graph.angle(u, v),
                    _ => self.length(u, v),
                })
            }
        }
    }

    /// The N arguments of a function, in brackets.
    fn arguments<const N: usize>(&mut self, function: Token, takes: &str) -> Result<[Jet; N], FormulaError> {
        let open = self.peek();
        if open.kind != Kind::Open {
            let name = self.of(function).to_owned();
            return self.error(function, format!("`{name}` needs its arguments in brackets: {takes}"));
        }
        self.take();
        let mut arguments = Vec::new();
        if self.peek().kind == Kind::Close {
            return self.error(self.peek(), format!("an argument is missing: expected {takes}"));
        }
        loop {
            arguments.push(self.bracket(open)?);
            let token = self.peek();
            if token.kind == Kind::Comma {
                self.take();
            } else {
                self.close(open)?;
                let found = arguments.len();
                let count = |n: usize| {
                    if n == 1 {
                        "1 argument".to_owned()
                    } else {
                        format!("{n} arguments")
                    }
                };
                return <[Jet; N]>::try_from(arguments).or_else(|_| {
                    self.error(
                        function,
                        format!("`{}` takes {}, not {found}: {takes}", self.of(function), count(N)),
                    )
                });
            }
        }
    }

    /// A name that means nothing: what may have been meant.
    fn unknown(&self, token: Token, followed: bool) -> FormulaError {
        let name = self.of(token);
        let own: &[&str] = match self.names {
            Names::Only(names) => names,
            Names::Any => &[],
        };
        let functions = || FUNCTIONS.map(|(n, _)| n).into_iter().chain(OTHERS.map(|(n, _)| n));
        let close = if followed {
            closest(name, functions())
        } else {
            let own = closest(name, own.iter().copied());
            own.or_else(|| closest(name, built_in()))
        };
        let product = letters_of(name, own);
        let hint = match (close, product) {
            (_, Some(product)) if !followed => format!(": for a product write {product}"),
            (Some(close), _) => format!(": did you mean `{close}`?"),
            _ => String::new(),
        };
        let what = if followed { "function" } else { "name" };
        let mut error = FormulaError::new(
            self.text,
            token.start..token.end,
            format!("`{name}` is no known {what}{hint}"),
        );
        error.unknown = (!followed).then(|| name.to_owned());
        error
    }
}

/// The known name that is most like another, if any is.
fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    // A name of one letter is like no other: `a` is meant as it stands.
    let rated = known
        .filter(|known| known.len() > 1 && wanted.len() > 1)
        .map(|known| (strsim::jaro_winkler(&wanted, &known.to_lowercase()), known));
    let best = rated.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 > 0.8).then_some(best.1)
}

/// `xy` as x*y where every letter has a meaning of its own.
fn letters_of(name: &str, own: &[&str]) -> Option<String> {
    let known = |letter: &str| ["x", "y", "r"].contains(&letter) || own.contains(&letter);
    let letters: Vec<String> = name.chars().map(String::from).collect();
    (letters.len() > 1 && letters.iter().all(|letter| known(letter))).then(|| letters.join("*"))
}
