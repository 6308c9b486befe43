//! 金種: a drawer counted by note and coin, as it is typed.

use sales::{CountedCash, Denomination, Yen};
use web::Form;

/// Notes and coins in use, largest first.
pub(super) const FACES: [i64; 10] = [10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1];
/// More of one than any drawer holds.
const COUNT_MAX: i64 = 99_999;

/// The field of a face.
pub(super) fn field(face: i64) -> String {
    format!("count-{face}")
}

/// What was counted; an empty field is none of them. Mistakes stand in the form.
pub(super) fn read(form: &mut Form) -> Option<CountedCash> {
    let mut denominations = Vec::new();
    let mut total = Yen::ZERO;
    for face in FACES {
        let name = field(face);
        let count = if form.text(&name).is_empty() {
            0
        } else {
            form.integer(&name, &format!("{face}円の枚数"), 0..=COUNT_MAX)?
        };
        // At most ten faces of at most 99,999: far inside 64 bits, and checked all the same.
        total = Yen(face).times(count).and_then(|amount| total.plus(amount)).ok()?;
        if count > 0 {
            denominations.push(Denomination { count, face: Yen(face) });
        }
    }
    Some(CountedCash { denominations, total })
}

/// Whether anything was typed at all.
pub(super) fn is_begun(form: &Form) -> bool {
    FACES.iter().any(|face| !form.text(&field(*face)).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawer_is_counted_in_any_width_and_an_empty_field_is_none() {
        let mut form = Form::of([("count-10000", "３"), ("count-100", "12"), ("count-1", "")]);
        let counted = read(&mut form).unwrap();
        assert_eq!(counted.total, Yen(31_200));
        assert_eq!(counted.denominations.len(), 2);
        assert!(is_begun(&form));
        assert!(!is_begun(&Form::of([("count-10000", " ")])));
    }

    #[test]
    fn what_is_no_count_is_told() {
        for typed in ["-1", "x", "1.5", "100000"] {
            let mut form = Form::of([("count-500", typed)]);
            assert_eq!(read(&mut form), None);
            assert!(form.errors().of("count-500").is_some(), "{typed}");
        }
    }
}
