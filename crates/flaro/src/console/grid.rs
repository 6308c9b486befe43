//! A table that is the same on the page and in its download: columns, rows and a line of totals.

use askama::Template;
use web::{
    Html,
    download::{self, Sheet},
    format, table,
};

const SHORT_CHARACTERS: usize = 16;

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// The name in a URL.
    pub key: &'static str,
    pub title: &'static str,
    columns: Vec<(String, bool)>,
    /// Headings that sort, from the left; the rest are plain.
    sorting: Vec<Html>,
    rows: Vec<Vec<Cell>>,
    total: Option<Vec<Cell>>,
}

/// One cell.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Text(String),
    Yen(i64),
    Count(i64),
    /// Text that leads somewhere.
    Link(String, String),
    /// Markup, and what it says in a file.
    Shown(Html, String),
    /// A figure on a ground that is darker the more it is; 0 is none.
    Heat(u8, Box<Cell>),
    Blank,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<sales::Yen> for Cell {
    fn from(yen: sales::Yen) -> Self {
        Self::Yen(yen.0)
    }
}

impl Cell {
    pub fn html(&self) -> Html {
        match self {
            Self::Text(text) => Html::text(text),
            Self::Yen(yen) => format::yen_html(*yen),
            Self::Count(count) if *count < 0 => {
                Html::trusted(format!(r#"<span class="minus">{}</span>"#, format::thousands(*count)))
            }
            Self::Count(count) => Html::trusted(format::thousands(*count)),
            Self::Link(text, href) => {
                Html::trusted(format!(r#"<a href="{}">{}</a>"#, web::html::escape(href), web::html::escape(text)))
            }
            Self::Shown(html, _) => html.clone(),
            Self::Heat(_, figure) => figure.html(),
            Self::Blank => Html::default(),
        }
    }

    /// Short enough to stand in one line: dates, codes, names.
    fn is_short(&self) -> bool {
        match self {
            Self::Text(text) | Self::Link(text, _) | Self::Shown(_, text) => text.chars().count() <= SHORT_CHARACTERS,
            Self::Yen(_) | Self::Count(_) | Self::Heat(..) | Self::Blank => true,
        }
    }

    fn exported(&self) -> download::Cell {
        match self {
            Self::Text(text) | Self::Link(text, _) | Self::Shown(_, text) => text.as_str().into(),
            Self::Yen(number) | Self::Count(number) => (*number).into(),
            Self::Heat(_, figure) => figure.exported(),
            Self::Blank => download::Cell::Blank,
        }
    }
}

#[derive(Template)]
#[template(path = "grid.html")]
struct Table<'a> {
    title: &'a str,
    columns: &'a [(String, bool)],
    sorting: &'a [Html],
    rows: &'a [Vec<Cell>],
    total: Option<&'a [Cell]>,
}

impl Table<'_> {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a template passes by reference")]
    fn class(&self, cell: &Cell, at: &usize) -> Html {
        if let Cell::Heat(level, _) = cell {
            return Html::trusted(format!(r#" class="num heat-{level}""#));
        }
        let numeric = self.columns.get(*at).is_some_and(|(_, numeric)| *numeric);
        Html::trusted(match (numeric, cell.is_short()) {
            (true, _) => r#" class="num""#,
            (false, true) => r#" class="nowrap""#,
            (false, false) => "",
        })
    }
}

impl Grid {
    /// `columns` are headings, each with whether it holds figures.
    pub fn new(key: &'static str, title: &'static str, columns: &[(&str, bool)]) -> Self {
        Self::with(key, title, columns.iter().map(|(name, numeric)| ((*name).to_owned(), *numeric)))
    }

    /// The same with headings that were put together.
    pub fn with(key: &'static str, title: &'static str, columns: impl IntoIterator<Item = (String, bool)>) -> Self {
        Self { key, title, columns: columns.into_iter().collect(), sorting: Vec::new(), rows: Vec::new(), total: None }
    }

    /// Lets the first columns sort the list, by these names in the URL.
    pub fn sorts(&mut self, list: &web::ListQuery, keys: &[&str]) {
        let heading =
            |((label, numeric), key): (&(String, bool), &&str)| table::sort_heading(list, key, label, *numeric);
        self.sorting = self.columns.iter().zip(keys).map(heading).collect();
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The last line.
    pub fn total(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.total = Some(cells.into_iter().collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The same with its first lines only; the line of totals stays.
    pub fn head(&self, lines: usize) -> Self {
        Self { rows: self.rows.iter().take(lines).cloned().collect(), ..self.clone() }
    }

    /// The table as markup.
    pub fn html(&self) -> Html {
        Html::of(Table {
            title: self.title,
            columns: &self.columns,
            sorting: &self.sorting,
            rows: &self.rows,
            total: self.total.as_deref(),
        })
    }

    /// The table as a file.
    pub fn sheet(&self, subject: &str) -> Sheet {
        let head: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut sheet = Sheet::new(subject, self.title, &head);
        for row in self.rows.iter().chain(&self.total) {
            sheet.row(row.iter().map(Cell::exported));
        }
        sheet
    }
}

/// Links to a table's downloads: this address with `format`, and with `table` where a page has several.
pub(super) fn downloads(list: &web::ListQuery, table: Option<&str>) -> Html {
    let table = table.map(|table| format!("&table={table}")).unwrap_or_default();
    let link = |format: &str, label: &str| {
        let href = format!("{}{table}", list.with("format", format));
        let (href, icon) = (web::html::escape(&href), web::ui::icon(web::ui::Icon::Download));
        format!(r#"<a class="btn sub small" href="{href}">{icon}{label}</a>"#)
    };
    let links: String = download::Format::CHOICES.iter().map(|(format, label)| link(format, label)).collect();
    Html::trusted(format!(r#"<span class="actions">{links}</span>"#))
}
