//! The written form of マッピング情報: CSV with CRLF, in UTF-8 with BOM or in Shift_JIS (CP932).
//! What can't be written exactly isn't written: a name that CP932 lacks is an error that names it. A name that a
//! spreadsheet would run (`=…`) is written with an apostrophe in front, which reading takes off again.

use super::{LineError, Reason, Row, rows};
use csv::{ReaderBuilder, Terminator, WriterBuilder};
use encoding_rs::SHIFT_JIS;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// How a CSV is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 with BOM.
    #[default]
    Utf8,
    /// Shift_JIS (CP932).
    ShiftJis,
}

/// A table can't be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A name with a character that CP932 lacks.
    #[error("「{name}」の「{character}」はShift_JISで表せません。UTF-8でダウンロードするか、名称を変えてください")]
    Character {
        /// The name.
        name: String,
        /// The character.
        character: char,
    },
    /// The CSV writer refused.
    #[error("the table can't be written as CSV: {0}")]
    Csv(String),
}

/// Writes a table.
pub fn write<R: Row>(table: &[R], encoding: Encoding) -> Result<Vec<u8>, WriteError> {
    let failed = |e: csv::Error| WriteError::Csv(e.to_string());
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(R::HEADER).map_err(failed)?;
    for row in table {
        let cells = row.cells();
        if encoding == Encoding::ShiftJis {
            cells.iter().try_for_each(|cell| fits_cp932(cell))?;
        }
        writer.write_record(cells.iter().map(|cell| harmless(cell))).map_err(failed)?;
    }
    let plain = writer.into_inner().map_err(|e| WriteError::Csv(e.to_string()))?;
    Ok(match encoding {
        Encoding::Utf8 => [BOM, &plain].concat(),
        Encoding::ShiftJis => SHIFT_JIS.encode(&String::from_utf8_lossy(&plain)).0.into_owned(),
    })
}

/// A text no spreadsheet takes for a formula. What looks guarded already is guarded once more, so that reading gives
/// back every text as it was.
fn harmless(text: &str) -> String {
    if runs(text.trim_start_matches('\'')) { format!("'{text}") } else { text.to_owned() }
}

fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| runs(rest.trim_start_matches('\''))).unwrap_or(text)
}

/// Would a spreadsheet run it? Full-width signs count: some programs narrow them first.
fn runs(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// Some characters (¥, −) have an encoding that reads back as another character: they don't fit either.
fn fits_cp932(cell: &str) -> Result<(), WriteError> {
    let fits = |c: char| {
        let text = c.to_string();
        let (bytes, _, replaced) = SHIFT_JIS.encode(&text);
        !replaced && SHIFT_JIS.decode_without_bom_handling(&bytes).0 == text
    };
    match cell.chars().find(|c| !fits(*c)) {
        Some(character) => Err(WriteError::Character { name: cell.to_owned(), character }),
        None => Ok(()),
    }
}

/// Reads a table in either encoding: all rows, or every error with its line.
pub fn read<R: Row>(bytes: &[u8]) -> Result<Vec<R>, Vec<LineError>> {
    // One kind of line end: the CSV reader counts a CRLF's line only when it reads on.
    let text = decode(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| vec![LineError { line: 1, reason: Reason::Encoding }])?;
        lines.push((line_of(&record, &text), record.iter().map(|cell| unguarded(cell).to_owned()).collect()));
    }
    rows(lines)
}

/// Where a record starts, past the empty lines before it.
fn line_of(record: &csv::StringRecord, text: &str) -> u64 {
    let Some(position) = record.position() else { return 1 };
    let from = usize::try_from(position.byte()).ok().and_then(|byte| text.get(byte..)).unwrap_or("");
    position.line() + from.bytes().zip(0..).find(|(byte, _)| *byte != b'\n').map_or(0, |(_, empty)| empty)
}

fn decode(bytes: &[u8]) -> Result<String, Vec<LineError>> {
    let plain = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let wrong = match std::str::from_utf8(plain) {
        Ok(text) => return Ok(text.to_owned()),
        Err(wrong) => wrong.valid_up_to(),
    };
    if plain.len() == bytes.len()
        && let Some(text) = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return Ok(text.into_owned());
    }
    let line = plain[..wrong].split(|b| *b == b'\n').count();
    Err(vec![LineError { line: u64::try_from(line).unwrap_or(u64::MAX), reason: Reason::Encoding }])
}
