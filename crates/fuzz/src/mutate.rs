//! One input out of others: a few changes, each of a kind that parsers are known to trip over.

use crate::dice::Dice;

/// What numbers, texts and structures break on, whatever the language.
const HOSTILE: [&[u8]; 40] = [
    b"",
    b"0",
    b"-1",
    b"1e999",
    b"-0",
    b"0.1",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551616",
    b"99999999999999999999",
    b"1E+19",
    b"NaN",
    b"null",
    b"true",
    b"\"\"",
    b"\"\\u0000\"",
    b"\"\\ud800\"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc0\x80",
    b"\xf0\xa0\xae\xb7",
    b"\r",
    b"\n",
    b"\r\n",
    b"\"",
    b"'",
    b"'=",
    b",",
    b"\t",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"]]]]]]]]",
    b"{\"a\":",
    b"\\",
    b"%00",
    b"=1+1",
    b"\xe3\x80\x80",
];

/// One to six changes to one of the inputs.
pub(crate) fn mutated(pool: &[Vec<u8>], words: &[&str], dice: &mut Dice) -> Vec<u8> {
    let mut input = pool[dice.below(pool.len())].clone();
    for _ in 0..=dice.below(6) {
        change(&mut input, pool, words, dice);
    }
    input
}

fn change(input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&str], dice: &mut Dice) {
    let at = dice.below(input.len() + 1);
    match dice.below(10) {
        0 if !input.is_empty() => {
            let at = at.min(input.len() - 1);
            input[at] ^= 1 << dice.below(8);
        }
        1 if !input.is_empty() => {
            let at = at.min(input.len() - 1);
            input[at] = u8::try_from(dice.below(256)).unwrap_or(0);
        }
        2 => input.truncate(at),
        3 => drop(input.drain(at..end(input, at, 40, dice))),
        4 => {
            let piece = input[at..end(input, at, 200, dice)].to_vec();
            insert(input, at, &piece);
        }
        5 => insert(input, at, dice.one(&HOSTILE)),
        6 => value(input, at, dice),
        7 if !words.is_empty() => insert(input, at, dice.one(words).as_bytes()),
        8 => {
            let other = &pool[dice.below(pool.len())];
            let from = dice.below(other.len() + 1);
            let piece = other[from..end(other, from, 400, dice)].to_vec();
            insert(input, at, &piece);
        }
        _ => {
            let piece = dice.one(&HOSTILE).repeat(1 + dice.below(300));
            insert(input, at, &piece);
        }
    }
}

fn end(input: &[u8], at: usize, most: usize, dice: &mut Dice) -> usize {
    (at + dice.below(most)).min(input.len())
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    drop(input.splice(at..at, piece.iter().copied()));
}

/// Puts something else where a value stands: behind the next `:`, `=` or `,`, up to the next sign of structure.
fn value(input: &mut Vec<u8>, at: usize, dice: &mut Dice) {
    let Some(mark) = input[at..].iter().position(|byte| b":=,".contains(byte)) else { return };
    let from = at + mark + 1;
    let length = input[from..].iter().position(|byte| b",}]\r\n".contains(byte)).unwrap_or(input.len() - from);
    drop(input.splice(from..from + length, dice.one(&HOSTILE).iter().copied()));
}
