//! The webhook's signature: Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…`),
//! HMAC-SHA-256 over `id.timestamp.body` with the exact bytes of the body as sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use ring::hmac;

/// How far the sender's clock may be off, either way.
pub const TOLERANCE_SECONDS: i64 = 300;
/// The shortest secret, in bytes.
pub const SECRET_BYTES_MIN: usize = 24;

/// A signing secret. Never shown, never logged.
#[derive(Clone)]
pub struct Secret {
    key: hmac::Key,
    text: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A text is no signing secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Not `whsec_` and base64.
    #[error("a signing secret is \"whsec_\" followed by base64")]
    Shape,
    /// Too short.
    #[error("a signing secret has at least {SECRET_BYTES_MIN} bytes; this one has {0}")]
    Short(usize),
}

impl Secret {
    /// Makes a secret of random bytes that the caller drew.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &bytes), text: format!("whsec_{}", STANDARD.encode(bytes)) }
    }

    /// The text that the handshake passes on.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl std::str::FromStr for Secret {
    type Err = SecretError;
    fn from_str(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix("whsec_").ok_or(SecretError::Shape)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError::Shape)?;
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(SecretError::Short(bytes.len()));
        }
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &bytes), text: text.to_owned() })
    }
}

fn signed_bytes(id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{id}.{timestamp}.").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The value of `webhook-signature`: one signature per secret (current and, while it rotates, previous).
pub fn sign(secrets: &[Secret], id: &str, at: Timestamp, body: &[u8]) -> String {
    let bytes = signed_bytes(id, at.as_second(), body);
    let one = |secret: &Secret| format!("v1,{}", STANDARD.encode(hmac::sign(&secret.key, &bytes)));
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The three headers of a request.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// `webhook-id`
    pub id: &'a str,
    /// `webhook-timestamp`
    pub timestamp: &'a str,
    /// `webhook-signature`
    pub signature: &'a str,
}

/// Why a request isn't believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not seconds since 1970.
    #[error("webhook-timestamp is not a whole number of seconds since 1970")]
    Timestamp,
    /// Signed, but too far from this clock: a wrong clock delays and never loses (answer 425).
    #[error("webhook-timestamp is {0} seconds away from this clock; at most {TOLERANCE_SECONDS} are allowed")]
    Skew(i64),
    /// No signature of a known version fits (answer 401).
    #[error("no v1 signature in webhook-signature fits the body and a current secret")]
    Mismatch,
}

/// Verifies a request against the current and previous secrets, in constant time per comparison.
/// A wrong signature is told before a wrong clock, so that nobody unsigned learns about the clock.
pub fn verify(secrets: &[Secret], headers: Headers<'_>, body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
    let timestamp: i64 = headers.timestamp.parse().map_err(|_| SignatureError::Timestamp)?;
    let bytes = signed_bytes(headers.id, timestamp, body);
    let fits = headers
        .signature
        .split(' ')
        .filter_map(|part| part.strip_prefix("v1,"))
        .filter_map(|encoded| STANDARD.decode(encoded).ok())
        .any(|tag| secrets.iter().any(|secret| hmac::verify(&secret.key, &bytes, &tag).is_ok()));
    if !fits {
        return Err(SignatureError::Mismatch);
    }
    let skew = now.as_second().saturating_sub(timestamp);
    if skew.saturating_abs() > TOLERANCE_SECONDS { Err(SignatureError::Skew(skew)) } else { Ok(()) }
}
