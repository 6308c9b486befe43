//! Codes are text: leading zeros stay, full-width digits are normalised, ruins are refused.

use crate::kit::cases;
use proptest::prelude::*;
use sales::{CodeError, CompanyCode, FlaroStoreCode, ImportCode, OwnCode, RegistrationNumber};

#[test]
fn leading_zeros_are_significant() {
    let (one, other): (FlaroStoreCode, FlaroStoreCode) = ("0012".parse().unwrap(), "12".parse().unwrap());
    assert_ne!(one, other);
    assert_eq!(serde_json::to_string(&one).unwrap(), "\"0012\"");
    assert!(serde_json::from_str::<FlaroStoreCode>("12").is_err(), "a number is no code");
    assert_eq!("00000000000000000001".parse::<ImportCode>().unwrap().as_str(), "00000000000000000001");
}

#[test]
fn full_width_digits_and_spaces_around_are_normalised() {
    assert_eq!(" １２３４５６７８９０　".parse::<FlaroStoreCode>().unwrap().as_str(), "1234567890");
    assert_eq!(" 0012\t".parse::<FlaroStoreCode>().unwrap().as_str(), "0012");
    assert_eq!("Ｔ１２３４５６７８９０１２３".parse::<RegistrationNumber>().unwrap().as_str(), "T1234567890123");
    assert_eq!(
        "１００００００００００００００００００１".parse::<ImportCode>().unwrap().as_str(),
        "10000000000000000001"
    );
}

#[test]
fn each_refusal_says_which_rule() {
    use CodeError as E;
    assert_eq!("".parse::<FlaroStoreCode>(), Err(E::FlaroStoreEmpty));
    assert_eq!("12345678901".parse::<FlaroStoreCode>(), Err(E::FlaroStoreTooLong(11)));
    assert_eq!("12a".parse::<FlaroStoreCode>(), Err(E::FlaroStoreNotDigits('a')));
    assert_eq!(
        "12345678901".parse::<FlaroStoreCode>().unwrap_err().to_string(),
        "数字10桁以内で入力してください（いま11桁です）"
    );
    assert_eq!("10000000000000100000".parse::<ImportCode>(), Err(E::ImportRuined("10000000000000100000".into())));
    for ruin in ["1E+19", "1000000000000000001", "100000000000000000011", "1000000000000000000x"] {
        assert_eq!(ruin.parse::<ImportCode>(), Err(E::ImportShape(ruin.into())));
    }
    assert!(matches!("".parse::<CompanyCode>(), Err(E::Company(_))));
    assert!(matches!("T123".parse::<RegistrationNumber>(), Err(E::Registration(_))));
    assert_eq!("123456789012345678901".parse::<OwnCode>(), Err(E::OwnTooLong(21)));
    assert_eq!("A\u{7}B".parse::<OwnCode>(), Err(E::OwnCharacters));
    assert_eq!("A B".parse::<OwnCode>(), Err(E::OwnCharacters));
    assert_eq!("".parse::<OwnCode>(), Err(E::OwnTooLong(0)));
    assert!("日本語の自社コードも二十文字まで使える".parse::<OwnCode>().is_ok());
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn whatever_parses_is_kept_to_the_digit(text in "[0-9]{1,22}") {
        if let Ok(code) = text.parse::<ImportCode>() {
            prop_assert_eq!(code.as_str(), text.as_str());
            prop_assert!(text.len() == 20 && !text.ends_with("00000"));
        } else {
            prop_assert!(text.len() != 20 || text.ends_with("00000"));
        }
        prop_assert_eq!(text.parse::<FlaroStoreCode>().is_ok(), text.len() <= 10);
    }

    #[test]
    fn nothing_a_person_types_panics(text in "\\PC{0,30}|.{0,30}") {
        let _ = text.parse::<CompanyCode>();
        let _ = text.parse::<ImportCode>();
        let _ = text.parse::<OwnCode>();
        let _ = text.parse::<RegistrationNumber>();
        if let Ok(code) = text.parse::<FlaroStoreCode>() {
            prop_assert!(code.as_str().bytes().all(|b| b.is_ascii_digit()));
        }
    }

    #[test]
    fn issued_codes_are_unique_and_never_look_like_a_ruin(a in 1..1_000_000_u64, b in 1..1_000_000_u64, series in 0..10_u8) {
        let (one, other) = (ImportCode::issue(series, a), ImportCode::issue(series, b));
        prop_assert_eq!(one.is_err(), a % 100_000 == 0);
        prop_assert!(one.is_err() || (one == other) == (a == b));
    }
}
