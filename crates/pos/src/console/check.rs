//! One check: its lines, discounts, tax per rate and payments, and what it reverses or is reversed by.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use jiff::tz::TimeZone;
use sales::{Check, CheckId, Discount, Guests, Line, Payment, TaxMode};
use web::figures::{Figure, strip};
use web::format::{date_time, thousands, time_of, yen};
use web::html::Html;
use web::{Failure, Flash, ListQuery, PageResult, filters};

use super::datasets::{line_kind, service, tax_class};
use super::grid::{Cell, Grid, figure, text};
use super::{shell, states};
use crate::Pos;
use crate::accounts::Viewer;
use crate::checks::one::{One, one};

#[derive(Template)]
#[template(path = "check.html")]
struct Page {
    one: One,
    zone: TimeZone,
    strip: Html,
    tables: Vec<Html>,
}

/// One check, or one of its tables as a file.
pub async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
) -> PageResult {
    let id: CheckId = id.parse().map_err(|_| Failure::not_found())?;
    let found = one(&pos, &viewer.tenant, viewer.store(), id).await?;
    let one = found.ok_or_else(Failure::not_found)?;
    let check = &one.check;
    let tables = [lines(check), discounts(check), rates(check), payments(check)];
    let subject = format!("{}_伝票{}", one.store, check.slip);
    if let Some(file) = tables.iter().find_map(|grid| grid.file(&pos, &list, &subject)) {
        return file;
    }
    let title = format!("{} {} 伝票{}", one.store, one.register, check.slip);
    let page = Page {
        strip: key_figures(check),
        tables: tables.iter().filter(|grid| !grid.rows.is_empty()).map(|grid| grid.html(&list)).collect(),
        zone: TimeZone::get(&one.zone).unwrap_or(TimeZone::UTC),
        one,
    };
    let shell = shell(&pos, &viewer, &flash, title, "/checks").await?;
    Ok(shell.crumb("会計明細", Some("/checks")).crumb("伝票", None).render(page))
}

impl Page {
    fn state(&self) -> Html {
        let check = &self.one.check;
        let Cell::Shown(chip, _) = states::check(check.reverses.is_some(), self.one.reversed_by.is_some()) else {
            return Html::default();
        };
        chip
    }

    fn paid(&self) -> String {
        let check = &self.one.check;
        format!("{}（{}）", time_of(check.business_date, check.paid_at, &self.zone), check.hour)
    }

    fn seated(&self) -> String {
        date_time(self.one.check.opened_at, &self.zone)
    }

    fn guests(&self) -> String {
        let Guests { female, male, unknown } = self.one.check.guests;
        format!("女 {}・男 {}・不明 {}", thousands(female), thousands(male), thousands(unknown))
    }

    fn taxed(&self) -> &'static str {
        match self.one.check.tax_mode {
            TaxMode::Included => "内税（単価は税込）",
            TaxMode::Added => "外税（単価は税抜）",
        }
    }
}

fn key_figures(check: &Check) -> Html {
    let sales = check.sales().unwrap_or_default();
    strip(&[
        Figure::new("支払合計", yen(check.total.0)),
        Figure::new("売上（税抜）", yen(sales.net.0)),
        Figure::new("消費税", yen(sales.tax.0)),
        Figure::new("売上（税込）", yen(sales.total.0)),
        Figure::new("客数", thousands(check.guests.total().unwrap_or_default())),
    ])
}

fn lines(check: &Check) -> Grid {
    let columns = vec![
        figure("明細"),
        text("商品"),
        text("種類"),
        text("税区分"),
        text("提供"),
        figure("単価"),
        figure("数量"),
        figure("明細値引"),
        figure("会計値引の配分"),
        figure("税抜"),
        figure("消費税"),
        figure("税込"),
    ];
    let row = |line: &Line| {
        let off: i64 = line.discounts.iter().fold(0, |sum, discount| sum.saturating_add(discount.amount.0));
        vec![
            Cell::Count(line.no.into()),
            Cell::text(&line.product.name),
            Cell::text(line_kind(line.kind)),
            Cell::text(tax_class(line.tax_class)),
            Cell::text(service(line.service)),
            Cell::Yen(line.unit_price.0),
            Cell::Count(line.quantity),
            Cell::Yen(off),
            Cell::Yen(line.check_discount.0),
            Cell::Yen(line.net.0),
            Cell::Yen(line.tax.0),
            Cell::Yen(line.total.0),
        ]
    };
    Grid::new("lines", "明細", columns).rows(check.lines.iter().map(row))
}

fn discounts(check: &Check) -> Grid {
    let columns = vec![text("対象"), text("値引名称"), text("取込コード"), text("率"), figure("金額")];
    let row = |(place, discount): (String, &Discount)| {
        let percent = discount.percent.map_or_else(|| "―".to_owned(), |percent| format!("{percent}%"));
        let (name, code) = (Cell::text(&discount.name), Cell::text(discount.code.as_str()));
        vec![Cell::Text(place), name, code, Cell::Text(percent), Cell::Yen(discount.amount.0)]
    };
    let on_lines =
        check.lines.iter().flat_map(|line| line.discounts.iter().map(move |d| (format!("明細{}", line.no), d)));
    let on_check = check.discounts.iter().map(|discount| ("会計".to_owned(), discount));
    Grid::new("discounts", "値引・割引", columns).rows(on_lines.chain(on_check).map(row))
}

fn rates(check: &Check) -> Grid {
    let columns = vec![text("税区分"), figure("税抜"), figure("消費税"), figure("税込")];
    let row = |rate: &sales::RateAmounts| {
        vec![
            Cell::text(tax_class(rate.tax_class)),
            Cell::Yen(rate.net.0),
            Cell::Yen(rate.tax.0),
            Cell::Yen(rate.total.0),
        ]
    };
    Grid::new("rates", "税率別", columns).rows(check.rates.iter().map(row))
}

fn payments(check: &Check) -> Grid {
    let columns = vec![
        text("支払種目"),
        text("支払科目"),
        text("取込コード"),
        figure("お預り"),
        figure("お釣り"),
        figure("お釣りの出ない余り"),
        figure("支払"),
    ];
    let row = |payment: &Payment| {
        vec![
            Cell::text(payment.method.kind.label()),
            Cell::text(&payment.method.name),
            Cell::text(payment.method.code.as_str()),
            Cell::Yen(payment.tendered.0),
            Cell::Yen(payment.change.0),
            Cell::Yen(payment.surplus.0),
            Cell::Yen(payment.applied.0),
        ]
    };
    Grid::new("payments", "支払", columns).rows(check.payments.iter().map(row))
}
