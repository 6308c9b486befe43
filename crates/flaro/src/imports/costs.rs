//! 経費 (A, R, O) from a file: a line is a store's month.

use super::{Kind, Line, Plan, Write, shops::Shops};
use crate::{
    FlaroError,
    costs::{self, Fixed, read_cost},
    months::Month,
    stores::Store,
    tenant::Viewer,
};
use db::Tx;
use sales::StoreId;
use std::collections::HashMap;
use web::upload::Fault;

const KIND: Kind = Kind::Costs;

pub(super) async fn plan(tx: &mut Tx, viewer: &Viewer, lines: &[Line]) -> Result<Plan, FlaroError> {
    let shops = Shops::of(tx, viewer).await?;
    let (mut plan, mut rows, mut first) = (Plan::default(), Vec::new(), HashMap::new());
    for line in lines {
        match read(&shops, line) {
            Ok((store, month, fixed)) => match first.insert((store.id, month), line.number) {
                Some(before) => plan
                    .faults
                    .add(line.fault("年月", format!("{before}行目と同じ店舗・年月です。どちらかを消してください"))),
                None => rows.push((line.number, store, month, fixed)),
            },
            Err(fault) => plan.faults.add(fault),
        }
    }
    let mut known: HashMap<Month, HashMap<StoreId, Fixed>> = HashMap::new();
    for (number, store, month, fixed) in rows {
        let of_month = match known.remove(&month) {
            Some(of_month) => of_month,
            None => costs::months(tx, &viewer.scope, month).await?,
        };
        let was = of_month.get(&store.id).copied();
        known.insert(month, of_month);
        if was.is_none() && fixed == Fixed::default() {
            continue;
        }
        let target = format!("{} {}", store.name, month.label());
        plan.add(number, target, was.map(Fixed::words), fixed.words(), Write::Costs(store.id, month, fixed));
    }
    Ok(plan)
}

fn read<'a>(shops: &'a Shops, line: &Line) -> Result<(&'a Store, Month, Fixed), Fault> {
    let store = shops.find(KIND, line)?;
    let month = line.cell(KIND, "年月").parse().map_err(|why: &str| line.fault("年月", why))?;
    let yen = |column: &'static str| match line.cell(KIND, column) {
        "" => Ok(None),
        typed => read_cost(typed, column).map(Some).map_err(|why| line.fault(column, why)),
    };
    Ok((store, month, Fixed { advertising: yen("広告宣伝費")?, rent: yen("家賃")?, other: yen("その他経費")? }))
}
