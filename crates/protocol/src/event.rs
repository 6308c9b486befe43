//! pos → flaro: one event per settlement revision, its bytes made once.

use crate::{
    control::SettlementControl,
    facts::{WrittenChecks, without_checks},
    hash::Sha256,
};
use jiff::{Timestamp, civil::Date};
use sales::{
    Check, CompanyCode, Datasets, DiscountSales, FlaroStoreCode, HourlySales, MediaSales, Overflow, OwnCodes,
    PaymentSales, ProductHourlySales, ProductId, ProductSales, RegisterId, Settlement, SettlementId, SettlementState,
    SettlementTotals, StoreId, datasets,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Read},
};
use uuid::Uuid;
use zstd::bulk::{Compressor, Decompressor};

/// How hard events are compressed: the level that costs the least for each byte it saves.
const LEVEL: i32 = 1;
/// The version of the event's shape.
pub const VERSION: u32 = 1;

/// What happened to the settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EventType {
    /// 精算
    #[serde(rename = "settlement.closed")]
    Closed,
    /// A correction, or closed again after a 精算取消.
    #[serde(rename = "settlement.revised")]
    Revised,
    /// 精算取消
    #[serde(rename = "settlement.cancelled")]
    Cancelled,
    /// テスト送信: proves the channel, changes nothing.
    #[serde(rename = "linkage.test")]
    Test,
}

/// The event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// [`VERSION`]
    pub version: u32,
    /// Unique for ever; a 再送 keeps it.
    pub event_id: Uuid,
    /// Per generation and store, from 1; only detects gaps.
    pub sequence: u64,
    /// When the settlement was closed, revised or cancelled.
    pub occurred_at: Timestamp,
    /// 企業コード
    pub company_code: CompanyCode,
    /// For the reader's eye: the store table decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flaro_store_code: Option<FlaroStoreCode>,
    /// The POS's store.
    pub store: EventStore,
    /// The till.
    pub register: EventRegister,
    /// 営業日
    pub business_date: Date,
    /// Which settlement at which revision.
    pub settlement: EventSettlement,
    /// Its control totals.
    pub totals: SettlementControl,
    /// The eight datasets.
    pub data: EventData,
}

/// 店舗
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventStore {
    /// The POS's id.
    pub id: StoreId,
    /// 店舗名
    pub name: String,
}

/// レジ
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventRegister {
    /// The POS's id.
    pub id: RegisterId,
    /// レジ名
    pub name: String,
}

/// Which settlement at which revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventSettlement {
    /// Kept through all revisions.
    pub id: SettlementId,
    /// Z番号
    pub z_number: u32,
    /// From 1.
    pub revision: u32,
    /// The revision it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<u32>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised_by: Option<String>,
    /// レジ開設時刻
    pub opened_at: Timestamp,
    /// 精算時刻
    pub closed_at: Timestamp,
}

/// The eight datasets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventData {
    /// 1 精算情報
    pub settlement: SettlementTotals,
    /// 2 時間帯別売上
    pub hourly_sales: Vec<HourlySales>,
    /// 3 商品別売上
    pub product_sales: Vec<ProductSales>,
    /// 4 商品時間帯別売上
    pub product_hourly_sales: Vec<ProductHourlySales>,
    /// 5 支払方法別売上
    pub payment_sales: Vec<PaymentSales>,
    /// 6 広告媒体別売上
    pub media_sales: Vec<MediaSales>,
    /// 7 会計情報
    pub checks: Vec<Check>,
    /// 8 値引・割引情報
    pub discounts: Vec<DiscountSales>,
}

/// Everything about an event that is not the settlement's facts.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Unique for ever.
    pub event_id: Uuid,
    /// Per generation and store.
    pub sequence: u64,
    /// 企業コード
    pub company_code: CompanyCode,
    /// FLARO店舗コード
    pub flaro_store_code: Option<FlaroStoreCode>,
    /// 店舗
    pub store: EventStore,
    /// レジ
    pub register: EventRegister,
    /// 共通設定: 自社商品コード
    pub own_product_codes: bool,
    /// 共通設定: 自社商品カテゴリコード
    pub own_category_codes: bool,
}

impl Event {
    /// Makes the event of a settlement. Own codes are resolved now, once.
    pub fn new(
        envelope: Envelope,
        settlement: Settlement,
        own_codes: &BTreeMap<ProductId, OwnCodes>,
    ) -> Result<Self, Overflow> {
        let computed = datasets(&settlement)?;
        let totals = SettlementControl::new(&settlement, &computed.settlement)?;
        Ok(Self::of(envelope, settlement, computed, totals, own_codes))
    }

    fn of(
        envelope: Envelope,
        settlement: Settlement,
        computed: Datasets,
        totals: SettlementControl,
        own_codes: &BTreeMap<ProductId, OwnCodes>,
    ) -> Self {
        let computed = computed.with_own_codes(envelope.own_product_codes, envelope.own_category_codes, own_codes);
        Self {
            event_type: match (settlement.state, settlement.revision) {
                (SettlementState::Cancelled, _) => EventType::Cancelled,
                (SettlementState::Closed, 1) => EventType::Closed,
                (SettlementState::Closed, _) => EventType::Revised,
            },
            version: VERSION,
            event_id: envelope.event_id,
            sequence: envelope.sequence,
            occurred_at: settlement.closed_at,
            company_code: envelope.company_code,
            flaro_store_code: envelope.flaro_store_code,
            store: envelope.store,
            register: envelope.register,
            business_date: settlement.business_date,
            settlement: EventSettlement {
                id: settlement.id,
                z_number: settlement.z_number,
                revision: settlement.revision,
                supersedes: settlement.supersedes,
                reason: settlement.reason,
                revised_by: settlement.revised_by,
                opened_at: settlement.opened_at,
                closed_at: settlement.closed_at,
            },
            totals,
            data: EventData::new(computed, settlement.checks),
        }
    }

    /// The bytes that are stored, hashed, signed and sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an event is plain data with string keys")
    }

    /// The same bytes for a settlement whose datasets, control totals and checks are there already.
    pub fn write(
        envelope: Envelope,
        settlement: &Settlement,
        checks: &WrittenChecks,
        computed: Datasets,
        totals: SettlementControl,
        own_codes: &BTreeMap<ProductId, OwnCodes>,
    ) -> (EventType, Vec<u8>) {
        let event = Self::of(envelope, without_checks(settlement), computed, totals, own_codes);
        (event.event_type, checks.put_into(&event.to_bytes()))
    }

    /// The facts it carries, for auditing and for `facts_sha256`.
    pub fn facts(&self) -> Settlement {
        Settlement {
            business_date: self.business_date,
            cash: self.data.settlement.cash.clone(),
            checks: self.data.checks.clone(),
            closed_at: self.settlement.closed_at,
            id: self.settlement.id,
            opened_at: self.settlement.opened_at,
            reason: self.settlement.reason.clone(),
            revision: self.settlement.revision,
            revised_by: self.settlement.revised_by.clone(),
            state: match self.event_type {
                EventType::Cancelled => SettlementState::Cancelled,
                EventType::Closed | EventType::Revised | EventType::Test => SettlementState::Closed,
            },
            supersedes: self.settlement.supersedes,
            z_number: self.settlement.z_number,
        }
    }
}

impl EventData {
    fn new(computed: Datasets, checks: Vec<Check>) -> Self {
        Self {
            settlement: computed.settlement,
            hourly_sales: computed.hourly_sales,
            product_sales: computed.product_sales,
            product_hourly_sales: computed.product_hourly_sales,
            payment_sales: computed.payment_sales,
            media_sales: computed.media_sales,
            checks,
            discounts: computed.discounts,
        }
    }
}

/// An event's bytes as they are stored: compressed once, never recompressed, with the hash of the plain bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The zstd frame.
    pub zstd: Vec<u8>,
    /// Of the uncompressed bytes.
    pub body_sha256: Sha256,
}

/// A stored or received frame can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Not zstd, or cut off.
    #[error("the body is not a whole zstd frame: {0}")]
    Zstd(#[from] std::io::Error),
    /// A bomb.
    #[error("the body is larger than {0} bytes when decompressed")]
    TooLarge(usize),
}

impl Frame {
    /// Compresses and hashes.
    pub fn pack(plain: &[u8]) -> Result<Self, FrameError> {
        Ok(Self { zstd: compressed(plain)?, body_sha256: Sha256::of(plain) })
    }

    /// Decompresses, never beyond `bytes_max`.
    pub fn unpack(compressed: &[u8], bytes_max: usize) -> Result<Vec<u8>, FrameError> {
        // A frame that states its size is opened at once, into no more room than that. What doesn't fit it, or states
        // nothing, is read piece by piece, which also tells what is wrong.
        if let Some(bytes) = stated_size(compressed).filter(|bytes| *bytes <= bytes_max)
            && let Ok(plain) = decompressed(compressed, bytes)
        {
            return Ok(plain);
        }
        let mut plain = Vec::new();
        let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
        zstd::Decoder::new(compressed)?.take(limit).read_to_end(&mut plain)?;
        if plain.len() > bytes_max { Err(FrameError::TooLarge(bytes_max)) } else { Ok(plain) }
    }
}

thread_local! {
    // To make one costs as much as compressing a small event does.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compressed(plain: &[u8]) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new(LEVEL)?),
        };
        compressor.compress(plain)
    })
}

fn decompressed(frame: &[u8], bytes: usize) -> io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new()?),
        };
        decompressor.decompress(frame, bytes)
    })
}

fn stated_size(compressed: &[u8]) -> Option<usize> {
    let bytes = zstd::zstd_safe::get_frame_content_size(compressed).ok()??;
    usize::try_from(bytes).ok()
}
