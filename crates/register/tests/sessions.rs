//! レジ開設 and the cut-over: which day a payment counts for, and what happens to a session nobody closed.

mod support;

use db::testing::each_engine;
use register::{Opening, TillError};
use sales::{MovementKind, SettlementState, Yen};
use support::{Seed, at, cash, date, head, masters, opening, order, sell, till};

#[tokio::test]
async fn the_next_payment_after_the_cut_over_closes_the_old_session_uncounted() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let old = till.open_session(opening(10_000), at("2026-11-22 10:00")).await.unwrap();
        assert_eq!(sell(&till, "2026-11-23 04:59").await.business_date, date("2026-11-22"));
        let first = sell(&till, "2026-11-23 05:00").await;
        assert_eq!((first.business_date, first.hour.get()), (date("2026-11-23"), 5));

        let closed = till.settlement(old.id).await.unwrap();
        assert_eq!((closed.cash.counted.clone(), closed.cash.over_short), (None, None));
        assert_eq!((closed.checks.len(), closed.z_number), (1, 1));
        // What the drawer should hold is what the new session starts with.
        let now = till.session().await.unwrap().unwrap();
        assert_eq!((now.business_date, now.opening_float), (date("2026-11-23"), Yen(11_100)));
        assert_eq!(till.checks(now.id).await.unwrap(), [first]);
        till.verify().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_is_refused_closes_nothing() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let old = till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
        let morning = at("2026-11-23 09:00");
        let too_little = till.pay(order(&till, 1, 0), cash(&till, 1_000), head(morning, 1), morning).await;
        assert!(matches!(too_little, Err(TillError::Pricing(_))));
        assert_eq!(till.session().await.unwrap().unwrap().id, old.id);
        assert_eq!(till.settlements(1).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_manager_extends_through_the_next_cut_over_and_nobody_else() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
        let refused = till.extend_session("02", at("2026-11-23 04:30")).await;
        assert!(matches!(refused, Err(TillError::NotManager { .. })));
        till.extend_session("01", at("2026-11-23 04:30")).await.unwrap();
        let late = sell(&till, "2026-11-23 06:15").await;
        assert_eq!((late.business_date, late.hour.get()), (date("2026-11-22"), 30));
        // The cut-over after that ends it all the same.
        assert_eq!(sell(&till, "2026-11-24 05:01").await.business_date, date("2026-11-24"));
    })
    .await;
}

#[tokio::test]
async fn an_import_says_the_date_and_nothing_rolls_over() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await.without_roll_over();
        let dated = Opening { business_date: Some(date("2026-10-01")), ..opening(0) };
        till.open_session(dated, at("2026-10-01 09:00")).await.unwrap();
        let check = sell(&till, "2026-10-02 12:00").await;
        assert_eq!((check.business_date, check.hour.get()), (date("2026-10-01"), 36));
        let closed = till.settle(None, Yen::ZERO, at("2026-10-02 13:00")).await.unwrap();
        assert_eq!((closed.business_date, closed.state), (date("2026-10-01"), SettlementState::Closed));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_sold_without_a_session_and_one_is_enough() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let noon = at("2026-11-22 12:00");
        let closed = till.pay(order(&till, 1, 0), cash(&till, 1_100), head(noon, 1), noon).await;
        assert!(matches!(closed, Err(TillError::NoSession)));
        assert!(matches!(till.settle(None, Yen::ZERO, noon).await, Err(TillError::NoSession)));
        assert!(matches!(till.inspect(noon).await, Err(TillError::NoSession)));
        let movement = till.cash_movement(MovementKind::In, Yen(1), "", "01", noon).await;
        assert!(matches!(movement, Err(TillError::NoSession)));

        till.open_session(opening(0), noon).await.unwrap();
        let second = till.open_session(opening(0), noon).await;
        assert!(matches!(second, Err(TillError::SessionOpen { .. })));
        assert!(matches!(till.open_session(opening(-1), noon).await, Err(TillError::Negative { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_till_goes_on_where_the_power_was_cut() {
    each_engine(async |db| {
        let seed = Seed::default();
        let before = till(db.clone(), &seed).await;
        before.open_session(opening(5_000), at("2026-11-22 10:00")).await.unwrap();
        let sold = sell(&before, "2026-11-22 12:00").await;
        drop(before);
        // Without a line, and without being given masters again.
        let after = register::Till::open(db.clone(), support::REGISTER, seed.random()).await.unwrap();
        assert_eq!(after.masters(), Some(masters(1)));
        assert_eq!(after.check(sold.id).await.unwrap(), Some(sold));
        assert_eq!(sell(&after, "2026-11-22 12:30").await.slip, 2);

        let other = sales::RegisterId(uuid::Uuid::from_u128(0x72));
        let refused = register::Till::open(db, other, seed.random()).await;
        assert!(matches!(refused, Err(TillError::OtherTill { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_till_without_masters_and_masters_that_do_not_fit_are_refused() {
    each_engine(async |db| {
        let till = register::Till::open(db, support::REGISTER, Seed::default().random()).await.unwrap();
        let refused = till.open_session(opening(0), at("2026-11-22 10:00")).await;
        assert!(matches!(refused, Err(TillError::NoMasters)));
        let mut wrong = masters(1);
        wrong.store.zone = "Mars/Olympus".to_owned();
        assert!(matches!(till.store_masters(wrong).await, Err(TillError::DayRule(_))));
        let mut foreign = masters(1);
        foreign.register.id = sales::RegisterId(uuid::Uuid::from_u128(0x72));
        assert!(matches!(till.store_masters(foreign).await, Err(TillError::OtherMasters { .. })));
        assert_eq!(till.masters(), None);
    })
    .await;
}
