//! Why a linkage stands still by itself: the cause is stored, and the sentence for people is made of it where it is shown.

use db::Row;
use serde::{Deserialize, Serialize};

use crate::PosError;
use crate::stored::Stored;

/// What stopped it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// FLARO takes none of our signatures.
    Signature,
    /// There is nothing at Webhook連携先URL.
    AddressGone,
    /// Webhook連携先URL leads to another address.
    Redirect,
    /// Webhook連携先URL is one that may not be called.
    NotCallable,
    /// Asked for control totals, FLARO has no such linkage.
    UnknownLinkage,
}

/// A pause that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What stopped it.
    pub cause: Cause,
    /// What FLARO answered the event that was refused.
    pub status: Option<u16>,
}

impl Cause {
    /// Of a refused attempt that was answered so; none: it was not made.
    pub fn of(status: Option<u16>) -> Self {
        match status {
            Some(401 | 403) => Self::Signature,
            Some(404 | 410) => Self::AddressGone,
            Some(300..=399) => Self::Redirect,
            _ => Self::NotCallable,
        }
    }

    /// What happened, and what a person does about it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Signature => ("FLAROが署名を受け付けません", "FLARO側の連携設定を確認してください"),
            Self::AddressGone => (
                "Webhook連携先が見つかりません",
                "FLARO側で連携が有効か確認し、なくなっているときは連携解除のあと連携開始をやり直してください",
            ),
            Self::Redirect => {
                ("Webhook連携先が別のアドレスを案内しました", "転送先へは送りません。FLAROに確認してください")
            }
            Self::NotCallable => {
                ("Webhook連携先へ接続できません", "社内のアドレスへは送りません。FLAROに確認してください")
            }
            Self::UnknownLinkage => (
                "FLAROにこの連携がありません",
                "FLAROに確認し、戻らないときは連携解除のあと連携開始をやり直してください。FLAROから失われた分は自動で送り直します",
            ),
        }
    }
}

impl Pause {
    /// For people, without a full stop at its end.
    pub fn sentence(self) -> String {
        let (what, todo) = self.cause.words();
        let status = self.status.map_or(String::new(), |status| format!("（{status}）"));
        format!("{what}{status}。{todo}")
    }

    /// Out of a row of `linkage`; none: it is not paused, or a person did it.
    pub(super) fn read(row: &Row) -> Result<Option<Self>, PosError> {
        if row.opt_text("pause_cause")?.is_none() {
            return Ok(None);
        }
        let status = row.opt_int("pause_status")?.and_then(|status| u16::try_from(status).ok());
        Ok(Some(Self { cause: row.word("pause_cause")?, status }))
    }
}

#[cfg(test)]
mod tests {
    use db::{Tx, args};

    use super::*;
    use crate::schema;

    #[test]
    fn each_refusal_has_its_sentence() {
        let sentence = |status| Pause { cause: Cause::of(status), status }.sentence();
        assert!(sentence(Some(401)).starts_with("FLAROが署名を受け付けません（401）。"));
        assert!(sentence(Some(410)).starts_with("Webhook連携先が見つかりません（410）。"));
        assert!(sentence(Some(302)).starts_with("Webhook連携先が別のアドレスを案内しました（302）。"));
        assert!(sentence(None).starts_with("Webhook連携先へ接続できません。社内"));
    }

    const PAUSED_BEFORE: &str = "
        INSERT INTO linkage (company_id, generation, state, requested_at, paused_until, pause_reason)
        VALUES ($1, 1, 'linked', 0, 1, $2)";
    const CAUSE: &str = "SELECT pause_cause, pause_status FROM linkage WHERE company_id = $1";

    #[tokio::test]
    async fn what_was_paused_with_a_sentence_keeps_its_cause() {
        db::testing::each_engine(async |db| {
            let all = schema::migrations();
            let before: Vec<_> = all.iter().copied().filter(|one| one.place != "pos" || one.version < 13).collect();
            db.migrate(&before).await.unwrap();
            let said = [
                ("FLAROが署名を受け付けません（401）。FLARO側の…", Cause::Signature),
                ("Webhook連携先が見つかりません（404）。FLARO側で…", Cause::AddressGone),
                ("Webhook連携先が別のアドレスを案内しました（302）。転送先…", Cause::Redirect),
                ("Webhook連携先へ接続できません。社内の…", Cause::NotCallable),
                ("FLAROにこの連携がありません。FLAROに…", Cause::UnknownLinkage),
            ];
            for (company, (sentence, _)) in said.iter().enumerate() {
                let row = args![company.to_string(), *sentence];
                db.write(async move |tx: &mut Tx| tx.execute(PAUSED_BEFORE, row).await).await.unwrap();
            }
            db.migrate(&all).await.unwrap();
            for (company, (_, cause)) in said.into_iter().enumerate() {
                let asked = args![company.to_string()];
                let row = db.read(async move |tx: &mut Tx| tx.fetch_one(CAUSE, asked).await).await.unwrap();
                assert_eq!(Pause::read(&row).unwrap(), Some(Pause { cause, status: None }));
            }
        })
        .await;
    }
}
