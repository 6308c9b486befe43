//! What is wrong with a file: where, and what to do about it.

use crate::download::{Cell, Sheet};
use crate::format::thousands;
use crate::html::{Html, escape};
use crate::ui::{self, Icon};

/// Beyond so many a page only says how many more there are.
const SHOWN_MAX: usize = 200;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of the file, the first being 1; none where it is about the file as a whole.
    pub line: Option<u64>,
    /// The heading of the column; empty where it is about the whole line.
    pub column: String,
    /// What to do.
    pub message: String,
}

/// Everything that is wrong with a file, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Fault {
    /// About the file as a whole.
    pub fn file(message: impl Into<String>) -> Self {
        Self { line: None, column: String::new(), message: message.into() }
    }

    /// About a line.
    pub fn line(line: u64, message: impl Into<String>) -> Self {
        Self { line: Some(line), column: String::new(), message: message.into() }
    }

    /// About one cell.
    pub fn cell(line: u64, column: impl Into<String>, message: impl Into<String>) -> Self {
        Self { line: Some(line), column: column.into(), message: message.into() }
    }

    /// The file is something else than a table.
    pub(super) fn no_table() -> Self {
        Self::file("表として読めないファイルです。Excel（.xlsx）かCSVで保存し直して、選んでください。")
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column.as_str()) {
            (Some(line), "") => write!(f, "{line}行目: {}", self.message),
            (Some(line), column) => write!(f, "{line}行目「{column}」: {}", self.message),
            (None, _) => f.write_str(&self.message),
        }
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        Self(faults.into_iter().collect())
    }
}

impl Faults {
    /// One more.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing wrong?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a card of a page: line, column, what to do. Nothing when there is none.
    pub fn html(&self) -> Html {
        if self.is_empty() {
            return Html::default();
        }
        let count = thousands(i64::try_from(self.len()).unwrap_or(i64::MAX));
        let rows: String = self.0.iter().take(SHOWN_MAX).map(row).collect();
        let rest = match self.len().saturating_sub(SHOWN_MAX) {
            0 => String::new(),
            rest => format!(r#"<p class="hint">ほかに{rest}件あります。上の行から直してください。</p>"#),
        };
        Html::trusted(format!(
            r#"<section class="card faults" id="faults" role="alert" tabindex="-1" data-focus><div class="card-head"><h2>{}取り込めない行があります（{count}件）</h2></div><p>何も保存していません。ファイルを直して、もう一度選んでください。</p><div class="table-wrap" tabindex="0" role="region" aria-label="取り込めない行"><table><thead><tr><th scope="col" class="num">行</th><th scope="col">列</th><th scope="col">直すこと</th></tr></thead><tbody>{rows}</tbody></table></div>{rest}</section>"#,
            ui::icon(Icon::Alert)
        ))
    }

    /// As a file to work through.
    pub fn sheet(&self, subject: &str) -> Sheet {
        let mut sheet = Sheet::new(subject, "取り込めない行", &["行", "列", "直すこと"]);
        for fault in &self.0 {
            let line = fault.line.and_then(|line| i64::try_from(line).ok()).map_or(Cell::Blank, Cell::Number);
            sheet.row([line, fault.column.as_str().into(), fault.message.as_str().into()]);
        }
        sheet
    }
}

fn row(fault: &Fault) -> String {
    let line = fault.line.map_or_else(|| "ファイル全体".to_owned(), |line| line.to_string());
    let column = if fault.column.is_empty() { "—".to_owned() } else { escape(&fault.column) };
    format!(
        r#"<tr><td class="num nowrap">{line}</td><td class="nowrap">{column}</td><td>{}</td></tr>"#,
        escape(&fault.message)
    )
}
