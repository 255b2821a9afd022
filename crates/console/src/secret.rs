//! What only one browser knows: random, compared in a time that does not depend on how much of it was right.

use std::fmt::{self, Write as _};

use subtle::ConstantTimeEq;

/// 32 random bytes as 64 hexadecimal digits.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let mut digits = String::with_capacity(64);
        for byte in bytes {
            // Writing to a String cannot fail.
            write!(digits, "{byte:02x}").ok();
        }
        Ok(Self(digits))
    }

    /// Whether `given` is it. Takes as long for a nearly right guess as for a wrong one.
    pub(crate) fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// The digits, for whoever is to know them.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Shows nothing.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_all_of_its_digits() {
        let secret = Secret::random().unwrap();
        let digits = secret.reveal().to_owned();
        assert_eq!(digits.len(), 64);
        assert!(secret.is(&digits));
        for wrong in [&digits[1..], &digits[..63], "", &"0".repeat(64), &format!("{digits}0")] {
            assert!(!secret.is(wrong));
        }
        assert!(!Secret::random().unwrap().is(&digits));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
