//! The receiver's judgement: what a signed event is to what is already there. Order of arrival never matters.

use crate::hash::Sha256;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What the receiver has of the same settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The highest revision.
    pub revision: u32,
    /// The facts held for the revision that comes in, if it is there already.
    pub same_revision: Option<Sha256>,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first of its settlement, or a higher revision: it stands now.
    Stands,
    /// A revision below the one that stands: kept, changes no total.
    Late,
    /// The same settlement, revision and facts: silently accepted again.
    Repeated,
    /// The same settlement and revision with other facts: kept, answered 409, shown to a person.
    Conflict,
}

/// Judges an event by its settlement's revision and facts.
pub fn judge(known: Option<Known>, revision: u32, facts: Sha256) -> Verdict {
    match known {
        None => Verdict::Stands,
        Some(Known { same_revision: Some(held), .. }) if held == facts => Verdict::Repeated,
        Some(Known { same_revision: Some(_), .. }) => Verdict::Conflict,
        Some(Known { revision: highest, .. }) if revision > highest => Verdict::Stands,
        Some(_) => Verdict::Late,
    }
}

/// Judges an event whose id came before: then it was `first`; `same_bytes` as then. A sender that was restored from a
/// backup makes an event anew, with another sequence, say: its facts decide, `judged` by [`judge`].
pub fn again(first: Verdict, same_bytes: bool, judged: Verdict) -> Verdict {
    match (first, judged) {
        (Verdict::Conflict, _) if same_bytes => Verdict::Conflict,
        _ if same_bytes => Verdict::Repeated,
        (_, Verdict::Repeated) => Verdict::Repeated,
        _ => Verdict::Conflict,
    }
}

/// Which sequences of a generation and store were seen. It only detects gaps; it never blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watermark {
    /// The highest sequence seen.
    pub highest: u64,
    /// Those below it that were not, bounded to [`MISSING_MAX`].
    pub missing: BTreeSet<u64>,
}

/// The most missing sequences that are remembered one by one.
pub const MISSING_MAX: usize = 10_000;

impl Watermark {
    /// Notes a sequence.
    pub fn note(&mut self, sequence: u64) {
        if sequence > self.highest {
            let room = MISSING_MAX.saturating_sub(self.missing.len());
            self.missing.extend((self.highest + 1..sequence).take(room));
            self.highest = sequence;
        } else {
            self.missing.remove(&sequence);
        }
    }
}

/// What is wrong with a signed event that is kept all the same. Each marks the day and has a way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The store is not in the store table.
    UnknownStore,
    /// The till is not in the store table.
    UnknownRegister,
    /// The stated control totals or datasets are not what the checks come to.
    TotalsDiffer {
        /// Which.
        what: String,
    },
    /// `totals.facts_sha256` is not the hash of the facts.
    FactsDiffer,
    /// An invariant does not hold.
    Invariant(String),
    /// A 取込コード that no mapping assigns yet.
    Unmapped(String),
    /// The settlement's id is another company's or store's.
    Contradicts(Uuid),
}
