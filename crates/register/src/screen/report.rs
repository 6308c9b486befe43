//! 日計表: what a session came to, on the screen and on A4. Every figure is one of the datasets that head office gets.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand their fields over by reference")]

use super::{count::FACES, words};
use crate::masters::House;
use askama::Template;
use sales::{
    Datasets, DiscountScope, HourlySales, LineKind, MovementKind, Overflow, ProductSales, Settlement, TaxMode, Yen,
};
use std::{collections::BTreeMap, sync::Arc};
use web::{Html, format, format::yen_html};

/// A session's figures, under the name they go by: 点検, 中締め or 日計表.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Report {
    house: Arc<House>,
    facts: Settlement,
    sets: Datasets,
    kind: &'static str,
    at: String,
}

impl Report {
    pub fn new(house: Arc<House>, facts: Settlement, kind: &'static str) -> Result<Self, Overflow> {
        let sets = sales::datasets(&facts)?;
        let at = format::time_of(facts.business_date, facts.closed_at, house.rule.zone());
        Ok(Self { house, facts, sets, kind, at })
    }

    pub fn html(&self) -> Html {
        Html::of(self)
    }

    fn is_closed(&self) -> bool {
        self.kind == "日計表"
    }

    fn opened(&self) -> String {
        format::time_of(self.facts.business_date, self.facts.opened_at, self.house.rule.zone())
    }

    fn mode(&self) -> &'static str {
        if self.house.masters.store.tax_mode == TaxMode::Included { "税込" } else { "税抜" }
    }

    fn yen(amount: &Yen) -> Html {
        yen_html(amount.0)
    }

    fn guests(&self) -> i64 {
        self.sets.settlement.guests.total().unwrap_or_default()
    }

    /// 客単価 (税抜), rounded half up.
    fn per_guest(&self) -> String {
        let (net, guests) = (self.sets.settlement.net.0, self.guests());
        if guests > 0 { format::yen((2 * net + guests).div_euclid(2 * guests)) } else { "―".to_owned() }
    }

    fn movements(&self, kind: MovementKind) -> Result<Html, Overflow> {
        let moved = self.facts.cash.movements.iter().filter(|moved| moved.kind == kind).map(|moved| moved.amount);
        Ok(yen_html(Yen::sum(moved)?.0))
    }

    fn moved_in(&self) -> Result<Html, Overflow> {
        self.movements(MovementKind::In)
    }

    fn moved_out(&self) -> Result<Html, Overflow> {
        self.movements(MovementKind::Out)
    }

    /// Cash that sales brought: expected, less float and movements.
    fn cash_sales(&self) -> Result<Html, Overflow> {
        let cash = &self.facts.cash;
        let moved = cash.movements.iter().try_fold(Yen::ZERO, |sum, moved| match moved.kind {
            MovementKind::In => sum.plus(moved.amount),
            MovementKind::Out => sum.minus(moved.amount),
        })?;
        Ok(yen_html(cash.expected.minus(cash.opening_float)?.minus(moved)?.0))
    }

    /// `(face, count, amount)` of every note and coin.
    fn faces(&self) -> Vec<(String, i64, String)> {
        let Some(counted) = &self.facts.cash.counted else { return Vec::new() };
        if counted.denominations.is_empty() {
            return Vec::new();
        }
        let count = |face: i64| counted.denominations.iter().find(|d| d.face.0 == face).map_or(0, |d| d.count);
        FACES.iter().map(|face| (format::yen(*face), count(*face), format::yen(face * count(*face)))).collect()
    }

    fn rate(class: &sales::TaxClass) -> String {
        words::rate(*class)
    }

    fn scope(scope: &DiscountScope) -> &'static str {
        match scope {
            DiscountScope::Line => "明細",
            DiscountScope::Check => "会計",
        }
    }

    fn kind_of(kind: &LineKind) -> &'static str {
        super::words::received(*kind)
    }

    /// Products by category, in the order of the menu's names.
    fn categories(&self) -> Result<Vec<(String, i64, Html)>, Overflow> {
        let mut sums = BTreeMap::<&str, (i64, Yen)>::new();
        for ProductSales { category, quantity, total, .. } in &self.sets.product_sales {
            let sum = sums.entry(category).or_default();
            *sum = (sum.0.checked_add(*quantity).ok_or(Overflow)?, sum.1.plus(*total)?);
        }
        Ok(sums.into_iter().map(|(name, (n, total))| (name.to_owned(), n, yen_html(total.0))).collect())
    }

    fn hour(row: &HourlySales) -> String {
        row.hour.to_string()
    }
}
