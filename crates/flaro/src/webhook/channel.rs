//! The linkage behind a webhook address. The address is looked up by its hash; it is the tenant's proof together
//! with the signature that is verified against the secrets found here.

use crate::{
    Company, Flaro,
    partner::{unavailable, vault},
};
use axum::http::StatusCode;
use db::{DbError, Row, Tx, args};
use jiff::Timestamp;
use protocol::{hash::Sha256, signature::Secret};
use sales::CompanyCode;
use web::ApiError;

/// A linkage that events may come through.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub company: Company,
    pub company_code: CompanyCode,
    pub partner: String,
    pub linkage_id: String,
    pub generation: i64,
    pub secret: Secret,
    /// The secret as it is stored: what says later whether it is still the same.
    pub stored_secret: String,
    pub secret_used: bool,
    previous: Option<(Secret, i64)>,
}

const FIND: &str = "SELECT l.company_id, c.code, l.partner, l.linkage_id, l.generation, l.secret, l.secret_used_at,
      l.previous_secret, l.previous_until, l.ended_at
    FROM linkage l JOIN company c ON c.company_id = l.company_id WHERE l.token_sha256 = $1";

impl Channel {
    pub async fn find(flaro: &Flaro, token: &str) -> Result<Self, ApiError> {
        let hash = Sha256::of(token.as_bytes()).to_string();
        let found = flaro.db.read(async move |tx: &mut Tx| tx.fetch_optional(FIND, args![hash]).await).await;
        let row = found.map_err(unavailable)?.ok_or_else(unknown)?;
        if row.opt_int("ended_at").map_err(unavailable)?.is_some() {
            return Err(ended());
        }
        Self::read(flaro, &row).map_err(unavailable)
    }

    fn read(flaro: &Flaro, row: &Row) -> Result<Self, DbError> {
        let (company, linkage_id) = (Company::of(row)?, row.text("linkage_id")?);
        let secret = |column: &'static str| -> Result<Option<Secret>, DbError> {
            let text = vault::open(flaro, company.as_str(), &linkage_id, row, column)?;
            text.map(|text| text.parse::<Secret>().map_err(|_| damaged(column, "a signing secret"))).transpose()
        };
        let previous = secret("previous_secret")?.zip(row.opt_int("previous_until")?);
        Ok(Self {
            company_code: row.text("code")?.parse().map_err(|_| damaged("code", "a company code"))?,
            partner: row.text("partner")?,
            generation: row.int("generation")?,
            secret: secret("secret")?.ok_or_else(|| damaged("secret", "a signing secret"))?,
            stored_secret: row.text("secret")?,
            secret_used: row.opt_int("secret_used_at")?.is_some(),
            previous,
            company,
            linkage_id,
        })
    }

    /// The secret before the present one, while the rotation overlaps.
    pub fn previous(&self, now: Timestamp) -> Option<&Secret> {
        self.previous.as_ref().filter(|(_, until)| now.as_millisecond() < *until).map(|(secret, _)| secret)
    }
}

fn damaged(column: &str, rule: &'static str) -> DbError {
    DbError::Column { column: column.to_owned(), rule, found: "something else".to_owned() }
}

fn unknown() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "webhook_unknown", "no linkage has this webhook address")
        .hint("Use the webhook_url of the handshake exactly as it was given; a new generation has a new one.")
}

fn ended() -> ApiError {
    ApiError::new(StatusCode::GONE, "linkage_ended", "the linkage of this webhook address has ended")
        .hint("Start a new linkage: it gets a new address and a new secret.")
}
