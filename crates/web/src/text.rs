//! What people type, made plain: full-width and half-width are the same to whoever types them.
//!
//! Normalising happens only where digits, codes or dates are meant; names keep the width they were given.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

/// What was typed, without NULs and byte order marks: no keyboard has one, PostgreSQL keeps no NUL, and a mark that
/// nobody sees would make two codes of one.
pub fn typed(text: &str) -> String {
    text.replace(['\0', '\u{feff}'], "")
}

/// Half-width (NFKC) and without any space: for codes, numbers, telephone numbers.
pub fn digits(typed: &str) -> String {
    typed.nfkc().filter(|c| !c.is_whitespace()).map(plain_dash).collect()
}

/// Half-width (NFKC) and trimmed: for log-in names, mail addresses, search words.
pub fn narrow(typed: &str) -> String {
    typed.nfkc().collect::<String>().trim().to_owned()
}

/// A whole number: digits, an optional sign, thousands separators and a leading ¥ are read over.
pub fn integer(typed: &str) -> Option<i64> {
    let plain: String = digits(typed).chars().filter(|c| !matches!(c, ',' | '、' | '¥' | '円')).collect();
    plain.parse().ok()
}

/// A date as `YYYY/MM/DD` or `YYYY-MM-DD`; one-digit months and days are accepted.
pub fn date(typed: &str) -> Option<Date> {
    let plain = digits(typed).replace(['-', '.', '年', '月'], "/").replace('日', "");
    let mut parts = plain.split('/');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let shaped = year.len() == 4 && (1..=2).contains(&month.len()) && (1..=2).contains(&day.len());
    if !shaped || parts.next().is_some() || !plain.chars().all(|c| c.is_ascii_digit() || c == '/') {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The dashes a Japanese keyboard offers where a hyphen or a minus is meant.
fn plain_dash(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー' => '-',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_in_any_width_and_with_stray_spaces() {
        assert_eq!(digits(" ００００\u{3000}１２３４５ "), "000012345");
        assert_eq!(digits("０３ー１２３４－５６７８"), "03-1234-5678");
        assert_eq!(digits("ｱ１"), "ア1");
    }

    #[test]
    fn numbers_are_read_with_separators_and_signs() {
        assert_eq!(integer("１，２３４"), Some(1234));
        assert_eq!(integer("−¥1,234"), Some(-1234));
        assert_eq!(integer("１２３円"), Some(123));
        assert_eq!(integer("12.5"), None);
        assert_eq!(integer(""), None);
        assert_eq!(integer("99999999999999999999"), None);
    }

    #[test]
    fn dates_are_read_in_the_ways_people_write_them() {
        let day = jiff::civil::date(2026, 11, 2);
        for typed in ["2026/11/02", "2026-11-2", "２０２６／１１／０２", " 2026/11/2 ", "2026年11月2日"] {
            assert_eq!(date(typed), Some(day), "{typed}");
        }
        for typed in ["", "2026/13/01", "2026/02/30", "26/11/02", "2026/11", "2026/11/02/03", "20261102", "2026/+1/02"]
        {
            assert_eq!(date(typed), None, "{typed}");
        }
    }
}
