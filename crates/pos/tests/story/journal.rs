//! A till's journal, received: in order, again, with gaps, split, and with contradictions inside.

use axum::http::StatusCode;
use db::testing::each_engine;
use protocol::journal::{BatchVerdict, Body, JournalAnswer, WholeSettlement};
use sales::{SettlementState, Yen};

use crate::house::{House, Till, batch, day, journal_path, opened, settled, sold};

#[tokio::test]
async fn a_session_becomes_a_settlement_and_a_lost_answer_changes_nothing() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(1, 12), Till::new(1));
        till.live(&settlement);
        let first = house.journal(&till.batch(..5)).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        let first: JournalAnswer = first.json();
        assert_eq!((first.verdict, first.receipt.contiguous_seq), (BatchVerdict::Accepted, 5));
        assert_eq!(first.receipt.highest_z, 0);

        // The answer is lost: the till sends the same again, and more.
        for _ in 0..2 {
            let all: JournalAnswer = house.journal(&till.batch(..)).await.json();
            assert_eq!(all.verdict, BatchVerdict::Accepted);
            assert_eq!((all.receipt.contiguous_seq, all.receipt.head), (till.state.contiguous_seq, till.state.head));
            assert_eq!(all.receipt.highest_z, settlement.z_number);
        }
        let facts = protocol::facts::facts_sha256(&settlement).to_string();
        let one = house.count("SELECT COUNT(*) AS n FROM settlement WHERE revision = 1 AND state = 'closed'").await;
        assert_eq!((one, house.findings().await), (1, vec![]));
        let standing = pos::settlements::facts(&house.pos, &house.tenant, settlement.id, 1).await.unwrap().unwrap();
        assert_eq!(protocol::facts::facts_sha256(&standing).to_string(), facts);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM settlement_revision").await, 1);
        let checks = i64::try_from(settlement.checks.len()).unwrap();
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM sale_check").await, checks);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM journal_entry").await, checks + 2);
    })
    .await;
}

#[tokio::test]
async fn the_same_batch_many_times_at_once_is_one_batch() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(10, 10), Till::new(1));
        till.live(&settlement);
        let all = till.batch(..);
        // As many of one till as are let in at a time.
        let batches = [till.batch(..4), all.clone(), all];
        for answer in futures::future::join_all(batches.iter().map(|batch| house.journal(batch))).await {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        }
        let checks = i64::try_from(settlement.checks.len()).unwrap();
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM journal_entry").await, checks + 2);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM sale_check").await, checks);
        assert_eq!(
            (house.count("SELECT COUNT(*) AS n FROM settlement_revision").await, house.findings().await),
            (1, vec![])
        );
    })
    .await;
}

#[tokio::test]
async fn a_gap_is_told_where_to_go_on() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(2, 6), Till::new(1));
        till.live(&settlement);
        let unknown = house.journal(&till.batch(3..)).await;
        let answer: JournalAnswer = unknown.json();
        assert_eq!((unknown.status, answer.verdict), (StatusCode::CONFLICT, BatchVerdict::Gap));
        assert_eq!(answer.receipt.contiguous_seq, 0);
        house.journal(&till.batch(..2)).await;
        let gap: JournalAnswer = house.journal(&till.batch(3..)).await.json();
        assert_eq!((gap.verdict, gap.receipt.contiguous_seq), (BatchVerdict::Gap, 2));
        let on: JournalAnswer = house.journal(&till.batch(2..)).await.json();
        assert_eq!(on.verdict, BatchVerdict::Accepted);
        assert_eq!((house.count("SELECT COUNT(*) AS n FROM settlement").await, house.findings().await), (1, vec![]));
    })
    .await;
}

#[tokio::test]
async fn a_restored_till_forks_and_goes_on_in_a_new_epoch() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(3, 8), Till::new(1));
        till.write(&opened(&settlement));
        for check in &settlement.checks[..4] {
            till.write(&sold(&settlement, check.clone()));
        }
        let backup = till.clone();
        till.write(&sold(&settlement, settlement.checks[4].clone()));
        house.journal(&till.batch(..)).await;

        // The backup is put in the till's place and sells something else under the same number.
        let mut restored = backup;
        restored.write(&sold(&settlement, settlement.checks[5].clone()));
        let forked = house.journal(&restored.batch(..)).await;
        let answer: JournalAnswer = forked.json();
        assert_eq!((forked.status, answer.verdict), (StatusCode::CONFLICT, BatchVerdict::Fork));
        assert_eq!(answer.receipt.contiguous_seq, 6);
        house.journal(&restored.batch(..)).await;
        assert_eq!(house.findings().await, ["fork"], "told once");
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM journal_epoch WHERE forked_at IS NOT NULL").await, 1);

        // It writes what came after its last receipt into a new epoch; a check that is known by its id counts once.
        let mut next = Till::new(2);
        for check in &settlement.checks[3..] {
            next.write(&sold(&settlement, check.clone()));
        }
        next.write(&settled(&settlement));
        let on: JournalAnswer = house.journal(&next.batch(..)).await.json();
        assert_eq!((on.verdict, on.receipt.contiguous_seq), (BatchVerdict::Accepted, next.state.contiguous_seq));
        assert_eq!(house.findings().await, ["fork"]);
        let ordinals = "SELECT COUNT(*) AS n FROM journal_epoch WHERE ordinal IN (1, 2)";
        assert_eq!(house.count(ordinals).await, 2);
        let checks = i64::try_from(settlement.checks.len()).unwrap();
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM sale_check").await, checks);
        let total = house.count("SELECT SUM(CAST(total AS BIGINT)) AS n FROM settlement WHERE revision = 1");
        let expected = sales::datasets(&settlement).unwrap().settlement.total;
        if db.engine() == db::Engine::Sqlite {
            assert_eq!(total.await, expected.0);
        }
    })
    .await;
}

#[tokio::test]
async fn one_check_id_with_two_contents_is_shown_to_a_person() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(4, 5), Till::new(1));
        till.live(&settlement);
        house.journal(&till.batch(..)).await;
        let mut other = Till::new(2);
        let mut check = settlement.checks[0].clone();
        check.staff = "99".to_owned();
        other.write(&sold(&settlement, settlement.checks[1].clone())); // The same again is nothing.
        other.write(&sold(&settlement, check));
        let answer: JournalAnswer = house.journal(&other.batch(..)).await.json();
        assert_eq!(answer.verdict, BatchVerdict::Accepted);
        assert_eq!(house.findings().await, ["check_conflict"], "one cause, one thing to do");
        let said = "SELECT COUNT(*) AS n FROM attention WHERE detail LIKE '%伝票%レジの記録が新しく始まりました%'";
        assert_eq!(house.count(said).await, 1, "and it says that the journal began anew");
        let kept = "SELECT COUNT(*) AS n FROM attention WHERE evidence LIKE '%\"staff\":\"99\"%'";
        assert_eq!(house.count(kept).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_journal_that_begins_anew_is_told_to_a_person() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(11, 5), Till::new(1));
        till.live(&settlement);
        house.journal(&till.batch(..)).await;

        // Another disk, with a next day on it and nothing of what went before: no chain splits, nothing conflicts.
        let (next, mut other) = (day(12, 4), Till::new(2));
        other.live(&next);
        for _ in 0..2 {
            house.journal(&other.batch(..3)).await;
            house.journal(&other.batch(..)).await;
        }
        assert_eq!(house.findings().await, ["fork"], "told once");
        let kept = "SELECT COUNT(*) AS n FROM settlement WHERE revision = 1 AND state = 'closed'";
        assert_eq!(house.count(kept).await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_contradicts_itself_is_stored_and_needs_attention() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(5, 6), Till::new(1));
        till.write(&opened(&settlement));
        for check in &settlement.checks[1..] {
            till.write(&sold(&settlement, check.clone())); // One never reached the journal.
        }
        till.write(&settled(&settlement));
        till.write(&sold(&settlement, settlement.checks[0].clone())); // And comes after its 精算.
        let answer: JournalAnswer = house.journal(&till.batch(..)).await.json();
        assert_eq!(answer.verdict, BatchVerdict::Accepted);
        assert_eq!(house.findings().await, ["invariant", "late_check", "totals_differ"]);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM settlement").await, 1);

        // 精算取消 and a second 精算 take it in.
        let cancelled = settlement.cancelled(settlement.closed_at, "店長", "会計もれ");
        till.write(&Body::SettlementCancelled(WholeSettlement { settlement: cancelled }));
        let mut again = settlement.clone();
        again.checks.rotate_left(1); // In the order the checks were written.
        again.revision = 3;
        again.supersedes = Some(2);
        till.write(&settled(&again));
        house.journal(&till.batch(..)).await;
        assert_eq!(house.findings().await, ["invariant", "late_check", "totals_differ"], "nothing new");
        let standing = "SELECT COUNT(*) AS n FROM settlement WHERE revision = 3 AND state = 'closed'";
        assert_eq!(house.count(standing).await, 1);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM settlement_revision").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_restored_till_that_repeats_its_settlement_does_not_close_what_was_reopened() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(5, 6), Till::new(1));
        till.live(&settlement);
        let cancelled = settlement.cancelled(settlement.closed_at, "店長", "会計もれ");
        till.write(&Body::SettlementCancelled(WholeSettlement { settlement: cancelled }));
        house.journal(&till.batch(..)).await;
        let open = "SELECT COUNT(*) AS n FROM till_session WHERE settled_revision IS NULL";
        assert_eq!(house.count(open).await, 1);

        // Restored to before its 精算取消, it knows of none and carries its 精算 into a new epoch.
        let mut restored = Till::new(2);
        restored.write(&settled(&settlement));
        let answer: JournalAnswer = house.journal(&restored.batch(..)).await.json();
        assert_eq!(answer.verdict, BatchVerdict::Accepted);
        assert_eq!(house.count(open).await, 1, "the 取消 stands, and the day is 未精算");
        let standing = "SELECT COUNT(*) AS n FROM settlement WHERE revision = 2 AND state = 'cancelled'";
        assert_eq!(house.count(standing).await, 1);
        assert_eq!(house.findings().await, ["fork"], "that the till began anew");
    })
    .await;
}

#[tokio::test]
async fn entries_nobody_understands_are_kept() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let mut till = Till::new(1);
        let settlement = day(6, 2);
        till.write(&settled(&settlement)); // Never opened, no checks.
        let text = format!(
            r#"{{"at":"2026-11-22T13:00:00Z","body":{{"x":"\u0000"}},"epoch":"{}","kind":"danced","prev":"{}","seq":2}}"#,
            till.epoch, till.state.head
        );
        till.written.push(serde_json::value::RawValue::from_string(text).unwrap());
        let answer: JournalAnswer = house.journal(&till.batch(..)).await.json();
        assert_eq!((answer.verdict, answer.receipt.contiguous_seq), (BatchVerdict::Accepted, 2));
        assert_eq!(house.findings().await, ["invariant", "not_opened", "totals_differ", "unreadable"]);
        let finding = "SELECT COUNT(*) AS n FROM journal_entry WHERE finding LIKE '%danced%'";
        assert_eq!(house.count(finding).await, 1);
    })
    .await;
}

#[tokio::test]
async fn revisions_come_whole_and_the_highest_stands() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(7, 6), Till::new(1));
        till.live(&settlement);
        let mut checks = settlement.checks.clone();
        let dropped = checks.pop().unwrap();
        checks[0].segment = Some("家族".to_owned());
        let revised = settlement.corrected(checks, settlement.closed_at, "店長", "打ち間違い").unwrap();
        till.write(&Body::SettlementRevised(WholeSettlement { settlement: revised.clone() }));
        house.journal(&till.batch(..)).await;
        assert_eq!(house.findings().await, Vec::<String>::new());
        let standing = "SELECT COUNT(*) AS n FROM settlement WHERE revision = 2 AND state = 'closed'";
        assert_eq!(house.count(standing).await, 1);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM sale_check WHERE dropped_in = 2").await, 1);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM sale_check WHERE revised_in = 2").await, 1);
        let row = pos::settlements::facts(&house.pos, &house.tenant, settlement.id, 2).await.unwrap().unwrap();
        assert!(row.checks.iter().all(|check| check.id != dropped.id));

        // The same revision with other facts is a conflict; the first stays.
        let other = settlement.corrected(settlement.checks.clone(), settlement.closed_at, "店長", "別の理由").unwrap();
        till.write(&Body::SettlementRevised(WholeSettlement { settlement: other }));
        house.journal(&till.batch(..)).await;
        assert_eq!(house.findings().await, ["settlement_conflict"]);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM settlement_revision").await, 2);
    })
    .await;
}

#[tokio::test]
async fn figures_beyond_64_bits_are_stored_and_not_sent() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let mut settlement = day(8, 2);
        settlement.checks[0].total = Yen(i64::MAX);
        for rate in &mut settlement.checks[0].rates {
            rate.net = Yen(i64::MAX);
        }
        settlement.state = SettlementState::Closed;
        let mut till = Till::new(1);
        till.write(&Body::SettlementRevised(WholeSettlement { settlement }));
        let answer: JournalAnswer = house.journal(&till.batch(..)).await.json();
        assert_eq!(answer.verdict, BatchVerdict::Accepted);
        assert_eq!(house.findings().await, ["invariant", "not_computable"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_batch_is_refused_with_a_way_out() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let mut till = Till::new(1);
        till.live(&day(9, 3));
        let swapped = batch(&[till.written[1].clone(), till.written[0].clone()]);
        for (body, code) in [
            ("{\"entries\": [", "batch.not_json"),
            ("{\"entries\": []}", "batch.empty"),
            ("{\"entries\": [{}]}", "batch.entry"),
            (swapped.as_str(), "batch.chain"),
        ] {
            let answer = house.journal(body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
            let error: serde_json::Value = answer.json();
            assert_eq!(error["error"]["code"], code);
            assert!(error["error"]["hint"].is_string() && error["error"]["rule"].is_string());
        }
        let large = format!("{{\"entries\": [{}]}}", " ".repeat(protocol::BODY_BYTES_MAX));
        let answer = house.post_as(&house.token, &journal_path(house.register), large).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM journal_entry").await, 0);
    })
    .await;
}
