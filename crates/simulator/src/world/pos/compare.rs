//! 照合: FLARO's control totals against what was delivered; what it lost is sent again.

use super::{Compared, Kind, Office, Stage};
use crate::world::{Shop, bug::Bug};
use jiff::{Timestamp, civil::Date};
use protocol::{
    control::ControlledSettlement,
    delivery::paused_until,
    outbox::State,
    reconcile::{Found, Sent, follows, judge},
};
use sales::StoreId;

impl Office {
    /// Whether the day differs.
    pub(super) fn compare(
        &mut self,
        shop: Shop,
        day: Date,
        theirs: &[ControlledSettlement],
        dirty_at: Option<Timestamp>,
        at: Timestamp,
    ) -> bool {
        let places: Vec<usize> = self.of_day.get(&(shop, day)).into_iter().flatten().copied().collect();
        let sent = places.iter().map(|&place| {
            let event = &self.outbox[place];
            let (settlement_id, revision) = (event.row.settlement_id, event.row.revision);
            Sent { settlement_id, revision, control: event.control, delivered: event.row.delivered }
        });
        let sent: Vec<Sent> = sent.collect();
        let Ok(judged) = judge(StoreId(uuid::Uuid::nil()), day, &sent, theirs) else { return true };
        let differs = !judged.differences.is_empty();
        let compared = self.days.entry((shop, day)).or_default();
        // What was delivered while the question was out makes the day dirty again.
        if compared.dirty_at == dirty_at {
            *compared = Compared { dirty_at: None, checked_at: Some(at), differs };
        }
        // Not right after a delivery: a receiver that keeps nothing is told now and then, not without end.
        let looked_at = judged.differences.iter().filter(|_| dirty_at.is_none());
        let linked = self.linked(shop.company);
        for lost in looked_at.filter_map(Found::lost) {
            let same = |place: &&usize| {
                let row = self.outbox[**place].row;
                let answered = row.delivered && (row.state == State::Delivered || linked != Some(row.generation));
                answered && (row.settlement_id, row.revision) == (lost.settlement_id, lost.revision)
            };
            if let Some(place) = places.iter().rfind(same).copied().filter(|_| !self.bugs.has(Bug::LossNotHealed)) {
                self.heal(place, at);
            }
        }
        let forgotten = judged.differences.iter().filter(|_| dirty_at.is_none());
        for theirs in forgotten.filter_map(Found::forgotten) {
            self.follow(shop, &theirs, at);
        }
        differs
    }

    /// FLARO has it and nobody here remembers sending it: what stands of it follows.
    fn follow(&mut self, shop: Shop, theirs: &ControlledSettlement, at: Timestamp) {
        let Some(generation) = self.linked(shop.company) else { return };
        let standing = self.settlements.get(&theirs.settlement_id).filter(|standing| standing.shop == shop);
        let Some((revision, held)) = standing.and_then(super::Standing::highest) else { return };
        if follows(theirs, revision, held.control.facts_sha256) && !self.bugs.has(Bug::ForgottenNotFollowed) {
            self.queue_if(theirs.settlement_id, generation, at, true);
        }
    }

    /// FLARO was asked for its totals and does not know the linkage: it pauses, as after a delivery that is told so.
    pub(super) fn unknown(&mut self, linkage: (usize, i64), at: Timestamp) {
        let linkage = self.linkages.get_mut(&linkage).filter(|linkage| linkage.stage == Stage::Linked);
        if let Some(linkage) = linkage.filter(|linkage| linkage.paused_until.is_none()) {
            linkage.paused_until = Some(paused_until(at));
        }
    }

    /// Days that FLARO has are compared, whoever remembers sending anything on them.
    pub(super) fn look_around(&mut self, days: &[(Shop, Date)], at: Timestamp) {
        for &day in days {
            self.days.entry(day).or_insert(Compared { dirty_at: Some(at), ..Compared::default() });
        }
    }

    /// FLARO answered for it and does not have it any more: it goes again, through the generation that is linked now.
    fn heal(&mut self, place: usize, at: Timestamp) {
        let (shop, generation) = (self.outbox[place].shop, self.outbox[place].row.generation);
        match self.linked(shop.company) {
            Some(linked) if linked == generation => {
                self.outbox[place].row.delivered = false;
                self.due_again(place, at);
            }
            Some(linked) => {
                let row = &mut self.outbox[place].row;
                (row.state, row.delivered) = (State::Ended, false);
                self.request(shop, linked, Kind::Inherit);
            }
            None => {}
        }
    }
}
