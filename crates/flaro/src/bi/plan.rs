//! Which part of the sums answers a question, or why none does, in words for whoever asked.

use super::{Dimension, Measure};
use crate::{
    reports::{By, Grain},
    rollup::Part,
};

/// The most dimensions of a question.
pub(crate) const DIMENSIONS_MAX: usize = 3;

/// What somebody wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub dimensions: Vec<Dimension>,
    pub measures: Vec<Measure>,
}

/// The part that answers, and what of it has to be told apart; or what to choose otherwise.
pub(crate) fn plan(question: &Question) -> Result<(Part, By), String> {
    let dimensions = &question.dimensions;
    if dimensions.len() > DIMENSIONS_MAX {
        return Err(format!("切り口は{DIMENSIONS_MAX}つまで選べます"));
    }
    let any = |is: fn(Dimension) -> bool| dimensions.iter().any(|dimension| is(*dimension));
    let (product, payment) = (any(Dimension::is_product), any(Dimension::is_payment));
    let (hour, medium) = (dimensions.contains(&Dimension::Hour), dimensions.contains(&Dimension::Medium));
    let discount = dimensions.contains(&Dimension::Discount);
    let part = match (product, payment, medium, discount, hour) {
        (false, false, false, false, false) => of_measures(&question.measures),
        (false, false, false, false, true) => Part::Hour,
        (true, false, false, false, false) => Part::Product,
        (true, false, false, false, true) => Part::ProductHour,
        (false, true, false, false, false) => Part::Payment,
        (false, false, true, false, false) => Part::Medium,
        (false, false, false, true, false) => Part::Discount,
        _ => {
            return Err(
                "商品・支払・広告媒体・値引は、どれか1種類だけ選んでください（時間帯は商品とだけ組み合わせられます）"
                    .to_owned(),
            );
        }
    };
    if let Some(measure) = question.measures.iter().find(|measure| !measure.is_of(part)) {
        let possible: Vec<&str> =
            Measure::ALL.into_iter().filter(|measure| measure.is_of(part)).map(Measure::label).collect();
        return Err(format!(
            "この切り口で「{}」は集計できません。選べる数字：{}",
            measure.label(),
            possible.join("、")
        ));
    }
    if question.measures.is_empty() {
        return Err("数字を1つ以上選んでください".to_owned());
    }
    let days = dimensions.iter().any(|d| matches!(d, Dimension::Day | Dimension::Weekday));
    let months = dimensions.contains(&Dimension::Month);
    let grain = match (days, months) {
        (true, _) => Grain::Day,
        (false, true) => Grain::Month,
        (false, false) => Grain::Whole,
    };
    let item = product || medium || discount || dimensions.contains(&Dimension::Payment);
    let class = dimensions.contains(&Dimension::PaymentKind);
    Ok((part, By { store: any(Dimension::is_place), grain, item, hour, class }))
}

/// Without a dimension that says so, the figures do: 点数 is of products, 支払額 of payments.
fn of_measures(measures: &[Measure]) -> Part {
    let parts = [Part::Day, Part::Product, Part::Payment, Part::Discount];
    parts.into_iter().find(|part| measures.iter().all(|measure| measure.is_of(*part))).unwrap_or(Part::Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(dimensions: &[Dimension], measures: &[Measure]) -> Result<Part, String> {
        let question = Question { dimensions: dimensions.to_vec(), measures: measures.to_vec() };
        plan(&question).map(|(part, _)| part)
    }

    #[test]
    fn a_question_finds_the_part_that_answers_it_or_says_why_not() {
        use {Dimension as D, Measure as M};
        assert_eq!(part(&[D::Store, D::Day], &[M::Net, M::Voids]), Ok(Part::Day));
        assert_eq!(part(&[D::Hour, D::Weekday], &[M::PerGuest]), Ok(Part::Hour));
        assert_eq!(part(&[D::Category, D::Hour], &[M::Quantity]), Ok(Part::ProductHour));
        assert_eq!(part(&[D::Month], &[M::Quantity]), Ok(Part::Product));
        assert_eq!(part(&[D::PaymentKind], &[M::Paid]), Ok(Part::Payment));
        assert!(part(&[D::Product, D::Payment], &[M::Net]).unwrap_err().contains("1種類だけ"));
        assert!(part(&[D::Product], &[M::Guests]).unwrap_err().contains("客数"));
        assert!(part(&[D::Store], &[]).unwrap_err().contains("1つ以上"));
        assert!(part(&[D::Store, D::Day, D::Hour, D::Product], &[M::Net]).is_err());
    }
}
