//! Files taken in: read into lines, planned against what is stored (新規, 変更, 同じ, or what is wrong by line), shown,
//! and written when confirmed: everything the file says, or nothing.

mod budgets;
mod categories;
mod costs;
mod kind;
mod labour;
mod mapping;
mod shops;
mod store_days;

pub(crate) use kind::Kind;

use crate::{
    Flaro, FlaroError,
    audit::{self, Change as Entry, Stamp},
    budgets::Budget,
    categories::Kind as FoodKind,
    costs::{Fixed, Labour},
    mapping::Mapped,
    months::Month,
    tenant::Viewer,
};
use db::Tx;
use jiff::civil::Date;
use protocol::hash::Sha256;
use sales::StoreId;
use serde::{Deserialize, Serialize};
use web::{
    pending::{self, Owner},
    upload::{Fault, Faults, Grid},
};

/// The most rows of a file.
pub(crate) const ROWS_MAX: usize = 20_000;

/// A line of a file, in the order of its kind's columns; none where the file has no such column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub number: u64,
    cells: Vec<Option<String>>,
}

/// What a file would do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub changes: Vec<Change>,
    pub same: usize,
    pub faults: Faults,
}

/// One thing it would change.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub line: u64,
    pub new: bool,
    pub target: String,
    pub before: String,
    pub after: String,
    write: Write,
}

#[derive(Clone, Debug)]
enum Write {
    Budget(StoreId, Date, Budget),
    Costs(StoreId, Month, Fixed),
    Labour(StoreId, Date, Labour),
    Category(String, Option<FoodKind>),
    Mapping(Mapped),
}

/// A file between its preview and its confirmation.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub file_name: String,
    pub plan: Plan,
}

/// What came of a confirmation.
#[derive(Clone, Debug)]
pub(crate) enum Confirmed {
    /// So many new, so many changed.
    Done(usize, usize),
    /// What is stored is not as it was when the preview was shown.
    Changed,
    Gone,
}

impl Line {
    /// A cell, trimmed.
    fn cell(&self, kind: Kind, column: &str) -> &str {
        let at = kind.heads().iter().position(|head| *head == column);
        at.and_then(|at| self.cells.get(at)?.as_deref()).unwrap_or("")
    }

    fn fault(&self, column: &str, message: impl Into<String>) -> Fault {
        Fault::cell(self.number, column, message)
    }
}

impl Plan {
    pub fn new_rows(&self) -> usize {
        self.changes.iter().filter(|change| change.new).count()
    }

    /// Tells whether a plan is the one that was shown.
    pub fn fingerprint(&self) -> String {
        Sha256::of(format!("{:?}", self.changes).as_bytes()).to_string()
    }

    fn add(&mut self, line: u64, target: String, before: Option<String>, after: String, write: Write) {
        if before.as_deref() == Some(after.as_str()) {
            self.same += 1;
            return;
        }
        let (new, before) = (before.is_none(), before.unwrap_or_else(|| "―".to_owned()));
        self.changes.push(Change { line, new, target, before, after, write });
    }
}

/// The lines of a file of a kind. What a spreadsheet has ruined is refused here, by line.
pub(crate) fn read(kind: Kind, grid: &Grid) -> Result<Vec<Line>, Faults> {
    if grid.is_empty() {
        return Err(Fault::file("内容の行がありません。2行目から入れてください。").into());
    }
    let table = grid.columns(&kind.columns())?;
    let (mut lines, mut faults) = (Vec::new(), Faults::default());
    for row in table.rows() {
        for column in kind.codes() {
            if let Err(fault) = row.whole(column) {
                faults.add(fault);
            }
        }
        let cell = |head: &&str| table.has(head).then(|| row.get(head).to_owned());
        lines.push(Line { number: row.number(), cells: kind.heads().iter().map(cell).collect() });
    }
    if faults.is_empty() { Ok(lines) } else { Err(faults) }
}

async fn plan(tx: &mut Tx, viewer: &Viewer, kind: Kind, lines: &[Line]) -> Result<Plan, FlaroError> {
    match kind {
        Kind::Budgets => budgets::plan(tx, viewer, lines).await,
        Kind::Costs => costs::plan(tx, viewer, lines).await,
        Kind::Labour => labour::plan(tx, viewer, lines).await,
        Kind::Categories => categories::plan(tx, viewer, lines).await,
        Kind::Mapping(what) => mapping::plan(tx, viewer, what, lines).await,
    }
}

/// Keeps a file until it is confirmed.
pub(crate) async fn keep(
    flaro: &Flaro,
    viewer: &Viewer,
    kind: Kind,
    file_name: &str,
    lines: &[Line],
) -> Result<String, FlaroError> {
    let rows = serde_json::to_string(lines).map_err(|why| FlaroError::stored("the lines of a file", why))?;
    let (id, now, viewer, name) = ((flaro.random)().to_string(), flaro.now(), viewer.clone(), file_name.to_owned());
    let unit = async move |tx: &mut Tx| -> Result<String, FlaroError> {
        pending::keep(tx, owner(&viewer, kind), &id, &name, &rows, now).await?;
        Ok(id)
    };
    flaro.db.write(unit).await
}

/// What the file would do now; nothing when it is gone.
pub(crate) async fn pending(
    flaro: &Flaro,
    viewer: &Viewer,
    kind: Kind,
    id: &str,
) -> Result<Option<Pending>, FlaroError> {
    let (viewer, id) = (viewer.clone(), id.to_owned());
    flaro.db.read(async move |tx: &mut Tx| load(tx, &viewer, kind, &id).await).await
}

/// Writes everything the file says, or nothing. `shown` is the fingerprint of the plan the person saw.
pub(crate) async fn confirm(
    flaro: &Flaro,
    viewer: &Viewer,
    kind: Kind,
    id: &str,
    shown: &str,
) -> Result<Confirmed, FlaroError> {
    let (stamp, viewer) = (Stamp::new(flaro), viewer.clone());
    let (id, shown) = (id.to_owned(), shown.to_owned());
    let unit = async move |tx: &mut Tx| -> Result<Confirmed, FlaroError> {
        let company = &viewer.scope.company;
        tx.lock(&format!("import/{}", company.as_str())).await?;
        let Some(Pending { file_name, plan }) = load(tx, &viewer, kind, &id).await? else {
            return Ok(Confirmed::Gone);
        };
        if !plan.faults.is_empty() || plan.fingerprint() != shown {
            return Ok(Confirmed::Changed);
        }
        let new = plan.new_rows();
        let changed = plan.changes.len() - new;
        carry_out(tx, &viewer, &plan.changes, stamp.at).await?;
        let what = format!("{}をファイルで登録", kind.label());
        let who = viewer.who.name();
        let mut entries: Vec<Entry<'_>> = Vec::with_capacity(plan.changes.len());
        for Change { new, target, before, after, .. } in &plan.changes {
            entries.push(Entry {
                who,
                what: &what,
                target,
                before: (!new).then_some(before.as_str()),
                after: Some(after),
            });
        }
        audit::note_all(tx, company, stamp, &entries).await?;
        let (what, words) =
            (format!("{}のファイルを取り込み", kind.label()), format!("新規 {new}件、変更 {changed}件"));
        let entry =
            Entry { who: viewer.who.name(), what: &what, target: &file_name, before: None, after: Some(&words) };
        audit::note(tx, company, stamp, entry).await?;
        pending::done(tx, company.as_str(), &id).await?;
        Ok(Confirmed::Done(new, changed))
    };
    flaro.db.write(unit).await
}

fn owner(viewer: &Viewer, kind: Kind) -> Owner<'_> {
    Owner { tenant: viewer.scope.company.as_str(), kind: kind.word(), user: &viewer.scope.account_id }
}

async fn load(tx: &mut Tx, viewer: &Viewer, kind: Kind, id: &str) -> Result<Option<Pending>, FlaroError> {
    let Some(kept) = pending::load(tx, owner(viewer, kind), id).await? else { return Ok(None) };
    let lines: Vec<Line> =
        serde_json::from_str(&kept.rows).map_err(|why| FlaroError::stored("the lines of a file", why))?;
    Ok(Some(Pending { file_name: kept.file_name, plan: plan(tx, viewer, kind, &lines).await? }))
}

async fn carry_out(tx: &mut Tx, viewer: &Viewer, changes: &[Change], at: i64) -> Result<(), FlaroError> {
    let company = &viewer.scope.company;
    let (mut days, mut labour, mut kinds, mut codes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match &change.write {
            Write::Budget(store, date, budget) => days.push((*store, *date, Some(*budget))),
            Write::Costs(store, month, fixed) => crate::costs::put(tx, company, *store, *month, *fixed).await?,
            Write::Labour(store, date, day) => labour.push((*store, *date, Some(*day))),
            Write::Category(id, kind) => kinds.push((id.clone(), *kind)),
            Write::Mapping(mapped) => codes.push(mapped.clone()),
        }
    }
    crate::budgets::put(tx, company, &days).await?;
    crate::costs::put_labour(tx, company, &labour).await?;
    crate::categories::set(tx, company, &kinds).await?;
    Ok(crate::mapping::put(tx, company, &codes, at).await?)
}
