//! From what was ordered and tendered to a paid check: discounts shared over lines, tax rounded once per
//! rate, change off cash only. What breaks a rule is refused here, naming the rule and the numbers.

use crate::{
    check::{
        AdMedium, Check, Discount, Guests, Line, LineKind, MethodRef, Payment, PaymentKind, ProductRef, RateAmounts,
        Service,
    },
    codes::ImportCode,
    day::BusinessHour,
    ids::CheckId,
    money::{Amounts, Overflow, Yen, share},
    tax::{Rounding, TaxClass, TaxMode},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// What a check is apart from its money.
#[derive(Clone, Debug)]
pub struct CheckHead {
    /// Made by the till.
    pub id: CheckId,
    /// 伝票番号
    pub slip: u32,
    /// 営業日 of the open session.
    pub business_date: Date,
    /// 時間帯 of payment.
    pub hour: BusinessHour,
    /// When the table sat down.
    pub opened_at: Timestamp,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// 卓
    pub table: Option<String>,
    /// 人数
    pub guests: Guests,
    /// 客層
    pub segment: Option<String>,
    /// 担当者コード
    pub staff: String,
    /// 広告媒体
    pub ad_medium: Option<AdMedium>,
}

/// What was ordered.
#[derive(Clone, Debug)]
pub struct Draft {
    /// 内税 or 外税
    pub tax_mode: TaxMode,
    /// 端数処理
    pub rounding: Rounding,
    /// In slip order.
    pub lines: Vec<DraftLine>,
    /// On the whole check.
    pub discounts: Vec<DiscountOrder>,
}

/// One ordered line.
#[derive(Clone, Debug)]
pub struct DraftLine {
    /// A sale, or what is not.
    pub kind: LineKind,
    /// The product with its names of today.
    pub product: ProductRef,
    /// イートイン or テイクアウト
    pub service: Service,
    /// The class and rate of today.
    pub tax_class: TaxClass,
    /// Zero or more.
    pub unit_price: Yen,
    /// One or more; giving back is a reversal.
    pub quantity: i64,
    /// Unit cost.
    pub cost: Yen,
    /// On this line.
    pub discounts: Vec<DiscountOrder>,
}

/// A 値引 or 割引 as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountOrder {
    /// 取込コード
    pub code: ImportCode,
    /// 値引名称
    pub name: String,
    /// How much.
    pub rate: DiscountRate,
}

/// Yen off or percent off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscountRate {
    /// 値引
    Yen(Yen),
    /// 割引, rounded down per discount
    Percent(u8),
}

/// A payment as tendered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentOrder {
    /// 支払科目
    pub method: MethodRef,
    /// お預り
    pub tendered: Yen,
}

/// Which rule an order breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// No lines.
    #[error("a check needs at least one line")]
    Empty,
    /// Quantity below one or a negative price.
    #[error("line {0}: quantity must be 1 or more and the price 0 or more; giving money back is a reversal (赤伝票)")]
    LineSign(u32),
    /// More off than there is.
    #[error("discount \"{name}\" of {amount} is larger than the {base} it applies to")]
    DiscountTooLarge {
        /// 値引名称
        name: String,
        /// What it would take off.
        amount: Yen,
        /// What there is.
        base: Yen,
    },
    /// A percentage over 100 or a negative amount.
    #[error("discount \"{0}\" must be 0 to 100 percent, or 0 yen or more")]
    DiscountRange(String),
    /// A line that is no sale carries a discount or a taxed class.
    #[error("line {0} is not a sale: it takes no discount and its tax class is 不課税")]
    NonSale(u32),
    /// Negative tender.
    #[error("a payment must be 0 or more")]
    PaymentSign,
    /// Too little.
    #[error("payments of {paid} do not cover the check total of {total}")]
    Unpaid {
        /// Σ tendered
        paid: Yen,
        /// The check's total
        total: Yen,
    },
    /// Something other than cash or a voucher tendered beyond the total.
    #[error("only cash gives change: {method} was tendered {over} beyond the check total")]
    Overpaid {
        /// 支払科目名称
        method: String,
        /// How much too much
        over: Yen,
    },
    /// Out of range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// What an order comes to, before anybody pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// As they will stand on the check.
    pub lines: Vec<Line>,
    /// On the whole check, with what they come to.
    pub discounts: Vec<Discount>,
    /// Per tax rate, highest first.
    pub rates: Vec<RateAmounts>,
    /// What is to be paid.
    pub total: Yen,
}

/// Prices an order.
pub fn quote(draft: &Draft) -> Result<Quote, PricingError> {
    let mut lines = draft.lines.iter().zip(1..).map(|(line, no)| open_line(line, no)).collect::<Result<Vec<_>, _>>()?;
    if lines.is_empty() {
        return Err(PricingError::Empty);
    }
    let discounts = share_check_discounts(&mut lines, &draft.discounts)?;
    let (amounts, rates) = taxed(&lines, draft.tax_mode, draft.rounding)?;
    for (line, of_line) in lines.iter_mut().zip(amounts) {
        (line.net, line.tax, line.total) = (of_line.net, of_line.tax, of_line.total);
    }
    let total = Yen::sum(lines.iter().map(|line| line.total))?;
    Ok(Quote { lines, discounts, rates, total })
}

impl Quote {
    /// What these payments come to, and what is still to be paid after them.
    pub fn tendered(&self, payments: &[PaymentOrder]) -> Result<(Vec<Payment>, Yen), PricingError> {
        apply(payments, self.total)
    }
}

/// Prices and pays a check. All figures of the result follow from its arguments.
pub fn close_check(head: CheckHead, draft: &Draft, payments: &[PaymentOrder]) -> Result<Check, PricingError> {
    let Quote { lines, discounts, rates, total } = quote(draft)?;
    Ok(Check {
        ad_medium: head.ad_medium,
        business_date: head.business_date,
        discounts,
        guests: head.guests,
        hour: head.hour,
        id: head.id,
        lines,
        opened_at: head.opened_at,
        paid_at: head.paid_at,
        payments: pay(payments, total)?,
        rates,
        reverses: None,
        rounding: draft.rounding,
        segment: head.segment,
        slip: head.slip,
        staff: head.staff,
        table: head.table,
        tax_mode: draft.tax_mode,
        total,
    })
}

fn open_line(draft: &DraftLine, no: u32) -> Result<Line, PricingError> {
    if draft.quantity < 1 || draft.unit_price < Yen::ZERO {
        return Err(PricingError::LineSign(no));
    }
    if draft.kind != LineKind::Sale && (!draft.discounts.is_empty() || draft.tax_class != TaxClass::OUT_OF_SCOPE) {
        return Err(PricingError::NonSale(no));
    }
    let gross = draft.unit_price.times(draft.quantity)?;
    let (discounts, _) = take_off(&draft.discounts, gross)?;
    Ok(Line {
        check_discount: Yen::ZERO,
        cost: draft.cost,
        discounts,
        kind: draft.kind,
        net: Yen::ZERO,
        no,
        product: draft.product.clone(),
        quantity: draft.quantity,
        service: draft.service,
        tax: Yen::ZERO,
        tax_class: draft.tax_class,
        total: Yen::ZERO,
        unit_price: draft.unit_price,
    })
}

/// Takes discounts off `base` one after the other; each applies to what the ones before it left.
fn take_off(orders: &[DiscountOrder], base: Yen) -> Result<(Vec<Discount>, Yen), PricingError> {
    let mut left = base;
    let mut discounts = Vec::with_capacity(orders.len());
    for order in orders {
        let (amount, percent) = match order.rate {
            DiscountRate::Yen(amount) if amount >= Yen::ZERO => (amount, None),
            DiscountRate::Percent(percent) if percent <= 100 => (percent_of(left, percent)?, Some(percent)),
            DiscountRate::Yen(_) | DiscountRate::Percent(_) => {
                return Err(PricingError::DiscountRange(order.name.clone()));
            }
        };
        if amount > left {
            return Err(PricingError::DiscountTooLarge { name: order.name.clone(), amount, base: left });
        }
        left = left.minus(amount)?;
        discounts.push(Discount { amount, code: order.code.clone(), name: order.name.clone(), percent });
    }
    Ok((discounts, left))
}

pub(crate) fn percent_of(base: Yen, percent: u8) -> Result<Yen, Overflow> {
    i64::try_from(i128::from(base.0) * i128::from(percent) / 100).map(Yen).map_err(|_| Overflow)
}

/// What of each line a check discount may still take: sales after their own discounts.
pub(crate) fn discountable(lines: &[Line]) -> Result<Vec<Yen>, Overflow> {
    lines
        .iter()
        .map(|line| match line.kind {
            LineKind::Sale => line.gross()?.minus(Yen::sum(line.discounts.iter().map(|d| d.amount))?),
            LineKind::GiftCard | LineKind::Deposit | LineKind::CreditCollection => Ok(Yen::ZERO),
        })
        .collect()
}

fn share_check_discounts(lines: &mut [Line], orders: &[DiscountOrder]) -> Result<Vec<Discount>, PricingError> {
    let weights = discountable(lines)?;
    let base = Yen::sum(weights.iter().copied())?;
    let (discounts, left) = take_off(orders, base)?;
    for (line, part) in lines.iter_mut().zip(share(base.minus(left)?, &weights)?) {
        line.check_discount = part;
    }
    Ok(discounts)
}

/// Net, tax and total of every line, and the sales per rate, highest first.
pub(crate) fn taxed(
    lines: &[Line],
    mode: TaxMode,
    rounding: Rounding,
) -> Result<(Vec<Amounts>, Vec<RateAmounts>), Overflow> {
    let untaxed = |line: &Line| match line.kind {
        LineKind::Sale => Ok(Amounts::default()),
        LineKind::GiftCard | LineKind::Deposit | LineKind::CreditCollection => {
            let amount = line.gross()?;
            Ok(Amounts { net: amount, tax: Yen::ZERO, total: amount })
        }
    };
    let mut amounts = lines.iter().map(untaxed).collect::<Result<Vec<_>, _>>()?;
    let mut classes: Vec<TaxClass> =
        lines.iter().filter(|line| line.kind == LineKind::Sale).map(|line| line.tax_class).collect();
    classes.sort();
    classes.dedup();
    let rates = classes.into_iter().map(|class| tax_one_rate(lines, &mut amounts, class, mode, rounding));
    let rates = rates.collect::<Result<_, _>>()?;
    Ok((amounts, rates))
}

fn tax_one_rate(
    lines: &[Line],
    amounts: &mut [Amounts],
    class: TaxClass,
    mode: TaxMode,
    rounding: Rounding,
) -> Result<RateAmounts, Overflow> {
    let is_of_rate = |line: &Line| line.kind == LineKind::Sale && line.tax_class == class;
    let of_rate = lines.iter().filter(|line| is_of_rate(line));
    let bases = of_rate.map(|line| line.gross()?.minus(line.discount()?)).collect::<Result<Vec<_>, _>>()?;
    let whole = class.split(Yen::sum(bases.iter().copied())?, mode, rounding)?;
    let taxes = share(whole.tax, &bases)?;
    let places = lines.iter().zip(amounts).filter(|(line, _)| is_of_rate(line)).map(|(_, place)| place);
    for ((place, base), tax) in places.zip(bases).zip(taxes) {
        *place = match mode {
            TaxMode::Added => Amounts { net: base, tax, total: base.plus(tax)? },
            TaxMode::Included => Amounts { net: base.minus(tax)?, tax, total: base },
        };
    }
    Ok(RateAmounts::new(class, whole))
}

fn pay(orders: &[PaymentOrder], total: Yen) -> Result<Vec<Payment>, PricingError> {
    match apply(orders, total)? {
        (payments, Yen::ZERO) => Ok(payments),
        (_, due) => Err(PricingError::Unpaid { paid: total.minus(due)?, total }),
    }
}

/// Applies payments in entry order; what is left is still due. What cash is too much is change, what a voucher is too
/// much is surplus.
fn apply(orders: &[PaymentOrder], total: Yen) -> Result<(Vec<Payment>, Yen), PricingError> {
    if orders.iter().any(|order| order.tendered < Yen::ZERO) {
        return Err(PricingError::PaymentSign);
    }
    let mut due = total;
    let mut payments = Vec::with_capacity(orders.len());
    for order in orders {
        let applied = order.tendered.min(due);
        let over = order.tendered.minus(applied)?;
        let (change, surplus) = match order.method.kind {
            PaymentKind::Cash => (over, Yen::ZERO),
            PaymentKind::Voucher => (Yen::ZERO, over),
            _ if over == Yen::ZERO => (Yen::ZERO, Yen::ZERO),
            _ => return Err(PricingError::Overpaid { method: order.method.name.clone(), over }),
        };
        due = due.minus(applied)?;
        payments.push(Payment { applied, change, method: order.method.clone(), surplus, tendered: order.tendered });
    }
    Ok((payments, due))
}
