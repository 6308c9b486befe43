//! Bugs that can be planted, to prove that the simulation would find them. Only tests, or the feature `bugs`, can.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use protocol::{
    delivery::Answer,
    inbox::Verdict,
    journal::{BatchVerdict, EpochState, Received},
    lanes::Lane,
    linkage::{Decision, Situation, decide},
    upload::Next,
};

/// A bug. Each one was, or could have been, somebody's reasonable idea.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Till: the guest gets a receipt before the sale is on the disk.
    SoldBeforeSync,
    /// Till: no answer is taken for a yes.
    TimeoutIsReceipt,
    /// Till: a gap is taken for a yes.
    GapIsReceipt,
    /// Till: a gap is asked for again without going back.
    GapNotFilled,
    /// Till: a fork is asked for again in the same epoch.
    ForkInsisted,
    /// Till: a new epoch begins empty.
    NothingCarried,
    /// Till: head office is greeted at the start only.
    GreetsOnce,
    /// POS: answers before its commit is durable.
    OfficeAnswersEarly,
    /// POS: a check is counted each time it comes.
    ChecksTwice,
    /// POS: a fork is accepted.
    ForkAccepted,
    /// POS: a gap is accepted.
    GapAccepted,
    /// POS: a later revision is taken for a repeat.
    RevisionsIgnored,
    /// POS: what was held is forgotten when the store is switched on.
    HeldForgotten,
    /// POS: what is held is queued already, and a discarded day goes with it.
    HeldQueued,
    /// POS: a discarded day is not asked for.
    DiscardIgnored,
    /// POS: an ended linkage goes on sending.
    EndedGoesOn,
    /// POS: the window is held against today.
    WindowByToday,
    /// POS: a revision of what was sent is held against the window.
    RevisionOutside,
    /// POS: gives up after a timeout.
    GivesUp,
    /// POS: any answer is a delivery.
    AnyAnswerDelivers,
    /// POS: a wrong clock is a refusal.
    ClockIsRefusal,
    /// POS: a lane is claimed while its event is in flight.
    TwoInFlight,
    /// POS: days are never compared.
    NeverCompared,
    /// POS: what FLARO lost is shown and not sent again.
    LossNotHealed,
    /// POS: what FLARO has and nobody here remembers sending is shown, and nothing follows it.
    ForgottenNotFollowed,
    /// POS: that FLARO does not know the linkage when it is asked for its totals is told to nobody.
    UnknownLinkageUntold,
    /// POS: a generation that FLARO has already is asked for for ever.
    SameGeneration,
    /// FLARO: what came last stands.
    LowerWins,
    /// FLARO: a repeat counts again.
    RepeatsCount,
    /// FLARO: 精算取消 is kept and empties nothing.
    CancelIgnored,
    /// FLARO: a settlement is another one in another generation.
    KeyedByGeneration,
    /// FLARO: the same facts under the same id in other bytes are a conflict.
    BytesDecide,
    /// FLARO: a sequence that comes late does not close its gap.
    GapStaysOpen,
    /// FLARO: answers before its commit is durable.
    BackAnswersEarly,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 34] = [
        Self::SoldBeforeSync,
        Self::TimeoutIsReceipt,
        Self::GapIsReceipt,
        Self::GapNotFilled,
        Self::ForkInsisted,
        Self::NothingCarried,
        Self::GreetsOnce,
        Self::OfficeAnswersEarly,
        Self::ChecksTwice,
        Self::ForkAccepted,
        Self::GapAccepted,
        Self::RevisionsIgnored,
        Self::HeldForgotten,
        Self::HeldQueued,
        Self::DiscardIgnored,
        Self::EndedGoesOn,
        Self::WindowByToday,
        Self::RevisionOutside,
        Self::GivesUp,
        Self::AnyAnswerDelivers,
        Self::ClockIsRefusal,
        Self::TwoInFlight,
        Self::NeverCompared,
        Self::LossNotHealed,
        Self::ForgottenNotFollowed,
        Self::UnknownLinkageUntold,
        Self::SameGeneration,
        Self::LowerWins,
        Self::RepeatsCount,
        Self::CancelIgnored,
        Self::KeyedByGeneration,
        Self::BytesDecide,
        Self::GapStaysOpen,
        Self::BackAnswersEarly,
    ];
}

/// The bug that is planted, if any can be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bugs {
    #[cfg(any(test, feature = "bugs"))]
    planted: Option<Bug>,
}

impl Bugs {
    #[cfg(any(test, feature = "bugs"))]
    pub fn planted(bug: Option<Bug>) -> Self {
        Self { planted: bug }
    }

    #[cfg(any(test, feature = "bugs"))]
    pub fn has(self, bug: Bug) -> bool {
        self.planted == Some(bug)
    }

    #[cfg(not(any(test, feature = "bugs")))]
    #[expect(clippy::unused_self, reason = "nothing is ever planted here")]
    pub fn has(self, _: Bug) -> bool {
        false
    }

    pub fn judged(
        self,
        (verdict, repeats): (BatchVerdict, usize),
        state: EpochState,
        batch: &[Received],
    ) -> (BatchVerdict, usize) {
        let held = batch.iter().take_while(|received| received.entry.seq <= state.contiguous_seq).count();
        match verdict {
            BatchVerdict::Fork if self.has(Bug::ForkAccepted) => (BatchVerdict::Accepted, held),
            BatchVerdict::Gap if self.has(Bug::GapAccepted) => (BatchVerdict::Accepted, 0),
            _ => (verdict, repeats),
        }
    }

    pub fn decided(self, decision: Decision, situation: &Situation<'_>, at: Timestamp) -> Decision {
        let today = TimeZone::UTC.to_datetime(at).date();
        if self.has(Bug::WindowByToday) {
            return decide(&Situation { business_date: today, ..*situation });
        }
        if self.has(Bug::RevisionOutside) {
            return decide(&Situation { already_sent: false, ..*situation });
        }
        match decision {
            Decision::Hold if self.has(Bug::HeldQueued) => Decision::Queue,
            Decision::Outside if self.has(Bug::DiscardIgnored) => decide(&Situation { discarded: false, ..*situation }),
            _ => decision,
        }
    }

    pub fn lanes(self, mut lanes: Vec<Lane>) -> Vec<Lane> {
        if self.has(Bug::TwoInFlight) {
            for lane in &mut lanes {
                lane.claimed_until = None;
            }
        }
        lanes
    }

    pub fn answer(self, answer: Answer) -> Answer {
        let wrong = |code| Answer::Status { code, retry_after_s: None };
        match answer {
            Answer::Status { .. } if self.has(Bug::AnyAnswerDelivers) => wrong(200),
            Answer::Status { code: 425, .. } if self.has(Bug::ClockIsRefusal) => wrong(400),
            _ => answer,
        }
    }

    pub fn verdict(self, verdict: Verdict, revision: u32) -> Verdict {
        match verdict {
            Verdict::Stands if revision > 1 && self.has(Bug::RevisionsIgnored) => Verdict::Repeated,
            _ => verdict,
        }
    }

    /// What the till does next; `last`: its last entry.
    pub fn next(self, next: Next, last: u64, gap: bool) -> Next {
        match next {
            Next::NewEpoch { .. } if self.has(Bug::ForkInsisted) => {
                Next::Retry { reason: "the head office will see reason".to_owned(), retry_after_s: None }
            }
            Next::NewEpoch { .. } if self.has(Bug::NothingCarried) => Next::NewEpoch { carried_after: last },
            Next::Keep(_) if gap && self.has(Bug::GapNotFilled) => {
                Next::Retry { reason: "the head office will find them".to_owned(), retry_after_s: None }
            }
            next => next,
        }
    }
}
