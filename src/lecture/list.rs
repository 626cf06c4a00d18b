//! The lectures that come with the program.

use super::Lecture;

/// A lecture that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// The name used on the command line, such as `two-ways`.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

impl BuiltIn {
    /// The lecture.
    pub fn lecture(&self) -> Lecture {
        Lecture::from_ron(self.text, self.name).expect("the tests read every lecture")
    }

    /// The lecture of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        LECTURES.iter().find(|lecture| lecture.name == name)
    }
}

/// Every built-in lecture, in the order of the menu.
pub fn lectures() -> &'static [BuiltIn] {
    LECTURES
}

macro_rules! list {
    ($($name:literal),* $(,)?) => {
        &[$(BuiltIn { name: $name, text: include_str!(concat!("../../presets/lectures/", $name, ".ron")) }),*]
    };
}

static LECTURES: &[BuiltIn] = list!["two-ways", "stuck", "cannot"];
