//! Every colour and type size of the interface, in one table with a light and a dark column.

use eframe::egui;
use eframe::egui::{Color32, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Visuals};

use crate::render::palette::Rgb;

/// The two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Theme {
    /// Dark discs on paper.
    #[default]
    Light,
    /// Bright discs on slate.
    Dark,
}

impl Theme {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }

    /// Its colours.
    pub const fn tokens(self) -> &'static Tokens {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }

    /// The look of everything in a window.
    pub(super) fn of_context(ctx: &egui::Context) -> Self {
        match ctx.theme() {
            egui::Theme::Light => Self::Light,
            egui::Theme::Dark => Self::Dark,
        }
    }

    /// The look that egui was last told to have.
    pub(super) fn of(ui: &egui::Ui) -> Profile {
        Profile::told_by(ui.visuals())
    }
}

/// A theme, for a desk or for a projector: everything that the colours and the thickness of lines depend on.
///
/// A projector washes out colours and the last row is far away. So its profile has text of at least 7:1 contrast, thicker lines and
/// larger marks, and the whole interface is drawn at [`Profile::zoom`] of its size: type, controls, dialogs and tooltips alike, those
/// that are written later too. Type sizes of its own would have to be known by every widget, and rows of a fixed height would cut
/// them off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Profile {
    pub(super) theme: Theme,
    pub(super) projector: bool,
}

/// Width (points) of the frames of windows: it tells a context's profile apart, since egui keeps no word of ours.
const FRAMES: [f32; 2] = [1.0, 1.5];

impl Profile {
    /// The colours.
    pub(super) const fn tokens(self) -> &'static Tokens {
        match (self.theme, self.projector) {
            (theme, false) => theme.tokens(),
            (Theme::Light, true) => &LIGHT_PROJECTED,
            (Theme::Dark, true) => &DARK_PROJECTED,
        }
    }

    /// How many times as large everything is as on a desk.
    pub(super) const fn zoom(self) -> f32 {
        if self.projector { 1.25 } else { 1.0 }
    }

    /// What a context was last told.
    pub(super) fn of(ctx: &egui::Context) -> Self {
        Self::told_by(&ctx.global_style().visuals)
    }

    fn told_by(visuals: &Visuals) -> Self {
        Self {
            theme: if visuals.dark_mode { Theme::Dark } else { Theme::Light },
            projector: visuals.window_stroke.width > FRAMES[0],
        }
    }
}

/// The colours of a look, each named by what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Tokens {
    /// Behind everything.
    pub window: Color32,
    /// Side panels and bars.
    pub panel: Color32,
    /// Buttons and slider rails at rest.
    pub control: Color32,
    /// Buttons under the pointer.
    pub control_hovered: Color32,
    /// Fields that hold typed text, plots.
    pub field: Color32,
    /// Hairlines.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that explains.
    pub text_weak: Color32,
    /// What is pressed, selected, or asks to be pressed.
    pub accent: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// Fill of what waits or warns.
    pub notice: Color32,
    /// Text on `notice`.
    pub on_notice: Color32,
    /// Fill of an error.
    pub error: Color32,
    /// Text on `error`.
    pub on_error: Color32,
    /// What holds.
    pub good: Color32,
    /// Colours of the flows; see [`super::looks::Look`].
    pub flows: [Color32; 7],
    /// Colours of particles by the well in which their ancestor began, repeated when there are more wells.
    pub origins: [Color32; 8],
    /// Colours of families of particles: six hues that colour-blind eyes can tell apart, each dark and bright.
    pub lineages: [Color32; 12],
    /// The landscape from its wells to its cliffs.
    pub map: [Rgb; 4],
    /// Isolines.
    pub contour: Color32,
    /// Labels on isolines.
    pub contour_text: Color32,
    /// Behind numbers that stand on the landscape.
    pub plate: Color32,
    /// Signed numbers, from below zero over zero to above.
    pub diverging: [Rgb; 3],
    /// Lines of the exact density.
    pub exact: Color32,
    /// The rim of those lines.
    pub exact_rim: Color32,
    /// Lines and names of the models of a mixture; they differ by their breaks, too.
    pub models: [Color32; 8],
    /// How many times as thick as on a desk lines are, and as large the least marks.
    pub bold: f32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const LIGHT: Tokens = Tokens {
    window: rgb(0xeef0f3),
    panel: rgb(0xfbfcfd),
    control: rgb(0xe3e7ec),
    control_hovered: rgb(0xd3dae2),
    field: rgb(0xffffff),
    line: rgb(0xd2d8df),
    text: rgb(0x17202b),
    text_weak: rgb(0x535f6d),
    accent: rgb(0x4b3fb8),
    on_accent: rgb(0xffffff),
    notice: rgb(0xfff0c2),
    on_notice: rgb(0x5a3e00),
    error: rgb(0xb3261e),
    on_error: rgb(0xffffff),
    good: rgb(0x1b7a3d),
    flows: [
        rgb(0x0066c0),
        rgb(0xab4600),
        rgb(0x03615a),
        rgb(0x8b3a94),
        rgb(0x6b6100),
        rgb(0x9c2f45),
        rgb(0x4d5a68),
    ],
    origins: [
        rgb(0x5b0d95),
        rgb(0xd94bab),
        rgb(0x7c7a00),
        rgb(0x07585f),
        rgb(0x845738),
        rgb(0x466e72),
        rgb(0xaa3dc1),
        rgb(0x3e8c6e),
    ],
    lineages: [
        rgb(0x2b4d9f),
        rgb(0xef8e24),
        rgb(0x2c8b71),
        rgb(0xc781b0),
        rgb(0x95193b),
        rgb(0xa0811f),
        rgb(0x5e9dde),
        rgb(0xac4403),
        rgb(0x34c68f),
        rgb(0x81257f),
        rgb(0xe34b7a),
        rgb(0x49430c),
    ],
    map: [[255, 255, 255], [240, 243, 246], [214, 221, 229], [186, 196, 208]],
    contour: Color32::from_rgba_premultiplied(30, 38, 48, 90),
    contour_text: rgb(0x46525f),
    plate: Color32::from_rgba_premultiplied(235, 236, 237, 237),
    diverging: [[58, 134, 212], [246, 247, 248], [204, 100, 20]],
    exact: rgb(0x10161e),
    exact_rim: Color32::from_rgba_premultiplied(225, 225, 225, 225),
    models: [
        rgb(0xb8126e),
        rgb(0x8a5a00),
        rgb(0x07520f),
        rgb(0x5a2fb8),
        rgb(0x006a94),
        rgb(0x6e1a08),
        rgb(0x2f3a00),
        rgb(0x44345a),
    ],
    bold: 1.0,
};

const LIGHT_PROJECTED: Tokens = Tokens {
    panel: rgb(0xffffff),
    control: rgb(0xe1e5ea),
    control_hovered: rgb(0xccd4dd),
    line: rgb(0x98a3af),
    text: rgb(0x000000),
    text_weak: rgb(0x333d48),
    accent: rgb(0x3a2e9c),
    on_notice: rgb(0x3d2a00),
    error: rgb(0x8c1812),
    good: rgb(0x0d5426),
    flows: [
        rgb(0x24266c),
        rgb(0x7f2d0a),
        rgb(0x025248),
        rgb(0x6f2a78),
        rgb(0x4e4700),
        rgb(0x7f2035),
        rgb(0x3a4550),
    ],
    map: [[255, 255, 255], [244, 246, 248], [226, 231, 237], [204, 212, 221]],
    contour: Color32::from_rgba_premultiplied(26, 33, 42, 140),
    contour_text: rgb(0x2b343e),
    plate: Color32::from_rgba_premultiplied(247, 247, 247, 247),
    exact: rgb(0x000000),
    bold: 1.35,
    ..LIGHT
};

const DARK: Tokens = Tokens {
    window: rgb(0x0e1217),
    panel: rgb(0x161b22),
    control: rgb(0x28303a),
    control_hovered: rgb(0x364150),
    field: rgb(0x0f141a),
    line: rgb(0x2e3742),
    text: rgb(0xe8edf3),
    text_weak: rgb(0xa0adbb),
    accent: rgb(0xa79bff),
    on_accent: rgb(0x14102e),
    notice: rgb(0x4a3a10),
    on_notice: rgb(0xffe3a0),
    error: rgb(0xff8a80),
    on_error: rgb(0x3a0500),
    good: rgb(0x6fd295),
    flows: [
        rgb(0x649ff0),
        rgb(0xf6a247),
        rgb(0x2cd6ae),
        rgb(0xd79be0),
        rgb(0xd8cf5a),
        rgb(0xff8fa3),
        rgb(0xa9b6c4),
    ],
    origins: [
        rgb(0xa297fe),
        rgb(0xfc5d8c),
        rgb(0xccd634),
        rgb(0x1ee2f6),
        rgb(0xcba92b),
        rgb(0xa2c5bc),
        rgb(0xe479c8),
        rgb(0xafe99d),
    ],
    lineages: [
        rgb(0x82c5f4),
        rgb(0xe75200),
        rgb(0x92edca),
        rgb(0xb869c5),
        rgb(0xff95a3),
        rgb(0xb2a154),
        rgb(0x138bf1),
        rgb(0xffbc4c),
        rgb(0x38923e),
        rgb(0xa69be3),
        rgb(0xce5883),
        rgb(0xe5e686),
    ],
    map: [[13, 17, 23], [23, 30, 39], [38, 49, 62], [56, 70, 87]],
    contour: Color32::from_rgba_premultiplied(66, 78, 92, 92),
    contour_text: rgb(0x9fb0c2),
    plate: Color32::from_rgba_premultiplied(11, 14, 19, 218),
    diverging: [[84, 158, 240], [17, 22, 29], [232, 124, 40]],
    exact: rgb(0xffffff),
    exact_rim: Color32::from_rgba_premultiplied(5, 7, 9, 220),
    models: [
        rgb(0xff66c4),
        rgb(0xffd45c),
        rgb(0x4cc76e),
        rgb(0xb79cff),
        rgb(0x6fd3ff),
        rgb(0xff9a70),
        rgb(0xf4ffb0),
        rgb(0xd9cfe8),
    ],
    bold: 1.0,
};

const DARK_PROJECTED: Tokens = Tokens {
    window: rgb(0x06080b),
    panel: rgb(0x0c1015),
    control: rgb(0x232b35),
    control_hovered: rgb(0x303a47),
    field: rgb(0x05070a),
    line: rgb(0x5c6977),
    text: rgb(0xffffff),
    text_weak: rgb(0xcdd6df),
    accent: rgb(0xbdb3ff),
    notice: rgb(0x3f310a),
    on_notice: rgb(0xffecbd),
    error: rgb(0xffa79f),
    good: rgb(0x8fe6b0),
    flows: [
        rgb(0x85bfff),
        rgb(0xffb46b),
        rgb(0x70f5cf),
        rgb(0xe6b3ee),
        rgb(0xe8e07a),
        rgb(0xffa9b8),
        rgb(0xc3ceda),
    ],
    map: [[6, 8, 11], [16, 21, 28], [29, 38, 49], [45, 57, 72]],
    contour: Color32::from_rgba_premultiplied(110, 124, 140, 140),
    contour_text: rgb(0xc9d4e0),
    plate: Color32::from_rgba_premultiplied(5, 7, 9, 240),
    bold: 1.35,
    ..DARK
};

/// Type sizes in points. Nothing is smaller than 12.
pub(super) mod size {
    /// Ticks, labels on isolines, notes.
    pub(crate) const SMALL: f32 = 12.0;
    /// Everything else.
    pub(crate) const BODY: f32 = 13.5;
    /// Captions.
    pub(crate) const HEADING: f32 = 17.0;
    /// Masses of wells: readable from the back row.
    pub(crate) const MASS: f32 = 22.0;
    /// The clock.
    pub(crate) const CLOCK: f32 = 22.0;
}

/// Tells egui to look like this.
pub(super) fn apply(ctx: &egui::Context, profile: Profile) {
    let tokens = profile.tokens();
    let (egui_theme, mut visuals) = match profile.theme {
        Theme::Light => (egui::Theme::Light, Visuals::light()),
        Theme::Dark => (egui::Theme::Dark, Visuals::dark()),
    };
    visuals.panel_fill = tokens.panel;
    visuals.window_fill = tokens.panel;
    visuals.window_stroke = Stroke::new(FRAMES[usize::from(profile.projector)], tokens.line);
    visuals.extreme_bg_color = tokens.field;
    visuals.text_edit_bg_color = Some(tokens.field);
    visuals.faint_bg_color = tokens.window;
    visuals.weak_text_color = Some(tokens.text_weak);
    visuals.selection.bg_fill = tokens.accent;
    visuals.selection.stroke = Stroke::new(1.0, tokens.on_accent);
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.on_notice;
    visuals.error_fg_color = tokens.error;
    visuals.slider_trailing_fill = true;
    let text = Stroke::new(1.0, tokens.text);
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.fg_stroke = text;
    widgets.noninteractive.bg_stroke = Stroke::new(tokens.bold, tokens.line);
    widgets.noninteractive.bg_fill = tokens.panel;
    for (state, fill) in [
        (&mut widgets.inactive, tokens.control),
        (&mut widgets.hovered, tokens.control_hovered),
        (&mut widgets.active, tokens.control_hovered),
        (&mut widgets.open, tokens.control_hovered),
    ] {
        state.fg_stroke = text;
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::NONE;
        state.corner_radius = CornerRadius::same(4);
        state.expansion = 0.0;
    }
    widgets.hovered.bg_stroke = Stroke::new(tokens.bold, tokens.text_weak);
    widgets.active.bg_stroke = Stroke::new(tokens.bold, tokens.accent);
    ctx.set_visuals_of(egui_theme, visuals);
    ctx.set_theme(egui_theme);
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, FontId::new(size::SMALL, FontFamily::Proportional)),
            (TextStyle::Body, FontId::new(size::BODY, FontFamily::Proportional)),
            (TextStyle::Button, FontId::new(size::BODY, FontFamily::Proportional)),
            (TextStyle::Heading, FontId::new(size::HEADING, FontFamily::Proportional)),
            (TextStyle::Monospace, FontId::new(size::BODY, FontFamily::Monospace)),
        ]
        .into();
        style.spacing.item_spacing = egui::vec2(6.0, 5.0);
        style.spacing.button_padding = egui::vec2(7.0, 3.0);
        style.spacing.interact_size = egui::vec2(28.0, 22.0);
        style.spacing.slider_rail_height = 5.0;
        style.spacing.combo_width = 60.0;
        style.spacing.tooltip_width = 320.0;
        style.spacing.scroll = egui::style::ScrollStyle::thin();
        style.interaction.selectable_labels = false;
    });
}

#[cfg(test)]
mod tests;
