//! What people do at the counter: open, sell, close, correct, open again.

use super::{
    DAY, HOUR, Happening, MINUTE, Place, Then, World,
    till::{Filed, Op},
};
use sales::{CheckId, SettlementId};

impl World {
    pub(super) fn at_the_counter(&mut self, till: usize) {
        if !self.tills[till].machine.up {
            // Somebody comes back when it is up again.
            return self.at(HOUR, Happening::Counter(till));
        }
        let pause = match self.next_deed(till) {
            Some((op, paid)) => {
                let pause = self.pause(&op);
                self.do_at_the_counter(till, op, paid);
                pause
            }
            None if self.is_quiet() => return,
            None => HOUR,
        };
        self.at(pause, Happening::Counter(till));
    }

    /// What is done next, and what a guest pays for it.
    fn next_deed(&mut self, till: usize) -> Option<(Op, Option<(SettlementId, i64)>)> {
        let at = self.clock(Place::Till(till));
        let closing = self.now >= self.tills[till].until;
        let books = &self.tills[till].disk.now;
        let last = books.sessions.len().checked_sub(1);
        let open = books.sessions.iter().position(|session| session.open);
        let (last_id, can_cancel) =
            last.map(|last| &books.sessions[last]).map_or((None, false), |s| (Some(s.id), !s.open && !s.corrected));
        let open_id = open.map(|open| books.sessions[open].id);
        match (open, last) {
            (Some(session), _) if self.tills[till].to_sell <= 0 || closing => Some((Op::Settle { session, at }, None)),
            (Some(session), _) => {
                self.tills[till].to_sell -= 1;
                let (id, amount) = self.bill();
                Some((Op::Sell { session, id, amount, at }, open_id.map(|id| (id, amount))))
            }
            _ if closing => None,
            (None, Some(session)) if can_cancel && self.dice.chance(80) => {
                self.tills[till].to_sell = self.dice.between(0, 2);
                Some((Op::Cancel { session, at }, None))
            }
            (None, Some(last)) if self.dice.chance(120) => {
                // Now and then it is an older one.
                let session = last - self.dice.place(3).min(last);
                let settlement = self.tills[till].disk.now.sessions[session].id;
                let (id, amount) = self.bill();
                let settlement = if session == last { last_id.unwrap_or(settlement) } else { settlement };
                Some((Op::Revise { session, id, amount, at }, Some((settlement, amount))))
            }
            (None, _) => {
                self.tills[till].to_sell = self.dice.between(0, 6);
                let id = SettlementId(self.dice.id());
                Some((Op::Open { id, date: self.rule.business_date(at), at }, None))
            }
        }
    }

    fn bill(&mut self) -> (CheckId, i64) {
        (CheckId(self.dice.id()), self.dice.between(300, 9_000))
    }

    fn pause(&mut self, op: &Op) -> i64 {
        match op {
            Op::Settle { .. } if self.dice.chance(700) => self.dice.between(8 * HOUR, DAY),
            _ => self.dice.between(MINUTE, 3 * HOUR),
        }
    }

    fn do_at_the_counter(&mut self, till: usize, op: Op, paid: Option<(SettlementId, i64)>) {
        let (filed, written) = self.tills[till].disk.write(op);
        self.commit(Place::Till(till), written, vec![Then::Kept(till, filed, paid)]);
    }

    /// It is on the disk, and somebody was told so.
    pub(super) fn kept(&mut self, till: usize, filed: Option<Filed>, paid: Option<(SettlementId, i64)>) {
        let (shop, register, now) = (self.tills[till].shop, self.tills[till].register, self.now);
        if let Some((settlement, yen)) = paid {
            self.model.paid(settlement, yen);
        }
        if let Some(Filed { settlement, revision, date, yen }) = filed {
            self.trace.note(now, [1, settlement.0.as_u64_pair().0, revision.into()], || {
                format!("till {till} keeps {settlement} revision {revision} of {date}: ¥{yen}")
            });
            self.model.kept(shop, register, (settlement, revision), date, yen, now);
            if self.tills.iter().filter(|other| other.register == register).count() > 1 {
                self.contest(till, settlement);
            }
        }
        self.ring(till);
    }
}
