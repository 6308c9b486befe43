//! Which stores may send now. A store is a lane with at most one event in flight; lanes are admitted fairly between
//! companies, within a company by the oldest business date. Pure; pos claims them in one statement of SQL, and a test
//! of pos holds both against each other.

use jiff::{Timestamp, civil::Date};
use sales::StoreId;
use std::collections::BTreeMap;

/// A store's lane to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Whose.
    pub company: String,
    /// The store.
    pub store_id: StoreId,
    /// 連携状態, and nobody stopped the linkage by hand.
    pub enabled: bool,
    /// The linkage was refused; one probe goes then.
    pub paused_until: Option<Timestamp>,
    /// When something in it is due.
    pub next_due_at: Option<Timestamp>,
    /// The oldest business date in it.
    pub head_date: Option<Date>,
    /// One of its events is in flight until then.
    pub claimed_until: Option<Timestamp>,
}

/// What a sender wants of an endpoint.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// At most so many lanes.
    pub most: usize,
    /// What is due by then.
    pub due_until: Timestamp,
    /// Rather not this store again: it made the last probe.
    pub not_again: Option<StoreId>,
}

/// The lanes to claim, by their place in the list, in order.
pub fn ready(lanes: &[Lane], wanted: &Wanted, now: Timestamp) -> Vec<usize> {
    let claimed = |lane: &Lane| lane.claimed_until.is_some_and(|until| until > now);
    let due = |lane: &Lane| lane.next_due_at.is_some_and(|at| at <= wanted.due_until);
    let passed = |lane: &Lane| lane.paused_until.is_none_or(|until| until <= now);
    let free = |lane: &Lane| lane.enabled && passed(lane) && due(lane) && !claimed(lane);
    let mut companies = BTreeMap::<&str, Vec<usize>>::new();
    for (place, lane) in lanes.iter().enumerate().filter(|(_, lane)| free(lane)) {
        companies.entry(&lane.company).or_default().push(place);
    }
    let mut admitted = Vec::new();
    for (company, mut places) in companies {
        places.sort_by_key(|&place| (lanes[place].head_date, lanes[place].next_due_at, lanes[place].store_id));
        let busy = lanes.iter().filter(|lane| lane.company == company && claimed(lane)).count();
        for (turn, place) in (1..).zip(places) {
            // A refused linkage gets one probe.
            if lanes[place].paused_until.is_none() || (turn == 1 && busy == 0) {
                admitted.push((turn + busy, place));
            }
        }
    }
    let again = |place: usize| wanted.not_again == Some(lanes[place].store_id);
    admitted.sort_by_key(|&(turn, place)| (again(place), turn, lanes[place].head_date, lanes[place].store_id));
    admitted.into_iter().take(wanted.most).map(|(_, place)| place).collect()
}
