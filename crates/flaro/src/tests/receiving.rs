//! What is signed is kept: once, in any order, marked where something is wrong with it.

use super::{
    house::House,
    pos::{Pos, controlled, facts, on, register_id, store, store_id},
};
use db::{Tx, args};
use protocol::{control, event::EventType, partner::EventReceipt};
use sales::{Settlement, Yen};
use simulator::revise;

const DAY: &str = "2026-11-21";
const NOTHING: [&str; 0] = [];

async fn linked(db: db::Db) -> (House, Pos) {
    let house = House::new(db).await;
    house.company("0012", &[]).await;
    let pos = Pos::link(&house, "0012", 1, vec![store(1, 2)]).await;
    (house, pos)
}

/// What is here equals what the sender would compute from these facts.
async fn holds(house: &House, pos: &Pos, standing: &[&Settlement]) {
    let here = pos.control_totals(house, DAY, DAY).await;
    let settlements = standing.iter().map(|facts| controlled(facts)).collect();
    let sent = control::day(store_id(1), DAY.parse().unwrap(), settlements).unwrap();
    assert_eq!(here.days, [sent]);
}

async fn findings(house: &House) -> Vec<String> {
    let sql = "SELECT f.kind, f.what FROM finding f JOIN settlement s ON s.settlement_id = f.settlement_id
        AND s.store_id = f.store_id AND s.revision = f.revision WHERE f.resolved_at IS NULL ORDER BY f.kind, f.what";
    let rows = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(sql, args![]).await).await.unwrap();
    rows.iter().map(|row| format!("{} {}", row.text("kind").unwrap(), row.text("what").unwrap())).collect()
}

#[tokio::test]
async fn a_settlement_is_acknowledged_with_a_receipt_and_once_is_enough() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let facts = facts(1);
        let event = pos.event(1, 1, &facts);
        let first = pos.send(&house, &event).await;
        assert_eq!(first.status, 200, "{}", first.text());
        let receipt: EventReceipt = first.json();
        assert_eq!((receipt.event_id, receipt.highest_sequence), (event.event_id, 1));
        assert_eq!(receipt.body_sha256, protocol::hash::Sha256::of(&event.to_bytes()));
        assert_eq!(receipt.received_at, house.now());
        for _ in 0..2 {
            assert_eq!(pos.send(&house, &event).await.json::<EventReceipt>(), receipt);
        }
        // The same facts under another id, as a new generation sends them: the same thing.
        assert_eq!(pos.settle(&house, 1, 1, &facts).await.status, 200);
        // Plain instead of compressed makes no difference.
        let plain = pos.event(1, 2, &super::pos::facts(2));
        assert_eq!(pos.send_bytes(&house, plain.to_bytes(), None).await.status, 200);
        holds(&house, &pos, &[&facts, &super::pos::facts(2)]).await;
        assert_eq!(findings(&house).await, NOTHING);
    })
    .await;
}

#[tokio::test]
async fn revisions_in_every_order_come_to_the_same() {
    db::testing::each_engine(async |db| {
        let first = facts(3);
        let second = revise(&first);
        let third = revise(&second);
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let house = House::new(db).await;
        for (n, order) in orders.into_iter().enumerate() {
            let code = format!("10{n}");
            house.company(&code, &[]).await;
            let pos = Pos::link(&house, &code, 1, vec![store(1, 1)]).await;
            let events = [&first, &second, &third].map(|facts| pos.event(1, 1, facts));
            for at in order {
                let answer = pos.send(&house, &events[at]).await;
                assert_eq!(answer.status, 200, "{order:?}: {}", answer.text());
            }
            holds(&house, &pos, &[&third]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_cancellation_empties_and_closing_again_fills() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let first = facts(4);
        let cancelled = first.cancelled(first.closed_at, "0001", "二重精算");
        pos.settle(&house, 1, 1, &first).await;
        assert_eq!(pos.settle(&house, 1, 1, &cancelled).await.status, 200);
        holds(&house, &pos, &[&cancelled]).await;
        let again = Settlement { revision: 3, supersedes: Some(2), reason: Some("再精算".into()), ..first };
        pos.settle(&house, 1, 1, &again).await;
        holds(&house, &pos, &[&again]).await;
    })
    .await;
}

#[tokio::test]
async fn other_facts_for_the_same_revision_are_kept_and_answered_409() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let first = facts(5);
        let mut forked = first.clone();
        forked.checks.pop();
        pos.settle(&house, 1, 1, &first).await;
        let event = pos.event(1, 1, &forked);
        for _ in 0..2 {
            let answer = pos.send(&house, &event).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "revision_conflict"));
        }
        holds(&house, &pos, &[&first]).await;
        assert_eq!(findings(&house).await, [format!("conflict {}", event.event_id)]);
        let sql = "SELECT facts_sha256, times FROM event_conflict";
        let kept = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(sql, args![]).await).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].text("facts_sha256").unwrap(), protocol::facts::facts_sha256(&forked).to_string());
        // A higher revision settles it.
        let settled = revise(&first);
        assert_eq!(pos.settle(&house, 1, 1, &settled).await.status, 200);
        holds(&house, &pos, &[&settled]).await;
        assert_eq!(findings(&house).await, NOTHING);
    })
    .await;
}

#[tokio::test]
async fn one_event_id_with_other_bytes_is_a_conflict_too() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let event = pos.event(1, 1, &facts(6));
        pos.send(&house, &event).await;
        let mut other = pos.event(1, 2, &facts(7));
        other.event_id = event.event_id;
        assert_eq!(pos.send(&house, &other).await.status, 409);
        holds(&house, &pos, &[&facts(6)]).await;
        assert_eq!(pos.send(&house, &event).await.status, 200, "the first goes on being the same");
    })
    .await;
}

#[tokio::test]
async fn gaps_are_told_and_never_block() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let mut events = [8, 9, 10].map(|seed| pos.event(1, 1, &facts(seed)));
        events[2].sequence = 5;
        pos.send(&house, &events[0]).await;
        let receipt: EventReceipt = pos.send(&house, &events[2]).await.json();
        assert_eq!((receipt.highest_sequence, receipt.missing), (5, vec![2, 3, 4]));
        let receipt: EventReceipt = pos.send(&house, &events[1]).await.json();
        assert_eq!((receipt.highest_sequence, receipt.missing), (5, vec![3, 4]));
    })
    .await;
}

#[tokio::test]
async fn a_number_that_came_with_an_event_made_anew_is_not_missing() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let first = pos.event(1, 1, &facts(8));
        pos.send(&house, &first).await;
        // Restored from a backup, the sender makes it anew under the next number; then with other facts.
        let mut anew = pos.event(1, 1, &facts(8));
        anew.event_id = first.event_id;
        let receipt: EventReceipt = pos.send(&house, &anew).await.json();
        assert_eq!((receipt.highest_sequence, receipt.missing), (2, vec![]));
        let mut forked = pos.event(1, 1, &facts(9));
        forked.event_id = first.event_id;
        assert_eq!(pos.send(&house, &forked).await.status, 409);
        let receipt: EventReceipt = pos.send(&house, &pos.event(1, 1, &facts(10))).await.json();
        assert_eq!((receipt.highest_sequence, receipt.missing), (4, vec![]));

        // The same bytes through the next linkage have a number of the one before: it says nothing about this one's.
        let next = Pos::link(&house, "0012", 2, vec![store(1, 2)]).await;
        let receipt: EventReceipt = next.send(&house, &first).await.json();
        assert_eq!((receipt.highest_sequence, receipt.missing), (0, vec![]));
    })
    .await;
}

#[tokio::test]
async fn an_unknown_store_or_till_is_kept_and_marked_until_the_table_knows_it() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        assert_eq!(pos.settle(&house, 7, 1, &facts(11)).await.status, 200);
        assert_eq!(pos.settle(&house, 1, 9, &facts(12)).await.status, 200);
        let expected = [
            format!("unknown_register {}", register_id(1, 9)),
            format!("unknown_register {}", register_id(7, 1)),
            format!("unknown_store {}", store_id(7)),
        ];
        assert_eq!(findings(&house).await, expected);
        assert_eq!(pos.control_totals(&house, DAY, DAY).await.days.len(), 2, "it counts all the same");
        pos.put_stores(&house, 2, vec![store(1, 9), store(7, 1)]).await;
        assert_eq!(findings(&house).await, NOTHING);
    })
    .await;
}

#[tokio::test]
async fn figures_that_do_not_follow_from_the_checks_are_kept_and_marked() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let honest = facts(13);
        let mut event = pos.event(1, 1, &honest);
        event.totals.net = Yen(event.totals.net.0 + 1200);
        event.data.hourly_sales.pop();
        event.totals.facts_sha256 = protocol::hash::Sha256::ZERO;
        assert_eq!(pos.send(&house, &event).await.status, 200);
        let zero = protocol::hash::Sha256::ZERO;
        assert_eq!(
            findings(&house).await,
            [format!("facts_differ {zero}"), "totals_differ hourly_sales".into(), "totals_differ net".into()]
        );
        holds(&house, &pos, &[&honest]).await;

        let mut broken = facts(14);
        broken.checks[0].total = Yen(broken.checks[0].total.0 + 1);
        assert_eq!(pos.settle(&house, 1, 2, &broken).await.status, 200);
        assert!(findings(&house).await.iter().any(|found| found.starts_with("invariant check.total check ")));
    })
    .await;
}

#[tokio::test]
async fn amounts_beyond_64_bits_are_kept_and_marked() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let mut event = pos.event(1, 1, &facts(15));
        for check in &mut event.data.checks {
            for rate in &mut check.rates {
                (rate.net, rate.total) = (Yen(i64::MAX), Yen(i64::MAX));
            }
        }
        assert_eq!(pos.send(&house, &event).await.status, 200);
        assert!(findings(&house).await.iter().any(|found| found.starts_with("invariant overflow")));
        event.event_id = uuid::Uuid::from_u128(1 << 100);
        event.settlement.id = sales::SettlementId(uuid::Uuid::from_u128(77));
        (event.totals.net, event.totals.tax) = (Yen(i64::MAX), Yen(i64::MAX));
        for n in 0..2 {
            event.settlement.id = sales::SettlementId(uuid::Uuid::from_u128(77 + n));
            event.event_id = uuid::Uuid::from_u128((1 << 100) + n);
            assert_eq!(pos.send(&house, &event).await.status, 200, "even where the day's sum overflows");
        }
        house.roll_up().await;
    })
    .await;
}

#[tokio::test]
async fn a_settlement_that_moves_to_another_day_leaves_the_first() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let first = facts(16);
        pos.settle(&house, 1, 1, &first).await;
        let moved = on("2026-11-20", revise(&first));
        pos.settle(&house, 1, 1, &moved).await;
        let days = pos.control_totals(&house, "2026-11-20", DAY).await.days;
        assert_eq!(days.iter().map(|day| day.business_date.to_string()).collect::<Vec<_>>(), ["2026-11-20"]);
        let sql = "SELECT net, settlements FROM business_day WHERE business_date = $1";
        let left = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![DAY]).await).await.unwrap();
        assert_eq!((left.int("net").unwrap(), left.int("settlements").unwrap()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_test_proves_the_channel_and_changes_nothing() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let mut test = pos.event(1, 1, &facts(17));
        test.event_type = EventType::Test;
        for _ in 0..2 {
            let receipt: EventReceipt = pos.send(&house, &test).await.json();
            assert_eq!((receipt.event_id, receipt.highest_sequence), (test.event_id, 0));
        }
        assert_eq!(pos.control_totals(&house, DAY, DAY).await.days, []);
    })
    .await;
}

#[tokio::test]
async fn generations_share_what_was_received() {
    db::testing::each_engine(async |db| {
        let (house, old) = linked(db).await;
        let (first, other) = (facts(18), facts(19));
        old.settle(&house, 1, 1, &first).await;
        let new = Pos::link(&house, "0012", 2, vec![store(1, 2)]).await;
        let receipt: EventReceipt = new.settle(&house, 1, 1, &first).await.json();
        assert_eq!(receipt.highest_sequence, 1, "sequences count per generation");
        new.settle(&house, 1, 2, &other).await;
        holds(&house, &new, &[&first, &other]).await;
        holds(&house, &old, &[&first, &other]).await;
    })
    .await;
}

#[tokio::test]
async fn everything_at_once_comes_to_the_same() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let first = facts(20);
        let second = revise(&first);
        let other = facts(21);
        let events = [&first, &second, &other, &first].map(|facts| pos.event(1, 1, facts));
        let [a, b, c, d] = &events;
        let send = async |event| pos.send(&house, event).await.status.as_u16();
        let answers = tokio::join!(send(a), send(b), send(c), send(d), send(a), send(b));
        assert_eq!(answers, (200, 200, 200, 200, 200, 200));
        holds(&house, &pos, &[&second, &other]).await;
        let receipt: EventReceipt = pos.send(&house, a).await.json();
        assert_eq!((receipt.highest_sequence, receipt.missing), (4, vec![]));
    })
    .await;
}
