//! Floors: how small a part of the machine's limit a figure may become before somebody has to look. A ratio hardly
//! depends on the machine, so that a run anywhere can be held against the same file.

use super::report::Figure;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

/// Floors by the name of a figure (`intake/sqlite/50KB/8`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    /// The least ratio.
    ratio: BTreeMap<String, f64>,
}

/// Reads a file of floors.
pub fn read(path: &Path) -> Result<Floors> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the floors {}", path.display()))?;
    toml::from_str(&text).with_context(|| {
        format!(
            "{} is no file of floors; it has one table, [ratio], with lines like \"intake/sqlite/50KB/8\" = 0.3",
            path.display()
        )
    })
}

impl Floors {
    /// What is below its floor, a line each. A floor whose figure was not measured is one of them: a name that changed
    /// must not switch it off.
    pub fn below(&self, figures: &[Figure]) -> Vec<String> {
        let judged = |(name, floor): (&String, &f64)| match figures.iter().find(|figure| figure.name() == *name) {
            None => Some(format!("{name}: was not measured; measure it or take its line out of the floors")),
            Some(figure) => match figure.ratio {
                Some(ratio) if ratio >= *floor => None,
                Some(ratio) => {
                    Some(format!("{name}: {:.0} % of the limit, at least {:.0} % wanted", ratio * 100.0, floor * 100.0))
                }
                None => Some(format!("{name}: has no limit to be held against; take its line out of the floors")),
            },
        };
        self.ratio.iter().filter_map(judged).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{args::What, engine, report::Figure};

    fn figure(ratio: Option<f64>) -> Figure {
        let engine = &engine::asked(None, false).unwrap()[0];
        let figure = Figure::new(What::Intake, engine, 50, 8, 500);
        match ratio {
            Some(ratio) => figure.against(ratio * 1_000.0, 1_000.0),
            None => figure,
        }
    }

    fn floors(text: &str) -> Floors {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_below_its_floor_is_named_with_both_numbers() {
        let floors = floors("[ratio]\n\"intake/sqlite/50KB/8\" = 0.3");
        assert_eq!(floors.below(&[figure(Some(0.3))]), Vec::<String>::new());
        let below = floors.below(&[figure(Some(0.2))]);
        assert_eq!(below, ["intake/sqlite/50KB/8: 20 % of the limit, at least 30 % wanted"]);
    }

    #[test]
    fn a_floor_without_a_figure_or_a_limit_is_no_silence() {
        let floors = floors("[ratio]\n\"intake/sqlite/50KB/8\" = 0.3");
        assert!(floors.below(&[])[0].contains("was not measured"));
        assert!(floors.below(&[figure(None)])[0].contains("no limit"));
    }

    #[test]
    fn the_floors_of_this_repository_are_readable() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/floor.toml");
        assert!(!read(&path).unwrap().ratio.is_empty());
    }
}
