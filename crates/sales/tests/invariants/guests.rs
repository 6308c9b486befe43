//! Invariant 6: guests and checks are counted alike everywhere; a split bill's guests count once.

use crate::{
    days::any_settlement,
    kit::{cases, close, draft, head, line, pay},
};
use proptest::prelude::*;
use sales::{Cash, CheckHead, Guests, PaymentKind, Rounding, TaxClass, TaxMode, close_check, datasets};

#[test]
fn the_guests_of_a_split_bill_count_once() {
    let four = Guests { female: 2, male: 1, unknown: 1 };
    let part = |n, guests| {
        let order = draft(TaxMode::Included, Rounding::Down, vec![line(0, TaxClass::STANDARD, 980, 1)]);
        close_check(CheckHead { guests, ..head(n) }, &order, &[pay(PaymentKind::Cash, 980)]).unwrap()
    };
    let data = datasets(&close(vec![part(1, four), part(2, Guests::default())], Cash::default())).unwrap();
    assert_eq!((data.settlement.guests, data.settlement.checks), (four, 2));
    assert_eq!((data.hourly_sales[0].guests, data.media_sales[0].guests), (4, 4));
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn settlement_hours_media_and_checks_agree(settlement in any_settlement()) {
        let data = datasets(&settlement).unwrap();
        let sum = |guests: Guests| guests.female + guests.male + guests.unknown;
        let guests: i64 = settlement.checks.iter().map(|check| sum(check.guests)).sum();
        let voids = i64::try_from(settlement.checks.iter().filter(|check| check.reverses.is_some()).count()).unwrap();
        let checks = i64::try_from(settlement.checks.len()).unwrap() - 2 * voids;
        prop_assert_eq!((sum(data.settlement.guests), data.settlement.checks), (guests, checks));
        prop_assert_eq!(data.settlement.voids, voids);
        let hours = data.hourly_sales.iter().fold((0, 0), |n, row| (n.0 + row.guests, n.1 + row.checks));
        let media = data.media_sales.iter().fold((0, 0), |n, row| (n.0 + row.guests, n.1 + row.checks));
        prop_assert_eq!((hours, media), ((guests, checks), (guests, checks)));
    }
}
