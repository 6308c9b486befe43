//! A workbook (XLSX) as rows: the first sheet that can be seen, cell by cell, never unpacked beyond a bound.
//!
//! Cells show what a spreadsheet shows in its plain format; a format of the person's own (`0000`) is not followed.

use std::io::{Cursor, Read, sink};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::Fault;
use super::grid::{Cell, Lines};

/// What the parts of a workbook may unpack to, all together: far more than the rows we take.
const UNPACKED_BYTES_MAX: u64 = 96 << 20;
/// The most parts of a workbook.
const PARTS_MAX: usize = 2_000;
/// From here on a spreadsheet no longer computes with every digit.
const EXACT_BELOW: f64 = 1e15;
/// The last day a spreadsheet knows (9999/12/31), as it counts days.
const LAST_DAY: f64 = 2_958_466.0;

/// The lines of the sheet, the empty ones left out.
pub(super) fn rows(bytes: &[u8]) -> Result<Lines, Fault> {
    bounded(bytes)?;
    // The reader counts on references that fit 32 bits and panics over others; no spreadsheet writes such a file.
    std::panic::catch_unwind(|| sheet(bytes)).unwrap_or_else(|_| Err(Fault::no_table()))
}

fn sheet(bytes: &[u8]) -> Result<Lines, Fault> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Fault::no_table())?;
    let sheets = book.sheets_metadata();
    let seen = |sheet: &&calamine::Sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
    let name = sheets.iter().find(seen).map(|sheet| sheet.name.clone()).ok_or_else(Fault::no_table)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| Fault::no_table())?;
    let (mut lines, mut number, mut line) = (Lines::default(), 0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(|_| Fault::no_table())? {
        let (row, column) = cell.get_position();
        let row = u64::from(row) + 1;
        if row < number {
            return Err(Fault::no_table());
        }
        if row != number {
            lines.push(number, std::mem::take(&mut line))?;
            number = row;
        }
        let shown = shown(cell.get_value(), row)?;
        put(&mut line, column, shown, row)?;
    }
    lines.push(number, line)?;
    Ok(lines)
}

/// Unpacks every part into nothing, to learn how large it really is: what a part says of itself proves nothing.
fn bounded(bytes: &[u8]) -> Result<(), Fault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Fault::no_table())?;
    if archive.len() > PARTS_MAX {
        return Err(Fault::no_table());
    }
    let mut left = UNPACKED_BYTES_MAX;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| Fault::no_table())?;
        left -= std::io::copy(&mut part.take(left), &mut sink()).map_err(|_| Fault::no_table())?;
        if left == 0 {
            return Err(Fault::file("内容が多すぎます。行を分けるか、ほかのシートや画像を消してください。"));
        }
    }
    Ok(())
}

fn put(line: &mut Vec<Cell>, column: u32, cell: Cell, number: u64) -> Result<(), Fault> {
    if cell.text.is_empty() {
        return Ok(());
    }
    let at = usize::try_from(column).unwrap_or(usize::MAX);
    if at > 1_000 {
        return Err(Fault::line(number, "右の離れた列に内容があります。余分な列を消してください。"));
    }
    if line.len() <= at {
        line.resize(at + 1, Cell::default());
    }
    line[at] = cell;
    Ok(())
}

/// What a spreadsheet shows.
fn shown(value: &DataRef<'_>, line: u64) -> Result<Cell, Fault> {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::of(text, line),
        DataRef::SharedString(text) => Cell::of(text, line),
        DataRef::Int(number) => Cell::of(&number.to_string(), line),
        DataRef::Float(number) => Ok(number_cell(*number)),
        DataRef::Bool(yes) => Cell::of(if *yes { "TRUE" } else { "FALSE" }, line),
        DataRef::DateTime(at) if at.is_datetime() && (0.0..LAST_DAY).contains(&at.as_f64()) => {
            let (year, month, day, hour, minute, ..) = at.to_ymd_hms_milli();
            let date = format!("{year}/{month:02}/{day:02}");
            let text = if at.as_f64().fract() == 0.0 { date } else { format!("{date} {hour}:{minute:02}") };
            Cell::of(&text, line)
        }
        DataRef::DateTime(at) => Ok(number_cell(at.as_f64())),
        DataRef::Error(error) => Cell::of(&error.to_string(), line),
        DataRef::Empty => Ok(Cell::default()),
    }
}

/// Fifteen digits, as spreadsheets compute; beyond that the number is ruined and shown as a power of ten.
fn number_cell(number: f64) -> Cell {
    let scientific = format!("{number:.14e}");
    if number.abs() < EXACT_BELOW {
        let rounded: f64 = scientific.parse().unwrap_or(number);
        return Cell { text: if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }, ruined: false };
    }
    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    Cell { text: format!("{digits}E+{power:0>2}"), ruined: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_a_spreadsheet_shows_them() {
        for (number, shown) in [
            (1_200.0, "1200"),
            (-5.0, "-5"),
            (0.1 + 0.2, "0.3"),
            (12.5, "12.5"),
            (-0.0, "0"),
            (999_999_999_999_999.0, "999999999999999"),
        ] {
            assert_eq!(number_cell(number), Cell { text: shown.to_owned(), ruined: false });
        }
        for (number, shown) in
            [(1e15, "1E+15"), (1e19, "1E+19"), (12_345_678_901_234_567_890.0, "1.23456789012346E+19")]
        {
            assert_eq!(number_cell(number), Cell { text: shown.to_owned(), ruined: true });
        }
    }
}
