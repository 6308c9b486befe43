//! What a settlement leaves in the till's log: one line for each of its revisions, however it came about, with the trace
//! that it has everywhere; and none for what was not kept.
//! A program of its own: which events are of interest is remembered for the whole process, so another test's
//! silence could be this one's.

mod support;

use db::testing::each_engine;
use protocol::trace::Trace;
use register::{Correction, TillError};
use sales::{Settlement, Yen};
use serde_json::{Value, json};
use std::{future::poll_fn, task::Poll, time::Duration};
use support::{Seed, at, cash, counted, head, masters, opening, order, sell, till};
use web::testing::log::Log;

/// What was said of settlements since it was asked for last.
fn settled(log: &Log) -> Vec<Value> {
    let lines = log.lines();
    let lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["fields"].take());
    lines.filter(|fields| fields["message"] == "settled").collect()
}

/// The line of a revision that an entry of this kind states.
fn line(settlement: &Settlement, entry: &str) -> Value {
    json!({
        "message": "settled",
        "trace": Trace::of(settlement.id).to_string(),
        "store": masters(1).store.id.to_string(),
        "business_date": settlement.business_date.to_string(),
        "revision": settlement.revision,
        "entry": entry,
    })
}

#[tokio::test]
async fn every_revision_is_one_line_however_it_came_about() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(log.writer()).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber of this process");
    each_engine(async |db| {
        let till = till(db, &Seed::default()).await;
        till.open_session(opening(10_000), at("2026-11-22 10:00")).await.unwrap();
        sell(&till, "2026-11-22 12:00").await;
        till.inspect(at("2026-11-22 15:00")).await.unwrap();
        assert_eq!(settled(&log), [] as [Value; 0], "nothing is settled yet");
        let first = till.settle(counted(11_100), Yen::ZERO, at("2026-11-22 22:00")).await.unwrap();
        assert_eq!(settled(&log), [line(&first, "settled")], "精算");
        let cancelled = till.cancel_settlement(first.id, "01", "数え直し", at("2026-11-22 22:10")).await.unwrap();
        assert_eq!(settled(&log), [line(&cancelled, "settlement_cancelled")], "精算取消");
        let again = till.settle(None, Yen::ZERO, at("2026-11-22 22:20")).await.unwrap();
        assert_eq!(settled(&log), [line(&again, "settled")], "closed again");
        let counted = Correction { counted: counted(11_100), ..Correction::default() };
        let revised = till.revise_settlement(first.id, counted, "01", "翌朝", at("2026-11-22 22:30")).await.unwrap();
        assert_eq!(settled(&log), [line(&revised, "settlement_revised")], "corrected");
        assert_eq!([first.revision, cancelled.revision, again.revision, revised.revision], [1, 2, 3, 4]);

        let next = till.open_session(opening(10_000), at("2026-11-23 10:00")).await.unwrap();
        let morning = at("2026-11-24 09:00");
        let too_little = till.pay(order(&till, 1, 0), cash(&till, 1_000), head(morning, 1), morning).await;
        assert!(matches!(too_little, Err(TillError::Pricing(_))), "{too_little:?}");
        assert_eq!(settled(&log), [] as [Value; 0], "what was not kept");
        sell(&till, "2026-11-24 09:00").await;
        let rolled_over = till.settlement(next.id).await.unwrap();
        assert_eq!(settled(&log), [line(&rolled_over, "settled")], "closed by the next day's first payment");

        // Whoever pressed 精算 is gone before it is durable.
        let last = till.session().await.unwrap().unwrap().id;
        let mut pressed = Box::pin(till.settle(None, Yen::ZERO, at("2026-11-24 22:00")));
        let waits = poll_fn(|context| Poll::Ready(pressed.as_mut().poll(context).is_pending()));
        assert!(waits.await, "it takes longer than a press");
        drop(pressed);
        let mut lines = Vec::new();
        for _ in 0..1_000 {
            lines.extend(settled(&log));
            if !lines.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(lines, [line(&till.settlement(last).await.unwrap(), "settled")], "nobody waited for it");
    })
    .await;
}
