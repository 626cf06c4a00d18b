//! Films: pictures in a row, as one GIF file or as a folder of PNG files.
//!
//! A frame of a GIF has 256 colours. The commonest are kept as they are, the others are gathered by a neural network
//! ([`color_quant`]); nothing is dithered. A pixel that does not change from one frame to the next is not written again, so that
//! what rests neither flickers nor costs room.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use color_quant::NeuQuant;
use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};
use image::{ImageFormat, RgbaImage};
use tempfile::TempDir;

use super::file::{Draft, Failure, folder_of};

/// Frames per second that a GIF can have: its clock ticks a hundred times a second, and viewers slow down what is faster.
pub const MAX_RATE: f64 = 50.0;

/// A film that is being written. Dropped before [`Film::finish`] it leaves nothing.
pub struct Film {
    path: PathBuf,
    kind: Kind,
    rate: f64,
    frames: u64,
}

enum Kind {
    Gif {
        draft: Option<Draft>,
        encoder: Option<Box<Encoder<Draft>>>,
        last: Option<RgbaImage>,
    },
    Sequence {
        folder: TempDir,
        bytes: u64,
    },
}

/// Whether a path asks for a GIF file; any other is a folder of PNG files.
pub fn is_gif(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gif"))
}

impl Film {
    /// Begins a film at `rate` frames per second of the clock: a GIF file that plays again and again, or a folder of
    /// `frame-0001.png` and so on. A folder that holds anything is left alone.
    pub fn new(path: &Path, rate: f64) -> Result<Self, Failure> {
        let kind = if is_gif(path) {
            Kind::Gif {
                draft: Some(Draft::new(path)?),
                encoder: None,
                last: None,
            }
        } else {
            let folder = folder_beside(path).map_err(Failure::at(path))?;
            Kind::Sequence { folder, bytes: 0 }
        };
        Ok(Self {
            path: path.to_owned(),
            kind,
            rate,
            frames: 0,
        })
    }

    /// Adds a frame; all have the size of the first.
    pub fn push(&mut self, picture: &RgbaImage) -> Result<(), Failure> {
        let delay = delay(self.frames, self.rate);
        self.frames += 1;
        let failed = Failure::at(&self.path);
        match &mut self.kind {
            Kind::Gif { draft, encoder, last } => {
                if let Some(draft) = draft.take() {
                    let [width, height] = [picture.width(), picture.height()].map(|side| side.min(65_535) as u16);
                    let begun = Encoder::new(draft, width, height, &[]).and_then(|mut encoder| {
                        encoder.set_repeat(Repeat::Infinite)?;
                        Ok(encoder)
                    });
                    *encoder = Some(Box::new(begun.map_err(|error| failed(plain(error)))?));
                }
                if let Some(encoder) = encoder {
                    let frame = frame(last.as_ref(), picture, delay);
                    encoder.write_frame(&frame).map_err(|error| failed(plain(error)))?;
                }
                *last = Some(picture.clone());
            }
            Kind::Sequence { folder, bytes } => {
                let place = folder.path().join(format!("frame-{:04}.png", self.frames));
                let mut png = io::Cursor::new(Vec::new());
                picture
                    .write_to(&mut png, ImageFormat::Png)
                    .map_err(|error| failed(io::Error::other(error)))?;
                let png = png.into_inner();
                fs::write(place, &png).map_err(failed)?;
                *bytes += png.len() as u64;
            }
        }
        Ok(())
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        match &self.kind {
            Kind::Gif { draft, encoder, .. } => {
                let draft = draft.as_ref().or(encoder.as_ref().map(|e| e.get_ref()));
                draft.map_or(0, Draft::bytes)
            }
            Kind::Sequence { bytes, .. } => *bytes,
        }
    }

    /// Puts the film in its place; how many bytes it has.
    pub fn finish(self) -> Result<u64, Failure> {
        let failed = Failure::at(&self.path);
        match self.kind {
            Kind::Gif { encoder, draft, .. } => {
                let draft = match (encoder, draft) {
                    (Some(encoder), _) => encoder.into_inner().map_err(|error| failed(plain(error)))?,
                    (None, Some(draft)) => draft,
                    (None, None) => return Ok(0),
                };
                draft.finish()
            }
            Kind::Sequence { folder, bytes } => {
                // An empty folder gives way; another that has come meanwhile does not.
                if self.path.is_dir() {
                    fs::remove_dir(&self.path).map_err(&failed)?;
                }
                fs::rename(folder.path(), &self.path).map_err(failed)?;
                // It is no longer where it would be removed.
                let _ = folder.keep();
                Ok(bytes)
            }
        }
    }
}

/// A folder beside the one that is wanted.
fn folder_beside(path: &Path) -> io::Result<TempDir> {
    match fs::read_dir(path) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(ErrorKind::DirectoryNotEmpty.into());
            }
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Err(ErrorKind::AlreadyExists.into()),
        Err(_) => {}
    }
    let mut beside = tempfile::Builder::new();
    beside.prefix(".wfr-lab-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new folder, and not only for its owner as temporary folders are.
        beside.permissions(fs::Permissions::from_mode(0o777));
    }
    beside.tempdir_in(folder_of(path))
}

/// Hundredths of a second for which a frame is shown; rounding does not add up.
fn delay(frame: u64, rate: f64) -> u16 {
    let until = |frame: u64| (100.0 * frame as f64 / rate).round();
    (until(frame + 1) - until(frame)).clamp(1.0, 65_535.0) as u16
}

fn plain(error: EncodingError) -> io::Error {
    match error {
        EncodingError::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// The index that leaves a pixel as it was.
const CLEAR: u8 = 255;
/// Colours that a frame has exactly, if it has more than it can have.
const EXACT: usize = 128;

/// What changes from one picture to the next.
fn frame(last: Option<&RgbaImage>, picture: &RgbaImage, delay: u16) -> Frame<'static> {
    let last = last.filter(|last| last.dimensions() == picture.dimensions());
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (new, _) = picture.as_raw().as_chunks::<4>();
    let old = last.map(|last| last.as_raw().as_chunks::<4>().0);
    let changed = |k: usize| old.is_none_or(|old| old[k] != new[k]);
    // The least rectangle that holds all changes.
    let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
    for y in 0..height {
        let row = y * width..(y + 1) * width;
        let Some(first) = row.clone().find(|&k| changed(k)) else {
            continue;
        };
        let end = row.rev().find(|&k| changed(k)).unwrap_or(first);
        left = left.min(first - y * width);
        right = right.max(end + 1 - y * width);
        top = top.min(y);
        bottom = y + 1;
    }
    if left >= right {
        (left, right, top, bottom) = (0, 1.min(width), 0, 1.min(height));
    }
    let places = || (top..bottom).flat_map(|y| (left..right).map(move |x| y * width + x));
    let seen: Vec<u32> = places().filter(|&k| changed(k)).map(|k| color(new[k])).collect();
    let palette = Palette::of(seen);
    let buffer: Vec<u8> = places()
        .map(|k| {
            if changed(k) {
                palette.index(color(new[k]))
            } else {
                CLEAR
            }
        })
        .collect();
    let mut colors: Vec<u8> = palette.colors.iter().flatten().copied().collect();
    colors.resize(3 * 256, 0);
    Frame {
        delay,
        dispose: DisposalMethod::Keep,
        transparent: last.map(|_| CLEAR),
        top: top as u16,
        left: left as u16,
        width: (right - left) as u16,
        height: (bottom - top) as u16,
        palette: Some(colors),
        buffer: buffer.into(),
        ..Frame::default()
    }
}

fn color([r, g, b, _]: [u8; 4]) -> u32 {
    u32::from_be_bytes([0, r, g, b])
}

fn rgb(color: u32) -> [u8; 3] {
    let [_, r, g, b] = color.to_be_bytes();
    [r, g, b]
}

/// Up to 255 colours, and which of them stands for each colour that was seen.
struct Palette {
    colors: Vec<[u8; 3]>,
    /// Colours that were seen, in order, each with its index.
    seen: Vec<(u32, u8)>,
}

impl Palette {
    fn of(mut pixels: Vec<u32>) -> Self {
        pixels.sort_unstable();
        let mut counts: Vec<(usize, u32)> = pixels.chunk_by(|a, b| a == b).map(|c| (c.len(), c[0])).collect();
        // The commonest first; of equally common ones the order is that of their values.
        counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let room = usize::from(CLEAR);
        let exact = if counts.len() <= room { counts.len() } else { EXACT };
        let mut colors: Vec<[u8; 3]> = counts[..exact].iter().map(|(_, c)| rgb(*c)).collect();
        let rest = &counts[exact..];
        if !rest.is_empty() {
            colors.extend(gathered(rest, room - exact));
        }
        let mut seen: Vec<(u32, u8)> = counts[..exact].iter().zip(0..).map(|((_, c), k)| (*c, k)).collect();
        seen.extend(rest.iter().map(|(_, c)| (*c, nearest(&colors, rgb(*c)))));
        seen.sort_unstable();
        Self { colors, seen }
    }

    fn index(&self, color: u32) -> u8 {
        let found = self.seen.binary_search_by_key(&color, |(c, _)| *c);
        found.map_or(0, |k| self.seen[k].1)
    }
}

/// So many colours that stand for these, each as often as it occurs.
fn gathered(colors: &[(usize, u32)], room: usize) -> Vec<[u8; 3]> {
    /// Pixels from which the network learns; fewer than a few hundred would not teach it.
    const SAMPLE: usize = 100_000;
    let all: usize = colors.iter().map(|(count, _)| count).sum();
    // Rare colours are seen at least once.
    let times = |count: usize| {
        if all < SAMPLE {
            count * (1 + 1000 / all)
        } else {
            (count * SAMPLE).div_ceil(all)
        }
    };
    let pixels: Vec<u8> = colors
        .iter()
        .flat_map(|&(count, color)| {
            let [r, g, b] = rgb(color);
            std::iter::repeat_n([r, g, b, 255], times(count))
        })
        .flatten()
        .collect();
    let learned = NeuQuant::new(1, room, &pixels).color_map_rgb();
    let (learned, _) = learned.as_chunks::<3>();
    learned.to_vec()
}

fn nearest(colors: &[[u8; 3]], color: [u8; 3]) -> u8 {
    let distance = |other: &[u8; 3]| -> u32 {
        let squares = color.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2));
        squares.sum()
    };
    let closest = colors.iter().zip(0u8..).min_by_key(|(other, _)| distance(other));
    closest.map_or(0, |(_, k)| k)
}

#[cfg(test)]
#[allow(clippy::print_stdout, reason = "a test says what it measured")]
mod tests {
    use super::*;

    #[test]
    fn delays_add_up_to_the_length_of_the_film() {
        for rate in [7.0, 24.0, 30.0, 50.0] {
            let sum: u64 = (0..600).map(|k| u64::from(delay(k, rate))).sum();
            assert_eq!(sum, (60_000.0 / rate).round() as u64);
        }
        assert!((0..600).all(|k| (3..=4).contains(&delay(k, 30.0))));
    }

    #[test]
    fn few_colours_are_kept_and_common_ones_stay_exact_among_many() {
        let few: Vec<u32> = (0..200).map(|k| k * 1000).collect();
        let palette = Palette::of(few.clone());
        assert!(
            few.iter()
                .all(|&c| palette.colors[usize::from(palette.index(c))] == rgb(c))
        );

        let common = 0x0012_3456;
        let mut many: Vec<u32> = (0..5000u32).map(|k| k.wrapping_mul(2_654_435) & 0x00ff_ffff).collect();
        many.extend([common; 10]);
        let palette = Palette::of(many.clone());
        assert!(palette.colors.len() <= 255);
        assert_eq!(palette.colors[usize::from(palette.index(common))], rgb(common));
        // Over the whole cube 127 colours are about 51 apart; half of that in each channel is what a colour may be off.
        let off = |c: u32| {
            let near = palette.colors[usize::from(palette.index(c))];
            near.iter()
                .zip(rgb(c))
                .map(|(a, b)| u64::from(a.abs_diff(b)))
                .sum::<u64>() as f64
                / 3.0
        };
        let mean = many.iter().map(|&c| off(c)).sum::<f64>() / many.len() as f64;
        println!("mean distance of a channel {mean:.1}");
        assert!(mean < 0.5 * 51.0);
    }

    #[test]
    fn only_what_changes_is_written() {
        let first = RgbaImage::from_pixel(20, 10, image::Rgba([9, 9, 9, 255]));
        let mut second = first.clone();
        second.put_pixel(3, 4, image::Rgba([200, 0, 0, 255]));
        second.put_pixel(5, 6, image::Rgba([200, 0, 0, 255]));
        let frame = frame(Some(&first), &second, 5);
        assert_eq!((frame.left, frame.top, frame.width, frame.height), (3, 4, 3, 3));
        assert_eq!(frame.buffer.iter().filter(|&&k| k != CLEAR).count(), 2);
        let same = super::frame(Some(&first), &first, 5);
        assert_eq!((same.width, same.height, same.buffer[0]), (1, 1, CLEAR));
    }
}
