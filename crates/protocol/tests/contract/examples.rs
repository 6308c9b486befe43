//! Example payloads of the published contract, from one simulated restaurant.

use crate::{events::event, kit::at, published::hold};
use protocol::{
    control::{ControlTotals, ControlledSettlement, SettlementControl, day},
    document::{SettlementDocument, SettlementReceipt},
    facts::facts_sha256,
    hash::Sha256,
    journal::{
        Batch, BatchVerdict, Body, CashEntry, CheckEntry, Entry, EpochState, Inspected, JournalAnswer, JournalReceipt,
        Opened, Settled, WholeSettlement,
    },
    partner::{EventReceipt, LinkageGranted, LinkageRequest, LinkedRegister, LinkedStore, StoreTable},
    refusal::{Broken, Refusal, RefusalBody},
    signature::Secret,
};
use sales::{Settlement, audit_settlement};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use simulator::{Kind, Restaurant};
use uuid::Uuid;

/// The example as the file has it; it must read back as the same value.
fn example<T: Serialize + DeserializeOwned>(name: &'static str, value: &T) -> (&'static str, Value) {
    let written = serde_json::to_value(value).unwrap();
    let read: T = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), written, "{name} reads back");
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    hold("examples", name, &text);
    (name, written)
}

fn diner() -> Restaurant {
    Restaurant::new(Kind::Diner, 1)
}

pub fn settlement() -> Settlement {
    simulator::settlement(3, 5)
}

pub fn batch() -> Batch {
    let settlement = settlement();
    let totals = SettlementControl::of(&settlement).unwrap();
    let settlement_id = settlement.id;
    let movement = diner().movements(jiff::civil::date(2026, 4, 5), &diner().day_rule()).remove(0);
    let check = settlement.checks[0].clone();
    let void = check.reversal(sales::CheckId(Uuid::from_u128(9)), 6, at(60), None).unwrap();
    let bodies = [
        Body::Opened(Opened {
            settlement_id,
            business_date: settlement.business_date,
            opened_at: settlement.opened_at,
            opening_float: settlement.cash.opening_float,
            staff: "0001".to_owned(),
            masters_version: 1,
        }),
        Body::Check(CheckEntry { settlement_id, check }),
        Body::Void(CheckEntry { settlement_id, check: void }),
        Body::Cash(CashEntry { settlement_id, movement }),
        Body::Inspected(Inspected { settlement_id, totals }),
        Body::Interim(Inspected { settlement_id, totals }),
        Body::Settled(Settled {
            settlement_id,
            z_number: settlement.z_number,
            revision: 1,
            supersedes: None,
            reason: None,
            revised_by: None,
            business_date: settlement.business_date,
            opened_at: settlement.opened_at,
            closed_at: settlement.closed_at,
            cash: settlement.cash.clone(),
            totals,
        }),
        Body::SettlementRevised(WholeSettlement { settlement: simulator::revise(&settlement) }),
        Body::SettlementCancelled(WholeSettlement {
            settlement: settlement.cancelled(at(90), "0001", "精算やり直し")
        }),
    ];
    let mut state = EpochState::NEW;
    let mut follow = |body: &Body| {
        let (written, next) = Entry::follow(state, Uuid::from_u128(0xe), at(0), body);
        state = next;
        RawValue::from_string(written.text).unwrap()
    };
    Batch { entries: bodies.iter().map(&mut follow).collect() }
}

fn store_table() -> StoreTable {
    let store = diner().masters().store.clone();
    let register = diner().masters().register.clone();
    let from = jiff::civil::date(2026, 4, 1);
    StoreTable {
        version: 3,
        stores: vec![LinkedStore {
            id: store.id,
            name: store.name,
            flaro_store_code: "0012345678".parse().ok(),
            start: Some(from),
            end: Some(jiff::civil::date(2027, 3, 31)),
            enabled: true,
            zone: store.zone,
            cut_over: store.cut_over,
            registers: vec![LinkedRegister { id: register.id, name: register.name, from, until: None }],
            closed_days: vec![jiff::civil::date(2026, 12, 31)],
        }],
    }
}

fn control_totals() -> ControlTotals {
    let settlement = settlement();
    let control = SettlementControl::of(&settlement).unwrap();
    let listed = ControlledSettlement { settlement_id: settlement.id, revision: 1, control };
    ControlTotals { days: vec![day(diner().masters().store.id, settlement.business_date, vec![listed]).unwrap()] }
}

pub fn refusal() -> Refusal {
    let mut wrong = settlement();
    wrong.checks[0].rates[0].tax.0 += 1;
    Refusal {
        error: RefusalBody {
            code: "invariant.rate.tax".to_owned(),
            message: "the settlement breaks an invariant".to_owned(),
            rule: Some("tax is rounded once per rate per check".to_owned()),
            hint: Some("send the settlement again with figures that agree".to_owned()),
            violations: audit_settlement(&wrong).iter().map(Broken::from).collect(),
        },
    }
}

/// Every example: the name of its schema, and the value.
pub fn examples() -> Vec<(&'static str, Value)> {
    let settlement = settlement();
    let event = event(&settlement, true, true, &diner().own_codes());
    let masters = diner().masters().clone();
    let (epoch, head) = (Uuid::from_u128(0xe), Sha256::of(b"the last entry"));
    vec![
        example("journal-batch", &batch()),
        example(
            "journal-answer",
            &JournalAnswer {
                verdict: BatchVerdict::Accepted,
                receipt: JournalReceipt { epoch, contiguous_seq: 9, head, highest_z: 1, received_at: at(1) },
            },
        ),
        example(
            "settlement-document",
            &SettlementDocument { register_id: masters.register.id, settlement: settlement.clone() },
        ),
        example(
            "settlement-receipt",
            &SettlementReceipt {
                settlement_id: settlement.id,
                revision: 1,
                facts_sha256: facts_sha256(&settlement),
                repeated: false,
                received_at: at(1),
            },
        ),
        example(
            "event-receipt",
            &EventReceipt {
                event_id: event.event_id,
                body_sha256: Sha256::of(&event.to_bytes()),
                highest_sequence: 1,
                missing: vec![],
                received_at: at(2),
            },
        ),
        example("event", &event),
        example(
            "linkage-request",
            &LinkageRequest {
                company_code: masters.company_code.clone(),
                company_name: masters.company_name.clone(),
                generation: 1,
            },
        ),
        example(
            "linkage-granted",
            &LinkageGranted {
                linkage_id: Uuid::from_u128(0x11),
                webhook_url: "https://flaro.example/webhook/v1/00000000-0000-0000-0000-000000000011".to_owned(),
                signing_secret: Secret::from_random(std::array::from_fn(|i| u8::try_from(i).unwrap()))
                    .expose()
                    .to_owned(),
                zstd: true,
            },
        ),
        example("masters", &masters),
        example("store-table", &store_table()),
        example("control-totals", &control_totals()),
        example("refusal", &refusal()),
    ]
}
