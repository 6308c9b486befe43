//! `GET /api/v1/registers/{register_id}/progress`: how far what a till closed has come.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settlements of one till by where they are. Only those that are to be delivered count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegisterProgress {
    /// Settlements the head office holds of this till.
    pub settlements: i64,
    /// Their highest revision is delivered.
    pub delivered: i64,
    /// Their highest revision waits, or is being tried again.
    pub waiting: i64,
    /// Their highest revision is not to be delivered: outside every window, held back or discarded.
    pub not_queued: i64,
    /// 要対応
    pub needs_attention: i64,
    /// Business dates with something delivered.
    pub days: i64,
    /// 照合済
    pub days_agreed: i64,
    /// 差異あり
    pub days_differing: i64,
}

impl RegisterProgress {
    /// Whether nothing is on its way any more: everything that goes by itself has gone and was compared.
    pub fn is_settled(&self) -> bool {
        self.waiting == 0 && self.not_queued == 0 && self.days_agreed + self.days_differing >= self.days
    }
}
