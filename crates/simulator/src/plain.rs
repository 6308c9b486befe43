//! The plainest checks and days there are, for whoever counts yen and not dishes.

use jiff::{SignedDuration, Timestamp, civil::Date};
use sales::{
    Cash, CategoryId, Check, CheckHead, CheckId, Draft, DraftLine, Guests, LineKind, MethodRef, PaymentKind,
    PaymentOrder, ProductId, ProductRef, Rounding, Service, Settlement, SettlementId, SettlementState, TaxClass,
    TaxMode, Yen, close_check,
};
use uuid::Uuid;

/// 釣銭準備金 of [`cash_settlement`].
pub const CASH_FLOAT: Yen = Yen(50_000);

/// One line of so much, eaten in, paid in cash to the yen two hours after it was opened.
///
/// # Panics
/// For an amount that no bill of a restaurant comes to.
pub fn cash_check(id: CheckId, slip: u32, business_date: Date, amount: Yen, opened_at: Timestamp) -> Check {
    let head = CheckHead {
        id,
        slip,
        business_date,
        hour: 12.try_into().expect("an hour"),
        opened_at,
        paid_at: opened_at + SignedDuration::from_hours(2),
        table: None,
        guests: Guests { female: 1, male: 1, unknown: 0 },
        segment: None,
        staff: "1".to_owned(),
        ad_medium: None,
    };
    let product = ProductRef {
        category: "定食".to_owned(),
        category_id: CategoryId(Uuid::from_u128(1)),
        id: ProductId(Uuid::from_u128(2)),
        name: "焼魚定食".to_owned(),
    };
    let line = DraftLine {
        kind: LineKind::Sale,
        product,
        service: Service::EatIn,
        tax_class: TaxClass::STANDARD,
        unit_price: amount,
        quantity: 1,
        cost: Yen(300),
        discounts: Vec::new(),
    };
    let draft =
        Draft { tax_mode: TaxMode::Included, rounding: Rounding::Down, lines: vec![line], discounts: Vec::new() };
    let code = "00000000000000000001".parse().expect("a code");
    let method = MethodRef { code, kind: PaymentKind::Cash, name: "現金".to_owned() };
    close_check(head, &draft, &[PaymentOrder { method, tendered: amount }]).expect("an amount that a bill comes to")
}

/// The day of such checks, closed twelve hours after it was opened: nothing went in or out, and the drawer is 未計数.
///
/// # Panics
/// Where the checks come to more than a drawer can hold.
pub fn cash_settlement(
    id: SettlementId,
    z_number: u32,
    business_date: Date,
    opened_at: Timestamp,
    checks: Vec<Check>,
) -> Settlement {
    Settlement {
        business_date,
        cash: Cash::close(CASH_FLOAT, Vec::new(), &checks, None, Yen::ZERO).expect("what a drawer can hold"),
        checks,
        closed_at: opened_at + SignedDuration::from_hours(12),
        id,
        opened_at,
        reason: None,
        revision: 1,
        revised_by: None,
        state: SettlementState::Closed,
        supersedes: None,
        z_number,
    }
}
