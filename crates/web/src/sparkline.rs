//! A line as small as a word: how a number went, beside the number.

use crate::chart::path;
use crate::html::{Html, escape};

/// A line as small as a word, for a table cell. `label` says in words what it shows.
pub fn sparkline(values: &[i64], label: &str) -> Html {
    let (low, high) = (values.iter().min().copied().unwrap_or(0), values.iter().max().copied().unwrap_or(0));
    let range = (i128::from(high) - i128::from(low)).max(1);
    let last = i64::try_from(values.len()).unwrap_or(i64::MAX).saturating_sub(1).max(1);
    let y = |v: i64| 22 - i64::try_from((i128::from(v) - i128::from(low)) * 20 / range).unwrap_or(0);
    let points = (0..).zip(values).map(|(at, v): (i64, &i64)| Some((2 + at * 116 / last, y(*v))));
    Html::trusted(format!(
        r#"<svg class="spark" viewBox="0 0 120 24" width="120" height="24" role="img" aria-label="{}"><path class="line s0" d="{}"/></svg>"#,
        escape(label),
        path(points)
    ))
}
