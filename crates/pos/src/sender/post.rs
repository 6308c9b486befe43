//! One attempt over HTTP: the stored bytes, signed now, to an address that may be called. The answer is bounded, a
//! redirect is an answer and never a way, and a receipt counts only if it is of these bytes.

use std::time::Duration;

use jiff::Timestamp;
use protocol::EVENT_BYTES_MAX;
use protocol::delivery::Answer;
use protocol::event::Frame;
use protocol::partner::EventReceipt;
use protocol::signature::sign;
use protocol::trace::{self, Trace};
use reqwest::{Client, Response, header};
use url::Url;

use crate::Pos;
use crate::delivery::claim::Claimed;
use crate::delivery::record::Outcome;
use crate::partner_client::{egress, read_bounded};

/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// The most characters of an answer that are kept.
const KEPT_CHARACTERS_MAX: usize = 2_048;
/// An attempt that hangs beyond the client's own limits ends here.
const ATTEMPT_WITHIN: Duration = Duration::from_secs(35);

/// Sends an event once. Whatever happens, it comes to an [`Outcome`].
pub async fn post(pos: &Pos, http: &Client, claimed: &Claimed) -> Outcome {
    let at = pos.now();
    let mut outcome = match tokio::time::timeout(ATTEMPT_WITHIN, send(pos, http, claimed, at)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(outcome)) => *outcome,
        Err(_elapsed) => nothing(Answer::Timeout, "時間内に応答がありませんでした"),
    };
    outcome.at = at;
    outcome.took_ms = pos.now().as_millisecond().saturating_sub(at.as_millisecond()).max(0);
    outcome
}

async fn send(pos: &Pos, http: &Client, claimed: &Claimed, at: Timestamp) -> Result<Outcome, Box<Outcome>> {
    let url = Url::parse(&claimed.webhook_url).map_err(|error| Box::new(not_allowed(&error.to_string())))?;
    egress::check(&url, pos.settings.allow_private_networks)
        .map_err(|error| Box::new(not_allowed(&error.to_string())))?;
    let body = if claimed.zstd { claimed.frame.clone() } else { plain(claimed)? };
    let id = claimed.event_id.to_string();
    let mut request = http
        .post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", at.as_second().to_string())
        .header("webhook-signature", sign(&claimed.secrets, &id, at, &body))
        .header(trace::HEADER, Trace::of(claimed.settlement_id).header(claimed.event_id));
    if claimed.zstd {
        request = request.header(header::CONTENT_ENCODING, "zstd");
    }
    let response = request.body(body).send().await.map_err(|error| Box::new(broken(&error)))?;
    Ok(answered(claimed, response).await)
}

async fn answered(claimed: &Claimed, response: Response) -> Outcome {
    let status = response.status();
    let retry_after_s = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    // The status says it all: a body that breaks off makes no failure of a success.
    let (body, _) = read_bounded(response, ANSWER_BYTES_MAX).await.unwrap_or_default();
    let stated = status.is_success().then(|| serde_json::from_slice::<EventReceipt>(&body).ok()).flatten();
    let ours =
        |receipt: &EventReceipt| receipt.event_id == claimed.event_id && receipt.body_sha256 == claimed.body_sha256;
    let receipt_differs = stated.as_ref().is_some_and(|receipt| !ours(receipt));
    let text = if receipt_differs {
        format!("受領証が送った内容と一致しません：{}", shown(&body))
    } else {
        shown(&body)
    };
    Outcome {
        answer: Answer::Status { code: status.as_u16(), retry_after_s },
        status: Some(status.as_u16()),
        text,
        receipt: stated.filter(|_| !receipt_differs),
        receipt_differs,
        at: Timestamp::UNIX_EPOCH,
        took_ms: 0,
    }
}

fn plain(claimed: &Claimed) -> Result<Vec<u8>, Box<Outcome>> {
    Frame::unpack(&claimed.frame, EVENT_BYTES_MAX).map_err(|error| {
        // Never sent: nobody but a person can help.
        Box::new(nothing(
            Answer::Status { code: 400, retry_after_s: None },
            &format!("保存された内容を開けません：{error}"),
        ))
    })
}

fn broken(error: &reqwest::Error) -> Outcome {
    if let Some(refused) = egress::refused(error) {
        return not_allowed(&refused.to_string());
    }
    if error.is_timeout() {
        return nothing(Answer::Timeout, "時間内に応答がありませんでした");
    }
    // Without the address: its path may be a secret.
    let cause = std::error::Error::source(error).map(web::failure::chain).unwrap_or_default();
    nothing(Answer::Unreachable, &format!("接続できませんでした：{cause}"))
}

/// An address that may not be called is a wrong address: the linkage pauses.
fn not_allowed(why: &str) -> Outcome {
    nothing(Answer::Status { code: 404, retry_after_s: None }, &format!("送信できないアドレスです：{why}"))
}

fn nothing(answer: Answer, text: &str) -> Outcome {
    let text = text.chars().filter(|c| !c.is_control()).take(KEPT_CHARACTERS_MAX).collect();
    Outcome { answer, status: None, text, receipt: None, receipt_differs: false, at: Timestamp::UNIX_EPOCH, took_ms: 0 }
}

fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(KEPT_CHARACTERS_MAX).collect()
}
