//! A manager's word: what needs one asks for it where it is done, over the very form that asked. Only this file makes
//! an [`Approved`], so that an action which takes one can't be reached without.

use super::{Screen, clerk::Clerk};
use crate::{Deed, TillError};
use askama::Template;
use web::{Failure, Form, Html, text};

/// Fields that say who agrees.
const MANAGER: &str = "manager";
const PIN: &str = "manager_pin";

/// A manager agreed.
#[derive(Clone, Debug)]
pub(super) struct Approved {
    /// Their 担当者コード.
    pub by: String,
    /// And name.
    pub name: String,
}

/// Asks whether a manager agrees to this.
pub(super) struct Ask<'a> {
    /// What is to be done, as a question's object: `赤伝票 No.12（¥1,200）`.
    pub what: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// Where "no" leads.
    pub back: &'a str,
}

impl Screen {
    /// The manager who agrees, or the dialog that asks for one.
    pub(super) async fn approved(&self, clerk: &Clerk, form: &Form, ask: &Ask<'_>) -> Result<Approved, Html> {
        if clerk.manager {
            return Ok(Approved { by: clerk.code.clone(), name: clerk.name.clone() });
        }
        let managers = self.managers();
        let chosen = form.text(MANAGER);
        let Some((code, name)) = managers.iter().find(|(code, _)| code == chosen) else {
            return Err(dialog(form, ask, managers, ""));
        };
        match self.right_pin(code, text::digits(form.raw(PIN))).await {
            Ok(()) => Ok(Approved { by: code.clone(), name: name.clone() }),
            Err(why) => Err(dialog(form, ask, managers.clone(), &why)),
        }
    }

    /// Writes down what was agreed to.
    pub(super) async fn write_down(
        &self,
        clerk: &Clerk,
        by: &Approved,
        action: &str,
        detail: String,
    ) -> Result<(), Failure> {
        let deed =
            Deed { staff: clerk.code.clone(), approved_by: Some(by.by.clone()), action: action.to_owned(), detail };
        self.till.note(deed, self.now()).await.map_err(|error: TillError| {
            let told = self.told(&error);
            Failure::new(told.status).says(told.text)
        })
    }

    fn managers(&self) -> Vec<(String, String)> {
        let Some(house) = self.till.house() else { return Vec::new() };
        let managers = house.masters.staff.iter().filter(|member| member.manager);
        managers.map(|member| (member.code.clone(), member.name.clone())).collect()
    }
}

#[derive(Template)]
#[template(path = "approve.html")]
struct Dialog<'a> {
    ask: &'a Ask<'a>,
    kept: Vec<(String, String)>,
    managers: Vec<(String, String)>,
    chosen: String,
    error: &'a str,
}

fn dialog(form: &Form, ask: &Ask<'_>, managers: Vec<(String, String)>, error: &str) -> Html {
    let kept = form.fields().filter(|(name, _)| !matches!(*name, MANAGER | PIN));
    let kept = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Html::of(Dialog { ask, kept, managers, chosen: form.text(MANAGER).to_owned(), error })
}
