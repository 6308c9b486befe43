//! 精算取消, closing again, and revision: a closed settlement is immutable, and the highest revision stands.

mod support;

use db::testing::each_engine;
use protocol::facts::facts_sha256;
use register::{Checks, Correction, Till, TillError};
use sales::{CheckHead, CheckId, MovementKind, Settlement, SettlementState, Yen, audit_settlement, close_check};
use support::{Seed, at, cash, counted, date, opening, order, sell, till};
use uuid::Uuid;

async fn a_closed_day(till: &Till, day: &str) -> Settlement {
    till.open_session(opening(10_000), at(&format!("{day} 10:00"))).await.unwrap();
    sell(till, &format!("{day} 12:00")).await;
    till.settle(counted(11_000), Yen::ZERO, at(&format!("{day} 22:00"))).await.unwrap()
}

#[tokio::test]
async fn cancelled_and_closed_again_it_is_revision_3_of_the_same_id_and_z() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let first = a_closed_day(&till, "2026-11-22").await;
        let cancelled = till.cancel_settlement(first.id, "01", "数え直し", at("2026-11-22 22:10")).await.unwrap();
        assert_eq!((cancelled.revision, cancelled.supersedes, cancelled.checks.len()), (2, Some(1), 0));
        assert_eq!(cancelled.state, SettlementState::Cancelled);

        // Open again: it sells, and the bills of before are still there.
        sell(&till, "2026-11-22 22:15").await;
        let third = till.settle(counted(12_200), Yen::ZERO, at("2026-11-22 22:30")).await.unwrap();
        assert_eq!((third.id, third.z_number, third.revision), (first.id, first.z_number, 3));
        assert_eq!((third.supersedes, third.checks.len()), (Some(2), 2));
        assert_eq!((third.revised_by.as_deref(), third.reason.as_deref()), (Some("01"), Some("数え直し")));
        assert_eq!(audit_settlement(&third), []);

        // Every revision is still what it was.
        for (revision, then) in [(1, &first), (2, &cancelled), (3, &third)] {
            assert_eq!(till.settlement_at(first.id, revision).await.unwrap().as_ref(), Some(then));
        }
        assert_eq!(till.settlement(first.id).await.unwrap(), third);
        till.verify().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn once_a_later_session_has_closed_it_is_not_opened_again() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let first = a_closed_day(&till, "2026-11-22").await;
        let second = a_closed_day(&till, "2026-11-23").await;
        let refused = till.cancel_settlement(first.id, "01", "数え直し", at("2026-11-24 10:00")).await;
        assert!(matches!(refused, Err(TillError::LaterClosed(id)) if id == first.id));
        till.cancel_settlement(second.id, "01", "数え直し", at("2026-11-24 10:00")).await.unwrap();
        let twice = till.cancel_settlement(second.id, "01", "数え直し", at("2026-11-24 10:00")).await;
        assert!(matches!(twice, Err(TillError::NotSettled(_))));
        let nobody = till.cancel_settlement(second.id, " ", "数え直し", at("2026-11-24 10:00")).await;
        assert!(matches!(nobody, Err(TillError::Unnamed(_))));
    })
    .await;
}

#[tokio::test]
async fn yesterday_is_counted_again_while_today_sells() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let yesterday = a_closed_day(&till, "2026-11-22").await;
        let today = till.open_session(opening(11_000), at("2026-11-23 09:00")).await.unwrap();
        till.cancel_settlement(yesterday.id, "01", "出金もれ", at("2026-11-23 09:30")).await.unwrap();
        // Money goes to today; the forgotten 出金 goes to yesterday.
        assert_eq!(sell(&till, "2026-11-23 11:00").await.business_date, today.business_date);
        let morning = at("2026-11-23 11:05");
        till.cash_movement_in(yesterday.id, MovementKind::Out, Yen(100), "氷", "01", morning).await.unwrap();
        let which = till.settle(counted(11_000), Yen::ZERO, morning).await;
        assert!(matches!(which, Err(TillError::TwoOpen { .. })));
        let again = till.settle_session(yesterday.id, counted(11_000), Yen::ZERO, morning).await.unwrap();
        assert_eq!((again.revision, again.checks.len(), again.cash.over_short), (3, 1, Some(Yen::ZERO)));
        assert_eq!(till.session().await.unwrap().unwrap().id, today.id);
        let closed = till.cash_movement_in(yesterday.id, MovementKind::Out, Yen(1), "", "01", morning).await;
        assert!(matches!(closed, Err(TillError::NotOpen(_))));
    })
    .await;
}

/// A bill as a manager enters it after the fact.
fn late_bill(till: &Till, id: u128) -> sales::Check {
    let when = at("2026-11-22 18:00");
    let sold = date("2026-11-22");
    let head = CheckHead {
        id: CheckId(Uuid::from_u128(id)),
        slip: 900,
        business_date: sold,
        hour: 18.try_into().unwrap(),
        opened_at: when,
        paid_at: when,
        table: None,
        guests: sales::Guests::default(),
        segment: None,
        staff: "01".to_owned(),
        ad_medium: None,
    };
    close_check(head, &order(till, 1, 0), &cash(till, 1_100)).unwrap()
}

#[tokio::test]
async fn a_revision_is_the_whole_settlement_once_more() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let first = a_closed_day(&till, "2026-11-22").await;
        a_closed_day(&till, "2026-11-23").await;
        let late = late_bill(&till, 0xa1);
        let now = at("2026-11-24 10:00");
        let forgotten = Correction { checks: Checks::Add(vec![late.clone()]), ..Correction::default() };
        let revised = till.revise_settlement(first.id, forgotten, "01", "伝票もれ", now).await.unwrap();
        assert_eq!((revised.id, revised.z_number, revised.revision), (first.id, 1, 2));
        assert_eq!((revised.checks.len(), revised.cash.over_short), (2, Some(Yen(-1_200))));
        assert_eq!(audit_settlement(&revised), []);

        let recount = Correction { counted: counted(12_200), ..Correction::default() };
        let recounted = till.revise_settlement(first.id, recount, "01", "数え直し", now).await.unwrap();
        assert_eq!((recounted.revision, recounted.cash.over_short), (3, Some(Yen::ZERO)));
        assert_eq!(recounted.checks, revised.checks);

        // The bill that came by revision is a bill like any other …
        assert_eq!(till.check(late.id).await.unwrap(), Some(late.clone()));
        // … until a revision takes it out.
        let without = Correction { checks: Checks::Replace(first.checks.clone()), ..Correction::default() };
        till.revise_settlement(first.id, without, "01", "誤入力", now).await.unwrap();
        let withdrawn = till.void(late.id, "01", now).await;
        assert!(matches!(withdrawn, Err(TillError::CheckWithdrawn(id)) if id == late.id));
        assert_eq!(till.settlement_at(first.id, 1).await.unwrap(), Some(first));
        till.verify().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_revision_that_does_not_hold_is_refused() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let first = a_closed_day(&till, "2026-11-22").await;
        let now = at("2026-11-22 23:00");
        let revise = async |checks| {
            let correction = Correction { checks, ..Correction::default() };
            till.revise_settlement(first.id, correction, "01", "訂正", now).await
        };
        let mut wrong = late_bill(&till, 0xa1);
        wrong.total = Yen(1);
        assert!(matches!(revise(Checks::Add(vec![wrong])).await, Err(TillError::Broken(v)) if !v.is_empty()));
        let mut other_day = late_bill(&till, 0xa1);
        other_day.business_date = date("2026-11-21");
        assert!(matches!(revise(Checks::Add(vec![other_day])).await, Err(TillError::Broken(_))));
        let mut changed = first.checks.clone();
        changed[0].staff = "09".to_owned();
        assert!(matches!(revise(Checks::Replace(changed)).await, Err(TillError::CheckConflict(_))));
        assert_eq!(till.settlement(first.id).await.unwrap(), first);

        // A settlement that was revised is corrected by revision, never opened again.
        revise(Checks::Add(vec![late_bill(&till, 0xa2)])).await.unwrap();
        let refused = till.cancel_settlement(first.id, "01", "数え直し", now).await;
        assert!(matches!(refused, Err(TillError::Revised(_))));
    })
    .await;
}

#[tokio::test]
async fn facts_that_changed_on_the_disk_are_noticed() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let first = a_closed_day(&till, "2026-11-22").await;
        let hash = facts_sha256(&till.settlement(first.id).await.unwrap());
        assert_eq!(hash, facts_sha256(&first));
        till.db()
            .write(async move |tx: &mut db::Tx| -> Result<(), db::DbError> {
                tx.execute("UPDATE sale SET content = REPLACE(content, '\"slip\":1', '\"slip\":7')", db::args![])
                    .await?;
                Ok(())
            })
            .await
            .unwrap();
        assert!(matches!(till.settlement(first.id).await, Err(TillError::Damaged { .. })));
    })
    .await;
}
