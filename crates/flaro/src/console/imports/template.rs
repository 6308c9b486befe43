//! The file to fill in, with what is stored already: sent back as it is, it changes nothing. People open it in a
//! spreadsheet, so a name that looks like a formula is guarded; reading takes the guard off.

use crate::{
    Flaro, FlaroError, budgets,
    categories::{self, Kind as FoodKind},
    console::budgets::asked_month,
    costs, days,
    imports::Kind,
    mapping,
    months::Month,
    stores::Store,
    tenant::Viewer,
};
use db::Tx;
use web::{ListQuery, download::Cell, download::Sheet, format};

pub(super) async fn sheet(flaro: &Flaro, viewer: &Viewer, kind: Kind, query: &ListQuery) -> Result<Sheet, FlaroError> {
    let (month, viewer) = (asked_month(query, flaro, viewer), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Sheet, FlaroError> {
        let subject = match kind {
            Kind::Categories | Kind::Mapping(_) => viewer.company_name.clone(),
            _ => format!("{}_{month}", viewer.company_name),
        };
        let mut sheet = Sheet::new(subject, kind.label(), kind.heads());
        match kind {
            Kind::Budgets => budget_days(tx, &viewer, month, &mut sheet).await?,
            Kind::Costs => cost_months(tx, &viewer, month, &mut sheet).await?,
            Kind::Labour => labour_days(tx, &viewer, month, &mut sheet).await?,
            Kind::Categories => {
                for one in categories::list(tx, &viewer.scope.company).await? {
                    let kind = one.kind.map_or("未分類", FoodKind::label);
                    sheet.row([one.id.into(), one.name.into(), kind.into()]);
                }
            }
            Kind::Mapping(what) => {
                for one in mapping::all(tx, &viewer.scope.company, what).await? {
                    let kind = (what != mapping::What::Media).then(|| Cell::from(one.kind));
                    sheet.row(kind.into_iter().chain([one.name.into(), one.code.into()]));
                }
            }
        }
        Ok(sheet)
    };
    flaro.db.read(unit).await
}

fn shop(store: &Store) -> [Cell; 2] {
    [store.code().map_or(Cell::Blank, |code| code.as_str().into()), store.name.as_str().into()]
}

async fn budget_days(tx: &mut Tx, viewer: &Viewer, month: Month, sheet: &mut Sheet) -> Result<(), FlaroError> {
    let known = budgets::days(tx, &viewer.scope, month.first(), month.last()).await?;
    for store in days::visible_stores(tx, &viewer.scope).await? {
        for date in month.days() {
            let budget = known.get(&(store.id, date));
            let figures = [Cell::from(budget.map(|b| b.net)), Cell::from(budget.and_then(|b| b.guests))];
            sheet.row(shop(&store).into_iter().chain([format::date(date).into()]).chain(figures));
        }
    }
    Ok(())
}

async fn cost_months(tx: &mut Tx, viewer: &Viewer, month: Month, sheet: &mut Sheet) -> Result<(), FlaroError> {
    let known = costs::months(tx, &viewer.scope, month).await?;
    for store in days::visible_stores(tx, &viewer.scope).await? {
        let fixed = known.get(&store.id).copied().unwrap_or_default();
        let month = month.to_string().replace('-', "/");
        let figures = fixed.named().map(|(_, yen)| Cell::from(yen));
        sheet.row(shop(&store).into_iter().chain([month.into()]).chain(figures));
    }
    Ok(())
}

async fn labour_days(tx: &mut Tx, viewer: &Viewer, month: Month, sheet: &mut Sheet) -> Result<(), FlaroError> {
    let known = costs::labour_days(tx, &viewer.scope, month.first(), month.last()).await?;
    for store in days::visible_stores(tx, &viewer.scope).await? {
        for date in month.days() {
            let labour = known.get(&(store.id, date));
            let worked = labour.and_then(|labour| labour.minutes).map(costs::hours);
            let figures = [Cell::from(labour.map(|labour| labour.cost)), Cell::from(worked)];
            sheet.row(shop(&store).into_iter().chain([format::date(date).into()]).chain(figures));
        }
    }
    Ok(())
}
