//! What a party orders: lines from the masters' products, discounts as they are given, now and then something
//! that is no sale.

use crate::{
    kind::Habits,
    masters::id,
    menu::{Course, menu},
    restaurant::Restaurant,
};
use jiff::civil::Date;
use protocol::masters::{DiscountMaster, ProductMaster};
use rand::{Rng, RngExt};
use sales::{
    CategoryId, DiscountOrder, DiscountRate, Draft, DraftLine, LineKind, ProductId, ProductRef, Service, TaxClass,
    TaxKind, Yen,
};

/// So many in a hundred.
pub(crate) fn chance(rng: &mut impl Rng, percent: u32) -> bool {
    rng.random_range(0..100) < percent
}

impl Restaurant {
    /// What `guests` people order. `service` is everybody's, but for what is taken home besides.
    pub(crate) fn order(&self, rng: &mut impl Rng, habits: &Habits, on: Date, guests: u32, service: Service) -> Draft {
        let mut lines: Vec<DraftLine> = Vec::new();
        for course in self.courses(rng, guests) {
            let home = service == Service::EatIn && course == Course::Extra && chance(rng, habits.takeout_besides);
            if let Some(product) = self.pick(rng, course) {
                let service = if home { Service::Takeout } else { service };
                let line = self.line(product, service, on);
                match lines.iter_mut().find(|l| l.product.id == line.product.id && l.service == line.service) {
                    Some(line) => line.quantity += 1,
                    None => lines.push(line),
                }
            }
        }
        for line in &mut lines {
            if chance(rng, 4) {
                line.discounts.extend(self.line_discount(rng, line));
            }
        }
        lines.extend(self.non_sale(rng));
        let discounts = self.check_discounts(rng, &lines);
        Draft { tax_mode: self.masters.store.tax_mode, rounding: self.masters.store.rounding, lines, discounts }
    }

    fn courses(&self, rng: &mut impl Rng, guests: u32) -> Vec<Course> {
        let mut courses = Vec::new();
        for _ in 0..guests {
            courses.push(Course::Main);
            courses.extend(chance(rng, 45).then_some(Course::Drink));
            courses.extend(chance(rng, 30).then_some(Course::Extra));
            if self.kind == crate::Kind::Izakaya {
                courses.extend(std::iter::repeat_n(Course::Alcohol, rng.random_range(1..5)));
                courses.extend(std::iter::repeat_n(Course::Share, rng.random_range(1..4)));
            } else {
                courses.extend(chance(rng, 8).then_some(Course::Alcohol));
            }
        }
        courses
    }

    /// A product of a course; masters that were replaced are ordered from at random.
    fn pick(&self, rng: &mut impl Rng, course: Course) -> Option<&ProductMaster> {
        let products = &self.masters.products;
        let served = |product: &&ProductMaster| {
            menu(self.kind).iter().any(|dish| dish.course == course && dish.name == product.name)
        };
        let of_course: Vec<&ProductMaster> = products.iter().filter(served).collect();
        if !of_course.is_empty() {
            return Some(of_course[rng.random_range(0..of_course.len())]);
        }
        let foreign = !products.iter().any(|product| menu(self.kind).iter().any(|dish| dish.name == product.name));
        (foreign && !products.is_empty()).then(|| &products[rng.random_range(0..products.len())])
    }

    fn line(&self, product: &ProductMaster, service: Service, on: Date) -> DraftLine {
        let kind = if service == Service::EatIn { product.eat_in } else { product.takeout };
        let category = self.masters.categories.iter().find(|category| category.id == product.category_id);
        DraftLine {
            kind: LineKind::Sale,
            product: ProductRef {
                category: category.map_or_else(String::new, |category| category.name.clone()),
                category_id: product.category_id,
                id: product.id,
                name: product.name.clone(),
            },
            service,
            tax_class: tax_class(kind, self.masters.percent(kind, on)),
            unit_price: product.price,
            quantity: 1,
            cost: product.cost,
            discounts: Vec::new(),
        }
    }

    fn line_discount(&self, rng: &mut impl Rng, line: &DraftLine) -> Option<DiscountOrder> {
        let gross = line.unit_price.times(line.quantity).ok()?;
        let small = |d: &&DiscountMaster| d.percent.is_some() || d.amount.is_some_and(|amount| amount <= gross);
        let offered: Vec<&DiscountMaster> = self.masters.discounts.iter().filter(small).collect();
        if offered.is_empty() {
            return None;
        }
        let master = offered[rng.random_range(0..offered.len())];
        let rate = master.percent.map(DiscountRate::Percent).or(master.amount.map(DiscountRate::Yen))?;
        Some(DiscountOrder { code: master.code.clone(), name: master.name.clone(), rate })
    }

    /// A coupon, a member's percentage, both, or the odd yen off.
    fn check_discounts(&self, rng: &mut impl Rng, lines: &[DraftLine]) -> Vec<DiscountOrder> {
        let sale = lines.iter().filter(|line| line.kind == LineKind::Sale);
        let gross: i64 = sale.map(|line| line.unit_price.0 * line.quantity).sum();
        let mut orders = Vec::new();
        for master in &self.masters.discounts {
            let rate = match (master.percent, master.amount) {
                (Some(percent), _) if percent < 30 && chance(rng, 4) => DiscountRate::Percent(percent),
                (None, Some(amount)) if gross > amount.0 * 6 && chance(rng, 5) => DiscountRate::Yen(amount),
                (None, None) if gross > 1_000 && chance(rng, 3) => DiscountRate::Yen(Yen(gross % 10)),
                _ => continue,
            };
            orders.push(DiscountOrder { code: master.code.clone(), name: master.name.clone(), rate });
        }
        orders.truncate(2);
        orders
    }

    /// Rarely: a gift card, a deposit for a party, an invoice that is paid.
    fn non_sale(&self, rng: &mut impl Rng) -> Option<DraftLine> {
        let (kind, name, amount) = match rng.random_range(0..200) {
            0..3 => (LineKind::GiftCard, "ギフト券", 3_000),
            3 => (LineKind::Deposit, "宴会予約金", 10_000),
            4 => (LineKind::CreditCollection, "掛売回収", 8_640),
            _ => return None,
        };
        Some(DraftLine {
            kind,
            product: ProductRef {
                category: "売上外".to_owned(),
                category_id: CategoryId(id(self.company, "category/売上外")),
                id: ProductId(id(self.company, &format!("product/売上外/{name}"))),
                name: name.to_owned(),
            },
            service: Service::EatIn,
            tax_class: TaxClass::OUT_OF_SCOPE,
            unit_price: Yen(amount),
            quantity: 1,
            cost: Yen::ZERO,
            discounts: Vec::new(),
        })
    }
}

fn tax_class(kind: TaxKind, percent: u8) -> TaxClass {
    TaxClass { kind, percent }
}
