//! The mail of inquiries: tried until a server takes it, ever more seldom, for ever. An inquiry is claimed before it is
//! sent, so that two processes don't both send it; whatever fails is written down where people see it.

use super::{Inquiry, one};
use crate::{Company, Flaro, FlaroError, inquiries::Of, settings::Smtp, storable};
use db::{DbError, Tx, args};
use jiff::SignedDuration;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use std::time::Duration;

/// So many at a time.
const AT_ONCE_MAX: i64 = 20;
/// Whoever claimed one and never came back gave it up after this.
const CLAIMED_FOR: SignedDuration = SignedDuration::from_mins(5);
/// The first wait after a failure; each is twice the one before.
const WAIT_FIRST: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(6);
/// How long a server may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

const DUE: &str = "SELECT company_id, inquiry_id, mail_due_at FROM inquiry
    WHERE mail_due_at IS NOT NULL AND mail_due_at <= $1 ORDER BY mail_due_at LIMIT $2";
const CLAIM: &str = "UPDATE inquiry SET mail_due_at = $4
    WHERE company_id = $1 AND inquiry_id = $2 AND mail_due_at = $3";
const SENT: &str = "UPDATE inquiry SET mail_state = 'sent', mail_due_at = NULL, mail_sent_at = $3,
      mail_tries = mail_tries + 1, mail_error = NULL WHERE company_id = $1 AND inquiry_id = $2";
const FAILED: &str = "UPDATE inquiry SET mail_due_at = $3, mail_tries = mail_tries + 1, mail_error = $4
    WHERE company_id = $1 AND inquiry_id = $2";

/// How long to wait after so many failures.
pub(crate) fn wait_after(tries: i64) -> SignedDuration {
    let doubled = u32::try_from(tries.saturating_sub(1).clamp(0, 16)).unwrap_or(0);
    WAIT_FIRST.checked_mul(1 << doubled).unwrap_or(WAIT_MAX).min(WAIT_MAX)
}

/// Sends what is due; answers how many were tried.
pub(crate) async fn work(flaro: &Flaro, smtp: &Smtp) -> Result<usize, FlaroError> {
    let asked = args![flaro.now().as_millisecond(), AT_ONCE_MAX];
    let due = flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(DUE, asked).await).await?;
    let mut tried = 0;
    for row in due {
        let (company, id) = (Company::of(&row)?, row.text("inquiry_id")?);
        if let Some(inquiry) = claim(flaro, company, id, row.int("mail_due_at")?).await? {
            tried += 1;
            let sent = send(smtp, &inquiry).await;
            if let Err(error) = &sent {
                tracing::warn!(number = inquiry.number, %error, "an inquiry could not be mailed; it is tried again");
            }
            record(flaro, inquiry, sent.err()).await?;
        }
    }
    Ok(tried)
}

async fn claim(flaro: &Flaro, company: Company, id: String, due: i64) -> Result<Option<Inquiry>, FlaroError> {
    let until = flaro.now().saturating_add(CLAIMED_FOR).unwrap_or(flaro.now()).as_millisecond();
    let unit = async move |tx: &mut Tx| -> Result<Option<Inquiry>, FlaroError> {
        if tx.execute(CLAIM, args![company.as_str(), &id, due, until]).await? == 0 {
            return Ok(None);
        }
        one(tx, &Of::Company(company), &id).await
    };
    flaro.db.write(unit).await
}

async fn record(flaro: &Flaro, inquiry: Inquiry, error: Option<String>) -> Result<(), FlaroError> {
    let now = flaro.now();
    let unit = async move |tx: &mut Tx| -> Result<(), DbError> {
        let (company, id) = (inquiry.company.as_str(), inquiry.id.as_str());
        let done = match error {
            None => tx.execute(SENT, args![company, id, now.as_millisecond()]).await?,
            Some(error) => {
                let due = now.saturating_add(wait_after(inquiry.mail_tries + 1)).unwrap_or(now).as_millisecond();
                tx.execute(FAILED, args![company, id, due, storable::text(&error)]).await?
            }
        };
        tracing::debug!(done, number = inquiry.number, "an inquiry's mail is on record");
        Ok(())
    };
    Ok(flaro.db.write(unit).await?)
}

async fn send(smtp: &Smtp, inquiry: &Inquiry) -> Result<(), String> {
    let message = message(smtp, inquiry)?;
    let transport = transport(smtp)?;
    match tokio::time::timeout(ANSWER_WITHIN, transport.send(message)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(web::failure::chain(&error)),
        Err(_) => Err(format!("the mail server did not answer within {} s", ANSWER_WITHIN.as_secs())),
    }
}

fn transport(smtp: &Smtp) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host).port(smtp.port);
    let parameters = || TlsParameters::new(smtp.host.clone()).map_err(|error| web::failure::chain(&error));
    builder = match smtp.security {
        crate::settings::MailSecurity::StartTls => builder.tls(Tls::Required(parameters()?)),
        crate::settings::MailSecurity::Tls => builder.tls(Tls::Wrapper(parameters()?)),
        crate::settings::MailSecurity::Plain => builder.tls(Tls::None),
    };
    if !smtp.user.is_empty() {
        builder = builder.credentials(Credentials::new(smtp.user.clone(), smtp.password.clone()));
    }
    Ok(builder.timeout(Some(ANSWER_WITHIN)).build())
}

/// As support reads it. What people typed is only ever in the body and in an address that was parsed.
pub(crate) fn message(smtp: &Smtp, inquiry: &Inquiry) -> Result<Message, String> {
    let address = |text: &str| text.parse::<Mailbox>().map_err(|error| format!("the address \"{text}\": {error}"));
    let typed = &inquiry.typed;
    let body = format!(
        "受付番号: {}\n会社名: {}\n所属部門/店舗: {}\nお名前: {} {}\nメールアドレス: {}\n\n{}\n",
        inquiry.number,
        typed.company_name,
        typed.department,
        typed.family_name,
        typed.given_name,
        typed.mail,
        typed.body
    );
    Message::builder()
        .from(address(&smtp.from)?)
        .to(address(&smtp.to)?)
        .reply_to(address(&typed.mail)?)
        .subject(format!("FLAROお問い合わせ 受付番号{}", inquiry.number))
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        assert_eq!([1, 2, 3].map(wait_after).map(|wait| wait.as_mins()), [1, 2, 4]);
        assert_eq!(wait_after(1_000_000), WAIT_MAX);
        assert_eq!(wait_after(0), WAIT_FIRST);
    }
}
