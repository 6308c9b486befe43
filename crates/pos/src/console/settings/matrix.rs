//! The matrix: a row a code, a column a store, a checkbox each. Stores and codes are narrowed and paged, so that it
//! stays usable with a thousand stores; what is in sight is saved all or none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use db::Tx;
use sales::StoreId;
use web::download::{Cell, Format, Sheet};
use web::html::Html;
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult, table};

use super::{BULK, HERE, SCRIPT, kind_of, kinds};
use crate::accounts::Viewer;
use crate::coded::{self, Coded, Nature};
use crate::console::coded::{here, payment_kinds};
use crate::console::grid::zone;
use crate::console::refusal::{failed, mistaken, outdated};
use crate::console::search::{Search, options};
use crate::console::shell;
use crate::edits::{self, Edited, Subject};
use crate::masters::SettingKind;
use crate::store_settings::{self, Change, Used, apply};
use crate::stores::{detail, list};
use crate::{Pos, PosError, Tenant};

/// Columns of one page.
const STORES_PER_PAGE: u64 = 20;
/// Rows of one page.
const ROWS_MAX: usize = 100;
/// Stores in one file: as many lines as an import takes.
const STORES_IN_FILE_MAX: i64 = 20_000;

#[derive(Template)]
#[template(path = "settings/matrix.html")]
struct Page<'a> {
    form: &'a Form,
    kinds: Html,
    kind: SettingKind,
    search: Html,
    back: String,
    table: &'a Table,
    on: BTreeSet<(StoreId, String)>,
    pager: Html,
    empty: Html,
    files: [(&'static str, String); 3],
}

/// What is in sight.
struct Table {
    stores: Vec<(StoreId, String)>,
    stores_total: i64,
    codes: Vec<Coded>,
    codes_total: usize,
    used: Used,
    versions: BTreeMap<StoreId, i64>,
}

pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, query: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    if !query.get("format").is_empty() {
        return file(&pos, &viewer, &query).await;
    }
    let table = read(&pos, &viewer.tenant, &query, false).await?;
    let on = table.used.iter().map(|(store, code)| (*store, code.to_string())).collect();
    let mut form = query.form();
    for (store, version) in &table.versions {
        form.set(&format!("version.{store}"), version.to_string());
    }
    page(&pos, &viewer, &flash, &query, &table, &form, on).await
}

pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let back = ListQuery::of(HERE, form.raw("back"));
    let kind = kind_of(back.get("kind"));
    let (asked, seen) = asked(&form)?;
    match apply(&pos, &viewer.tenant, viewer.name(), kind, asked, seen).await.map_err(failed)? {
        Edited::Done(effect) => {
            let words = format!(
                "登録しました（{}店舗：使う{}件、使わない{}件）。レジには次の更新から反映されます。",
                effect.stores, effect.on, effect.off
            );
            return done(&flash, &back, &words).await;
        }
        Edited::Unchanged => return done(&flash, &back, "変更はありませんでした。").await,
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => outdated(&mut form, &stale),
    }
    let table = read(&pos, &viewer.tenant, &back, false).await?;
    let typed = form.all("on").filter_map(|cell| cell.split_once('.'));
    let on = typed.filter_map(|(store, code)| Some((store.parse().ok()?, code.to_owned()))).collect();
    for (store, version) in &table.versions {
        form.set(&format!("version.{store}"), version.to_string());
    }
    page(&pos, &viewer, &flash, &back, &table, &form, on).await
}

/// Every cell that was in sight, as it was sent; and the versions of its stores.
fn asked(form: &Form) -> Result<(Vec<Change>, BTreeMap<StoreId, i64>), Failure> {
    let wrong = || Failure::new(StatusCode::BAD_REQUEST);
    let on: BTreeSet<&str> = form.all("on").collect();
    let mut seen = BTreeMap::new();
    let mut changes = Vec::new();
    for store in form.all("store") {
        let version = form.text(&format!("version.{store}")).parse().map_err(|_| wrong())?;
        let id: StoreId = store.parse().map_err(|_| wrong())?;
        seen.insert(id, version);
        for code in form.all("row") {
            let on = on.contains(format!("{store}.{code}").as_str());
            changes.push(Change { store: id, code: code.parse().map_err(|_| wrong())?, on });
        }
    }
    Ok((changes, seen))
}

async fn done(flash: &Flash, back: &ListQuery, words: &str) -> PageResult {
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(&back.with("format", "")).into_response())
}

async fn page(
    pos: &Pos,
    viewer: &Viewer,
    flash: &Flash,
    query: &ListQuery,
    table: &Table,
    form: &Form,
    on: BTreeSet<(StoreId, String)>,
) -> PageResult {
    let kind = kind_of(query.get("kind"));
    let page = Page {
        form,
        kinds: kinds(HERE, kind),
        kind,
        search: search(query, kind),
        back: query.with("format", "").split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default(),
        table,
        on,
        pager: table::pager(query, table.stores_total.unsigned_abs(), STORES_PER_PAGE),
        empty: empty(query, table, kind),
        files: Format::CHOICES.map(|(format, label)| (label, query.with("format", format))),
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, "店舗別設定", HERE).await?.wide().status(status).script(SCRIPT.path());
    let bulk = format!(
        r#"<a class="btn sub" href="{HERE}/import/{word}">ファイルから取込</a><a class="btn sub" href="{BULK}?kind={word}">まとめて変更・コピー</a>"#,
        word = kind.word()
    );
    let shell = shell.actions(Html::trusted(bulk)).crumb("店舗管理", None).crumb("店舗別設定", None);
    Ok(shell.render(page))
}

fn search(query: &ListQuery, kind: SettingKind) -> Html {
    let search = Search::of(query).keeps("kind", kind.word()).word("q", "店舗名").word("code", "名称・取込コード");
    let search =
        if kind == SettingKind::Payment { search.select("pay", "支払種目", payment_kinds()) } else { search };
    let search = if query.get("store").is_empty() { search } else { search.keeps("store", query.get("store")) };
    search.select("retired", "使用終了のもの", options([("", "出さない"), ("yes", "出す")])).html()
}

fn empty(query: &ListQuery, table: &Table, kind: SettingKind) -> Html {
    if table.codes_total == 0 && ["code", "pay"].iter().all(|name| query.get(name).is_empty()) {
        let (noun, new) = (kind.noun(), format!("{}/new", here(kind)));
        let next = format!("先に{noun}を追加してください。追加すると、ここで店舗ごとに選べます。");
        return table::empty(&format!("まだ{noun}がありません"), &next, Some((&format!("{noun}を追加"), &new)));
    }
    if table.stores_total == 0 && query.get("q").is_empty() {
        return table::empty(
            "まだ店舗がありません",
            "先に店舗を追加してください。",
            Some(("店舗を追加", "/stores/new")),
        );
    }
    let all = format!("{HERE}?kind={}", kind.word());
    let next = "条件に合うものがありません。検索の言葉を変えてください。";
    table::empty("見つかりませんでした", next, Some(("条件をすべて外す", &all)))
}

async fn read(pos: &Pos, tenant: &Tenant, query: &ListQuery, whole: bool) -> Result<Table, PosError> {
    let (tenant, query) = (tenant.clone(), query.clone());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Table, PosError> {
            let kind = kind_of(query.get("kind"));
            let (stores_total, stores) = stores(tx, &tenant, &query, whole).await?;
            let mut codes = coded::all(tx, &tenant, kind).await?;
            codes.retain(|coded| fits(coded, &query));
            let codes_total = codes.len();
            codes.truncate(if whole { codes_total } else { ROWS_MAX });
            let ids: Vec<StoreId> = stores.iter().map(|(id, _)| *id).collect();
            let subjects: Vec<Subject> = ids.iter().map(|id| Subject::Setting(*id, kind)).collect();
            let marks = edits::marks(tx, &tenant, &subjects).await?;
            let version = |id: &StoreId| marks.get(&Subject::Setting(*id, kind).to_string()).map_or(0, |m| m.version);
            let versions = ids.iter().map(|id| (*id, version(id))).collect();
            let used = store_settings::used(tx, &tenant, kind, &ids).await?;
            Ok(Table { stores, stores_total, codes, codes_total, used, versions })
        })
        .await
}

/// The stores of this page; the one of `store`, where it is said.
async fn stores(
    tx: &mut Tx,
    tenant: &Tenant,
    query: &ListQuery,
    whole: bool,
) -> Result<(i64, Vec<(StoreId, String)>), PosError> {
    if let Ok(id) = query.get("store").parse::<StoreId>() {
        let one = detail::read(tx, tenant, id).await?;
        let stores: Vec<_> = one.into_iter().map(|details| (id, details.name)).collect();
        return Ok((i64::try_from(stores.len()).unwrap_or_default(), stores));
    }
    if whole {
        return list::matching(tx, tenant, query.get("q"), (STORES_IN_FILE_MAX, 0)).await;
    }
    let (total, _) = list::matching(tx, tenant, query.get("q"), (0, 0)).await?;
    let offset = table::offset(query, total.unsigned_abs(), STORES_PER_PAGE);
    let window = (i64::try_from(STORES_PER_PAGE).unwrap_or_default(), i64::try_from(offset).unwrap_or_default());
    list::matching(tx, tenant, query.get("q"), window).await
}

fn fits(coded: &Coded, query: &ListQuery) -> bool {
    let word = web::text::narrow(query.get("code"));
    let payment = match coded.nature {
        Nature::Payment(own) => query.get("pay").is_empty() || own.number().to_string() == query.get("pay"),
        Nature::Discount(_) | Nature::Medium => true,
    };
    let in_use = coded.retired_at.is_none() || query.get("retired") == "yes";
    in_use && payment && (coded.name.contains(&word) || coded.code.as_str().contains(&word))
}

/// The whole table of what was searched for, as the import reads it: a line a store, a column a code, ○ where it is
/// used. Stores are the lines, because there can be thousands of them.
async fn file(pos: &Pos, viewer: &Viewer, query: &ListQuery) -> PageResult {
    let kind = kind_of(query.get("kind"));
    let table = read(pos, &viewer.tenant, query, true).await?;
    let heads: Vec<String> = table.codes.iter().map(|coded| format!("{} {}", coded.code, coded.name)).collect();
    let heads: Vec<&str> = std::iter::once("店舗").chain(heads.iter().map(String::as_str)).collect();
    let mut sheet = Sheet::new("店舗別設定", kind.label(), &heads);
    for (store, name) in &table.stores {
        let mark = |coded: &Coded| {
            if table.used.contains(&(*store, coded.code.clone())) { Cell::from("○") } else { Cell::Blank }
        };
        sheet.row(std::iter::once(name.as_str().into()).chain(table.codes.iter().map(mark)));
    }
    let format = Format::of(query.get("format")).ok_or_else(Failure::not_found)?;
    Ok(sheet.download(format, pos.now(), &zone())?)
}

impl Page<'_> {
    fn is_on(&self, store: &StoreId, coded: &Coded) -> bool {
        self.on.contains(&(*store, coded.code.to_string()))
    }

    fn rows_note(&self) -> String {
        let shown = self.table.codes.len();
        if shown < self.table.codes_total {
            let total = self.table.codes_total;
            return format!("{total}件のうち{shown}件を出しています。残りは「名称・取込コード」で絞ってください。");
        }
        String::new()
    }
}
