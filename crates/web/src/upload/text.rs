//! A file of text as rows: CSV or tab-separated, in UTF-8, UTF-16 (as a spreadsheet's "Unicode text") or Shift_JIS.

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{SHIFT_JIS, UTF_16LE};

use super::Fault;
use super::grid::{Cell, Lines};
use crate::sheet::unguarded;

/// What a workbook of the 1990s or one with a password begins with.
const OLD_WORKBOOK: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// The lines of the file, the empty ones left out.
pub(super) fn rows(bytes: &[u8]) -> Result<Lines, Fault> {
    if bytes.starts_with(OLD_WORKBOOK) {
        let says = "古い形式（.xls）か、パスワードの付いたExcelです。パスワードなしの .xlsx で保存し直してください。";
        return Err(Fault::file(says));
    }
    // One kind of line end: the reader counts the line of a CRLF only when it reads on.
    let text = decode(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n')) {
        return Err(Fault::no_table());
    }
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(&text)).from_reader(text.as_bytes());
    let mut lines = Lines::default();
    for record in reader.records() {
        let record = record.map_err(|_| Fault::no_table())?;
        let number = line_of(&record, &text);
        let cells = record.iter().map(|cell| Cell::of(unguarded(cell), number)).collect::<Result<_, _>>()?;
        lines.push(number, cells)?;
    }
    Ok(lines)
}

fn decode(bytes: &[u8]) -> Result<String, Fault> {
    if let Some(wide) = bytes.strip_prefix(b"\xFF\xFE") {
        let text = UTF_16LE.decode_without_bom_handling_and_without_replacement(wide);
        return text.map(std::borrow::Cow::into_owned).ok_or_else(Fault::no_table);
    }
    let marked = bytes.strip_prefix("\u{FEFF}".as_bytes());
    let plain = marked.unwrap_or(bytes);
    let good = match std::str::from_utf8(plain) {
        Ok(text) => return Ok(text.to_owned()),
        Err(wrong) => wrong.valid_up_to(),
    };
    let windows = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
    windows.filter(|_| marked.is_none()).map(std::borrow::Cow::into_owned).ok_or_else(|| {
        let line = plain[..good].split(|byte| *byte == b'\n').count();
        let says = "読めない文字があります。UTF-8かShift_JISのCSV、またはExcel（.xlsx）で保存し直してください。";
        Fault::line(u64::try_from(line).unwrap_or(u64::MAX), says)
    })
}

/// Tabs, where the first line has tabs and no comma.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.contains('\t') && !first.contains(',') { b'\t' } else { b',' }
}

/// Where a record starts, past the empty lines before it.
fn line_of(record: &StringRecord, text: &str) -> u64 {
    let Some(position) = record.position() else { return 1 };
    let from = usize::try_from(position.byte()).ok().and_then(|byte| text.get(byte..)).unwrap_or_default();
    position.line() + from.bytes().zip(0..).find(|(byte, _)| *byte != b'\n').map_or(0, |(_, empty)| empty)
}
