//! 予算 from a file: a line is a store's day.

use super::{
    Kind, Line, Plan, Write,
    shops::Shops,
    store_days::{date, once_a_day},
};
use crate::{
    FlaroError,
    budgets::{self, Budget, GUESTS_MAX, NET_MAX},
    stores::Store,
    tenant::Viewer,
};
use db::Tx;
use jiff::civil::Date;
use web::{format, text, upload::Fault};

const KIND: Kind = Kind::Budgets;

pub(super) async fn plan(tx: &mut Tx, viewer: &Viewer, lines: &[Line]) -> Result<Plan, FlaroError> {
    let shops = Shops::of(tx, viewer).await?;
    let (mut plan, rows) = once_a_day(lines, |line| read(&shops, line));
    let span = rows.iter().map(|(_, _, date, _)| *date);
    let (Some(from), Some(to)) = (span.clone().min(), span.max()) else { return Ok(plan) };
    let known = budgets::days(tx, &viewer.scope, from, to).await?;
    for (number, store, date, budget) in rows {
        let target = format!("{} {}", store.name, format::date(date));
        let before = known.get(&(store.id, date)).map(words);
        plan.add(number, target, before, words(&budget), Write::Budget(store.id, date, budget));
    }
    Ok(plan)
}

fn read<'a>(shops: &'a Shops, line: &Line) -> Result<Option<(&'a Store, Date, Budget)>, Fault> {
    let (net, guests) = (line.cell(KIND, "売上予算（税抜）"), line.cell(KIND, "客数予算"));
    if net.is_empty() && guests.is_empty() {
        return Ok(None);
    }
    let store = shops.find(KIND, line)?;
    let date = date(KIND, line)?;
    let net = text::integer(net).filter(|net| (0..=NET_MAX).contains(net));
    let net = net.ok_or_else(|| line.fault("売上予算（税抜）", "0以上の金額を整数で入力してください"))?;
    let guests = match guests {
        "" => None,
        typed => {
            let count = text::integer(typed).filter(|count| (0..=GUESTS_MAX).contains(count));
            Some(count.ok_or_else(|| line.fault("客数予算", "0以上の人数を整数で入力してください"))?)
        }
    };
    Ok(Some((store, date, Budget { net, guests })))
}

fn words(budget: &Budget) -> String {
    let guests = budget.guests.map_or_else(String::new, |guests| format!("・{}名", format::thousands(guests)));
    format!("{}{guests}", format::yen(budget.net))
}
