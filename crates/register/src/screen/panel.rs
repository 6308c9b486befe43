//! The bill beside the products: its lines, what it comes to, and every button that changes it. With it comes the row
//! of open bills, so that one answer refreshes both.

use super::{Screen, words};
use crate::{OpenCheck, masters::House, order::Item};
use askama::Template;
use jiff::civil::Date;
use protocol::masters::DiscountMaster;
use sales::{CheckId, Discount, Line, LineKind, PricingError, Quote, Service, TaxMode, Yen};
use std::sync::Arc;
use web::{Failure, Form, Html, format::yen};

/// What a page says beside the bill.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    /// The seat's form, where something in it is wrong.
    pub form: Form,
    /// The form of money that is no turnover, where something in it is wrong.
    pub receive: Form,
    /// The dialog that asks for a manager.
    pub ask: Html,
    /// What was refused.
    pub refused: String,
    /// The category in sight.
    pub category: String,
}

impl Extra {
    pub fn says(refused: String) -> Self {
        Self { refused, ..Self::default() }
    }
}

#[derive(Template)]
#[template(path = "panel.html")]
pub(super) struct Panel {
    open: OpenCheck,
    house: Arc<House>,
    rows: Vec<Row>,
    sums: Option<Sums>,
    tables: Vec<Table>,
    seat: Form,
    extra: Extra,
    segments: Vec<(String, String)>,
}

/// One line of the bill.
struct Row {
    item: Item,
    amount: String,
    note: String,
    offs: Vec<(usize, String)>,
}

/// What the bill comes to.
pub(super) struct Sums {
    /// Lines after their own discounts.
    pub subtotal: String,
    /// `(nth, name, amount)` of the whole bill's.
    pub offs: Vec<(usize, String, String)>,
    /// 内消費税 or 消費税, with the rates.
    pub tax_label: String,
    /// All rates together.
    pub tax: String,
    /// To pay.
    pub total: String,
}

/// One open bill.
struct Table {
    href: String,
    label: String,
    total: String,
    current: bool,
}

impl Panel {
    pub async fn read(screen: &Screen, id: CheckId, extra: Extra) -> Result<Self, Failure> {
        let (house, now) = (screen.house()?, screen.now());
        let others = screen.till.open_checks().await?;
        let open = others.iter().find(|open| open.id == id).cloned();
        let open = open.unwrap_or_else(|| OpenCheck::blank(id, screen.till.right_time(now)));
        let date = screen.till.selling_date(now).await?;
        let quote = priced(screen, &open, date)?;
        let mut tables = Vec::with_capacity(others.len());
        for other in &others {
            let total = priced(screen, other, date)?.map_or_else(|| "¥0".to_owned(), |quote| yen(quote.total.0));
            let href = super::sell::address(other.id, &extra.category);
            tables.push(Table { href, label: name(other), total, current: other.id == id });
        }
        let seat = if extra.form.is_ok() { seat(&open) } else { extra.form.clone() };
        let rows = open.order.items.iter().enumerate().map(|(nth, item)| row(item, quote.as_ref(), nth)).collect();
        let segments = screen.settings.segments.iter().map(|word| (word.clone(), word.clone()));
        let segments = [(String::new(), "指定しない".to_owned())].into_iter().chain(segments).collect();
        let sums = quote.as_ref().map(|quote| sums(quote, house.masters.store.tax_mode)).transpose()?;
        Ok(Self { open, house, rows, sums, tables, seat, extra, segments })
    }

    /// Counts the bill's changes.
    pub fn version(&self) -> u64 {
        self.open.version
    }

    fn name(&self) -> String {
        name(&self.open)
    }

    fn seat_line(&self) -> Vec<String> {
        let seat = &self.open.order.seat;
        let guests = seat.guests;
        let heads = [("男", guests.male), ("女", guests.female), ("計", guests.unknown)];
        let heads: Vec<String> = heads.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word}{n}")).collect();
        let heads = if heads.is_empty() { "人数 未入力".to_owned() } else { heads.join("・") };
        let medium = seat.medium.as_ref().map_or("フリー", |medium| medium.name.as_str());
        let mut words = vec![words::service(&self.open.order.service).to_owned(), heads];
        words.extend(seat.segment.clone());
        words.push(format!("媒体：{medium}"));
        words
    }

    fn media(&self) -> Vec<(String, String)> {
        let media = self.house.masters.media.iter().map(|m| (m.code.to_string(), m.name.clone()));
        [(String::new(), "フリー".to_owned())].into_iter().chain(media).collect()
    }

    fn takeout(&self) -> bool {
        self.open.order.service == Service::Takeout
    }

    fn is_sale(item: &Item) -> bool {
        item.kind == LineKind::Sale
    }

    fn is_takeout(item: &Item) -> bool {
        item.service == Service::Takeout
    }

    fn off_label(discount: &DiscountMaster) -> String {
        match (discount.percent, discount.amount) {
            (Some(percent), _) => format!("{percent}%"),
            (None, Some(amount)) => format!("−{}", yen(amount.0)),
            (None, None) => "金額を入力".to_owned(),
        }
    }

    fn alert() -> Html {
        web::ui::icon(web::ui::Icon::Alert)
    }
}

/// What the bill comes to; nothing for an empty one.
pub(super) fn priced(screen: &Screen, open: &OpenCheck, date: Date) -> Result<Option<Quote>, Failure> {
    match screen.till.quote(&open.order, date) {
        Ok(quote) => Ok(Some(quote)),
        Err(crate::TillError::Pricing(PricingError::Empty)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// 卓, or what stands for it.
pub(super) fn name(open: &OpenCheck) -> String {
    match &open.order.seat.table {
        Some(table) => format!("卓 {table}"),
        None if open.version == 0 => "新しい伝票".to_owned(),
        None => "卓なし".to_owned(),
    }
}

fn row(item: &Item, quote: Option<&Quote>, nth: usize) -> Row {
    let line = quote.and_then(|quote| quote.lines.get(nth));
    let amount = line.and_then(|line| before_check_discounts(line).ok()).unwrap_or_default();
    let rate = line.map(|line| words::rate(line.tax_class)).unwrap_or_default();
    let note = match item.kind {
        LineKind::Sale => format!("{}　{rate}　{}", words::service(&item.service), yen(item.dish.price.0)),
        _ => format!("売上外　{rate}"),
    };
    let offs = line.map(|line| &line.discounts[..]).unwrap_or_default();
    let offs =
        offs.iter().enumerate().map(|(nth, off)| (nth, format!("{} −{}", off.name, yen(off.amount.0)))).collect();
    Row { item: item.clone(), amount: yen(amount.0), note, offs }
}

pub(super) fn before_check_discounts(line: &Line) -> Result<Yen, sales::Overflow> {
    line.gross()?.minus(Yen::sum(line.discounts.iter().map(|discount| discount.amount))?)
}

/// What a bill comes to, as it stands under its lines.
pub(super) fn sums(quote: &Quote, mode: TaxMode) -> Result<Sums, sales::Overflow> {
    let subtotal = quote.lines.iter().try_fold(Yen::ZERO, |sum, line| sum.plus(before_check_discounts(line)?))?;
    let off = |(nth, off): (usize, &Discount)| (nth, off.name.clone(), format!("−{}", yen(off.amount.0)));
    let rates: Vec<String> =
        quote.rates.iter().map(|rate| format!("{} {}", words::rate(rate.tax_class), yen(rate.tax.0))).collect();
    let word = if mode == TaxMode::Included { "内消費税" } else { "消費税" };
    Ok(Sums {
        subtotal: yen(subtotal.0),
        offs: quote.discounts.iter().enumerate().map(off).collect(),
        tax_label: format!("{word}（{}）", rates.join("・")),
        tax: yen(Yen::sum(quote.rates.iter().map(|rate| rate.tax))?.0),
        total: yen(quote.total.0),
    })
}

fn seat(open: &OpenCheck) -> Form {
    let seat = &open.order.seat;
    let count = |n: i64| if n == 0 { String::new() } else { n.to_string() };
    Form::of([
        ("table", seat.table.clone().unwrap_or_default()),
        ("male", count(seat.guests.male)),
        ("female", count(seat.guests.female)),
        ("unknown", count(seat.guests.unknown)),
        ("segment", seat.segment.clone().unwrap_or_default()),
        ("medium", seat.medium.as_ref().map(|medium| medium.code.to_string()).unwrap_or_default()),
    ])
}
