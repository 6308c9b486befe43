//! Many products at once from a file: read into rows, compared with what there is, shown, and saved only as shown.
//!
//! A product is told by its 商品ID; a row without one is a new product. A column that the file leaves out stays as it
//! is. Two products may share an own code: they stay two. [`plan`] is pure; `pending` keeps the rows in between.

mod pending;

use std::collections::{BTreeMap, HashMap};

use protocol::hash::Sha256;
use sales::{CategoryId, OwnCode, ProductId, TaxKind, Yen};
use serde::{Deserialize, Serialize};
use web::download::{Cell, Sheet};
use web::upload::{Column, Fault, Faults, Table};

use super::rules::{self, Difference};
use super::{Product, Values, save};
use crate::categories::Category;

pub use pending::{Confirmed, Pending, confirm, keep, pending};

/// The most rows of a file: they are saved in one transaction.
pub const ROWS_MAX: usize = 5_000;
/// The columns, in the order they are exported.
pub const HEADS: [&str; 12] = [
    "商品ID",
    "カテゴリ",
    "商品名",
    "価格",
    "原価",
    "税区分（イートイン）",
    "税区分（テイクアウト）",
    "自社親カテゴリコード",
    "自社子カテゴリコード",
    "自社商品コード",
    "表示順",
    "状態",
];
const ID: &str = HEADS[0];

/// The columns as a file is read.
pub fn columns() -> Vec<Column> {
    HEADS.iter().map(|name| if *name == ID { Column::needed(name) } else { Column::optional(name) }).collect()
}

/// The file that is edited and taken in again; without products it is the template.
pub fn sheet(products: &[Product]) -> Sheet {
    let mut sheet = Sheet::new("全店舗", "商品", &HEADS);
    for product in products {
        sheet.row(cells(product));
    }
    sheet
}

fn cells(Product { id, values, .. }: &Product) -> [Cell; 12] {
    let code = |code: &Option<OwnCode>| Cell::from(code.as_ref().map(OwnCode::as_str));
    [
        id.to_string().into(),
        values.category_name.as_str().into(),
        values.name.as_str().into(),
        values.price.0.into(),
        values.cost.0.into(),
        rules::tax_word(values.eat_in).into(),
        rules::tax_word(values.takeout).into(),
        code(&values.own_parent),
        code(&values.own_child),
        code(&values.own_product),
        values.position.into(),
        rules::STATES[usize::from(!values.on_sale)].into(),
    ]
}

/// A row as it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    line: u64,
    cells: BTreeMap<String, String>,
    /// Column and message of what a spreadsheet has ruined.
    ruined: Vec<(String, String)>,
}

/// Every row of a table.
pub fn typed(table: &Table<'_>) -> Vec<Typed> {
    let read = |row: web::upload::Row<'_>| {
        let mut typed = Typed { line: row.number(), cells: BTreeMap::new(), ruined: Vec::new() };
        for column in HEADS.into_iter().filter(|column| table.has(column)) {
            match row.whole(column) {
                Ok(text) => drop(typed.cells.insert(column.to_owned(), text.to_owned())),
                Err(fault) => typed.ruined.push((fault.column, fault.message)),
            }
        }
        typed
    };
    table.rows().map(read).collect()
}

/// What taking the file in would do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// New products, with their lines.
    pub new: Vec<(u64, Values)>,
    /// Changed products: line, as it is, as it becomes, the difference.
    pub changed: Vec<(u64, Product, Values, Difference)>,
    /// Rows that change nothing.
    pub unchanged: usize,
    /// What is wrong; with anything wrong nothing is saved.
    pub faults: Faults,
    /// Own product codes that several products on sale would have, with how many.
    pub shared: Vec<(OwnCode, usize)>,
}

impl Plan {
    /// What was shown, so that what is saved is just that.
    pub fn fingerprint(&self) -> String {
        let changed: Vec<_> =
            self.changed.iter().map(|(_, from, to, _)| (from.id, from.version, &from.values, to)).collect();
        Sha256::of(serde_json::json!((&self.new, changed)).to_string().as_bytes()).to_string()
    }

    /// Nothing to save?
    pub fn is_idle(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty()
    }
}

/// Compares the rows with the products and categories there are.
pub fn plan(rows: &[Typed], products: &[Product], categories: &[Category]) -> Plan {
    let known: HashMap<ProductId, &Product> = products.iter().map(|product| (product.id, product)).collect();
    let mut last = products.iter().map(|product| product.values.position).max().unwrap_or_default();
    let (mut plan, mut seen) = (Plan::default(), HashMap::new());
    for row in rows {
        let mut reader = Reader { row, faults: Vec::new() };
        let values = match reader.base(&known, &mut seen) {
            Ok(base) => reader.values(base, categories, last + 1).map(|values| (base, values)),
            Err(fault) => {
                reader.faults.push(fault);
                None
            }
        };
        for (column, message) in row.ruined.iter().filter(|(column, _)| column != ID) {
            reader.faults.push(Fault::cell(row.line, column, message));
        }
        for fault in reader.faults {
            plan.faults.add(fault);
        }
        match values {
            None => {}
            Some((None, to)) => {
                last = last.max(to.position);
                plan.new.push((row.line, to));
            }
            Some((Some(from), to)) => match from.values.difference(&to) {
                None => plan.unchanged += 1,
                Some(difference) => plan.changed.push((row.line, from.clone(), to, difference)),
            },
        }
    }
    judge_together(&mut plan, products);
    plan
}

/// What only shows when all rows are looked at: names used twice, codes shared.
fn judge_together(plan: &mut Plan, products: &[Product]) {
    let becomes: HashMap<ProductId, (u64, &Values)> =
        plan.changed.iter().map(|(line, from, to, _)| (from.id, (*line, to))).collect();
    let kept = products.iter().filter(|product| !becomes.contains_key(&product.id)).map(|product| (0, &product.values));
    let mut all: Vec<(u64, &Values)> = kept.chain(becomes.values().copied()).collect();
    all.extend(plan.new.iter().map(|(line, values)| (*line, values)));
    all.retain(|(_, values)| values.on_sale);
    all.sort_by_key(|(line, _)| *line);
    let (mut names, mut codes) = (HashMap::new(), BTreeMap::<&OwnCode, (usize, bool)>::new());
    let mut faults = Vec::new();
    for (line, values) in all {
        let twin = names.insert((values.category, &values.name), line).is_some();
        if twin && line > 0 {
            faults.push(Fault::cell(line, HEADS[2], save::taken(values)));
        }
        if let Some(code) = &values.own_product {
            let (count, touched) = codes.entry(code).or_default();
            (*count, *touched) = (*count + 1, *touched || line > 0);
        }
    }
    let shared = codes.iter().filter(|(_, (count, touched))| *count > 1 && *touched);
    let shared = shared.map(|(code, (count, _))| ((*code).clone(), *count)).collect();
    plan.shared = shared;
    for fault in faults {
        plan.faults.add(fault);
    }
}

/// One row being read.
struct Reader<'a> {
    row: &'a Typed,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    /// The product the row is about; none for a new one.
    fn base<'p>(
        &self,
        known: &HashMap<ProductId, &'p Product>,
        seen: &mut HashMap<ProductId, u64>,
    ) -> Result<Option<&'p Product>, Fault> {
        let wrong = |message: String| Fault::cell(self.row.line, ID, message);
        if let Some((_, message)) = self.row.ruined.iter().find(|(column, _)| column == ID) {
            return Err(wrong(message.clone()));
        }
        let typed = self.row.cells.get(ID).map(String::as_str).unwrap_or_default();
        if typed.is_empty() {
            return Ok(None);
        }
        let Some(product) = typed.parse().ok().and_then(|id: ProductId| known.get(&id).copied()) else {
            return Err(wrong(format!(
                "この商品IDの商品はありません。新しい商品なら商品IDを空にしてください（いま「{typed}」です）"
            )));
        };
        match seen.insert(product.id, self.row.line) {
            Some(first) => Err(wrong(format!("{first}行目と同じ商品IDです。1商品1行にしてください"))),
            None => Ok(Some(product)),
        }
    }

    fn values(&mut self, base: Option<&Product>, categories: &[Category], end: i64) -> Option<Values> {
        let base = base.map(|product| &product.values);
        let category = self.category(base, categories);
        let name = self.read(HEADS[2], base.map(|b| b.name.clone()), |t| rules::name(t, HEADS[2]));
        let price = self.read(HEADS[3], base.map(|b| b.price), |t| rules::yen(t, HEADS[3]));
        let cost = self.read(HEADS[4], base.map(|b| b.cost), |t| rules::yen(t, HEADS[4]));
        let eat_in = self.read(HEADS[5], base.map(|b| b.eat_in), |t| rules::tax(t, HEADS[5]));
        let takeout = self.read(HEADS[6], base.map(|b| b.takeout), |t| rules::tax(t, HEADS[6]));
        let own_parent = self.read(HEADS[7], base.map(|b| b.own_parent.clone()), rules::own_code);
        let own_child = self.read(HEADS[8], base.map(|b| b.own_child.clone()), rules::own_code);
        let own_product = self.read(HEADS[9], base.map(|b| b.own_product.clone()), rules::own_code);
        let position = self.or_blank(HEADS[10], base.map_or(end, |b| b.position), rules::position);
        let on_sale = self.or_blank(HEADS[11], base.is_none_or(|b| b.on_sale), rules::on_sale);
        let (category, category_name) = category?;
        let (price, cost, eat_in, takeout): (Yen, Yen, TaxKind, TaxKind) = (price?, cost?, eat_in?, takeout?);
        Some(Values {
            category,
            category_name,
            name: name?,
            price,
            cost,
            eat_in,
            takeout,
            own_parent: own_parent?,
            own_child: own_child?,
            own_product: own_product?,
            position: position?,
            on_sale: on_sale?,
        })
    }

    fn category(&mut self, base: Option<&Values>, categories: &[Category]) -> Option<(CategoryId, String)> {
        let kept = base.map(|b| (b.category, b.category_name.clone()));
        self.read(HEADS[1], kept.clone(), |typed| {
            if kept.as_ref().is_some_and(|(_, name)| name == typed) {
                return kept.ok_or_else(String::new);
            }
            let usable = categories.iter().find(|category| category.name == typed && category.retired_at.is_none());
            usable.map(|category| (category.id, category.name.clone())).ok_or_else(|| match typed {
                "" => "カテゴリを入力してください".to_owned(),
                typed => {
                    format!("カテゴリ「{typed}」はありません。「商品カテゴリ」で先に追加するか、名称を直してください")
                }
            })
        })
    }

    /// A cell, or what there is already where the file has no such column.
    fn read<T>(
        &mut self,
        column: &'static str,
        base: Option<T>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let typed = self.row.cells.get(column).map(String::as_str);
        if self.row.ruined.iter().any(|(ruined, _)| ruined == column) {
            return None;
        }
        match (typed, base) {
            (None, Some(base)) => Some(base),
            (typed, _) => parse(typed.unwrap_or_default()).map_err(|message| self.wrong(column, message)).ok(),
        }
    }

    /// A cell that may be left blank.
    fn or_blank<T>(
        &mut self,
        column: &'static str,
        base: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let blank = self.row.cells.get(column).is_some_and(String::is_empty);
        if blank { Some(base) } else { self.read(column, Some(base), parse) }
    }

    fn wrong(&mut self, column: &str, message: String) {
        self.faults.push(Fault::cell(self.row.line, column, message));
    }
}
