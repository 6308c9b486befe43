//! The journal on its way to head office: it arrives, whatever happens on the line, once in content.

mod support;

use db::{Db, testing::each_engine};
use register::{Agent, Line, Status, Step, Till, UploadError, Uploader};
use sales::Yen;
use std::time::Duration;
use support::{
    Seed, at, counted, masters,
    office::{Mood, Office, clock, till_clock},
    opening, sell, till,
};

/// A story that takes longer has failed.
const STORY_MAX: Duration = Duration::from_mins(1);

/// Runs the uploader until it stands so. A story that never gets there fails.
async fn runs_until(uploader: &Uploader, reached: impl Fn(&Status) -> bool) -> Status {
    let (reached_it, stop) = tokio::sync::oneshot::channel::<()>();
    let story = async {
        let status = tokio::time::timeout(STORY_MAX, uploader.until(reached)).await;
        reached_it.send(()).expect("the uploader runs until it is told");
        status.expect("the upload gets there").expect("the disk is read")
    };
    let stopped = async { stop.await.expect("the story tells") };
    tokio::join!(story, uploader.run(stopped)).0
}

fn done(status: &Status) -> bool {
    status.waiting == 0 && status.line == Line::Online
}

/// A day with a void, a cash movement and a 精算取消; leaves the till closed.
async fn trades(till: &Till, day: &str) {
    let moment = |time: &str| at(&format!("{day} {time}"));
    till.open_session(opening(10_000), moment("10:00")).await.unwrap();
    let wrong = sell(till, &format!("{day} 12:00")).await;
    sell(till, &format!("{day} 12:30")).await;
    till.void(wrong.id, "01", moment("12:40")).await.unwrap();
    till.cash_movement(sales::MovementKind::In, Yen(500), "両替", "01", moment("15:00")).await.unwrap();
    let closed = till.settle(counted(11_600), Yen::ZERO, moment("22:00")).await.unwrap();
    till.cancel_settlement(closed.id, "01", "数え直し", moment("22:05")).await.unwrap();
    till.settle(counted(11_600), Yen::ZERO, moment("22:10")).await.unwrap();
}

/// What the tills sold is what head office holds: every settlement of the till, to the fact.
async fn head_office_agrees(office: &Office, till: &Till) {
    assert_eq!(office.books().findings, [""; 0]);
    let mut own = Vec::new();
    for filed in till.settlements(100).await.unwrap() {
        own.push(till.settlement(filed.id).await.unwrap());
    }
    own.sort_by_key(|settlement| settlement.id);
    assert_eq!(office.standing(), own);
    till.verify().await.unwrap();
}

#[tokio::test]
async fn offline_it_sells_and_online_it_catches_up_by_itself() {
    each_engine(async |db| {
        let office = Office::closed().await;
        let till = till(db, &Seed::default()).await;
        trades(&till, "2026-11-22").await;
        let uploader = office.impatient(&till);
        let offline = runs_until(&uploader, |status| matches!(status.line, Line::Offline { .. })).await;
        assert_eq!((offline.waiting, offline.receipt), (8, None));
        assert_eq!(offline.waiting_since, Some(at("2026-11-22 10:00")));
        assert!(matches!(offline.line, Line::Offline { since, .. } if since == till_clock()));
        // Nothing was dropped, and it goes on selling.
        trades(&till, "2026-11-23").await;

        office.answer();
        let uploader = office.uploader(&till);
        let online = runs_until(&uploader, done).await;
        assert_eq!(online.receipt.clone().map(|receipt| receipt.contiguous_seq), Some(16));
        assert_eq!((online.waiting_since, online.clock_skew_ms), (None, Some(90_000)));
        head_office_agrees(&office, &till).await;
    })
    .await;
}

#[tokio::test]
async fn while_online_it_goes_check_by_check() {
    each_engine(async |db| {
        let office = Office::open().await;
        let till = till(db, &Seed::default()).await;
        let mut line = office.line();
        line.pace.retry_max_ms = 3_600_000;
        let uploader = Uploader::new(till.clone(), &line, clock()).unwrap();
        till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
        let story = async {
            uploader.until(done).await.unwrap();
            for (seq, minute) in (2..).zip(10..15) {
                sell(&till, &format!("2026-11-22 12:{minute}")).await;
                // Woken by the sale alone: with nothing to send the uploader rests for an hour.
                let sent = |status: &Status| status.receipt.as_ref().is_some_and(|r| r.contiguous_seq == seq);
                uploader.until(sent).await.unwrap();
                assert_eq!(office.books().last_batch, 1);
            }
        };
        let running = async {
            tokio::select! { () = uploader.run(std::future::pending()) => {}, () = story => {} }
        };
        tokio::time::timeout(STORY_MAX, running).await.expect("every check arrives");
        assert_eq!(office.books().checks.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn an_agent_sells_and_tells_until_it_is_shut_down() {
    each_engine(async |db| {
        let office = Office::open().await;
        office.books().masters = Some(masters(2));
        let agent = Agent::new(till(db, &Seed::default()).await, &office.line(), clock()).unwrap();
        let shift = async {
            agent.till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
            sell(&agent.till, "2026-11-22 12:00").await;
            agent.uploader.until(|status| done(status) && status.masters_version == Some(2)).await.unwrap();
        };
        // Comes back when the shift is over.
        Box::pin(tokio::time::timeout(STORY_MAX, agent.run(shift))).await.expect("the shift ends");
        assert_eq!(office.counts(), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn an_answer_lost_after_the_commit_is_a_repeat_and_counts_once() {
    for mood in [Mood::AnswerLost, Mood::Portal] {
        each_engine(async |db| {
            let office = Office::open().await;
            let till = till(db, &Seed::default()).await;
            trades(&till, "2026-11-22").await;
            let uploader = office.uploader(&till);
            office.mood(mood);
            assert!(matches!(uploader.step().await.unwrap(), Step::Failed { .. }), "{mood:?}");
            assert_eq!((uploader.status().await.unwrap().waiting, office.counts()), (8, (1, 3)));
            office.mood(Mood::Well);
            sell_once_more(&till).await;
            uploader.catch_up().await.unwrap();
            assert_eq!(office.counts(), (1, 4));
            assert_eq!(office.books().findings, [""; 0]);
        })
        .await;
    }
}

#[tokio::test]
async fn server_errors_and_refusals_drop_nothing() {
    each_engine(async |db| {
        let office = Office::open().await;
        let till = till(db, &Seed::default()).await;
        trades(&till, "2026-11-22").await;
        let uploader = office.uploader(&till);
        for status in [500, 502, 503, 429] {
            office.mood(Mood::Status(status));
            assert!(matches!(uploader.catch_up().await, Err(UploadError::Offline(_))), "{status}");
        }
        for status in [400, 403, 404, 302] {
            office.mood(Mood::Status(status));
            let refused = uploader.catch_up().await;
            let named = |reason: &str| reason.contains(&status.to_string());
            assert!(matches!(&refused, Err(UploadError::Refused(reason)) if named(reason)), "{refused:?}");
        }
        office.mood(Mood::Well);

        // The token is revoked: shown, asked again and again, nothing dropped.
        office.books().token = Some("another".to_owned());
        let asked = office.books().requests;
        let refused = runs_until(&uploader, |status| {
            matches!(status.line, Line::Refused { .. }) && office.books().requests > asked + 3
        })
        .await;
        assert_eq!(refused.waiting, 8);
        // It is given back: all goes by itself.
        office.books().token = Some(support::office::TOKEN.to_owned());
        runs_until(&uploader, done).await;
        head_office_agrees(&office, &till).await;
    })
    .await;
}

#[tokio::test]
async fn a_gap_goes_back_to_what_head_office_holds() {
    each_engine(async |db| {
        let office = Office::open().await;
        let till = till(db, &Seed::default()).await;
        trades(&till, "2026-11-22").await;
        let uploader = office.uploader(&till);
        uploader.catch_up().await.unwrap();
        // Head office was restored from a backup and knows the first three entries only.
        {
            let mut books = office.books();
            let (state, hashes) = books.epochs.values_mut().next().expect("one epoch");
            hashes.truncate(3);
            (state.contiguous_seq, state.head) = (3, hashes[2]);
        }
        sell_once_more(&till).await;
        uploader.catch_up().await.unwrap();
        let status = uploader.status().await.unwrap();
        assert_eq!((status.waiting, office.counts()), (0, (1, 4)));
        assert_eq!(status.receipt.map(|receipt| receipt.contiguous_seq), Some(10));
        till.verify().await.unwrap();
    })
    .await;
}

async fn sell_once_more(till: &Till) {
    till.open_session(opening(0), at("2026-11-24 10:00")).await.unwrap();
    sell(till, "2026-11-24 12:00").await;
}

/// A till, and what its disk's copy makes of it: both did the same so far. The copy is the one the story is about.
struct Cloned {
    own: Till,
    copy: Till,
    seed: Seed,
    _folder: tempfile::TempDir,
}

async fn cloned(db: Db) -> Cloned {
    let folder = tempfile::tempdir().unwrap();
    let disk = Db::open(&format!("sqlite:{}", folder.path().join("own.db").display())).await.unwrap();
    let (own_seed, seed) = (Seed::default(), Seed::default());
    let (own, copy) = (till(disk, &own_seed).await, till(db, &seed).await);
    for till in [&own, &copy] {
        till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
        sell(till, "2026-11-22 12:00").await;
    }
    assert_eq!(own.verify().await.unwrap(), copy.verify().await.unwrap());
    seed.change(2);
    Cloned { own, copy, seed, _folder: folder }
}

#[tokio::test]
async fn a_cloned_till_goes_on_in_a_new_epoch_and_nothing_counts_twice() {
    each_engine(async |db| {
        let office = Office::open().await;
        let Cloned { own, copy, _folder, .. } = cloned(db).await;
        let mut sold = vec![sell(&own, "2026-11-22 13:00").await, sell(&copy, "2026-11-22 13:05").await];
        sold.push(sell(&copy, "2026-11-22 13:06").await);
        office.uploader(&own).catch_up().await.unwrap();

        let uploader = office.uploader(&copy);
        assert_eq!(uploader.step().await.unwrap(), Step::Rechained);
        uploader.catch_up().await.unwrap();
        {
            let books = office.books();
            assert_eq!(books.findings, [""; 0]);
            // One bill both have, one of the first, two of the copy.
            assert_eq!((books.checks.len(), books.epochs.len()), (4, 2));
            assert!(sold.iter().all(|check| books.checks.get(&check.id) == Some(check)));
        }
        // The copy forks again from its new epoch on: that is one more life, and both chains hold.
        sell(&copy, "2026-11-22 13:10").await;
        uploader.catch_up().await.unwrap();
        own.verify().await.unwrap();
        let proof = copy.verify().await.unwrap();
        // Told again: the opening and all three sales, since no receipt was held; then one more.
        assert_eq!((proof.epochs, proof.chain.contiguous_seq, proof.entries), (2, 5, 9));
    })
    .await;
}

#[tokio::test]
async fn after_a_receipt_only_what_came_later_is_told_again() {
    each_engine(async |db| {
        let office = Office::open().await;
        let Cloned { own, copy, _folder, .. } = cloned(db).await;
        let uploader = office.uploader(&copy);
        uploader.catch_up().await.unwrap();
        // The first till, whose receipt the copy does not know of, goes on in the same epoch.
        sell(&own, "2026-11-22 13:00").await;
        office.uploader(&own).catch_up().await.unwrap();
        sell(&copy, "2026-11-22 13:05").await;
        assert_eq!(uploader.step().await.unwrap(), Step::Rechained);
        uploader.catch_up().await.unwrap();
        assert_eq!(copy.verify().await.unwrap().chain.contiguous_seq, 1);
        assert_eq!(office.books().findings, [""; 0]);
        assert_eq!(office.counts(), (2, 3));
    })
    .await;
}

#[tokio::test]
async fn a_restored_till_learns_it_before_it_sells_and_its_z_numbers_go_on() {
    each_engine(async |db| {
        let office = Office::open().await;
        let Cloned { own, copy, seed, _folder } = cloned(db).await;
        office.uploader(&own).catch_up().await.unwrap();
        office.uploader(&copy).catch_up().await.unwrap();
        // Since the backup: the session was closed as Z 1, and the next day as Z 2.
        own.settle(None, Yen::ZERO, at("2026-11-22 22:00")).await.unwrap();
        own.open_session(opening(0), at("2026-11-23 10:00")).await.unwrap();
        own.settle(None, Yen::ZERO, at("2026-11-23 22:00")).await.unwrap();
        office.uploader(&own).catch_up().await.unwrap();

        // The backup knows nothing of it and has nothing to send; it asks when it starts.
        let uploader = office.uploader(&copy);
        office.books().epochs.values().for_each(|(state, _)| assert_eq!(state.contiguous_seq, 5));
        uploader.catch_up().await.unwrap();
        let status = uploader.status().await.unwrap();
        assert_ne!(status.epoch, own.verify().await.unwrap().epoch);
        assert_eq!(status.waiting, 0);

        seed.change(3);
        sell(&copy, "2026-11-24 12:00").await;
        let rolled = copy.settlements(1).await.unwrap().pop().unwrap();
        assert_eq!(rolled.z_number, 3);
        uploader.catch_up().await.unwrap();
        // The same session closed twice, differently: kept, and shown to a person.
        assert_eq!(office.books().findings.len(), 1);
        copy.verify().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_bounded_in_entries_and_bytes() {
    each_engine(async |db| {
        let office = Office::open().await;
        let till = till(db, &Seed::default()).await;
        till.open_session(opening(0), at("2026-11-22 10:00")).await.unwrap();
        for _ in 0..502 {
            till.inspect(at("2026-11-22 12:00")).await.unwrap();
        }
        // Taken for larger than they are: no two of these fit one batch.
        till.db()
            .write(async |tx: &mut db::Tx| -> Result<u64, db::DbError> {
                tx.execute("UPDATE journal_entry SET bytes = 3145728 WHERE seq > 500", db::args![]).await
            })
            .await
            .unwrap();
        let uploader = office.uploader(&till);
        for entries in [500, 1, 1, 1] {
            assert_eq!(uploader.step().await.unwrap(), Step::Sent);
            assert_eq!(office.books().last_batch, entries);
        }
        assert_eq!(uploader.step().await.unwrap(), Step::Idle);
    })
    .await;
}

#[tokio::test]
async fn masters_come_down_when_they_changed() {
    each_engine(async |db| {
        let office = Office::open().await;
        let till = Till::open(db, support::REGISTER, Seed::default().random()).await.unwrap();
        let uploader = office.uploader(&till);
        office.books().masters = Some(masters(7));
        runs_until(&uploader, |status| status.masters_version == Some(7)).await;
        assert_eq!(till.masters(), Some(masters(7)));
        assert!(!uploader.pull_masters().await.unwrap());
        office.books().masters = Some(masters(8));
        runs_until(&uploader, |status| status.masters_version == Some(8)).await;

        // Masters that can't be used are refused; the till works on with those it has.
        let mut wrong = masters(9);
        wrong.store.cut_over = "noon".to_owned();
        office.books().masters = Some(wrong);
        assert!(matches!(uploader.pull_masters().await, Err(UploadError::Till(_))));
        assert_eq!(uploader.status().await.unwrap().masters_version, Some(8));
        office.books().token = None;
        assert!(matches!(uploader.pull_masters().await, Err(UploadError::Refused(_))));
        assert!(matches!(uploader.status().await.unwrap().line, Line::Refused { .. }));
    })
    .await;
}

#[test]
fn what_is_no_token_is_refused_where_it_is_read() {
    for text in ["", "  ", "two words", "\u{3000}", "トークン"] {
        assert!(matches!(text.parse::<register::Token>(), Err(UploadError::Token)), "{text:?}");
    }
    assert_eq!(format!("{:?}", " secret\n".parse::<register::Token>().unwrap()), "Token(…)");
}
