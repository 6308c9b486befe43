//! What the outbox, the lanes and the late requests ask in SQL is what `protocol` says, on both engines: the simulation
//! runs the functions, the product the statements, and here they are held against each other in random situations.

use std::collections::{BTreeMap, BTreeSet};

use db::testing::each_engine;
use db::{Tx, args};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use protocol::lanes::{self, Lane};
use protocol::late::{Coverage, Standing, is_held, is_inherited, is_past};
use protocol::outbox::{Row, State, due, head};
use sales::{RegisterId, SettlementId, StoreId};
use uuid::Uuid;

use super::{World, day};
use crate::PosError;
use crate::delivery::claim::{Wanted, claim};
use crate::delivery::lane;
use crate::queue::{Kind, candidates};
use crate::stored::{Stored, word_of};

const STORES: usize = 12;
const ENDPOINT: &str = "https://flaro.example";
/// The generation that ended, and the one that is linked; the one between was another's.
const BEFORE: i64 = 1;
const NOW: i64 = 3;

const LINKAGE: &str = "
    INSERT INTO linkage (company_id, generation, state, linkage_id, webhook_url, endpoint, secret, requested_at, ended_at)
    VALUES ($1, $2, $3, $4, 'https://flaro.example/hook', 'https://flaro.example', $5, 0, $6)";
const LINK: &str = "
    INSERT INTO store_link (company_id, generation, store_id, start_date, end_date, enabled, updated_by, updated_at)
    VALUES ($1, $2, $3, $4, $5, 1, 'a', 0)";
const DISCARDED: &str = "
    INSERT INTO discarded_day (company_id, generation, store_id, business_date, discarded_by, discarded_at)
    VALUES ($1, $2, $3, $4, 'a', 0)";
const REQUEST: &str = "
    INSERT INTO queue_request (company_id, request_id, generation, store_id, kind, from_date, to_date, requested_by,
                               requested_at, done_at)
    VALUES ($1, $2, $3, $4, 'past', $5, $6, 'a', 0, 0)";
const SETTLEMENT: &str = "
    INSERT INTO settlement (company_id, settlement_id, store_id, register_id, business_date, z_number, revision, state,
                            checks, guests, voids, net, tax, total, facts_sha256, control, closed_at, received_at)
    VALUES ($1, $2, $3, $4, $5, 1, $6, 'closed', 0, 0, 0, 0, 0, 0, '', '', 0, $7)";
const EVENT: &str = "
    INSERT INTO outbox (company_id, event_id, generation, store_id, register_id, settlement_id, revision, business_date,
                        sequence, event_type, state, due_at, body_bytes, body_sha256, facts_sha256, control, queued_at,
                        delivered_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'settlement.closed', $10, $11, 0, $12, '', '', 0, $13)";
const FRAME: &str = "INSERT INTO event_frame (company_id, event_id, frame) VALUES ($1, $2, $3)";
const LANE: &str = "SELECT next_due_at, head_date FROM store_link
                    WHERE company_id = $1 AND generation = $2 AND store_id = $3";

/// Chance that is the same in every run.
struct Luck(u64);

impl Luck {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.below(1 << 30)) << 64 | u128::from(self.below(1 << 30)))
    }

    fn day(&mut self) -> Date {
        day("2026-11-01").saturating_add(i64::try_from(self.below(9)).unwrap().days())
    }

    fn range(&mut self) -> (Date, Date) {
        let (one, other) = (self.day(), self.day());
        (one.min(other), one.max(other))
    }
}

/// A store with everything there is of it.
#[derive(Clone, Default)]
struct Situation {
    settlements: Vec<(SettlementId, Date, u32, Timestamp)>,
    events: Vec<(Uuid, Row)>,
    windows: BTreeMap<i64, (Date, Date)>,
    discarded: BTreeMap<i64, Vec<Date>>,
    past: Vec<(Date, Date)>,
}

impl Situation {
    fn any(luck: &mut Luck, now: Timestamp) -> Self {
        let mut situation = Self::default();
        for generation in [BEFORE, NOW] {
            situation.windows.insert(generation, luck.range());
            situation.discarded.insert(generation, if luck.below(2) == 0 { vec![luck.day()] } else { Vec::new() });
        }
        if luck.below(3) == 0 {
            situation.past.push(luck.range());
        }
        for _ in 0..10 {
            let (id, date, revision) = (SettlementId(luck.id()), luck.day(), u32::try_from(luck.below(3)).unwrap() + 1);
            let received_at = Timestamp::from_millisecond(i64::try_from(luck.below(10)).unwrap()).unwrap();
            situation.settlements.push((id, date, revision, received_at));
            let mut taken = BTreeSet::new();
            for _ in 0..luck.below(4) {
                let generation = if luck.below(2) == 0 { BEFORE } else { NOW };
                let revision = u32::try_from(luck.below(u64::from(revision))).unwrap() + 1;
                if taken.insert((generation, revision)) {
                    let row = event(luck, generation, (id, date, revision), situation.events.len(), now);
                    situation.events.push((luck.id(), row));
                }
            }
        }
        situation
    }

    fn coverage(&self, generation: i64) -> Coverage<'_> {
        let past_ranges: &[_] = if generation == NOW { &self.past } else { &[] };
        Coverage { window: Some(self.windows[&generation]), past_ranges, discarded_days: &self.discarded[&generation] }
    }

    /// What `protocol` says a request queues.
    fn candidates(&self, kind: Kind, range: (Date, Date), ended_at: Timestamp) -> BTreeSet<(Date, SettlementId)> {
        let wanted = |&&(id, business_date, revision, received_at): &&(SettlementId, Date, u32, Timestamp)| {
            let events: Vec<Row> =
                self.events.iter().map(|(_, row)| *row).filter(|row| row.settlement_id == id).collect();
            let standing = Standing { business_date, revision, received_at, events: &events };
            match kind {
                Kind::Held => is_held(&standing, NOW, &self.coverage(NOW)),
                Kind::Past => is_past(&standing, NOW, range),
                Kind::Inherit => {
                    is_inherited(&standing, NOW, &self.coverage(NOW), &self.coverage(BEFORE), Some(ended_at))
                }
            }
        };
        self.settlements.iter().filter(wanted).map(|(id, date, ..)| (*date, *id)).collect()
    }

    fn lane(&self) -> impl Iterator<Item = &Row> {
        self.events.iter().map(|(_, row)| row).filter(|row| row.generation == NOW)
    }
}

fn event(luck: &mut Luck, generation: i64, of: (SettlementId, Date, u32), place: usize, now: Timestamp) -> Row {
    let states: &[State] = match generation {
        BEFORE => &[State::Delivered, State::Superseded, State::Discarded, State::Ended],
        _ => &[State::Waiting, State::Delivered, State::Attention, State::Superseded],
    };
    let state = states[usize::try_from(luck.below(4)).unwrap()];
    let seconds = i64::try_from(luck.below(20)).unwrap() - 10;
    let due_at = match state {
        State::Waiting => Some(now + seconds.seconds()),
        State::Attention if luck.below(2) == 0 => Some(now + seconds.seconds()),
        _ => None,
    };
    let delivered = state == State::Delivered || luck.below(5) == 0;
    let sequence = i64::try_from(place).unwrap() + 1;
    let (settlement_id, business_date, revision) = of;
    Row { generation, settlement_id, revision, business_date, sequence, state, due_at, delivered }
}

async fn store(
    tx: &mut Tx,
    company: &str,
    (store, register): (StoreId, RegisterId),
    situation: &Situation,
) -> Result<(), PosError> {
    let (store, register) = (store.to_string(), register.to_string());
    for generation in [BEFORE, NOW] {
        let (from, to) = situation.windows[&generation];
        tx.execute(LINK, args![company, generation, &store, from.to_string(), to.to_string()]).await?;
        for date in &situation.discarded[&generation] {
            tx.execute(DISCARDED, args![company, generation, &store, date.to_string()]).await?;
        }
    }
    for (from, to) in &situation.past {
        let id = format!("{store} {from} {to}");
        tx.execute(REQUEST, args![company, id, NOW, &store, from.to_string(), to.to_string()]).await?;
    }
    for (id, date, revision, received_at) in &situation.settlements {
        let (id, date, at) = (id.to_string(), date.to_string(), received_at.as_millisecond());
        tx.execute(SETTLEMENT, args![company, id, &store, &register, date, *revision, at]).await?;
    }
    for (id, row) in &situation.events {
        let (due, hash) = (row.due_at.map(Timestamp::as_millisecond), "00".repeat(32));
        let args = args![
            company,
            id.to_string(),
            row.generation,
            &store,
            &register,
            row.settlement_id.to_string(),
            row.revision,
            row.business_date.to_string(),
            row.sequence,
            word_of(row.state),
            due,
            hash,
            row.delivered.then_some(7_i64),
        ];
        tx.execute(EVENT, args).await?;
        tx.execute(FRAME, args![company, id.to_string(), vec![0_u8]]).await?;
    }
    Ok(())
}

/// A world whose stores are each in a situation of their own.
async fn situated(world: &World, luck: &mut Luck) -> Vec<Situation> {
    let now = world.pos.now();
    let situations: Vec<Situation> = world.stores.iter().map(|_| Situation::any(luck, now)).collect();
    let (tenant, stores, stored) = (world.tenant.clone(), world.stores.clone(), situations.clone());
    let secret = protocol::signature::Secret::from_random([7; 32]).expose().to_owned();
    let written = world.pos.db.write(async move |tx: &mut Tx| -> Result<(), PosError> {
        let company = tenant.as_str();
        for (generation, state, ended) in [(BEFORE, "ended", Some(5_i64)), (NOW, "linked", None)] {
            let id = Uuid::from_u128(generation.unsigned_abs().into()).to_string();
            tx.execute(LINKAGE, args![company, generation, state, id, &secret, ended]).await?;
        }
        for (place, situation) in stores.into_iter().zip(&stored) {
            store(tx, company, place, situation).await?;
            lane::settle(tx, &tenant, NOW, place.0, None, 0).await?;
        }
        Ok(())
    });
    written.await.expect("stored");
    situations
}

#[tokio::test]
async fn late_requests_queue_what_protocol_says() {
    each_engine(async |db| {
        let world = World::new(db, STORES).await;
        let mut luck = Luck(1);
        let situations = situated(&world, &mut luck).await;
        let ended_at = Timestamp::from_millisecond(5).unwrap();
        let mut queued = 0;
        for ((store, _), situation) in world.stores.iter().zip(&situations) {
            for kind in [Kind::Held, Kind::Past, Kind::Inherit] {
                let (tenant, store, range) = (world.tenant.clone(), *store, luck.range());
                let next = world.pos.db.read(async move |tx: &mut Tx| {
                    candidates::next(tx, &tenant, NOW, store, kind, range, None, 100).await
                });
                let next = next.await.expect("read");
                let asked: Vec<_> = next.iter().map(|found| (found.business_date, found.settlement_id)).collect();
                let said: Vec<_> = situation.candidates(kind, range, ended_at).into_iter().collect();
                assert_eq!(asked, said, "{kind:?}");
                queued += said.len();
            }
        }
        assert!(queued > STORES, "situations that say something");
    })
    .await;
}

#[tokio::test]
async fn lanes_and_their_heads_are_what_protocol_says() {
    each_engine(async |db| {
        let world = World::new(db, STORES).await;
        let situations = situated(&world, &mut Luck(2)).await;
        let now = world.pos.now();
        let mut lanes = Vec::new();
        for ((store, _), situation) in world.stores.iter().zip(&situations) {
            let said = due(situation.lane(), None);
            let (tenant, id) = (world.tenant.clone(), store.to_string());
            let row =
                world.pos.db.read(async move |tx: &mut Tx| tx.fetch_one(LANE, args![tenant.as_str(), NOW, id]).await);
            let row = row.await.expect("read");
            let stored = row.opt_at("next_due_at").unwrap().zip(row.opt_parse("head_date").unwrap());
            assert_eq!(stored, said);
            lanes.push(Lane {
                company: world.tenant.as_str().to_owned(),
                store_id: *store,
                enabled: true,
                paused_until: None,
                next_due_at: said.map(|(at, _)| at),
                head_date: said.map(|(_, date)| date),
                claimed_until: None,
            });
        }
        for most in [3, 100] {
            let wanted = Wanted { endpoint: ENDPOINT.to_owned(), most, probe: None };
            let claimed = claim(&world.pos, &wanted).await.expect("claimed");
            let asked: BTreeSet<(StoreId, Uuid)> = claimed.iter().map(|one| (one.store_id, one.event_id)).collect();
            let wanted = lanes::Wanted { most, due_until: now, not_again: None };
            let ready = lanes::ready(&lanes, &wanted, now);
            let said: BTreeSet<(StoreId, Uuid)> = ready
                .iter()
                .map(|&place| {
                    let next = *head(situations[place].lane(), now).expect("a lane that is due has a head");
                    let event = situations[place].events.iter().find(|(_, row)| *row == next).expect("its own");
                    (lanes[place].store_id, event.0)
                })
                .collect();
            assert_eq!(asked, said, "at most {most}");
            assert!(!said.is_empty());
            for place in ready {
                lanes[place].claimed_until = Some(Timestamp::MAX);
            }
        }
    })
    .await;
}
