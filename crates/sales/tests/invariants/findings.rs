//! What the audit says of a check: which rule is broken, where, and the two numbers that disagree.

use crate::kit::{code, draft, head, line, off, pay};
use sales::{
    Check, CheckId, Discount, DiscountRate, Draft, DraftLine, LineKind, PaymentKind, Rounding, TaxClass, TaxMode, Yen,
    audit_check, close_check,
};
use uuid::Uuid;

/// Two at 10% with a tenth off, one at 8%, a gift card of 500; 300 off the check; paid by voucher and cash.
pub fn sold(n: u32) -> Check {
    let lines = vec![
        DraftLine { discounts: vec![off(DiscountRate::Percent(10))], ..line(0, TaxClass::STANDARD, 1_100, 2) },
        line(1, TaxClass::REDUCED, 1_080, 1),
        DraftLine { kind: LineKind::GiftCard, ..line(2, TaxClass::OUT_OF_SCOPE, 500, 1) },
    ];
    let order = draft(TaxMode::Included, Rounding::Down, lines);
    let order = Draft { discounts: vec![off(DiscountRate::Yen(Yen(300)))], ..order };
    close_check(head(n), &order, &[pay(PaymentKind::Voucher, 1_000), pay(PaymentKind::Cash, 5_000)]).unwrap()
}

/// What is found once this is changed, without the check's name.
fn found(change: impl FnOnce(&mut Check)) -> Vec<String> {
    let mut check = sold(1);
    change(&mut check);
    let name = format!(" at check {} (slip 1)", check.id);
    audit_check(&check).iter().map(|violation| violation.to_string().replace(&name, "")).collect()
}

fn discount(amount: i64) -> Discount {
    Discount { amount: Yen(amount), code: code(6, 1), name: "値引".to_owned(), percent: None }
}

#[test]
fn lines_are_numbered_from_one_and_neither_quantity_nor_price_is_below() {
    assert_eq!(found(|_| {}), [""; 0]);
    assert_eq!(found(|check| check.lines[1].no = 5), ["line.sign line 2: stated 5, computed 2"]);
    assert_eq!(found(|check| check.lines[1].quantity = 0), ["line.sign line 2: stated 0, computed 1"]);
    assert_eq!(found(|check| check.lines[1].unit_price = Yen(-1)), ["line.sign line 2: stated -1, computed 0"]);
    assert_eq!(found(|check| check.lines.clear())[0], "line.sign lines: stated 0, computed 1");
}

#[test]
fn what_is_no_sale_has_neither_discount_nor_tax() {
    let discounted = found(|check| check.lines[2].discounts.push(discount(0)));
    assert_eq!(discounted, ["discount.amount line 3: stated 1, computed 0"]);
    let taxed = found(|check| check.lines[2].tax_class = TaxClass::STANDARD);
    assert_eq!(taxed, ["rate.tax line 3: stated 10, computed 0"]);
    let exempt = found(|check| check.lines[2].tax_class = TaxClass::EXEMPT);
    assert_eq!(exempt, ["rate.tax line 3: stated 0, computed 0"], "another class without tax");
}

#[test]
fn a_discount_is_its_percentage_and_lies_between_nothing_and_what_is_left() {
    let of_line = |amount| found(|check| check.lines[0].discounts[0].amount = Yen(amount));
    assert_eq!(of_line(221), ["discount.amount line 1: stated 221, computed 220"]);
    let of_check = |amount| found(|check| check.discounts[0].amount = Yen(amount));
    assert_eq!(of_check(3_061), ["discount.amount discounts: stated 3061, computed 3060"]);
    assert_eq!(of_check(-1), ["discount.amount discounts: stated -1, computed 3060"]);
    // Everything and nothing are discounts; only their shares are not those of 300 yen.
    for (amount, shares) in [(3_060, [1_980, 1_080]), (0, [0, 0])] {
        let [first, second] = shares;
        let expected = [
            format!("discount.share line 1: stated 194, computed {first}"),
            format!("discount.share line 2: stated 106, computed {second}"),
        ];
        assert_eq!(of_check(amount), expected);
    }
    let second = found(|check| check.discounts.push(discount(2_761)));
    assert_eq!(second, ["discount.amount discounts: stated 2761, computed 2760"], "of what the first one left");
    let on_gift = found(|check| check.lines[2].check_discount = Yen(1));
    assert_eq!(on_gift, ["discount.share line 3: stated 1, computed 0"]);
}

#[test]
fn rates_are_those_of_the_lines_and_each_is_taxed_once() {
    assert_eq!(found(|check| check.rates.truncate(1)), ["rate.tax rates: stated 1, computed 2"]);
    assert_eq!(
        found(|check| check.rates[0].tax_class = TaxClass::EXEMPT),
        ["rate.tax rate 10%: stated 0, computed 10"]
    );
    assert_eq!(found(|check| check.rates[0].tax = Yen(163)), ["rate.tax rate 10%: stated 163, computed 162"]);
    assert_eq!(found(|check| check.rates[0].net = Yen(1_625)), ["rate.tax rate 10%: stated 1625, computed 1624"]);
    assert_eq!(found(|check| check.rates[1].total = Yen(975)), ["rate.tax rate 8%: stated 975, computed 974"]);
}

#[test]
fn lines_and_total_are_what_their_rates_share_out() {
    assert_eq!(found(|check| check.lines[0].tax = Yen(163)), ["line.amounts line 1: stated 163, computed 162"]);
    assert_eq!(found(|check| check.lines[1].net = Yen(903)), ["line.amounts line 2: stated 903, computed 902"]);
    assert_eq!(found(|check| check.lines[2].total = Yen(501)), ["line.amounts line 3: stated 501, computed 500"]);
    let total = ["check.total: stated 3261, computed 3260", "payments.sum: stated 3260, computed 3261"];
    assert_eq!(found(|check| check.total = Yen(3_261)), total);
}

#[test]
fn change_is_off_cash_surplus_off_vouchers_and_nothing_is_below_zero() {
    let applied = found(|check| check.payments[1].applied = Yen(2_261));
    let sum = "payments.sum: stated 3261, computed 3260";
    assert_eq!(applied, ["payments.change payment 2: stated 2261, computed 2260", sum]);
    let paid = |place: usize, tendered, change, surplus| {
        found(|check| {
            let payment = &mut check.payments[place];
            (payment.tendered, payment.change, payment.surplus) = (Yen(tendered), Yen(change), Yen(surplus));
        })
    };
    assert_eq!(paid(0, 1_001, 0, 1), [""; 0]);
    assert_eq!(paid(0, 1_001, 1, 0), ["payments.change payment 1: stated 1, computed 0"]);
    assert_eq!(paid(1, 2_261, 1, 0), [""; 0]);
    assert_eq!(paid(1, 2_261, 0, 1), ["payments.change payment 2: stated 1, computed 0"]);
    assert_eq!(paid(1, 2_259, -1, 0), ["payments.change payment 2: stated -1, computed 0"]);
}

#[test]
fn a_void_is_held_to_the_rules_of_what_it_mirrors() {
    let mut void = sold(1).reversal(CheckId(Uuid::from_u128(9)), 2, sold(1).paid_at, None).unwrap();
    assert_eq!(audit_check(&void), []);
    void.rates[0].tax = Yen(-163);
    let found = audit_check(&void).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(found, [format!("rate.tax at check {} (slip 2) rate 10%: stated 163, computed 162", void.id)]);
}

#[test]
fn what_does_not_fit_64_bits_is_said_so() {
    assert_eq!(found(|check| check.lines[1].quantity = i64::MAX), ["overflow: stated 0, computed 0"]);
    let void = |check: &mut Check| (check.reverses, check.total) = (Some(check.id), Yen(i64::MIN));
    assert_eq!(found(void), ["overflow: stated 0, computed 0"]);
}
