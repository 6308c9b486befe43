//! A machine that breaks in the middle of a sale or of a 精算: the till's process is killed at every write, its disk
//! refuses every write in turn, and the power goes between any two of them. After each the till starts again, the
//! screen repeats what had no answer, and nothing that was acknowledged is missing, nothing is there twice.
//!
//! Needs strace and the right to trace one's own children; `scripts/test` sees to the first.

mod counter;
mod cut;
mod deed;
mod disk;
mod fault;
mod judge;
mod recording;

use counter::Counter;
use cut::{Disk, Survives, Syncs};
use deed::{Deed, Ledger, Outcome};
use fault::{Fault, Tracer};
use recording::{Event, Recording};
use std::{collections::HashSet, path::Path, sync::Arc};
use tokio::{
    sync::{Mutex, Semaphore},
    task::JoinSet,
};

/// The calls by which SQLite changes a disk.
const CALLS: [&str; 4] = ["pwrite64", "fsync", "fdatasync", "ftruncate"];
/// What is done while the machine breaks.
const DEEDS: [fn(u128) -> Deed; 2] = [Deed::sale, Deed::close];
/// One test at a time: a process that is being started holds, for a moment, what its parent has open, and a database's
/// lock is among it.
static ALONE: Mutex<()> = Mutex::const_new(());
/// More writes than any deed makes: a loop that gets here never ended.
const NTH_MAX: u32 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_write_it_loses_nothing_and_doubles_nothing() {
    let _alone = ALONE.lock().await;
    let mut counter = Counter::start().await;
    let mut points = Vec::new();
    for what in DEEDS {
        for call in CALLS {
            let mut reached = 0;
            for nth in 1..NTH_MAX {
                let mut deed = counter.ready_for(what).await;
                let tracer = Tracer::attach(counter.pid(), &counter.files(), Fault::Kill { call, nth }).await;
                let outcome = counter.attempt(&mut deed).await;
                if matches!(outcome, Outcome::Acknowledged) {
                    assert!(!tracer.detach().injected, "a killed till acknowledged {deed:?}");
                    break;
                }
                assert_eq!(outcome, Outcome::Gone, "{call} {nth}: {deed:?}");
                reached = nth;
                counter.wait_dead().await;
                counter.judge().await.unwrap_or_else(|wrong| panic!("killed at {call} {nth}: {wrong}"));
                counter.start_again().await;
                let repeated = counter.attempt(&mut deed).await;
                assert_eq!(repeated, Outcome::Acknowledged, "{call} {nth}: asked again, {deed:?}");
            }
            points.push((deed::name(what), call, reached));
        }
    }
    counter.stop().await;
    counter.judge().await.unwrap();
    let reached = |call: &str| points.iter().filter(|(_, c, n)| *c == call && *n > 0).count();
    assert_eq!((reached("pwrite64"), reached("fsync") + reached("fdatasync")), (2, 2), "{points:?}");
    println!("killed at: {points:?}, {} in all", points.iter().map(|(_, _, n)| n).sum::<u32>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_refuses_a_write_acknowledges_nothing_and_says_what_to_do() {
    let _alone = ALONE.lock().await;
    let mut counter = Counter::start().await;
    let (mut points, mut refused) = (0, 0);
    for what in DEEDS {
        for call in CALLS {
            for error in ["EIO", "ENOSPC"] {
                for onwards in [false, true] {
                    for nth in 1..NTH_MAX {
                        let fault = Fault::Error { call, error, nth, onwards };
                        let mut deed = counter.ready_for(what).await;
                        let tracer = Tracer::attach(counter.pid(), &counter.files(), fault).await;
                        let outcome = counter.attempt(&mut deed).await;
                        if !tracer.detach().injected {
                            assert_eq!(outcome, Outcome::Acknowledged, "{deed:?}");
                            break;
                        }
                        points += 1;
                        if let Outcome::Refused { status, text } = &outcome {
                            refused += 1;
                            says_what_to_do(*status, text, error);
                        }
                        // Acknowledged or not: the disk as it is now must hold everything that was.
                        counter.judge().await.unwrap_or_else(|wrong| panic!("{fault:?}: {wrong}"));
                        let repeated = counter.attempt(&mut deed).await;
                        assert_eq!(repeated, Outcome::Acknowledged, "{fault:?}: asked again, {deed:?}");
                    }
                }
            }
        }
    }
    counter.stop().await;
    counter.judge().await.unwrap();
    assert!(refused > 0);
    println!("refused writes: {points} points, {refused} of them told to whoever stands there");
}

fn says_what_to_do(status: u16, text: &str, error: &str) {
    assert!(matches!(status, 500 | 503), "{status}: {text}");
    let way_out = if error == "ENOSPC" { "空きを作って" } else { "サポートにご連絡ください" };
    let says = text.contains(way_out) || text.contains("伝票一覧を開いて");
    assert!(says, "{status} doesn't say what to do: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_power_may_go_between_any_two_writes() {
    let _alone = ALONE.lock().await;
    let recording = Arc::new(Recording::of_a_day().await);
    println!("{}", recording.summary());
    assert!(recording.tidies_up(), "the day was long enough for SQLite to tidy up its log");
    let found = cut_everywhere(&recording, Syncs::Kept).await;
    assert_eq!(found.wrong, Vec::<String>::new());
    println!(
        "power cuts: {} points, {} images that differ, {} judged and gone on from",
        found.points, found.images, found.judged
    );

    // The same day on a disk that only says it has synced: the harness must see what that loses.
    let lied = cut_everywhere(&recording, Syncs::Ignored).await;
    let lost = lied.wrong.iter().filter(|wrong| wrong.contains("is missing")).count();
    assert!(lost > 0, "a disk that never syncs loses acknowledged sales, and nobody noticed");
    println!(
        "without syncs: {} of {} images broke a promise, {lost} lost what was acknowledged",
        lied.wrong.len(),
        lied.judged
    );
}

/// What cutting a recording came to.
#[derive(Default)]
struct Found {
    points: usize,
    images: usize,
    judged: usize,
    wrong: Vec<String>,
}

/// Makes the disks that may be left at every point of a recording, and has each judged and gone on from.
async fn cut_everywhere(recording: &Arc<Recording>, syncs: Syncs) -> Found {
    let (mut found, mut seen, mut running) = (Found::default(), HashSet::new(), JoinSet::new());
    let room = Arc::new(Semaphore::new(4));
    let mut disk = Disk::of(&recording.before);
    let mut answered = 0;
    for (point, event) in recording.events.iter().enumerate() {
        disk.feed(event, syncs);
        answered += usize::from(*event == Event::Answered);
        found.points += 1;
        let seed = u64::try_from(point).unwrap();
        let ways = [
            Survives::Nothing,
            Survives::Everything,
            Survives::Pieces { of: 4_096, seed },
            Survives::Pieces { of: 512, seed },
        ];
        for way in ways {
            let image = disk.image(way);
            // With other acknowledgements behind it the same image is another case.
            if !seen.insert((answered, cut::fingerprint(&image))) {
                continue;
            }
            found.images += 1;
            // A disk that lies needs no more than a sample.
            if syncs == Syncs::Ignored && found.images % 8 != 0 {
                continue;
            }
            found.judged += 1;
            let (recording, room) = (Arc::clone(recording), Arc::clone(&room));
            running.spawn(async move {
                let _seat = room.acquire().await.expect("never closed");
                let folder = tempfile::tempdir().expect("a temporary directory");
                cut::write(folder.path(), &image);
                let judged = gone_on_from(folder.path(), &recording, answered).await;
                judged.err().map(|wrong| format!("point {point}, {way:?}, {answered} answers: {wrong}"))
            });
            while running.len() > 64 {
                found.wrong.extend(running.join_next().await.expect("some run").expect("no panic"));
            }
        }
    }
    while let Some(judged) = running.join_next().await {
        found.wrong.extend(judged.expect("no panic"));
    }
    found.wrong.sort();
    found
}

/// Judges a disk by what was acknowledged before the cut, then has the screen repeat the rest and judges the end.
async fn gone_on_from(folder: &Path, recording: &Recording, answered: usize) -> Result<(), String> {
    let (mut ledger, mut deeds) = recording.told(answered);
    judge::judge(folder, &ledger).await.map_err(|wrong| format!("as it was found: {wrong}"))?;
    judge::go_on(folder, &recording.cookie, &mut deeds, &mut ledger).await?;
    let whole = Ledger::of(&deeds);
    if whole != ledger {
        return Err(format!("not everything could be finished: {ledger:?}"));
    }
    judge::judge(folder, &whole).await.map_err(|wrong| format!("gone on from: {wrong}"))
}
