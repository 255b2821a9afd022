//! Bodies at rest: compressed, and split where one table item cannot hold them.
//!
//! The encoding is `deflate` in the sense of HTTP: RFC 1951 in the frame of RFC 1950, whose checksum makes a damaged
//! body show.

use std::borrow::Borrow;
use std::io::Read;
use std::{fmt, slice};

use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};

/// The name of the encoding, as it stands in the table.
pub const ENCODING: &str = "deflate";

/// The most bytes of one part: a table item holds 400 KB, its keys and names included.
pub const PART_MAX: usize = 350_000;

/// Bytes packed for the table.
#[derive(Clone, PartialEq, Eq)]
pub struct Packed {
    /// The number of bytes before they were packed.
    pub size: usize,
    /// The packed bytes.
    pub parts: Parts,
}

/// Where packed bytes go.
#[derive(Clone, PartialEq, Eq)]
pub enum Parts {
    /// In the item itself.
    Inline(Vec<u8>),
    /// In items of their own, in this order, each at most [`PART_MAX`] bytes.
    Split(Vec<Vec<u8>>),
}

impl Packed {
    /// Packs `bytes`: inline if at most `inline_max` bytes are left after compression, split otherwise.
    pub fn pack(bytes: &[u8], inline_max: usize) -> Self {
        let mut packed = Vec::new();
        let mut encoder = ZlibEncoder::new(bytes, Compression::fast());
        // Reading from memory into memory has no way to fail.
        if encoder.read_to_end(&mut packed).is_err() {
            packed.clear();
        }
        let parts = if packed.len() <= inline_max {
            Parts::Inline(packed)
        } else {
            Parts::Split(packed.chunks(PART_MAX).map(<[u8]>::to_vec).collect())
        };
        Self { size: bytes.len(), parts }
    }

    /// The number of part items: 0 when the bytes are inline.
    pub fn part_count(&self) -> usize {
        match &self.parts {
            Parts::Inline(_) => 0,
            Parts::Split(parts) => parts.len(),
        }
    }

    /// The number of packed bytes in the item itself.
    pub fn inline_len(&self) -> usize {
        match &self.parts {
            Parts::Inline(bytes) => bytes.len(),
            Parts::Split(_) => 0,
        }
    }

    /// The bytes that were packed.
    pub fn unpack(&self) -> Result<Vec<u8>, BodyError> {
        match &self.parts {
            Parts::Inline(bytes) => unpack(slice::from_ref(bytes), self.size),
            Parts::Split(parts) => unpack(parts, self.size),
        }
    }
}

/// Shows sizes, never contents.
impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({} bytes, {} inline, {} parts)", self.size, self.inline_len(), self.part_count())
    }
}

/// Joins `parts` and unpacks them to exactly `size` bytes. Never makes more than `size` bytes out of them.
pub fn unpack(parts: &[impl Borrow<[u8]>], size: usize) -> Result<Vec<u8>, BodyError> {
    let packed = parts.concat();
    let mut bytes = Vec::with_capacity(size.min(packed.len().saturating_mul(4)));
    // One byte more than promised, to see that there is more.
    let limit = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
    ZlibDecoder::new(packed.as_slice())
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|_| BodyError::Damaged)?;
    if bytes.len() == size { Ok(bytes) } else { Err(BodyError::WrongSize) }
}

/// A packed body that cannot be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It is not what was packed: cut short, or altered.
    Damaged,
    /// It unpacks to another size than it should.
    WrongSize,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "unpack the body: it is cut short or altered",
            Self::WrongSize => "unpack the body: its size is not the one on record",
        })
    }
}

impl std::error::Error for BodyError {}
