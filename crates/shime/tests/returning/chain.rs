//! What a till wrote down: real entries of real checks, one chain, made when they are sent so that ten thousand journals
//! need no memory.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use protocol::{
    control::SettlementControl,
    journal::{Body, CheckEntry, Entry, EpochState, Opened, Settled},
};
use sales::{Check, CheckId, SettlementId, Yen};
use simulator::CASH_FLOAT;
use uuid::Uuid;

/// A till's journal as it is being written.
pub struct Chain {
    nth: u32,
    epoch: Uuid,
    state: EpochState,
    ids: u64,
    z: u32,
    masters: i64,
    pending: Vec<String>,
    open: Option<(SettlementId, Date, Timestamp, Vec<Check>)>,
}

impl Chain {
    /// Of the till with this number.
    pub fn new(nth: u32) -> Self {
        let epoch = Uuid::from_u128((u128::from(nth) << 64) | 0xe);
        Self { nth, epoch, state: EpochState::NEW, ids: 0, z: 0, masters: 1, pending: Vec::new(), open: None }
    }

    /// レジ開設, ten in the morning.
    pub fn open(&mut self, date: Date) {
        let at = date.at(10, 0, 0, 0).to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).unwrap().timestamp();
        let id = SettlementId(self.id());
        let opened = Opened {
            settlement_id: id,
            business_date: date,
            opened_at: at,
            opening_float: CASH_FLOAT,
            staff: "1".to_owned(),
            masters_version: self.masters,
        };
        self.write(at, &Body::Opened(opened));
        self.open = Some((id, date, at, Vec::new()));
    }

    /// A guest pays, at noon.
    pub fn sell(&mut self) {
        let check_id = CheckId(self.id());
        let (nth, ids) = (self.nth, self.ids);
        let (settlement_id, date, opened_at, mut checks) = self.open.take().expect("it is open");
        let slip = u32::try_from(checks.len()).unwrap() + 1;
        let amount = i64::from(500 + (nth * 7 + u32::try_from(ids).unwrap() * 13) % 4_000);
        let check = simulator::cash_check(check_id, slip, date, Yen(amount), opened_at);
        self.write(check.paid_at, &Body::Check(CheckEntry { settlement_id, check: check.clone() }));
        checks.push(check);
        self.open = Some((settlement_id, date, opened_at, checks));
    }

    /// 精算. The yen that guests paid.
    pub fn settle(&mut self) -> i64 {
        let (id, business_date, opened_at, checks) = self.open.take().expect("it is open");
        self.z += 1;
        let settlement = simulator::cash_settlement(id, self.z, business_date, opened_at, checks);
        let totals = SettlementControl::of(&settlement).unwrap();
        let settled = Settled {
            settlement_id: id,
            z_number: settlement.z_number,
            revision: settlement.revision,
            supersedes: None,
            reason: None,
            revised_by: None,
            business_date,
            opened_at,
            closed_at: settlement.closed_at,
            cash: settlement.cash,
            totals,
        };
        self.write(settlement.closed_at, &Body::Settled(settled));
        totals.payments.0
    }

    /// What was written since the last time, as a batch.
    pub fn batch(&mut self) -> String {
        format!("{{\"entries\":[{}]}}", std::mem::take(&mut self.pending).join(","))
    }

    fn write(&mut self, at: Timestamp, body: &Body) {
        let (written, state) = Entry::follow(self.state, self.epoch, at, body);
        self.state = state;
        self.pending.push(written.text);
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        // Like the ids of tills: what is made later sorts later within a till, and tills lie apart.
        Uuid::from_u128((u128::from(self.nth) << 80) | (u128::from(self.ids) << 8) | 1)
    }
}
