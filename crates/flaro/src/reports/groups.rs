//! Areas and brands, and which store belongs to which.

use crate::{Company, FlaroError};
use db::{Row, Tx, args};
use std::collections::HashMap;

/// Areas and brands as `(id, name)`, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    pub areas: Vec<(String, String)>,
    pub brands: Vec<(String, String)>,
    of: HashMap<String, (Option<String>, Option<String>)>,
}

const AREAS: &str = "SELECT area_id AS id, name FROM area WHERE company_id = $1 ORDER BY position, area_id";
const BRANDS: &str = "SELECT brand_id AS id, name FROM brand WHERE company_id = $1 ORDER BY position, brand_id";
const STORES: &str = "SELECT store_id, area_id, brand_id FROM store
    WHERE company_id = $1 AND (area_id IS NOT NULL OR brand_id IS NOT NULL)";

/// The groups of a company.
pub(crate) async fn groups(tx: &mut Tx, company: &Company) -> Result<Groups, FlaroError> {
    let named = |row: &Row| -> Result<(String, String), FlaroError> { Ok((row.text("id")?, row.text("name")?)) };
    let areas = tx.fetch_all(AREAS, args![company.as_str()]).await?;
    let brands = tx.fetch_all(BRANDS, args![company.as_str()]).await?;
    let mut of = HashMap::new();
    for row in tx.fetch_all(STORES, args![company.as_str()]).await? {
        of.insert(row.text("store_id")?, (row.opt_text("area_id")?, row.opt_text("brand_id")?));
    }
    Ok(Groups {
        areas: areas.iter().map(named).collect::<Result<_, _>>()?,
        brands: brands.iter().map(named).collect::<Result<_, _>>()?,
        of,
    })
}

impl Groups {
    /// The area of a store.
    pub fn area_of(&self, store: &str) -> Option<&String> {
        self.of.get(store)?.0.as_ref()
    }

    /// The brand of a store.
    pub fn brand_of(&self, store: &str) -> Option<&String> {
        self.of.get(store)?.1.as_ref()
    }
}
