//! Generated orders, checks and settlements, with the ugly cases on purpose: free lines, one-yen remainders,
//! stacked percentages, mixed rates, split payments, vouchers with surplus, non-sales, voids, hours past 24時.

use crate::plain;
use jiff::{SignedDuration, Timestamp, civil::Date};
use proptest::{collection::vec, option, prelude::*, sample::select};
use sales::{
    AdMedium, Cash, CategoryId, Check, CheckHead, CheckId, DiscountOrder, DiscountRate, Draft, DraftLine, Guests,
    ImportCode, LineKind, MethodRef, PaymentKind, PaymentOrder, ProductId, ProductRef, Rounding, Service, Settlement,
    SettlementId, SettlementState, TaxClass, TaxMode, Yen, close_check,
};
use uuid::Uuid;

pub const TODAY: Date = jiff::civil::date(2026, 4, 3);
pub const YESTERDAY: Date = jiff::civil::date(2026, 4, 2);

/// So many cases, unless PROPTEST_CASES says otherwise.
pub fn cases(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases, ..config } }
}

pub fn code(series: u8, n: u64) -> ImportCode {
    ImportCode::issue(series, n).unwrap()
}

pub fn product(n: u8) -> ProductRef {
    ProductRef {
        category: format!("カテゴリ{}", n / 2),
        category_id: CategoryId(Uuid::from_u128(100 + u128::from(n / 2))),
        id: ProductId(Uuid::from_u128(200 + u128::from(n))),
        name: format!("商品{n}"),
    }
}

pub fn method(kind: PaymentKind, n: u64) -> MethodRef {
    MethodRef { code: code(kind.number(), n), kind, name: format!("{}{n}", kind.label()) }
}

pub fn pay(kind: PaymentKind, tendered: i64) -> PaymentOrder {
    PaymentOrder { method: method(kind, 1), tendered: Yen(tendered) }
}

pub fn off(rate: DiscountRate) -> DiscountOrder {
    DiscountOrder { code: code(6, 1), name: "値引".to_owned(), rate }
}

/// A sale of one `product(n)`.
pub fn line(n: u8, tax_class: TaxClass, unit_price: i64, quantity: i64) -> DraftLine {
    DraftLine {
        kind: LineKind::Sale,
        product: product(n),
        service: Service::EatIn,
        tax_class,
        unit_price: Yen(unit_price),
        quantity,
        cost: Yen(unit_price / 3),
        discounts: Vec::new(),
    }
}

pub fn draft(tax_mode: TaxMode, rounding: Rounding, lines: Vec<DraftLine>) -> Draft {
    Draft { tax_mode, rounding, lines, discounts: Vec::new() }
}

pub fn head(n: u32) -> CheckHead {
    let paid_at: Timestamp = "2026-04-03T03:00:00Z".parse().unwrap();
    CheckHead {
        id: CheckId(Uuid::from_u128(10_000 + u128::from(n))),
        slip: n,
        business_date: TODAY,
        hour: 12.try_into().unwrap(),
        opened_at: paid_at,
        paid_at: paid_at + SignedDuration::from_mins(n.into()),
        table: Some(n.to_string()),
        guests: Guests { female: 1, male: 1, unknown: 0 },
        segment: None,
        staff: "0001".to_owned(),
        ad_medium: None,
    }
}

pub fn modes() -> impl Strategy<Value = (TaxMode, Rounding)> {
    (select(vec![TaxMode::Included, TaxMode::Added]), select(vec![Rounding::Down, Rounding::HalfUp, Rounding::Up]))
}

/// Prices that leave remainders.
pub fn price() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => select(vec![0, 1, 2, 3, 5, 9, 10, 11, 99, 100, 101, 108, 110, 333, 999, 1_000]),
        4 => 0..5_000_i64,
        1 => 0..100_000_000_i64,
    ]
}

/// A discount before it is known what there is to take off.
#[derive(Clone, Debug)]
pub enum Off {
    Percent(u8),
    /// So many thousandths of what is left, in yen.
    Part(i64),
}

fn offs(most: usize) -> impl Strategy<Value = Vec<Off>> {
    let off = prop_oneof![
        3 => (0..=100_u8).prop_map(Off::Percent),
        1 => select(vec![Off::Percent(33), Off::Percent(100)]),
        3 => (0..=1_000_i64).prop_map(Off::Part),
    ];
    prop_oneof![2 => Just(Vec::new()), 1 => vec(off, 1..=most)]
}

/// Makes discounts that fit `base`.
fn orders(offs: &[Off], base: i128) -> Vec<DiscountOrder> {
    let mut orders = Vec::new();
    for (off, n) in offs.iter().zip(1..) {
        let left = base - plain::taken_off(base, &orders).iter().sum::<i128>();
        let rate = match off {
            Off::Percent(percent) => DiscountRate::Percent(*percent),
            Off::Part(part) => DiscountRate::Yen(Yen(i64::try_from(left * i128::from(*part) / 1_000).unwrap())),
        };
        orders.push(DiscountOrder { code: code(6, n), name: format!("値引{n}"), rate });
    }
    orders
}

fn draft_line() -> impl Strategy<Value = DraftLine> {
    let classes = vec![
        TaxClass::STANDARD,
        TaxClass::STANDARD,
        TaxClass::REDUCED,
        TaxClass::REDUCED,
        TaxClass::EXEMPT,
        TaxClass::OUT_OF_SCOPE,
    ];
    let not_sales = vec![LineKind::GiftCard, LineKind::Deposit, LineKind::CreditCollection];
    let kind = prop_oneof![9 => Just(LineKind::Sale), 1 => select(not_sales)];
    (0..6_u8, select(classes), any::<bool>(), price(), 1..=4_i64, offs(3), kind).prop_map(
        |(n, tax_class, takeout, unit_price, quantity, offs, kind)| {
            let service = if takeout { Service::Takeout } else { Service::EatIn };
            let sale = DraftLine { service, ..line(n, tax_class, unit_price, quantity) };
            if kind == LineKind::Sale {
                DraftLine { discounts: orders(&offs, plain::gross(&sale)), ..sale }
            } else {
                DraftLine { kind, tax_class: TaxClass::OUT_OF_SCOPE, ..sale }
            }
        },
    )
}

/// What was ordered, with everything that may come off.
pub fn any_draft() -> impl Strategy<Value = Draft> {
    (modes(), vec(draft_line(), 1..=7), offs(2)).prop_map(|((tax_mode, rounding), lines, offs)| {
        let bare = Draft { tax_mode, rounding, lines, discounts: Vec::new() };
        let sales = bare.lines.iter().filter(|line| line.kind == LineKind::Sale);
        let base =
            sales.map(|l| plain::gross(l) - plain::taken_off(plain::gross(l), &l.discounts).iter().sum::<i128>());
        let discounts = orders(&offs, base.sum());
        Draft { discounts, ..bare }
    })
}

/// One payment before the total is known: a kind, a method, and thousandths of what is due.
pub type Tender = (PaymentKind, u64, i64);

fn tenders() -> impl Strategy<Value = Vec<Tender>> {
    vec((select(PaymentKind::ALL.to_vec()), 1..=2_u64, 0..=1_000_i64), 1..=4)
}

/// Payments that cover `total`: parts of it, and the last one the rest; cash and vouchers may be too much.
pub fn cover(tenders: &[Tender], total: i128) -> Vec<PaymentOrder> {
    let mut due = i64::try_from(total).unwrap();
    let mut payments = Vec::new();
    for (i, (kind, n, part)) in tenders.iter().enumerate() {
        let last = i + 1 == tenders.len();
        let applied = if last { due } else { due / 1_000 * part };
        let more = matches!(kind, PaymentKind::Cash | PaymentKind::Voucher) && last;
        let tendered = Yen(applied + if more { *part } else { 0 });
        payments.push(PaymentOrder { method: method(*kind, *n), tendered });
        due -= applied;
    }
    payments
}

/// A paid check of today with what it was made from.
pub fn any_check() -> impl Strategy<Value = (Draft, Vec<PaymentOrder>, Check)> {
    let guests = (0..5_i64, 0..5_i64, 0..3_i64).prop_map(|(female, male, unknown)| Guests { female, male, unknown });
    // A quarter of the checks are later parts of split bills and carry no guests.
    let guests = prop_oneof![3 => guests, 1 => Just(Guests::default())];
    (any_draft(), tenders(), guests, 0..30_i64, option::of(1..4_u64), 1..1_000_u32).prop_map(
        |(draft, tenders, guests, hour, medium, n)| {
            let payments = cover(&tenders, plain::total(&draft));
            let ad_medium = medium.map(|n| AdMedium { code: code(7, n), name: format!("媒体{n}") });
            let head = CheckHead { guests, ad_medium, hour: hour.try_into().unwrap(), ..head(n) };
            let check = close_check(head, &draft, &payments).unwrap();
            (draft, payments, check)
        },
    )
}

/// A settlement of these checks, at revision 1.
pub fn close(checks: Vec<Check>, cash: Cash) -> Settlement {
    Settlement {
        business_date: TODAY,
        cash,
        checks,
        closed_at: "2026-04-03T15:00:00Z".parse().unwrap(),
        id: SettlementId(Uuid::from_u128(5)),
        opened_at: "2026-04-03T00:00:00Z".parse().unwrap(),
        reason: None,
        revised_by: None,
        revision: 1,
        state: SettlementState::Closed,
        supersedes: None,
        z_number: 41,
    }
}
