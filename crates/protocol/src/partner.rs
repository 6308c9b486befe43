//! The handshake: FLARO's partner API, by which a POS starts a linkage and keeps the store table current.

use jiff::{Timestamp, civil::Date};
use sales::{CompanyCode, FlaroStoreCode, RegisterId, StoreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `POST /partner/v1/linkages`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkageRequest {
    /// 企業コード; unknown ones are refused.
    pub company_code: CompanyCode,
    /// 企業名称
    pub company_name: String,
    /// From 1; asking again with the same generation gives the same linkage until it is confirmed.
    pub generation: i64,
}

/// The answer. The secret is shown to no person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkageGranted {
    /// The channel's id.
    pub linkage_id: Uuid,
    /// Webhook連携先URL
    pub webhook_url: String,
    /// `whsec_` and base64 of at least 24 bytes.
    pub signing_secret: String,
    /// Whether the receiver takes `Content-Encoding: zstd`.
    #[serde(default)]
    pub zstd: bool,
}

impl std::fmt::Debug for LinkageGranted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkageGranted").field("linkage_id", &self.linkage_id).finish_non_exhaustive()
    }
}

/// `POST /partner/v1/linkages/{id}/secrets`: the answer. The secret is shown to no person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretRotated {
    /// The channel's id.
    pub linkage_id: Uuid,
    /// Signs from now on; `whsec_` and base64 of at least 24 bytes.
    pub signing_secret: String,
    /// Until then the secret before is good, too.
    pub previous_until: Timestamp,
}

impl std::fmt::Debug for SecretRotated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretRotated").field("linkage_id", &self.linkage_id).finish_non_exhaustive()
    }
}

/// `PUT /partner/v1/linkages/{id}/stores`: the whole table, replaced. Confirms the linkage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreTable {
    /// Grows with every change; an older table is answered 200 and ignored.
    pub version: i64,
    /// All stores of the company.
    pub stores: Vec<LinkedStore>,
}

/// One store as the POS has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedStore {
    /// The POS's store.
    pub id: StoreId,
    /// 店舗名
    pub name: String,
    /// FLARO店舗コード
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flaro_store_code: Option<FlaroStoreCode>,
    /// 連携開始日
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Date>,
    /// 連携終了日
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Date>,
    /// 連携状態
    pub enabled: bool,
    /// IANA time zone.
    pub zone: String,
    /// 日付切替時刻 `HH:MM`
    pub cut_over: String,
    /// Tills in service.
    pub registers: Vec<LinkedRegister>,
    /// 休業日
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_days: Vec<Date>,
}

/// A till in service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedRegister {
    /// Which.
    pub id: RegisterId,
    /// レジ名
    pub name: String,
    /// In service from this business date on.
    pub from: Date,
    /// … and until this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// 受領証 of a webhook event: what the back office holds for certain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventReceipt {
    /// Which event.
    pub event_id: Uuid,
    /// The hash of the uncompressed bytes that were stored.
    pub body_sha256: crate::hash::Sha256,
    /// The highest sequence seen of this generation and store.
    pub highest_sequence: u64,
    /// Sequences below it that were never seen (the first 100).
    pub missing: Vec<u64>,
    /// The receiver's clock.
    pub received_at: Timestamp,
}
