//! How a check was paid.

use crate::{
    codes::ImportCode,
    money::{Overflow, Yen},
};
use serde::{Deserialize, Serialize};

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

impl Payment {
    pub(super) fn negated(&self) -> Result<Self, Overflow> {
        Ok(Self {
            applied: self.applied.negated()?,
            change: self.change.negated()?,
            surplus: self.surplus.negated()?,
            tendered: self.tendered.negated()?,
            ..self.clone()
        })
    }
}
