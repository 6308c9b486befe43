//! What some checks come to, added up line by line.

use sales::{Check, LineKind};

/// What some checks come to.
#[derive(Clone, Default)]
pub(super) struct Sum {
    pub(super) net: i64,
    pub(super) tax: i64,
    pub(super) total: i64,
    pub(super) guests: i64,
    pub(super) checks: i64,
    pub(super) voids: i64,
    pub(super) discounts: i64,
    pub(super) cost: i64,
    pub(super) media_net: i64,
    pub(super) media_total: i64,
}

impl Sum {
    pub(super) fn add(&mut self, check: &Check) {
        let sign = if check.reverses.is_some() { -1 } else { 1 };
        for line in check.lines.iter().filter(|line| line.kind == LineKind::Sale) {
            self.net += line.net.0;
            self.tax += line.tax.0;
            self.total += line.total.0;
            self.cost += line.cost.0 * line.quantity;
            self.discounts +=
                line.discounts.iter().map(|discount| discount.amount.0).sum::<i64>() + line.check_discount.0;
            if check.ad_medium.is_some() {
                self.media_net += line.net.0;
                self.media_total += line.total.0;
            }
        }
        self.guests += check.guests.male + check.guests.female + check.guests.unknown;
        self.checks += sign;
        self.voids += i64::from(check.reverses.is_some());
    }

    pub(super) fn of<'a>(checks: impl Iterator<Item = &'a Check>) -> Self {
        let mut sum = Self::default();
        checks.for_each(|check| sum.add(check));
        sum
    }

    /// 客単価, rounded half up.
    pub(super) fn each(&self, amount: i64) -> String {
        if self.guests > 0 { (2 * amount + self.guests).div_euclid(2 * self.guests).to_string() } else { String::new() }
    }
}
