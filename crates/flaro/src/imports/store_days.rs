//! Files of which a line is a store's day: its date, and that no day stands there twice.

use super::{Kind, Line, Plan};
use crate::stores::Store;
use jiff::civil::Date;
use std::collections::HashMap;
use web::{text, upload::Fault};

/// What a line says of a store's day, with the line's number.
pub(super) type Row<'a, T> = (u64, &'a Store, Date, T);

/// Reads every line that says something; a plan with all faults, and the rows that have none.
pub(super) fn once_a_day<'a, T>(
    lines: &[Line],
    read: impl Fn(&Line) -> Result<Option<(&'a Store, Date, T)>, Fault>,
) -> (Plan, Vec<Row<'a, T>>) {
    let (mut plan, mut rows, mut first) = (Plan::default(), Vec::new(), HashMap::new());
    for line in lines {
        match read(line) {
            Ok(None) => {}
            Ok(Some((store, date, said))) => match first.insert((store.id, date), line.number) {
                Some(before) => plan
                    .faults
                    .add(line.fault("営業日", format!("{before}行目と同じ店舗・営業日です。どちらかを消してください"))),
                None => rows.push((line.number, store, date, said)),
            },
            Err(fault) => plan.faults.add(fault),
        }
    }
    (plan, rows)
}

/// The business date of a line.
pub(super) fn date(kind: Kind, line: &Line) -> Result<Date, Fault> {
    let typed = line.cell(kind, "営業日");
    text::date(typed).ok_or_else(|| line.fault("営業日", "2026/11/01 のように、ある日付を入力してください"))
}
