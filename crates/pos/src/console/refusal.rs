//! What a form says when a change was refused: each mistake under its field; who was quicker, and what to do now.

use web::format::date_time;
use web::{Failure, FieldErrors, Form};

use super::grid::zone;
use crate::PosError;
use crate::edits::Stale;

/// A thing that is not there is a 404; anything else is ours.
pub fn failed(error: PosError) -> Failure {
    match error {
        PosError::NotFound(_) => Failure::not_found(),
        error => Failure::internal(error),
    }
}

/// Puts what is wrong into the form.
pub fn mistaken(form: &mut Form, errors: &FieldErrors) {
    for (field, message) in errors.iter() {
        form.error(field, message);
    }
}

/// Says who changed what meanwhile. What was typed stays, and the next press of the button means it.
pub fn outdated(form: &mut Form, stale: &[Stale]) {
    for one in stale {
        form.error(
            "",
            format!("{}入力した内容はまだ登録されていません。確認して、もう一度「登録」を押してください", told(one)),
        );
    }
}

/// The same where nothing was typed: a button of a page that had become old.
pub fn told(stale: &Stale) -> String {
    let Stale { name, mark } = stale;
    format!("「{name}」の{}を、{}に{}さんが変更しました。", mark.what, date_time(mark.at, &zone()), mark.by)
}
