//! 売る: products at the left, the bill at the right. Everything is on this machine; it opens and sells without a line.

use super::{
    Screen,
    clerk::Clerk,
    panel::{Extra, Panel},
};
use crate::masters::House;
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use protocol::masters::{CategoryMaster, ProductMaster};
use sales::{CheckId, TaxMode};
use std::sync::Arc;
use tower_sessions::Session;
use web::{Failure, Flash, ListQuery, Notice, PageResult, format::yen};

#[derive(Template)]
#[template(path = "sell.html")]
struct Content<'a> {
    id: CheckId,
    panel: Panel,
    house: &'a House,
    category: String,
}

pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    session: Session,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    let Some(open) = screen.till.session().await? else { return Ok(Redirect::to("/open").into_response()) };
    let over = screen.till.is_over(&open, screen.now())?;
    if over && !super::forgotten::was_put_off(&session, &open).await? {
        return Ok(Redirect::to("/forgotten").into_response());
    }
    let id = match query.get("check") {
        "" => CheckId((screen.till.random)()),
        asked => asked.parse().map_err(|_| Failure::not_found())?,
    };
    if screen.till.open_check(id).await?.is_none() && screen.till.check(id).await?.is_some() {
        return Ok(Redirect::to(&format!("/receipts/{id}")).into_response());
    }
    let extra = Extra { category: query.get("category").to_owned(), ..Extra::default() };
    page(&screen, &clerk, id, &query, extra, StatusCode::OK, flash.take().await).await
}

pub(super) async fn page(
    screen: &Screen,
    clerk: &Clerk,
    id: CheckId,
    query: &ListQuery,
    extra: Extra,
    status: StatusCode,
    notice: Option<Notice>,
) -> PageResult {
    let house = screen.house()?;
    let asked = if extra.category.is_empty() { query.get("category") } else { &extra.category }.to_owned();
    let known = |id: &str| house.masters.categories.iter().any(|category| category.id.to_string() == id);
    let first = house.masters.categories.first().map(|category| category.id.to_string()).unwrap_or_default();
    let category = if known(&asked) { asked } else { first };
    let panel = Panel::read(screen, id, Extra { category: category.clone(), ..extra }).await?;
    let content = Content { id, panel, house: &house, category };
    screen.page(clerk, "売る", "/").bare().status(status).flash(notice).render(content).await
}

/// The address of a bill on this page.
pub(super) fn address(id: CheckId, category: &str) -> String {
    if category.is_empty() { format!("/?check={id}") } else { format!("/?check={id}&category={category}") }
}

impl Content<'_> {
    fn is_here(&self, category: &CategoryMaster) -> bool {
        category.id.to_string() == self.category
    }

    fn of<'a>(&'a self, category: &'a CategoryMaster) -> impl Iterator<Item = &'a ProductMaster> {
        self.house.masters.products.iter().filter(|product| product.category_id == category.id)
    }

    fn price(&self, product: &ProductMaster) -> String {
        let word = if self.house.masters.store.tax_mode == TaxMode::Included { "税込" } else { "税抜" };
        format!("{}（{word}）", yen(product.price.0))
    }

    fn address(&self, category: &CategoryMaster) -> String {
        address(self.id, &category.id.to_string())
    }
}
