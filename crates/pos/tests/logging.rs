//! What a document leaves in the log when its settlement is stored: the trace that it has everywhere; and nothing
//! where it is refused.
//! A program of its own: which events are of interest is remembered for the whole process, so another test's
//! silence could be this one's.

#[expect(dead_code, reason = "made for the stories, of which this is a short one")]
#[path = "story/house.rs"]
mod house;

use db::testing::each_engine;
use protocol::trace::Trace;
use web::testing::log::Log;

use house::{House, day};

const STORED: &str = "a settlement's entries are stored";

/// The lines about what was stored, since they were asked for last.
fn stored(log: &Log) -> Vec<String> {
    log.lines().into_iter().filter(|line| line.contains(STORED)).collect()
}

#[tokio::test]
async fn a_document_that_is_stored_is_named_in_the_log_by_its_trace() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.writer()).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber of this process");
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut broken) = (day(1, 9), day(2, 4));
        let named = format!("trace={}", Trace::of(settlement.id));
        for _ in 0..2 {
            assert_eq!(house.document(&settlement).await.status, 200);
            let lines = stored(&log);
            assert!(lines.len() == 1 && lines[0].contains(&named), "{named} in {lines:?}");
        }
        broken.revision = 0;
        assert_eq!(house.document(&broken).await.status, 422);
        assert_eq!(stored(&log), Vec::<String>::new());
    })
    .await;
}
