//! A whole day at one till, from the float in the morning to the void the day after.

mod support;

use db::testing::each_engine;
use jiff::civil::Date;
use protocol::{control::SettlementControl, facts::facts_sha256};
use register::TillError;
use sales::{
    Check, CountedCash, MovementKind, PaymentKind, Settlement, SettlementState, Yen, audit_settlement, datasets,
};
use support::{Seed, at, cash, counted, date, head, notes, opening, order, payment, sell, till};

#[tokio::test]
async fn a_whole_day() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let session = till.open_session(opening(30_000), at("2026-11-22 10:00")).await.unwrap();
        assert_eq!(session.business_date, date("2026-11-22"));

        let lunch = at("2026-11-22 12:05");
        let wrong = till.pay(order(&till, 2, 0), cash(&till, 3_000), head(lunch, 2), lunch).await.unwrap();
        assert_eq!((wrong.slip, wrong.total, wrong.payments[0].change), (1, Yen(2_200), Yen(800)));

        // 10% and 8% on one bill, paid by card and cash.
        let at_one = at("2026-11-22 13:10");
        let split = vec![payment(&till, PaymentKind::CreditCard, 1_000), payment(&till, PaymentKind::Cash, 2_000)];
        let both = till.pay(order(&till, 1, 2), split, head(at_one, 1), at_one).await.unwrap();
        let taxes: Vec<_> = both.rates.iter().map(|rate| (rate.tax_class.percent, rate.tax)).collect();
        assert_eq!(taxes, [(10, Yen(100)), (8, Yen(96))]);
        assert_eq!((both.total, both.payments[1].change), (Yen(2_396), Yen(604)));

        // Before 精算 the 赤伝票 takes the hour of the bill it mirrors.
        let reversal = till.void(wrong.id, "01", at("2026-11-22 14:00")).await.unwrap();
        assert_eq!((reversal.reverses, reversal.hour.get(), reversal.total), (Some(wrong.id), 12, Yen(-2_200)));

        let interim = till.interim(at("2026-11-22 14:30")).await.unwrap();
        assert_eq!((interim.facts.checks.len(), interim.control.net), (3, Yen(2_200)));

        let afternoon = at("2026-11-22 15:00");
        till.cash_movement(MovementKind::In, Yen(5_000), "両替", "01", afternoon).await.unwrap();
        till.cash_movement(MovementKind::Out, Yen(1_200), "食材", "01", afternoon).await.unwrap();
        sell(&till, "2026-11-22 19:00").await;
        // 02:10 belongs to the day before, at 26時.
        let late = sell(&till, "2026-11-23 02:10").await;
        assert_eq!((late.business_date, late.hour.get()), (date("2026-11-22"), 26));

        let drawer = CountedCash {
            denominations: notes(&[(10_000, 3), (1_000, 7), (100, 2), (10, 7), (5, 1), (1, 1)]),
            total: Yen(37_276),
        };
        let closed = till.settle(Some(drawer), Yen(7_276), at("2026-11-23 02:30")).await.unwrap();
        assert_eq!((closed.id, closed.z_number, closed.revision), (session.id, 1, 1));
        assert_eq!((closed.cash.expected, closed.cash.over_short), (Yen(37_396), Some(Yen(-120))));
        assert_eq!(closed.cash.carry_over, Yen(30_000));
        let totals = datasets(&closed).unwrap().settlement;
        assert_eq!((totals.net, totals.tax, totals.checks, totals.voids), (Yen(4_200), Yen(396), 3, 1));
        assert_eq!(audit_settlement(&closed), []);
        assert_eq!(till.settlement(closed.id).await.unwrap(), closed);
        assert_eq!(till.session().await.unwrap(), None);

        void_after_close(&till, &late, &closed).await;
    })
    .await;
}

/// After 精算 the 赤伝票 belongs to the open session, on its date and hour; the closed day stays as it was.
async fn void_after_close(till: &register::Till, late: &Check, closed: &Settlement) {
    assert!(matches!(till.void(late.id, "01", at("2026-11-23 10:00")).await, Err(TillError::NoSession)));
    till.open_session(opening(30_000), at("2026-11-23 10:30")).await.unwrap();
    let reversal = till.void(late.id, "01", at("2026-11-23 11:20")).await.unwrap();
    assert_eq!((reversal.business_date, reversal.hour.get()), (date("2026-11-23"), 11));
    let next = till.settle(counted(28_900), Yen::ZERO, at("2026-11-23 22:00")).await.unwrap();
    assert_eq!((next.z_number, next.cash.over_short), (2, Some(Yen::ZERO)));
    assert_eq!(SettlementControl::of(&next).unwrap().net, Yen(-1_000));
    assert_eq!(till.settlement(closed.id).await.unwrap(), *closed);

    let again = till.void(late.id, "01", at("2026-11-23 22:10")).await;
    assert!(matches!(again, Err(TillError::AlreadyVoided { reversal: by, .. }) if by == reversal.id));
    let reversed = till.void(reversal.id, "01", at("2026-11-23 22:10")).await;
    assert!(matches!(reversed, Err(TillError::IsReversal(_))));

    let filed = till.settlements(10).await.unwrap();
    let listed: Vec<(Date, u32, SettlementState)> =
        filed.iter().map(|filed| (filed.business_date, filed.z_number, filed.state)).collect();
    let (d22, d23) = (date("2026-11-22"), date("2026-11-23"));
    assert_eq!(listed, [(d23, 2, SettlementState::Closed), (d22, 1, SettlementState::Closed)]);
    assert_eq!(filed[1].control.facts_sha256, facts_sha256(closed));
    till.verify().await.unwrap();
}

#[tokio::test]
async fn looking_changes_nothing() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        till.open_session(opening(10_000), at("2026-11-22 10:00")).await.unwrap();
        sell(&till, "2026-11-22 12:00").await;
        let before = till.inspect(at("2026-11-22 14:00")).await.unwrap();
        for time in ["2026-11-22 14:10", "2026-11-22 14:20"] {
            till.interim(at(time)).await.unwrap();
            till.inspect(at(time)).await.unwrap();
        }
        let after = till.inspect(at("2026-11-22 14:00")).await.unwrap();
        assert_eq!(before, after);
        let closed = till.settle(None, Yen::ZERO, at("2026-11-22 14:00")).await.unwrap();
        assert_eq!(closed, after.facts);
        assert_eq!((closed.cash.over_short, closed.z_number), (None, 1));
    })
    .await;
}

#[tokio::test]
async fn a_drawer_that_can_not_be_is_refused() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let night = at("2026-11-22 22:00");
        till.open_session(opening(10_000), at("2026-11-22 10:00")).await.unwrap();
        let miscounted = CountedCash { denominations: notes(&[(1_000, 9)]), total: Yen(10_000) };
        let refused = till.settle(Some(miscounted), Yen::ZERO, night).await;
        assert!(matches!(refused, Err(TillError::Counted { sum: Yen(9_000), total: Yen(10_000) })));
        let refused = till.settle(counted(10_000), Yen(10_001), night).await;
        assert!(matches!(refused, Err(TillError::Deposit { deposit: Yen(10_001), in_drawer: Yen(10_000) })));
        let refused = till.settle(counted(10_000), Yen(-1), night).await;
        assert!(matches!(refused, Err(TillError::Negative { .. })));
        let refused = till.cash_movement(MovementKind::In, Yen(-1), "", "01", night).await;
        assert!(matches!(refused, Err(TillError::Negative { .. })));
        let closed = till.settle(counted(10_000), Yen(10_000), night).await.unwrap();
        assert_eq!((closed.z_number, closed.cash.carry_over), (1, Yen::ZERO));
    })
    .await;
}
