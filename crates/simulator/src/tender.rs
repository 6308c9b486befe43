//! How a check is paid: cash with change, one card, two methods, a voucher that is worth more than the bill.

use crate::{order::chance, restaurant::Restaurant};
use jiff::Timestamp;
use protocol::masters::MethodMaster;
use rand::{Rng, RngExt};
use sales::{CheckHead, CheckId, Draft, Guests, MethodRef, PaymentKind, PaymentOrder, Yen, close_check};

impl Restaurant {
    /// Payments that cover the draft.
    pub(crate) fn tender(&self, rng: &mut impl Rng, draft: &Draft) -> Vec<PaymentOrder> {
        let total = total(draft);
        if total == 0 {
            return Vec::new();
        }
        match rng.random_range(0..100) {
            0..3 => self.voucher(rng, total),
            3..6 if total > 500 => {
                let points = rng.random_range(1..total / 4);
                vec![self.pay(rng, PaymentKind::Points, points), self.rest(rng, total - points)]
            }
            6..10 if total > 1_000 => {
                let card = rng.random_range(total / 4..total / 2);
                vec![self.pay(rng, PaymentKind::CreditCard, card), self.rest(rng, total - card)]
            }
            10 => vec![self.pay(rng, PaymentKind::OnAccount, total)],
            _ => vec![self.rest(rng, total)],
        }
    }

    /// 500-yen vouchers: as many as cover it, worth more than it, or fewer and cash for the rest.
    fn voucher(&self, rng: &mut impl Rng, total: i64) -> Vec<PaymentOrder> {
        if chance(rng, 50) {
            return vec![self.pay(rng, PaymentKind::Voucher, (total + 499) / 500 * 500)];
        }
        let vouchers = total / 1_000 * 500;
        let rest = self.cash(rng, total - vouchers);
        if vouchers == 0 { vec![rest] } else { vec![self.pay(rng, PaymentKind::Voucher, vouchers), rest] }
    }

    fn rest(&self, rng: &mut impl Rng, due: i64) -> PaymentOrder {
        match rng.random_range(0..100) {
            0..45 => self.cash(rng, due),
            45..75 => self.pay(rng, PaymentKind::CreditCard, due),
            _ => self.pay(rng, PaymentKind::ElectronicMoney, due),
        }
    }

    /// Exact, up to the next thousand, or a ten-thousand note.
    fn cash(&self, rng: &mut impl Rng, due: i64) -> PaymentOrder {
        let note = match rng.random_range(0..10) {
            0..3 => 1,
            3..8 => 1_000,
            _ => 10_000,
        };
        self.pay(rng, PaymentKind::Cash, (due + note - 1) / note * note)
    }

    fn pay(&self, rng: &mut impl Rng, kind: PaymentKind, tendered: i64) -> PaymentOrder {
        let of_kind: Vec<&MethodMaster> = self.masters.payment_methods.iter().filter(|m| m.kind == kind).collect();
        let method = if of_kind.is_empty() { None } else { Some(of_kind[rng.random_range(0..of_kind.len())]) };
        // A till without such a method takes cash; what is tendered is enough either way.
        let method = method
            .or_else(|| self.masters.payment_methods.iter().find(|m| m.kind == PaymentKind::Cash))
            .expect("a restaurant takes cash");
        let method = MethodRef { code: method.code.clone(), kind: method.kind, name: method.name.clone() };
        PaymentOrder { method, tendered: Yen(tendered) }
    }
}

/// What the draft comes to, found out by paying it with more cash than anybody owes.
fn total(draft: &Draft) -> i64 {
    let code = sales::ImportCode::issue(0, 1).expect("a code");
    let method = MethodRef { code, kind: PaymentKind::Cash, name: String::new() };
    let head = CheckHead {
        id: CheckId(uuid::Uuid::nil()),
        slip: 1,
        business_date: jiff::civil::Date::ZERO,
        hour: 0.try_into().expect("an hour"),
        opened_at: Timestamp::UNIX_EPOCH,
        paid_at: Timestamp::UNIX_EPOCH,
        table: None,
        guests: Guests::default(),
        segment: None,
        staff: String::new(),
        ad_medium: None,
    };
    let plenty = PaymentOrder { method, tendered: Yen(1 << 50) };
    close_check(head, draft, &[plenty]).expect("a simulated draft is valid").total.0
}
