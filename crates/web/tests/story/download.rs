//! A table taken home: bytes, names, and what a spreadsheet must not run.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use encoding_rs::SHIFT_JIS;
use jiff::{Timestamp, tz::TimeZone};
use web::download::{Cell, DownloadError, Format, Sheet};
use web::sheet::{harmless, unguarded};

fn sheet() -> Sheet {
    let mut sheet = Sheet::new("本館", "貸出一覧", &["日付", "室", "金額"]);
    sheet.row(["2026/11/22".into(), "児童室, \"二階\"".into(), Cell::Number(-1_200)]);
    sheet
}

fn lines(sheet: &Sheet) -> String {
    String::from_utf8(sheet.bytes(Format::Csv).unwrap()).unwrap()
}

#[test]
fn csv_opens_in_a_spreadsheet() {
    assert_eq!(lines(&sheet()), "\u{FEFF}日付,室,金額\r\n2026/11/22,\"児童室, \"\"二階\"\"\",-1200\r\n");
}

#[test]
fn shift_jis_holds_the_same_or_names_what_it_cannot_hold() {
    let bytes = sheet().bytes(Format::CsvShiftJis).unwrap();
    assert_eq!(SHIFT_JIS.decode(&bytes).0, lines(&sheet()).trim_start_matches('\u{FEFF}'));
    let mut sheet = sheet();
    sheet.row(["2026/11/23".into(), "𠮷野の室".into(), Cell::Blank]);
    let error = sheet.bytes(Format::CsvShiftJis).unwrap_err();
    assert_eq!(error, DownloadError::NotInShiftJis { character: '𠮷', line: 3, column: "室".to_owned() });
    assert_eq!(
        error.to_string(),
        "「𠮷」（U+20BB7）はShift_JISで表せません（3行目「室」）。UTF-8のCSVを選んでください。"
    );
    assert!(lines(&sheet).contains("𠮷野"));
}

#[test]
fn what_looks_like_a_formula_is_shown_and_not_run() {
    let mut sheet = Sheet::new("a", "b", &["x"]);
    for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "普通", "1-1"] {
        sheet.row([text.into()]);
    }
    sheet.row([Cell::Number(-5)]);
    sheet.row([Cell::Decimal("-12.5".to_owned())]);
    sheet.row([Cell::Decimal("-1+cmd".to_owned())]);
    let guarded = lines(&sheet);
    let expected =
        "'=1+1\r\n'+1\r\n'-1\r\n'@SUM(A1)\r\n'\tx\r\n\"'\rx\"\r\n'＝1\r\n普通\r\n1-1\r\n-5\r\n-12.5\r\n'-1+cmd\r\n";
    assert_eq!(guarded, format!("\u{FEFF}x\r\n{expected}"));
    assert!(lines(&sheet.for_machines()).contains("\r\n=1+1\r\n"));
}

#[test]
fn codes_keep_their_zeros_and_all_their_digits() {
    let mut sheet = Sheet::new("a", "b", &["x", "y"]);
    sheet.row(["00000000000000012345".into(), None::<&str>.into()]);
    assert!(lines(&sheet).ends_with("\r\n00000000000000012345,\r\n"));
}

#[test]
fn the_file_is_named_by_subject_content_and_minute() {
    let now: Timestamp = "2026-11-22T13:41:59Z".parse().unwrap();
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let mut sheet = Sheet::new("本/館\r\n\"x\"", "一覧", &["x"]);
    sheet.row(["y".into()]);
    let response = sheet.download(Format::Csv, now, &zone).unwrap();
    let name = response.headers()["content-disposition"].to_str().unwrap();
    assert_eq!(
        name,
        "attachment; filename=\"export_202611222241.csv\"; \
         filename*=UTF-8''%E6%9C%AC_%E9%A4%A8___x__%E4%B8%80%E8%A6%A7_202611222241.csv"
    );
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
}

#[test]
fn too_many_rows_are_refused_with_a_way_out() {
    let mut sheet = Sheet::new("a", "b", &["x"]);
    for _ in 0..=web::download::ROWS_MAX {
        sheet.row([Cell::Blank]);
    }
    let error = sheet.bytes(Format::Csv).unwrap_err();
    assert!(error.to_string().contains("200,000行を超える"));
}

fn workbook(sheet: &Sheet) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(sheet.bytes(Format::Xlsx).unwrap())).unwrap()
}

fn cells(sheet: &Sheet) -> Vec<Vec<Data>> {
    let mut book = workbook(sheet);
    let name = book.sheet_names()[0].clone();
    book.worksheet_range(&name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn a_workbook_keeps_codes_as_text_and_numbers_as_numbers() {
    let code = "00000000000000012345";
    let mut sheet = Sheet::new("本館", "貸出一覧", &["取込コード", "名称", "金額", "率"]);
    sheet.row([code.into(), "=1+1".into(), Cell::Number(-1_200), Cell::Decimal("12.5".to_owned())]);
    sheet.row(["10000000000000000001".into(), "𠮷野".into(), Cell::Number(i64::MAX), Cell::Blank]);
    let text = |text: &str| Data::String(text.to_owned());
    let expected = vec![
        vec![text("取込コード"), text("名称"), text("金額"), text("率")],
        vec![text(code), text("=1+1"), Data::Float(-1_200.0), Data::Float(12.5)],
        vec![text("10000000000000000001"), text("𠮷野"), text("9223372036854775807"), Data::Empty],
    ];
    assert_eq!(cells(&sheet), expected);
    let mut book = workbook(&sheet);
    assert_eq!(book.sheet_names(), ["貸出一覧"]);
    assert!(book.worksheet_formula("貸出一覧").unwrap().is_empty(), "a text that looks like a formula is none");
}

#[test]
fn a_code_in_a_workbook_is_formatted_as_text_below_a_bold_heading_that_stays() {
    let mut sheet = Sheet::new("a", "b", &["x"]);
    sheet.row(["10000000000000000001".into()]);
    let bytes = sheet.bytes(Format::Xlsx).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut part = |name: &str| std::io::read_to_string(archive.by_name(name).unwrap()).unwrap();
    let (page, styles) = (part("xl/worksheets/sheet1.xml"), part("xl/styles.xml"));
    assert!(page.contains(r#"state="frozen""#) && page.contains("numberStoredAsText"), "{page}");
    assert!(styles.contains(r#"numFmtId="49""#) && styles.contains("<b/>"), "{styles}");
    assert_eq!(bytes, sheet.bytes(Format::Xlsx).unwrap(), "the same rows make the same bytes");
}

#[test]
fn a_workbook_is_sent_as_one() {
    let now: Timestamp = "2026-11-22T13:41:59Z".parse().unwrap();
    let response = sheet().download(Format::Xlsx, now, &TimeZone::UTC).unwrap();
    assert_eq!(response.headers()["content-type"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    assert!(response.headers()["content-disposition"].to_str().unwrap().ends_with("_202611221341.xlsx"));
}

#[test]
fn a_cell_too_long_for_a_workbook_is_named() {
    let mut sheet = Sheet::new("a", "b", &["x", "メモ"]);
    sheet.row(["1".into(), "あ".repeat(32_767).into()]);
    assert!(sheet.bytes(Format::Xlsx).is_ok());
    sheet.row(["2".into(), "あ".repeat(32_768).into()]);
    let error = sheet.bytes(Format::Xlsx).unwrap_err();
    assert_eq!(error, DownloadError::TooLongForExcel { line: 3, column: "メモ".to_owned() });
    assert!(error.to_string().contains("3行目「メモ」") && error.to_string().contains("CSVを選んで"));
}

#[test]
fn the_guard_against_formulas_comes_off_again() {
    for text in ["=1", "'=1", "''=1", "-1", "'", "''", "'a", "a", "", "＝1", "'\t"] {
        assert_eq!(unguarded(&harmless(text)), text, "{text:?}");
        assert!(!harmless(text).starts_with('='));
    }
}
