//! 人件費 from a file: a line is a store's day.

use super::{
    Kind, Line, Plan, Write,
    shops::Shops,
    store_days::{date, once_a_day},
};
use crate::{
    FlaroError,
    costs::{self, Labour, Source, hours, read_cost, read_hours},
    stores::Store,
    tenant::Viewer,
};
use db::Tx;
use jiff::civil::Date;
use web::{format, upload::Fault};

const KIND: Kind = Kind::Labour;

pub(super) async fn plan(tx: &mut Tx, viewer: &Viewer, lines: &[Line]) -> Result<Plan, FlaroError> {
    let shops = Shops::of(tx, viewer).await?;
    let (mut plan, rows) = once_a_day(lines, |line| read(&shops, line));
    let span = rows.iter().map(|(_, _, date, _)| *date);
    let (Some(from), Some(to)) = (span.clone().min(), span.max()) else { return Ok(plan) };
    let known = costs::labour_days(tx, &viewer.scope, from, to).await?;
    for (number, store, date, labour) in rows {
        let target = format!("{} {}", store.name, format::date(date));
        let before = known.get(&(store.id, date)).map(words);
        plan.add(number, target, before, words(&labour), Write::Labour(store.id, date, labour));
    }
    Ok(plan)
}

fn read<'a>(shops: &'a Shops, line: &Line) -> Result<Option<(&'a Store, Date, Labour)>, Fault> {
    let (cost, worked) = (line.cell(KIND, "人件費"), line.cell(KIND, "労働時間"));
    if cost.is_empty() && worked.is_empty() {
        return Ok(None);
    }
    let store = shops.find(KIND, line)?;
    let date = date(KIND, line)?;
    let cost = read_cost(cost, "人件費").map_err(|why| line.fault("人件費", why))?;
    let minutes = match worked {
        "" => None,
        typed => Some(read_hours(typed).map_err(|why| line.fault("労働時間", why))?),
    };
    Ok(Some((store, date, Labour { cost, minutes, source: Source::File })))
}

fn words(labour: &Labour) -> String {
    let worked = labour.minutes.map_or_else(String::new, |minutes| format!("・{}", hours(minutes)));
    format!("{}{worked}", format::yen(labour.cost))
}
