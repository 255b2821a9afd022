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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes that do not compress: a linear congruential generator's.
    fn noise(count: usize) -> Vec<u8> {
        let mut state: u32 = 1;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..count).map(|_| next()).collect()
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..5000), inline_max in 0..3000_usize) {
            let packed = Packed::pack(&bytes, inline_max);
            prop_assert!(packed.inline_len() <= inline_max);
            prop_assert_eq!(packed.unpack(), Ok(bytes));
        }

        #[test]
        fn any_bytes_are_refused_or_unpacked_to_the_promised_size(
            bytes in proptest::collection::vec(any::<u8>(), 0..500),
            size in 0..1000_usize,
        ) {
            if let Ok(unpacked) = unpack(&[bytes], size) {
                prop_assert_eq!(unpacked.len(), size);
            }
        }
    }

    #[test]
    fn a_large_body_is_split_into_items_that_the_table_takes() {
        let bytes = noise(1_048_576);
        let packed = Packed::pack(&bytes, PART_MAX);
        let Parts::Split(parts) = &packed.parts else { panic!("not split") };
        assert_eq!(parts.len(), 3);
        assert!(parts.iter().all(|part| part.len() <= PART_MAX));
        assert_eq!(packed.unpack(), Ok(bytes));
    }

    /// Noise that packs to exactly so many bytes.
    fn noise_that_packs_to(bytes: usize) -> Vec<u8> {
        let packed = |count: usize| Packed::pack(&noise(count), usize::MAX).inline_len();
        let overhead = packed(bytes) - bytes;
        let near = bytes - overhead - 8..bytes;
        let count = near.into_iter().find(|count| packed(*count) == bytes).expect("each byte adds one");
        noise(count)
    }

    #[test]
    fn a_part_has_350_000_packed_bytes_and_one_more_begins_the_next() {
        for (bytes, parts) in [
            (PART_MAX - 1, vec![PART_MAX - 1]),
            (PART_MAX, vec![PART_MAX]),
            (PART_MAX + 1, vec![PART_MAX, 1]),
        ] {
            let body = noise_that_packs_to(bytes);
            let packed = Packed::pack(&body, 0);
            let Parts::Split(split) = &packed.parts else { panic!("inline") };
            assert_eq!(split.iter().map(Vec::len).collect::<Vec<_>>(), parts);
            assert_eq!(packed.unpack(), Ok(body));
        }
    }

    #[test]
    fn as_many_packed_bytes_as_are_allowed_stay_in_the_item_and_one_more_goes_to_parts() {
        let body = noise_that_packs_to(2_000);
        for (inline_max, is_inline) in [(1_999, false), (2_000, true), (2_001, true)] {
            let packed = Packed::pack(&body, inline_max);
            assert_eq!(matches!(packed.parts, Parts::Inline(_)), is_inline, "{inline_max}");
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked_past_its_promise() {
        let packed = Packed::pack(&vec![0; 10_000_000], PART_MAX);
        let Parts::Inline(bomb) = packed.parts else { panic!("split") };
        assert_eq!(unpack(&[bomb], 1000), Err(BodyError::WrongSize));
    }

    #[test]
    fn a_missing_or_altered_part_shows() {
        let Parts::Split(mut parts) = Packed::pack(&noise(800_000), 0).parts else { panic!("inline") };
        assert_eq!(unpack(&parts[..2], 800_000), Err(BodyError::Damaged));
        parts[1][1000] ^= 1;
        assert!(unpack(&parts, 800_000).is_err());
    }

    #[test]
    fn sizes_are_reported_and_contents_are_not() {
        let inline = Packed::pack(b"F-77", PART_MAX);
        assert_eq!((inline.part_count(), inline.inline_len()), (0, 12));
        assert_eq!(format!("{inline:?}"), "Packed(4 bytes, 12 inline, 0 parts)");
        let split = Packed::pack(b"F-77", 11);
        assert_eq!(format!("{split:?}"), "Packed(4 bytes, 0 inline, 1 parts)");
        assert_ne!(BodyError::Damaged.to_string(), BodyError::WrongSize.to_string());
    }
}
