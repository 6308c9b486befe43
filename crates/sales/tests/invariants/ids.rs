//! Invariant 12: what a till makes is a UUID, written as one, and never twice in a settlement.

use crate::{days::any_settlement, kit::cases};
use proptest::prelude::*;
use sales::{CheckId, Invariant, Settlement, SettlementId, audit_settlement};
use uuid::Uuid;

#[test]
fn an_id_is_written_as_a_uuid_and_nothing_else_is_read() {
    let id = SettlementId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_002a));
    assert_eq!(id.to_string(), "01900000-0000-7000-8000-00000000002a");
    assert_eq!(serde_json::to_string(&id).unwrap(), "\"01900000-0000-7000-8000-00000000002a\"");
    assert_eq!("01900000-0000-7000-8000-00000000002a".parse(), Ok(id));
    assert!("41".parse::<CheckId>().is_err());
    assert!(serde_json::from_str::<CheckId>("41").is_err());
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn one_id_twice_is_found(settlement in any_settlement()) {
        prop_assume!(!settlement.checks.is_empty());
        let mut twice = settlement.checks.clone();
        twice.push(settlement.checks[0].clone());
        let found = audit_settlement(&Settlement { checks: twice, ..settlement });
        prop_assert!(found.iter().any(|violation| violation.invariant == Invariant::DuplicateCheck));
    }
}
