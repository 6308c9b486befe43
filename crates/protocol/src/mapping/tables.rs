//! The three tables: payment methods, discounts, ad media. Each row is parsed here and nowhere else.

use super::{Reason, Row, normal};
use sales::{ImportCode, PaymentKind};

/// 支払種別: a payment method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// 支払種目
    pub kind: PaymentKind,
    /// 支払科目名称
    pub name: String,
    /// 取込コード; its first digit is the 支払種目.
    pub code: ImportCode,
}

/// 値引き別情報: a discount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscountRow {
    /// 値引区分: 割引 (percent) or 値引 (yen).
    pub percent: bool,
    /// 値引名称
    pub name: String,
    /// 取込コード
    pub code: ImportCode,
}

/// 広告媒体
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediumRow {
    /// 広告媒体名称
    pub name: String,
    /// 取込コード
    pub code: ImportCode,
}

/// A name is kept as it is written, full-width or not.
fn name(cell: &str) -> Result<String, Reason> {
    let name = cell.trim();
    if name.is_empty() { Err(Reason::Name) } else { Ok(name.to_owned()) }
}

/// A 取込コード, or what has become of it.
fn import_code(cell: &str) -> Result<ImportCode, Reason> {
    let text = normal(cell);
    let number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b".,+-Ee".contains(&b));
    if number && text.contains(['E', 'e']) {
        Err(Reason::Exponent(text))
    } else if text.len() < 20 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        Err(Reason::LostDigits(text))
    } else {
        Ok(text.parse()?)
    }
}

impl Row for PaymentRow {
    const HEADER: &'static [&'static str] = &["支払種目", "支払科目名称", "取込コード"];

    fn cells(&self) -> Vec<String> {
        vec![self.kind.number().to_string(), self.name.clone(), self.code.to_string()]
    }

    fn parse(cells: &[String]) -> Result<Self, Reason> {
        let number = normal(&cells[0]);
        let kind = PaymentKind::ALL.into_iter().find(|kind| kind.number().to_string() == number);
        let kind = kind.ok_or(Reason::Kind(number))?;
        let (name, code) = (name(&cells[1])?, import_code(&cells[2])?);
        if code.as_str().starts_with(&kind.number().to_string()) {
            Ok(Self { kind, name, code })
        } else {
            Err(Reason::FirstDigit { code, kind: kind.number() })
        }
    }

    fn code(&self) -> &ImportCode {
        &self.code
    }
}

impl Row for DiscountRow {
    const HEADER: &'static [&'static str] = &["値引区分", "値引名称", "取込コード"];

    fn cells(&self) -> Vec<String> {
        let kind = if self.percent { "割引" } else { "値引" };
        vec![kind.to_owned(), self.name.clone(), self.code.to_string()]
    }

    fn parse(cells: &[String]) -> Result<Self, Reason> {
        let percent = match normal(&cells[0]).as_str() {
            "値引" => false,
            "割引" => true,
            other => return Err(Reason::DiscountKind(other.to_owned())),
        };
        Ok(Self { percent, name: name(&cells[1])?, code: import_code(&cells[2])? })
    }

    fn code(&self) -> &ImportCode {
        &self.code
    }
}

impl Row for MediumRow {
    const HEADER: &'static [&'static str] = &["広告媒体名称", "取込コード"];

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.code.to_string()]
    }

    fn parse(cells: &[String]) -> Result<Self, Reason> {
        Ok(Self { name: name(&cells[0])?, code: import_code(&cells[1])? })
    }

    fn code(&self) -> &ImportCode {
        &self.code
    }
}
