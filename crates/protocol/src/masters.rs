//! pos → register: the masters a till works with, versioned, usable offline.

use jiff::civil::Date;
use sales::{
    CategoryId, CompanyCode, ImportCode, PaymentKind, ProductId, RegisterId, RegistrationNumber, Rounding, StoreId,
    TaxKind, TaxMode, Yen,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything a till needs to sell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Masters {
    /// Grows with every change that concerns this till.
    pub version: i64,
    /// 企業コード
    pub company_code: CompanyCode,
    /// 企業名称
    pub company_name: String,
    /// The till's store.
    pub store: StoreMaster,
    /// The till itself.
    pub register: RegisterMaster,
    /// 商品カテゴリ in menu order.
    pub categories: Vec<CategoryMaster>,
    /// 商品 in menu order.
    pub products: Vec<ProductMaster>,
    /// Rates with start dates.
    pub tax_rates: Vec<TaxRate>,
    /// 支払科目 of the store.
    pub payment_methods: Vec<MethodMaster>,
    /// 値引・割引 of the store.
    pub discounts: Vec<DiscountMaster>,
    /// 広告媒体 of the store.
    pub media: Vec<MediumMaster>,
    /// Who may work the till.
    pub staff: Vec<StaffMaster>,
}

/// 店舗
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreMaster {
    /// The POS's id.
    pub id: StoreId,
    /// 店舗名
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// 日付切替時刻 `HH:MM`
    pub cut_over: String,
    /// 内税 or 外税
    pub tax_mode: TaxMode,
    /// 端数処理
    pub rounding: Rounding,
    /// 登録番号
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_number: Option<RegistrationNumber>,
}

/// レジ
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegisterMaster {
    /// The till.
    pub id: RegisterId,
    /// レジ名
    pub name: String,
}

/// 商品カテゴリ
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryMaster {
    /// The POS's id.
    pub id: CategoryId,
    /// Name.
    pub name: String,
}

/// 商品
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductMaster {
    /// The POS's id.
    pub id: ProductId,
    /// Its category.
    pub category_id: CategoryId,
    /// 商品名
    pub name: String,
    /// With tax where the store is 内税.
    pub price: Yen,
    /// 原価
    pub cost: Yen,
    /// 税区分 when eaten in.
    pub eat_in: TaxKind,
    /// 税区分 when taken out.
    pub takeout: TaxKind,
}

/// A rate that holds from a business date on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxRate {
    /// 標準 or 軽減
    pub kind: TaxKind,
    /// Percent.
    pub percent: u8,
    /// First business date.
    pub from: Date,
}

/// 支払科目
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MethodMaster {
    /// 支払種目
    pub kind: PaymentKind,
    /// 支払科目名称
    pub name: String,
    /// 取込コード
    pub code: ImportCode,
}

/// 値引 or 割引
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiscountMaster {
    /// 値引名称
    pub name: String,
    /// 取込コード
    pub code: ImportCode,
    /// 割引: percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// 値引: yen; none: entered at the till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Yen>,
}

/// 広告媒体
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediumMaster {
    /// 広告媒体名称
    pub name: String,
    /// 取込コード
    pub code: ImportCode,
}

/// 担当者
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffMaster {
    /// 担当者コード
    pub code: String,
    /// Name.
    pub name: String,
    /// PHC string; none: no PIN set yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_hash: Option<String>,
    /// 店長: may do what needs a manager.
    pub manager: bool,
}

impl Masters {
    /// The percentage of a tax kind on a business date; 0 for 非課税, 不課税 and before the first start date.
    pub fn percent(&self, kind: TaxKind, on: Date) -> u8 {
        let held = self.tax_rates.iter().filter(|rate| rate.kind == kind && rate.from <= on);
        held.max_by_key(|rate| rate.from).map_or(0, |rate| rate.percent)
    }
}
