//! The fonts of mathematics, embedded: what an equation shows depends on no font of the machine.
//!
//! They are those of KaTeX, drawn after Computer Modern, under the SIL Open Font License 1.1. Every family holds one font, so that a
//! glyph that it lacks would be seen at once and never be borrowed from another; a test looks for each that is used.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use eframe::egui::{Context, FontData, FontDefinitions, FontFamily};

/// How a letter of mathematics is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// Signs, figures and names of functions.
    Upright,
    /// Variables.
    Italic,
    /// Double-struck letters, which stand at the places of plain capitals.
    Double,
}

impl Face {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Upright, Self::Italic, Self::Double];

    /// What the family is called in the window and, in drawings, the font.
    const fn name(self) -> &'static str {
        match self {
            Self::Upright => "KaTeX_Main",
            Self::Italic => "KaTeX_Math",
            Self::Double => "KaTeX_AMS",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Upright => "KaTeX_Main-Regular.ttf",
            Self::Italic => "KaTeX_Math-Italic.ttf",
            Self::Double => "KaTeX_AMS-Regular.ttf",
        }
    }

    /// The family in the window.
    pub(super) fn family(self) -> FontFamily {
        FontFamily::Name(self.name().into())
    }

    /// The font file.
    pub(super) fn bytes(self) -> Option<Cow<'static, [u8]>> {
        ratex_katex_fonts::ttf_bytes(self.file())
    }
}

/// Gives the fonts to a context. They can be used from its next frame on, see [`ready`].
pub(super) fn install(ctx: &Context) {
    static FONTS: OnceLock<FontDefinitions> = OnceLock::new();
    ctx.set_fonts(FONTS.get_or_init(definitions).clone());
}

/// Whether the fonts can be used: text in a family that is not there yet cannot be laid out.
pub(super) fn ready(ctx: &Context) -> bool {
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
    fonts
}
