//! Ids are UUIDs that a till or a head office made; slip and Z numbers are for people.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

id! {
    /// 店舗: one restaurant of a company, by the POS's id.
    StoreId,
    /// 店舗のレジ: one till.
    RegisterId,
    /// 会計情報: one bill. Made by the till, unique for ever.
    CheckId,
    /// One close (精算) of a till; equal to the id of the session it closes. Kept through all its revisions.
    SettlementId,
    /// 商品, by the POS's id: product rows are keyed by it, never by the chain's own code.
    ProductId,
    /// 商品カテゴリ, by the POS's id.
    CategoryId,
    /// One 入金 or 出金.
    MovementId,
}
