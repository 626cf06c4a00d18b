//! Cutting a formula into numbers, names and signs.

use super::parse::FormulaError;

/// A piece of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token {
    /// First byte.
    pub(super) start: usize,
    /// The byte after the last one.
    pub(super) end: usize,
    pub(super) kind: Kind,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Name,
    Plus,
    Minus,
    Times,
    Over,
    Power,
    /// A small raised number, as in x².
    Exponent(f64),
    Open,
    Close,
    Comma,
    End,
}

/// All pieces, with [`Kind::End`] as the last. White space, also of several lines, only separates.
pub(super) fn scan(text: &str) -> Result<Vec<Token>, FormulaError> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let mut length = first.len_utf8();
        let kind = match first {
            c if c.is_whitespace() => {
                start += length;
                continue;
            }
            '+' => Kind::Plus,
            '-' | '−' => Kind::Minus,
            '*' if rest.starts_with("**") => {
                length = 2;
                Kind::Power
            }
            '*' | '·' | '×' => Kind::Times,
            '/' => Kind::Over,
            '^' => Kind::Power,
            '²' => Kind::Exponent(2.0),
            '³' => Kind::Exponent(3.0),
            '⁴' => Kind::Exponent(4.0),
            '(' => Kind::Open,
            ')' => Kind::Close,
            ',' => Kind::Comma,
            c if c.is_ascii_digit() || c == '.' => {
                length = number(rest);
                let value: f64 = rest[..length].parse().unwrap_or(f64::NAN);
                if !value.is_finite() {
                    let message = if value.is_nan() {
                        format!("`{}` is no number: expected one such as 1.5", &rest[..length])
                    } else {
                        "this number is too large: expected at most 1e308".to_owned()
                    };
                    return Err(FormulaError::new(text, start..start + length, message));
                }
                Kind::Number(value)
            }
            c if c.is_alphabetic() || c == '_' => {
                length = rest
                    .find(|c: char| (!c.is_alphanumeric() || is_raised(c)) && c != '_')
                    .unwrap_or(rest.len());
                Kind::Name
            }
            _ => return Err(FormulaError::new(text, start..start + length, meaningless(first))),
        };
        tokens.push(Token {
            start,
            end: start + length,
            kind,
        });
        start += length;
    }
    tokens.push(Token {
        start,
        end: start,
        kind: Kind::End,
    });
    Ok(tokens)
}

/// Raised digits count as letters to Unicode, but not in a formula.
const fn is_raised(c: char) -> bool {
    matches!(c, '²' | '³' | '⁴')
}

/// Length of a number: digits, a point, and an exponent only if digits follow its e.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(length) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits((length + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

fn meaningless(c: char) -> String {
    match c {
        '[' | ']' | '{' | '}' => format!("`{c}` has no meaning here: expected round brackets"),
        '=' => "`=` has no meaning here: expected U itself, and numbers of your own among the parameters".to_owned(),
        '|' => "`|` has no meaning here: expected abs(…)".to_owned(),
        '√' => "`√` has no meaning here: expected sqrt(…)".to_owned(),
        ';' => "`;` has no meaning here: expected a single formula".to_owned(),
        _ => format!("`{}` has no meaning here", c.escape_debug()),
    }
}
