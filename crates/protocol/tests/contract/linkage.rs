//! What of a settlement goes to FLARO, and when.

use jiff::civil::{Date, date};
use protocol::linkage::{Decision, Situation, decide};

const BASE: Situation<'static> = Situation {
    linked: true,
    enabled: true,
    window: Some((date(2026, 11, 1), date(2026, 11, 30))),
    business_date: date(2026, 11, 22),
    already_sent: false,
    past_ranges: &[],
    discarded: false,
};
const OCTOBER: &[(Date, Date)] = &[(date(2026, 10, 1), date(2026, 10, 31))];

#[test]
fn the_table() {
    use Decision::{Hold, Outside, Queue};
    let on = |day: Date| Situation { business_date: day, ..BASE };
    let table: [(&str, Situation<'_>, Decision); 17] = [
        ("inside and on", BASE, Queue),
        ("first day", on(date(2026, 11, 1)), Queue),
        ("last day", on(date(2026, 11, 30)), Queue),
        ("day before the window", on(date(2026, 10, 31)), Outside),
        ("day after the window", on(date(2026, 12, 1)), Outside),
        ("no window yet", Situation { window: None, ..BASE }, Outside),
        ("inside and off", Situation { enabled: false, ..BASE }, Hold),
        ("outside and off", Situation { enabled: false, ..on(date(2026, 12, 1)) }, Outside),
        ("not linked", Situation { linked: false, ..BASE }, Outside),
        ("not linked, sent before", Situation { linked: false, already_sent: true, ..BASE }, Outside),
        ("revision after the end", Situation { already_sent: true, ..on(date(2026, 12, 1)) }, Queue),
        ("revision while off", Situation { already_sent: true, enabled: false, ..on(date(2026, 12, 1)) }, Hold),
        ("inside an open past range", Situation { past_ranges: OCTOBER, ..on(date(2026, 10, 5)) }, Queue),
        ("past range while off", Situation { past_ranges: OCTOBER, enabled: false, ..on(date(2026, 10, 5)) }, Hold),
        ("before the past range", Situation { past_ranges: OCTOBER, ..on(date(2026, 9, 30)) }, Outside),
        ("discarded day", Situation { discarded: true, ..BASE }, Outside),
        ("revision on a discarded day", Situation { discarded: true, already_sent: true, ..BASE }, Queue),
    ];
    for (case, situation, expected) in table {
        assert_eq!(decide(&situation), expected, "{case}");
    }
}
