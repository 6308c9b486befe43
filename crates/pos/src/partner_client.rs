//! FLARO's partner API as the head office calls it: start a linkage, keep the store table current, end it, and ask
//! for control totals. All of it is idempotent at the other end; answers are bounded; nothing here decides anything.

pub mod egress;

use jiff::civil::Date;
use protocol::control::ControlTotals;
use protocol::partner::{LinkageGranted, LinkageRequest, SecretRotated, StoreTable};
use protocol::refusal::Refusal;
use reqwest::{Client, Method, Response, StatusCode};
use serde::Serialize;
use url::Url;
use uuid::Uuid;

use crate::Settings;

/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// The most characters of an answer that are shown.
const SHOWN_CHARACTERS_MAX: usize = 300;

/// Why FLARO's partner API didn't do as asked.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError {
    /// 404 or 422: the company or the linkage is not known there.
    #[error("FLARO does not know it ({status}): {message}")]
    Unknown {
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// 401 or 403: the partner credential is wrong.
    #[error("FLARO refused the partner credential ({0})")]
    Credential(u16),
    /// Another answer than success.
    #[error("FLARO answered {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// No answer.
    #[error("FLARO could not be reached: {0}")]
    Unreachable(String),
    /// An answer that is not what the contract says.
    #[error("FLARO's answer is not readable: {0}")]
    Unreadable(String),
    /// The address may not be called.
    #[error(transparent)]
    Egress(#[from] egress::EgressRefused),
}

impl PartnerError {
    /// The HTTP status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Unknown { status, .. } | Self::Refused { status, .. } | Self::Credential(status) => Some(*status),
            Self::Unreachable(_) | Self::Unreadable(_) | Self::Egress(_) => None,
        }
    }
}

/// A caller of the partner API.
#[derive(Clone, Debug)]
pub struct PartnerClient {
    http: Client,
    base: Url,
    credential: String,
    allow_private_networks: bool,
}

impl PartnerClient {
    /// With the address and the credential of the settings.
    pub fn new(settings: &Settings) -> Result<Self, PartnerError> {
        let unusable = |why: String| PartnerError::Unreachable(format!("partner_url is not usable: {why}"));
        let base = Url::parse(&format!("{}/", settings.partner_url.trim_end_matches('/')))
            .map_err(|error| unusable(error.to_string()))?;
        let http = egress::client(settings.allow_private_networks).map_err(|error| unusable(error.to_string()))?;
        let credential = settings.partner_credential.clone();
        Ok(Self { http, base, credential, allow_private_networks: settings.allow_private_networks })
    }

    /// `POST /partner/v1/linkages`
    pub async fn start(&self, request: &LinkageRequest) -> Result<LinkageGranted, PartnerError> {
        let answer = self.call(Method::POST, "partner/v1/linkages", Some(request)).await?;
        serde_json::from_slice(&answer).map_err(|error| PartnerError::Unreadable(error.to_string()))
    }

    /// `PUT /partner/v1/linkages/{id}/stores`
    pub async fn put_stores(&self, linkage: Uuid, table: &StoreTable) -> Result<(), PartnerError> {
        self.call(Method::PUT, &format!("partner/v1/linkages/{linkage}/stores"), Some(table)).await.map(drop)
    }

    /// `POST /partner/v1/linkages/{id}/secrets`
    pub async fn rotate(&self, linkage: Uuid) -> Result<SecretRotated, PartnerError> {
        let path = format!("partner/v1/linkages/{linkage}/secrets");
        let answer = self.call(Method::POST, &path, None::<&()>).await?;
        serde_json::from_slice(&answer).map_err(|error| PartnerError::Unreadable(error.to_string()))
    }

    /// `DELETE /partner/v1/linkages/{id}`. One that is gone already has ended.
    pub async fn end(&self, linkage: Uuid) -> Result<(), PartnerError> {
        match self.call(Method::DELETE, &format!("partner/v1/linkages/{linkage}"), None::<&()>).await {
            Ok(_) | Err(PartnerError::Unknown { .. } | PartnerError::Refused { status: 410, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// `GET /partner/v1/linkages/{id}/control-totals?from&to`
    pub async fn control_totals(&self, linkage: Uuid, from: Date, to: Date) -> Result<ControlTotals, PartnerError> {
        let path = format!("partner/v1/linkages/{linkage}/control-totals?from={from}&to={to}");
        let answer = self.call(Method::GET, &path, None::<&()>).await?;
        serde_json::from_slice(&answer).map_err(|error| PartnerError::Unreadable(error.to_string()))
    }

    async fn call(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<Vec<u8>, PartnerError> {
        let url = self.base.join(path).map_err(|error| PartnerError::Unreadable(error.to_string()))?;
        egress::check(&url, self.allow_private_networks)?;
        let mut request = self.http.request(method, url).bearer_auth(&self.credential);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let (answer, _) = read_bounded(response, ANSWER_BYTES_MAX).await.map_err(|error| unreachable(&error))?;
        if status.is_success() { Ok(answer) } else { Err(refusal(status, &answer)) }
    }
}

/// Reads an answer, but never more than `bytes_max`; says whether there was more.
pub async fn read_bounded(mut response: Response, bytes_max: usize) -> reqwest::Result<(Vec<u8>, bool)> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = bytes_max - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok((body, true));
        }
    }
    Ok((body, false))
}

fn unreachable(error: &reqwest::Error) -> PartnerError {
    match egress::refused(error) {
        Some(refused) => PartnerError::Egress(refused),
        None => PartnerError::Unreachable(web::failure::chain(error)),
    }
}

fn refusal(status: StatusCode, answer: &[u8]) -> PartnerError {
    let said = serde_json::from_slice::<Refusal>(answer).map(|refusal| refusal.error.message);
    let said = said.unwrap_or_else(|_| String::from_utf8_lossy(answer).into_owned());
    let message: String = said.chars().filter(|c| !c.is_control()).take(SHOWN_CHARACTERS_MAX).collect();
    match status {
        StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => {
            PartnerError::Unknown { status: status.as_u16(), message }
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PartnerError::Credential(status.as_u16()),
        _ => PartnerError::Refused { status: status.as_u16(), message },
    }
}
