//! 設定 ＞ 変更履歴: who changed what when, from what to what.

use super::{
    choose::PER_PAGE,
    grid::{Cell, Grid, downloads},
    shell,
};
use crate::{
    Flaro, FlaroError,
    audit::{self, Entry, Filter},
    people,
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::extract::State;
use db::Tx;
use jiff::{ToSpan, civil::Date};
use std::sync::Arc;
use web::{
    Form, Html, ListQuery, PageResult,
    download::{Format, ROWS_MAX},
    format, table, text,
    ui::{self, Icon},
};

#[derive(Template)]
#[template(path = "history.html")]
struct Page<'a> {
    form: &'a Form,
    people: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    grid: Html,
    pager: Html,
    downloads: Html,
}

struct Seen {
    entries: Vec<Entry>,
    total: u64,
    choices: [Vec<String>; 2],
    names: people::Names,
}

pub(super) async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    viewer.must(Right::History)?;
    let (seen_by, asked, filter) = (viewer.clone(), query.clone(), filter(&viewer, &query));
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &seen_by, &asked, &filter).await).await?;
    let grid = grid(&seen, &viewer);
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid.sheet(&viewer.company_name).download(asked, flaro.now(), &viewer.zone)?);
    }
    let [who, what] = seen.choices;
    let form = query.form();
    let page = Page {
        form: &form,
        people: any_of(who),
        kinds: any_of(what).into_iter().map(|(word, label)| (word, named(&label).to_owned())).collect(),
        grid: match (grid.is_empty(), query.is_filtered()) {
            (false, _) => grid.html(),
            (true, true) => table::nothing_found(&query),
            (true, false) => {
                table::empty("まだ変更がありません", "設定を変えると、だれがいつ何をしたかがここに残ります。", None)
            }
        },
        pager: table::pager(&query, seen.total, PER_PAGE),
        downloads: downloads(&query, None),
    };
    let shell = shell(&viewer, "変更履歴", "/history").wide();
    Ok(shell.crumb("設定", None).crumb("変更履歴", None).render(page))
}

fn filter(viewer: &Viewer, query: &ListQuery) -> Filter {
    let start = |day: Date| day.to_zoned(viewer.zone.clone()).ok().map(|begin| begin.timestamp().as_millisecond());
    let next = |day: Date| day.checked_add(1.day()).ok();
    Filter {
        from: text::date(query.get("from")).and_then(start),
        until: text::date(query.get("to")).and_then(next).and_then(start),
        who: query.get("who").to_owned(),
        what: query.get("what").to_owned(),
        word: query.get("q").trim().to_owned(),
    }
}

async fn see(tx: &mut Tx, viewer: &Viewer, query: &ListQuery, filter: &Filter) -> Result<Seen, FlaroError> {
    let company = &viewer.scope.company;
    let total = audit::count(tx, company, filter).await?;
    let (limit, offset) = if Format::of(query.get("format")).is_some() {
        (i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX), 0)
    } else {
        let offset = i64::try_from(table::offset(query, total, PER_PAGE)).unwrap_or(0);
        (i64::try_from(PER_PAGE).unwrap_or(50), offset)
    };
    Ok(Seen {
        entries: audit::list(tx, company, filter, limit, offset).await?,
        total,
        choices: audit::choices(tx, company).await?,
        names: people::names(tx, company).await?,
    })
}

/// What programs wrote down, in words.
fn named(what: &str) -> &str {
    if what == "store.code" { "USENレジがFLARO店舗コードを変更" } else { what }
}

fn grid(seen: &Seen, viewer: &Viewer) -> Grid {
    let columns =
        [("日時", false), ("だれが", false), ("何を", false), ("対象", false), ("変更前", false), ("変更後", false)];
    let mut grid = Grid::new("history", "変更履歴", &columns);
    for entry in &seen.entries {
        let or_dash = |text: &Option<String>| Cell::from(text.as_deref().unwrap_or("―"));
        let target = seen.names.get(&entry.target).unwrap_or(&entry.target);
        let who = entry.who.strip_prefix("partner ").map_or(entry.who.clone(), |name| format!("連携元（{name}）"));
        grid.row([
            format::date_time(entry.at, &viewer.zone).into(),
            who.into(),
            named(&entry.what).into(),
            target.as_str().into(),
            or_dash(&entry.before),
            or_dash(&entry.after),
        ]);
    }
    grid
}

/// Words to choose from; the first choice is all of them.
fn any_of(words: Vec<String>) -> Vec<(String, String)> {
    let first = (String::new(), "すべて".to_owned());
    std::iter::once(first).chain(words.into_iter().map(|word| (word.clone(), word))).collect()
}
