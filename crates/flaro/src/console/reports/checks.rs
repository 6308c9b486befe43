//! 会計明細: the checks of a period, looked for by slip number, staff, table, medium, hour and amount.

use super::{Asked, Report, Section};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, COUNTED_MAX, Found, Search},
};
use db::Tx;
use web::{
    Html,
    download::{Format, ROWS_MAX},
    format, table, text,
};

const PER_PAGE: u64 = 100;
const KINDS: [(&str, &str); 3] = [("", "すべて"), ("sale", "会計"), ("void", "赤伝票")];

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let (search, wrong) = read(asked);
    let most = u64::try_from(COUNTED_MAX).unwrap_or(0);
    let (limit, offset) = if Format::of(asked.query.get("format")).is_some() {
        (i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX), 0)
    } else {
        let page = asked.query.page().min(most / PER_PAGE);
        (i64::try_from(PER_PAGE).unwrap_or(100), i64::try_from((page - 1) * PER_PAGE).unwrap_or(0))
    };
    let (found, counted, sums) = reports::search(tx, &asked.range, &search, limit, offset).await?;
    let total = table::Total::counted(counted, most);
    let mut section = Section::new(grid(asked, &found, sums, total));
    section.pager = if found.is_empty() { Html::default() } else { table::pager_of(&asked.query, total, PER_PAGE) };
    Ok(Report { sections: vec![section], filters: filters(asked), notes: wrong, wide: true, ..Report::default() })
}

fn filters(asked: &Asked) -> Vec<Html> {
    let hours = (0..48).map(|hour| (hour.to_string(), format!("{hour}時")));
    let hours: Vec<_> = [(String::new(), "すべて".to_owned())].into_iter().chain(hours).collect();
    vec![
        asked.form.field("q", "伝票番号・担当者・卓・広告媒体").input(),
        asked.form.field("hour", "時間帯").select(&hours),
        asked.form.field("least", "支払合計（円）以上").narrow().digits(),
        asked.form.field("most", "支払合計（円）以下").narrow().digits(),
        asked.form.field("kind", "種類").select(&KINDS),
    ]
}

/// What is looked for, and what of it could not be read.
fn read(asked: &Asked) -> (Search, Vec<String>) {
    let mut wrong = Vec::new();
    let mut amount = |name: &str, label: &str, otherwise: i64| {
        let typed = asked.form.text(name);
        let read = text::integer(typed);
        if read.is_none() && !typed.is_empty() {
            wrong.push(format!("{label}は整数で入力してください。「{typed}」は使わずに探しました。"));
        }
        read.unwrap_or(otherwise)
    };
    let least = amount("least", "支払合計（円）以上", i64::MIN);
    let most = amount("most", "支払合計（円）以下", i64::MAX);
    let search = Search {
        words: text::narrow(asked.form.text("q")),
        hour: asked.form.text("hour").parse().unwrap_or(-1),
        least,
        most,
        kind: KINDS.iter().find(|(key, _)| *key == asked.form.text("kind")).map_or("", |(key, _)| *key).to_owned(),
    };
    (search, wrong)
}

fn grid(asked: &Asked, found: &[Found], sums: [i64; 4], total: table::Total) -> Grid {
    let columns = [
        ("伝票番号", false),
        ("営業日", false),
        ("会計時刻", false),
        ("店舗", false),
        ("レジ", false),
        ("卓", false),
        ("担当者", false),
        ("広告媒体", false),
        ("種類", false),
        ("客数", true),
        ("税抜", true),
        ("消費税", true),
        ("支払合計（税込）", true),
    ];
    let mut grid = Grid::new("checks", "会計明細", &columns);
    for check in found {
        let store = asked.stores.iter().find(|store| store.id.to_string() == check.store);
        let till = store.and_then(|store| store.register_name(&check.register_id)).unwrap_or("未登録のレジ");
        grid.row([
            Cell::Link(check.slip.to_string(), format!("/checks/{}", check.id)),
            Cell::Link(format::date(check.date), format!("/days/{}/{}", check.store, check.date)),
            format::time_of(check.date, check.paid_at, &asked.zone).into(),
            asked.store_name(&check.store).into(),
            till.into(),
            check.table.as_str().into(),
            check.staff.as_str().into(),
            check.medium.as_str().into(),
            (if check.reverses { "赤伝票" } else { "" }).into(),
            Cell::Count(check.guests),
            Cell::Yen(check.net),
            Cell::Yen(check.tax),
            Cell::Yen(check.total),
        ]);
    }
    // A sum over a part of what was found would be no sum.
    if !total.more {
        let [net, tax, all, guests] = sums;
        let blank = std::iter::repeat_n(Cell::Blank, 8);
        let figures = [Cell::Count(guests), Cell::Yen(net), Cell::Yen(tax), Cell::Yen(all)];
        grid.total(std::iter::once("合計（全件）".into()).chain(blank).chain(figures));
    }
    grid
}
