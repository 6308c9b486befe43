//! What a check is paid for, and what was taken off.

use crate::{
    codes::ImportCode,
    ids::{CategoryId, ProductId},
    money::{Amounts, Overflow, Yen},
    tax::TaxClass,
};
use serde::{Deserialize, Serialize};

/// One product on a bill, or something that is paid for without being a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// Its share of the check's discounts, zero or more (zero or less on a reversal).
    pub check_discount: Yen,
    /// Unit cost (原価).
    pub cost: Yen,
    /// Discounts on this line, in the order they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// A sale, or what is not.
    pub kind: LineKind,
    /// 税抜
    pub net: Yen,
    /// From 1.
    pub no: u32,
    /// Name and category as they were.
    pub product: ProductRef,
    /// Negative on a reversal.
    pub quantity: i64,
    /// イートイン or テイクアウト
    pub service: Service,
    /// Its share of the tax of its rate.
    pub tax: Yen,
    /// 税区分 and rate as they were.
    pub tax_class: TaxClass,
    /// 税込
    pub total: Yen,
    /// As on the menu: with tax where the check is 内税, without where it is 外税.
    pub unit_price: Yen,
}

/// Whether a line is turnover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// 売上
    Sale,
    /// 商品券販売
    GiftCard,
    /// 預り金・予約金
    Deposit,
    /// 掛売回収
    CreditCollection,
}

/// The product as it was when it was sold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProductRef {
    /// 商品カテゴリ name
    pub category: String,
    /// 商品カテゴリ
    pub category_id: CategoryId,
    /// 商品
    pub id: ProductId,
    /// 商品名
    pub name: String,
}

/// イートイン (10%) or テイクアウト (8%).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// 店内
    EatIn,
    /// 持ち帰り
    Takeout,
}

/// 値引 (yen off) or 割引 (percent off), with what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Discount {
    /// Yen taken off; negative on a reversal.
    pub amount: Yen,
    /// 取込コード
    pub code: ImportCode,
    /// 値引名称
    pub name: String,
    /// The percentage of a 割引; none for a 値引.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
}

impl Line {
    /// Unit price × quantity.
    pub fn gross(&self) -> Result<Yen, Overflow> {
        self.unit_price.times(self.quantity)
    }

    /// Its own discounts and its share of the check's.
    pub fn discount(&self) -> Result<Yen, Overflow> {
        Yen::sum(self.discounts.iter().map(|d| d.amount))?.plus(self.check_discount)
    }

    /// Net, tax and total.
    pub fn amounts(&self) -> Amounts {
        Amounts { net: self.net, tax: self.tax, total: self.total }
    }

    pub(super) fn negated(&self) -> Result<Self, Overflow> {
        Ok(Self {
            check_discount: self.check_discount.negated()?,
            discounts: negated(&self.discounts)?,
            net: self.net.negated()?,
            quantity: self.quantity.checked_neg().ok_or(Overflow)?,
            tax: self.tax.negated()?,
            total: self.total.negated()?,
            ..self.clone()
        })
    }
}

impl Discount {
    pub(super) fn negated(&self) -> Result<Self, Overflow> {
        Ok(Self { amount: self.amount.negated()?, ..self.clone() })
    }
}

pub(super) fn negated(discounts: &[Discount]) -> Result<Vec<Discount>, Overflow> {
    discounts.iter().map(Discount::negated).collect()
}
