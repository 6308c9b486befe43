//! Around a table: sortable headings, a pager, and what to do when there is nothing to list.

use askama::Template;

use crate::format::thousands;
use crate::html::{Html, escape};
use crate::list::ListQuery;
use crate::ui::{self, Icon};

/// The most rows one page of a list shows.
pub const ROWS_MAX: u64 = 200;

/// A column heading that sorts; `numeric` sets it to the right.
pub fn sort_heading(list: &ListQuery, column: &str, label: &str, numeric: bool) -> Html {
    let (order, arrow, word) = match list.sort(&[column]) {
        Some((_, false)) => (r#" aria-sort="ascending""#, ui::icon(Icon::Up), "（小さい順）"),
        Some((_, true)) => (r#" aria-sort="descending""#, ui::icon(Icon::Down), "（大きい順）"),
        None => ("", Html::default(), ""),
    };
    let class = if numeric { r#" class="num""# } else { "" };
    let (href, label) = (escape(&list.sort_href(column)), escape(label));
    Html::trusted(format!(
        r#"<th scope="col"{class}{order}><a class="sort" href="{href}">{label}{arrow}<span class="sr">{word}</span></a></th>"#
    ))
}

/// Which rows of how many, and links to the pages around.
#[derive(Template)]
#[template(path = "pager.html")]
struct Pager {
    from: String,
    to: String,
    total: String,
    before: Option<String>,
    after: Option<String>,
    pages: Vec<(u64, Option<String>)>,
    many: bool,
    more: bool,
}

/// How many rows a list has, as far as they were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Counted, and reached by the pages.
    pub rows: u64,
    /// There are more than were counted.
    pub more: bool,
}

impl Total {
    /// Of a count that looked for one more than `most`.
    pub fn counted(found: i64, most: u64) -> Self {
        let found = found.unsigned_abs();
        Self { rows: found.min(most), more: found > most }
    }
}

/// The line below a list: `51〜100件（全1,234件）` and the pages.
pub fn pager(list: &ListQuery, total: u64, per_page: u64) -> Html {
    pager_of(list, Total { rows: total, more: false }, per_page)
}

/// The same for a list that was counted up to a bound: `51〜100件（10,000件以上）`, and how to see the rest.
pub fn pager_of(list: &ListQuery, Total { rows: total, more }: Total, per_page: u64) -> Html {
    let per_page = per_page.clamp(1, ROWS_MAX);
    let last = total.div_ceil(per_page).max(1);
    let page = list.page().min(last);
    let href = |p: u64| list.with("page", &p.to_string());
    let near = (page.saturating_sub(2).max(1)..=(page + 2).min(last)).collect::<Vec<_>>();
    let ends = [1, last].into_iter().filter(|p| !near.contains(p));
    let mut pages: Vec<u64> = near.iter().copied().chain(ends).collect();
    pages.sort_unstable();
    pages.dedup();
    let number = |n: u64| thousands(i64::try_from(n).unwrap_or(i64::MAX));
    Html::of(Pager {
        from: number(if total == 0 { 0 } else { (page - 1) * per_page + 1 }),
        to: number((page * per_page).min(total)),
        total: number(total),
        before: (page > 1).then(|| href(page - 1)),
        after: (page < last).then(|| href(page + 1)),
        pages: pages.into_iter().map(|p| (p, (p != page).then(|| href(p)))).collect(),
        many: last > 1,
        more,
    })
}

/// The first row of the page asked for, for `OFFSET`.
pub fn offset(list: &ListQuery, total: u64, per_page: u64) -> u64 {
    let per_page = per_page.clamp(1, ROWS_MAX);
    (list.page().min(total.div_ceil(per_page).max(1)) - 1) * per_page
}

/// Nothing to list: says why and what to do next, as `(label, href)`.
pub fn empty(title: &str, next: &str, action: Option<(&str, &str)>) -> Html {
    let link = action
        .map(|(label, href)| format!(r#"<a class="btn sub" href="{}">{}</a>"#, escape(href), escape(label)))
        .unwrap_or_default();
    let (title, next) = (escape(title), escape(next));
    Html::trusted(format!(r#"<div class="empty"><p class="empty-title">{title}</p><p>{next}</p>{link}</div>"#))
}

/// Nothing found because of the filters: offers the list without them.
pub fn nothing_found(list: &ListQuery) -> Html {
    let next = "条件に合うものがありません。検索の言葉や期間を変えてください。";
    empty("見つかりませんでした", next, Some(("条件をすべて外す", list.path())))
}
