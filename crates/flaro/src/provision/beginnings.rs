//! What a company begins with, for demonstrations: areas and brands, budgets, costs, labour, categories and mapping.
//! Done once, when its stores and first sales are there; what a person changes afterwards is never touched again.

use crate::{
    Company, Flaro, FlaroError,
    budgets::{self, Budget, Entered},
    categories::{self, Kind},
    costs::{self, Fixed, Labour, Source},
    days,
    groups::{self, Kind as GroupKind},
    mapping::{self, Mapped, What, subjects},
    months::Month,
    storable,
    stores::Store,
    tenant::Scope,
};
use db::{Tx, args};
use jiff::civil::Date;
use sales::{PaymentKind, StoreId};
use std::collections::BTreeMap;
use web::edits;

/// A store as it begins.
#[derive(Clone, Debug)]
pub struct StoreBeginning {
    /// Which.
    pub store: StoreId,
    /// エリア, made where there is none of the name.
    pub area: String,
    /// ブランド, likewise.
    pub brand: String,
    /// 売上予算 and 客数予算 of a month.
    pub budget: (i64, i64),
    /// How a month is spread, from Monday on.
    pub weights: [i64; 7],
    /// A, R and O of a month.
    pub fixed: (i64, i64, i64),
}

/// A company as it begins.
#[derive(Clone, Debug)]
pub struct Beginnings {
    /// Its stores.
    pub stores: Vec<StoreBeginning>,
    /// Budgets and costs from this month on,
    pub from: Date,
    /// and until this month.
    pub until: Date,
    /// L up to this day.
    pub labour_until: Date,
    /// Words in a category's name that make it a drink; everything else is food.
    pub drinks: Vec<String>,
}

/// L as a share of the budget, in percent.
const LABOUR_PERCENT: i64 = 27;
const SUBJECT: &str = "beginnings";
const ADD_GROUP: [(&str, &str, GroupKind); 2] = [
    (
        "INSERT INTO area (company_id, area_id, name, position) VALUES ($1, $2, $3, $4)
         ON CONFLICT (company_id, name) DO NOTHING",
        "UPDATE store SET area_id = $3 WHERE company_id = $1 AND store_id = $2 AND area_id IS NULL",
        GroupKind::Area,
    ),
    (
        "INSERT INTO brand (company_id, brand_id, name, position) VALUES ($1, $2, $3, $4)
         ON CONFLICT (company_id, name) DO NOTHING",
        "UPDATE store SET brand_id = $3 WHERE company_id = $1 AND store_id = $2 AND brand_id IS NULL",
        GroupKind::Brand,
    ),
];

/// Gives a company its beginnings. False: its stores or first sales aren't there yet; ask again later.
pub async fn begin(flaro: &Flaro, company: &Company, plan: &Beginnings) -> Result<bool, FlaroError> {
    let (company, plan, now, random) = (company.clone(), plan.clone(), flaro.now(), flaro.random.clone());
    let unit = async move |tx: &mut Tx| -> Result<bool, FlaroError> {
        if edits::mark(tx, company.as_str(), SUBJECT).await?.version > 0 {
            return Ok(true);
        }
        let scope = Scope { company: company.clone(), all_stores: true, account_id: String::new() };
        let known = days::visible_stores(tx, &scope).await?;
        let there = plan.stores.iter().all(|one| known.iter().any(|store| store.id == one.store));
        let codes = mapping::seen(tx, &company, What::Payment).await?;
        if !there || codes.is_empty() {
            return Ok(false);
        }
        for (kind, names) in group_names(&plan) {
            let (add, assign, kind) = &ADD_GROUP[kind];
            for (position, name) in (1_i64..).zip(&names) {
                tx.execute(*add, args![company.as_str(), random().to_string(), *name, position]).await?;
            }
            let groups = groups::list(tx, &company, *kind).await?;
            for one in &plan.stores {
                let name = if *kind == GroupKind::Area { &one.area } else { &one.brand };
                let Some(group) = groups.iter().find(|group| group.name == *name) else { continue };
                tx.execute(*assign, args![company.as_str(), one.store.to_string(), &group.id]).await?;
            }
        }
        for one in &plan.stores {
            figures(tx, &company, one, &plan, &known).await?;
        }
        labels(tx, &company, &plan, random.as_ref(), now.as_millisecond()).await?;
        edits::touch(tx, company.as_str(), SUBJECT, "provisioning", now, "初期データ").await?;
        Ok(true)
    };
    flaro.db.write(unit).await
}

fn group_names(plan: &Beginnings) -> [(usize, Vec<&str>); 2] {
    let names = |of: fn(&StoreBeginning) -> &str| {
        let mut names: Vec<&str> = Vec::new();
        for one in &plan.stores {
            if !names.contains(&of(one)) {
                names.push(of(one));
            }
        }
        names
    };
    [(0, names(|one| &one.area)), (1, names(|one| &one.brand))]
}

async fn figures(
    tx: &mut Tx,
    company: &Company,
    one: &StoreBeginning,
    plan: &Beginnings,
    known: &[Store],
) -> Result<(), FlaroError> {
    let closed: &[Date] = known.iter().find(|store| store.id == one.store).map_or(&[], |store| &store.closed_days);
    let (mut month, last) = (Month::of(plan.from), Month::of(plan.until));
    while month <= last {
        let budget = Budget { net: one.budget.0, guests: Some(one.budget.1) };
        let entered = Entered { budget, weights: one.weights };
        let spread = budgets::spread(&entered, month, closed)?;
        let mut labour = Vec::new();
        for (date, day) in spread.iter().filter(|(date, _)| *date <= plan.labour_until) {
            let cost = day.net.saturating_mul(LABOUR_PERCENT) / 100 / 100 * 100;
            let day = Labour { cost, minutes: Some(cost / 1_200 * 60), source: Source::Hand };
            labour.push((one.store, *date, Some(day)));
        }
        let days: Vec<_> = spread.into_iter().map(|(date, budget)| (one.store, date, Some(budget))).collect();
        budgets::enter(tx, company, one.store, month, &entered).await?;
        budgets::put(tx, company, &days).await?;
        let (advertising, rent, other) = one.fixed;
        let fixed = Fixed { advertising: Some(advertising), rent: Some(rent), other: Some(other) };
        costs::put(tx, company, one.store, month, fixed).await?;
        costs::put_labour(tx, company, &labour).await?;
        month = month.after();
    }
    Ok(())
}

/// Categories by their names, payments by their 支払種目; discounts and media are left for somebody to assign.
async fn labels(
    tx: &mut Tx,
    company: &Company,
    plan: &Beginnings,
    fresh_id: &(dyn Fn() -> uuid::Uuid + Send + Sync),
    at: i64,
) -> Result<(), FlaroError> {
    let kinds: Vec<_> = categories::list(tx, company)
        .await?
        .into_iter()
        .filter(|category| category.kind.is_none())
        .map(|category| {
            let drink = plan.drinks.iter().any(|word| category.name.contains(word.as_str()));
            (category.id, Some(if drink { Kind::Drink } else { Kind::Food }))
        })
        .collect();
    categories::set(tx, company, &kinds).await?;
    subjects::usual(tx, company, fresh_id).await?;
    let subjects: BTreeMap<String, String> = subjects::list(tx, company)
        .await?
        .into_iter()
        .filter(|subject| subject.what == What::Payment)
        .map(|subject| (subject.name, subject.id))
        .collect();
    let mut rows = Vec::new();
    for seen in mapping::seen(tx, company, What::Payment).await? {
        let kind = PaymentKind::ALL.into_iter().find(|kind| seen.code.starts_with(&kind.number().to_string()));
        let Some(kind) = kind else { continue };
        rows.push(Mapped {
            what: What::Payment,
            kind: kind.number().to_string(),
            name: storable::text(&seen.name),
            subject_id: subjects.get(subjects::of_kind(kind)).cloned(),
            code: seen.code,
        });
    }
    Ok(mapping::put(tx, company, &rows, at).await?)
}
