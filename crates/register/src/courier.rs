//! The way to head office over HTTP: posts batches, asks for masters, and says what it heard. It decides
//! nothing, follows no redirect, and reads no more of an answer than its bound.

use crate::upload::UploadError;
use jiff::Timestamp;
use protocol::{
    BODY_BYTES_MAX,
    journal::{Batch, JournalAnswer},
    masters::Masters,
    refusal::Refusal,
    upload::{Heard, Pace},
};
use reqwest::{Client, Response, StatusCode, header, redirect};
use sales::RegisterId;
use std::time::Duration;
use url::Url;

/// An answer to a batch is no longer than this.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// How much of a foreign answer is shown.
const SHOWN_CHARS_MAX: usize = 200;

/// The bearer token of one till. Never shown, never logged.
#[derive(Clone)]
pub struct Token(String);

impl std::str::FromStr for Token {
    type Err = UploadError;
    fn from_str(text: &str) -> Result<Self, UploadError> {
        let text = text.trim();
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(UploadError::Token) }
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Where head office is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct HeadOffice {
    /// `https://…`, in front of `/api/v1`.
    pub url: Url,
    /// The till's own.
    pub token: Token,
    /// How patiently.
    pub pace: Pace,
}

impl HeadOffice {
    /// At the usual pace.
    pub fn new(url: Url, token: Token) -> Self {
        Self { url, token, pace: Pace::default() }
    }
}

/// What asking for masters came to.
pub(crate) enum Pulled {
    /// There are newer ones.
    New(Box<Masters>),
    /// The till has the newest.
    Same,
    /// It did not work out.
    Not(Heard),
}

#[derive(Debug)]
pub(crate) struct Courier {
    client: Client,
    journal: Url,
    masters: Url,
    token: Token,
}

impl Courier {
    pub fn new(office: &HeadOffice, register: RegisterId) -> Result<Self, UploadError> {
        // Building a client without one would panic.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(UploadError::NoCryptoProvider);
        }
        let time = Duration::from_millis(office.pace.request_max_ms);
        let client = Client::builder().redirect(redirect::Policy::none()).timeout(time).build();
        let client = client.map_err(|error| UploadError::Client(error.to_string()))?;
        if !matches!(office.url.scheme(), "http" | "https") {
            return Err(UploadError::Address(office.url.to_string(), "it must be http or https".to_owned()));
        }
        let base = office.url.as_str().trim_end_matches('/');
        let at = |what: &str| {
            Url::parse(&format!("{base}/api/v1/registers/{register}/{what}"))
                .map_err(|error| UploadError::Address(office.url.to_string(), error.to_string()))
        };
        Ok(Self { client, journal: at("journal")?, masters: at("masters")?, token: office.token.clone() })
    }

    /// Posts a batch.
    pub async fn send(&self, batch: &Batch) -> Heard {
        let request = self.client.post(self.journal.clone()).bearer_auth(&self.token.0).json(batch);
        match request.send().await {
            Err(error) => failed(&error),
            Ok(response) => heard(response).await,
        }
    }

    /// Asks for masters newer than `since`.
    pub async fn masters(&self, since: Option<i64>) -> Pulled {
        let mut url = self.masters.clone();
        if let Some(since) = since {
            url.query_pairs_mut().append_pair("since", &since.to_string());
        }
        match self.client.get(url).bearer_auth(&self.token.0).send().await {
            Err(error) => Pulled::Not(failed(&error)),
            Ok(response) if response.status() == StatusCode::NOT_MODIFIED => Pulled::Same,
            Ok(response) if response.status() == StatusCode::OK => {
                match body(response, BODY_BYTES_MAX).await.and_then(|bytes| read(&bytes)) {
                    Ok(masters) => Pulled::New(Box::new(masters)),
                    Err(reason) => Pulled::Not(Heard::Failed { reason, retry_after_s: None }),
                }
            }
            Ok(response) => Pulled::Not(turned_away(response).await),
        }
    }
}

async fn heard(response: Response) -> Heard {
    let status = response.status();
    if !status.is_success() && status != StatusCode::CONFLICT {
        return turned_away(response).await;
    }
    match body(response, ANSWER_BYTES_MAX).await.and_then(|bytes| read::<JournalAnswer>(&bytes)) {
        Ok(answer) => Heard::Answer(answer),
        // Somebody else answered: a portal of the network, say.
        Err(reason) => Heard::Failed { reason, retry_after_s: None },
    }
}

async fn turned_away(response: Response) -> Heard {
    let status = response.status();
    let retry_after_s = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let said = body(response, ANSWER_BYTES_MAX).await.and_then(|bytes| read::<Refusal>(&bytes));
    let reason = said.map_or_else(
        |_| status.canonical_reason().unwrap_or("no reason given").to_owned(),
        |refusal| refusal.error.message.chars().take(SHOWN_CHARS_MAX).collect(),
    );
    match status.as_u16() {
        408 | 425 | 429 | 500..=599 => {
            Heard::Failed { reason: format!("{reason} (HTTP {})", status.as_u16()), retry_after_s }
        }
        status => Heard::Refused { status, reason },
    }
}

fn failed(error: &reqwest::Error) -> Heard {
    let what = if error.is_timeout() {
        "head office did not answer in time"
    } else if error.is_connect() {
        "head office can't be reached"
    } else {
        "the connection to head office broke"
    };
    Heard::Failed { reason: what.to_owned(), retry_after_s: None }
}

async fn body(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| "the answer broke off".to_owned())? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > bytes_max {
            return Err(format!("the answer is longer than {bytes_max} bytes"));
        }
    }
    Ok(bytes)
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("the answer is not one of head office: {error}"))
}

/// How far head office's clock is ahead of the till's, measured at the middle of the request.
pub(crate) fn skew_ms(asked_at: Timestamp, heard_at: Timestamp, received_at: Timestamp) -> i64 {
    let middle = asked_at.as_millisecond().midpoint(heard_at.as_millisecond());
    received_at.as_millisecond().saturating_sub(middle)
}
