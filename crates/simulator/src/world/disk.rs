//! A disk: writes are there at once for who made them, and for good once they are synced. A crash takes what was not.

/// After so many operations since, crashes are rebuilt from a newer base.
const REBUILT_MAX: usize = 100;

/// What is kept on a disk: a state that changes by operations alone, so that it can be rebuilt from them.
pub(super) trait Kept: Clone {
    type Op;
    type Out;
    /// Changes by one operation, in one commit. It depends on nothing else.
    fn apply(&mut self, op: &Self::Op) -> Self::Out;
}

/// A disk and what is on it.
pub(super) struct Disk<S: Kept> {
    /// As its programs see it.
    pub now: S,
    base: S,
    since: Vec<S::Op>,
    /// Operations ever written, and how many of them are synced.
    written: u64,
    synced: u64,
}

impl<S: Kept> Disk<S> {
    pub fn new(state: S) -> Self {
        Self { base: state.clone(), now: state, since: Vec::new(), written: 0, synced: 0 }
    }

    /// Writes; says what to wait for with [`Disk::sync`] before anybody is told.
    pub fn write(&mut self, op: S::Op) -> (S::Out, u64) {
        let out = self.now.apply(&op);
        self.since.push(op);
        self.written += 1;
        (out, self.written)
    }

    /// How much was written by now.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Everything up to there is on the platter.
    pub fn sync(&mut self, upto: u64) {
        self.synced = self.synced.max(upto.min(self.written));
        if self.synced == self.written && self.since.len() > REBUILT_MAX {
            self.base = self.now.clone();
            self.since.clear();
        }
    }

    /// Power off. Says how many writes were lost.
    pub fn crash(&mut self) -> u64 {
        let lost = self.written - self.synced;
        if lost > 0 {
            let kept = self.since.len().saturating_sub(usize::try_from(lost).unwrap_or(usize::MAX));
            self.since.truncate(kept);
            self.now = self.base.clone();
            for op in &self.since {
                self.now.apply(op);
            }
            self.written = self.synced;
        }
        lost
    }

    /// A copy, once all that was written is synced. Later crashes are rebuilt from it.
    pub fn backup(&mut self) -> Option<S> {
        (self.written == self.synced).then(|| {
            self.base = self.now.clone();
            self.since.clear();
            self.base.clone()
        })
    }

    /// Puts a backup in the place of everything.
    pub fn restore(&mut self, backup: S) {
        (self.base, self.now) = (backup.clone(), backup);
        self.since.clear();
        self.synced = self.written;
    }
}
