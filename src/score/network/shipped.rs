//! Networks that come with the program, and networks as a part of scenarios.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Network;

/// Every network that comes with the program, with its name.
pub fn shipped() -> &'static [(&'static str, Network)] {
    static READ: LazyLock<Vec<(&str, Network)>> = LazyLock::new(|| {
        let read = |bytes| Network::read(bytes).expect("the tests read every network");
        SHIPPED.iter().map(|(name, bytes)| (*name, read(bytes))).collect()
    });
    &READ
}

macro_rules! list {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../presets/networks/", $name, ".safetensors")))),*]
    };
}

static SHIPPED: &[(&str, &[u8])] = list!["mixture-p", "mixture-q"];

impl Network {
    /// The network of that name that comes with the program.
    pub fn shipped(name: &str) -> Option<Self> {
        let found = shipped().iter().find(|(own, _)| *own == name);
        found.map(|(_, network)| network.clone())
    }
}

/// How a network stands in a scenario: by its name if everybody has it, else whole.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Network")]
enum Stands {
    /// One that comes with the program.
    Shipped(String),
    /// The file, in base64 without padding.
    Stored(String),
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = shipped().iter().find(|(_, network)| network == self);
        let stands = match known {
            Some((name, _)) => Stands::Shipped((*name).to_owned()),
            None => Stands::Stored(STANDARD_NO_PAD.encode(self.bytes())),
        };
        stands.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Stands::deserialize(deserializer)? {
            Stands::Shipped(name) => Self::shipped(&name).ok_or_else(|| {
                let all: Vec<String> = shipped().iter().map(|(name, _)| format!("`{name}`")).collect();
                let name: String = name.chars().take(60).collect();
                de::Error::custom(format!(
                    "no network `{name}` comes with the program: expected one of {}",
                    all.join(", ")
                ))
            }),
            Stands::Stored(text) => {
                let bytes = STANDARD_NO_PAD.decode(text.trim_end_matches('=')).map_err(|error| {
                    de::Error::custom(format!("a network is not whole ({error}): expected base64 of its file"))
                })?;
                Self::read(&bytes).map_err(de::Error::custom)
            }
        }
    }
}
