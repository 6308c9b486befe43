//! Sums of a part of the sales over stores and days. The company's own sums answer for the whole company, the stores'
//! months for whole months, and the days' rollups for what is left: always the same figures, by the shortest way.

use super::{Period, Range, over, period::Pieces, product_hours};
use crate::{
    FlaroError,
    rollup::{Figures, Part},
    tenant::scoped,
};
use db::{Row, Sql, Tx};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;

/// How fine days are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Grain {
    /// Not at all.
    #[default]
    Whole,
    /// By month.
    Month,
    /// By day.
    Day,
}

/// What is told apart; everything else is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is told apart or not")]
pub(crate) struct By {
    pub store: bool,
    pub grain: Grain,
    pub item: bool,
    pub hour: bool,
    pub class: bool,
}

/// One sum with what tells it apart; the rest of the key is empty (no hour: −1).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub store: String,
    /// `YYYY-MM` or `YYYY-MM-DD`.
    pub day: String,
    pub item: String,
    pub hour: i64,
    pub class: String,
}

/// One sum.
#[derive(Clone, Debug)]
pub(crate) struct Sum {
    pub key: Key,
    pub figures: Figures,
}

impl By {
    /// Only by day.
    pub fn day() -> Self {
        Self { grain: Grain::Day, ..Self::default() }
    }

    /// Only by store.
    pub fn store() -> Self {
        Self { store: true, ..Self::default() }
    }

    /// Only by item.
    pub fn item() -> Self {
        Self { item: true, ..Self::default() }
    }

    /// Only by hour.
    pub fn hour() -> Self {
        Self { hour: true, ..Self::default() }
    }

    /// The key of a row as this tells apart.
    pub fn key(self, store: &str, date: &str, item: &str, hour: i64, class: &str) -> Key {
        let kept = |wanted: bool, text: &str| if wanted { text.to_owned() } else { String::new() };
        let day = match self.grain {
            Grain::Whole => "",
            Grain::Month => date.get(..7).unwrap_or(date),
            Grain::Day => date,
        };
        Key {
            store: kept(self.store, store),
            day: day.to_owned(),
            item: kept(self.item, item),
            hour: if self.hour { hour } else { -1 },
            class: kept(self.class, class),
        }
    }

    fn grain(self) -> i64 {
        match self.grain {
            Grain::Whole => 0,
            Grain::Month => 7,
            Grain::Day => 10,
        }
    }
}

macro_rules! keys {
    ($day:literal, $item:literal, $hour:literal, $class:literal) => {
        concat!(
            "SELECT CASE WHEN $7 = 1 THEN d.store_id ELSE '' END AS store, substr(",
            $day,
            ", 1, CAST($8 AS INTEGER)) AS day,
               CASE WHEN $9 = 1 THEN ",
            $item,
            " ELSE '' END AS item,
               CASE WHEN $10 = 1 THEN ",
            $hour,
            " ELSE -1 END AS hour,
               CASE WHEN $11 = 1 THEN ",
            $class,
            " ELSE '' END AS class, "
        )
    };
}

macro_rules! summed {
    ($($name:literal $figure:literal),+) => {
        concat!("CAST(COUNT(*) AS BIGINT) AS rows_summed" $(, ", CAST(COALESCE(SUM(", $figure, "), 0) AS BIGINT) AS ", $name)+)
    };
}

/// `$5`, `$6`: from and to.
macro_rules! of_days {
    ($table:literal, $item:literal, $hour:literal, $class:literal, $($name:literal $figure:literal),+) => {
        over!(
            concat!(keys!("d.business_date", $item, $hour, $class), summed!($($name $figure),+), " FROM ", $table, " d"),
            "d",
            "AND d.business_date BETWEEN $5 AND $6 GROUP BY 1, 2, 3, 4, 5"
        )
    };
}

const DAYS: Sql = of_days!(
    "day_rollup", "''", "-1", "''", "days" "CASE WHEN d.closed > 0 THEN 1 ELSE 0 END", "count" "d.voids", "checks" "d.checks",
    "guests" "d.guests", "gross" "d.gross", "discount" "d.discounts", "net" "d.net", "tax" "d.tax", "total" "d.total",
    "cost" "d.cost"
);
const HOURS: Sql = of_days!(
    "rollup_hourly", "''", "d.hour", "''", "days" "1", "count" "0", "checks" "d.checks", "guests" "d.guests", "gross" "0",
    "discount" "0", "net" "d.net", "tax" "d.tax", "total" "d.total", "cost" "0"
);
const PRODUCTS: Sql = of_days!(
    "rollup_product", "d.product_id", "-1", "(d.tax_class || ' ' || d.service)", "days" "1", "count" "d.quantity", "checks" "0",
    "guests" "0", "gross" "d.gross", "discount" "d.discount", "net" "d.net", "tax" "d.tax", "total" "d.total",
    "cost" "d.cost"
);
const PAYMENTS: Sql = of_days!(
    "rollup_payment", "d.code", "-1", "CAST(d.kind AS TEXT)", "days" "1", "count" "d.count", "checks" "0", "guests" "0",
    "gross" "d.non_sales", "discount" "d.surplus", "net" "0", "tax" "0", "total" "d.amount", "cost" "0"
);
const MEDIA: Sql = of_days!(
    "rollup_media", "d.code", "-1", "''", "days" "1", "count" "0", "checks" "d.checks", "guests" "d.guests", "gross" "0",
    "discount" "0", "net" "d.net", "tax" "d.tax", "total" "d.total", "cost" "0"
);
const DISCOUNTS: Sql = of_days!(
    "rollup_discount", "d.code", "-1", "d.scope", "days" "1", "count" "d.count", "checks" "0", "guests" "0", "gross" "0",
    "discount" "d.amount", "net" "0", "tax" "0", "total" "0", "cost" "0"
);

/// `$5` is the part, `$6` the spans.
macro_rules! of_spans {
    () => {
        concat!(
            keys!("d.span", "d.item", "d.hour", "d.class"),
            summed!(
                "days" "d.days", "count" "d.count", "checks" "d.checks", "guests" "d.guests", "gross" "d.gross",
                "discount" "d.discount", "net" "d.net", "tax" "d.tax", "total" "d.total", "cost" "d.cost"
            ),
            " FROM rollup_sum d"
        )
    };
}

const SPANS: Sql = {
    const SQLITE: Sql = over!(
        of_spans!(),
        "d",
        "AND d.part = $5 AND d.span IN (SELECT value FROM json_each($6)) GROUP BY 1, 2, 3, 4, 5"
    );
    const POSTGRES: Sql = over!(
        of_spans!(),
        "d",
        "AND d.part = $5 AND d.span IN (SELECT jsonb_array_elements_text(CAST($6 AS JSONB))) GROUP BY 1, 2, 3, 4, 5"
    );
    Sql { sqlite: SQLITE.sqlite, postgres: POSTGRES.postgres }
};

/// The company's own rows: their store is `$4`, nothing. Said as an equality, so that no engine reads the stores' rows of
/// the same spans on its way.
const COMPANY: Sql = Sql {
    sqlite: concat!(
        of_spans!(),
        " WHERE ",
        crate::tenant::in_scope!("d"),
        " AND d.store_id = $4 AND d.part = $5 AND d.span IN (SELECT value FROM json_each($6)) GROUP BY 1, 2, 3, 4, 5"
    ),
    postgres: concat!(
        of_spans!(),
        " WHERE ",
        crate::tenant::in_scope!("d"),
        " AND d.store_id = $4 AND d.part = $5
          AND d.span IN (SELECT jsonb_array_elements_text(CAST($6 AS JSONB))) GROUP BY 1, 2, 3, 4, 5"
    ),
};

/// The sums of a part.
pub(crate) async fn totals(tx: &mut Tx, range: &Range, part: Part, by: By) -> Result<Vec<Sum>, FlaroError> {
    let mut sums = BTreeMap::new();
    let pieces = if by.grain == Grain::Day { in_days(range.period) } else { range.period.pieces() };
    if range.whole && !by.store {
        let days = pieces.days.iter().flat_map(|(from, to)| Period { from: *from, to: *to }.days());
        let spans = pieces.months.iter().cloned().chain(days.map(|date| date.to_string())).collect();
        add(&mut sums, &spanned(tx, (COMPANY, range, ""), part, spans, by).await?)?;
        return Ok(listed(sums));
    }
    // Stores' months have no product × hour: it would be most of what is written.
    if part == Part::ProductHour {
        product_hours::add(tx, range, by, &mut sums).await?;
        return Ok(listed(sums));
    }
    if !pieces.months.is_empty() {
        add(&mut sums, &spanned(tx, (SPANS, range, &range.store_list()), part, pieces.months, by).await?)?;
    }
    for (from, to) in pieces.days {
        add(&mut sums, &of_days(tx, range, part, from, to, by).await?)?;
    }
    Ok(listed(sums))
}

fn in_days(period: Period) -> Pieces {
    Pieces { months: Vec::new(), days: vec![(period.from, period.to)] }
}

async fn spanned(
    tx: &mut Tx,
    (sql, range, stores): (Sql, &Range, &str),
    part: Part,
    spans: Vec<String>,
    by: By,
) -> Result<Vec<Row>, FlaroError> {
    let spans = Value::from(spans).to_string();
    let asked = scoped!(range.scope, stores, part.name(), spans, by.store, by.grain(), by.item, by.hour, by.class);
    Ok(tx.fetch_all(sql, asked).await?)
}

async fn of_days(tx: &mut Tx, range: &Range, part: Part, from: Date, to: Date, by: By) -> Result<Vec<Row>, FlaroError> {
    let sql = match part {
        Part::Hour => HOURS,
        Part::Product => PRODUCTS,
        Part::Payment => PAYMENTS,
        Part::Medium => MEDIA,
        Part::Discount => DISCOUNTS,
        Part::Day | Part::ProductHour => DAYS,
    };
    let (from, to) = (from.to_string(), to.to_string());
    let asked = scoped!(range.scope, range.store_list(), from, to, by.store, by.grain(), by.item, by.hour, by.class);
    Ok(tx.fetch_all(sql, asked).await?)
}

fn add(sums: &mut BTreeMap<Key, Figures>, rows: &[Row]) -> Result<(), FlaroError> {
    for row in rows {
        let key = Key {
            store: row.text("store")?,
            day: row.text("day")?,
            item: row.text("item")?,
            hour: row.int("hour")?,
            class: row.text("class")?,
        };
        let figures = Figures {
            days: row.int("days")?,
            count: row.int("count")?,
            checks: row.int("checks")?,
            guests: row.int("guests")?,
            gross: row.int("gross")?,
            discount: row.int("discount")?,
            net: row.int("net")?,
            tax: row.int("tax")?,
            total: row.int("total")?,
            cost: row.int("cost")?,
        };
        sums.entry(key).or_default().add(&figures);
    }
    Ok(())
}

fn listed(sums: BTreeMap<Key, Figures>) -> Vec<Sum> {
    // A day that a revision left behind has a row of nothing.
    let sums = sums.into_iter().filter(|(_, figures)| figures.days > 0);
    sums.map(|(key, figures)| Sum { key, figures }).collect()
}
