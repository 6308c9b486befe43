//! Secrets that must be read back are sealed before they are stored: AES-256-GCM under a key that is never in the
//! database. A sealed text is bound to its table, column and row: copied elsewhere it can't be opened.
//!
//! Several keys may be known; one of them seals. So a key is replaced while everything runs: what another key sealed
//! can still be opened, and is sealed anew. Without any key texts are stored as they are.

mod key;
mod table;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use ring::aead::{Aad, NONCE_LEN, Nonce};

use crate::DbError;
use key::Key;
pub use key::{KeyFileError, KeyRing};
pub use table::SealedTable;

/// What a sealed text begins with; nothing that is sealed begins so itself.
const MARK: &str = "sealed:";

/// Unguessable bytes, as a parameter.
pub type RandomBytes = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// The keys of a process. Cloning gives another handle to the same ones.
#[derive(Clone, Default)]
pub struct Keys(Option<Arc<Held>>);

struct Held {
    ring: RwLock<KeyRing>,
    random: RandomBytes,
}

/// Where a secret is stored: what its seal is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// `place.table`
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's key.
    pub row: String,
}

impl Keys {
    /// With these keys; `random` gives what makes every seal another.
    pub fn new(ring: KeyRing, random: RandomBytes) -> Self {
        Self(Some(Arc::new(Held { ring: RwLock::new(ring), random })))
    }

    /// From now on these.
    pub fn replace(&self, ring: KeyRing) {
        if let Some(held) = &self.0 {
            *held.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        }
    }

    /// Whether there is a key.
    pub fn any(&self) -> bool {
        self.0.is_some()
    }

    /// Seals a text; without keys it stays as it is.
    pub fn seal(&self, place: &Sealed, text: &str) -> Result<String, DbError> {
        let Some(held) = &self.0 else { return Ok(text.to_owned()) };
        let ring = held.ring.read().unwrap_or_else(PoisonError::into_inner);
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&(held.random)()[..NONCE_LEN]);
        let Key { id, key } = ring.sealing();
        let mut bytes = text.as_bytes().to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place.bound(), &mut bytes)
            .map_err(|_| place.refused("it could not be sealed"))?;
        Ok(format!("{MARK}{id}:{}{}", hex::encode(nonce), hex::encode(bytes)))
    }

    /// Opens what is stored. With keys, what is not sealed is refused: somebody else wrote it.
    pub fn open(&self, place: &Sealed, stored: &str) -> Result<String, DbError> {
        match (&self.0, stored.strip_prefix(MARK)) {
            (Some(held), Some(sealed)) => {
                let ring = held.ring.read().unwrap_or_else(PoisonError::into_inner);
                opened(&ring, place, sealed)
            }
            (None, None) => Ok(stored.to_owned()),
            (Some(_), None) => Err(place.refused("it is not sealed, though this place has a key")),
            (None, Some(sealed)) => {
                let id = sealed.split(':').next().unwrap_or_default();
                Err(place.refused(&format!("it is sealed with key {id}, and no key is configured; set key.file")))
            }
        }
    }

    /// The text to store instead of this one, if the key that seals did not seal it. `None`: it is as it should be.
    pub fn renewed(&self, place: &Sealed, stored: &str) -> Result<Option<String>, DbError> {
        let Some(held) = &self.0 else { return self.open(place, stored).map(|_| None) };
        let current = {
            let ring = held.ring.read().unwrap_or_else(PoisonError::into_inner);
            format!("{MARK}{}:", ring.sealing().id)
        };
        if stored.starts_with(&current) {
            // Opened all the same: a start must not pass over what nobody can read.
            return self.open(place, stored).map(|_| None);
        }
        let plain = if stored.starts_with(MARK) { self.open(place, stored)? } else { stored.to_owned() };
        self.seal(place, &plain).map(Some)
    }
}

fn opened(ring: &KeyRing, place: &Sealed, sealed: &str) -> Result<String, DbError> {
    let (id, hex) = sealed.split_once(':').ok_or_else(|| place.refused("it is cut off"))?;
    let Some(Key { key, .. }) = ring.known(id) else {
        let why = format!("it is sealed with key {id}, which is not in the key file; put that key back");
        return Err(place.refused(&why));
    };
    let mut bytes = hex::decode(hex).map_err(|_| place.refused("it is damaged"))?;
    if bytes.len() < NONCE_LEN {
        return Err(place.refused("it is cut off"));
    }
    let mut text = bytes.split_off(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| place.refused("it is damaged"))?;
    let plain = key
        .open_in_place(nonce, place.bound(), &mut text)
        .map_err(|_| place.refused("it was altered, or sealed for another place"))?;
    String::from_utf8(plain.to_vec()).map_err(|_| place.refused("it is no text"))
}

impl Sealed {
    fn bound(&self) -> Aad<Vec<u8>> {
        // No name holds a NUL, so that no two places read alike.
        Aad::from(format!("{}\0{}\0{}", self.table, self.column, self.row).into_bytes())
    }

    fn refused(&self, why: &str) -> DbError {
        let Self { table, column, row } = self;
        DbError::Sealed { what: format!("{table}.{column} of {row}"), why: why.to_owned() }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.any() { "Keys(…)" } else { "Keys(none)" })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    fn keys(file: &str) -> Keys {
        let count = AtomicU8::new(0);
        Keys::new(file.parse().expect("a key file"), Arc::new(move || [count.fetch_add(1, Ordering::SeqCst); 32]))
    }

    fn place(column: &'static str, row: &str) -> Sealed {
        Sealed { table: "shelf.jar", column, row: row.to_owned() }
    }

    fn line(word: &str, byte: u8) -> String {
        format!("{word} {}\n", hex::encode([byte; 32]))
    }

    #[test]
    fn what_is_sealed_reads_back_at_its_place_and_nowhere_else() {
        let keys = keys(&line("seals", 1));
        let sealed = keys.seal(&place("label", "1"), "whsec_梅").unwrap();
        assert!(!sealed.contains("whsec") && sealed.starts_with("sealed:"), "{sealed}");
        assert_ne!(sealed, keys.seal(&place("label", "1"), "whsec_梅").unwrap(), "every seal is another");
        assert_eq!(keys.open(&place("label", "1"), &sealed).unwrap(), "whsec_梅");
        for elsewhere in [place("label", "2"), place("lid", "1")] {
            let refused = keys.open(&elsewhere, &sealed).unwrap_err().to_string();
            assert!(refused.contains("altered, or sealed for another place"), "{refused}");
        }
        for cut in 0..sealed.len() {
            assert!(keys.open(&place("label", "1"), &sealed[..cut]).is_err(), "{cut}");
        }
        assert!(keys.open(&place("label", "1"), "whsec_梅").is_err(), "not sealed");
    }

    #[test]
    fn a_key_that_is_gone_is_named_and_an_old_one_still_opens() {
        let old = keys(&line("seals", 1));
        let sealed = old.seal(&place("label", "1"), "plum").unwrap();
        let both = keys(&(line("opens", 1) + &line("seals", 2)));
        assert_eq!(both.open(&place("label", "1"), &sealed).unwrap(), "plum");
        let renewed = both.renewed(&place("label", "1"), &sealed).unwrap().expect("sealed by another key");
        assert_eq!(both.renewed(&place("label", "1"), &renewed).unwrap(), None);
        assert_eq!(both.renewed(&place("label", "1"), "plum").unwrap().map(|s| s.starts_with("sealed:")), Some(true));
        let refused = old.open(&place("label", "1"), &renewed).unwrap_err().to_string();
        assert!(refused.contains("not in the key file"), "{refused}");
        let refused = Keys::default().open(&place("label", "1"), &renewed).unwrap_err().to_string();
        assert!(refused.contains("no key is configured"), "{refused}");
        old.replace((line("opens", 1) + &line("seals", 2)).parse().unwrap());
        assert_eq!(old.open(&place("label", "1"), &renewed).unwrap(), "plum");
    }
}
