//! What taps make of an order: any taps whatever, and what comes out is priced by `sales` like any check.

mod support;

use jiff::{Timestamp, civil::date};
use proptest::prelude::*;
use register::{
    Menu,
    order::{Event, Order, OrderError, QUANTITY_MAX, Seat},
};
use sales::{
    Check, CheckHead, CheckId, Draft, Guests, LineKind, PaymentKind, PaymentOrder, PricingError, Service, Yen,
    audit_check, close_check,
};
use std::collections::BTreeMap;
use support::{BENTO, TEISHOKU, code, masters};
use uuid::Uuid;

fn taps() -> impl Strategy<Value = Vec<Event>> {
    let masters = masters(1);
    let menu = Menu::new(&masters, date(2026, 11, 22));
    let dishes = [TEISHOKU, BENTO].map(|id| menu.dish(id).unwrap());
    let percent = menu.discount(&code("70000000000000000001"), None).unwrap();
    let service = prop_oneof![Just(Service::EatIn), Just(Service::Takeout)];
    let tap = prop_oneof![
        4 => prop::sample::select(dishes.to_vec()).prop_map(Event::Add),
        2 => (1_u32..8, 0_i64..5).prop_map(|(no, quantity)| Event::Quantity(no, quantity)),
        1 => (1_u32..8, service.clone()).prop_map(|(no, service)| Event::Serve(no, service)),
        1 => service.prop_map(Event::ServeAll),
        1 => (1_i64..20_000).prop_map(|amount| Event::Receive(LineKind::Deposit, "預り金".to_owned(), Yen(amount))),
        1 => prop::option::of(1_u32..8).prop_map(move |on| Event::Discount(on, percent.clone())),
        1 => (prop::option::of(1_u32..8), 0_usize..3).prop_map(|(on, nth)| Event::Undiscount(on, nth)),
    ];
    prop::collection::vec(tap, 1..30)
}

/// The order after all taps that it takes.
fn tapped(taps: Vec<Event>) -> Order {
    let mut order = Order::default();
    for tap in taps {
        order = order.clone().after(tap).unwrap_or(order);
    }
    order
}

fn draft(order: &Order) -> Draft {
    order.draft(&Menu::new(&masters(1), date(2026, 11, 22)))
}

fn cash(amount: i64) -> PaymentOrder {
    let masters = masters(1);
    Menu::new(&masters, date(2026, 11, 22)).payment_of(PaymentKind::Cash, Yen(amount)).unwrap()
}

fn paid(draft: &Draft) -> Result<Check, PricingError> {
    let head = CheckHead {
        id: CheckId(Uuid::from_u128(1)),
        slip: 1,
        business_date: date(2026, 11, 22),
        hour: 12.try_into().unwrap(),
        opened_at: Timestamp::UNIX_EPOCH,
        paid_at: Timestamp::UNIX_EPOCH,
        table: None,
        guests: Guests::default(),
        segment: None,
        staff: "02".to_owned(),
        ad_medium: None,
    };
    close_check(head, draft, &[cash(99_999_999)])
}

fn pieces(order: &Order) -> i64 {
    order.items.iter().map(|item| item.quantity).sum()
}

proptest! {
    #[test]
    fn what_the_screen_shows_is_what_the_check_says(taps in taps()) {
        let order = tapped(taps);
        let draft = draft(&order);
        match (sales::quote(&draft), paid(&draft)) {
            (Ok(quote), Ok(check)) => {
                prop_assert_eq!((quote.total, &quote.rates, &quote.lines), (check.total, &check.rates, &check.lines));
                prop_assert_eq!(audit_check(&check), vec![]);
            }
            (Err(shown), Err(said)) => prop_assert_eq!(shown, said),
            (shown, said) => prop_assert!(false, "{shown:?} {said:?}"),
        }
    }

    #[test]
    fn items_keep_their_number_and_stay_in_bounds(taps in taps()) {
        let order = tapped(taps);
        let numbers: Vec<u32> = order.items.iter().map(|item| item.no).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(&numbers, &sorted);
        prop_assert!(order.items.iter().all(|item| (1..=QUANTITY_MAX).contains(&item.quantity)));
    }

    #[test]
    fn a_split_loses_nothing_and_doubles_nothing(taps in taps(), takes in prop::collection::btree_map(1_u32..8, 0_i64..5, 0..5)) {
        let order = tapped(taps);
        let seated = order.clone().after(Event::Sit(Seat { guests: Guests { female: 1, male: 2, unknown: 0 }, ..Seat::default() })).unwrap();
        let Ok((stays, goes)) = seated.clone().split(&takes) else { return Ok(()) };
        prop_assert_eq!(pieces(&stays) + pieces(&goes), pieces(&seated));
        prop_assert_eq!((stays.seat.guests, goes.seat.guests), (seated.seat.guests, Guests::default()));
        let plain = seated.discounts.is_empty() && seated.items.iter().all(|item| item.discounts.is_empty());
        if plain {
            // 内税: what guests pay doesn't depend on how the table shares it.
            let total = |order: &Order| sales::quote(&draft(order)).unwrap().total;
            prop_assert_eq!(total(&stays).plus(total(&goes)).unwrap(), total(&seated));
        }
    }
}

#[test]
fn an_order_that_is_partly_paid_takes_no_taps() {
    let masters = masters(1);
    let dish = Menu::new(&masters, date(2026, 11, 22)).dish(TEISHOKU).unwrap();
    let order = Order::default().after(Event::Add(dish.clone())).unwrap().after(Event::Tender(cash(100))).unwrap();
    assert_eq!(order.clone().after(Event::Add(dish.clone())), Err(OrderError::Tendered));
    assert_eq!(order.clone().after(Event::Quantity(1, 0)), Err(OrderError::Tendered));
    assert_eq!(order.clone().split(&BTreeMap::from([(1, 1)])), Err(OrderError::Tendered));
    let freed = order.after(Event::Untender(0)).unwrap();
    assert_eq!(freed.after(Event::Add(dish)).unwrap().items[0].quantity, 2);
}

#[test]
fn what_is_not_there_or_too_much_is_refused() {
    let masters = masters(1);
    let dish = Menu::new(&masters, date(2026, 11, 22)).dish(TEISHOKU).unwrap();
    let order = Order::default().after(Event::Add(dish)).unwrap();
    for event in
        [Event::Quantity(9, 1), Event::Serve(9, Service::EatIn), Event::Undiscount(None, 0), Event::Untender(0)]
    {
        assert_eq!(order.clone().after(event), Err(OrderError::Gone));
    }
    for quantity in [-1, QUANTITY_MAX + 1] {
        assert!(matches!(order.clone().after(Event::Quantity(1, quantity)), Err(OrderError::TooMany(..))));
    }
    let long = Seat { table: Some("長".repeat(21)), ..Seat::default() };
    assert!(matches!(order.clone().after(Event::Sit(long)), Err(OrderError::TooMany(..))));
    assert_eq!(order.clone().split(&BTreeMap::new()), Err(OrderError::OneSided));
    assert_eq!(order.split(&BTreeMap::from([(1, 1)])), Err(OrderError::OneSided));
}
