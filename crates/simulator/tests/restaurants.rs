//! Simulated restaurants are repeatable, valid to the yen, and make every case the product must survive.

use jiff::civil::{Date, date};
use sales::{LineKind, Service, Settlement, audit_settlement, datasets};
use simulator::{After, Kind, Restaurant, revise, settlement};
use std::collections::HashSet;

fn april(day: i8) -> Date {
    date(2026, 4, day)
}

fn month(kind: Kind, seed: u64) -> Vec<Settlement> {
    let restaurant = Restaurant::new(kind, seed);
    (1..=30).map(|day| restaurant.settlement(april(day), u32::try_from(day).unwrap())).collect()
}

#[test]
fn the_same_seed_gives_the_same_restaurant_in_any_order() {
    for kind in Kind::ALL {
        let (one, other) = (Restaurant::new(kind, 5), Restaurant::new(kind, 5));
        assert_eq!(one.masters(), other.masters());
        let later = other.settlement(april(9), 9);
        assert_eq!(one.settlement(april(8), 8), other.settlement(april(8), 8));
        assert_eq!(one.settlement(april(9), 9), later);
        assert_ne!(one.settlement(april(9), 9).checks, Restaurant::new(kind, 6).settlement(april(9), 9).checks);
    }
}

#[test]
fn every_settlement_holds_every_invariant() {
    for kind in Kind::ALL {
        for day in month(kind, 11) {
            assert_eq!(audit_settlement(&day), [], "{kind:?} {}", day.business_date);
            datasets(&day).unwrap();
            let revised = revise(&day);
            assert_eq!((revised.revision, audit_settlement(&revised)), (2, vec![]));
            assert_ne!(revised.checks, day.checks);
        }
    }
}

#[test]
fn a_settlement_has_exactly_the_checks_asked_for() {
    for (seed, checks) in [(0, 0), (1, 1), (2, 40), (3, 41), (4, 400)] {
        let made = settlement(seed, checks);
        assert_eq!((made.checks.len(), audit_settlement(&made)), (checks, vec![]));
        assert_eq!(audit_settlement(&revise(&made)), []);
    }
}

#[test]
fn a_month_has_every_case_that_hurts() {
    let days: Vec<Settlement> = Kind::ALL.into_iter().flat_map(|kind| month(kind, 3)).collect();
    let checks: Vec<_> = days.iter().flat_map(|day| &day.checks).collect();
    let here: HashSet<_> = checks.iter().map(|check| check.id).collect();
    assert_eq!(here.len(), checks.len(), "ids are unique over tills and days");
    assert!(checks.iter().any(|check| check.hour.get() >= 25), "25時");
    assert!(checks.iter().any(|check| check.rates.len() == 2), "8% and 10% on one check");
    assert!(checks.iter().any(|check| check.lines.iter().any(|line| line.kind == LineKind::GiftCard)));
    assert!(checks.iter().any(|check| check.payments.iter().any(|payment| payment.surplus.0 > 0)));
    assert!(checks.iter().any(|check| check.payments.len() > 1));
    assert!(checks.iter().any(|check| check.guests.total() == Ok(0) && check.reverses.is_none()), "split bills");
    assert!(checks.iter().any(|check| check.discounts.len() == 2), "stacked discounts");
    let reversed_later = |day: &Settlement| {
        day.checks.iter().any(|c| c.reverses.is_some_and(|id| !day.checks.iter().any(|other| other.id == id)))
    };
    assert!(days.iter().any(reversed_later), "a void after 精算");
    assert!(days.iter().any(|day| day.cash.counted.is_none()) && days.iter().any(|day| !day.cash.movements.is_empty()));
    assert!(checks.iter().any(|c| c.lines.iter().any(|l| l.service == Service::Takeout && l.tax_class.percent == 10)));
}

#[test]
fn visits_keep_to_the_day_and_fridays_are_busier() {
    for kind in Kind::ALL {
        let restaurant = Restaurant::new(kind, 1);
        let rule = restaurant.day_rule();
        let visits = restaurant.day(april(3), &rule);
        assert!(visits.iter().all(|visit| rule.business_date(visit.paid_at) == april(3)));
        assert!(visits.iter().all(|visit| visit.opened_at < visit.paid_at));
        assert!(visits.len() > restaurant.day(april(6), &rule).len() * 9 / 10, "Friday against Monday");
        assert!(Restaurant::new(kind, 1).sized(10).day(april(3), &rule).len() < visits.len() / 5);
    }
    let after = |then: fn(&After) -> bool| {
        let diner = Restaurant::new(Kind::Diner, 2);
        (1..=30).any(|day| diner.day(april(day), &diner.day_rule()).iter().any(|visit| then(&visit.then)))
    };
    assert!(
        after(|then| matches!(then, After::Voided { .. })) && after(|then| matches!(then, After::Corrected { .. }))
    );
}

#[test]
fn stores_of_a_company_share_products_and_codes_and_companies_share_nothing() {
    let (one, other) = (Restaurant::new(Kind::Cafe, 1), Restaurant::new(Kind::Cafe, 2));
    assert_eq!(one.masters().products, other.masters().products);
    assert_ne!(one.masters().store.id, other.masters().store.id);
    let foreign = Restaurant::in_company(1, Kind::Cafe, 1);
    assert_ne!(one.masters().products[0].id, foreign.masters().products[0].id);
    assert_ne!(one.masters().register.id, foreign.masters().register.id);
    let masters = one.masters();
    let codes = masters.payment_methods.iter().map(|m| &m.code).chain(masters.discounts.iter().map(|d| &d.code));
    let codes: Vec<_> = codes.chain(masters.media.iter().map(|m| &m.code)).collect();
    assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len(), "取込コード are unique in the company");
    assert!(masters.payment_methods.iter().all(|m| m.code.as_str().starts_with(&m.kind.number().to_string())));
}
