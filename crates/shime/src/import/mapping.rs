//! The mapping: how the columns of some POS's CSV of sold lines become tickets. A small TOML file.

use anyhow::{Context, Result, bail};
use sales::{Service, TaxKind};
use serde::Deserialize;
use std::path::Path;

/// Mappings that come with the program, by name.
pub(crate) const READY: [(&str, &str); 2] = [
    ("takeaway", include_str!("../../mappings/takeaway.toml")),
    ("bread-basket", include_str!("../../mappings/bread-basket.toml")),
];

/// A whole mapping.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// How the file is written.
    #[serde(default)]
    pub file: FileShape,
    /// Which column is what.
    pub columns: Columns,
    /// How values are written.
    pub format: Format,
    /// What the file does not say.
    pub defaults: Defaults,
    /// Rows that are no sale.
    #[serde(default)]
    pub skip: Vec<Skip>,
}

/// How the file is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileShape {
    /// utf-8 (with or without BOM) or shift_jis.
    pub encoding: String,
    /// One character.
    pub delimiter: char,
}

impl Default for FileShape {
    fn default() -> Self {
        Self { encoding: "utf-8".to_owned(), delimiter: ',' }
    }
}

/// Which column is what, by its header.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Rows with the same value are one check.
    pub ticket: String,
    /// Joined with a space.
    pub date_time: Vec<String>,
    /// 商品名
    pub product: String,
    /// 点数
    pub quantity: Option<String>,
    /// Per unit.
    pub unit_price: Option<String>,
    /// 商品カテゴリ
    pub category: Option<String>,
    /// 支払科目名称
    pub payment: Option<String>,
    /// 広告媒体名称
    pub medium: Option<String>,
    /// 担当者コード
    pub staff: Option<String>,
    /// 人数
    pub guests: Option<String>,
}

/// How values are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// strptime
    pub date_time: String,
    /// Digits after the point that make one yen.
    #[serde(default)]
    pub decimals: u32,
}

/// What the file does not say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// 点数
    pub quantity: Option<i64>,
    /// Yen per unit.
    pub unit_price: Option<i64>,
    /// 商品カテゴリ
    #[serde(default = "uncategorised")]
    pub category: String,
    /// イートイン or テイクアウト
    #[serde(default = "eat_in")]
    pub service: Service,
    /// 税区分
    pub tax: TaxKind,
    /// 支払科目名称, as the store has it.
    pub payment: String,
    /// 広告媒体名称, as the store has it; none: フリー.
    pub medium: Option<String>,
    /// 担当者コード
    #[serde(default = "importer")]
    pub staff: String,
}

fn uncategorised() -> String {
    "その他".to_owned()
}

fn eat_in() -> Service {
    Service::EatIn
}

fn importer() -> String {
    "取込".to_owned()
}

/// A rule that tells rows that are no sale.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The column.
    pub column: String,
    /// Its value, exactly.
    pub equals: String,
    /// For the report.
    pub reason: String,
}

impl Mapping {
    /// Reads a mapping by the name of a ready one or by path.
    pub fn load(name_or_path: &str) -> Result<Self> {
        let ready = READY.iter().find(|(name, _)| *name == name_or_path).map(|(_, text)| (*text).to_owned());
        let text = match ready {
            Some(text) => text,
            None => std::fs::read_to_string(Path::new(name_or_path)).with_context(|| {
                let names: Vec<&str> = READY.iter().map(|(name, _)| *name).collect();
                format!("cannot read the mapping {name_or_path}; give a TOML file, or one of {}", names.join(", "))
            })?,
        };
        Self::parse(&text).with_context(|| format!("mapping {name_or_path}"))
    }

    /// Reads a mapping from its text.
    pub fn parse(text: &str) -> Result<Self> {
        let mapping: Self = toml::from_str(text)?;
        if mapping.columns.quantity.is_none() && mapping.defaults.quantity.is_none() {
            bail!("say columns.quantity, or defaults.quantity for files without one");
        }
        if mapping.columns.unit_price.is_none() && mapping.defaults.unit_price.is_none() {
            bail!("say columns.unit_price, or defaults.unit_price for files without one");
        }
        if mapping.columns.date_time.is_empty() {
            bail!("say at least one column in columns.date_time");
        }
        if mapping.format.decimals > 6 {
            bail!("format.decimals is at most 6");
        }
        if !mapping.file.delimiter.is_ascii() {
            bail!("file.delimiter is one ASCII character");
        }
        if !matches!(mapping.file.encoding.as_str(), "utf-8" | "shift_jis") {
            bail!("file.encoding is \"utf-8\" or \"shift_jis\", not \"{}\"", mapping.file.encoding);
        }
        Ok(mapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_mappings_parse() {
        for (name, _) in READY {
            Mapping::load(name).unwrap();
        }
    }

    #[test]
    fn a_mapping_that_cannot_price_a_row_is_refused() {
        let text = READY[1].1.replace("unit_price = 1\n", "");
        let error = Mapping::parse(&text).unwrap_err();
        assert!(error.to_string().contains("unit_price"), "{error}");
        let error = Mapping::parse(&READY[0].1.replace("[defaults]", "[defaults]\ntaxx = 1")).unwrap_err();
        assert!(error.to_string().contains("taxx"), "{error}");
    }
}
