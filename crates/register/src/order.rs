//! An order before it is paid: what is on it, and what each tap makes of it. State and event in, next state out;
//! no disk, no clock, and no yen is computed here: an order becomes a draft, which `sales` prices.

use crate::menu::Menu;
use protocol::masters::ProductMaster;
use sales::{
    AdMedium, CategoryId, DiscountOrder, DiscountRate, Draft, DraftLine, Guests, LineKind, PaymentOrder, ProductId,
    ProductRef, Service, TaxClass, TaxKind, Yen,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most of one item.
pub const QUANTITY_MAX: i64 = 999;
/// The most items on an order.
pub const ITEMS_MAX: usize = 200;
/// The most guests of a kind.
pub const GUESTS_MAX: i64 = 999;
/// The longest name of a table.
pub const TABLE_CHARS_MAX: usize = 20;
/// Discounts on one item, or on the whole; and payments of one order.
pub const EXTRAS_MAX: usize = 10;

/// What a table has ordered so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Where they sit.
    pub seat: Seat,
    /// イートイン or テイクアウト of what is tapped next.
    pub service: Service,
    /// In the order they were tapped.
    pub items: Vec<Item>,
    /// On the whole order.
    pub discounts: Vec<DiscountOrder>,
    /// What was paid so far.
    pub tenders: Vec<PaymentOrder>,
    /// The number of the item added last; never used again.
    last_no: u32,
}

/// Who sits where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// 卓
    pub table: Option<String>,
    /// 人数
    pub guests: Guests,
    /// 客層
    pub segment: Option<String>,
    /// 広告媒体; none is フリー.
    pub medium: Option<AdMedium>,
}

/// A product as it was when it was tapped: what happens to the menu later doesn't change what was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dish {
    /// Its names.
    pub product: ProductRef,
    /// As on the menu.
    pub price: Yen,
    /// 原価
    pub cost: Yen,
    /// 税区分 when eaten in.
    pub eat_in: TaxKind,
    /// 税区分 when taken out.
    pub takeout: TaxKind,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name inside the order, for ever.
    pub no: u32,
    /// A sale, or money that is none.
    #[serde(default = "sale")]
    pub kind: LineKind,
    /// What.
    pub dish: Dish,
    /// イートイン or テイクアウト
    pub service: Service,
    /// 1 or more.
    pub quantity: i64,
    /// On this item.
    pub discounts: Vec<DiscountOrder>,
}

/// A tap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// One more of this.
    Add(Dish),
    /// Money that is no turnover: a gift card that is sold, a deposit, a debt that is paid. Named, and how much.
    Receive(LineKind, String, Yen),
    /// So many of an item; 0 takes it away.
    Quantity(u32, i64),
    /// An item is eaten in or taken out.
    Serve(u32, Service),
    /// Everything is, and what comes next.
    ServeAll(Service),
    /// 値引 or 割引 on an item, or on the whole.
    Discount(Option<u32>, DiscountOrder),
    /// Takes the nth of them away.
    Undiscount(Option<u32>, usize),
    /// Who sits where.
    Sit(Seat),
    /// A payment, of the whole or of a part.
    Tender(PaymentOrder),
    /// Gives the nth payment back.
    Untender(usize),
}

/// Why an order can't change so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Part of it is paid.
    #[error("part of the order is paid: give that payment back before changing it")]
    Tendered,
    /// No such item, discount or payment.
    #[error("what was to be changed is not on the order any more")]
    Gone,
    /// Too many.
    #[error("there can be at most {1} {0}")]
    TooMany(&'static str, i64),
    /// Not a kind of money that is received, or none of it.
    #[error("what is received besides sales is a gift card, a deposit or a debt, of at least 1 yen")]
    NotReceived,
    /// Nothing would be left, or nothing would move.
    #[error("a split needs something on both sides")]
    OneSided,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            seat: Seat::default(),
            service: Service::EatIn,
            items: Vec::new(),
            discounts: Vec::new(),
            tenders: Vec::new(),
            last_no: 0,
        }
    }
}

impl Order {
    /// The order after a tap.
    pub fn after(mut self, event: Event) -> Result<Self, OrderError> {
        let free = matches!(event, Event::Sit(_) | Event::Tender(_) | Event::Untender(_));
        if !free && !self.tenders.is_empty() {
            return Err(OrderError::Tendered);
        }
        match event {
            Event::Add(dish) => self.add(dish)?,
            Event::Receive(LineKind::Sale, ..) => return Err(OrderError::NotReceived),
            Event::Receive(_, _, amount) if amount < Yen(1) => return Err(OrderError::NotReceived),
            Event::Receive(kind, name, amount) => self.push_item(kind, Dish::received(kind, name, amount))?,
            Event::Quantity(no, 0) => {
                self.item(no)?;
                self.items.retain(|item| item.no != no);
            }
            Event::Quantity(no, quantity) => self.item(no)?.quantity = within("of one item", quantity, QUANTITY_MAX)?,
            Event::Serve(no, service) => self.item(no)?.service = service,
            Event::ServeAll(service) => {
                self.service = service;
                self.items.iter_mut().for_each(|item| item.service = service);
            }
            Event::Discount(on, order) => push("discounts", self.discounts_of(on)?, order)?,
            Event::Undiscount(on, nth) => take(self.discounts_of(on)?, nth)?,
            Event::Sit(seat) => self.seat = seat.checked()?,
            Event::Tender(payment) => push("payments", &mut self.tenders, payment)?,
            Event::Untender(nth) => take(&mut self.tenders, nth)?,
        }
        Ok(self)
    }

    /// Moves so many of some items to an order of their own: what stays, and what went. Guests stay, so that they
    /// count once. A 割引 holds for both; a 値引 stays, unless its whole item went.
    pub fn split(mut self, takes: &BTreeMap<u32, i64>) -> Result<(Self, Self), OrderError> {
        if !self.tenders.is_empty() {
            return Err(OrderError::Tendered);
        }
        let mut part = Self {
            seat: Seat { guests: Guests::default(), ..self.seat.clone() },
            service: self.service,
            discounts: percents(&self.discounts),
            last_no: self.last_no,
            ..Self::default()
        };
        for (&no, &quantity) in takes.iter().filter(|(_, quantity)| **quantity != 0) {
            let item = self.item(no)?;
            within("of one item", quantity, item.quantity)?;
            let whole = quantity == item.quantity;
            let discounts = if whole { item.discounts.clone() } else { percents(&item.discounts) };
            part.items.push(Item { quantity, discounts, ..item.clone() });
            item.quantity -= quantity;
        }
        self.items.retain(|item| item.quantity > 0);
        if self.items.is_empty() || part.items.is_empty() { Err(OrderError::OneSided) } else { Ok((self, part)) }
    }

    /// What `sales` prices: by the store's rules, at the rates of the menu's date.
    pub fn draft(&self, menu: &Menu<'_>) -> Draft {
        menu.draft(self.items.iter().map(|item| item.draft(menu)).collect(), self.discounts.clone())
    }

    fn add(&mut self, dish: Dish) -> Result<(), OrderError> {
        let service = self.service;
        let alike = |item: &Item| {
            item.dish == dish && (item.kind, item.service) == (LineKind::Sale, service) && item.discounts.is_empty()
        };
        if let Some(item) = self.items.last_mut().filter(|item| alike(item)) {
            item.quantity = within("of one item", item.quantity + 1, QUANTITY_MAX)?;
            return Ok(());
        }
        self.push_item(LineKind::Sale, dish)
    }

    fn push_item(&mut self, kind: LineKind, dish: Dish) -> Result<(), OrderError> {
        if self.items.len() >= ITEMS_MAX {
            return Err(OrderError::TooMany("items", as_i64(ITEMS_MAX)));
        }
        self.last_no += 1;
        let service = self.service;
        self.items.push(Item { no: self.last_no, kind, dish, service, quantity: 1, discounts: Vec::new() });
        Ok(())
    }

    fn item(&mut self, no: u32) -> Result<&mut Item, OrderError> {
        self.items.iter_mut().find(|item| item.no == no).ok_or(OrderError::Gone)
    }

    fn discounts_of(&mut self, on: Option<u32>) -> Result<&mut Vec<DiscountOrder>, OrderError> {
        match on {
            None => Ok(&mut self.discounts),
            Some(no) => Ok(&mut self.item(no)?.discounts),
        }
    }
}

impl Seat {
    fn checked(self) -> Result<Self, OrderError> {
        for guests in [self.guests.male, self.guests.female, self.guests.unknown] {
            if !(0..=GUESTS_MAX).contains(&guests) {
                return Err(OrderError::TooMany("guests of a kind", GUESTS_MAX));
            }
        }
        match self.table.as_ref().map(|table| table.chars().count()) {
            Some(chars) if chars > TABLE_CHARS_MAX => {
                Err(OrderError::TooMany("characters in a table's name", as_i64(TABLE_CHARS_MAX)))
            }
            _ => Ok(self),
        }
    }
}

impl Dish {
    /// A product of the masters, under the name of its category.
    pub fn of(product: &ProductMaster, category: String) -> Self {
        let ProductMaster { id, category_id, name, price, cost, eat_in, takeout } = product.clone();
        Self { product: ProductRef { category, category_id, id, name }, price, cost, eat_in, takeout }
    }
}

impl Dish {
    /// What stands on a bill for money that is no turnover. It has no place on any menu, so its ids are its kind's.
    fn received(kind: LineKind, name: String, amount: Yen) -> Self {
        let id = Uuid::from_u128(0x8000_8000_0000_0000_0000 + kind as u128);
        let product =
            ProductRef { category: "売上外".to_owned(), category_id: CategoryId(id), id: ProductId(id), name };
        Self { product, price: amount, cost: Yen::ZERO, eat_in: TaxKind::OutOfScope, takeout: TaxKind::OutOfScope }
    }
}

impl Item {
    fn draft(&self, menu: &Menu<'_>) -> DraftLine {
        let kind = match self.service {
            Service::EatIn => self.dish.eat_in,
            Service::Takeout => self.dish.takeout,
        };
        let tax_class = match self.kind {
            LineKind::Sale => TaxClass { kind, percent: menu.percent(kind) },
            LineKind::GiftCard | LineKind::Deposit | LineKind::CreditCollection => TaxClass::OUT_OF_SCOPE,
        };
        DraftLine {
            kind: self.kind,
            product: self.dish.product.clone(),
            service: self.service,
            tax_class,
            unit_price: self.dish.price,
            quantity: self.quantity,
            cost: self.dish.cost,
            discounts: self.discounts.clone(),
        }
    }
}

/// What bills held before there was anything else.
fn sale() -> LineKind {
    LineKind::Sale
}

fn percents(discounts: &[DiscountOrder]) -> Vec<DiscountOrder> {
    discounts.iter().filter(|discount| matches!(discount.rate, DiscountRate::Percent(_))).cloned().collect()
}

fn within(what: &'static str, quantity: i64, most: i64) -> Result<i64, OrderError> {
    if (1..=most).contains(&quantity) { Ok(quantity) } else { Err(OrderError::TooMany(what, most)) }
}

fn push<T>(what: &'static str, to: &mut Vec<T>, one: T) -> Result<(), OrderError> {
    if to.len() >= EXTRAS_MAX {
        return Err(OrderError::TooMany(what, as_i64(EXTRAS_MAX)));
    }
    to.push(one);
    Ok(())
}

fn take<T>(from: &mut Vec<T>, nth: usize) -> Result<(), OrderError> {
    if nth >= from.len() {
        return Err(OrderError::Gone);
    }
    from.remove(nth);
    Ok(())
}

fn as_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
