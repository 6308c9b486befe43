//! `GET /api/v1/sales`: measures by dimensions, the same questions as BI.

use super::{
    asked::{self, broken},
    reply::{self, Rows, reply},
};
use crate::{
    Flaro,
    api_tokens::Caller,
    bi::{self, Dimension, Line, Measure, Question},
    partner::Refused,
    reports,
    rollup::Figures,
};
use axum::{extract::State, response::Response};
use db::Tx;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use web::{ApiError, ListQuery};

pub(super) async fn query(
    State(flaro): State<Arc<Flaro>>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response, ApiError> {
    let (period, question) = (asked::period(&query)?, question(&query)?);
    let plan = bi::plan(&question).map_err(|why| {
        asked::refused("dimensions, measures", &why, "one kind of product, payment, medium and discount at a time")
    })?;
    let (of, asked_for, wanted) = (caller.clone(), query.clone(), question.clone());
    let unit = async move |tx: &mut Tx| -> Result<_, Refused> {
        let asked = asked::read(tx, &of, &asked_for, period).await?;
        let stores: Vec<_> = asked.stores.iter().map(|store| (store.id.to_string(), store.name.clone())).collect();
        let answer = bi::answer(tx, &asked.range, &stores, &wanted, plan).await.map_err(broken)?;
        let behind = reports::behind(tx, &asked.range).await.map_err(broken)?;
        Ok((answer, behind))
    };
    let (answer, behind) = flaro.db.read(unit).await.map_err(|refused| refused.0)?;
    let about = Map::from_iter([
        ("from".to_owned(), json!(period.from)),
        ("to".to_owned(), json!(period.to)),
        ("total".to_owned(), Value::from(measured(&question, &answer.total).collect::<Map<_, _>>())),
        ("behind".to_owned(), reply::behind(&behind)),
    ]);
    let rows = answer.lines.iter().map(|line| row(&question, line)).collect();
    reply(&flaro, &caller, &query, Rows { subject: "sales", columns: columns(&question), lines: rows, about })
}

fn question(query: &ListQuery) -> Result<Question, ApiError> {
    let names =
        |text: &str| text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect();
    let (dimensions, measures): (Vec<String>, Vec<String>) =
        (names(query.get("dimensions")), names(query.get("measures")));
    let dimension = |name: &String| {
        let all: Vec<&str> = Dimension::ALL.iter().map(|dimension| dimension.name()).collect();
        let unknown = || asked::refused("dimensions", &format!("\"{name}\" is no dimension"), &all.join(", "));
        Dimension::read(name).ok_or_else(unknown)
    };
    let measure = |name: &String| {
        let all: Vec<&str> = Measure::ALL.iter().map(|measure| measure.name()).collect();
        let unknown = || asked::refused("measures", &format!("\"{name}\" is no measure"), &all.join(", "));
        Measure::read(name).ok_or_else(unknown)
    };
    Ok(Question {
        dimensions: dimensions.iter().map(dimension).collect::<Result<_, _>>()?,
        measures: measures.iter().map(measure).collect::<Result<_, _>>()?,
    })
}

fn columns(question: &Question) -> Vec<String> {
    let named = question.dimensions.iter().flat_map(|d| [format!("{}_key", d.name()), d.name().to_owned()]);
    named.chain(question.measures.iter().map(|measure| measure.name().to_owned())).collect()
}

fn measured(question: &Question, figures: &Figures) -> impl Iterator<Item = (String, Value)> {
    question
        .measures
        .iter()
        .map(|measure| (measure.name().to_owned(), json!(measure.of(figures))))
        .collect::<Vec<_>>()
        .into_iter()
}

fn row(question: &Question, line: &Line) -> Vec<Value> {
    let named = line.keys.iter().zip(&line.labels).flat_map(|(key, label)| [json!(key), json!(label)]);
    named.chain(measured(question, &line.figures).map(|(_, figure)| figure)).collect()
}
