//! One name follows a settlement from the till to the report: whoever has a line of one place's log finds those of the
//! others.

use crate::{
    sales_file::SalesFile,
    world::{self, World},
};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Lines about settlements, by the trace id each has.
type Lines = BTreeMap<String, Vec<Value>>;

/// Reads a log whose every line is for machines; of them the lines that say this.
fn lines(log: &str, says: &str) -> Lines {
    let mut found = Lines::new();
    // The last line may just be being written.
    let whole = log.rfind('\n').map_or("", |end| &log[..end]);
    for line in whole.lines() {
        let mut line: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why} in {line}"));
        for key in ["timestamp", "level", "target"] {
            assert!(line[key].is_string(), "no {key} in {line}");
        }
        let fields = line["fields"].take();
        if fields["message"] == says {
            found.entry(text(&fields, "trace").to_owned()).or_default().push(fields);
        }
    }
    found
}

fn text<'a>(fields: &'a Value, name: &str) -> &'a str {
    fields[name].as_str().unwrap_or_else(|| panic!("no {name} in {fields}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_id_leads_from_the_till_to_what_the_reports_stand_on() {
    let databases = world::engines().await.remove(0);
    let mut world = World::new(databases, "following").await;
    world.kill_flaro();
    // "info" alone keeps an import's terminal for what it tells people.
    (world.log_filter, world.log_format) = ("info,register=info", "json");
    let before = world.logged("flaro").len();
    world.start_everything().await;
    let file = SalesFile::generate(6, 2, 4);
    let till = world.import_logged(&file);
    world.expect_arrived(&file).await;
    let held = world.held().await;
    let (pos, flaro) = (world.logged("pos"), world.logged("flaro"));

    let settled = lines(&till, "settled");
    let stored = lines(&pos, "a settlement's entries are stored");
    let sent = lines(&pos, "an event was sent");
    let kept = lines(&flaro[before..], "an event is kept");
    let closed: Vec<String> = settled.keys().cloned().collect();
    assert_eq!(closed.len(), 2, "a settlement a day: {till}");
    for (trace, settled) in &settled {
        let [settled] = &settled[..] else { panic!("{trace} was settled other than once: {settled:?}") };
        assert_eq!((&settled["revision"], &settled["entry"]), (&1.into(), &"settled".into()), "{settled}");
        let (date, store) = (text(settled, "business_date"), text(settled, "store"));
        assert!(date.starts_with("2017-01-") && Uuid::try_parse(store).is_ok(), "{settled}");
        assert!(held.days.iter().any(|day| day.business_date.to_string() == date), "{date} in {held:?}");
    }
    for (place, lines) in [("stored", &stored), ("sent", &sent), ("kept", &kept)] {
        assert_eq!(lines.keys().cloned().collect::<Vec<_>>(), closed, "{place}");
    }
    for (trace, kept) in &kept {
        let [sent] = &sent[trace][..] else { panic!("{trace} was sent other than once: {sent:?}") };
        assert_eq!(sent["status"], 200, "{sent}");
        let [kept] = &kept[..] else { panic!("{trace} was kept other than once: {kept:?}") };
        assert_eq!(text(kept, "event"), text(sent, "event"));
        let settlement = text(kept, "settlement");
        assert_eq!(settlement.replace('-', ""), *trace);
        let settlements = || held.days.iter().flat_map(|day| &day.settlements);
        assert!(settlements().any(|one| one.settlement_id.to_string() == settlement), "{settlement} in {held:?}");
    }
}
