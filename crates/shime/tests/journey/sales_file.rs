//! A generated file of sold lines, ugly as real ones are: rows out of order, orders after midnight, prices with and
//! without decimals, a ticket that is spread over the file. With the figures it must come to, kept apart.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A file and what it must come to.
#[derive(Clone)]
pub struct SalesFile {
    rows: Vec<Row>,
}

#[derive(Clone)]
struct Row {
    ticket: u32,
    /// Day of January 2017 and time, as the till's clock read.
    day: u32,
    hour: u32,
    minute: u32,
    item: u32,
    quantity: i64,
    pence: i64,
}

impl Row {
    /// Of January 2017: before five in the morning it is still yesterday.
    fn business_day(&self) -> u32 {
        self.day - u32::from(self.hour < 5)
    }
}

/// A small generator: the same seed gives the same file.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(n)).unwrap()
    }
}

impl SalesFile {
    /// `days` business days of `tickets` tickets each.
    pub fn generate(seed: u64, days: u32, tickets: u32) -> Self {
        let mut dice = Dice(seed);
        let mut rows = Vec::new();
        for day in 1..=days {
            for nth in 0..tickets {
                // 11時 to 25時: the last two hours lie on the next calendar day.
                let hour = 11 + dice.below(15);
                let (minute, lines) = (dice.below(60), 1 + dice.below(5));
                for _ in 0..lines {
                    let item = dice.below(40);
                    rows.push(Row {
                        ticket: 1_000 * day + nth,
                        day: day + hour / 24,
                        hour: hour % 24,
                        minute,
                        item,
                        quantity: i64::from(1 + dice.below(3)),
                        pence: i64::from(50 + 35 * item + 5 * dice.below(3)),
                    });
                }
            }
        }
        for at in (1..rows.len()).rev() {
            rows.swap(at, usize::try_from(dice.below(u32::try_from(at).unwrap() + 1)).unwrap());
        }
        Self { rows }
    }

    /// The same without every other ticket of each day.
    pub fn every_second_ticket(&self) -> Self {
        Self { rows: self.rows.iter().filter(|row| row.ticket % 2 == 0).cloned().collect() }
    }

    /// The same until the end of its `days`-th business day.
    pub fn first_days(&self, days: u32) -> Self {
        Self { rows: self.rows.iter().filter(|row| row.business_day() <= days).cloned().collect() }
    }

    /// The same with one line a penny dearer.
    pub fn with_one_price_changed(&self) -> Self {
        let mut changed = self.clone();
        changed.rows[0].pence += 1;
        changed
    }

    /// As the takeaway mapping reads it.
    pub fn csv(&self) -> String {
        let mut csv = String::from("invoice,Order Date,description,Quantity,Product Price,Total products,City\n");
        for Row { ticket, day, hour, minute, item, quantity, pence } in &self.rows {
            let price = format!("{}.{:02}", pence / 100, pence % 100);
            let price = price.trim_end_matches('0').trim_end_matches('.');
            writeln!(csv, "{ticket},{day:02}/01/17 {hour}:{minute:02},Item {item},{quantity},{price},1,London")
                .unwrap();
        }
        csv
    }

    /// How many checks.
    pub fn checks(&self) -> usize {
        self.per_day().values().map(|(tickets, _)| tickets.len()).sum()
    }

    /// Per business date of January 2017: checks and Σ quantity × price.
    pub fn totals(&self) -> BTreeMap<u32, (i64, i64)> {
        self.per_day()
            .into_iter()
            .map(|(day, (tickets, sum))| (day, (i64::try_from(tickets.len()).unwrap(), sum)))
            .collect()
    }

    fn per_day(&self) -> BTreeMap<u32, (std::collections::BTreeSet<u32>, i64)> {
        let mut days = BTreeMap::<u32, (std::collections::BTreeSet<u32>, i64)>::new();
        for row in &self.rows {
            let (tickets, sum) = days.entry(row.business_day()).or_default();
            tickets.insert(row.ticket);
            *sum += row.quantity * row.pence;
        }
        days
    }
}
