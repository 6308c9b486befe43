//! From a settlement's facts to the bytes of its event. Made once; what is stored is what every attempt sends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use db::{Row, Sql, Tx, args};
use protocol::control::SettlementControl;
use protocol::event::{Envelope, Event, EventRegister, EventStore, Frame};
use protocol::hash::Sha256;
use sales::{CompanyCode, FlaroStoreCode, Overflow, OwnCodes, ProductId, RegisterId, Settlement, StoreId};
use uuid::Uuid;

use crate::intake::{AcceptedSettlement, Figures};
use crate::stored::{Stored, word_of};
use crate::{PosError, Tenant};

/// In which event ids are made: of the same revision in the same generation it is always the same one.
const EVENT_IDS: Uuid = Uuid::from_u128(0x5b0f_7a52_6c1e_4d0b_9a53_1d8e_8f6c_2e01);

const NAMES: &str = "
    SELECT c.code, s.name AS store, r.name AS register, k.flaro_store_code
    FROM company c
    JOIN store s ON s.company_id = c.company_id AND s.store_id = $2
    LEFT JOIN register r ON r.company_id = c.company_id AND r.register_id = $3
    LEFT JOIN store_link k ON k.company_id = c.company_id AND k.store_id = s.store_id AND k.generation = $4
    WHERE c.company_id = $1";
const OWN_CODES: Sql = Sql {
    sqlite: "SELECT product_id, own_product_code, own_parent_category_code, own_child_category_code FROM product
             WHERE company_id = $1 AND product_id IN (SELECT value FROM json_each($2))",
    postgres: "SELECT product_id, own_product_code, own_parent_category_code, own_child_category_code FROM product
               WHERE company_id = $1 AND product_id IN (SELECT jsonb_array_elements_text(CAST($2 AS JSONB)))",
};

/// Through which linkage an event goes, and what 共通設定 asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The generation.
    pub generation: i64,
    /// 自社商品コード
    pub own_product_codes: bool,
    /// 自社商品カテゴリコード
    pub own_category_codes: bool,
}

/// The names and codes an event carries beside the facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    company_code: CompanyCode,
    flaro_store_code: Option<FlaroStoreCode>,
    store: EventStore,
    register: EventRegister,
}

/// An event, ready to be stored.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its id.
    pub event_id: Uuid,
    /// Its sequence.
    pub sequence: i64,
    /// `settlement.closed` …
    pub event_type: String,
    /// The compressed bytes and the hash of the plain ones.
    pub frame: Frame,
    /// How long the plain bytes are.
    pub body_bytes: i64,
    /// The facts' hash.
    pub facts_sha256: Sha256,
    /// Control totals as JSON.
    pub control: String,
}

impl Channel {
    pub(super) fn read(row: &Row) -> Result<Self, PosError> {
        Ok(Self {
            generation: row.int("generation")?,
            own_product_codes: row.flag("own_product_codes")?,
            own_category_codes: row.flag("own_category_codes")?,
        })
    }
}

/// Names and codes as they are now.
pub async fn names(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store_id: StoreId,
    register_id: RegisterId,
) -> Result<Names, PosError> {
    let args = args![tenant.as_str(), store_id.to_string(), register_id.to_string(), generation];
    let row = tx.fetch_optional(NAMES, args).await?.ok_or(PosError::NotFound("store"))?;
    Names::read(&row, store_id, register_id)
}

impl Names {
    pub(super) fn read(row: &Row, store_id: StoreId, register_id: RegisterId) -> Result<Self, PosError> {
        Ok(Self {
            company_code: row.parse("code")?,
            flaro_store_code: row.opt_parse("flaro_store_code")?,
            store: EventStore { id: store_id, name: row.text("store")? },
            register: EventRegister { id: register_id, name: row.opt_text("register")?.unwrap_or_default() },
        })
    }
}

/// The chain's own codes of what was sold, if 共通設定 asks for any.
pub async fn own_codes(
    tx: &mut Tx,
    tenant: &Tenant,
    channel: Channel,
    settlement: &Settlement,
) -> Result<BTreeMap<ProductId, OwnCodes>, PosError> {
    if !channel.own_product_codes && !channel.own_category_codes {
        return Ok(BTreeMap::new());
    }
    let sold = settlement.checks.iter().flat_map(|check| &check.lines).map(|line| line.product.id);
    let sold: BTreeSet<String> = sold.map(|id| id.to_string()).collect();
    let sold = serde_json::json!(sold).to_string();
    let mut codes = BTreeMap::new();
    for row in tx.fetch_all(OWN_CODES, args![tenant.as_str(), sold]).await? {
        let own = OwnCodes {
            product: row.opt_parse("own_product_code")?,
            parent_category: row.opt_parse("own_parent_category_code")?,
            child_category: row.opt_parse("own_child_category_code")?,
        };
        codes.insert(row.parse("product_id")?, own);
    }
    Ok(codes)
}

/// The id of a revision's event in a generation.
pub fn event_id(tenant: &Tenant, generation: i64, settlement: &Settlement) -> Uuid {
    let name = format!("{tenant}/{generation}/{}/{}", settlement.id, settlement.revision);
    Uuid::new_v5(&EVENT_IDS, name.as_bytes())
}

/// Makes the event's bytes. Pure and not quick: for many at once, do it outside a transaction.
pub fn make(
    event_id: Uuid,
    channel: Channel,
    sequence: i64,
    names: Names,
    accepted: &AcceptedSettlement,
    codes: &BTreeMap<ProductId, OwnCodes>,
) -> Result<Made, PosError> {
    let (settlement, facts_sha256) = (&accepted.settlement, accepted.facts_sha256);
    let figures = match &accepted.figures {
        Some(known) => known.clone(),
        None => Arc::new(Figures::of(settlement, facts_sha256)?),
    };
    let envelope = envelope(event_id, channel, sequence, names);
    let (control, datasets) = (figures.control, figures.datasets.clone());
    let (event_type, plain) = Event::write(envelope, settlement, &figures.checks, datasets, control, codes);
    Ok(Made {
        event_id,
        sequence,
        event_type: word_of(event_type),
        body_bytes: i64::try_from(plain.len()).unwrap_or(i64::MAX),
        frame: Frame::pack(&plain)?,
        facts_sha256,
        control: control_text(&control),
    })
}

/// The event itself.
pub fn event(
    event_id: Uuid,
    channel: Channel,
    sequence: i64,
    names: Names,
    settlement: Settlement,
    codes: &BTreeMap<ProductId, OwnCodes>,
) -> Result<Event, Overflow> {
    Event::new(envelope(event_id, channel, sequence, names), settlement, codes)
}

fn envelope(event_id: Uuid, channel: Channel, sequence: i64, names: Names) -> Envelope {
    Envelope {
        event_id,
        sequence: u64::try_from(sequence).unwrap_or_default(),
        company_code: names.company_code,
        flaro_store_code: names.flaro_store_code,
        store: names.store,
        register: names.register,
        own_product_codes: channel.own_product_codes,
        own_category_codes: channel.own_category_codes,
    }
}

fn control_text(control: &SettlementControl) -> String {
    serde_json::json!(control).to_string()
}
