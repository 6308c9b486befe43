//! A table as a workbook (XLSX): one sheet, the heading bold and in sight, text as text, numbers as numbers.
//!
//! A code keeps all its digits, because its cell is text and says so in its format. Nothing here is ever a formula.
//! The same rows make the same bytes: the file carries no time of its own.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, IgnoreError, Workbook, Worksheet, XlsxError};

use crate::download::DownloadError;
use crate::sheet::{Cell, is_decimal};

/// The most characters of a cell, as UTF-16 counts them.
const CELL_UNITS_MAX: usize = 32_767;
/// The most characters of a sheet's name, as UTF-16 counts them.
const NAME_UNITS_MAX: usize = 31;
/// A spreadsheet computes with so many digits; a longer number is written as text.
const DIGITS_MAX: u32 = 15;
/// The built-in format `@`.
const TEXT: u8 = 49;
/// Column widths are taken from this many rows, and are no wider than this many pixels.
const FITTED_ROWS: u32 = 500;
const FITTED_PIXELS_MAX: u32 = 480;

/// The file's bytes.
pub(crate) fn write(name: &str, head: &[String], rows: &[Vec<Cell>]) -> Result<Vec<u8>, DownloadError> {
    if let Some((line, column)) = too_long(rows) {
        return Err(DownloadError::TooLongForExcel { line, column: head.get(column).cloned().unwrap_or_default() });
    }
    fill(name, head, rows).map_err(|error| DownloadError::Excel(error.to_string()))
}

fn fill(name: &str, head: &[String], rows: &[Vec<Cell>]) -> Result<Vec<u8>, XlsxError> {
    let (bold, text) = (Format::new().set_bold().set_num_format_index(TEXT), Format::new().set_num_format_index(TEXT));
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(name))?;
    for (column, label) in (0..).zip(head) {
        sheet.write_string_with_format(0, column, label, &bold)?;
    }
    for (line, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            put(sheet, line, column, cell, &text)?;
        }
    }
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let width = rows.iter().map(Vec::len).chain([head.len(), 1]).max().unwrap_or(1);
    let right = u16::try_from(width - 1).unwrap_or(u16::MAX);
    // No green corner in every cell that holds a code.
    sheet.ignore_error_range(0, 0, last, right, IgnoreError::NumberStoredAsText)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_autofit_max_row(FITTED_ROWS).set_autofit_max_width(FITTED_PIXELS_MAX).autofit();
    book.save_to_buffer()
}

fn put(sheet: &mut Worksheet, line: u32, column: u16, cell: &Cell, text: &Format) -> Result<(), XlsxError> {
    let number = match cell {
        Cell::Number(number) if number.unsigned_abs() < 10_u64.pow(DIGITS_MAX) => number.to_string().parse().ok(),
        Cell::Decimal(number) if is_decimal(number) && number.len() <= DIGITS_MAX as usize => number.parse().ok(),
        _ => None::<f64>,
    };
    match (number, cell) {
        (Some(number), _) => sheet.write_number(line, column, number)?,
        (None, Cell::Number(number)) => sheet.write_string_with_format(line, column, number.to_string(), text)?,
        (None, Cell::Text(words) | Cell::Decimal(words)) => {
            sheet.write_string_with_format(line, column, words, text)?
        }
        (None, Cell::Blank) => sheet,
    };
    Ok(())
}

/// The first cell that is longer than a cell may be.
fn too_long(rows: &[Vec<Cell>]) -> Option<(usize, usize)> {
    let long = |cell: &Cell| match cell {
        Cell::Text(text) | Cell::Decimal(text) => {
            text.len() > CELL_UNITS_MAX && text.encode_utf16().count() > CELL_UNITS_MAX
        }
        Cell::Number(_) | Cell::Blank => false,
    };
    let place = |(line, row): (usize, &Vec<Cell>)| Some((line + 2, row.iter().position(long)?));
    rows.iter().enumerate().find_map(place)
}

/// A name that a sheet may have: without the signs it can't hold, and short enough.
fn sheet_name(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_control() || r"[]:*?/\'".contains(c) { '_' } else { c });
    let mut units = 0;
    let short: String = plain
        .take_while(|c| {
            units += c.len_utf16();
            units <= NAME_UNITS_MAX
        })
        .collect();
    if short.trim().is_empty() { "一覧".to_owned() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_named_whatever_the_table_is_called() {
        assert_eq!(sheet_name("商品別売上"), "商品別売上");
        assert_eq!(sheet_name("a/b:'c'[d]*?\\"), "a_b__c__d____");
        assert_eq!(sheet_name(&"𠮷".repeat(40)), "𠮷".repeat(15));
        assert_eq!(sheet_name(""), "一覧");
        for name in ["", "'", "a/b", "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", "\u{1}"]
        {
            assert!(write(name, &["x".to_owned()], &[]).is_ok(), "{name:?}");
        }
    }
}
