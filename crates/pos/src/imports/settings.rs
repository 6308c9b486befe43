//! A file of 店舗別設定: a line a store, a column a code, ○ where the store uses it. Stores and codes that the file
//! doesn't have stay as they are.

use std::collections::{BTreeMap, BTreeSet};

use db::Tx;
use sales::{ImportCode, StoreId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::upload::{Fault, Faults, Grid};

use super::{digest, forget, unguarded};
use crate::coded::{Coded, all};
use crate::edits::Edited;
use crate::masters::SettingKind;
use crate::store_settings::{Change, Effect, applied, needed, stores_of, used};
use crate::stores::list::matching;
use crate::{Pos, PosError, Tenant, codes};

/// The heading of the stores' names.
pub const STORE_COLUMN: &str = "店舗";
/// As many stores as a file has lines.
const STORES_MAX: i64 = 20_000;

/// A line of the file, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// In the file.
    pub number: u64,
    /// 店舗名
    pub store: String,
    /// Code by code: used or not.
    pub cells: Vec<(ImportCode, bool)>,
}

/// What the file changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Only what isn't so already.
    pub changes: Vec<Change>,
    /// The changes in words: store, name, 使う or 使わない.
    pub words: Vec<[String; 3]>,
}

/// What came of applying.
#[derive(Clone, Debug)]
#[must_use]
pub enum Applied {
    /// So much was changed.
    Done(Effect),
    /// Nothing: it would now change something else than what was shown.
    Moved,
}

impl Plan {
    /// By which it is told from another plan.
    pub fn digest(&self) -> String {
        digest(&self.words.iter().map(|words| words.join("\t")).collect::<Vec<_>>())
    }
}

/// Reads a file.
pub fn read(grid: &Grid) -> Result<Vec<Line>, Faults> {
    let mut faults = Faults::default();
    let mut lines = grid.lines();
    let (first, head) = lines.next().unwrap_or_default();
    let codes = heads(first, &head, &mut faults);
    let rows = lines.map(|(number, cells)| line(number, &cells, &codes, &mut faults)).collect();
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

/// The code of each column after the first: its first 20 digits, whatever name follows.
fn heads(number: u64, head: &[String], faults: &mut Faults) -> Vec<Option<ImportCode>> {
    if head.first().map(|cell| cell.trim()) != Some(STORE_COLUMN) {
        faults.add(Fault::cell(number, STORE_COLUMN, format!("1列目の見出しを「{STORE_COLUMN}」にしてください")));
    }
    let mut seen = BTreeSet::new();
    let mut codes = Vec::new();
    for cell in head.iter().skip(1) {
        let shown = cell.trim();
        let digits: String = web::text::narrow(shown).chars().take_while(char::is_ascii_digit).collect();
        let code = digits.parse::<ImportCode>().ok();
        match &code {
            Some(code) if !seen.insert(code.clone()) => {
                faults.add(Fault::cell(number, shown, "同じ取込コードの列が2つあります。1つにしてください"));
            }
            None if !shown.is_empty() => {
                let words = "見出しを「取込コード（20桁）と名称」にしてください。例）10000000000000000001 Visa";
                faults.add(Fault::cell(number, shown, words));
            }
            Some(_) | None => {}
        }
        codes.push(code);
    }
    codes
}

fn line(number: u64, cells: &[String], codes: &[Option<ImportCode>], faults: &mut Faults) -> Line {
    let store = unguarded(cells.first().map_or("", |cell| cell.trim())).to_owned();
    let mut read = Vec::new();
    for (at, code) in codes.iter().enumerate() {
        let typed = cells.get(at + 1).map_or("", |cell| cell.trim());
        match (code, on(typed)) {
            (Some(code), Some(on)) => read.push((code.clone(), on)),
            (None, _) if typed.is_empty() => {}
            (None, _) => faults.add(beside(number)),
            (Some(code), None) => {
                let words = format!("使うときは「○」、使わないときは空にしてください（いま「{typed}」です）");
                faults.add(Fault::cell(number, code.to_string(), words));
            }
        }
    }
    if cells.len() > codes.len() + 1 {
        faults.add(beside(number));
    }
    Line { number, store, cells: read }
}

fn beside(number: u64) -> Fault {
    Fault::line(number, "見出しのない列に内容があります。列がずれていないか確かめてください")
}

/// ○ in the ways it is typed.
fn on(typed: &str) -> Option<bool> {
    match web::text::narrow(typed).as_str() {
        "○" | "〇" | "◯" | "1" | "使う" => Some(true),
        "" | "×" | "0" | "-" | "―" | "使わない" => Some(false),
        _ => None,
    }
}

/// What the lines ask for; everything that is wrong, where something is.
pub fn plan(present: &[Coded], stores: &[(StoreId, String)], lines: &[Line]) -> Result<Vec<Change>, Faults> {
    let by_name: BTreeMap<&str, StoreId> = stores.iter().map(|(id, name)| (name.as_str(), *id)).collect();
    let by_code: BTreeMap<&ImportCode, &Coded> = present.iter().map(|coded| (&coded.code, coded)).collect();
    let (mut changes, mut faults, mut seen) = (Vec::new(), Faults::default(), BTreeMap::new());
    let unknown: BTreeSet<&ImportCode> = lines
        .iter()
        .flat_map(|line| &line.cells)
        .map(|(code, _)| code)
        .filter(|code| !by_code.contains_key(code))
        .collect();
    for code in unknown {
        faults.add(Fault::cell(
            1,
            code.to_string(),
            "列を消してください（この企業で発行した取込コードではありません）",
        ));
    }
    for line in lines {
        let Some(store) = by_name.get(line.store.as_str()) else {
            let words = format!("店舗の一覧にある店舗名にしてください（いま「{}」です）", line.store);
            faults.add(Fault::cell(line.number, STORE_COLUMN, words));
            continue;
        };
        if let Some(first) = seen.insert(*store, line.number) {
            let words = format!("行を1つにしてください（{first}行目も「{}」です）", line.store);
            faults.add(Fault::cell(line.number, STORE_COLUMN, words));
        }
        for (code, on) in &line.cells {
            changes.push(Change { store: *store, code: code.clone(), on: *on });
        }
    }
    if faults.is_empty() { Ok(changes) } else { Err(faults) }
}

/// What a file would change now.
pub async fn preview(
    pos: &Pos,
    tenant: &Tenant,
    kind: SettingKind,
    lines: Vec<Line>,
) -> Result<Result<Plan, Faults>, PosError> {
    let tenant = tenant.clone();
    pos.db.read(async move |tx: &mut Tx| now(tx, &tenant, kind, &lines).await).await
}

/// Applies the file if it still changes what was shown.
pub async fn apply(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    (kind, id): (SettingKind, Uuid),
    lines: Vec<Line>,
    shown: &str,
) -> Result<Applied, PosError> {
    let (shared, tenant, who, shown) = (pos.clone(), tenant.clone(), who.to_owned(), shown.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Applied, PosError> {
            codes::lock(tx, &tenant).await?;
            let plan = now(tx, &tenant, kind, &lines).await?.ok().filter(|plan| plan.digest() == shown);
            let Some(plan) = plan else { return Ok(Applied::Moved) };
            let seen = BTreeMap::new();
            let effect = match applied(tx, &shared, &tenant, &who, kind, &plan.changes, &seen).await? {
                Edited::Done(effect) => effect,
                Edited::Unchanged => Effect::default(),
                Edited::Mistakes(_) | Edited::Stale(_) => return Ok(Applied::Moved),
            };
            forget(tx, &tenant, id).await?;
            Ok(Applied::Done(effect))
        })
        .await
}

async fn now(
    tx: &mut Tx,
    tenant: &Tenant,
    kind: SettingKind,
    lines: &[Line],
) -> Result<Result<Plan, Faults>, PosError> {
    let present = all(tx, tenant, kind).await?;
    let (_, stores) = matching(tx, tenant, "", (STORES_MAX, 0)).await?;
    let asked = match plan(&present, &stores, lines) {
        Ok(asked) => asked,
        Err(faults) => return Ok(Err(faults)),
    };
    let used = used(tx, tenant, kind, &stores_of(&asked)).await?;
    let changes = needed(&used, &asked);
    let faults = retired(&present, lines, &changes, &stores);
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let words = changes.iter().map(|change| told(change, &present, &stores)).collect();
    Ok(Ok(Plan { changes, words }))
}

/// Nothing that is retired is switched on.
fn retired(present: &[Coded], lines: &[Line], changes: &[Change], stores: &[(StoreId, String)]) -> Faults {
    let gone: BTreeMap<&ImportCode, &Coded> =
        present.iter().filter(|coded| coded.retired_at.is_some()).map(|coded| (&coded.code, coded)).collect();
    let fault = |change: &Change| {
        let coded = gone.get(&change.code).filter(|_| change.on)?;
        let (_, store) = stores.iter().find(|(id, _)| *id == change.store)?;
        let line = lines.iter().find(|line| line.store == *store)?;
        let words = format!("空にしてください（「{}」は使用を終えています）", coded.name);
        Some(Fault::cell(line.number, change.code.to_string(), words))
    };
    changes.iter().filter_map(fault).collect()
}

fn told(change: &Change, present: &[Coded], stores: &[(StoreId, String)]) -> [String; 3] {
    let store = stores.iter().find(|(id, _)| *id == change.store).map(|(_, name)| name.clone());
    let code = present.iter().find(|coded| coded.code == change.code).map(|coded| coded.name.clone());
    let on = if change.on { "使う" } else { "使わない" };
    [store.unwrap_or_default(), code.unwrap_or_default(), on.to_owned()]
}
