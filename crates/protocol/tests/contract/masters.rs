//! What a till reads out of its masters.

use jiff::civil::{Date, date};
use protocol::masters::{Masters, TaxRate};
use sales::TaxKind::{Exempt, OutOfScope, Reduced, Standard};
use simulator::{Kind, Restaurant};

#[test]
fn a_rate_holds_from_its_first_business_date_until_the_next_one() {
    let rate = |kind, percent, from| TaxRate { kind, percent, from };
    let tax_rates = vec![
        rate(Standard, 10, date(2019, 10, 1)),
        rate(Standard, 8, date(2014, 4, 1)),
        rate(Reduced, 8, date(2019, 10, 1)),
        rate(Standard, 12, date(2027, 4, 1)),
    ];
    let masters = Masters { tax_rates, ..Restaurant::new(Kind::Diner, 1).masters().clone() };
    let of = |on: Date| [Standard, Reduced, Exempt, OutOfScope].map(|kind| masters.percent(kind, on));
    assert_eq!(of(date(2014, 3, 31)), [0, 0, 0, 0]);
    assert_eq!(of(date(2014, 4, 1)), [8, 0, 0, 0]);
    assert_eq!(of(date(2019, 9, 30)), [8, 0, 0, 0]);
    assert_eq!(of(date(2019, 10, 1)), [10, 8, 0, 0]);
    assert_eq!(of(date(2027, 3, 31)), [10, 8, 0, 0], "the last one in time, not in the list");
    assert_eq!(of(date(2027, 4, 1)), [12, 8, 0, 0]);
}
