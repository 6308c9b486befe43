//! マッピング情報: written as the manual shows it, read in both encodings, and what a spreadsheet ruined is refused
//! with its line.

use crate::kit::cases;
use encoding_rs::SHIFT_JIS;
use proptest::{collection::vec, prelude::*, sample::select};
use protocol::mapping::{
    DiscountRow, Encoding, LineError, MediumRow, PaymentRow, Reason, Row, WriteError, read, rows, write,
};
use sales::{CodeError, ImportCode, PaymentKind};

/// The manual's example 支払種別CSV, p. 10.
const MANUAL: [&str; 17] = [
    "Visa",
    "Mastercard",
    "JCB",
    "American Express",
    "Diners Club",
    "Discover",
    "その他クレジット",
    "USEN Visaカー",
    "クレジット2",
    "クレジット3",
    "クレジット4",
    "クレジット5",
    "クレジット6",
    "クレジット7",
    "クレジット8",
    "クレジット9",
    "クレジット10",
];

fn manual() -> Vec<PaymentRow> {
    let row = |(name, n): (&&str, u64)| PaymentRow {
        kind: PaymentKind::CreditCard,
        name: (*name).to_owned(),
        code: ImportCode::issue(1, n).unwrap(),
    };
    MANUAL.iter().zip(1..).map(row).collect()
}

fn medium(name: &str) -> Vec<MediumRow> {
    vec![MediumRow { name: name.to_owned(), code: ImportCode::issue(7, 1).unwrap() }]
}

/// Reads payment lines under the right header.
fn payments(lines: &str) -> Result<Vec<PaymentRow>, Vec<LineError>> {
    read(format!("支払種目,支払科目名称,取込コード\r\n{lines}").as_bytes())
}

/// The one refusal of these lines.
fn refused(lines: &str) -> (u64, Reason) {
    let mut errors = payments(lines).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let error = errors.remove(0);
    (error.line, error.reason)
}

#[test]
fn the_manuals_example_is_written_to_the_byte() {
    let lines = MANUAL.iter().zip(1..).map(|(name, n)| format!("1,{name},100000000000000000{n:02}\r\n"));
    let expected = format!("\u{feff}支払種目,支払科目名称,取込コード\r\n{}", lines.collect::<String>());
    assert_eq!(String::from_utf8(write(&manual(), Encoding::Utf8).unwrap()).unwrap(), expected);
    let shift_jis = write(&manual(), Encoding::ShiftJis).unwrap();
    let (text, _, _) = SHIFT_JIS.decode(&shift_jis);
    assert_eq!(text, expected.trim_start_matches('\u{feff}'));
    for bytes in [expected.as_bytes(), &shift_jis, expected.trim_start_matches('\u{feff}').as_bytes()] {
        assert_eq!(read::<PaymentRow>(bytes), Ok(manual()));
    }
}

#[test]
fn discounts_and_media_have_their_own_headers() {
    let discounts = vec![
        DiscountRow { percent: false, name: "クーポン, 300円引".into(), code: ImportCode::issue(6, 1).unwrap() },
        DiscountRow { percent: true, name: "\"会員\"5%割引".into(), code: ImportCode::issue(6, 2).unwrap() },
    ];
    let written = write(&discounts, Encoding::Utf8).unwrap();
    let text = String::from_utf8(written.clone()).unwrap();
    assert!(text.starts_with("\u{feff}値引区分,値引名称,取込コード\r\n値引,\"クーポン, 300円引\",6"), "{text}");
    assert_eq!(read::<DiscountRow>(&written), Ok(discounts));
    let media = write(&medium("駅前チラシ"), Encoding::ShiftJis).unwrap();
    assert_eq!(read::<MediumRow>(&media), Ok(medium("駅前チラシ")));
    let error = &read::<MediumRow>(&written).unwrap_err()[0];
    assert_eq!(error.line, 1);
    assert_eq!(
        error.to_string(),
        "1行目: 見出しが「広告媒体名称,取込コード」ではありません（いま「値引区分,値引名称,取込コード」です）"
    );
}

#[test]
fn a_name_that_shift_jis_cannot_hold_is_named() {
    for (name, character) in [("珈琲☕店", '☕'), ("𠮷野家", '𠮷'), ("café", 'é'), ("〜夜の部", '〜'), ("¥100引", '¥')]
    {
        let error = write(&medium(name), Encoding::ShiftJis).unwrap_err();
        assert_eq!(error, WriteError::Character { name: name.into(), character });
        assert_eq!(read::<MediumRow>(&write(&medium(name), Encoding::Utf8).unwrap()), Ok(medium(name)));
    }
    for name in ["髙島屋①", "㈱シメ", "ソース予約表", "～夜の部", "ｱｲｳ"] {
        assert_eq!(read::<MediumRow>(&write(&medium(name), Encoding::ShiftJis).unwrap()), Ok(medium(name)), "{name}");
    }
}

#[test]
fn full_width_digits_are_digits_and_empty_rows_are_nothing() {
    let read =
        payments("１,Ｖｉｓａ,１００００００００００００００００００１\r\n,,\r\n\r\n 1 , JCB ,10000000000000000003\n")
            .unwrap();
    assert_eq!(read[0].code.as_str(), "10000000000000000001");
    assert_eq!((read[0].name.as_str(), read[1].name.as_str()), ("Ｖｉｓａ", "JCB"), "a name stays as it is written");
}

#[test]
fn what_a_spreadsheet_ruined_is_refused_with_its_line() {
    let ok = "1,JCB,10000000000000000003\r\n";
    assert_eq!(refused(&format!("{ok}1,Visa,1E+19\r\n")), (3, Reason::Exponent("1E+19".into())));
    assert_eq!(refused("1,Visa,１.００Ｅ＋１９"), (2, Reason::Exponent("1.00E+19".into())));
    let ruined = Reason::Code(CodeError::ImportRuined("10000000000000000000".into()));
    assert_eq!(refused(&format!("\r\n{ok}1,Visa,10000000000000000000\r\n")), (4, ruined), "empty lines count");
    assert_eq!(refused("\r\n\r\n0,現金,1").0, 4, "so do several, and line ends of an old Mac");
    assert_eq!(refused("\r\r1,JCB,10000000000000000003\r0,現金,1").0, 5);
    assert_eq!(refused("0,現金,1"), (2, Reason::LostDigits("1".into())));
    assert_eq!(refused("0,現金,0000000000000000001"), (2, Reason::LostDigits("0000000000000000001".into())));
    assert_eq!(refused("1,Visa,"), (2, Reason::Code(CodeError::ImportShape(String::new()))));
    assert!(matches!(refused("1,Visa,100000000000000000011"), (2, Reason::Code(CodeError::ImportShape(_)))));
    assert!(matches!(refused("1,Visa,1000000000000000000x"), (2, Reason::Code(CodeError::ImportShape(_)))));
    assert_eq!(refused("1,Visa,CAFE"), (2, Reason::Code(CodeError::ImportShape("CAFE".into()))), "no number at all");
}

#[test]
fn what_contradicts_itself_is_refused_with_its_line() {
    assert_eq!(refused("7,Visa,10000000000000000001"), (2, Reason::Kind("7".into())));
    assert_eq!(refused("1,　,10000000000000000001"), (2, Reason::Name));
    assert_eq!(refused("1,Visa"), (2, Reason::Columns { expected: 3, found: 2 }));
    let code: ImportCode = "10000000000000000001".parse().unwrap();
    assert_eq!(refused("2,iD,10000000000000000001"), (2, Reason::FirstDigit { code: code.clone(), kind: 2 }));
    let twice = "1,Visa,10000000000000000001\r\n1,JCB,10000000000000000001";
    assert_eq!(refused(twice), (3, Reason::Duplicate { code, first: 2 }));
    let all = payments("1,Visa,1E+19\r\n1,JCB,10000000000000000003\r\n8,?,1").unwrap_err();
    assert_eq!(all.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 4], "every error at once");
    assert_eq!(
        all[0].to_string(),
        "2行目: 取込コード「1E+19」は指数表記です。表計算ソフトで桁が失われています。元のCSVを開き直してください"
    );
}

#[test]
fn cells_of_a_spreadsheet_go_through_the_same_door() {
    let cells = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let lines = vec![(1, cells(MediumRow::HEADER)), (5, cells(&["駅前チラシ", "70000000000000000001"]))];
    assert_eq!(rows::<MediumRow>(lines), Ok(medium("駅前チラシ")));
    assert_eq!(rows::<MediumRow>(vec![]).unwrap_err()[0].line, 1);
}

#[test]
fn bytes_in_neither_encoding_are_refused_where_they_are() {
    let bytes = [b"\x8d\x4c\n\n".as_slice(), b"\xff\xff"].concat();
    let errors = read::<MediumRow>(&bytes).unwrap_err();
    assert_eq!(errors[0].reason, Reason::Encoding);
    let after_text = ["広告媒体名称,取込コード\r\n駅前,70000000000000000001\r\n".as_bytes(), b"\xff\xff"].concat();
    let errors = read::<MediumRow>(&after_text).unwrap_err();
    assert_eq!(errors, [LineError { line: 3, reason: Reason::Encoding }]);
    assert!(read::<MediumRow>(b"").is_err());
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn what_is_written_reads_back(
        names in vec("[ぁ-んァ-ヶ一-龠a-zA-Z0-9,\"＆（）ー ]{0,8}[亜-腕]", 0..12),
        kinds in vec(select(PaymentKind::ALL.to_vec()), 12), encoding in select(vec![Encoding::Utf8, Encoding::ShiftJis]),
    ) {
        let table: Vec<PaymentRow> = names.iter().zip(kinds).zip(1..).map(|((name, kind), n)| PaymentRow {
            kind, name: name.trim().to_owned(), code: ImportCode::issue(kind.number(), n).unwrap(),
        }).collect();
        match write(&table, encoding) {
            Ok(written) => prop_assert_eq!(read::<PaymentRow>(&written), Ok(table)),
            Err(WriteError::Character { name, character }) => {
                prop_assert!(name.contains(character) && encoding == Encoding::ShiftJis);
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }

    #[test]
    fn nothing_uploaded_panics(bytes in vec(any::<u8>(), 0..300), text in ".{0,100}") {
        let _ = read::<PaymentRow>(&bytes);
        let _ = payments(&text);
    }
}

#[test]
fn a_name_that_a_spreadsheet_would_run_is_written_as_text_and_read_as_it_was() {
    for name in ["=HYPERLINK(\"http://evil.example\")", "+1", "-1", "@SUM(A1)", "＝1", "'=1", "''-1", "'quoted'", "1-1"]
    {
        let table = medium(name);
        for encoding in [Encoding::Utf8, Encoding::ShiftJis] {
            let written = write(&table, encoding).unwrap();
            assert_eq!(read::<MediumRow>(&written), Ok(table.clone()), "{name}");
            let (text, _, _) = SHIFT_JIS.decode(&written);
            let line = text.lines().nth(1).unwrap().trim_start_matches('"');
            assert!(!line.starts_with(['=', '+', '-', '@']), "{line}");
        }
    }
}
