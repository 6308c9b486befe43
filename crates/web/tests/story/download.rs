//! A table taken home: bytes, names, and what a spreadsheet must not run.

use encoding_rs::SHIFT_JIS;
use jiff::{Timestamp, tz::TimeZone};
use web::download::{Cell, DownloadError, Format, Sheet};

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
