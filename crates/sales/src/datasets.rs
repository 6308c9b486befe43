//! 連携内容: the eight datasets of a settlement, one pure function of its checks and cash.
//! Dataset 7 is the checks themselves. Rows are sorted by their keys, so equal facts make equal rows.

mod figure;

pub use figure::datasets;

use crate::{
    check::{Guests, LineKind, PaymentKind, Service},
    codes::{ImportCode, OwnCode},
    day::BusinessHour,
    ids::{CategoryId, ProductId},
    money::Yen,
    settlement::Cash,
    tax::TaxClass,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Datasets 1 to 6 and 8 (7 is `Settlement::checks`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Datasets {
    /// 1 精算情報
    pub settlement: SettlementTotals,
    /// 2 時間帯別売上
    pub hourly_sales: Vec<HourlySales>,
    /// 3 商品別売上
    pub product_sales: Vec<ProductSales>,
    /// 4 商品時間帯別売上
    pub product_hourly_sales: Vec<ProductHourlySales>,
    /// 5 支払方法別売上
    pub payment_sales: Vec<PaymentSales>,
    /// 6 広告媒体別売上
    pub media_sales: Vec<MediaSales>,
    /// 8 値引・割引情報
    pub discounts: Vec<DiscountSales>,
}

/// 1 精算情報: the totals of one settlement (日計) and its drawer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettlementTotals {
    /// Σ unit price × quantity of sales, before discounts; with tax where checks are 内税.
    pub gross: Yen,
    /// Σ discounts, line and check.
    pub discounts: Yen,
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// 税込
    pub total: Yen,
    /// Per tax rate, highest first.
    pub rates: Vec<RateTotals>,
    /// 人数
    pub guests: Guests,
    /// 会計数; a reversal counts −1.
    pub checks: i64,
    /// 赤伝票の数
    pub voids: i64,
    /// What was paid for without being a sale, by kind.
    pub non_sales: Vec<NonSales>,
    /// The drawer.
    pub cash: Cash,
}

/// The sales of one tax rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateTotals {
    /// 税区分
    pub tax_class: TaxClass,
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// 税込
    pub total: Yen,
}

/// 商品券販売, 預り金, 掛売回収: in datasets 1, 5 and 7 only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NonSales {
    /// Which.
    pub kind: LineKind,
    /// How many lines; a reversal's count negative.
    pub count: i64,
    /// How much.
    pub amount: Yen,
}

/// 2 時間帯別売上
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HourlySales {
    /// 時間帯
    pub hour: BusinessHour,
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// 税込
    pub total: Yen,
    /// 人数
    pub guests: i64,
    /// 会計数
    pub checks: i64,
    /// Per tax rate.
    pub rates: Vec<RateTotals>,
}

/// Where a product row's own codes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeSource {
    /// 共通設定 is off: the POS's id alone.
    Pos,
    /// 共通設定 is on and every code it asks for is there.
    Own,
    /// 共通設定 is on and a code it asks for is blank.
    OwnBlank,
}

/// The chain's own codes of one product, as 商品登録 has them when an event's bytes are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnCodes {
    /// 自社商品コード
    pub product: Option<OwnCode>,
    /// 自社親カテゴリコード
    pub parent_category: Option<OwnCode>,
    /// 自社子カテゴリコード
    pub child_category: Option<OwnCode>,
}

/// 3 商品別売上
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProductSales {
    /// 商品
    pub product_id: ProductId,
    /// 商品名; of the last sale, where it changed during the day.
    pub name: String,
    /// 商品カテゴリ
    pub category_id: CategoryId,
    /// 商品カテゴリ name
    pub category: String,
    /// 自社商品コード
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_product_code: Option<OwnCode>,
    /// 自社親カテゴリコード
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_parent_category_code: Option<OwnCode>,
    /// 自社子カテゴリコード
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_child_category_code: Option<OwnCode>,
    /// Where the own codes come from.
    pub code_source: CodeSource,
    /// 税区分
    pub tax_class: TaxClass,
    /// イートイン or テイクアウト
    pub service: Service,
    /// 点数
    pub quantity: i64,
    /// Before discounts.
    pub gross: Yen,
    /// Line discounts and the share of check discounts.
    pub discount: Yen,
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// 税込
    pub total: Yen,
    /// 原価
    pub cost: Yen,
}

/// 4 商品時間帯別売上
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProductHourlySales {
    /// 商品
    pub product_id: ProductId,
    /// 自社商品コード
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_product_code: Option<OwnCode>,
    /// 税区分
    pub tax_class: TaxClass,
    /// イートイン or テイクアウト
    pub service: Service,
    /// 時間帯
    pub hour: BusinessHour,
    /// 点数
    pub quantity: i64,
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// 税込
    pub total: Yen,
}

/// 5 支払方法別売上: a method, and what of it paid for which rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentSales {
    /// 支払種目
    pub kind: PaymentKind,
    /// 支払科目名称
    pub name: String,
    /// 取込コード
    pub code: ImportCode,
    /// How many payments; does not add over rates.
    pub count: i64,
    /// Σ applied
    pub amount: Yen,
    /// Σ surplus of vouchers that gave no change.
    pub surplus: Yen,
    /// Per tax rate, highest first; their amounts and `non_sales` sum to `amount`.
    pub rates: Vec<PaymentRate>,
    /// What of it paid for non-sales.
    pub non_sales: Yen,
}

/// What of a method paid for one tax rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentRate {
    /// 税区分
    pub tax_class: TaxClass,
    /// How many payments had a share in it.
    pub count: i64,
    /// 税込
    pub amount: Yen,
}

/// 6 広告媒体別売上; without a code it is フリー.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaSales {
    /// 取込コード; none: フリー
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ImportCode>,
    /// 広告媒体名称
    pub name: String,
    /// 会計数
    pub checks: i64,
    /// 人数
    pub guests: i64,
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// 税込
    pub total: Yen,
    /// Per tax rate.
    pub rates: Vec<RateTotals>,
}

/// On one line or on the whole check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiscountScope {
    /// 明細
    Line,
    /// 会計
    Check,
}

/// 8 値引・割引情報
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DiscountSales {
    /// 取込コード
    pub code: ImportCode,
    /// 値引名称
    pub name: String,
    /// Line or check.
    pub scope: DiscountScope,
    /// How often; a reversal's count negative.
    pub count: i64,
    /// Yen taken off.
    pub amount: Yen,
}

impl Datasets {
    /// Writes the chain's own codes into the product rows, as 共通設定 asks for them.
    /// The POS's id stays, so two products with one own code stay two rows.
    #[must_use]
    pub fn with_own_codes(mut self, products: bool, categories: bool, codes: &BTreeMap<ProductId, OwnCodes>) -> Self {
        let none = OwnCodes::default();
        for row in &mut self.product_sales {
            let own = codes.get(&row.product_id).unwrap_or(&none);
            row.own_product_code = own.product.clone().filter(|_| products);
            row.own_parent_category_code = own.parent_category.clone().filter(|_| categories);
            row.own_child_category_code = own.child_category.clone().filter(|_| categories);
            let product_blank = products && own.product.is_none();
            let category_blank = categories && (own.parent_category.is_none() || own.child_category.is_none());
            row.code_source = match (products || categories, product_blank || category_blank) {
                (false, _) => CodeSource::Pos,
                (true, false) => CodeSource::Own,
                (true, true) => CodeSource::OwnBlank,
            };
        }
        for row in &mut self.product_hourly_sales {
            let own = codes.get(&row.product_id).unwrap_or(&none);
            row.own_product_code = own.product.clone().filter(|_| products);
        }
        self
    }
}
