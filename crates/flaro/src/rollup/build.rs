//! A day from the events of its settlements, as one pure function. Everything follows from the checks; the chain's
//! own codes are taken from the events, which resolved them once.

use crate::FlaroError;
use jiff::{Timestamp, civil::Date};
use protocol::{
    EVENT_BYTES_MAX,
    event::{Event, EventType, Frame},
};
use sales::{Cash, Check, Datasets, ProductSales, Settlement, SettlementId, SettlementState, datasets};
use std::collections::HashMap;

/// A day, built.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    /// All settlements together. The drawers are per settlement: this one's cash is empty.
    pub datasets: Datasets,
    /// The events, in the order the sessions were opened.
    pub events: Vec<Event>,
}

impl Built {
    /// How many settlements stand that are not cancelled: at none it is no day of sales.
    pub fn closed(&self) -> usize {
        self.events.iter().filter(|event| event.event_type != EventType::Cancelled).count()
    }

    /// Every check of the day with the event it came in.
    pub fn checks(&self) -> impl Iterator<Item = (&Event, &Check)> {
        self.events.iter().flat_map(|event| event.data.checks.iter().map(move |check| (event, check)))
    }
}

/// Opens the stored frames of what stands and computes the day. The order of the frames doesn't matter.
pub(crate) fn build(frames: &[Vec<u8>]) -> Result<Built, FlaroError> {
    let mut events = frames.iter().map(|frame| open(frame)).collect::<Result<Vec<_>, _>>()?;
    events.sort_by_key(|event| (event.settlement.opened_at, event.settlement.id));
    // Lent to the sum of the day, not copied: they are most of it.
    let each: Vec<usize> = events.iter().map(|event| event.data.checks.len()).collect();
    let day = together(events.iter_mut().flat_map(|event| std::mem::take(&mut event.data.checks)).collect());
    let mut datasets = datasets(&day)?;
    let mut checks = day.checks.into_iter();
    for (event, count) in events.iter_mut().zip(each) {
        event.data.checks = checks.by_ref().take(count).collect();
    }
    own_codes(&mut datasets, &events);
    Ok(Built { datasets, events })
}

/// All checks of a day as one settlement: only they matter to the datasets that are used of it.
fn together(checks: Vec<Check>) -> Settlement {
    Settlement {
        business_date: Date::default(),
        cash: Cash::default(),
        checks,
        closed_at: Timestamp::UNIX_EPOCH,
        id: SettlementId(uuid::Uuid::nil()),
        opened_at: Timestamp::UNIX_EPOCH,
        reason: None,
        revision: 1,
        revised_by: None,
        state: SettlementState::Closed,
        supersedes: None,
        z_number: 0,
    }
}

/// Opens one stored frame.
pub(crate) fn open(frame: &[u8]) -> Result<Event, FlaroError> {
    let plain = Frame::unpack(frame, EVENT_BYTES_MAX).map_err(|why| FlaroError::stored("an event", why))?;
    serde_json::from_slice(&plain).map_err(|why| FlaroError::stored("an event", why))
}

/// The latest settlement of a product says its own codes.
fn own_codes(datasets: &mut Datasets, events: &[Event]) {
    let stated = events.iter().flat_map(|event| &event.data.product_sales);
    let by_key: HashMap<_, &ProductSales> =
        stated.map(|row| ((row.product_id, row.tax_class, row.service), row)).collect();
    for row in &mut datasets.product_sales {
        if let Some(stated) = by_key.get(&(row.product_id, row.tax_class, row.service)) {
            row.own_product_code.clone_from(&stated.own_product_code);
            row.own_parent_category_code.clone_from(&stated.own_parent_category_code);
            row.own_child_category_code.clone_from(&stated.own_child_category_code);
            row.code_source = stated.code_source;
        }
    }
}
