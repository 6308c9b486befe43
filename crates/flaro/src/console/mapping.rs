//! 外部連携 ＞ マッピング: each code that came from the POS with the 科目 it belongs to here, and what is still missing.

mod subjects;

pub(super) use subjects::{add as add_subject, list as subjects, prepare, rename, set_state};

use super::{
    choose::{PER_PAGE, page_of},
    grid::{Grid, downloads},
    shell,
};
use crate::{
    Flaro, FlaroError,
    audit::{self, Change, Stamp},
    mapping::{
        self, Mapped, Seen, What,
        subjects::{self as master, Subject},
    },
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use web::{
    Flash, Form, Html, ListQuery, Notice, PageResult,
    download::Format,
    format, table, text,
    ui::{self, Icon, Segment, Tone},
};

/// Where it is.
const HERE: &str = "/mapping";

/// One code: what the master says, what the sales said.
struct Entry {
    import_code: String,
    name: String,
    kind: String,
    mapped: bool,
    subject_id: Option<String>,
    seen: Option<Seen>,
}

#[derive(Template)]
#[template(path = "mapping.html")]
struct Page<'a> {
    what: What,
    segments: Html,
    form: &'a Form,
    values: &'a Form,
    states: Vec<(&'static str, &'static str)>,
    options: Vec<(String, String)>,
    rows: Vec<Line>,
    empty: Html,
    pager: Html,
    downloads: Html,
    missing: i64,
    here: String,
    any_subject: bool,
}

struct Line {
    field: String,
    label: String,
    code: String,
    name: String,
    kind: String,
    chip: Html,
    seen: String,
}

fn asked(query: &ListQuery) -> What {
    What::of(query.get("what")).unwrap_or(What::Payment)
}

pub(super) async fn list(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    viewer.must(Right::Linkage)?;
    let (what, company) = (asked(&query), viewer.scope.company.clone());
    let unit = async move |tx: &mut Tx| -> Result<_, FlaroError> {
        let known = mapping::all(tx, &company, what).await?;
        let seen = mapping::seen(tx, &company, what).await?;
        let missing = mapping::unmapped(tx, &company).await?;
        Ok((together(known, seen), master::list(tx, &company).await?, missing))
    };
    let (codes, subjects, missing) = flaro.db.read(unit).await?;
    let none = codes.is_empty();
    let (rows, total) = page_of(chosen(codes, &query), &query);
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid(what, &rows, &subjects).sheet(what.label()).download(asked, flaro.now(), &viewer.zone)?);
    }
    let values =
        Form::of(rows.iter().map(|row| (format!("s-{}", row.import_code), row.subject_id.clone().unwrap_or_default())));
    let form = query.form();
    let page = Page {
        what,
        segments: segments(what, &missing),
        form: &form,
        values: &values,
        states: vec![("", "すべて"), ("missing", "未割当"), ("done", "割当済み"), ("unseen", "売上にまだない")],
        options: options(what, &subjects),
        rows: rows.iter().map(|row| line(what, row)).collect(),
        empty: if none { nothing(what) } else { table::nothing_found(&query) },
        pager: table::pager(&query, total, PER_PAGE),
        downloads: downloads(&query, None),
        missing: missing.values().sum(),
        here: query.with("format", ""),
        any_subject: subjects.iter().any(|one| one.what == what && !one.retired),
    };
    let lead = "USENレジの取込コードを、FLAROの科目に割り当てます。金額は変わらず、過去の売上の科目名も変わります";
    let shell = shell(&viewer, "マッピング", HERE).lead(lead).flash(flash.take().await);
    Ok(shell.crumb("外部連携", Some("/linkages")).crumb("マッピング", None).render(page))
}

fn together(known: Vec<Mapped>, seen: Vec<Seen>) -> Vec<Entry> {
    let mut all: BTreeMap<String, Entry> = BTreeMap::new();
    for mapped in known {
        let Mapped { code, kind, name, subject_id, .. } = mapped;
        all.insert(code.clone(), Entry { import_code: code, name, kind, mapped: true, subject_id, seen: None });
    }
    for one in seen {
        let new = || Entry {
            import_code: one.code.clone(),
            name: one.name.clone(),
            kind: String::new(),
            mapped: false,
            subject_id: None,
            seen: None,
        };
        all.entry(one.code.clone()).or_insert_with(new).seen = Some(one.clone());
    }
    all.into_values().collect()
}

fn chosen(mut codes: Vec<Entry>, query: &ListQuery) -> Vec<Entry> {
    let (word, state) = (text::narrow(query.get("q")).to_lowercase(), query.get("state"));
    codes.retain(|code| {
        let fits = match state {
            "missing" => code.subject_id.is_none(),
            "done" => code.subject_id.is_some(),
            "unseen" => code.seen.is_none(),
            _ => true,
        };
        fits && (text::narrow(&code.name).to_lowercase().contains(&word) || code.import_code.contains(&word))
    });
    codes
}

fn segments(what: What, missing: &BTreeMap<What, i64>) -> Html {
    let label = |one: What| match missing.get(&one) {
        None => one.label().to_owned(),
        Some(n) => format!("{}（未割当{n}）", one.label()),
    };
    let segment =
        |one: What| Segment { label: label(one), href: format!("{HERE}?what={}", one.name()), current: one == what };
    ui::segments("種類", &What::ALL.map(segment))
}

fn options(what: What, subjects: &[Subject]) -> Vec<(String, String)> {
    let usable = subjects.iter().filter(|one| one.what == what && !one.retired);
    let none = (String::new(), "未割当".to_owned());
    std::iter::once(none).chain(usable.map(|one| (one.id.clone(), one.name.clone()))).collect()
}

fn nothing(what: What) -> Html {
    let next = format!(
        "USENレジの連携画面で店舗の設定アイコンを押し、{}のCSVをダウンロードして、ここに取り込んでください。",
        what.label()
    );
    let href = format!("/imports/{}", what.name());
    table::empty("コードがまだありません", &next, Some(("CSVを取り込む", &href)))
}

fn line(what: What, code: &Entry) -> Line {
    let chip = match (&code.subject_id, &code.seen, code.mapped) {
        (Some(_), _, _) => ui::chip(Tone::Good, "割当済み"),
        (None, Some(_), true) => ui::chip_with(Tone::Warn, Icon::Warning, "未割当"),
        (None, Some(_), false) => ui::chip_with(Tone::Warn, Icon::Warning, "CSVにないコード"),
        (None, None, _) => ui::chip_with(Tone::Mute, Icon::Ring, "未割当（売上なし）"),
    };
    Line {
        field: format!("s-{}", code.import_code),
        label: format!("{}の科目", code.name),
        code: code.import_code.clone(),
        name: code.name.clone(),
        kind: mapping::kind_label(what, &code.kind),
        chip,
        seen: code
            .seen
            .as_ref()
            .map_or_else(|| "―".to_owned(), |seen| format!("{}～{}", format::date(seen.from), format::date(seen.to))),
    }
}

fn grid(what: What, rows: &[Entry], subjects: &[Subject]) -> Grid {
    let columns =
        [("取込コード", false), ("名称", false), ("区分", false), ("FLAROの科目", false), ("売上にある期間", false)];
    let mut grid = Grid::new("mapping", "マッピング", &columns);
    let names: HashMap<&str, &str> = subjects.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    for row in rows {
        let subject = row.subject_id.as_deref().and_then(|id| names.get(id)).copied().unwrap_or("未割当");
        let line = line(what, row);
        grid.row([
            row.import_code.as_str().into(),
            row.name.as_str().into(),
            line.kind.into(),
            subject.into(),
            line.seen.into(),
        ]);
    }
    grid
}

/// The chosen 科目 of the rows that were shown.
pub(super) async fn assign(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash, form: Form) -> PageResult {
    viewer.must(Right::Linkage)?;
    let what = What::of(form.text("what")).unwrap_or(What::Payment);
    let asked: HashMap<String, Option<String>> = form
        .fields()
        .filter_map(|(name, id)| Some((name.strip_prefix("s-")?.to_owned(), (!id.is_empty()).then(|| id.to_owned()))))
        .collect();
    let changed = write(&flaro, &viewer, what, asked).await?;
    let words = if changed == 0 {
        "変更はありません。".to_owned()
    } else {
        format!("{changed}件の科目を登録しました。過去の売上の科目名も変わります（金額は変わりません）。")
    };
    flash.set(Notice::done(words)).await?;
    let back = form.raw("here");
    Ok(Redirect::to(if back.starts_with(HERE) { back } else { HERE }).into_response())
}

async fn write(
    flaro: &Flaro,
    viewer: &Viewer,
    what: What,
    asked: HashMap<String, Option<String>>,
) -> Result<usize, FlaroError> {
    let (stamp, viewer) = (Stamp::new(flaro), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<usize, FlaroError> {
        let company = &viewer.scope.company;
        tx.lock(&format!("mapping/{}", company.as_str())).await?;
        let codes = together(mapping::all(tx, company, what).await?, mapping::seen(tx, company, what).await?);
        let subjects = master::list(tx, company).await?;
        let name = |id: &Option<String>| {
            let found = id.as_ref().and_then(|id| subjects.iter().find(|one| one.id == *id && one.what == what));
            found.map(|one| one.name.as_str())
        };
        let mut rows = Vec::new();
        for code in codes {
            let Some(to) = asked.get(&code.import_code).filter(|to| **to != code.subject_id) else { continue };
            if to.is_some() && name(to).is_none() {
                continue;
            }
            let target = format!("{} {}", code.import_code, code.name);
            let change = Change {
                who: viewer.who.name(),
                what: "マッピングの科目を変更",
                target: &target,
                before: Some(name(&code.subject_id).unwrap_or("未割当")),
                after: Some(name(to).unwrap_or("未割当")),
            };
            audit::note(tx, company, stamp.of(&code.import_code), change).await?;
            let kind = if code.mapped { code.kind } else { guessed(what, &code.import_code) };
            rows.push(Mapped { code: code.import_code, what, kind, name: code.name, subject_id: to.clone() });
        }
        mapping::put(tx, company, &rows, stamp.at).await?;
        Ok(rows.len())
    };
    flaro.db.write(unit).await
}

/// A payment's code says its 支払種目 with its first digit; nothing else does.
fn guessed(what: What, code: &str) -> String {
    if what == What::Payment { code.chars().take(1).collect() } else { String::new() }
}
