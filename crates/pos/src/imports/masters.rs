//! A file of masters: lines without a code are new, lines with a code name what is there. Judged as a whole, purely.

use std::collections::BTreeMap;

use db::Tx;
use sales::{ImportCode, PaymentKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::text;
use web::upload::{Column, Fault, Faults, Grid, Row};

use super::{digest, forget, unguarded};
use crate::coded::change::{added, renamed};
use crate::coded::{Coded, EACH_MAX, Nature, Rate, all, rules};
use crate::masters::SettingKind;
use crate::{Pos, PosError, Tenant, codes};

/// A line of the file, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// In the file.
    pub number: u64,
    /// 支払種目, for a payment method.
    pub payment: Option<PaymentKind>,
    /// A discount's percent.
    pub percent: Option<u8>,
    /// A discount's yen.
    pub amount: Option<i64>,
    /// 名称
    pub name: String,
    /// 取込コード; none for a new one.
    pub code: Option<ImportCode>,
}

/// One thing the file changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Adds one.
    Add(Nature, String),
    /// Renames the one with this code, from this name, to this one.
    Rename(ImportCode, String, String),
}

/// What the file changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order of the file.
    pub steps: Vec<Step>,
    /// Lines that change nothing.
    pub unchanged: usize,
}

/// What came of applying.
#[derive(Clone, Debug)]
#[must_use]
pub enum Applied {
    /// So much was changed.
    Done(Plan),
    /// Nothing: it would now change something else than what was shown.
    Moved,
}

impl Step {
    /// 追加 or 名称の変更, what, and the code.
    pub fn words(&self) -> [String; 3] {
        match self {
            Self::Add(nature, name) => {
                let what = [nature.words(), name.clone()].join(" ");
                ["追加".to_owned(), what.trim().to_owned(), "登録時に発行".to_owned()]
            }
            Self::Rename(code, from, to) => ["名称の変更".to_owned(), format!("{from} → {to}"), code.to_string()],
        }
    }
}

impl Plan {
    /// By which it is told from another plan.
    pub fn digest(&self) -> String {
        digest(&self.steps.iter().map(|step| step.words().join("\t")).collect::<Vec<_>>())
    }
}

/// The headings of a kind's file. What a list shows beside them is read over.
fn columns(kind: SettingKind) -> Vec<Column> {
    let own = match kind {
        SettingKind::Payment => vec![Column::needed("支払種目")],
        SettingKind::Discount => vec![Column::needed("値引区分"), Column::optional("額・率")],
        SettingKind::Medium => Vec::new(),
    };
    let shared = [Column::needed(kind.name_label()), Column::optional("取込コード")];
    let beside = ["並び順", "状態", "使う店舗"].map(Column::optional);
    own.into_iter().chain(shared).chain(beside).collect()
}

/// Reads a file.
pub fn read(grid: &Grid, kind: SettingKind) -> Result<Vec<Line>, Faults> {
    let known = columns(kind);
    let table = grid.columns(&known)?;
    let (mut lines, mut faults) = (Vec::new(), Faults::default());
    for row in table.rows() {
        match line(&row, kind) {
            Ok(line) => lines.push(line),
            Err(fault) => faults.add(fault),
        }
    }
    if faults.is_empty() { Ok(lines) } else { Err(faults) }
}

fn line(row: &Row<'_>, kind: SettingKind) -> Result<Line, Fault> {
    let label = kind.name_label();
    let name = rules::name(unguarded(row.get(label)), label).map_err(|message| row.fault(label, message))?;
    let typed = row.whole("取込コード")?;
    let code = if typed.is_empty() { None } else { Some(typed.parse::<ImportCode>()) };
    let code = code.transpose().map_err(|error| row.fault("取込コード", error.to_string()))?;
    let mut line = Line { number: row.number(), payment: None, percent: None, amount: None, name, code };
    match kind {
        SettingKind::Payment => line.payment = Some(payment(row)?),
        SettingKind::Discount => (line.percent, line.amount) = rate(row)?,
        SettingKind::Medium => {}
    }
    Ok(line)
}

fn payment(row: &Row<'_>) -> Result<PaymentKind, Fault> {
    let typed = text::digits(row.get("支払種目"));
    // `1` as in マッピング情報, or `1クレジット` as the screen says it.
    let number: String = typed.chars().take_while(char::is_ascii_digit).collect();
    let kind = number.parse().ok().and_then(PaymentKind::from_number);
    let said = kind.filter(|kind| typed.len() == number.len() || typed[number.len()..] == *kind.label());
    said.ok_or_else(|| {
        row.fault("支払種目", format!("0〜5か9で入力してください（いま「{}」です）", row.get("支払種目")))
    })
}

fn rate(row: &Row<'_>) -> Result<(Option<u8>, Option<i64>), Fault> {
    let typed = text::digits(row.get("額・率"));
    let wrong = |message: &str| Err(row.fault("額・率", message));
    match text::digits(row.get("値引区分")).as_str() {
        "割引" => match typed.trim_end_matches('%').parse().ok().filter(|percent| (1..=100).contains(percent)) {
            Some(percent) => Ok((Some(percent), None)),
            None => wrong("割引は 1%〜100% を整数で入力してください"),
        },
        "値引" if typed.is_empty() || typed == "レジで入力" => Ok((None, None)),
        "値引" => match text::integer(&typed).filter(|amount| (1..=1_000_000).contains(amount)) {
            Some(amount) => Ok((None, Some(amount))),
            None => wrong("値引は 1〜1,000,000 の円か「レジで入力」と入力してください"),
        },
        other => Err(row.fault("値引区分", format!("「値引」か「割引」と入力してください（いま「{other}」です）"))),
    }
}

impl Line {
    fn nature(&self, kind: SettingKind) -> Nature {
        match (kind, self.payment) {
            (SettingKind::Payment, payment) => Nature::Payment(payment.unwrap_or(PaymentKind::Other)),
            (SettingKind::Medium, _) => Nature::Medium,
            (SettingKind::Discount, _) => Nature::Discount(match (self.percent, self.amount) {
                (Some(percent), _) => Rate::Percent(percent),
                (None, Some(amount)) => Rate::Yen(amount),
                (None, None) => Rate::Entered,
            }),
        }
    }
}

/// What the lines change about what is there; everything that is wrong, where something is.
pub fn plan(present: &[Coded], kind: SettingKind, lines: &[Line]) -> Result<Plan, Faults> {
    let (mut plan, mut faults, mut after) = (Plan::default(), Faults::default(), present.to_vec());
    let mut seen = BTreeMap::new();
    // Names that go away first: two may swap theirs.
    for line in lines {
        let Some(coded) = line.code.as_ref().and_then(|code| after.iter_mut().find(|coded| coded.code == *code)) else {
            continue;
        };
        coded.name.clone_from(&line.name);
    }
    for line in lines {
        match step(present, &after, line, line.nature(kind), &mut seen) {
            Ok(Some(step)) => plan.steps.push(step),
            Ok(None) => plan.unchanged += 1,
            Err(fault) => faults.add(fault),
        }
    }
    let adds = plan.steps.iter().filter(|step| matches!(step, Step::Add(..))).count();
    if present.len() + adds > EACH_MAX {
        faults.add(Fault::file(format!("{}は{EACH_MAX}件までです。追加する行を減らしてください。", kind.noun())));
    }
    if faults.is_empty() { Ok(plan) } else { Err(faults) }
}

fn step(
    present: &[Coded],
    after: &[Coded],
    line: &Line,
    nature: Nature,
    seen: &mut BTreeMap<(u8, String), u64>,
) -> Result<Option<Step>, Fault> {
    let label = nature.kind().name_label();
    let fault = |column: &str, message: String| Fault::cell(line.number, column, message);
    if let Some(first) = seen.insert((nature.series(), line.name.clone()), line.number) {
        return Err(fault(label, format!("別の名称を入力してください（{first}行目にも「{}」があります）", line.name)));
    }
    let Some(code) = &line.code else {
        // Present before, or by another line's new name.
        return match after.iter().find(|coded| coded.nature.series() == nature.series() && coded.name == line.name) {
            Some(twin) if twin.nature == nature && twin.retired_at.is_none() => Ok(None),
            Some(twin) if twin.retired_at.is_none() => {
                let words = twin.nature.words();
                Err(fault(
                    label,
                    format!("別の名称を入力してください（「{}」は{words}としてすでにあります）", line.name),
                ))
            }
            _ => rules::free(after, nature, &line.name, None)
                .map(|()| Some(Step::Add(nature, line.name.clone())))
                .map_err(|message| fault(label, message)),
        };
    };
    let Some(it) = present.iter().find(|coded| coded.code == *code) else {
        let words = "新しく追加する行は空にしてください（この企業で発行した取込コードではありません）";
        return Err(fault("取込コード", words.to_owned()));
    };
    if it.nature != nature {
        let column = if matches!(nature, Nature::Payment(_)) { "支払種目" } else { "額・率" };
        return Err(fault(column, format!("「{}」に戻してください（あとから変更できません）", it.nature.words())));
    }
    if it.name == line.name {
        return Ok(None);
    }
    rules::free(after, nature, &line.name, Some(it)).map_err(|message| fault(label, message))?;
    Ok(Some(Step::Rename(it.code.clone(), it.name.clone(), line.name.clone())))
}

/// What a file would change now.
pub async fn preview(
    pos: &Pos,
    tenant: &Tenant,
    kind: SettingKind,
    lines: Vec<Line>,
) -> Result<Result<Plan, Faults>, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<_, PosError> {
            Ok(plan(&all(tx, &tenant, kind).await?, kind, &lines))
        })
        .await
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
            let present = all(tx, &tenant, kind).await?;
            let Some(plan) = plan(&present, kind, &lines).ok().filter(|plan| plan.digest() == shown) else {
                return Ok(Applied::Moved);
            };
            for step in &plan.steps {
                match step {
                    Step::Add(nature, name) => {
                        added(tx, &shared, &tenant, &who, *nature, name).await?;
                    }
                    Step::Rename(code, _, to) => {
                        let it = present.iter().find(|coded| coded.code == *code).ok_or(PosError::NotFound("code"))?;
                        renamed(tx, &shared, &tenant, &who, it, to).await?;
                    }
                }
            }
            forget(tx, &tenant, id).await?;
            Ok(Applied::Done(plan))
        })
        .await
}
