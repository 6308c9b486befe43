//! The parsers of what passes between the places, under bytes that nobody would send. What is read must come to the same
//! when it is written and read again; what is refused must name its place; nothing panics. `FUZZ_RUNS` throws more.

use std::path::PathBuf;

use fuzz::{Target, throw};
use jiff::Timestamp;
use protocol::document::SettlementDocument;
use protocol::event::{Event, Frame, FrameError};
use protocol::intake::{Plan, Read};
use protocol::journal::{self, Batch, BatchVerdict, EpochState};
use protocol::mapping::{DiscountRow, Encoding, MediumRow, PaymentRow, Row, read, write};
use protocol::masters::Masters;
use protocol::partner::StoreTable;
use protocol::signature::{Headers, Secret, SignatureError, TOLERANCE_SECONDS, sign, verify};
use sales::{RegisterId, audit_settlement, datasets};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

const FRAME_BYTES_MAX: usize = 1 << 20;

fn target<'a>(name: &'a str, examples: &[&str], words: &'a [&'a str], runs: u32) -> Target<'a> {
    let home = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let example = |name: &&str| std::fs::read(home.join(format!("../../docs/contract/examples/{name}.json"))).unwrap();
    Target { name, corpus: home.join("tests/corpus"), more: examples.iter().map(example).collect(), words, runs }
}

/// What a parser of JSON said, without the figures in it.
fn said(error: &serde_json::Error) -> String {
    let message = error.to_string();
    assert!(message.contains(" at line ") || error.line() == 0, "a refusal names its place: {message}");
    kind(&message)
}

fn kind(message: &str) -> String {
    let plain: String = message.chars().filter(|c| c.is_ascii_alphabetic() || *c == ' ').collect();
    plain.split(' ').filter(|word| word.len() < 20).take(12).collect::<Vec<_>>().join(" ")
}

/// What was read is the same when it is written and read again.
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = serde_json::to_vec(value).unwrap();
    assert_eq!(&serde_json::from_slice::<T>(&bytes).unwrap(), value);
}

#[test]
fn an_event() {
    throw(
        &target("event", &["event"], &["\"settlement.revised\"", "\"settlement.test\"", "\"cancelled\""], 3_000),
        |input| {
            let event = match serde_json::from_slice::<Event>(input) {
                Ok(event) => event,
                Err(error) => return said(&error),
            };
            comes_back(&event);
            let facts = event.facts();
            comes_back(&facts);
            let findings = audit_settlement(&facts).len();
            format!("ok {} {findings}", datasets(&facts).is_ok())
        },
    );
}

#[test]
fn a_compressed_body() {
    let plain = b"{\"type\":\"settlement.closed\"}".repeat(40);
    let packed = [
        Frame::pack(&plain).unwrap().zstd,
        Frame::pack(&[]).unwrap().zstd,
        Frame::pack(&vec![0; 1 << 19]).unwrap().zstd,
    ];
    let target = Target { more: packed.into(), ..target("frame", &[], &["\u{28}\u{b5}"], 5_000) };
    throw(&target, |input| match Frame::unpack(input, FRAME_BYTES_MAX) {
        Ok(plain) => {
            assert!(plain.len() <= FRAME_BYTES_MAX);
            assert_eq!(Frame::unpack(&Frame::pack(&plain).unwrap().zstd, FRAME_BYTES_MAX).unwrap(), plain);
            format!("ok {}", plain.len().checked_ilog2().unwrap_or(0))
        }
        Err(FrameError::TooLarge(most)) => {
            assert_eq!(most, FRAME_BYTES_MAX);
            "too large".to_owned()
        }
        Err(FrameError::Zstd(error)) => kind(&error.to_string()),
    });
}

#[test]
fn a_batch_of_the_journal() {
    let words = ["\"kind\":\"settled\"", "\"kind\":\"void\"", "\"kind\":\"settlement_cancelled\"", "\"seq\":2"];
    throw(&target("journal", &["journal-batch"], &words, 3_000), |input| {
        let batch = match serde_json::from_slice::<Batch>(input) {
            Ok(batch) => batch,
            Err(error) => return said(&error),
        };
        let received = match journal::read(batch) {
            Ok(received) => received,
            Err(error) => {
                let message = error.to_string();
                assert!(message.starts_with("entry ") || message.contains("at least one"), "{message}");
                return kind(&message);
            }
        };
        let again = Batch { entries: received.iter().map(|one| one.bytes.clone()).collect() };
        let again = journal::read(serde_json::from_slice(&serde_json::to_vec(&again).unwrap()).unwrap()).unwrap();
        let hashes = |all: &[journal::Received]| all.iter().map(|one| one.hash).collect::<Vec<_>>();
        assert_eq!(hashes(&again), hashes(&received), "the chain is over the exact bytes");
        let (verdict, _) = journal::judge(EpochState::NEW, &received, |_| None);
        assert_eq!(verdict == BatchVerdict::Accepted, received[0].entry.seq == 1);
        let reads: Vec<Read> = received.into_iter().map(Read::new).collect();
        let unread = reads.iter().filter(|read| read.body.is_err()).count();
        let plan = Plan::of(RegisterId(Uuid::nil()), 1, std::collections::HashMap::new(), reads);
        format!("ok {unread} {} {} {}", plan.steps.len(), plan.checks.len(), plan.notes.len())
    });
}

#[test]
fn a_whole_settlement() {
    throw(&target("settlement", &["settlement-document"], &["\"cancelled\"", "\"percent\":100"], 3_000), |input| {
        let document = match serde_json::from_slice::<SettlementDocument>(input) {
            Ok(document) => document,
            Err(error) => return said(&error),
        };
        comes_back(&document);
        let (audited, computed) = (audit_settlement(&document.settlement), datasets(&document.settlement));
        let (mut invariants, sums) = (audited.iter().map(|v| v.invariant.name()).collect::<Vec<_>>(), computed.is_ok());
        invariants.dedup();
        format!("ok {sums} {invariants:?}")
    });
}

#[test]
fn masters_and_the_store_table() {
    throw(&target("masters", &["masters"], &[], 1_500), |input| match serde_json::from_slice::<Masters>(input) {
        Ok(masters) => {
            comes_back(&masters);
            "ok".to_owned()
        }
        Err(error) => said(&error),
    });
    throw(&target("store-table", &["store-table"], &["\"25:00\""], 1_500), |input| {
        match serde_json::from_slice::<StoreTable>(input) {
            Ok(table) => {
                comes_back(&table);
                "ok".to_owned()
            }
            Err(error) => said(&error),
        }
    });
}

/// A table that is read is the same when it is written and read again; one that is refused names lines that it has.
fn table<R: Row + Clone + PartialEq + std::fmt::Debug>(input: &[u8]) -> String {
    let lines = input.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    match read::<R>(input) {
        Ok(rows) => {
            let written = write(&rows, Encoding::Utf8).unwrap();
            assert_eq!(read::<R>(&written).unwrap(), rows);
            if let Ok(written) = write(&rows, Encoding::ShiftJis) {
                assert_eq!(read::<R>(&written).unwrap(), rows);
            }
            format!("ok {}", rows.len().min(3))
        }
        Err(errors) => {
            let first = errors.first().expect("a refusal says why");
            for error in &errors {
                assert!((1..=lines).contains(&usize::try_from(error.line).unwrap()), "{error} of {lines} lines");
            }
            format!("{:?}", std::mem::discriminant(&first.reason))
        }
    }
}

#[test]
fn a_mapping_csv() {
    let words =
        ["支払種目", "取込コード", "1E+19", "10000000000000000001", "割引", "０", "'=", "\r\n", "\u{feff}", "－"];
    throw(&target("mapping", &[], &words, 6_000), |input| {
        [table::<PaymentRow>(input), table::<DiscountRow>(input), table::<MediumRow>(input)].join(" / ")
    });
}

#[test]
fn a_signature() {
    let secrets: [Secret; 2] = [Secret::from_random([7; 32]), Secret::from_random([8; 32])];
    let now = Timestamp::from_second(1_795_300_000).unwrap();
    let valid = sign(&secrets, "msg_1", now, b"{}");
    let example = format!("msg_1\n{}\n{valid}\n{{}}", now.as_second());
    let target = Target {
        more: vec![example.into_bytes()],
        ..target("signature", &[], &["v1,", "v2,", "v1a,", " ", "\n"], 20_000)
    };
    throw(&target, |input| {
        let text = String::from_utf8_lossy(input).into_owned();
        let mut parts = text.splitn(4, '\n');
        let mut part = || parts.next().unwrap_or_default();
        let headers = Headers { id: part(), timestamp: part(), signature: part() };
        let body = part().as_bytes();
        let verdict = verify(&secrets, headers, body, now);
        let second = headers.timestamp.parse::<i64>().ok();
        let own = second
            .and_then(|second| Timestamp::from_second(second).ok())
            .map(|at| sign(&secrets, headers.id, at, body));
        let named = |own: &String| own.split(' ').any(|own| headers.signature.split(' ').any(|given| given == own));
        let signed = own.as_ref().is_some_and(named);
        match verdict {
            Ok(()) => assert!(signed && second.is_some_and(|s| (s - now.as_second()).abs() <= TOLERANCE_SECONDS)),
            Err(SignatureError::Skew(_)) => assert!(signed),
            Err(SignatureError::Timestamp) => assert_eq!(second, None),
            Err(SignatureError::Mismatch) => assert!(!signed),
        }
        verdict.map_or_else(|error| kind(&error.to_string()), |()| "ok".to_owned())
    });
}

#[test]
fn a_signing_secret() {
    throw(&target("secret", &[], &["whsec_", "=", "+", "/", "-", "_"], 10_000), |input| match String::from_utf8_lossy(
        input,
    )
    .parse::<Secret>()
    {
        Ok(secret) => {
            assert_eq!(secret.expose(), String::from_utf8_lossy(input));
            assert_eq!(format!("{secret:?}"), "Secret(…)");
            "ok".to_owned()
        }
        Err(error) => kind(&error.to_string()),
    });
}
