//! What a storm ends with that can't be helped, counted by reason.

use std::{
    fmt::{Display, Formatter},
    ops::AddAssign,
};

/// Settlements that are in the back office otherwise than a till kept them, or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excused {
    /// Settlements that two copies of a till knew, or that a restored till had lost: no other has an excuse.
    pub contested: u64,
    /// Two copies of a till made different things of it, and 要対応 names it.
    pub named: Count,
    /// It was on a lost disk alone, and 要対応 names the till.
    pub lost_told: Count,
    /// It was on a lost disk alone, and the backup ends where head office's knowledge does: no place can know.
    pub lost_unseen: Count,
    /// It was opened again on a disk that was lost, and nobody closes it: head office has every check of it, 未精算, and
    /// 要対応 names the till.
    pub reopened: Count,
    /// Checks of settlements that 要対応 names, which head office has in a contradicting entry only.
    pub unfiled: u64,
    /// Sequence numbers that FLARO lacks.
    pub gaps: Gaps,
}

/// How many, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Settlements.
    pub settlements: u64,
    /// What guests paid for them and the back office does not show.
    pub yen: i64,
}

/// Sequence numbers that FLARO lacks, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// The event never went: a later revision took its place, or its linkage ended.
    pub unsent: u64,
    /// It went before FLARO was restored, or under another number before head office was, and what it said stands.
    pub stands: u64,
    /// Head office was restored and doesn't know the number.
    pub forgotten: u64,
}

#[derive(Clone, Copy)]
pub(super) enum Reason {
    Named,
    LostTold,
    LostUnseen,
    Reopened,
}

impl Excused {
    pub(super) fn note(&mut self, reason: Reason, yen: i64) {
        let count = match reason {
            Reason::Named => &mut self.named,
            Reason::LostTold => &mut self.lost_told,
            Reason::LostUnseen => &mut self.lost_unseen,
            Reason::Reopened => &mut self.reopened,
        };
        *count += Count { settlements: 1, yen };
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.settlements += other.settlements;
        self.yen += other.yen;
    }
}

impl AddAssign for Excused {
    fn add_assign(&mut self, other: Self) {
        self.contested += other.contested;
        self.named += other.named;
        self.lost_told += other.lost_told;
        self.lost_unseen += other.lost_unseen;
        self.reopened += other.reopened;
        self.unfiled += other.unfiled;
        self.gaps.unsent += other.gaps.unsent;
        self.gaps.stands += other.gaps.stands;
        self.gaps.forgotten += other.gaps.forgotten;
    }
}

impl Display for Count {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} settlements (¥{})", self.settlements, self.yen)
    }
}

impl Display for Excused {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { contested, named, lost_told, lost_unseen, reopened, unfiled, gaps } = self;
        writeln!(out, "excused, of {contested} settlements that two copies of a till knew or a restored one lost:")?;
        writeln!(out, "  {named} came out in two ways, told by name ({unfiled} checks only in a contradicting entry)")?;
        writeln!(out, "  {lost_told} were lost with a till's only disk, told of the till")?;
        writeln!(out, "  {lost_unseen} were lost with a till's only disk where no place can know")?;
        writeln!(out, "  {reopened} were opened again on a lost disk and never closed, told of the till")?;
        let Gaps { unsent, stands, forgotten } = gaps;
        write!(out, "numbers that FLARO lacks: {unsent} never sent, {stands} sent and standing, {forgotten} forgotten")
    }
}
