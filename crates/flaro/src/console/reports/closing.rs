//! 日次決算: what a day brought (広告 and フリー) against its budget, and what it cost (F, L, A, R, O), with the FL ratio.
//! A cost that nobody entered is shown as ―, never as zero.

use super::{Asked, Kind, Report, Section, daily, monthly, shape::share};
use crate::{
    FlaroError,
    console::{
        grid::{Cell, Grid},
        yen_per_guest,
    },
    reports::{self, Behind, By, Entered, EnteredBy, StoreDay},
    rollup::Part,
    storable,
};
use db::Tx;
use std::collections::BTreeMap;
use web::{
    Html,
    chart::{Chart, Drawn},
    figures::Figure,
    format,
};

/// More bars than that can't be told apart.
const CHARTED: usize = 62;

pub(super) async fn report(tx: &mut Tx, asked: &Asked, behind: &Behind) -> Result<Report, FlaroError> {
    let by_store = asked.store.is_none();
    let days = if by_store && !asked.period().is_day() {
        reports::whole_stores(tx, &asked.range).await?
    } else {
        reports::store_days(tx, &asked.range, by_store, !by_store).await?
    };
    let entered = reports::entered(tx, &asked.range, by_store, !by_store).await?;
    let (sum, costs) = (StoreDay::sum(&days), Entered::sum(entered.values()));
    let mut kpis = daily::kpis(asked, &sum);
    let split = foods(tx, asked).await?;
    kpis.push(Figure::new("F率", share(sum.cost, sum.net)).note(Html::text(&split)));
    kpis.push(Figure::new("FL比率", fl(&sum, &costs)).note(Html::text("（F＋L）÷ 売上（税抜）")));
    let grid = grid(asked, &days, (&sum, &costs), &entered, behind)?;
    let section = Section::new(grid).chart(chart(asked, &days, by_store)).note(
        "広告は広告媒体のある会計、フリーはそれ以外の会計です。F（原価）は商品の原価、予算比は税抜の売上です。―は未入力です。FL比率は、すべての営業日の人件費が入力されると表示します。",
    );
    Ok(Report { kpis, sections: vec![section], wide: true, ..Report::default() })
}

/// F by フード and ドリンク, as the categories say.
async fn foods(tx: &mut Tx, asked: &Asked) -> Result<String, FlaroError> {
    let kinds = reports::kinds(tx, &asked.range.scope.company).await?;
    let mut costs = BTreeMap::<&str, i64>::new();
    for sum in reports::totals(tx, &asked.range, Part::Product, By::item()).await? {
        let word = match kinds.get(&sum.key.item).map(String::as_str) {
            Some("food") => "フード",
            Some("drink") => "ドリンク",
            Some(_) => "その他",
            None => "未分類",
        };
        let cost = costs.entry(word).or_default();
        *cost = cost.saturating_add(sum.figures.cost);
    }
    let written = |(word, cost): (&&str, &i64)| format!("{word} {}", format::yen(*cost));
    Ok(costs.iter().filter(|(_, cost)| **cost != 0).map(written).collect::<Vec<_>>().join("・"))
}

/// （F＋L）÷ 税抜; ― until L is entered for every day that was sold on: a part of it would look too good.
fn fl(day: &StoreDay, costs: &Entered) -> String {
    let labour = costs.labour.filter(|_| costs.labour_days >= day.days);
    labour.map_or_else(|| "―".to_owned(), |labour| share(day.cost.saturating_add(labour), day.net))
}

fn columns(asked: &Asked, first: &str) -> Vec<(String, bool)> {
    let fixed = |label: &str| (label.to_owned(), true);
    let mut columns = vec![(first.to_owned(), false), (asked.tax.heading("売上"), true)];
    columns.extend(["予算", "予算比", "広告", "フリー", "広告比率", "客数"].map(fixed));
    columns.push((asked.tax.heading("客単価"), true));
    columns.extend(["会計数", "F 原価", "F率", "L 人件費", "A 広告費", "R 家賃", "O その他", "FL比率"].map(fixed));
    columns.push(("集計".to_owned(), false));
    columns
}

fn grid(
    asked: &Asked,
    days: &[StoreDay],
    (sum, costs): (&StoreDay, &Entered),
    entered: &EnteredBy,
    behind: &Behind,
) -> Result<Grid, FlaroError> {
    let by_store = asked.store.is_none();
    let (title, first) = if by_store { ("店舗別の決算", "店舗") } else { ("日別の決算", "営業日") };
    let mut grid = Grid::with("closing", title, columns(asked, first));
    for day in days {
        let (first, state) = if by_store { store(asked, day, behind) } else { date(asked, day, behind)? };
        let costs = entered.get(&(day.store.clone(), day.date.clone())).copied().unwrap_or_default();
        grid.row(std::iter::once(first).chain(cells(asked, day, &costs)).chain([state]));
    }
    grid.total(std::iter::once("合計".into()).chain(cells(asked, sum, costs)).chain([Cell::Blank]));
    Ok(grid)
}

fn store(asked: &Asked, day: &StoreDay, behind: &Behind) -> (Cell, Cell) {
    let link = if asked.period().is_day() {
        format!("/days/{}/{}", day.store, asked.period().from)
    } else {
        asked.link_to(Kind::Closing, &day.store, asked.period())
    };
    let waits = behind.waiting.iter().any(|(store, _)| *store == day.store);
    let state = if waits { Cell::Shown(super::waits(), "集計中".into()) } else { Cell::Blank };
    (Cell::Link(asked.store_name(&day.store), link), state)
}

fn date(asked: &Asked, day: &StoreDay, behind: &Behind) -> Result<(Cell, Cell), FlaroError> {
    let date = storable::date(&day.date)?;
    Ok((monthly::day_cell(asked, date), monthly::state(behind, date)))
}

fn cells(asked: &Asked, day: &StoreDay, costs: &Entered) -> [Cell; 16] {
    let amount = asked.tax.of(day.net, day.total);
    let media = asked.tax.of(day.media_net, day.media_total);
    let entered = |cost: Option<i64>| cost.map_or_else(|| "―".into(), Cell::Yen);
    [
        Cell::Yen(amount),
        entered(costs.budget),
        costs.budget.map_or_else(|| "―".into(), |budget| share(day.net, budget).into()),
        Cell::Yen(media),
        Cell::Yen(amount.saturating_sub(media)),
        share(media, amount).into(),
        Cell::Count(day.guests),
        yen_per_guest(amount, day.guests).map_or(Cell::Blank, Cell::Yen),
        Cell::Count(day.checks),
        Cell::Yen(day.cost),
        share(day.cost, day.net).into(),
        entered(costs.labour),
        entered(costs.advertising),
        entered(costs.rent),
        entered(costs.other),
        fl(day, costs).into(),
    ]
}

fn chart(asked: &Asked, days: &[StoreDay], by_store: bool) -> Html {
    let label = |day: &StoreDay| {
        if by_store { asked.store_name(&day.store) } else { day.date.get(5..).unwrap_or_default().replace('-', "/") }
    };
    let media = |day: &StoreDay| asked.tax.of(day.media_net, day.media_total);
    let free = |day: &StoreDay| asked.tax.of(day.net, day.total).saturating_sub(media(day));
    let shown = &days[..days.len().min(CHARTED)];
    Chart::new("closing-chart", asked.tax.heading("広告・フリー別売上"), shown.iter().map(label))
        .wide()
        .written(format::yen)
        .series("フリー", Drawn::Bars, shown.iter().map(|day| Some(free(day))))
        .series("広告", Drawn::Bars, shown.iter().map(|day| Some(media(day))))
        .html()
}
