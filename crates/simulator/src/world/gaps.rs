//! The sequence numbers that FLARO lacks in the end, held against what head office sent under them.

use super::{Place, Shop, World, model::Shown, weather::Disaster};
use protocol::outbox::Row;
use sales::SettlementId;
use std::collections::BTreeMap;

impl World {
    /// A number that FLARO lacks is one whose event never went. Where a place was restored it may have gone: then what
    /// it said, or something later, stands; and head office may have forgotten the number itself.
    pub(super) fn judge_gaps(&mut self, shown: &[Shown]) {
        let rows: BTreeMap<(Shop, i64, u64), Row> = self
            .office
            .disk
            .now
            .outbox
            .iter()
            .map(|event| ((event.shop, event.row.generation, event.row.sequence.unsigned_abs()), event.row))
            .collect();
        let stands: BTreeMap<SettlementId, u32> = shown.iter().map(|one| (one.settlement, one.revision)).collect();
        let (office_restored, restored) =
            (self.was_restored(&[Place::Office]), self.was_restored(&[Place::Office, Place::Back]));
        let mut gaps = self.model.excused.gaps;
        for (&(shop, generation), seen) in &self.back.disk.now.seen {
            for &sequence in &seen.missing {
                match rows.get(&(shop, generation, sequence)) {
                    Some(row) if !row.delivered => gaps.unsent += 1,
                    Some(row) if restored && stands.get(&row.settlement_id) >= Some(&row.revision) => gaps.stands += 1,
                    None if office_restored => gaps.forgotten += 1,
                    _ => self.model.wrong.push(format!(
                        "FLARO lacks number {sequence} of store {} (generation {generation}), and it was sent",
                        shop.store
                    )),
                }
            }
        }
        self.model.excused.gaps = gaps;
        for ((shop, generation, sequence), row) in rows.into_iter().filter(|(_, row)| row.delivered && !restored) {
            let seen = self.back.disk.now.seen.get(&(shop, generation));
            if seen.is_none_or(|seen| seen.highest < sequence) {
                let id = row.settlement_id;
                self.model.wrong.push(format!("FLARO answered for {id} and never saw its number {sequence}"));
            }
        }
    }

    fn was_restored(&self, places: &[Place]) -> bool {
        self.weather.disasters.iter().any(|(_, disaster)| match disaster {
            Disaster::Restored(place, _) => places.contains(place),
            Disaster::Cloned(_) => false,
        })
    }
}
