//! The drawer: float, 入金 and 出金 of a day, and a count that is sometimes a few yen off.

use crate::{order::chance, restaurant::Restaurant};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rand::RngExt;
use sales::{Cash, CashMovement, Check, CountedCash, DayRule, Denomination, MovementId, MovementKind, Yen};

/// 金種, largest first.
const FACES: [i64; 9] = [10_000, 5_000, 1_000, 500, 100, 50, 10, 5, 1];

impl Restaurant {
    /// 釣銭準備金: 50,000 yen every morning.
    pub fn opening_float(&self) -> Yen {
        Yen(50_000)
    }

    /// 入金 and 出金 of a business date, in order: change fetched, something bought.
    pub fn movements(&self, date: Date, rule: &DayRule) -> Vec<CashMovement> {
        let mut rng = self.rng(2, date);
        let at = |hour: i64| {
            let local = date.at(0, 0, 0, 0) + SignedDuration::from_hours(hour);
            local.to_zoned(rule.zone().clone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
        };
        let mut movements = Vec::new();
        let mut note = |n: u32, hour, kind, amount, reason: &str| {
            movements.push(CashMovement {
                amount: Yen(amount),
                at: at(hour),
                id: MovementId(self.id(&format!("movement/{date}/{n}"))),
                kind,
                reason: reason.to_owned(),
                staff: self.masters.staff.first().map_or_else(String::new, |staff| staff.code.clone()),
            });
        };
        if chance(&mut rng, 35) {
            note(1, 18, MovementKind::In, 20_000, "両替・釣銭補充");
        }
        if chance(&mut rng, 30) {
            note(2, 19, MovementKind::Out, rng.random_range(200..3_500), "食材買い足し");
        }
        movements
    }

    /// The drawer at 精算 as a person counts it: by 金種, as one sum, or not at all.
    pub fn drawer(&self, date: Date, movements: &[CashMovement], checks: &[Check]) -> Cash {
        let mut rng = self.rng(3, date);
        let close = |counted, deposit| {
            Cash::close(self.opening_float(), movements.to_vec(), checks, counted, Yen(deposit))
                .expect("a restaurant's cash fits 64 bits")
        };
        let expected = close(None, 0).expected.0;
        let off = if chance(&mut rng, 20) { rng.random_range(-120..=120) } else { 0 };
        let found = (expected + off).max(0);
        let deposit = (found - self.opening_float().0).max(0) / 1_000 * 1_000;
        match rng.random_range(0..10) {
            0 => close(None, 0),
            1 => close(Some(CountedCash { denominations: Vec::new(), total: Yen(found) }), deposit),
            _ => close(Some(CountedCash { denominations: denominations(found), total: Yen(found) }), deposit),
        }
    }
}

fn denominations(mut amount: i64) -> Vec<Denomination> {
    let mut counted = Vec::with_capacity(FACES.len());
    for face in FACES {
        counted.push(Denomination { count: amount / face, face: Yen(face) });
        amount %= face;
    }
    counted
}
