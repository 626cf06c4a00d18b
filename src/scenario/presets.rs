//! The built-in scenarios.

use super::Scenario;

/// A scenario that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The name used on the command line, such as `double-well`.
    pub name: &'static str,
    /// The scenario file.
    pub text: &'static str,
}

impl Preset {
    /// The scenario.
    pub fn scenario(&self) -> Scenario {
        Scenario::from_ron(self.text, self.name).expect("the tests read every preset")
    }

    /// The preset of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }
}

/// Every preset. The first is the default.
pub fn presets() -> &'static [Preset] {
    PRESETS
}

macro_rules! list {
    ($($name:literal),* $(,)?) => {
        &[$(Preset { name: $name, text: include_str!(concat!("../../presets/", $name, ".ron")) }),*]
    };
}

static PRESETS: &[Preset] = list![
    "double-well",
    "asymmetric-wells",
    "triple-well",
    "four-wells",
    "shallow-well",
    "empty-well",
    "ring",
    "banana",
    "muller-brown",
    "ten-mixture",
    "himmelblau",
    "funnel",
    "well-grid",
    "flatten-gaussian",
    "flatten-double-well",
    "underdamped",
    "my-formula",
    "mixture",
    "mixture-transfer",
    "mixture-product",
    "mixture-guidance",
    "mixture-mismatch",
    "mixture-collapse",
];
