//! お問い合わせ: stored before anything else happens, so that none is ever lost; mailed to support when a server takes it.

pub(crate) mod post;

use crate::{
    Company, Flaro, FlaroError,
    audit::{self, Change, Stamp},
    storable,
    tenant::Viewer,
};
use db::{Row, Tx, args};
use jiff::Timestamp;

/// 受付, 対応中, 完了.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Received,
    Working,
    Done,
}

/// What became of its mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mail {
    /// No server is set up: support reads its list.
    None,
    Waiting,
    Sent,
}

/// What the form asks for.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub company_name: String,
    pub department: String,
    pub family_name: String,
    pub given_name: String,
    pub mail: String,
    pub body: String,
}

/// An inquiry.
#[derive(Clone, Debug)]
pub(crate) struct Inquiry {
    pub company: Company,
    pub id: String,
    pub number: i64,
    pub at: Timestamp,
    pub typed: Typed,
    pub state: State,
    pub state_at: Timestamp,
    pub state_by: String,
    pub mail: Mail,
    pub mail_tries: i64,
    pub mail_due_at: Option<Timestamp>,
    pub mail_error: Option<String>,
}

/// Whose inquiries a list shows.
#[derive(Clone, Debug)]
pub(crate) enum Of {
    /// One's own.
    Account(Company, String),
    /// A company's.
    Company(Company),
    /// Everybody's: the operator's own people only.
    Everybody,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Received, Self::Working, Self::Done];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Working => "working",
            Self::Done => "done",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Received => "受付",
            Self::Working => "対応中",
            Self::Done => "完了",
        }
    }

    /// Out of a form or a column.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Mail {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::None, Self::Waiting, Self::Sent].into_iter().find(|mail| mail.name() == name)
    }
}

const NUMBER: &str = "SELECT COALESCE(MAX(number), 0) + 1 AS number FROM inquiry WHERE company_id = $1";
const INSERT: &str = "INSERT INTO inquiry
    (company_id, inquiry_id, number, account_id, asked_at, company_name, department, family_name, given_name, mail, body,
     state, state_at, state_by, mail_state, mail_due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'received', $5, $12, $13, $14)";
const SET_STATE: &str = "UPDATE inquiry SET state = $3, state_at = $4, state_by = $5
    WHERE company_id = $1 AND inquiry_id = $2";

macro_rules! inquiries {
    ($rest:literal) => {
        concat!(
            "SELECT company_id, inquiry_id, number, asked_at, company_name, department, family_name, given_name, mail, body,
               state, state_at, state_by, mail_state, mail_tries, mail_due_at, mail_error FROM inquiry
             WHERE ($1 = '' OR company_id = $1) AND ($2 = '' OR account_id = $2) AND ",
            $rest
        )
    };
}

const LIST: &str = inquiries!(
    "($3 = '' OR state = $3) AND ($4 = '' OR body LIKE '%' || $4 || '%' ESCAPE '\\'
       OR company_name LIKE '%' || $4 || '%' ESCAPE '\\' OR family_name LIKE '%' || $4 || '%' ESCAPE '\\')
     ORDER BY asked_at DESC, inquiry_id LIMIT $5"
);
const ONE: &str = inquiries!("inquiry_id = $3");
/// The most that a list shows.
pub(crate) const SHOWN_MAX: i64 = 2_000;

impl Of {
    fn narrowed(&self) -> (&str, &str) {
        match self {
            Self::Account(company, account) => (company.as_str(), account),
            Self::Company(company) => (company.as_str(), ""),
            Self::Everybody => ("", ""),
        }
    }
}

/// Keeps an inquiry and answers its number.
pub(crate) async fn ask(flaro: &Flaro, viewer: &Viewer, typed: Typed) -> Result<i64, FlaroError> {
    let (stamp, id, viewer) = (Stamp::new(flaro), (flaro.random)().to_string(), viewer.clone());
    let mail = if flaro.settings.smtp.is_some() { Mail::Waiting } else { Mail::None };
    let unit = async move |tx: &mut Tx| -> Result<i64, FlaroError> {
        let company = &viewer.scope.company;
        tx.lock(&format!("inquiry/{}", company.as_str())).await?;
        let number = tx.fetch_one(NUMBER, args![company.as_str()]).await?.int("number")?;
        let due = (mail == Mail::Waiting).then_some(stamp.at);
        let row = args![
            company.as_str(),
            id,
            number,
            &viewer.scope.account_id,
            stamp.at,
            &typed.company_name,
            &typed.department,
            &typed.family_name,
            &typed.given_name,
            &typed.mail,
            &typed.body,
            viewer.who.name(),
            mail.name(),
            due,
        ];
        tx.execute(INSERT, row).await?;
        let target = format!("受付番号 {number}");
        let (who, what, after) = (viewer.who.name(), "お問い合わせを送信", Some(State::Received.label()));
        audit::note(tx, company, stamp, Change { who, what, target: &target, before: None, after }).await?;
        Ok(number)
    };
    let number = flaro.db.write(unit).await?;
    flaro.asked.notify_one();
    Ok(number)
}

/// Inquiries, newest first.
pub(crate) async fn list(tx: &mut Tx, of: &Of, state: &str, word: &str) -> Result<Vec<Inquiry>, FlaroError> {
    let (company, account) = of.narrowed();
    let rows = tx.fetch_all(LIST, args![company, account, state, audit::like(word), SHOWN_MAX]).await?;
    rows.iter().map(read).collect()
}

/// One of them.
pub(crate) async fn one(tx: &mut Tx, of: &Of, id: &str) -> Result<Option<Inquiry>, FlaroError> {
    let (company, account) = of.narrowed();
    tx.fetch_optional(ONE, args![company, account, id]).await?.as_ref().map(read).transpose()
}

/// 受付 → 対応中 → 完了, and back. False: it is not theirs to change.
pub(crate) async fn set_state(flaro: &Flaro, viewer: &Viewer, of: Of, id: &str, to: State) -> Result<bool, FlaroError> {
    let (stamp, id, viewer) = (Stamp::new(flaro), id.to_owned(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<bool, FlaroError> {
        let Some(was) = one(tx, &of, &id).await? else { return Ok(false) };
        if was.state == to {
            return Ok(true);
        }
        let by = viewer.who.name();
        tx.execute(SET_STATE, args![was.company.as_str(), &id, to.name(), stamp.at, by]).await?;
        let target = format!("受付番号 {}", was.number);
        let change = Change {
            who: by,
            what: "お問い合わせの状態を変更",
            target: &target,
            before: Some(was.state.label()),
            after: Some(to.label()),
        };
        audit::note(tx, &was.company, stamp, change).await?;
        Ok(true)
    };
    flaro.db.write(unit).await
}

fn read(row: &Row) -> Result<Inquiry, FlaroError> {
    let (state, mail) = (row.text("state")?, row.text("mail_state")?);
    Ok(Inquiry {
        company: Company::of(row)?,
        id: row.text("inquiry_id")?,
        number: row.int("number")?,
        at: storable::instant(row.int("asked_at")?)?,
        typed: Typed {
            company_name: row.text("company_name")?,
            department: row.text("department")?,
            family_name: row.text("family_name")?,
            given_name: row.text("given_name")?,
            mail: row.text("mail")?,
            body: row.text("body")?,
        },
        state: State::of(&state).ok_or_else(|| FlaroError::stored("an inquiry's state", state))?,
        state_at: storable::instant(row.int("state_at")?)?,
        state_by: row.text("state_by")?,
        mail: Mail::of(&mail).ok_or_else(|| FlaroError::stored("an inquiry's mail", mail))?,
        mail_tries: row.int("mail_tries")?,
        mail_due_at: row.opt_int("mail_due_at")?.map(storable::instant).transpose()?,
        mail_error: row.opt_text("mail_error")?,
    })
}
