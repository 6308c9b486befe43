//! Two days at the counter, form by form, as 02 sends them: every form of the screen, with a hostile text in each field
//! that takes any.

use crate::support::{BENTO, TEISHOKU};
use web::testing::{forms::Fields, hostile::NAME};

/// The PIN of everybody.
pub const PIN: &str = "1111";
/// Stands for the session that is to be closed.
pub const SESSION: &str = "{session}";
/// The bill that is paid.
pub const PAID: &str = "aaaaaaaa-0000-0000-0000-000000000001";
/// The bill that is not.
pub const OPEN: &str = "bbbbbbbb-0000-0000-0000-000000000001";
/// What was split off it, corrected to the next.
const PART: &str = "cccccccc-0000-0000-0000-000000000001";
const CORRECTED: &str = "dddddddd-0000-0000-0000-000000000001";
const DROPPED: &str = "eeeeeeee-0000-0000-0000-000000000001";

const CASH: &str = "00000000000000000001";
const VISA: &str = "10000000000000000001";
/// A table takes no more characters.
const TABLE: &str = r#"zq"'><img onerror>卓"#;
const MANAGER: [(&str, &str); 2] = [("manager", "01"), ("manager_pin", PIN)];

pub const FIRST_DAY: &str = "2026-11-21 10:00";
const SECOND_DAY: &str = "2026-11-22 10:00";
const THIRD_DAY: &str = "2026-11-23 10:00";

/// A form that is sent: when, where and with what.
pub struct Step {
    pub when: &'static str,
    pub pattern: &'static str,
    /// What stands in the path for `{id}`; empty: the settlement.
    pub id: &'static str,
    pub fields: Fields,
}

/// The story in chapters. After each the pages show something else.
pub fn story() -> Vec<Vec<Step>> {
    let night = vec![step(THIRD_DAY, "/forgotten", "", &[&MANAGER[..], &[("do", "extend")]].concat())];
    let leave = vec![step(THIRD_DAY, "/sign-out", "", &[])];
    vec![vec![sign_in(FIRST_DAY)], ordered(), paid(), taken_back(), vec![close()], next_days(), night, leave]
}

/// The text of a person who means no good.
pub fn hostile(what: &str) -> String {
    format!("{NAME}{what}")
}

pub fn sign_in(when: &'static str) -> Step {
    step(when, "/sign-in", "", &[("code", "02"), ("pin", PIN)])
}

fn step(when: &'static str, pattern: &'static str, id: &'static str, fields: &[(&str, &str)]) -> Step {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Step { when, pattern, id, fields }
}

fn first(pattern: &'static str, id: &'static str, fields: &[(&str, &str)]) -> Step {
    step(FIRST_DAY, pattern, id, fields)
}

/// Bills with everything on them that a bill can have; one is paid in part.
fn ordered() -> Vec<Step> {
    let tap = |id, key: &str, wish: &str| first("/orders/{id}", id, &[("key", key), ("do", wish)]);
    let (teishoku, bento) = (format!("add:{}", TEISHOKU.0), format!("add:{}", BENTO.0));
    let (segment, memo) = (hostile("客層"), hostile("摘要"));
    let seat = [("do", "sit"), ("table", TABLE), ("male", "2"), ("segment", &segment)];
    let medium = [("medium", "80000000000000000001")];
    let off = [("do", "off:all:70000000000000000002"), ("key", "4"), ("amount:70000000000000000002", "100")];
    let received = [("do", "receive:deposit"), ("key", "5"), ("received", "500"), ("memo", &memo)];
    vec![
        first("/open", "", &[("float", "30000")]),
        tap(PAID, "1", &teishoku),
        first("/orders/{id}", PAID, &[&seat[..], &medium, &[("key", "2")]].concat()),
        tap(PAID, "3", "off:1:70000000000000000001"),
        first("/orders/{id}", PAID, &off),
        first("/orders/{id}", PAID, &received),
        first("/orders/{id}/pay", PAID, &[("key", "6"), ("method", VISA), ("amount", "500")]),
        tap(OPEN, "1", &bento),
        tap(OPEN, "2", &bento),
        first("/orders/{id}", OPEN, &[&seat[..], &[("key", "3")]].concat()),
        tap(OPEN, "4", "off:1:70000000000000000001"),
        first("/orders/{id}/split", OPEN, &[("part", PART), ("take-1", "1")]),
        tap(DROPPED, "1", &teishoku),
        first("/orders/{id}/drop", DROPPED, &[]),
    ]
}

/// Bills paid, corrected and voided, receipts handed out, cash taken from the drawer.
fn paid() -> Vec<Step> {
    let (to, purpose, reason) = (hostile("宛名"), hostile("但し書き"), hostile("理由"));
    let receipt = |key: &str| {
        first("/receipts/{id}/issue", PAID, &[("key", key), ("to", to.as_str()), ("for", purpose.as_str())])
    };
    let moved = [("id", PAID), ("kind", "out"), ("amount", "1000"), ("reason", &reason)];
    let right = [("new", CORRECTED), ("quantity-1", "1"), ("method-0", VISA), ("amount-0", "")];
    vec![
        first("/orders/{id}/pay", PAID, &[("key", "7"), ("method", CASH), ("amount", "")]),
        receipt(PAID),
        receipt(OPEN),
        first("/orders/{id}/pay", PART, &[("key", "8"), ("method", CASH), ("amount", "")]),
        first("/checks/{id}/correct", PART, &[&right[..], &MANAGER].concat()),
        first("/checks/{id}/void", CORRECTED, &MANAGER),
        first("/cash", "", &moved),
        first("/inspect", "", &[("kind", "interim")]),
        first("/status", "", &[]),
    ]
}

/// A close that is taken back.
fn taken_back() -> Vec<Step> {
    let reason = hostile("取消理由");
    vec![close(), first("/settlements/{id}/cancel", "", &[&MANAGER[..], &[("reason", reason.as_str())]].concat())]
}

fn close() -> Step {
    first("/settle", "", &[("session", SESSION), ("do", "settle"), ("count-10000", "3"), ("deposit", "")])
}

/// A second day that nobody closes.
fn next_days() -> Vec<Step> {
    vec![sign_in(SECOND_DAY), step(SECOND_DAY, "/open", "", &[("float", "30000")]), sign_in(THIRD_DAY)]
}
