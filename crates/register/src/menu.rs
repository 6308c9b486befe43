//! From the masters to an order: lines, discounts, payments and media as they are called and taxed today. A
//! sale carries these names and codes for ever, whatever the masters say later.

use crate::order::Dish;
use jiff::civil::Date;
use protocol::masters::Masters;
use sales::{
    AdMedium, DiscountOrder, DiscountRate, Draft, DraftLine, ImportCode, LineKind, MethodRef, PaymentKind,
    PaymentOrder, ProductId, ProductRef, Service, TaxClass, TaxKind, Yen,
};

/// What the masters offer on one business date.
#[derive(Clone, Copy, Debug)]
pub struct Menu<'a> {
    masters: &'a Masters,
    on: Date,
}

/// What the masters don't offer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MenuError {
    /// No such product.
    #[error("product {0} is not in the masters: choose one of the menu")]
    Product(ProductId),
    /// No such code in this store.
    #[error("{what} {code} is not set for this store: choose one of its list, or have head office set it")]
    Code {
        /// 支払科目, 値引 or 広告媒体
        what: &'static str,
        /// 取込コード
        code: ImportCode,
    },
    /// No payment method of a kind.
    #[error("the store has no payment method of the kind {}: have head office set one", .0.label())]
    Kind(PaymentKind),
    /// A 値引 without an amount.
    #[error("discount \"{0}\" has no fixed amount: enter one")]
    AmountMissing(String),
}

impl<'a> Menu<'a> {
    /// The menu of a business date: tax rates start on dates.
    pub fn new(masters: &'a Masters, on: Date) -> Self {
        Self { masters, on }
    }

    /// An order of these lines and discounts by the store's 税区分 and 端数処理.
    pub fn draft(&self, lines: Vec<DraftLine>, discounts: Vec<DiscountOrder>) -> Draft {
        let store = &self.masters.store;
        Draft { tax_mode: store.tax_mode, rounding: store.rounding, lines, discounts }
    }

    /// The rate of a 税区分 on this date.
    pub fn percent(&self, kind: TaxKind) -> u8 {
        self.masters.percent(kind, self.on)
    }

    /// A product as it is on the menu now.
    pub fn dish(&self, id: ProductId) -> Result<Dish, MenuError> {
        let product = self.masters.products.iter().find(|product| product.id == id).ok_or(MenuError::Product(id))?;
        let category = self.masters.categories.iter().find(|category| category.id == product.category_id);
        Ok(Dish::of(product, category.map(|category| category.name.clone()).unwrap_or_default()))
    }

    /// A line of a product at its price.
    pub fn line(&self, id: ProductId, service: Service, quantity: i64) -> Result<DraftLine, MenuError> {
        let product = self.masters.products.iter().find(|product| product.id == id).ok_or(MenuError::Product(id))?;
        let category = self.masters.categories.iter().find(|category| category.id == product.category_id);
        let kind = match service {
            Service::EatIn => product.eat_in,
            Service::Takeout => product.takeout,
        };
        Ok(DraftLine {
            kind: LineKind::Sale,
            product: ProductRef {
                category: category.map(|category| category.name.clone()).unwrap_or_default(),
                category_id: product.category_id,
                id,
                name: product.name.clone(),
            },
            service,
            tax_class: TaxClass { kind, percent: self.masters.percent(kind, self.on) },
            unit_price: product.price,
            quantity,
            cost: product.cost,
            discounts: Vec::new(),
        })
    }

    /// A 値引 or 割引 of the store; `entered` is asked for where it has no fixed amount.
    pub fn discount(&self, code: &ImportCode, entered: Option<Yen>) -> Result<DiscountOrder, MenuError> {
        let unknown = || MenuError::Code { what: "値引", code: code.clone() };
        let master = self.masters.discounts.iter().find(|d| d.code == *code).ok_or_else(unknown)?;
        let rate = match (master.percent, master.amount.or(entered)) {
            (Some(percent), _) => DiscountRate::Percent(percent),
            (None, Some(amount)) => DiscountRate::Yen(amount),
            (None, None) => return Err(MenuError::AmountMissing(master.name.clone())),
        };
        Ok(DiscountOrder { code: code.clone(), name: master.name.clone(), rate })
    }

    /// A payment by a method of the store.
    pub fn payment(&self, code: &ImportCode, tendered: Yen) -> Result<PaymentOrder, MenuError> {
        let unknown = || MenuError::Code { what: "支払科目", code: code.clone() };
        let master = self.masters.payment_methods.iter().find(|m| m.code == *code).ok_or_else(unknown)?;
        let method = MethodRef { code: code.clone(), kind: master.kind, name: master.name.clone() };
        Ok(PaymentOrder { method, tendered })
    }

    /// A payment by the store's first method of a kind, such as 現金.
    pub fn payment_of(&self, kind: PaymentKind, tendered: Yen) -> Result<PaymentOrder, MenuError> {
        let first = self.masters.payment_methods.iter().find(|method| method.kind == kind);
        self.payment(&first.ok_or(MenuError::Kind(kind))?.code, tendered)
    }

    /// 広告媒体 of the store.
    pub fn medium(&self, code: &ImportCode) -> Result<AdMedium, MenuError> {
        let unknown = || MenuError::Code { what: "広告媒体", code: code.clone() };
        let master = self.masters.media.iter().find(|m| m.code == *code).ok_or_else(unknown)?;
        Ok(AdMedium { code: code.clone(), name: master.name.clone() })
    }
}
