//! What may be entered for a product, by form or by file: one function a value. Pure.

use sales::{OwnCode, TaxKind, Yen};
use web::format::{thousands, yen as money};
use web::text;

use super::Values;

/// The most characters of a name: a till's button and a slip's line hold no more.
pub const NAME_CHARACTERS_MAX: usize = 40;
/// The highest price and cost.
pub const YEN_MAX: i64 = 9_999_999;
/// The last 表示順.
pub const POSITION_MAX: i64 = 999_999;
/// 税区分 with its word, in the order it is offered.
pub const TAX_KINDS: [(TaxKind, &str); 4] = [
    (TaxKind::Standard, "標準"),
    (TaxKind::Reduced, "軽減"),
    (TaxKind::Exempt, "非課税"),
    (TaxKind::OutOfScope, "不課税"),
];

/// The words for a product on sale and off sale.
pub const STATES: [&str; 2] = ["販売中", "販売終了"];

/// A name as it is kept: one line without spaces around it.
pub fn name(typed: &str, label: &str) -> Result<String, String> {
    let name = typed.trim();
    let length = name.chars().count();
    if name.is_empty() {
        return Err(format!("{label}を入力してください"));
    }
    if length > NAME_CHARACTERS_MAX {
        return Err(format!("{label}は{NAME_CHARACTERS_MAX}文字以内で入力してください（いま{length}文字です）"));
    }
    if name.chars().any(char::is_control) {
        return Err(format!("{label}から改行やタブを取り除いてください"));
    }
    Ok(name.to_owned())
}

/// An amount that is never negative.
pub fn yen(typed: &str, label: &str) -> Result<Yen, String> {
    whole(typed, label, 0, YEN_MAX).map(Yen)
}

/// 表示順
pub fn position(typed: &str) -> Result<i64, String> {
    whole(typed, "表示順", 1, POSITION_MAX)
}

fn whole(typed: &str, label: &str, least: i64, most: i64) -> Result<i64, String> {
    if typed.trim().is_empty() {
        return Err(format!("{label}を入力してください"));
    }
    let number = text::integer(typed).filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| {
        format!("{label}は{least}から{}までの整数で入力してください（いま「{typed}」です）", thousands(most))
    })
}

/// 税区分 by its word; the rate behind it (`標準10%`) is read over, because the rate has its own table.
pub fn tax(typed: &str, label: &str) -> Result<TaxKind, String> {
    let plain = text::digits(typed);
    let word = plain.trim_end_matches(['%', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let known = TAX_KINDS.iter().find(|(_, name)| *name == word);
    known
        .map(|(kind, _)| *kind)
        .ok_or_else(|| format!("{label}は 標準、軽減、非課税、不課税 のどれかにしてください（いま「{typed}」です）"))
}

/// 税区分 in a word.
pub fn tax_word(kind: TaxKind) -> &'static str {
    TAX_KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, word)| word)
}

/// One of the chain's own codes; none where nothing is entered.
pub fn own_code(typed: &str) -> Result<Option<OwnCode>, String> {
    if typed.trim().is_empty() { Ok(None) } else { typed.parse().map(Some).map_err(|error| format!("{error}")) }
}

/// 販売中 or 販売終了
pub fn on_sale(typed: &str) -> Result<bool, String> {
    let state = STATES.iter().position(|state| *state == text::narrow(typed));
    state.map(|at| at == 0).ok_or_else(|| format!("状態は 販売中 か 販売終了 にしてください（いま「{typed}」です）"))
}

/// What a change changes, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which values: `価格・原価`.
    pub what: String,
    /// As they were: `価格 ¥980、原価 ¥300`.
    pub before: String,
    /// As they are now.
    pub after: String,
}

impl Values {
    /// Every value with its label, as people read it.
    pub fn labelled(&self) -> [(&'static str, String); 11] {
        let code = |code: &Option<OwnCode>| code.as_ref().map_or_else(|| "なし".to_owned(), OwnCode::to_string);
        [
            ("カテゴリ", self.category_name.clone()),
            ("商品名", self.name.clone()),
            ("価格", money(self.price.0)),
            ("原価", money(self.cost.0)),
            ("税区分（イートイン）", tax_word(self.eat_in).to_owned()),
            ("税区分（テイクアウト）", tax_word(self.takeout).to_owned()),
            ("自社親カテゴリコード", code(&self.own_parent)),
            ("自社子カテゴリコード", code(&self.own_child)),
            ("自社商品コード", code(&self.own_product)),
            ("表示順", self.position.to_string()),
            ("状態", STATES[usize::from(!self.on_sale)].to_owned()),
        ]
    }

    /// All of them in one line.
    pub fn words(&self) -> String {
        joined(self.labelled().iter())
    }

    /// What becomes different; nothing when everything stays.
    pub fn difference(&self, to: &Self) -> Option<Difference> {
        let (from, to) = (self.labelled(), to.labelled());
        let pairs: Vec<_> = from.iter().zip(&to).filter(|(before, after)| before != after).collect();
        let what = pairs.iter().map(|((label, _), _)| *label).collect::<Vec<_>>().join("・");
        let before = joined(pairs.iter().map(|(before, _)| *before));
        let after = joined(pairs.iter().map(|(_, after)| *after));
        (!pairs.is_empty()).then_some(Difference { what, before, after })
    }
}

fn joined<'a>(values: impl Iterator<Item = &'a (&'static str, String)>) -> String {
    values.map(|(label, value)| format!("{label} {value}")).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        assert_eq!(yen("￥１，４８０", "価格"), Ok(Yen(1_480)));
        assert_eq!(tax("標準１０％", "税区分"), Ok(TaxKind::Standard));
        assert_eq!(tax("軽減8%", "税区分"), Ok(TaxKind::Reduced));
        assert_eq!(tax(" 不課税 ", "税区分"), Ok(TaxKind::OutOfScope));
        assert_eq!(own_code(" Ａ００１ "), Ok(Some("A001".parse().unwrap())));
        assert_eq!(own_code("\u{3000}"), Ok(None));
        assert_eq!((on_sale("販売中"), on_sale("販売終了 ")), (Ok(true), Ok(false)));
        assert_eq!(name("\u{3000}刺身定食 ", "商品名").as_deref(), Ok("刺身定食"));
    }

    #[test]
    fn a_mistake_says_what_to_do() {
        assert_eq!(yen("", "原価").unwrap_err(), "原価を入力してください");
        assert_eq!(
            yen("-1", "価格").unwrap_err(),
            "価格は0から9,999,999までの整数で入力してください（いま「-1」です）"
        );
        assert!(tax("10%", "税区分").unwrap_err().contains("標準、軽減"));
        assert!(own_code(&"1".repeat(21)).unwrap_err().contains("20文字以内"));
        assert!(on_sale("終了").unwrap_err().contains("販売終了"));
        assert!(name("a\tb", "商品名").unwrap_err().contains("タブ"));
    }
}
