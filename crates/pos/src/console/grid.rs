//! A table as it is shown and as it is downloaded: the same rows, written once.

use askama::Template;
use axum::response::Response;
use jiff::tz::TimeZone;
use web::download::{Cell as FileCell, Format, Sheet};
use web::format::{thousands, yen_html};
use web::html::Html;
use web::table::sort_heading;
use web::ui::{self, Icon};
use web::{Failure, ListQuery};

use crate::Pos;

/// Words up to this length stay on one line.
const WORD_CHARACTERS: usize = 10;

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    label: &'static str,
    numeric: bool,
    sort: Option<&'static str>,
}

/// A column of text.
pub fn text(label: &'static str) -> Column {
    Column { label, numeric: false, sort: None }
}

/// A column of figures.
pub fn figure(label: &'static str) -> Column {
    Column { label, numeric: true, sort: None }
}

impl Column {
    /// A column that people sort by.
    #[must_use]
    pub fn sorts(mut self, by: &'static str) -> Self {
        self.sort = Some(by);
        self
    }
}

/// A cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Text, codes included.
    Text(String),
    /// Text that leads somewhere.
    Link(String, String),
    /// A number.
    Count(i64),
    /// Money.
    Yen(i64),
    /// Markup, and what a file says in its place.
    Shown(Html, String),
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Money, or the word for none.
    pub fn yen_or(amount: Option<i64>, none: &str) -> Self {
        amount.map_or_else(|| Self::Text(none.to_owned()), Self::Yen)
    }

    /// As it is shown.
    pub fn html(&self) -> Html {
        match self {
            Self::Text(text) => kept_together(text),
            Self::Link(text, href) => {
                Html::trusted(format!(r#"<a href="{}">{}</a>"#, web::html::escape(href), kept_together(text)))
            }
            Self::Count(number) => Html::trusted(thousands(*number)),
            Self::Yen(amount) => yen_html(*amount),
            Self::Shown(html, _) => html.clone(),
        }
    }

    fn file(&self) -> FileCell {
        match self {
            Self::Text(text) | Self::Link(text, _) | Self::Shown(_, text) => FileCell::Text(text.clone()),
            Self::Count(number) | Self::Yen(number) => FileCell::Number(*number),
        }
    }
}

/// Text that breaks between words, so that no date, code or store name is cut in the middle.
fn kept_together(text: &str) -> Html {
    let word = |word: &str| {
        let safe = web::html::escape(word);
        if word.chars().count() <= WORD_CHARACTERS { format!(r#"<span class="nowrap">{safe}</span>"#) } else { safe }
    };
    // The weekday may stand below its date.
    let spaced = text.replace('（', " （");
    let joined = spaced.split(' ').filter(|part| !part.is_empty()).map(word).collect::<Vec<_>>().join(" ");
    Html::trusted(joined.replace(r#" <span class="nowrap">（"#, r#"<wbr><span class="nowrap">（"#).replace(" （", "（"))
}

/// A table.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Names it in the page and in the query of its download.
    pub id: &'static str,
    /// The heading above it.
    pub title: String,
    /// One line below the heading.
    pub note: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, as wide as the columns.
    pub rows: Vec<Vec<Cell>>,
    /// The sums below.
    pub foot: Vec<Cell>,
    /// What stands in its place without rows.
    pub empty: Html,
    /// What stands between heading and rows: a filter.
    pub above: Html,
    /// What stands below the rows: a pager.
    pub below: Html,
}

impl Grid {
    /// A table without rows yet.
    pub fn new(id: &'static str, title: impl Into<String>, columns: Vec<Column>) -> Self {
        let nothing = Html::trusted(r#"<div class="body"><p class="hint">ありません</p></div>"#);
        Self {
            id,
            title: title.into(),
            note: String::new(),
            columns,
            rows: Vec::new(),
            foot: Vec::new(),
            empty: nothing,
            above: Html::default(),
            below: Html::default(),
        }
    }

    /// With these rows.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows = rows.into_iter().collect();
        self
    }

    /// As a card of the page.
    pub fn html(&self, list: &ListQuery) -> Html {
        Html::of(Card { grid: self, list })
    }

    /// As a file, when the query asks for this table.
    pub fn file(&self, pos: &Pos, list: &ListQuery, subject: &str) -> Option<Result<Response, Failure>> {
        let format = Format::of(list.get("format"))?;
        if !matches!(list.get("table"), table if table == self.id || table.is_empty()) {
            return None;
        }
        let heads: Vec<&str> = self.columns.iter().map(|column| column.label).collect();
        let mut sheet = Sheet::new(subject, &self.title, &heads);
        for row in &self.rows {
            sheet.row(row.iter().map(Cell::file));
        }
        Some(sheet.download(format, pos.now(), &zone()).map_err(Failure::from))
    }
}

/// The zone people's file names are stamped in, and times of the whole company are shown in.
pub fn zone() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC)
}

/// An instant as it stands in 変更履歴.
pub fn stamp(at: jiff::Timestamp) -> String {
    web::format::date_time(at, &zone())
}

#[derive(Template)]
#[template(path = "grid.html")]
struct Card<'a> {
    grid: &'a Grid,
    list: &'a ListQuery,
}

impl Card<'_> {
    fn heading(&self, column: &Column) -> Html {
        match column.sort {
            Some(by) => sort_heading(self.list, by, column.label, column.numeric),
            None if column.numeric => Html::trusted(format!(r#"<th scope="col" class="num">{}</th>"#, column.label)),
            None => Html::trusted(format!(r#"<th scope="col">{}</th>"#, column.label)),
        }
    }

    fn cell(&self, at: usize, cell: &Cell) -> Html {
        let numeric = self.grid.columns.get(at).is_some_and(|column| column.numeric);
        let class = if numeric { r#" class="num""# } else { "" };
        Html::trusted(format!("<td{class}>{}</td>", cell.html()))
    }

    fn download(&self, format: &str) -> String {
        let href = self.list.with("table", self.grid.id);
        format!("{href}&format={format}")
    }

    fn icon() -> Html {
        ui::icon(Icon::Download)
    }
}
