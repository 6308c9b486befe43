//! The rules once more, written as plainly as they read, in wide integers. Nothing here calls the product's
//! arithmetic.

use sales::{Check, DiscountOrder, DiscountRate, Draft, DraftLine, LineKind, Rounding, TaxClass, TaxMode};
use std::collections::BTreeMap;

/// Largest remainder, ties to the first: hands out the floor, then one yen at a time to whoever is owed most.
pub fn share(amount: i128, weights: &[i128]) -> Vec<i128> {
    let whole: i128 = weights.iter().sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let mut shares: Vec<i128> = weights.iter().map(|w| amount * w / whole).collect();
    let mut served = vec![false; weights.len()];
    while shares.iter().sum::<i128>() < amount {
        let owed = |i: usize| amount * weights[i] % whole;
        let mut waiting = (0..weights.len()).filter(|i| !served[*i]);
        let first = waiting.next().expect("remainders sum to less than one yen a share");
        let next = waiting.fold(first, |best, i| if owed(i) > owed(best) { i } else { best });
        served[next] = true;
        shares[next] += 1;
    }
    shares
}

/// Takes discounts off one after the other; what each came to.
pub fn taken_off(base: i128, orders: &[DiscountOrder]) -> Vec<i128> {
    let mut left = base;
    let mut amounts = Vec::new();
    for order in orders {
        let amount = match order.rate {
            DiscountRate::Yen(yen) => i128::from(yen.0),
            DiscountRate::Percent(percent) => left * i128::from(percent) / 100,
        };
        left -= amount;
        amounts.push(amount);
    }
    amounts
}

/// The tax of one rate on one check.
pub fn tax(base: i128, class: TaxClass, mode: TaxMode, rounding: Rounding) -> i128 {
    let rate = i128::from(class.percent);
    let (above, below) = match mode {
        TaxMode::Added => (base * rate, 100),
        TaxMode::Included => (base * rate, 100 + rate),
    };
    match rounding {
        Rounding::Down => above / below,
        Rounding::HalfUp => (above * 2 + below) / (below * 2),
        Rounding::Up => (above + below - 1) / below,
    }
}

/// One line as it must come out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub check_discount: i128,
    pub net: i128,
    pub tax: i128,
    pub total: i128,
}

pub fn gross(line: &DraftLine) -> i128 {
    i128::from(line.unit_price.0) * i128::from(line.quantity)
}

/// All lines of a draft as they must come out.
pub fn lines(draft: &Draft) -> Vec<Line> {
    let own = |line: &DraftLine| gross(line) - taken_off(gross(line), &line.discounts).iter().sum::<i128>();
    let sale = |line: &DraftLine| line.kind == LineKind::Sale;
    let weights: Vec<i128> = draft.lines.iter().map(|line| if sale(line) { own(line) } else { 0 }).collect();
    let off = taken_off(weights.iter().sum(), &draft.discounts).iter().sum();
    let shares = share(off, &weights);
    let bases: Vec<i128> = weights.iter().zip(&shares).map(|(weight, share)| weight - share).collect();
    let mut out: Vec<Line> = draft
        .lines
        .iter()
        .zip(&shares)
        .map(|(line, share)| {
            let not_a_sale = Line { net: gross(line), total: gross(line), ..Line::default() };
            if sale(line) { Line { check_discount: *share, ..Line::default() } } else { not_a_sale }
        })
        .collect();
    let mut of_class: BTreeMap<TaxClass, Vec<usize>> = BTreeMap::new();
    for (i, line) in draft.lines.iter().enumerate().filter(|(_, line)| sale(line)) {
        of_class.entry(line.tax_class).or_default().push(i);
    }
    for (class, of_class) in of_class {
        let bases: Vec<i128> = of_class.iter().map(|i| bases[*i]).collect();
        let tax = tax(bases.iter().sum(), class, draft.tax_mode, draft.rounding);
        for ((i, base), tax) in of_class.iter().zip(&bases).zip(share(tax, &bases)) {
            let (net, total) = match draft.tax_mode {
                TaxMode::Added => (*base, base + tax),
                TaxMode::Included => (base - tax, *base),
            };
            (out[*i].net, out[*i].tax, out[*i].total) = (net, tax, total);
        }
    }
    out
}

/// What a draft comes to.
pub fn total(draft: &Draft) -> i128 {
    lines(draft).iter().map(|line| line.total).sum()
}

/// Net, tax and total summed over anything that has them, per tax class.
pub type PerRate = BTreeMap<TaxClass, [i128; 3]>;

pub fn earn(to: &mut PerRate, class: TaxClass, net: sales::Yen, tax: sales::Yen, total: sales::Yen) {
    let sum = to.entry(class).or_default();
    sum[0] += i128::from(net.0);
    sum[1] += i128::from(tax.0);
    sum[2] += i128::from(total.0);
}

/// The sales of many checks per rate, from their lines.
pub fn sales_per_rate<'a>(checks: impl IntoIterator<Item = &'a Check>) -> PerRate {
    let mut sums = PerRate::new();
    for line in checks.into_iter().flat_map(|check| &check.lines).filter(|line| line.kind == LineKind::Sale) {
        earn(&mut sums, line.tax_class, line.net, line.tax, line.total);
    }
    sums
}
