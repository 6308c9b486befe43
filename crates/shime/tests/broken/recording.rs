//! A day at the till, written down: every byte that went to its disk and every answer that went out, in order.

use crate::{
    counter::Counter,
    deed::{Deed, Ledger, Outcome},
    disk,
    fault::{Fault, Tracer},
};
use std::{collections::HashMap, fs, path::Path};

/// Sales of the day.
const SALES: u128 = 8;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Bytes went to a file.
    Write {
        /// Its name.
        file: String,
        /// Where.
        at: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A file got another length.
    Length {
        /// Its name.
        file: String,
        /// In bytes.
        bytes: u64,
    },
    /// What was written to a file before is on the disk.
    Synced {
        /// Its name.
        file: String,
    },
    /// An answer went to the screen.
    Answered,
}

/// A day.
pub struct Recording {
    /// The files before it.
    pub before: Vec<(String, Vec<u8>)>,
    /// What happened.
    pub events: Vec<Event>,
    /// Whoever did it.
    pub cookie: String,
    deeds: Vec<Deed>,
}

impl Recording {
    /// Some sales and a 精算.
    pub async fn of_a_day() -> Self {
        let mut counter = Counter::start().await;
        let id = counter.session().await.expect("it is open");
        let tracer = Tracer::attach(counter.pid(), &[], Fault::Record).await;
        let before = at_rest(counter.folder());
        let mut deeds = Vec::new();
        for nth in 1..=SALES {
            let mut sale = Deed::sale(0xab00 + nth);
            assert_eq!(counter.attempt(&mut sale).await, Outcome::Acknowledged);
            deeds.push(sale);
        }
        let mut close = Deed::Close { id, sales: deeds.len(), done: 0 };
        assert_eq!(counter.attempt(&mut close).await, Outcome::Acknowledged);
        deeds.push(close);
        let events = read_log(&tracer.detach().log);
        let answers = events.iter().filter(|event| **event == Event::Answered).count();
        assert_eq!(answers, deeds.iter().map(|deed| deed.requests().len()).sum::<usize>(), "every answer was seen");
        Self { before, events, cookie: counter.cookie.clone(), deeds }
    }

    /// Whether SQLite wrote its log back into the database, and began the log anew.
    pub fn tidies_up(&self) -> bool {
        let wrote = |name: &str, from: u64| {
            self.events
                .iter()
                .any(|event| matches!(event, Event::Write { file, at, .. } if file == name && *at <= from))
        };
        wrote(disk::FILE, u64::MAX) && wrote(disk::LOG, 0)
    }

    /// How much happened, for the figures.
    pub fn summary(&self) -> String {
        let count = |wanted: fn(&Event) -> bool| self.events.iter().filter(|event| wanted(event)).count();
        format!(
            "a day of {} deeds on a log of {} bytes: {} writes, {} syncs, {} answers",
            self.deeds.len(),
            self.before.iter().find(|(name, _)| name == disk::LOG).map_or(0, |(_, log)| log.len()),
            count(|event| matches!(event, Event::Write { .. })),
            count(|event| matches!(event, Event::Synced { .. })),
            count(|event| *event == Event::Answered),
        )
    }

    /// The book after so many answers, and all deeds, each as far as it was answered.
    pub fn told(&self, mut answered: usize) -> (Ledger, Vec<Deed>) {
        let (mut ledger, mut deeds) = (Ledger::default(), self.deeds.clone());
        for deed in &mut deeds {
            let requests = deed.requests().len();
            *deed.done() = answered.min(requests);
            if *deed.done() == requests {
                ledger.acknowledge(deed);
            } else if ledger.doubtful.is_none() {
                ledger.doubtful = Some(deed.clone());
            }
            answered -= *deed.done();
        }
        (ledger, deeds)
    }
}

/// The files of a disk on which nothing moves. What moved since the recording began is in both, which changes nothing.
fn at_rest(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = || [disk::FILE, disk::LOG].map(|name| (name.to_owned(), fs::read(folder.join(name)).expect("a file")));
    let mut seen = read();
    loop {
        let again = read();
        if again == seen {
            return seen.to_vec();
        }
        seen = again;
    }
}

/// Reads strace's log. A call that another thread interrupted in the log counts where it began; a sync counts where
/// it ended.
fn read_log(log: &str) -> Vec<Event> {
    let (mut events, mut pending) = (Vec::new(), HashMap::new());
    for line in log.lines() {
        let (thread, call) = line.split_once(' ').expect("a thread and a call");
        let call = call.trim_start();
        if call.starts_with("<... ") {
            events.extend(pending.remove(thread));
            continue;
        }
        if call.contains(r#""\x48\x54\x54\x50\x2f\x31\x2e\x31\x20"#) {
            events.push(Event::Answered);
            continue;
        }
        let Some((name, args)) = call.split_once('(') else { continue };
        let Some(file) = on_disk(args) else { continue };
        assert!(!call.contains(" = -1 "), "the disk failed while it was watched: {name}");
        let synced = Event::Synced { file: file.clone() };
        match name {
            "pwrite64" => events.push(written(file, args)),
            "ftruncate" => events.push(Event::Length { file, bytes: number(args.split(", ").nth(1)) }),
            "fsync" | "fdatasync" if call.ends_with("<unfinished ...>") => {
                pending.insert(thread.to_owned(), synced);
            }
            "fsync" | "fdatasync" => events.push(synced),
            "lseek" => {}
            other => panic!("the till did what this harness does not know: {other}"),
        }
    }
    events
}

/// The name of the till's file that a call is about. What SQLite keeps in shared memory dies with the power.
fn on_disk(args: &str) -> Option<String> {
    let (_, rest) = args.split_once('<')?;
    let path = String::from_utf8(unescaped(rest.split_once('>')?.0)).ok()?;
    let name = path.rsplit('/').next()?;
    [disk::FILE, disk::LOG].contains(&name).then(|| name.to_owned())
}

/// `pwrite64(9<…>, "…", 4096, 32)`
fn written(file: String, args: &str) -> Event {
    let (_, rest) = args.split_once('"').expect("written bytes");
    let (bytes, rest) = rest.split_once('"').expect("written bytes");
    let (bytes, mut numbers) = (unescaped(bytes), rest.split(", ").skip(1));
    assert_eq!(number(numbers.next()), bytes.len() as u64, "every byte is in the log");
    Event::Write { file, at: number(numbers.next()), bytes }
}

fn unescaped(hex: &str) -> Vec<u8> {
    hex.split("\\x").skip(1).map(|pair| u8::from_str_radix(pair, 16).expect("two hexadecimal digits")).collect()
}

fn number(text: Option<&str>) -> u64 {
    let digits: String = text.unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

#[test]
fn a_log_is_read_as_it_was_written() {
    let file = r"\x2f\x64\x2f\x74\x69\x6c\x6c\x2e\x64\x62\x2d\x77\x61\x6c"; // /d/till.db-wal
    let log = format!(
        "11 pwrite64(9<{file}>, \"\\x41\\x42\", 2, 4128) = 2\n\
         11 pwrite64(9<{file}>, \"\\x43\", 1, 32 <unfinished ...>\n\
         12 sendto(7<\\x73>, \"\\x48\\x54\\x54\\x50\\x2f\\x31\\x2e\\x31\\x20\\x32\", 10, 0, NULL, 0) = 10\n\
         11 <... pwrite64 resumed>) = 1\n\
         11 fsync(9<{file}> <unfinished ...>\n\
         12 write(3<\\x61>, \"\\x01\", 1) = 1\n\
         11 <... fsync resumed>) = 0\n\
         11 ftruncate(9<{file}>, 32) = 0\n"
    );
    let write = |at, bytes: &[u8]| Event::Write { file: disk::LOG.to_owned(), at, bytes: bytes.to_vec() };
    let synced = Event::Synced { file: disk::LOG.to_owned() };
    let length = Event::Length { file: disk::LOG.to_owned(), bytes: 32 };
    assert_eq!(read_log(&log), [write(4_128, b"AB"), write(32, b"C"), Event::Answered, synced, length]);
}
