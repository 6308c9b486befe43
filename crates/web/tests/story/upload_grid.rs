//! Files that people send: whatever program wrote them, the same rows come out, or a sentence that says what to do.

use std::io::{Cursor, Write};

use encoding_rs::SHIFT_JIS;
use proptest::prelude::*;
use rust_xlsxwriter::{Format as Style, Workbook};
use web::download::{Format, Sheet};
use web::upload::{Column, Faults, Grid};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const COLUMNS: [Column; 3] = [Column::needed("番号"), Column::needed("品名"), Column::optional("メモ")];

fn lines(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    Grid::read(bytes).unwrap().lines().collect()
}

fn fault(bytes: &[u8]) -> String {
    Grid::read(bytes).unwrap_err().to_string()
}

fn faults(text: &str) -> Vec<String> {
    let grid = Grid::read(text.as_bytes()).unwrap();
    let faults: Faults = grid.columns(&COLUMNS).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn every_encoding_gives_the_same_rows() {
    let text = "番号,品名\r\n00000000000000012345,髙橋の皿\r\n\r\n2,\"a,\r\nb\"\r\n3,c\r\n";
    let expected = vec![
        (1, vec!["番号".to_owned(), "品名".to_owned()]),
        (2, vec!["00000000000000012345".to_owned(), "髙橋の皿".to_owned()]),
        (4, vec!["2".to_owned(), "a,\nb".to_owned()]),
        (6, vec!["3".to_owned(), "c".to_owned()]),
    ];
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{FEFF}{text}").into_bytes(),
        utf16(text),
        SHIFT_JIS.encode(text).0.into_owned(),
        text.replace("\r\n", "\n").into_bytes(),
    ] {
        assert_eq!(lines(&bytes), expected);
    }
    assert_eq!(lines(&utf16("番号\t品名\r\n1\tx\r\n"))[1], (2, vec!["1".to_owned(), "x".to_owned()]));
}

#[test]
fn what_we_export_comes_back_as_it_was() {
    let mut sheet = Sheet::new("棚", "一覧", &["番号", "品名", "数"]);
    sheet.row(["00000000000000012345".into(), "=1+1".into(), 1_200.into()]);
    sheet.row(["0001".into(), "'=x".into(), (-5).into()]);
    for format in [Format::Csv, Format::CsvShiftJis, Format::Xlsx] {
        let rows: Vec<Vec<String>> = lines(&sheet.bytes(format).unwrap()).into_iter().map(|(_, cells)| cells).collect();
        assert_eq!(rows[1], ["00000000000000012345", "=1+1", "1200"], "{format:?}");
        assert_eq!(rows[2], ["0001", "'=x", "-5"], "{format:?}");
    }
}

#[test]
fn a_code_that_a_spreadsheet_ruined_is_refused_by_line() {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.write(0, 0, "番号").unwrap().write(0, 1, "品名").unwrap();
    page.write(1, 0, 12_345_678_901_234_567_890.0).unwrap().write(1, 1, "皿").unwrap();
    page.write(2, 0, 101).unwrap().write(2, 1, 0.1 + 0.2).unwrap();
    page.write_with_format(3, 0, 46_348.5, &Style::new().set_num_format("yyyy/mm/dd")).unwrap();
    let workbook = book.save_to_buffer().unwrap();
    let grid = Grid::read(&workbook).unwrap();
    let table = grid.columns(&COLUMNS).unwrap();
    let rows: Vec<_> = table.rows().collect();
    let says = rows[0].whole("番号").unwrap_err().to_string();
    assert!(says.starts_with("2行目「番号」: ") && says.contains("1.23456789012346E+19"), "{says}");
    assert_eq!((rows[1].whole("番号"), rows[1].get("品名")), (Ok("101"), "0.3"));
    assert_eq!(rows[2].get("番号"), "2026/11/22 12:00");
    let grid = Grid::read("番号,品名\n1.23457E+19,皿\n1E5,皿".as_bytes()).unwrap();
    let table = grid.columns(&COLUMNS).unwrap();
    assert_eq!(table.rows().map(|row| row.whole("番号").is_ok()).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn columns_are_found_in_any_order_and_width() {
    let grid = Grid::read("\n品 名,ﾒﾓ,番号\n皿,白い, 1 \n".as_bytes()).unwrap();
    let table = grid.columns(&COLUMNS).unwrap();
    let row = table.rows().next().unwrap();
    assert_eq!((row.number(), row.get("番号"), row.get("品名"), row.get("メモ")), (3, "1", "皿", "白い"));
    assert!(table.has("メモ") && !table.has("数"));
}

#[test]
fn wrong_columns_are_named() {
    assert_eq!(
        faults("品名,色,色,,\n皿,白,白,,x"),
        [
            "1行目「番号」: 見出し「番号」の列を入れてください",
            "1行目「色」: 見出し「色」は使えません。列を消すか、見出しを直してください（使える見出し: 番号、品名、メモ）",
            "1行目「色」: 見出し「色」が2つあります。1つにしてください",
            "2行目: 見出しのない列に内容があります。列がずれていないか確かめてください",
        ]
    );
}

#[test]
fn what_is_no_table_says_so() {
    let not_shift_jis = [&b"a,b\n1,"[..], &[0xFF, 0xFF, 0x80]].concat();
    for (bytes, words) in [
        (&b""[..], "表が空です"),
        (b"\r\n \r\n", "表が空です"),
        (b"PK\x03\x04 and nothing more", "表として読めない"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "古い形式（.xls）"),
        (b"%PDF-1.7\n\x00\x01", "表として読めない"),
        (b"\xFF\xFE\x00\xD8", "表として読めない"),
        (&not_shift_jis, "2行目: 読めない文字"),
    ] {
        assert!(fault(bytes).contains(words), "{}", fault(bytes));
    }
    assert!(fault(format!("x\n{}", "a".repeat(2_001)).as_bytes()).starts_with("2行目: 2000文字を超える"));
    assert!(fault(format!("x\n{}", "a\n".repeat(20_001)).as_bytes()).contains("20000行まで"));
    assert!(fault(",".repeat(200).replace(',', "a,").as_bytes()).contains("200列まで"));
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..100 {
        archive.write_all(&zeros).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    assert!(bytes.len() < web::upload::FILE_BYTES_MAX);
    assert!(fault(&bytes).contains("内容が多すぎます"), "{}", fault(&bytes));
}

#[test]
fn a_cell_far_to_the_right_is_refused_and_takes_no_room() {
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 16_383, "x").unwrap();
    assert!(fault(&book.save_to_buffer().unwrap()).contains("右の離れた列"));
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "x").unwrap().write(1_048_575, 0, "y").unwrap();
    assert_eq!(lines(&book.save_to_buffer().unwrap()).last().unwrap().0, 1_048_576);
}

#[test]
fn faults_are_shown_with_line_column_and_what_to_do_and_taken_home() {
    let grid = Grid::read("品名,<b>\n皿,白".as_bytes()).unwrap();
    let faults = grid.columns(&COLUMNS).unwrap_err();
    let html = faults.html();
    assert!(
        html.as_str().contains("取り込めない行があります（2件）") && html.as_str().contains("何も保存していません")
    );
    assert!(html.as_str().contains("&lt;b&gt;") && !html.as_str().contains("<b>"));
    let file = String::from_utf8(faults.sheet("棚").bytes(Format::Csv).unwrap()).unwrap();
    assert!(file.starts_with("\u{FEFF}行,列,直すこと\r\n1,番号,"), "{file}");
    assert!(Faults::default().html().is_empty());
}

proptest! {
    #[test]
    fn nonsense_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), head in 0..4_usize) {
        let head: &[u8] = [&b""[..], b"PK\x03\x04", b"\xFF\xFE", b"\xEF\xBB\xBF"][head];
        if let Ok(grid) = Grid::read(&[head, &bytes].concat()) {
            prop_assert!(grid.len() < 400);
            drop(grid.columns(&COLUMNS));
        }
    }

    #[test]
    fn a_workbook_with_bytes_changed_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut sheet = Sheet::new("棚", "一覧", &["番号", "品名"]);
        sheet.row(["1".into(), 5.into()]);
        let mut bytes = sheet.bytes(Format::Xlsx).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(grid) = Grid::read(&bytes) {
            drop(grid.columns(&COLUMNS));
        }
    }

    #[test]
    fn any_text_survives_csv_and_workbook(cells in prop::collection::vec("[ -~ぁ-ん一-龠'=＝]{1,12}", 1..5)) {
        let mut sheet = Sheet::new("棚", "一覧", &["見出し"]);
        for cell in &cells {
            sheet.row([cell.as_str().into()]);
        }
        let kept: Vec<&str> = cells.iter().map(String::as_str).filter(|cell| !cell.trim().is_empty()).collect();
        for format in [Format::Csv, Format::Xlsx] {
            let read = lines(&sheet.bytes(format).unwrap());
            let read: Vec<&str> = read.iter().skip(1).map(|(_, cells)| cells[0].as_str()).collect();
            prop_assert_eq!(&read, &kept);
        }
    }
}
