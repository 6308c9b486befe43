//! まとめて変更・コピー: codes are chosen, stores are searched and chosen (or all that are found), what would change is
//! shown, and then it is changed at once or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use db::Tx;
use sales::StoreId;
use web::html::Html;
use web::{Flash, Form, ListQuery, Notice, PageResult};

use super::{BULK, HERE, kind_of, kinds};
use crate::accounts::Viewer;
use crate::coded::{self, Coded};
use crate::console::refusal::{failed, mistaken, outdated};
use crate::console::search::{Options, options};
use crate::console::shell;
use crate::edits::Edited;
use crate::masters::SettingKind;
use crate::store_settings::{CHANGES_MAX, Change, Effect, apply, effect, used};
use crate::stores::list::matching;
use crate::{Pos, PosError, Tenant};

/// Stores shown to be chosen one by one; all that are found can be more.
const SHOWN_MAX: usize = 100;
/// More stores than any chain has.
const STORES_MAX: i64 = 20_000;

#[derive(Template)]
#[template(path = "settings/bulk.html")]
struct Page<'a> {
    form: &'a Form,
    kinds: Html,
    kind: SettingKind,
    codes: Vec<(Coded, bool)>,
    sources: Options,
    shown: Vec<(StoreId, String, bool)>,
    elsewhere: Vec<StoreId>,
    found: usize,
    effect: Option<Effect>,
}

/// What there is to choose from.
struct Present {
    codes: Vec<Coded>,
    stores: Vec<(StoreId, String)>,
    found: Vec<(StoreId, String)>,
}

pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, query: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let kind = kind_of(query.get("kind"));
    let form = Form::of([("kind", kind.word()), ("action", "on"), ("which", "chosen")]);
    page(&pos, &viewer, &flash, &form, None).await
}

pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    if form.text("step") == "search" {
        return page(&pos, &viewer, &flash, &form, None).await;
    }
    let kind = kind_of(form.text("kind"));
    let present = read(&pos, &viewer.tenant, kind, form.text("q")).await?;
    let Some(changes) = asked(&pos, &viewer.tenant, &mut form, kind, &present).await? else {
        return page(&pos, &viewer, &flash, &form, None).await;
    };
    let now = effect(&pos, &viewer.tenant, kind, changes.clone()).await?;
    let seen = [now.stores, now.on, now.off].map(|n| n.to_string()).join(",");
    if form.text("step") != "apply" || form.text("seen") != seen {
        if form.text("step") == "apply" {
            form.error("", "変わる件数を確認し直してください（確認のあとに、ほかの人が設定を変更しました）");
        }
        form.set("seen", seen);
        return page(&pos, &viewer, &flash, &form, Some(now)).await;
    }
    match apply(&pos, &viewer.tenant, viewer.name(), kind, changes, BTreeMap::new()).await.map_err(failed)? {
        Edited::Done(done) => {
            let words = format!(
                "登録しました（{}店舗：使う{}件、使わない{}件）。レジには次の更新から反映されます。",
                done.stores, done.on, done.off
            );
            flash.set(Notice::done(words)).await?;
            return Ok(Redirect::to(&format!("{HERE}?kind={}", kind.word())).into_response());
        }
        Edited::Unchanged => {
            flash.set(Notice::done("変更はありませんでした。")).await?;
            return Ok(Redirect::to(&format!("{HERE}?kind={}", kind.word())).into_response());
        }
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => outdated(&mut form, &stale),
    }
    page(&pos, &viewer, &flash, &form, None).await
}

/// The changes that were chosen; none while something is missing.
async fn asked(
    pos: &Pos,
    tenant: &Tenant,
    form: &mut Form,
    kind: SettingKind,
    present: &Present,
) -> Result<Option<Vec<Change>>, PosError> {
    let stores = targets(form, present);
    let codes = chosen_codes(form, present);
    let source = form.text("source").parse::<StoreId>().ok();
    let copies = form.text("action") == "copy";
    if stores.is_empty() {
        form.error("which", "変更する店舗を選んでください");
    }
    if !copies && codes.is_empty() {
        form.error("codes", format!("{}を選んでください", kind.noun()));
    }
    if copies && source.is_none() {
        form.error("source", "コピー元の店舗を選んでください");
    }
    let width = if copies { present.codes.len() } else { codes.len() };
    if stores.len() * width > CHANGES_MAX {
        form.error("which", format!("店舗を減らしてください（一度に変更できるのは{CHANGES_MAX}件までです）"));
    }
    if !form.is_ok() {
        return Ok(None);
    }
    let change = |on: bool| move |(store, coded): (StoreId, &Coded)| Change { store, code: coded.code.clone(), on };
    let each = |codes: &[&Coded], on: bool| -> Vec<Change> {
        stores.iter().flat_map(|store| codes.iter().map(|coded| (*store, *coded))).map(change(on)).collect()
    };
    let Some(source) = source.filter(|_| copies) else {
        return Ok(Some(each(&codes, form.text("action") != "off")));
    };
    let tenant = tenant.clone();
    let held = async move |tx: &mut Tx| -> Result<_, PosError> { used(tx, &tenant, kind, &[source]).await };
    let held = pos.db.read(held).await?;
    let in_use = present.codes.iter().filter(|coded| coded.retired_at.is_none());
    let (on, off): (Vec<&Coded>, Vec<&Coded>) = in_use.partition(|coded| held.contains(&(source, coded.code.clone())));
    Ok(Some([each(&on, true), each(&off, false)].concat()))
}

/// The stores that change: all that were found, or those that were ticked.
fn targets(form: &Form, present: &Present) -> Vec<StoreId> {
    if form.text("which") == "found" {
        return present.found.iter().map(|(id, _)| *id).collect();
    }
    let ticked: BTreeSet<StoreId> = form.all("store").filter_map(|id| id.parse().ok()).collect();
    present.stores.iter().map(|(id, _)| *id).filter(|id| ticked.contains(id)).collect()
}

fn chosen_codes<'a>(form: &Form, present: &'a Present) -> Vec<&'a Coded> {
    let ticked: BTreeSet<&str> = form.all("codes").collect();
    let off = form.text("action") == "off";
    let fits = |coded: &&Coded| ticked.contains(coded.code.as_str()) && (off || coded.retired_at.is_none());
    present.codes.iter().filter(fits).collect()
}

async fn read(pos: &Pos, tenant: &Tenant, kind: SettingKind, word: &str) -> Result<Present, PosError> {
    let (tenant, word) = (tenant.clone(), word.to_owned());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Present, PosError> {
            let codes = coded::all(tx, &tenant, kind).await?;
            let (_, stores) = matching(tx, &tenant, "", (STORES_MAX, 0)).await?;
            let (_, found) = matching(tx, &tenant, &word, (STORES_MAX, 0)).await?;
            Ok(Present { codes, stores, found })
        })
        .await
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, form: &Form, effect: Option<Effect>) -> PageResult {
    let kind = kind_of(form.text("kind"));
    let present = read(pos, &viewer.tenant, kind, form.text("q")).await?;
    let ticked: BTreeSet<StoreId> = form.all("store").filter_map(|id| id.parse().ok()).collect();
    let codes: BTreeSet<&str> = form.all("codes").collect();
    let shown: Vec<_> = present.found.iter().take(SHOWN_MAX).cloned().collect();
    let in_sight: BTreeSet<StoreId> = shown.iter().map(|(id, _)| *id).collect();
    let mut sources = options([("", "選択してください")]);
    sources.extend(present.stores.iter().map(|(id, name)| (id.to_string(), name.clone())));
    let page = Page {
        form,
        kinds: kinds(BULK, kind),
        kind,
        codes: present.codes.into_iter().map(|coded| (codes.contains(coded.code.as_str()), coded)).map(flip).collect(),
        sources,
        elsewhere: ticked.difference(&in_sight).copied().collect(),
        shown: shown.into_iter().map(|(id, name)| (id, name, ticked.contains(&id))).collect(),
        found: present.found.len(),
        effect,
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = "まとめて変更・コピー";
    let shell = shell(pos, viewer, flash, title, HERE).await?.status(status);
    let back = format!("{HERE}?kind={}", kind.word());
    Ok(shell.crumb("店舗管理", None).crumb("店舗別設定", Some(&back)).crumb(title, None).render(page))
}

fn flip((on, coded): (bool, Coded)) -> (Coded, bool) {
    (coded, on)
}

impl Page<'_> {
    fn all_found(&self) -> String {
        format!("検索に合う{}店舗すべて", self.found)
    }
}
