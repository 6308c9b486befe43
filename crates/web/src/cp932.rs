//! Shift_JIS as Windows writes it (CP932). What it can't hold is an error that names the character.
//!
//! A handful of characters exist twice in Unicode for the same sign in Shift_JIS (`〜` and `～`, `−` and `－`, `¥` and
//! `￥`): the twin that Windows knows is written, because the sign on paper is the same.

use encoding_rs::{EncoderResult, SHIFT_JIS};

/// Encodes, or names the first character that Shift_JIS can't hold.
pub fn encode(text: &str) -> Result<Vec<u8>, char> {
    let text: String = text.chars().map(twin).collect();
    let mut encoder = SHIFT_JIS.new_encoder();
    let mut bytes = Vec::with_capacity(text.len() + 16);
    let mut rest = text.as_str();
    loop {
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return Ok(bytes),
            EncoderResult::OutputFull => bytes.reserve(rest.len() + 16),
            EncoderResult::Unmappable(c) => return Err(c),
        }
    }
}

/// The way Windows spells a sign that has two code points. `¥` and `‾` would otherwise turn into `\` and `~`.
fn twin(c: char) -> char {
    match c {
        '\u{301C}' => '\u{FF5E}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{FF0D}',
        '\u{2014}' => '\u{2015}',
        '\u{00A2}' => '\u{FFE0}',
        '\u{00A3}' => '\u{FFE1}',
        '\u{00AC}' => '\u{FFE2}',
        '\u{00A5}' => '\u{FFE5}',
        '\u{203E}' => '\u{FFE3}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_knows_comes_back_the_same() {
        let text = "みなと食堂 髙橋 ①②㈱ ﾊﾝｶｸ ソ表十 ～￥";
        let bytes = encode(text).unwrap();
        assert_eq!(SHIFT_JIS.decode(&bytes).0, text);
        assert_eq!(encode("ソ").unwrap(), [0x83, 0x5C]);
    }

    #[test]
    fn twins_are_written_as_windows_spells_them() {
        let bytes = encode("10:00〜11:00 −¥100 —").unwrap();
        assert_eq!(SHIFT_JIS.decode(&bytes).0, "10:00～11:00 －￥100 ―");
        assert_eq!(encode("¥‾").unwrap(), [0x81, 0x8F, 0x81, 0x50]);
    }

    #[test]
    fn what_it_cannot_hold_is_named() {
        assert_eq!(encode("寿司\u{1F363}"), Err('\u{1F363}'));
        assert_eq!(encode("𠮷野"), Err('𠮷'));
        assert_eq!(encode("é"), Err('é'));
    }
}
