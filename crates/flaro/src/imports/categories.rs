//! 商品カテゴリの区分 from a file.

use super::{Kind as FileKind, Line, Plan, Write};
use crate::{
    FlaroError,
    categories::{self, Kind},
    tenant::Viewer,
};
use db::Tx;
use std::collections::HashMap;
use web::text;

const KIND: FileKind = FileKind::Categories;

pub(super) async fn plan(tx: &mut Tx, viewer: &Viewer, lines: &[Line]) -> Result<Plan, FlaroError> {
    let all = categories::list(tx, &viewer.scope.company).await?;
    let known: HashMap<&str, &categories::Category> = all.iter().map(|one| (one.id.as_str(), one)).collect();
    let (mut plan, mut first) = (Plan::default(), HashMap::new());
    for line in lines {
        let id = text::digits(line.cell(KIND, "カテゴリID"));
        let Some(was) = known.get(id.as_str()) else {
            let words = format!("「{id}」という商品カテゴリはありません。いまの一覧のカテゴリIDを入れてください");
            plan.faults.add(line.fault("カテゴリID", words));
            continue;
        };
        if let Some(before) = first.insert(id.clone(), line.number) {
            plan.faults
                .add(line.fault("カテゴリID", format!("{before}行目と同じカテゴリIDです。どちらかを消してください")));
            continue;
        }
        match kind(line.cell(KIND, "区分")) {
            Ok(to) => {
                let (before, after) = (categories::label(was.kind).to_owned(), categories::label(to).to_owned());
                plan.add(line.number, was.name.clone(), Some(before), after, Write::Category(id, to));
            }
            Err(words) => plan.faults.add(line.fault("区分", words)),
        }
    }
    Ok(plan)
}

fn kind(typed: &str) -> Result<Option<Kind>, String> {
    match text::narrow(typed).as_str() {
        "" | "未分類" => Ok(None),
        typed => {
            let kind = Kind::ALL.into_iter().find(|kind| text::narrow(kind.label()) == typed);
            kind.map(Some).ok_or_else(|| "フード・ドリンク・その他・未分類のどれかを入力してください".to_owned())
        }
    }
}
