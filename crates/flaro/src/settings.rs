//! How this back office is reached, and which partners may start linkages.

use protocol::hash::Sha256;
use subtle::ConstantTimeEq;
use url::Url;

/// The settings of the place.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where others reach it; webhook addresses are made under it.
    pub public_url: Url,
    /// Who may call the partner API.
    pub partners: Vec<PartnerCredential>,
    /// Browsers come by https: the session cookie becomes `Secure`.
    pub secure_cookies: bool,
    /// A proxy in front sets `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Where inquiries are mailed; without it they are kept and listed only.
    pub smtp: Option<Smtp>,
    /// The keys that stored secrets are sealed with.
    pub keys: db::Keys,
}

/// The mail server that inquiries go to.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name, also the one its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub security: MailSecurity,
    /// The account; empty: none is asked for.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Whom the mails are from.
    pub from: String,
    /// Support's address.
    pub to: String,
}

/// How a connection to a mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// STARTTLS, and nothing without it.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a server on the same machine.
    Plain,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// A partner (a POS vendor) and the bearer credential it shows. Only its hash is held.
#[derive(Clone, PartialEq, Eq)]
pub struct PartnerCredential {
    partner: String,
    hash: Sha256,
}

impl Settings {
    /// Plain http, nothing in front.
    pub fn new(public_url: Url, partners: Vec<PartnerCredential>) -> Self {
        Self { public_url, partners, secure_cookies: false, behind_proxy: false, smtp: None, keys: db::Keys::default() }
    }

    /// The address that events with this token come to.
    pub(crate) fn webhook_url(&self, token: &str) -> String {
        format!("{}/webhook/{token}", self.public_url.as_str().trim_end_matches('/'))
    }
}

impl PartnerCredential {
    /// `partner` is a stable name: linkages belong to it, so a renewed credential keeps the name.
    pub fn new(partner: impl Into<String>, credential: &str) -> Self {
        Self { partner: partner.into(), hash: Sha256::of(credential.as_bytes()) }
    }

    /// The partner's name.
    pub fn partner(&self) -> &str {
        &self.partner
    }

    /// Whether this is the credential, compared in constant time.
    pub(crate) fn is(&self, credential: &str) -> bool {
        self.hash.0.ct_eq(&Sha256::of(credential.as_bytes()).0).into()
    }
}

impl std::fmt::Debug for PartnerCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartnerCredential").field("partner", &self.partner).finish_non_exhaustive()
    }
}
