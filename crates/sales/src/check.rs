//! 会計情報: one bill as it was paid, with every figure it was paid by, and its mirror, the 赤伝票.
//! Fields are public because a check that arrives is a claim; `audit_check` says whether it holds.

use crate::{
    codes::ImportCode,
    day::BusinessHour,
    ids::{CategoryId, CheckId, ProductId},
    money::{Amounts, Overflow, Yen},
    tax::{Rounding, TaxClass, TaxMode},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// One bill. A void is a check of its own that `reverses` another, with every figure negated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Check {
    /// 広告媒体; none is フリー.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad_medium: Option<AdMedium>,
    /// 営業日, decided once, at payment.
    pub business_date: Date,
    /// Discounts on the whole check, in the order they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// 人数. On a split check only one of the parts carries the guests.
    pub guests: Guests,
    /// 時間帯 of payment; a reversal before 精算 takes its original's.
    pub hour: BusinessHour,
    /// Made by the till.
    pub id: CheckId,
    /// In slip order; numbered from 1.
    pub lines: Vec<Line>,
    /// When the table sat down.
    pub opened_at: Timestamp,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// In entry order.
    pub payments: Vec<Payment>,
    /// Sales per tax rate, highest rate first; the day's tax is the sum of these.
    pub rates: Vec<RateAmounts>,
    /// The check this one reverses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<CheckId>,
    /// 端数処理 of the store at that time.
    pub rounding: Rounding,
    /// 客層, where the till asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// 伝票番号: for people.
    pub slip: u32,
    /// 担当者コード
    pub staff: String,
    /// 卓
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// 内税 or 外税
    pub tax_mode: TaxMode,
    /// What was paid: sales with tax and non-sales.
    pub total: Yen,
}

/// 人数 by 客層. Negative on a reversal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Guests {
    /// 女
    pub female: i64,
    /// 男
    pub male: i64,
    /// 不明
    pub unknown: i64,
}

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

/// 広告媒体: where the guest came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdMedium {
    /// 取込コード
    pub code: ImportCode,
    /// 広告媒体名称
    pub name: String,
}

/// 支払種目
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// 0 現金
    Cash,
    /// 1 クレジット
    CreditCard,
    /// 2 電子マネー
    ElectronicMoney,
    /// 3 商品券
    Voucher,
    /// 4 ポイント
    Points,
    /// 5 掛売
    OnAccount,
    /// 9 その他
    Other,
}

impl PaymentKind {
    /// All kinds in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Cash,
        Self::CreditCard,
        Self::ElectronicMoney,
        Self::Voucher,
        Self::Points,
        Self::OnAccount,
        Self::Other,
    ];

    /// 支払種目 as a number; the first digit of its methods' 取込コード.
    pub fn number(self) -> u8 {
        match self {
            Self::Cash => 0,
            Self::CreditCard => 1,
            Self::ElectronicMoney => 2,
            Self::Voucher => 3,
            Self::Points => 4,
            Self::OnAccount => 5,
            Self::Other => 9,
        }
    }

    /// The kind with that number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| i64::from(kind.number()) == number)
    }

    /// 支払種目 in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Cash => "現金",
            Self::CreditCard => "クレジット",
            Self::ElectronicMoney => "電子マネー",
            Self::Voucher => "商品券",
            Self::Points => "ポイント",
            Self::OnAccount => "掛売",
            Self::Other => "その他",
        }
    }
}

/// 支払科目 as it was when it was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MethodRef {
    /// 取込コード
    pub code: ImportCode,
    /// 支払種目
    pub kind: PaymentKind,
    /// 支払科目名称
    pub name: String,
}

/// One payment. `applied = tendered − change − surplus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Payment {
    /// What it paid of this check.
    pub applied: Yen,
    /// お釣り; cash only.
    pub change: Yen,
    /// 支払科目
    pub method: MethodRef,
    /// What a voucher was worth beyond the check and was not given back.
    pub surplus: Yen,
    /// お預り
    pub tendered: Yen,
}

/// The sales of one tax rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateAmounts {
    /// 税抜
    pub net: Yen,
    /// 消費税, rounded once
    pub tax: Yen,
    /// 税区分
    pub tax_class: TaxClass,
    /// 税込
    pub total: Yen,
}

impl Guests {
    /// 人数合計
    pub fn total(self) -> Result<i64, Overflow> {
        self.female.checked_add(self.male).and_then(|n| n.checked_add(self.unknown)).ok_or(Overflow)
    }

    fn negated(self) -> Result<Self, Overflow> {
        let neg = |n: i64| n.checked_neg().ok_or(Overflow);
        Ok(Self { female: neg(self.female)?, male: neg(self.male)?, unknown: neg(self.unknown)? })
    }
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

    fn negated(&self) -> Result<Self, Overflow> {
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
    fn negated(&self) -> Result<Self, Overflow> {
        Ok(Self { amount: self.amount.negated()?, ..self.clone() })
    }
}

impl Payment {
    fn negated(&self) -> Result<Self, Overflow> {
        Ok(Self {
            applied: self.applied.negated()?,
            change: self.change.negated()?,
            surplus: self.surplus.negated()?,
            tendered: self.tendered.negated()?,
            ..self.clone()
        })
    }
}

impl RateAmounts {
    /// Net, tax and total.
    pub fn amounts(&self) -> Amounts {
        Amounts { net: self.net, tax: self.tax, total: self.total }
    }

    pub(crate) fn new(tax_class: TaxClass, amounts: Amounts) -> Self {
        Self { net: amounts.net, tax: amounts.tax, tax_class, total: amounts.total }
    }
}

fn negated(discounts: &[Discount]) -> Result<Vec<Discount>, Overflow> {
    discounts.iter().map(Discount::negated).collect()
}

impl Check {
    /// 1 for a sale, −1 for a reversal: how it counts wherever checks are counted.
    pub fn count(&self) -> i64 {
        if self.reverses.is_some() { -1 } else { 1 }
    }

    /// The lines that are turnover.
    pub fn sale_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.kind == LineKind::Sale)
    }

    /// Net, tax and total of its sales, all rates together.
    pub fn sales(&self) -> Result<Amounts, Overflow> {
        self.rates.iter().try_fold(Amounts::default(), |sum, rate| sum.plus(rate.amounts()))
    }

    /// The same check with every figure negated, whatever it reverses. Its own inverse.
    pub fn mirrored(&self) -> Result<Self, Overflow> {
        Ok(Self {
            discounts: negated(&self.discounts)?,
            guests: self.guests.negated()?,
            lines: self.lines.iter().map(Line::negated).collect::<Result<_, _>>()?,
            payments: self.payments.iter().map(Payment::negated).collect::<Result<_, _>>()?,
            rates: self
                .rates
                .iter()
                .map(|rate| Ok(RateAmounts::new(rate.tax_class, rate.amounts().negated()?)))
                .collect::<Result<_, Overflow>>()?,
            total: self.total.negated()?,
            ..self.clone()
        })
    }

    /// The 赤伝票 of this check: a new check that mirrors it row by row, counts and guests negative.
    ///
    /// Before 精算 (`when` is none) it takes the original's hour, so that every dataset nets to zero.
    /// After 精算 it belongs to the open session: `when` is the date and hour at which the money went out.
    pub fn reversal(
        &self,
        id: CheckId,
        slip: u32,
        at: Timestamp,
        when: Option<(Date, BusinessHour)>,
    ) -> Result<Self, Overflow> {
        let (business_date, hour) = when.unwrap_or((self.business_date, self.hour));
        Ok(Self { business_date, hour, id, slip, paid_at: at, reverses: Some(self.id), ..self.mirrored()? })
    }
}
