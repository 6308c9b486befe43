//! What a report is made of, whichever it is: figures on top, tables with a chart, and what is worth saying.

use crate::console::grid::Grid;
use web::{Html, figures::Figure};

/// A report, ready to be shown or taken home.
#[derive(Clone, Debug, Default)]
pub(in crate::console) struct Report {
    pub kpis: Vec<Figure>,
    pub sections: Vec<Section>,
    pub notes: Vec<String>,
    /// Filters of its own.
    pub filters: Vec<Html>,
    /// Too many columns for a page of the usual width.
    pub wide: bool,
}

/// A table with its chart.
#[derive(Clone, Debug)]
pub(in crate::console) struct Section {
    pub grid: Grid,
    pub chart: Option<Html>,
    pub note: String,
    pub pager: Html,
}

impl Section {
    /// A table alone.
    pub fn new(grid: Grid) -> Self {
        Self { grid, chart: None, note: String::new(), pager: Html::default() }
    }

    /// With a chart above it.
    #[must_use]
    pub fn chart(mut self, chart: Html) -> Self {
        self.chart = (!self.grid.is_empty()).then_some(chart);
        self
    }

    /// With a sentence below its heading.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// A share in percent, as a cell says it; the whole yen behind it stand beside it.
pub(super) fn share(part: i64, whole: i64) -> String {
    web::format::percent(part, whole)
}

/// The signed difference.
pub(super) fn difference(now: i64, before: i64) -> i64 {
    now.saturating_sub(before)
}
