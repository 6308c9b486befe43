//! マッピング情報 from the POS's CSV. The rows are read by the contract itself; what a spreadsheet ruined is refused by
//! line. A new code of a payment is suggested the usual 科目 of its 支払種目; a known one keeps its own.

use super::{Line, Plan, Write};
use crate::{
    FlaroError,
    mapping::{
        self, Mapped, What,
        subjects::{self, Subject},
    },
    storable,
    tenant::Viewer,
};
use db::Tx;
use protocol::mapping::{DiscountRow, LineError, MediumRow, PaymentRow, Row, rows};
use web::upload::Fault;

pub(super) async fn plan(tx: &mut Tx, viewer: &Viewer, what: What, lines: &[Line]) -> Result<Plan, FlaroError> {
    let mut plan = Plan::default();
    let read = match what {
        What::Payment => read(lines, |row: &PaymentRow| (row.kind.number().to_string(), row.name.clone())),
        What::Discount => {
            read(lines, |row: &DiscountRow| (if row.percent { "割引" } else { "値引" }.to_owned(), row.name.clone()))
        }
        What::Media => read(lines, |row: &MediumRow| (String::new(), row.name.clone())),
    };
    let read = match read {
        Ok(read) => read,
        Err(errors) => {
            plan.faults = errors.iter().map(fault).collect();
            return Ok(plan);
        }
    };
    let company = &viewer.scope.company;
    let (known, all) = (mapping::by_code(tx, company).await?, subjects::list(tx, company).await?);
    for (number, code, kind, name) in read {
        let was = known.get(&code);
        if let Some(other) = was.filter(|was| was.what != what) {
            let words = format!(
                "取込コード「{code}」は{}「{}」のものです。ファイルを確かめてください",
                other.what.label(),
                other.name
            );
            plan.faults.add(Fault::cell(number, "取込コード", words));
            continue;
        }
        let subject_id = match was {
            Some(was) => was.subject_id.clone(),
            None => suggested(what, &kind, &all),
        };
        let to = Mapped { code, what, kind, name: storable::text(&name), subject_id };
        let (before, after) = (was.map(|was| words(was, &all)), words(&to, &all));
        plan.add(number, format!("{} {}", to.code, to.name), before, after, Write::Mapping(to));
    }
    Ok(plan)
}

type Read = Vec<(u64, String, String, String)>;

fn read<R: Row>(lines: &[Line], of: impl Fn(&R) -> (String, String)) -> Result<Read, Vec<LineError>> {
    let head = (1, R::HEADER.iter().map(ToString::to_string).collect());
    let cells = |line: &Line| (line.number, line.cells.iter().map(|cell| cell.clone().unwrap_or_default()).collect());
    // The lines have no empty one among them, and every row that is read is one of them, in their order.
    let found: Vec<R> = rows(std::iter::once(head).chain(lines.iter().map(cells)))?;
    let numbered = lines.iter().zip(&found).map(|(line, row)| {
        let (kind, name) = of(row);
        (line.number, row.code().to_string(), kind, name)
    });
    Ok(numbered.collect())
}

fn fault(error: &LineError) -> Fault {
    Fault::line(error.line, error.reason.to_string())
}

fn suggested(what: What, kind: &str, all: &[Subject]) -> Option<String> {
    let usual = match what {
        What::Payment => {
            let known = sales::PaymentKind::ALL.into_iter().find(|known| known.number().to_string() == kind)?;
            subjects::of_kind(known)
        }
        What::Discount => kind,
        What::Media => return None,
    };
    all.iter().find(|one| one.what == what && !one.retired && one.name == usual).map(|one| one.id.clone())
}

fn words(mapped: &Mapped, all: &[Subject]) -> String {
    let subject = mapped.subject_id.as_ref().and_then(|id| all.iter().find(|one| one.id == *id));
    let subject = subject.map_or("未割当", |one| one.name.as_str());
    let kind = mapping::kind_label(mapped.what, &mapped.kind);
    let kind = if kind.is_empty() { String::new() } else { format!("（{kind}）") };
    format!("{}{kind}、科目 {subject}", mapped.name)
}
