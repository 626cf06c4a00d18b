//! The fonts of mathematics, embedded: what an equation shows depends on no font of the machine.
//!
//! They are those of `KaTeX`, drawn after Computer Modern, under the SIL Open Font License 1.1. Every family holds one font, so that a
//! glyph that it lacks would be seen at once and never be borrowed from another; tests look for each that is used, and for every sign that the rest of the window uses.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use eframe::egui::{Context, FontData, FontDefinitions, FontFamily};
use skrifa::{FontRef, MetadataProvider as _};

/// How a letter of mathematics is drawn: the faces, each a family of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Signs, figures and names of functions.
    Upright,
    /// Variables.
    Italic,
    /// Double-struck letters, which stand at the places of plain capitals.
    Double,
    /// Bold letters.
    Bold,
    /// Bold variables.
    BoldItalic,
    /// Words in italics.
    Slanted,
    /// Round capitals.
    Calligraphic,
    /// Capitals of a pen.
    Script,
    /// Broken letters.
    Fraktur,
    /// Letters without serifs.
    Sans,
    /// Letters of one width.
    Typewriter,
    /// Large signs and brackets, from the smallest.
    Large1,
    /// The next size.
    Large2,
    /// The one after it.
    Large3,
    /// The largest.
    Large4,
}

impl Face {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Upright,
        Self::Italic,
        Self::Double,
        Self::Bold,
        Self::BoldItalic,
        Self::Slanted,
        Self::Calligraphic,
        Self::Script,
        Self::Fraktur,
        Self::Sans,
        Self::Typewriter,
        Self::Large1,
        Self::Large2,
        Self::Large3,
        Self::Large4,
    ];

    /// What the family is called in the window and, in drawings, the font; and its file.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Upright => ("KaTeX_Main", "KaTeX_Main-Regular.ttf"),
            Self::Italic => ("KaTeX_Math", "KaTeX_Math-Italic.ttf"),
            Self::Double => ("KaTeX_AMS", "KaTeX_AMS-Regular.ttf"),
            Self::Bold => ("KaTeX_Main-Bold", "KaTeX_Main-Bold.ttf"),
            Self::BoldItalic => ("KaTeX_Math-BoldItalic", "KaTeX_Math-BoldItalic.ttf"),
            Self::Slanted => ("KaTeX_Main-Italic", "KaTeX_Main-Italic.ttf"),
            Self::Calligraphic => ("KaTeX_Caligraphic", "KaTeX_Caligraphic-Regular.ttf"),
            Self::Script => ("KaTeX_Script", "KaTeX_Script-Regular.ttf"),
            Self::Fraktur => ("KaTeX_Fraktur", "KaTeX_Fraktur-Regular.ttf"),
            Self::Sans => ("KaTeX_SansSerif", "KaTeX_SansSerif-Regular.ttf"),
            Self::Typewriter => ("KaTeX_Typewriter", "KaTeX_Typewriter-Regular.ttf"),
            Self::Large1 => ("KaTeX_Size1", "KaTeX_Size1-Regular.ttf"),
            Self::Large2 => ("KaTeX_Size2", "KaTeX_Size2-Regular.ttf"),
            Self::Large3 => ("KaTeX_Size3", "KaTeX_Size3-Regular.ttf"),
            Self::Large4 => ("KaTeX_Size4", "KaTeX_Size4-Regular.ttf"),
        }
    }

    const fn name(self) -> &'static str {
        self.names().0
    }

    /// The family in the window.
    pub fn family(self) -> FontFamily {
        FontFamily::Name(self.name().into())
    }

    /// The face of a family, if it is one of these.
    pub fn of(family: &FontFamily) -> Option<Self> {
        let FontFamily::Name(name) = family else { return None };
        Self::ALL.into_iter().find(|face| face.name() == &**name)
    }

    /// The face of a font as LaTeX lays out with it: `Main-Regular`.
    pub(super) fn of_latex(font: &str) -> Option<Self> {
        let file = |face: &Self| {
            face.names()
                .1
                .strip_prefix("KaTeX_")
                .and_then(|f| f.strip_suffix(".ttf"))
        };
        Self::ALL.into_iter().find(|face| file(face) == Some(font))
    }

    /// The font file.
    pub fn bytes(self) -> Option<Cow<'static, [u8]>> {
        ratex_katex_fonts::ttf_bytes(self.names().1)
    }

    /// Whether there is a drawing of a letter.
    pub(super) fn has(self, letter: char) -> bool {
        let bytes = self.bytes().unwrap_or_default();
        FontRef::new(&bytes).is_ok_and(|font| font.charmap().map(letter).is_some())
    }
}

/// Small Greek letters for the words of the window, where the π of its own font is too much like an n. See `greek/make.py`.
pub(super) const GREEK: &[u8] = include_bytes!("greek/greek.ttf");

/// Whether a letter of the window is drawn with [`GREEK`].
pub(super) const fn is_greek(letter: char) -> bool {
    matches!(letter, 'α'..='ω' | 'ϑ' | 'ϕ' | 'ϱ' | 'ϵ')
}

/// Gives the fonts to a context. They can be used from its next frame on, see [`ready`].
pub fn install(ctx: &Context) {
    static FONTS: OnceLock<FontDefinitions> = OnceLock::new();
    ctx.set_fonts(FONTS.get_or_init(definitions).clone());
}

/// Whether the fonts can be used: text in a family that is not there yet cannot be laid out.
pub fn ready(ctx: &Context) -> bool {
    let there = |face: Face| ctx.fonts(|fonts| fonts.definitions().families.contains_key(&face.family()));
    Face::ALL.into_iter().all(there)
}

fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for face in Face::ALL {
        let Some(bytes) = face.bytes() else { continue };
        let data = match bytes {
            Cow::Borrowed(bytes) => FontData::from_static(bytes),
            Cow::Owned(bytes) => FontData::from_owned(bytes),
        };
        fonts.font_data.insert(face.name().to_owned(), Arc::new(data));
        fonts.families.insert(face.family(), vec![face.name().to_owned()]);
    }
    let greek = FontData::from_static(GREEK);
    fonts.font_data.insert("Greek".to_owned(), Arc::new(greek));
    let chain = fonts.families.entry(FontFamily::Proportional).or_default();
    chain.insert(0, "Greek".to_owned());
    // The fonts of the interface lack some signs, such as that of the gradient.
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        let chain = fonts.families.entry(family).or_default();
        chain.push(Face::Upright.name().to_owned());
    }
    fonts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use eframe::egui::FontId;

    use super::*;

    #[test]
    fn the_fonts_are_in_the_program_and_can_be_read() {
        for face in Face::ALL {
            let bytes = face.bytes().expect("embedded");
            assert!(
                matches!(bytes, Cow::Borrowed(_)),
                "{face:?} is read from a file at run time"
            );
            let font = FontRef::new(&bytes).unwrap();
            let known = if face.name().contains("Size") { '(' } else { 'E' };
            assert!(font.charmap().map(known).is_some(), "{face:?}");
            assert_eq!(Face::of(&face.family()), Some(face));
        }
        assert_eq!(Face::of(&FontFamily::Proportional), None);
    }

    #[test]
    fn greek_letters_are_those_of_the_formulas_and_lines_keep_their_height() {
        let font = FontRef::new(GREEK).unwrap();
        let covered = |c: char| font.charmap().map(c).is_some();
        assert!(('\u{370}'..'\u{400}').all(|c| covered(c) == is_greek(c)));
        assert!(!covered('n') && !covered(' ') && !covered('Ω'));
        // As high as lines without it.
        let height = |of: &dyn Fn(&Context)| {
            let ctx = Context::default();
            of(&ctx);
            ctx.run_ui(Default::default(), |_| {}).textures_delta.clear();
            [11.0, 13.0, 16.5, 23.0]
                .map(|points| ctx.fonts_mut(|fonts| fonts.row_height(&FontId::proportional(points))))
        };
        assert_eq!(height(&|_| {}), height(&install));
    }

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                files(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs" || e == "ron") {
                found.push(path);
            }
        }
    }

    /// What is not ASCII in the strings of the program and in its scenarios and lectures.
    fn letters() -> BTreeSet<(char, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        files(&root.join("src"), &mut paths);
        files(&root.join("presets"), &mut paths);
        let mut letters = BTreeSet::new();
        for path in paths {
            // Mathematics has its own fonts, and a test of its own; ticks and crosses are for terminals only.
            let elsewhere = ["src/app/equation", "src/verify/text.rs"];
            if elsewhere.iter().any(|other| path.starts_with(root.join(other))) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for line in text.split("#[cfg(test)]").next().unwrap().lines() {
                let code = line.find("//").map_or(line, |comment| &line[..comment]);
                let strange = code.chars().filter(|c| !c.is_ascii());
                letters.extend(strange.map(|c| (c, path.display().to_string())));
            }
        }
        letters
    }

    #[test]
    fn every_sign_of_the_interface_has_a_glyph() {
        let ctx = Context::default();
        install(&ctx);
        ctx.run_ui(Default::default(), |_| {}).textures_delta.clear();
        let font = FontId::proportional(13.0);
        let wanted = letters();
        let signs: BTreeSet<char> = wanted.iter().map(|(c, _)| *c).collect();
        for known in "αβγθρπ∇∂√²½·×−–|".chars().filter(|c| !c.is_ascii()) {
            assert!(ctx.fonts_mut(|fonts| fonts.has_glyph(&font, known)), "{known:?}");
        }
        assert!(signs.len() > 15, "{signs:?}");
        let missing: Vec<_> = wanted
            .iter()
            .filter(|(c, _)| !ctx.fonts_mut(|fonts| fonts.has_glyph(&font, *c)))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
