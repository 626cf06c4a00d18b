//! Files of networks: safetensors, of which every part is checked before it is used.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::{FEATURES, Standard, WIDTHS};
use crate::score::{Level, Schedule};

/// The version of the format.
const VERSION: u32 = 1;
/// The key of the metadata under which everything about a network stands as JSON. One key, because the order of several is none.
const KEY: &str = "wfr-lab";
/// The largest file (bytes): one of the greatest width is smaller.
const LARGEST: usize = 512 << 10;
/// The longest text about a network (bytes).
const LONGEST: usize = 16 << 10;

/// What a network is and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its name.
    pub name: String,
    /// What it was trained on, in words.
    pub data: String,
    /// The schedule between whose ends it was trained.
    pub schedule: Schedule,
    /// The seed of its training.
    pub seed: u64,
    /// Steps of its training.
    pub steps: u64,
    /// Loss at the end on samples that it was not trained on.
    pub loss: f64,
    /// What the exact score would have had there; nothing where nobody knows it.
    #[serde(default)]
    pub least_loss: Option<f64>,
}

/// The numbers of a network; matrices row by row. n is the width, F the number of [`FEATURES`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// Mean of the data.
    pub mean: [f32; 2],
    /// Their scale: the root of their mean variance per coordinate.
    pub scale: f32,
    /// Their finest detail in units of the scale.
    pub detail: f32,
    /// W₁: n × 2.
    pub points: Vec<f32>,
    /// b₁(ℓ) of the features: n × F, and what it always is: n.
    pub first_level: Vec<f32>,
    /// See `first_level`.
    pub first_bias: Vec<f32>,
    /// g(ℓ) − 1: n × F.
    pub gains: Vec<f32>,
    /// W₂: n × n.
    pub second: Vec<f32>,
    /// b₂(ℓ): n × F and n.
    pub second_level: Vec<f32>,
    /// See `second_level`.
    pub second_bias: Vec<f32>,
    /// W₃: 2 × n.
    pub out: Vec<f32>,
    /// b₃(ℓ): 2 × F and 2.
    pub out_level: Vec<f32>,
    /// See `out_level`.
    pub out_bias: Vec<f32>,
}

/// Why bytes are no network: what was found, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// More than any network has.
    #[error("{0} bytes are too many for a network: expected {LARGEST} at most")]
    Large(usize),
    /// No safetensors, or damaged ones.
    #[error("this is no network ({0}): expected a .safetensors file as `wfr-lab train` writes it")]
    Format(String),
    /// Tensors of something else.
    #[error("these are not the tensors of a network of the lab ({0}): expected a file as `wfr-lab train` writes it")]
    Foreign(String),
    /// A file of a later program.
    #[error("this network is of version {0} of the format: a newer wfr-lab reads it, this one up to {VERSION}")]
    Newer(u64),
    /// A tensor is not there.
    #[error("the tensor `{0}` is missing")]
    Missing(&'static str),
    /// A tensor that nobody asked for.
    #[error("a tensor is called `{0}`: expected only those that a network of the lab has")]
    Unknown(String),
    /// A width that is not possible.
    #[error("a network of {0} units is not possible: expected a multiple of {least} from {least} to {most}", least = WIDTHS.0, most = WIDTHS.1)]
    Width(usize),
    /// A tensor does not fit.
    #[error("the tensor `{name}` is {found}: expected {expected}")]
    Shape {
        /// Which.
        name: &'static str,
        /// Type and shape.
        found: String,
        /// Type and shape.
        expected: String,
    },
    /// A number that is none.
    #[error("the tensor `{0}` holds a number that is not finite, or larger than 10^9")]
    Value(&'static str),
    /// A scale or detail that is not possible.
    #[error("the tensor `{0}` is not possible: expected a number from 10^-3 to 10^3")]
    Scale(&'static str),
}

/// Every tensor: its name, its shape at a width, and where it stands.
type Part = (&'static str, fn(usize) -> Vec<usize>, fn(&mut Weights) -> &mut [f32]);

/// In the order of their names, which is that of the file.
const PARTS: [Part; 13] = [
    ("data.detail", |_| vec![1], |w| std::slice::from_mut(&mut w.detail)),
    ("data.mean", |_| vec![2], |w| &mut w.mean),
    ("data.scale", |_| vec![1], |w| std::slice::from_mut(&mut w.scale)),
    ("first.bias", |n| vec![n], |w| &mut w.first_bias),
    ("first.level", |n| vec![n, FEATURES], |w| &mut w.first_level),
    ("first.point", |n| vec![n, 2], |w| &mut w.points),
    ("out.bias", |_| vec![2], |w| &mut w.out_bias),
    ("out.hidden", |n| vec![2, n], |w| &mut w.out),
    ("out.level", |_| vec![2, FEATURES], |w| &mut w.out_level),
    ("second.bias", |n| vec![n], |w| &mut w.second_bias),
    ("second.gain", |n| vec![n, FEATURES], |w| &mut w.gains),
    ("second.hidden", |n| vec![n, n], |w| &mut w.second),
    ("second.level", |n| vec![n, FEATURES], |w| &mut w.second_level),
];

impl Weights {
    /// Units of each hidden layer.
    pub fn width(&self) -> usize {
        self.second_bias.len()
    }

    /// Zeros of this width, of data of mean 0 and scale 1.
    pub fn zero(width: usize) -> Self {
        Self {
            mean: [0.0; 2],
            scale: 1.0,
            detail: 1.0,
            points: vec![0.0; 2 * width],
            first_level: vec![0.0; FEATURES * width],
            first_bias: vec![0.0; width],
            gains: vec![0.0; FEATURES * width],
            second: vec![0.0; width * width],
            second_level: vec![0.0; FEATURES * width],
            second_bias: vec![0.0; width],
            out: vec![0.0; 2 * width],
            out_level: vec![0.0; 2 * FEATURES],
            out_bias: vec![0.0; 2],
        }
    }

    /// How a level stands to the data.
    pub fn standard(&self, level: Level) -> Standard {
        let wide = f64::from;
        Standard::new(level, self.mean.map(wide), wide(self.scale), wide(self.detail))
    }
}

#[derive(Serialize, Deserialize)]
struct Text {
    version: u32,
    about: About,
}

/// The file of a network. What does not fit is found when it is read.
pub(super) fn write(about: &About, weights: &Weights) -> Result<Vec<u8>, NetworkError> {
    let format = |error: &dyn std::fmt::Display| NetworkError::Format(error.to_string());
    let mut weights = weights.clone();
    let width = weights.width();
    let mut tensors = Vec::with_capacity(PARTS.len());
    for (name, shape, part) in PARTS {
        let bytes: Vec<u8> = part(&mut weights).iter().flat_map(|w| w.to_le_bytes()).collect();
        tensors.push((name, shape(width), bytes));
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        view.map(|view| (*name, view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(|error| format(&error))?;
    let about = about.clone();
    let text = serde_json::to_string(&Text {
        version: VERSION,
        about,
    })
    .map_err(|error| format(&error))?;
    let metadata = [(KEY.to_owned(), text)].into_iter().collect();
    safetensors::serialize(views, Some(metadata)).map_err(|error| format(&error))
}

/// Reads and checks everything.
pub(super) fn read(bytes: &[u8]) -> Result<(About, Weights), NetworkError> {
    if bytes.len() > LARGEST {
        return Err(NetworkError::Large(bytes.len()));
    }
    let format = |error: safetensors::SafeTensorError| NetworkError::Format(error.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(format)?;
    let about = about(header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)))?;
    let unknown = |name: &str| PARTS.iter().all(|(known, ..)| *known != name);
    // Of several the first by name, so that the sentence is the same each time.
    if let Some(name) = tensors.names().into_iter().filter(|name| unknown(name)).min() {
        return Err(NetworkError::Unknown(name.chars().take(60).collect()));
    }
    let width = match tensors.tensor("second.bias") {
        Ok(tensor) => tensor.shape().first().copied().unwrap_or(0),
        Err(_) => return Err(NetworkError::Missing("second.bias")),
    };
    let (least, most) = WIDTHS;
    if !(least..=most).contains(&width) || !width.is_multiple_of(least) {
        return Err(NetworkError::Width(width));
    }
    let mut weights = Weights::zero(width);
    for (name, shape, part) in PARTS {
        let tensor = tensors.tensor(name).map_err(|_| NetworkError::Missing(name))?;
        let expected = shape(width);
        if tensor.dtype() != Dtype::F32 || tensor.shape() != expected {
            return Err(NetworkError::Shape {
                name,
                found: format!("{:?} of shape {:?}", tensor.dtype(), tensor.shape()),
                expected: format!("{:?} of shape {expected:?}", Dtype::F32),
            });
        }
        let (values, _) = tensor.data().as_chunks();
        for (to, bytes) in part(&mut weights).iter_mut().zip(values) {
            *to = f32::from_le_bytes(*bytes);
            // Products of three such numbers are still numbers.
            if to.is_nan() || to.abs() > 1e9 {
                return Err(NetworkError::Value(name));
            }
        }
    }
    for (name, value) in [("data.scale", weights.scale), ("data.detail", weights.detail)] {
        if !(1e-3..=1e3).contains(&value) {
            return Err(NetworkError::Scale(name));
        }
    }
    Ok((about, weights))
}

fn about(text: Option<&String>) -> Result<About, NetworkError> {
    let text = text.ok_or_else(|| NetworkError::Foreign(format!("no `{KEY}` in the metadata")))?;
    if text.len() > LONGEST {
        return Err(NetworkError::Foreign(format!("{} bytes of text", text.len())));
    }
    let foreign = |error: serde_json::Error| NetworkError::Foreign(error.to_string());
    let value: serde_json::Value = serde_json::from_str(text).map_err(foreign)?;
    match value.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if version > u64::from(VERSION) => return Err(NetworkError::Newer(version)),
        _ => {}
    }
    let text: Text = serde_json::from_value(value).map_err(foreign)?;
    if text.version != VERSION {
        return Err(NetworkError::Foreign(format!("version {}", text.version)));
    }
    Ok(text.about)
}
