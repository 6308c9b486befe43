//! Files that nobody would send, as text and as the sheet of a workbook. A file that is read is the same when it is
//! written and read again; one that is refused says why in words. `FUZZ_RUNS` throws more.

use std::io::{Cursor, Write};
use std::path::PathBuf;

use fuzz::{Target, throw};
use web::download::{Format, Sheet};
use web::upload::{Fault, Grid};
use zip::write::{SimpleFileOptions, ZipWriter};

fn target<'a>(name: &'a str, words: &'a [&'a str], runs: u32) -> Target<'a> {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    Target { name, corpus, more: Vec::new(), words, runs }
}

fn refused(fault: &Fault) -> String {
    assert!(fault.message.ends_with('。'), "a refusal is a sentence: {}", fault.message);
    assert_ne!(fault.line, Some(0));
    fault.message.clone()
}

/// The cells, without those at the end of a line that hold nothing.
fn cells(grid: &Grid) -> Vec<Vec<String>> {
    let filled = |line: &[String]| line.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    grid.lines().map(|(_, line)| line[..filled(&line)].to_vec()).collect()
}

fn laws(grid: &Grid) -> String {
    let numbers: Vec<u64> = grid.lines().map(|(number, _)| number).collect();
    assert!(numbers[0] >= 1 && numbers.windows(2).all(|pair| pair[0] < pair[1]), "lines count up: {numbers:?}");
    let cells = cells(grid);
    let head: Vec<&str> = cells[0].iter().map(String::as_str).collect();
    // A heading with a tab and no comma is a file with tabs between its cells; a guarded heading is guarded for good.
    let plain = head.iter().all(|cell| !cell.contains('\t') && web::sheet::harmless(cell) == *cell);
    if plain {
        let mut sheet = Sheet::new("a", "b", &head);
        cells[1..].iter().for_each(|line| sheet.row(line.iter().map(|cell| cell.as_str().into())));
        let written = sheet.bytes(Format::Csv).expect("what was read can be written");
        let again = Grid::read(&written).unwrap_or_else(|fault| panic!("{}: {cells:?}", fault.message));
        assert_eq!(self::cells(&again), cells);
    }
    format!("ok {plain} {} {}", cells.len().min(5), head.len().min(5))
}

#[test]
fn a_file_of_text() {
    let words = ["1E+19", "'=", "＝", "\t", "\r", "\"\"", "\u{feff}", "取込コード", "2026/11/21"];
    throw(&target("csv", &words, 8_000), |input| match Grid::read(input) {
        Ok(grid) => laws(&grid),
        Err(fault) => refused(&fault),
    });
}

/// A workbook whose one sheet is this.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    let whole = Sheet::new("a", "b", &["x"]).bytes(Format::Xlsx).expect("a workbook");
    let mut parts = zip::ZipArchive::new(Cursor::new(whole)).expect("an archive");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..parts.len() {
        let mut part = parts.by_index(at).expect("a part");
        let name = part.name().expect("a name").into_owned();
        writer.start_file(&*name, SimpleFileOptions::default()).expect("a part begins");
        if name.ends_with("sheet1.xml") {
            writer.write_all(sheet).expect("the sheet is written");
        } else {
            std::io::copy(&mut part, &mut writer).expect("the part is written");
        }
    }
    writer.finish().expect("an archive").into_inner()
}

#[test]
fn the_sheet_of_a_workbook() {
    let words = [
        "<c r=\"A2\" t=\"s\">",
        "<v>",
        "</v>",
        "<row r=\"0\">",
        "t=\"d\"",
        "r=\"ZZZZ1\"",
        "&lt;",
        "&#0;",
        "<!DOCTYPE x>",
        "<is><t>",
    ];
    throw(&target("sheet", &words, 2_000), |input| match Grid::read(&workbook(input)) {
        Ok(grid) => {
            assert!(grid.lines().all(|(number, line)| number >= 1 && line.len() <= 1_001));
            format!("ok {}", grid.len().min(5))
        }
        Err(fault) => refused(&fault),
    });
}

#[test]
fn a_workbook_that_is_bent_as_a_whole() {
    let whole = workbook(include_bytes!("corpus/sheet/sheet.xml"));
    let target =
        Target { more: vec![whole], ..target("workbook", &["PK\u{3}\u{4}", "PK\u{1}\u{2}", "xl/workbook.xml"], 1_500) };
    throw(&target, |input| match Grid::read(input) {
        Ok(grid) => laws(&grid),
        Err(fault) => refused(&fault),
    });
}
