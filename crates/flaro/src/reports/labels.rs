//! What products, payment methods, media and discounts are called, and their own codes.

use crate::{Company, FlaroError, rollup::Part};
use db::{Row, Tx, args};
use std::collections::HashMap;

/// The name of something that is sold, paid with or advertised in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Label {
    pub name: String,
    pub category_id: String,
    pub category: String,
    pub own_product_code: String,
    pub own_parent_category_code: String,
    pub own_child_category_code: String,
}

/// Labels by the item of a sum.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels(HashMap<String, Label>);

// Names are the company's own, no store's: whoever sees a sum of a store may read what it is called.
const LABELS: &str = "SELECT item, name, category_id, category, own_product_code, own_parent_category_code,
      own_child_category_code
    FROM rollup_label WHERE company_id = $1 AND part = $2";

/// Every label of a part.
pub(crate) async fn labels(tx: &mut Tx, company: &Company, part: Part) -> Result<Labels, FlaroError> {
    let part = if part == Part::ProductHour { Part::Product } else { part };
    let rows = tx.fetch_all(LABELS, args![company.as_str(), part.name()]).await?;
    let labelled = |row: &Row| -> Result<(String, Label), FlaroError> {
        let code = |column: &str| row.opt_text(column).map(Option::unwrap_or_default);
        let label = Label {
            name: row.text("name")?,
            category_id: row.text("category_id")?,
            category: row.text("category")?,
            own_product_code: code("own_product_code")?,
            own_parent_category_code: code("own_parent_category_code")?,
            own_child_category_code: code("own_child_category_code")?,
        };
        Ok((row.text("item")?, label))
    };
    Ok(Labels(rows.iter().map(labelled).collect::<Result<_, _>>()?))
}

impl Labels {
    /// The label of an item; an item that has none is called by its key.
    pub fn of(&self, item: &str) -> Label {
        self.0.get(item).cloned().unwrap_or_else(|| Label { name: item.to_owned(), ..Label::default() })
    }

    /// The name of an item.
    pub fn name(&self, item: &str) -> String {
        self.of(item).name
    }
}
