//! Which store a line of a file means: by 自社コード, or by name where the line has no code. Never by guessing.

use super::{Kind, Line};
use crate::{FlaroError, days, stores::Store, tenant::Viewer};
use db::Tx;
use std::collections::HashMap;
use web::{text, upload::Fault};

/// The stores somebody may see, by what a file calls them.
pub(super) struct Shops {
    all: Vec<Store>,
    by_code: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Shops {
    pub async fn of(tx: &mut Tx, viewer: &Viewer) -> Result<Self, FlaroError> {
        let all = days::visible_stores(tx, &viewer.scope).await?;
        let (mut by_code, mut by_name) = (HashMap::new(), HashMap::<String, Vec<usize>>::new());
        for (at, store) in all.iter().enumerate() {
            if let Some(code) = store.code() {
                by_code.insert(code.to_string(), at);
            }
            by_name.entry(text::narrow(&store.name)).or_default().push(at);
        }
        Ok(Self { all, by_code, by_name })
    }

    /// The store of a line.
    pub fn find(&self, kind: Kind, line: &Line) -> Result<&Store, Fault> {
        let (code, name) = (text::digits(line.cell(kind, "自社コード")), text::narrow(line.cell(kind, "店舗名")));
        if code.is_empty() {
            return match self.by_name.get(&name).map(Vec::as_slice) {
                Some([at]) => Ok(&self.all[*at]),
                Some(_) => {
                    Err(line.fault("店舗名", format!("「{name}」は2店舗以上あります。自社コードを入力してください")))
                }
                None if name.is_empty() => Err(line.fault("自社コード", "自社コードを入力してください")),
                None => Err(line.fault(
                    "店舗名",
                    format!("「{name}」という店舗は、閲覧範囲にありません。店舗名を確かめてください"),
                )),
            };
        }
        let Some(store) = self.by_code.get(&code).map(|at| &self.all[*at]) else {
            let short = self.by_code.keys().any(|known| known.trim_start_matches('0') == code.trim_start_matches('0'));
            let words = if short {
                format!(
                    "自社コード「{code}」の先頭の0が失われています。列の書式を「文字列」にして、元のコードを入れ直してください"
                )
            } else {
                format!("自社コード「{code}」の店舗は、閲覧範囲にありません。コードを確かめてください")
            };
            return Err(line.fault("自社コード", words));
        };
        if !name.is_empty() && text::narrow(&store.name) != name {
            let words = format!("自社コード「{code}」は「{}」です。店舗名かコードを直してください", store.name);
            return Err(line.fault("店舗名", words));
        }
        Ok(store)
    }
}
