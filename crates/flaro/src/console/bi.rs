//! BI: figures as somebody chooses them. The question stands in the URL, so it can be bookmarked, sent and saved.

mod save;

pub(super) use save::{delete, save};

use super::{
    grid::{Cell, Grid, downloads},
    reports::{Asked, Kind},
    shell,
};
use crate::{
    Flaro, FlaroError,
    bi::{self, Answer, DIMENSIONS_MAX, Dimension, Measure, Question, views::View},
    reports::{self, Behind, By},
    rollup::Part,
    tenant::Viewer,
};
use askama::Template;
use axum::{extract::State, http::StatusCode};
use db::Tx;
use std::sync::Arc;
use web::{
    Flash, Form, Html, ListQuery, PageResult,
    chart::{Chart, Drawn},
    confirm::Confirm,
    download::Format,
    format, table, text,
    ui::{self, Icon, Tone},
};

/// As many lines a page shows; a file has all.
const SHOWN: usize = 500;
/// More bars than that can't be told apart.
const CHARTED: usize = 62;
const FIELDS: [&str; DIMENSIONS_MAX] = ["d1", "d2", "d3"];

#[derive(Template)]
#[template(path = "bi.html")]
struct Page<'a> {
    form: &'a Form,
    place: Html,
    period: Html,
    dimensions: Html,
    measures: Vec<(&'static str, &'static str, bool)>,
    measure_error: String,
    presets: Html,
    waiting: usize,
    chart: Option<Html>,
    grid: Html,
    title: String,
    downloads: Html,
    note: String,
    views: Vec<Saved>,
    dialogs: Html,
    query: String,
    asks: bool,
}

/// A saved view, as the list has it.
struct Saved {
    name: String,
    href: String,
    by: String,
    shared: bool,
    delete: Html,
}

/// A question with its answer.
struct Done {
    asked: Asked,
    question: Question,
    answer: Option<Answer>,
    behind: Behind,
    views: Vec<View>,
}

pub(super) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    let (now, of, asked_for) = (flaro.now(), viewer.clone(), query.clone());
    let unit = async move |tx: &mut Tx| -> Result<Done, FlaroError> { done(tx, &of, asked_for, now).await };
    let mut done = flaro.db.read(unit).await?;
    let grid = done.answer.as_mut().map(|answer| {
        sorted(answer, &done.question, &query);
        grid(&done.asked, &done.question, answer, text::narrow(query.get("q")).as_str())
    });
    if let (Some(asked), Some((grid, _))) = (Format::of(query.get("format")), &grid) {
        return Ok(grid.sheet(&done.asked.subject()).download(asked, now, &viewer.zone)?);
    }
    let status = if done.asked.form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = title(&done.question);
    let (views, dialogs) = saved(&done.views);
    let (shown, note) = match &grid {
        Some((grid, _)) if grid.is_empty() => (
            table::empty("当てはまる数字はありません", "期間や店舗、絞り込む言葉を変えてください。", None),
            String::new(),
        ),
        Some((grid, lines)) => (grid.head(SHOWN).html(), note(*lines)),
        None => (
            table::empty("条件を直してください", "切り口と数字の組み合わせを変えると集計できます。", None),
            String::new(),
        ),
    };
    let page = Page {
        place: done.asked.place_fields(),
        period: done.asked.period_fields(Kind::Hours),
        dimensions: dimension_fields(&done.asked.form),
        measures: Measure::ALL.iter().map(|m| (m.name(), m.label(), done.question.measures.contains(m))).collect(),
        measure_error: done.asked.form.errors().of("m").unwrap_or_default().to_owned(),
        presets: presets(&done.asked, &query),
        waiting: done.behind.waiting.len(),
        chart: grid
            .as_ref()
            .filter(|(grid, _)| !grid.is_empty())
            .and(done.answer.as_ref())
            .and_then(|answer| chart(&done.question, answer, &title)),
        grid: shown,
        downloads: if grid.as_ref().is_some_and(|(grid, _)| !grid.is_empty()) {
            downloads(&query, None)
        } else {
            Html::default()
        },
        note,
        views,
        dialogs,
        query: done.asked.query_text(),
        asks: viewer.scope.all_stores || !done.asked.stores.is_empty(),
        form: &done.asked.form,
        title,
    };
    let lead = format!("{}・{}", viewer.company_name, done.asked.place_and_days());
    Ok(shell(&viewer, "BI", "/bi").lead(lead).status(status).flash(flash.take().await).wide().render(page))
}

async fn done(tx: &mut Tx, viewer: &Viewer, query: ListQuery, now: jiff::Timestamp) -> Result<Done, FlaroError> {
    let mut asked = Asked::read(tx, viewer, query, Kind::Hours, now).await?;
    let question = question(&mut asked.form);
    let behind = reports::behind(tx, &asked.range).await?;
    let views = bi::views::list(tx, &viewer.scope).await?;
    let answer = match bi::plan(&question) {
        Ok(plan) => Some(answer(tx, &asked, &question, plan).await?),
        Err(why) => {
            asked.form.error("m", why);
            None
        }
    };
    Ok(Done { asked, question, answer, behind, views })
}

async fn answer(tx: &mut Tx, asked: &Asked, question: &Question, plan: (Part, By)) -> Result<Answer, FlaroError> {
    let stores: Vec<_> = asked.stores.iter().map(|store| (store.id.to_string(), store.name.clone())).collect();
    bi::answer(tx, &asked.range, &stores, question, plan).await
}

/// What the form asks; a first visit asks for the days' sales.
fn question(form: &mut Form) -> Question {
    let first = FIELDS.iter().all(|field| form.text(field).is_empty()) && form.all("m").next().is_none();
    if first {
        form.set("d1", Dimension::Day.name());
        let measures = vec![Measure::Net, Measure::Guests, Measure::PerGuest];
        return Question { dimensions: vec![Dimension::Day], measures };
    }
    let mut dimensions: Vec<Dimension> = Vec::new();
    for dimension in FIELDS.iter().filter_map(|field| Dimension::read(form.text(field))) {
        if !dimensions.contains(&dimension) {
            dimensions.push(dimension);
        }
    }
    let measures = Measure::ALL.into_iter().filter(|measure| form.all("m").any(|asked| asked == measure.name()));
    Question { dimensions, measures: measures.collect() }
}

fn dimension_fields(form: &Form) -> Html {
    let options: Vec<(&str, &str)> =
        [("", "―")].into_iter().chain(Dimension::ALL.iter().map(|d| (d.name(), d.label()))).collect();
    let labels = ["切り口1", "切り口2", "切り口3"];
    FIELDS.iter().zip(labels).map(|(field, label)| form.field(field, label).select(&options)).collect()
}

fn title(question: &Question) -> String {
    let dimensions: Vec<&str> = question.dimensions.iter().map(|dimension| dimension.label()).collect();
    if dimensions.is_empty() { "合計".to_owned() } else { format!("{}別", dimensions.join("×")) }
}

/// Largest first where a measure is sorted by; otherwise as the keys stand.
fn sorted(answer: &mut Answer, question: &Question, query: &ListQuery) {
    let names: Vec<&str> = question.measures.iter().map(|measure| measure.name()).collect();
    let Some((name, descending)) = query.sort(&names) else { return };
    let Some(measure) = Measure::read(name) else { return };
    answer.lines.sort_by_key(|line| measure.of(&line.figures));
    if descending {
        answer.lines.reverse();
    }
}

/// A label that leads down to what it is made of.
fn named_cell(asked: &Asked, dimension: Dimension, key: &str, label: &str) -> Cell {
    let (period, item) = (asked.period(), if key.is_empty() { "free" } else { key });
    let href = match dimension {
        Dimension::Store => asked.link_to(Kind::Closing, key, period),
        Dimension::Day => match key.parse() {
            Ok(date) => asked.day_link(date),
            Err(_) => return label.into(),
        },
        Dimension::Month => match reports::Period::of_month(key) {
            Some(month) => asked.link(Kind::Monthly, month),
            None => return label.into(),
        },
        Dimension::Hour => {
            let hour = key.parse::<i64>().unwrap_or(-1).to_string();
            asked.link_with(Kind::Checks, period, &[("hour", &hour)])
        }
        Dimension::Product => asked.link_with(Kind::Products, period, &[("item", item)]),
        Dimension::Payment => asked.link_with(Kind::Payments, period, &[("item", item)]),
        Dimension::Medium => asked.link_with(Kind::Media, period, &[("item", item)]),
        Dimension::Discount => asked.link_with(Kind::Discounts, period, &[("item", item)]),
        _ => return label.into(),
    };
    Cell::Link(label.to_owned(), href)
}

fn grid(asked: &Asked, question: &Question, answer: &Answer, word: &str) -> (Grid, usize) {
    let heads = question.dimensions.iter().map(|dimension| (dimension.label().to_owned(), false));
    let first = question.dimensions.is_empty().then(|| (String::new(), false));
    let figures = question.measures.iter().map(|measure| (measure.label().to_owned(), true));
    let mut grid = Grid::with("bi", "BI集計", first.into_iter().chain(heads).chain(figures));
    let cells = |figures: &crate::rollup::Figures| -> Vec<Cell> {
        let cell = |measure: &Measure| match measure.of(figures) {
            Some(n) if measure.is_money() => Cell::Yen(n),
            Some(n) => Cell::Count(n),
            None => Cell::Blank,
        };
        question.measures.iter().map(cell).collect()
    };
    let mut total = crate::rollup::Figures::default();
    let mut lines = 0;
    for line in
        answer.lines.iter().filter(|line| word.is_empty() || line.labels.iter().any(|label| label.contains(word)))
    {
        let named = question.dimensions.iter().zip(line.keys.iter().zip(&line.labels));
        let labels = named.map(|(dimension, (key, label))| named_cell(asked, *dimension, key, label));
        let first = question.dimensions.is_empty().then(|| Cell::from("合計"));
        grid.row(first.into_iter().chain(labels).chain(cells(&line.figures)));
        total.add(&line.figures);
        lines += 1;
    }
    let blank = std::iter::repeat_n(Cell::Blank, question.dimensions.len().saturating_sub(1));
    if !question.dimensions.is_empty() {
        grid.total(std::iter::once("合計".into()).chain(blank).chain(cells(&total)));
    }
    (grid, lines)
}

fn note(lines: usize) -> String {
    let left_out = lines.saturating_sub(SHOWN);
    if left_out == 0 {
        return format!("{lines}行");
    }
    format!("{lines}行のうち{SHOWN}行を表示しています。CSV・Excelにはすべて入ります。")
}

fn chart(question: &Question, answer: &Answer, title: &str) -> Option<Html> {
    let measure = *question.measures.first()?;
    if question.dimensions.len() != 1 || answer.lines.is_empty() || answer.lines.len() > CHARTED {
        return None;
    }
    let short = |label: &String| label.chars().take(10).collect::<String>();
    let written = if measure.is_money() { format::yen } else { format::thousands };
    let chart = Chart::new(
        "bi-chart",
        format!("{title} {}", measure.label()),
        answer.lines.iter().map(|line| short(&line.labels[0])),
    )
    .wide()
    .written(written)
    .series(measure.label(), Drawn::Bars, answer.lines.iter().map(|line| measure.of(&line.figures)));
    Some(chart.html())
}

/// 今日, 昨日, 今月, 先月: the same question over other days.
fn presets(asked: &Asked, query: &ListQuery) -> Html {
    let segment = |(label, period): (&'static str, reports::Period)| ui::Segment {
        label: label.to_owned(),
        href: query.with_all(&[("from", &format::date(period.from)), ("to", &format::date(period.to))]),
        current: period == asked.period(),
    };
    ui::segments("期間", &asked.preset_periods().into_iter().map(segment).collect::<Vec<_>>())
}

fn saved(views: &[View]) -> (Vec<Saved>, Html) {
    let mut dialogs = Html::default();
    let mut list = Vec::new();
    for (n, view) in views.iter().enumerate() {
        let asked = Confirm::new(
            &format!("delete-{n}"),
            format!("「{}」を削除しますか？", view.name),
            format!("/bi/views/{}/delete", view.id),
            "削除する",
        )
        .says(if view.shared {
            "共有している人の一覧からも消えます。数字には影響しません。"
        } else {
            "数字には影響しません。"
        });
        let delete = if view.own {
            dialogs = dialogs.then(&asked.dialog());
            asked.trigger("削除")
        } else {
            Html::default()
        };
        let href = if view.query.is_empty() { "/bi".to_owned() } else { format!("/bi?{}", view.query) };
        list.push(Saved { name: view.name.clone(), href, by: view.by.clone(), shared: view.shared, delete });
    }
    (list, dialogs)
}
