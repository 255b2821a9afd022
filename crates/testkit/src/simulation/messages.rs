//! What producers send.

use crate::samples;
use crate::world::Rng;

/// A message. Numbers distinguish those of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// A valid invoice of this number.
    Valid(u32),
    /// A copy of it, with members in another order.
    Copy(u32),
    /// Its number with other contents: whichever comes first is stored.
    Conflict(u32),
    /// An invoice that lacks its number: one group, and no key.
    WithoutNumber(u32),
    /// An invoice whose total is wrong: another group, and a suggestion.
    WrongTotal(u32),
    /// No JSON.
    Rubbish(u32),
    /// An invoice that lacks its number, too large for the queue once it has reasons: it needs a claim check.
    Huge(u32),
    /// Bytes that SQS does not accept: they need a claim check, and can only come from Kafka.
    Unclean(u32),
}

/// The most bytes that SQS accepts.
const HUGE: usize = 1_048_576;

impl Message {
    /// A random message. Its number is one of a few, so that messages meet. `n` makes those distinct that have no number.
    pub fn draw(rng: &mut Rng, n: u32, from_kafka: bool) -> Self {
        let number = u32::try_from(rng.below(6)).expect("few");
        match rng.below(40) {
            0..=11 => Self::Valid(number),
            12..=15 => Self::Copy(number),
            16..=19 => Self::Conflict(number),
            20..=28 => Self::WithoutNumber(n),
            29..=33 => Self::WrongTotal(n),
            34..=37 => Self::Rubbish(n),
            _ if from_kafka => Self::Unclean(n),
            38 => Self::Huge(n),
            _ => Self::WithoutNumber(1),
        }
    }

    /// The exact bytes.
    pub fn body(self) -> Vec<u8> {
        match self {
            Self::Valid(n) => samples::valid(&format!("F-{n}"), 1),
            Self::Copy(n) => samples::valid_reordered(&format!("F-{n}"), 1),
            Self::Conflict(n) => samples::valid(&format!("F-{n}"), 2),
            Self::WithoutNumber(n) => samples::without_number(n),
            Self::WrongTotal(n) => samples::wrong_total(&format!("W-{n}"), n),
            Self::Rubbish(n) => format!("nonsense {n}").into_bytes(),
            Self::Huge(n) => {
                let mut body = samples::without_number(n);
                body.resize(HUGE, b' ');
                body
            }
            Self::Unclean(n) => format!("\u{0}{n}").into_bytes().into_iter().chain([0xFF]).collect(),
        }
    }

    /// The number of the invoice, if it is valid by itself.
    pub fn number(self) -> Option<String> {
        match self {
            Self::Valid(n) | Self::Copy(n) | Self::Conflict(n) => Some(format!("F-{n}")),
            _ => None,
        }
    }
}
