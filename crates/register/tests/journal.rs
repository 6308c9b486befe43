//! The journal on the till's own disk: one transaction with the sale, a chain that can be proved, and bills
//! that may be asked for again.

mod support;

use db::{DbError, Tx, args, testing::each_engine};
use register::{Till, TillError};
use sales::{CheckId, PaymentKind, Yen};
use support::{Seed, at, cash, head, identified, opening, order, payment, sell, till};
use uuid::Uuid;

async fn run(till: &Till, sql: &'static str) {
    let touched = till.db().write(async move |tx: &mut Tx| -> Result<u64, DbError> { tx.execute(sql, args![]).await });
    assert_ne!(touched.await.unwrap(), 0, "{sql} touches something");
}

#[tokio::test]
async fn no_sale_without_its_entry() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
        // Somebody sits where the next entry goes: it can't be written, so nothing is sold.
        run(
            &till,
            "INSERT INTO journal_entry (epoch, seq, kind, at, bytes, hash, entry)
             SELECT epoch, last_seq + 1, 'check', 0, 0, '', '' FROM till",
        )
        .await;
        let noon = at("2026-11-22 12:00");
        let failed = till.pay(order(&till, 1, 0), cash(&till, 1_100), identified(0xc1, noon), noon).await;
        assert!(matches!(failed, Err(TillError::Db(_))));
        assert_eq!(till.check(CheckId(Uuid::from_u128(0xc1))).await.unwrap(), None);

        run(&till, "DELETE FROM journal_entry WHERE hash = ''").await;
        // The slip number was not used up, either.
        assert_eq!(sell(&till, "2026-11-22 12:01").await.slip, 1);
        let proof = till.verify().await.unwrap();
        assert_eq!((proof.entries, proof.sales), (2, 1));
    })
    .await;
}

#[tokio::test]
async fn every_tampering_breaks_the_proof() {
    for tampering in [
        "UPDATE journal_entry SET entry = REPLACE(entry, '1100', '1000') WHERE kind = 'check' AND seq = 3",
        "UPDATE journal_entry SET kind = 'void' WHERE seq = 3",
        "DELETE FROM journal_entry WHERE seq = 3",
        "DELETE FROM journal_entry WHERE seq = 4",
        "UPDATE sale SET content = REPLACE(content, '1100', '1000') WHERE ordinal = 2",
        "DELETE FROM sale WHERE ordinal = 2",
        "INSERT INTO sale (check_id, settlement_id, ordinal, revision, content)
         SELECT 'x', settlement_id, 99, 0, content FROM sale WHERE ordinal = 1",
        "UPDATE till SET last_seq = last_seq - 1",
    ] {
        each_engine(async |db| {
            let till = till(db, &Seed::default()).await;
            till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
            for time in ["2026-11-22 12:00", "2026-11-22 12:10", "2026-11-22 12:20"] {
                sell(&till, time).await;
            }
            assert_eq!(till.verify().await.unwrap().entries, 4);
            run(&till, tampering).await;
            let proof = till.verify().await;
            assert!(matches!(proof, Err(TillError::Damaged { .. })), "{tampering}: {proof:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn the_same_bill_again_is_the_same_check_and_another_is_a_conflict() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
        let noon = at("2026-11-22 12:00");
        let pay = async |draft, payments, now| till.pay(draft, payments, identified(0xc1, noon), now).await;
        let first = pay(order(&till, 1, 0), cash(&till, 2_000), noon).await.unwrap();
        // Asked again later, even on another day: the first answer, and nothing rolls over.
        for again in ["2026-11-22 12:00", "2026-11-22 13:30", "2026-11-24 09:00"] {
            assert_eq!(pay(order(&till, 1, 0), cash(&till, 2_000), at(again)).await.unwrap(), first);
        }
        for conflict in [
            pay(order(&till, 2, 0), cash(&till, 2_200), noon).await,
            pay(order(&till, 1, 0), cash(&till, 5_000), noon).await,
            pay(order(&till, 1, 0), vec![payment(&till, PaymentKind::CreditCard, 1_100)], noon).await,
            till.pay(order(&till, 1, 0), cash(&till, 2_000), identified(0xc1, at("2026-11-22 11:00")), noon).await,
        ] {
            assert!(matches!(conflict, Err(TillError::CheckConflict(id)) if id == first.id), "{conflict:?}");
        }
        let closed = till.settle(None, Yen::ZERO, at("2026-11-22 22:00")).await.unwrap();
        assert_eq!(closed.checks, [first]);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_payment_method_is_a_reversal_and_a_new_bill_in_one_action() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
        let wrong = sell(&till, "2026-11-22 12:00").await;
        let now = at("2026-11-22 12:05");
        let card = vec![payment(&till, PaymentKind::CreditCard, 1_100)];
        let reenter = async |payments| {
            till.reenter(wrong.id, order(&till, 1, 0), payments, identified(0xc2, wrong.opened_at), now).await
        };
        // A bill that does not pay leaves the original as it was.
        assert!(matches!(reenter(cash(&till, 1_000)).await, Err(TillError::Pricing(_))));
        let (reversal, right) = reenter(card.clone()).await.unwrap();
        assert_eq!((reversal.reverses, right.total), (Some(wrong.id), Yen(1_100)));
        assert_eq!(reenter(card).await.unwrap(), (reversal.clone(), right.clone()));
        assert!(matches!(reenter(cash(&till, 1_100)).await, Err(TillError::CheckConflict(_))));
        let closed = till.settle(None, Yen::ZERO, at("2026-11-22 22:00")).await.unwrap();
        assert_eq!(closed.checks, [wrong, reversal, right]);
        assert_eq!(closed.cash.expected, Yen::ZERO);
    })
    .await;
}

#[tokio::test]
async fn moments_are_kept_to_the_millisecond() {
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        let noon = at("2026-11-22 12:00") + jiff::SignedDuration::from_nanos(1_234_567);
        till.open_session(opening(0), noon).await.unwrap();
        let check = till.pay(order(&till, 1, 0), cash(&till, 1_100), head(noon, 1), noon).await.unwrap();
        assert_eq!(check.paid_at, at("2026-11-22 12:00") + jiff::SignedDuration::from_millis(1));
        let closed = till.settle(None, Yen::ZERO, noon).await.unwrap();
        assert_eq!(till.settlement(closed.id).await.unwrap(), closed);
    })
    .await;
}
