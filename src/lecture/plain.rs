//! Texts with formulas in LaTeX, `$\rho_t \propto \pi^{1-s}$`, as plain text: for terminals, and for who hears and does not see them.

/// A text with every formula between dollars written plainly. A dollar without a partner stays.
pub fn plain(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => all.push_str(&words.replace("\\$", "$")),
            Piece::Formula(latex, _) => all.push_str(&formula(latex)),
        }
    }
    all
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Words(&'a str),
    /// LaTeX, and whether it has a line of its own.
    #[cfg_attr(not(feature = "gui"), allow(dead_code, reason = "only what draws asks for lines"))]
    Formula(&'a str, bool),
}

/// Cuts a text at its formulas, as `CommonMark` readers do: no blank after the first dollar nor before the last.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut all, mut rest, mut from) = (Vec::new(), text, 0);
    while let Some(open) = rest[from..].find('$').map(|at| from + at) {
        let escaped = rest[..open].ends_with('\\');
        let sign = if rest[open..].starts_with("$$") { "$$" } else { "$" };
        let inside = &rest[open + sign.len()..];
        let close = inside.match_indices(sign).map(|(at, _)| at).find(|&at| {
            let latex = &inside[..at];
            let blank = sign == "$" && (latex.starts_with(char::is_whitespace) || latex.ends_with(char::is_whitespace));
            !latex.is_empty() && !blank && !latex.ends_with('\\')
        });
        match close.filter(|_| !escaped) {
            Some(close) => {
                if open > 0 {
                    all.push(Piece::Words(&rest[..open]));
                }
                all.push(Piece::Formula(&inside[..close], sign == "$$"));
                rest = &inside[close + sign.len()..];
                from = 0;
            }
            None => from = open + sign.len(),
        }
    }
    if !rest.is_empty() {
        all.push(Piece::Words(rest));
    }
    all
}

/// A formula in one line of plain text.
pub(super) fn formula(latex: &str) -> String {
    let mut reader = Reader { rest: latex };
    let text = reader.row(false);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Everything up to the end of the group or the text.
    fn row(&mut self, in_group: bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.rest.chars().next() {
            if c == '}' && in_group {
                self.rest = &self.rest[1..];
                break;
            }
            match c {
                '^' | '_' => {
                    self.rest = &self.rest[1..];
                    let script = self.argument();
                    let trimmed = text.trim_end().len();
                    text.truncate(trimmed);
                    text.push_str(&scripted(c, &script));
                }
                _ => text.push_str(&self.atom()),
            }
        }
        text
    }

    /// What one script or command takes.
    fn argument(&mut self) -> String {
        self.rest = self.rest.trim_start();
        self.atom()
    }

    /// A group, a command with what it takes, or a sign.
    fn atom(&mut self) -> String {
        let Some(c) = self.rest.chars().next() else {
            return String::new();
        };
        self.rest = &self.rest[c.len_utf8()..];
        match c {
            '{' => self.row(true),
            '\\' => self.command(),
            '-' => "−".to_owned(),
            '~' => " ".to_owned(),
            '&' => String::new(),
            '=' | '<' | '>' | '+' => format!(" {c} "),
            _ => c.to_string(),
        }
    }

    fn command(&mut self) -> String {
        let letters = self
            .rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(self.rest.len());
        if letters == 0 {
            let sign = self.rest.chars().next();
            self.rest = &self.rest[sign.map_or(0, char::len_utf8)..];
            return match sign {
                Some(',' | ';' | ':' | ' ' | '\\') => " ".to_owned(),
                Some('!') | None => String::new(),
                Some('|') => "||".to_owned(),
                Some(sign) => sign.to_string(),
            };
        }
        let (name, after) = self.rest.split_at(letters);
        // Blanks only end the name; but words go on.
        self.rest = after.trim_start();
        match name {
            "frac" | "tfrac" | "dfrac" => {
                let (over, under) = (self.argument(), self.argument());
                match (over.as_str(), under.as_str()) {
                    ("1", "2") => "½".to_owned(),
                    ("1", "4") => "¼".to_owned(),
                    _ => format!("{}/{}", grouped(&over), grouped(&under)),
                }
            }
            "sqrt" => format!("√{}", grouped(&self.argument())),
            "left" | "right" | "bigl" | "bigr" | "Bigl" | "Bigr" | "big" | "Big" | "biggl" | "biggr" => {
                let sign = self.argument();
                if sign == "." { String::new() } else { sign }
            }
            "quad" | "qquad" => "  ".to_owned(),
            "text" | "mathrm" | "operatorname" | "mathbb" | "mathbf" | "boldsymbol" | "mathcal" | "mathsf"
            | "mathit" | "hat" | "bar" | "tilde" | "vec" | "dot" | "overline" | "underline" | "mathop" => {
                self.argument()
            }
            "displaystyle" | "textstyle" | "limits" | "nolimits" => String::new(),
            _ => {
                let known = SIGNS.iter().find(|(of, _)| *of == name);
                known.map_or_else(|| format!("{name} "), |(_, sign)| (*sign).to_owned())
            }
        }
    }
}

/// Something raised or lowered.
fn scripted(sign: char, script: &str) -> String {
    let (plain, small) = if sign == '^' {
        ("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    } else {
        ("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    };
    let letter = |c: char| plain.chars().position(|p| p == c).and_then(|k| small.chars().nth(k));
    let all: Option<String> = script.trim().chars().map(letter).collect();
    all.filter(|all| !all.is_empty())
        .unwrap_or_else(|| format!("{sign}{}", grouped(script)))
}

/// In brackets, unless it is one thing.
fn grouped(text: &str) -> String {
    let text = text.trim();
    let whole = text.chars().count() == 1 || text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let bracketed = text.starts_with('(') && text.find(')') == Some(text.len() - 1);
    if whole || bracketed {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

/// What commands without anything to take stand for.
const SIGNS: [(&str, &str); 72] = [
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ϵ"),
    ("varepsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "ϕ"),
    ("varphi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Lambda", "Λ"),
    ("Sigma", "Σ"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
    ("nabla", "∇"),
    ("partial", "∂"),
    ("int", "∫ "),
    ("sum", "∑ "),
    ("prod", "∏ "),
    ("cdot", " · "),
    ("times", " × "),
    ("pm", " ± "),
    ("propto", " ∝ "),
    ("approx", " ≈ "),
    ("sim", " ~ "),
    ("simeq", " ≃ "),
    ("equiv", " ≡ "),
    ("ne", " ≠ "),
    ("neq", " ≠ "),
    ("le", " ≤ "),
    ("leq", " ≤ "),
    ("ge", " ≥ "),
    ("geq", " ≥ "),
    ("ll", " ≪ "),
    ("gg", " ≫ "),
    ("to", " → "),
    ("mapsto", " ↦ "),
    ("infty", "∞"),
    ("in", " ∈ "),
    ("mid", "|"),
    ("vert", "|"),
    ("lvert", "|"),
    ("rvert", "|"),
    ("Vert", "||"),
    ("lVert", "||"),
    ("rVert", "||"),
    ("langle", "⟨"),
    ("rangle", "⟩"),
    ("lbrace", "{"),
    ("rbrace", "}"),
    ("ldots", "…"),
    ("dots", "…"),
    ("cdots", "…"),
    ("circ", "∘"),
    ("star", "*"),
    ("prime", "′"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_told_as_one_would_write_them_in_a_line() {
        for (latex, expected) in [
            (r"\rho_t \propto \rho_0^s \pi^{1-s}", "ρ_t ∝ ρ₀^s π^(1−s)"),
            (
                r"dX = -\alpha\,\nabla V\,dt + \sqrt{2\alpha}\,dW",
                "dX = −α ∇V dt + √(2α) dW",
            ),
            (r"\frac{(\sum w)^2}{\sum w^2}", "((∑ w)²)/(∑ w²)"),
            (
                r"\mathrm{KL}(\rho|\pi) = \int \rho\,\log\frac{\rho}{\pi}",
                "KL(ρ|π) = ∫ ρ log ρ/π",
            ),
            (r"\left(\tfrac12 - m\right) e^{-\lambda_1 t}", "(½ − m) e^(−λ₁t)"),
            (r"\mathbb{E}\,\lvert\nabla V\rvert^2", "E |∇V|²"),
        ] {
            let told = formula(latex).replace(' ', "");
            assert_eq!(told, expected.replace(' ', ""), "{latex}: {}", formula(latex));
        }
        assert_eq!(formula(r"\rho_t \propto \pi"), "ρ_t ∝ π");
    }

    #[test]
    fn dollars_without_a_partner_stay() {
        assert_eq!(plain("costs 5$ or more"), "costs 5$ or more");
        assert_eq!(plain("costs 5\\$, not $x^2$."), "costs 5$, not x².");
        assert_eq!(plain("a $$x$$ b"), "a x b");
        assert_eq!(plain("5 $ and 6 $"), "5 $ and 6 $");
        assert_eq!(
            pieces("a $x$, $$y$$"),
            [
                Piece::Words("a "),
                Piece::Formula("x", false),
                Piece::Words(", "),
                Piece::Formula("y", true)
            ]
        );
    }
}
