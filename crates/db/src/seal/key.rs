//! The key file: one key a line, oldest first, `seals` before the one that seals and `opens` before all others.

use std::fmt;
use std::str::FromStr;

use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use ring::digest::{SHA256, digest};

/// A key has 256 bits.
const KEY_BYTES: usize = 32;
const SEALS: &str = "seals";
const OPENS: &str = "opens";

/// The keys of a key file, in its order.
pub struct KeyRing {
    keys: Vec<Key>,
    /// Which of them seals.
    seals: usize,
}

pub(super) struct Key {
    /// Made of the key itself: two files can't mean different keys by one id.
    pub id: String,
    pub key: LessSafeKey,
}

/// A key file can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// A line that is none.
    #[error("line {0} is not \"seals\" or \"opens\" followed by 64 hexadecimal digits")]
    Line(usize),
    /// None seals, or several do.
    #[error("{0} lines begin with \"seals\"; exactly one key seals")]
    Seals(usize),
}

impl KeyRing {
    /// The text of a key file with one more key, which only opens for now: to be known everywhere before it seals. Of
    /// nothing, a first file, whose key seals.
    pub fn with_new(text: &str, key: [u8; KEY_BYTES]) -> String {
        let word = if text.lines().any(|line| line.trim().starts_with(SEALS)) { OPENS } else { SEALS };
        let kept = text.lines().map(str::trim).flat_map(|line| [line, "\n"]).collect::<String>();
        format!("{kept}{word} {}\n", hex::encode(key))
    }

    /// The text of a key file whose newest key seals from now on: one that [`KeyRing::with_new`] added, else this one.
    pub fn rotated(text: &str, key: [u8; KEY_BYTES]) -> String {
        let newest = text.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with('#'));
        let waits = newest.is_some_and(|line| line.starts_with(OPENS));
        let text = if waits { text.to_owned() } else { Self::with_new(text, key) };
        let last = text.lines().map(str::trim).filter(|line| is_key(line)).count();
        let mut nth = 0;
        let line = |line: &str| {
            let line = line.trim();
            nth += usize::from(is_key(line));
            let word = if nth == last { SEALS } else { OPENS };
            match line.split_once(' ').filter(|_| is_key(line)) {
                Some((_, key)) => format!("{word} {key}\n"),
                None => format!("{line}\n"),
            }
        };
        text.lines().map(line).collect()
    }

    /// The text of a key file that opens what another opens, too.
    pub fn joined(text: &str, other: &str) -> String {
        let also = other.lines().map(str::trim).filter(|line| is_key(line));
        let also = also.filter_map(|line| line.split_once(' ')).map(|(_, key)| format!("{OPENS} {key}\n"));
        also.collect::<String>() + text
    }

    /// The text of a key file with the one key only that seals.
    pub fn sealing_only(text: &str) -> String {
        let kept = text.lines().filter(|line| !line.trim().starts_with(OPENS));
        kept.map(str::trim).flat_map(|line| [line, "\n"]).collect()
    }

    /// The name of the key that seals: it tells nothing about the key.
    pub fn sealing_id(&self) -> &str {
        &self.sealing().id
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Never: a file without a key is refused.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn sealing(&self) -> &Key {
        &self.keys[self.seals]
    }

    pub(super) fn known(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }
}

fn is_key(line: &str) -> bool {
    line.starts_with(SEALS) || line.starts_with(OPENS)
}

impl FromStr for KeyRing {
    type Err = KeyFileError;

    fn from_str(text: &str) -> Result<Self, KeyFileError> {
        let (mut keys, mut sealing) = (Vec::new(), Vec::new());
        for (nth, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, key) = line.split_once(' ').ok_or(KeyFileError::Line(nth + 1))?;
            match word {
                SEALS => sealing.push(keys.len()),
                OPENS => {}
                _ => return Err(KeyFileError::Line(nth + 1)),
            }
            keys.push(read(key.trim()).ok_or(KeyFileError::Line(nth + 1))?);
        }
        match sealing[..] {
            [seals] => Ok(Self { keys, seals }),
            _ => Err(KeyFileError::Seals(sealing.len())),
        }
    }
}

fn read(text: &str) -> Option<Key> {
    let bytes = hex::decode(text).ok().filter(|bytes| bytes.len() == KEY_BYTES)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?);
    let id = hex::encode(&digest(&SHA256, &[b"shime key id ", bytes.as_slice()].concat()).as_ref()[..6]);
    Some(Key { id, key })
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("seals", &self.sealing().id).field("keys", &self.keys.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_known_before_it_seals() {
        let id = |byte| KeyRing::with_new("", [byte; 32]).parse::<KeyRing>().unwrap().sealing_id().to_owned();
        let sealing = |text: &str| text.parse::<KeyRing>().unwrap().sealing_id().to_owned();
        let first = KeyRing::with_new("# not into backups\n", [1; 32]);
        let known = KeyRing::with_new(&first, [2; 32]);
        assert_eq!(sealing(&known), id(1));
        assert!(known.parse::<KeyRing>().unwrap().known(&id(2)).is_some());
        let rotated = KeyRing::rotated(&known, [3; 32]);
        assert_eq!((sealing(&rotated), rotated.parse::<KeyRing>().unwrap().len()), (id(2), 2));
        let again = KeyRing::rotated(&rotated, [3; 32]);
        assert_eq!((sealing(&again), again.parse::<KeyRing>().unwrap().len()), (id(3), 3));
        let only = KeyRing::sealing_only(&again);
        assert_eq!((sealing(&only), only.parse::<KeyRing>().unwrap().len()), (id(3), 1));
        let both: KeyRing = KeyRing::joined(&only, &first).parse().unwrap();
        assert!(both.sealing_id() == id(3) && both.known(&id(1)).is_some());
        assert!(!format!("{:?}", again.parse::<KeyRing>().unwrap()).contains("0303"), "a key is never shown");
    }

    #[test]
    fn a_file_that_is_none_is_refused_by_its_line() {
        let good = KeyRing::with_new("# kept apart from backups", [1; 32]);
        assert!(good.parse::<KeyRing>().is_ok());
        for (text, expected) in [
            (String::new(), KeyFileError::Seals(0)),
            (good.replace("seals", "opens"), KeyFileError::Seals(0)),
            (format!("{good}{good}"), KeyFileError::Seals(2)),
            (format!("{good}\nshuts 00"), KeyFileError::Line(4)),
            (format!("{good}opens 00"), KeyFileError::Line(3)),
        ] {
            assert_eq!(text.parse::<KeyRing>().unwrap_err(), expected, "{text}");
        }
    }
}
