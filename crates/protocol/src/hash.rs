//! SHA-256 as a value with one written form: 64 lower-case hexadecimal digits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct Sha256(pub [u8; 32]);

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a SHA-256: 64 lower-case hexadecimal digits")]
pub struct NotSha256(String);

impl Sha256 {
    /// All zeros: what the first entry of a journal names as the one before it.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        Self(hash)
    }
}

impl FromStr for Sha256 {
    type Err = NotSha256;
    fn from_str(text: &str) -> Result<Self, NotSha256> {
        let mut hash = [0; 32];
        let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut hash) {
            Ok(()) if lower => Ok(Self(hash)),
            _ => Err(NotSha256(text.chars().take(80).collect())),
        }
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotSha256;
    fn try_from(text: String) -> Result<Self, NotSha256> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.to_string()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}
