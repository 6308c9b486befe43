//! What a person has to look at in a batch, in words: what `protocol::intake` found odd about its entries.

use std::collections::{BTreeMap, HashSet};

use protocol::intake::{Note, Oddity};
use sales::{CheckId, SettlementId};

use crate::attention::{Kind, Raised};
use crate::checks::Till;

/// What is to be raised, now that it is known which checks are new: gathered per sort and session, so that a hundred
/// late checks are one finding.
pub fn raised(notes: &[Note], till: Till, new: &HashSet<CheckId>) -> Vec<Raised> {
    let mut gathered = BTreeMap::<(Kind, Option<SettlementId>), Raised>::new();
    let (store_id, register_id) = (till.store_id, till.register_id);
    for note in notes.iter().filter(|note| note.check_id.is_none_or(|id| new.contains(&id))) {
        let Note { settlement_id, business_date, .. } = *note;
        let (kind, line) = in_words(note);
        let finding = gathered.entry((kind, settlement_id)).or_insert_with(|| {
            let (lines, key) = (Vec::new(), format!("{}:{}", note.epoch, note.seq));
            Raised { kind, store_id, register_id, settlement_id, business_date, lines, evidence: None, key }
        });
        finding.lines.push(line);
    }
    gathered.into_values().collect()
}

fn in_words(note: &Note) -> (Kind, String) {
    match &note.oddity {
        Oddity::NotOpened { slip } => (Kind::NotOpened, format!("伝票{slip}")),
        Oddity::LateCheck { slip } => (Kind::LateCheck, format!("伝票{slip}")),
        Oddity::SessionConflict => (Kind::SessionConflict, "同じ番号の開設が、別の内容で届きました".to_owned()),
        Oddity::Unreadable { kind, why } => (Kind::Unreadable, format!("記録{}番（{kind}）：{why}", note.seq)),
    }
}
