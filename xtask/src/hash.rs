//! SHA-256, as the tables write it, and MD5, as SQS writes it.

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest, Sha256};

/// 64 lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// 32 lower-case hexadecimal digits: the sum that SQS sends along with a body.
pub(crate) fn md5(bytes: &[u8]) -> String {
    hexadecimal(&Md5::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}
