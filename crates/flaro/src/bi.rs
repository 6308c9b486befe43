//! BI: measures by dimensions, as somebody chooses them. A question is planned purely (which part of the sums answers
//! it, or why none does) and answered from the same rollups as the reports.

mod answer;
mod dimension;
mod measure;
mod plan;
pub(crate) mod views;

pub(crate) use answer::{Answer, Line, answer};
pub(crate) use dimension::Dimension;
pub(crate) use measure::Measure;
pub(crate) use plan::{DIMENSIONS_MAX, Question, plan};
