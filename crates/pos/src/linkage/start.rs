//! 連携開始: the handshake. FLARO is told the company and gives back the Webhook連携先URL and a signing secret.
//!
//! The generation is written down before FLARO is asked, so that a crash in between asks for the same one again.

use db::{Tx, args};
use jiff::Timestamp;
use protocol::partner::{LinkageGranted, LinkageRequest};
use protocol::signature::Secret;
use sales::CompanyCode;
use url::Url;

use super::{Linkage, LinkageState, latest, vault};
use crate::partner_client::{PartnerClient, PartnerError, egress};
use crate::queue;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit};

/// What was started. The URL is shown on this occasion only.
#[derive(Clone, Debug)]
pub struct Started {
    /// Which generation.
    pub generation: i64,
    /// Webhook連携先URL
    pub webhook_url: String,
    /// How many settlements the last generation left unsent and this one takes over.
    pub inherited: i64,
}

/// Why the linkage was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// FLARO knows no such 企業コード.
    #[error("FLAROに企業コード「{0}」が見つかりません。FLAROに登録された企業コードと合っているか確認してください")]
    UnknownCompany(CompanyCode),
    /// There is one already.
    #[error("すでに連携されています")]
    AlreadyLinked,
    /// FLARO's answer or its absence.
    #[error("FLAROと通信できませんでした。しばらくしてからもう一度「連携開始」を押してください（{0}）")]
    Partner(PartnerError),
    /// This place.
    #[error(transparent)]
    Pos(#[from] PosError),
}

impl From<db::DbError> for StartError {
    fn from(error: db::DbError) -> Self {
        Self::Pos(error.into())
    }
}

/// So many generations are asked for at once.
const GENERATIONS_MAX: usize = 50;
const COMPANY: &str = "SELECT code, name FROM company WHERE company_id = $1";
const REQUEST: &str = "
    INSERT INTO linkage (company_id, generation, state, requested_at) VALUES ($1, $2, 'requested', $3)";
const GRANT: &str = "
    UPDATE linkage SET state = 'linked', linkage_id = $3, webhook_url = $4, endpoint = $5, secret = $6, zstd = $7,
           own_product_codes = COALESCE((SELECT p.own_product_codes FROM linkage p
                                         WHERE p.company_id = $1 AND p.generation < $2
                                         ORDER BY p.generation DESC LIMIT 1), 0),
           own_category_codes = COALESCE((SELECT p.own_category_codes FROM linkage p
                                          WHERE p.company_id = $1 AND p.generation < $2
                                         ORDER BY p.generation DESC LIMIT 1), 0)
    WHERE company_id = $1 AND generation = $2 AND state = 'requested'";
const TAKEN: &str = "
    UPDATE linkage SET generation = generation + 1 WHERE company_id = $1 AND generation = $2 AND state = 'requested'";
const PREFILL: &str = "
    INSERT INTO store_link (company_id, generation, store_id, flaro_store_code, updated_by, updated_at)
    SELECT s.company_id, $2, s.store_id, p.flaro_store_code, $3, $4
    FROM store s LEFT JOIN store_link p
      ON p.company_id = s.company_id AND p.store_id = s.store_id
     AND p.generation = (SELECT MAX(b.generation) FROM linkage b WHERE b.company_id = $1 AND b.generation < $2)
    WHERE s.company_id = $1
    ON CONFLICT DO NOTHING";

/// Starts the linkage of a company. `inherit`: what the last generation left unsent goes with this one, store by
/// store, as soon as each is switched on.
pub async fn start(pos: &Pos, tenant: &Tenant, who: &str, inherit: bool) -> Result<Started, StartError> {
    let client = PartnerClient::new(&pos.settings).map_err(StartError::Partner)?;
    let (request, granted) = ask(pos, tenant, &client).await?;
    let endpoint = usable(&granted, pos.settings.allow_private_networks).map_err(StartError::Partner)?;
    let started = accept(pos, tenant, who, inherit, request.generation, granted, endpoint).await?;
    pos.wake.notify_one();
    Ok(started)
}

/// Asks FLARO, with the next generation where it has this one already: this place was restored from a backup that is
/// older than the linkage.
async fn ask(
    pos: &Pos,
    tenant: &Tenant,
    client: &PartnerClient,
) -> Result<(LinkageRequest, LinkageGranted), StartError> {
    for _ in 1..GENERATIONS_MAX {
        let request = reserve(pos, tenant).await?;
        match client.start(&request).await {
            Err(PartnerError::Refused { status: 409, message }) => {
                tracing::warn!(%tenant, generation = request.generation, message, "asking with the next generation");
                taken(pos, tenant, request.generation).await?;
            }
            asked => return granted(request, asked),
        }
    }
    let request = reserve(pos, tenant).await?;
    let asked = client.start(&request).await;
    granted(request, asked)
}

fn granted(
    request: LinkageRequest,
    asked: Result<LinkageGranted, PartnerError>,
) -> Result<(LinkageRequest, LinkageGranted), StartError> {
    match asked {
        Ok(granted) => Ok((request, granted)),
        Err(PartnerError::Unknown { .. }) => Err(StartError::UnknownCompany(request.company_code)),
        Err(other) => Err(StartError::Partner(other)),
    }
}

async fn taken(pos: &Pos, tenant: &Tenant, generation: i64) -> Result<(), PosError> {
    let company = tenant.as_str().to_owned();
    pos.db.write(async move |tx: &mut Tx| tx.execute(TAKEN, args![company, generation]).await).await?;
    Ok(())
}

/// The generation to ask for, written down.
async fn reserve(pos: &Pos, tenant: &Tenant) -> Result<LinkageRequest, StartError> {
    let (tenant, now) = (tenant.clone(), pos.now());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<LinkageRequest, StartError> {
            tx.lock(&format!("linkage {tenant}")).await?;
            let company = tx.fetch_one(COMPANY, args![tenant.as_str()]).await?;
            let last = latest(tx, &tenant).await?;
            let generation = next_generation(last.as_ref())?;
            if last.is_none_or(|last| last.generation != generation) {
                tx.execute(REQUEST, args![tenant.as_str(), generation, now.as_millisecond()]).await?;
            }
            let (company_code, company_name) = (company.parse("code")?, company.text("name")?);
            Ok(LinkageRequest { company_code, company_name, generation })
        })
        .await
}

fn next_generation(last: Option<&Linkage>) -> Result<i64, StartError> {
    match last.map(|last| (last.state, last.generation)) {
        None => Ok(1),
        Some((LinkageState::Requested, generation)) => Ok(generation),
        Some((LinkageState::Ended, generation)) => Ok(generation + 1),
        Some((LinkageState::Linked, _)) => Err(StartError::AlreadyLinked),
    }
}

/// What FLARO granted must be callable and signable before it is believed. Gives the endpoint.
fn usable(granted: &LinkageGranted, allow_private_networks: bool) -> Result<String, PartnerError> {
    let unreadable = |what: &str| PartnerError::Unreadable(what.to_owned());
    let url: Url = granted.webhook_url.parse().map_err(|_| unreadable("webhook_url is not an address"))?;
    egress::check(&url, allow_private_networks)?;
    let _: Secret = granted.signing_secret.parse().map_err(|_| unreadable("signing_secret is not one"))?;
    Ok(egress::endpoint(&url))
}

async fn accept(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    inherit: bool,
    generation: i64,
    granted: LinkageGranted,
    endpoint: String,
) -> Result<Started, StartError> {
    let (shared, tenant, who, now) = (pos.clone(), tenant.clone(), who.to_owned(), pos.now());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Started, StartError> {
            let LinkageGranted { linkage_id, webhook_url, signing_secret, zstd } = granted;
            let id = linkage_id.to_string();
            let url = shared.keys.seal(&vault::place(&tenant, generation, "webhook_url"), &webhook_url)?;
            let secret = shared.keys.seal(&vault::place(&tenant, generation, "secret"), &signing_secret)?;
            let args = args![tenant.as_str(), generation, id, url, endpoint, secret, zstd];
            if tx.execute(GRANT, args).await? == 0 {
                return Err(StartError::AlreadyLinked);
            }
            tx.execute(PREFILL, args![tenant.as_str(), generation, &who, now.as_millisecond()]).await?;
            let inherited = take_over(tx, &shared, &tenant, &who, generation, inherit, now).await?;
            let after = format!("連携中（{generation}回目、引き継ぎ {inherited}件）");
            audit::note(tx, &shared, &tenant, &who, "連携開始", "FLARO連携", Some("未連携"), Some(&after)).await?;
            Ok(Started { generation, webhook_url, inherited })
        })
        .await
}

/// 前回の未送信を引き継ぐ, or leave it for good.
async fn take_over(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    generation: i64,
    inherit: bool,
    now: Timestamp,
) -> Result<i64, PosError> {
    if inherit { queue::inherit(tx, pos, tenant, who, generation, now).await } else { queue::leave(tx, tenant).await }
}
