//! The hostile names: in every text of the masters that is free, and in what people type.

use crate::{
    story::{PIN, hostile, story},
    support::masters,
};
use protocol::masters::Masters;
use sales::DayRule;
use serde_json::Value;
use std::collections::BTreeSet;
use web::testing::hostile::{NAME, with_free_texts};

/// Those that the story types.
pub fn typed() -> impl Iterator<Item = String> {
    let fields = story().into_iter().flatten().flat_map(|step| step.fields);
    fields.map(|(_, value)| value).filter(|value| value.starts_with("zq"))
}

/// Masters with the hostile name in every text that is free, each with its place behind it; and those names.
pub async fn hostile_masters() -> (Masters, BTreeSet<String>) {
    let mut tame = masters(1);
    tame.store.registration_number = Some("T1234567890123".parse().unwrap());
    let pin = web::password::hash(PIN.to_owned()).await.unwrap();
    tame.staff.iter_mut().for_each(|member| member.pin_hash = Some(pin.clone()));
    let takes = |facts: &Value| serde_json::from_value(facts.clone()).is_ok_and(|masters| works(&masters, &tame));
    let mut facts = with_free_texts(&serde_json::to_value(&tame).unwrap(), &takes);
    let mut names = BTreeSet::new();
    tell_apart(&mut facts, "", &mut names);
    (serde_json::from_value(facts).unwrap(), names)
}

/// Zone and cut-over, codes and PINs are texts too, and no names.
fn works(masters: &Masters, tame: &Masters) -> bool {
    let mut staff = masters.staff.iter().zip(&tame.staff);
    DayRule::new(&masters.store.zone, &masters.store.cut_over).is_ok()
        && staff.all(|(now, then)| (&now.code, &now.pin_hash) == (&then.code, &then.pin_hash))
}

fn tell_apart(value: &mut Value, at: &str, names: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text == NAME => {
            *text = hostile(at);
            names.insert(text.clone());
        }
        Value::Array(items) => {
            items.iter_mut().enumerate().for_each(|(n, item)| tell_apart(item, &format!("{at}/{n}"), names));
        }
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(name, field)| tell_apart(field, &format!("{at}/{name}"), names));
        }
        _ => {}
    }
}
