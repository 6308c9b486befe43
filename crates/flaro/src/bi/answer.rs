//! The answer to a question: a line for each combination of what is told apart.

use super::{Dimension, Question};
use crate::{
    FlaroError,
    reports::{self, By, Groups, Labels, Range, Sum},
    rollup::{Figures, Part},
    storable,
};
use db::Tx;
use std::collections::{BTreeMap, HashMap};
use web::format;

/// One line: key and label of each dimension, and the figures.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub keys: Vec<String>,
    pub labels: Vec<String>,
    pub figures: Figures,
}

/// Lines in the order of their keys, and all of them together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub lines: Vec<Line>,
    pub total: Figures,
}

/// What the keys are called.
struct Names {
    stores: HashMap<String, String>,
    groups: Groups,
    labels: Labels,
}

/// Answers a question that was planned, over the stores (`id` and name) and days of a range.
pub(crate) async fn answer(
    tx: &mut Tx,
    range: &Range,
    stores: &[(String, String)],
    question: &Question,
    (part, by): (Part, By),
) -> Result<Answer, FlaroError> {
    let names = Names {
        stores: stores.iter().cloned().collect(),
        groups: reports::groups(tx, &range.scope.company).await?,
        labels: reports::labels(tx, &range.scope.company, part).await?,
    };
    let mut lines = BTreeMap::<Vec<String>, Line>::new();
    let mut total = Figures::default();
    for sum in reports::totals(tx, range, part, by).await? {
        total.add(&sum.figures);
        let named = question.dimensions.iter().map(|dimension| names.of(*dimension, &sum));
        let (keys, labels): (Vec<String>, Vec<String>) = named.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let line = lines.entry(keys.clone()).or_insert_with(|| Line { keys, labels, figures: Figures::default() });
        line.figures.add(&sum.figures);
    }
    Ok(Answer { lines: lines.into_values().collect(), total })
}

impl Names {
    /// Key and label of a dimension. Keys sort as people expect.
    fn of(&self, dimension: Dimension, sum: &Sum) -> Result<(String, String), FlaroError> {
        let key = &sum.key;
        let none = |text: &str, word: &str| if text.is_empty() { word.to_owned() } else { text.to_owned() };
        let same = |text: String, word: &str| (text.clone(), none(&text, word));
        Ok(match dimension {
            Dimension::Store => {
                (key.store.clone(), self.stores.get(&key.store).cloned().unwrap_or_else(|| "不明な店舗".into()))
            }
            Dimension::Area => grouped(self.groups.area_of(&key.store), &self.groups.areas),
            Dimension::Brand => grouped(self.groups.brand_of(&key.store), &self.groups.brands),
            Dimension::Day => (key.day.clone(), format::date_weekday(storable::date(&key.day)?)),
            Dimension::Month => {
                let month = key.day.get(..7).unwrap_or_default().to_owned();
                (month.clone(), month.replace('-', "/"))
            }
            Dimension::Weekday => {
                let weekday = storable::date(&key.day)?.weekday();
                (weekday.to_monday_one_offset().to_string(), format!("{}曜日", format::weekday(weekday)))
            }
            Dimension::Hour => (format!("{:02}", key.hour), format!("{}時", key.hour)),
            Dimension::Product | Dimension::Payment | Dimension::Discount => {
                (key.item.clone(), self.labels.name(&key.item))
            }
            Dimension::Medium if key.item.is_empty() => (String::new(), "フリー".to_owned()),
            Dimension::Medium => (key.item.clone(), self.labels.name(&key.item)),
            Dimension::Category => {
                let label = self.labels.of(&key.item);
                (label.category_id, none(&label.category, "カテゴリなし"))
            }
            Dimension::OwnProduct => same(self.labels.of(&key.item).own_product_code, "コードなし"),
            Dimension::OwnParent => same(self.labels.of(&key.item).own_parent_category_code, "コードなし"),
            Dimension::OwnChild => same(self.labels.of(&key.item).own_child_category_code, "コードなし"),
            Dimension::PaymentKind => {
                let kind = key.class.parse().ok().and_then(sales::PaymentKind::from_number);
                (key.class.clone(), kind.map_or("不明", sales::PaymentKind::label).to_owned())
            }
        })
    }
}

fn grouped(id: Option<&String>, list: &[(String, String)]) -> (String, String) {
    let id = id.cloned().unwrap_or_default();
    let name = list.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
    (id, name.unwrap_or_else(|| "未設定".to_owned()))
}
