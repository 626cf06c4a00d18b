//! Where in a text something stands.
//!
//! The RON reader knows how far it had read when an error was found. That is behind the value that is wrong, or before a
//! bracket that closes a list of fields in which one is missing. The few tokens here lead from there to the place a
//! reader of the message wants to see. They are made only once there is an error.

/// What a token is, as far as finding places needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Name,
    Text,
    Other,
}

/// A piece of the text without white space and comments around it.
#[derive(Clone, Copy, Debug)]
struct Token {
    start: usize,
    end: usize,
    kind: Kind,
}

/// The tokens of a RON text. Broken texts have tokens too.
pub(crate) struct Places<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Places<'a> {
    /// Cuts the text into tokens.
    pub(super) fn of(text: &'a str) -> Self {
        let mut tokens = Vec::new();
        let mut start = 0;
        while let Some(first) = text[start..].chars().next() {
            let rest = &text[start..];
            let (kind, length) = if rest.starts_with("//") {
                (None, rest.find('\n').unwrap_or(rest.len()))
            } else if rest.starts_with("/*") {
                (None, block_comment(rest))
            } else if first.is_whitespace() {
                (None, first.len_utf8())
            } else if matches!(first, '(' | '[' | '{') {
                (Some(Kind::Open), 1)
            } else if matches!(first, ')' | ']' | '}') {
                (Some(Kind::Close), 1)
            } else if first == '"' {
                (Some(Kind::Text), quoted(rest))
            } else if matches!(first, ',' | ':') {
                (Some(Kind::Other), 1)
            } else {
                let ends = |c: char| c.is_whitespace() || "()[]{},:\"".contains(c);
                let name = first.is_alphabetic() || first == '_';
                let length = rest.find(ends).unwrap_or(rest.len());
                (Some(if name { Kind::Name } else { Kind::Other }), length)
            };
            if let Some(kind) = kind {
                tokens.push(Token {
                    start,
                    end: start + length,
                    kind,
                });
            }
            start += length;
        }
        Self { text, tokens }
    }

    /// The byte at which the value or name begins that was read last before `byte`: for a closing bracket the place where
    /// its group begins, with the name before it.
    pub(super) fn last_value(&self, byte: usize) -> usize {
        let read = self.tokens.partition_point(|t| t.end <= byte);
        let Some(last) = read.checked_sub(1) else { return 0 };
        if self.tokens[last].kind != Kind::Close {
            return self.tokens[last].start;
        }
        let mut depth = 0_usize;
        for i in (0..read).rev() {
            match self.tokens[i].kind {
                Kind::Close => depth += 1,
                Kind::Open if depth == 1 => return self.start_of_group(i),
                Kind::Open => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.tokens[last].start
    }

    /// The byte of the n-th character (from 1) of the text in double quotes that begins at `byte`, or, where a group begins there, of
    /// the text of its field `u`: the formula of a target.
    pub(super) fn in_text(&self, byte: usize, n: usize) -> Option<usize> {
        let first = self.tokens.iter().position(|t| t.start == byte)?;
        let mut depth = 0_usize;
        let (_, inside) = self.tokens[first..].iter().enumerate().find(|(k, t)| {
            match t.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            let i = first + k;
            let field = depth == 1 && i > first + 1 && self.is_colon(i - 1) && self.name(i - 2) == "u";
            t.kind == Kind::Text && (*k == 0 || field)
        })?;
        let text = &self.text[inside.start..inside.end];
        // Without escapes every character of the text is one of the file.
        let mut characters = text.char_indices().skip(1);
        let mut left = n.max(1);
        while let Some((i, c)) = characters.next() {
            left -= 1;
            if left == 0 {
                return Some(inside.start + i);
            }
            if c == '\\' {
                characters.next();
            }
        }
        None
    }

    /// The byte at which the innermost group begins that is still open at `byte`, with the name before it.
    pub(super) fn enclosing(&self, byte: usize) -> usize {
        self.open_groups(byte)
            .last()
            .map_or(0, |&(i, _)| self.start_of_group(i))
    }

    /// The byte at which the next token begins at or after `byte`, and the token; the end of the text where there is none.
    pub(super) fn next(&self, byte: usize) -> (usize, Option<&'a str>) {
        match self.tokens.iter().find(|t| t.end > byte) {
            Some(t) => (t.start, Some(&self.text[t.start..t.end])),
            None => (self.text.len(), None),
        }
    }

    /// The token that begins at `byte`.
    pub(super) fn token(&self, byte: usize) -> &'a str {
        self.next(byte).1.unwrap_or_default()
    }

    /// The name of the innermost field whose value holds `byte`.
    pub(super) fn field(&self, byte: usize) -> Option<&'a str> {
        let names = self.open_groups(byte).into_iter().rev();
        names.into_iter().find_map(|(_, name)| name).map(|i| self.name(i))
    }

    /// The byte at which the value of a field of the outermost group begins, or the beginning of the text.
    pub(crate) fn top_field(&self, wanted: &str) -> usize {
        let mut depth = 0_usize;
        for (i, t) in self.tokens.iter().enumerate() {
            match t.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Name if depth == 1 && self.name(i) == wanted && self.is_colon(i + 1) => {
                    return self.tokens.get(i + 2).map_or(t.start, |value| value.start);
                }
                _ => {}
            }
        }
        0
    }

    /// The byte at which an item (from 0) of a list in a field of the outermost group begins, or that of the field.
    pub(crate) fn nth_of_list(&self, field: &str, n: usize) -> usize {
        let list = self.top_field(field);
        let (mut depth, mut k, mut begins) = (0_usize, 0, true);
        for token in self.tokens.iter().filter(|token| token.start > list) {
            if depth == 0 && begins {
                if k == n {
                    return token.start;
                }
                begins = false;
            }
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close if depth == 0 => break,
                Kind::Close => depth -= 1,
                Kind::Other if depth == 0 && self.text[token.start..token.end] == *"," => (k, begins) = (k + 1, true),
                _ => {}
            }
        }
        list
    }

    /// The byte at which the n-th text in double quotes (from 0) begins, or the end.
    pub(crate) fn nth_text(&self, n: usize) -> usize {
        let mut texts = self.tokens.iter().filter(|token| token.kind == Kind::Text);
        texts.nth(n).map_or(self.text.len(), |token| token.start)
    }

    /// Line and column of a byte, both from 1, columns in characters.
    pub(super) fn line_column(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..byte];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        (
            1 + before.matches('\n').count(),
            1 + before[line_start..].chars().count(),
        )
    }

    /// The byte at a line and column; the end of the text for a place behind it.
    pub(super) fn byte(&self, line: usize, column: usize) -> usize {
        let line_start = match line {
            0 | 1 => 0,
            _ => match self.text.match_indices('\n').nth(line - 2) {
                Some((i, _)) => i + 1,
                None => return self.text.len(),
            },
        };
        let mut characters = self.text[line_start..].char_indices();
        characters
            .nth(column.saturating_sub(1))
            .map_or(self.text.len(), |(i, _)| line_start + i)
    }

    /// The groups open at `byte`, outermost first: the token that opens each, and the field name last seen in it.
    fn open_groups(&self, byte: usize) -> Vec<(usize, Option<usize>)> {
        let mut open = Vec::new();
        for (i, t) in self.tokens.iter().enumerate().take_while(|(_, t)| t.start < byte) {
            match t.kind {
                Kind::Open => open.push((i, None)),
                Kind::Close => {
                    open.pop();
                }
                Kind::Name if self.is_colon(i + 1) => {
                    if let Some((_, name)) = open.last_mut() {
                        *name = Some(i);
                    }
                }
                Kind::Other if self.name(i) == "," => {
                    if let Some((_, name)) = open.last_mut() {
                        *name = None;
                    }
                }
                _ => {}
            }
        }
        open
    }

    fn start_of_group(&self, open: usize) -> usize {
        match open.checked_sub(1).map(|i| self.tokens[i]) {
            Some(t) if t.kind == Kind::Name => t.start,
            _ => self.tokens[open].start,
        }
    }

    fn name(&self, i: usize) -> &'a str {
        &self.text[self.tokens[i].start..self.tokens[i].end]
    }

    fn is_colon(&self, i: usize) -> bool {
        i < self.tokens.len() && self.name(i) == ":"
    }
}

/// Length of a text in double quotes, or of all that is left where the closing quote is missing.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return i + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Length of a comment that may hold others.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut i = 0;
    while i < text.len() {
        let rest = &text.as_bytes()[i..];
        if rest.starts_with(b"/*") {
            depth += 1;
            i += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            i += 2;
            if depth == 0 {
                return i;
            }
        } else {
            i += 1;
        }
    }
    text.len()
}
