//! What a name may be, and whether it is still free. Pure.

use super::{Coded, EACH_MAX, Nature, named};
use crate::masters::SettingKind;

/// The most characters of a name: a till's button and a slip's line hold no more.
pub const NAME_CHARACTERS_MAX: usize = 40;

impl SettingKind {
    /// What one of them is called on its pages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Payment => "支払科目",
            Self::Discount => "値引き",
            Self::Medium => "広告媒体",
        }
    }

    /// The heading of their names, as in マッピング情報.
    pub fn name_label(self) -> &'static str {
        match self {
            Self::Payment => "支払科目名称",
            Self::Discount => "値引名称",
            Self::Medium => "広告媒体名称",
        }
    }
}

/// A name as it is kept: without spaces around it. The message starts with what to do.
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

/// May this name be given to a new one of this nature, or to `itself`?
pub fn free(all: &[Coded], nature: Nature, name: &str, itself: Option<&Coded>) -> Result<(), String> {
    let noun = nature.kind().noun();
    if nature == Nature::Medium && name == "フリー" {
        return Err("別の名称を入力してください（「フリー」は広告媒体のない会計を表します）".to_owned());
    }
    match named(all, nature, name).filter(|twin| itself.is_none_or(|itself| itself.code != twin.code)) {
        None if itself.is_none() && all.len() >= EACH_MAX => {
            Err(format!("{noun}は{EACH_MAX}件までです。追加できません"))
        }
        None => Ok(()),
        Some(twin) if twin.retired_at.is_some() => Err(format!(
            "別の名称を入力してください（「{name}」は使用を終えた{noun}にあります。もう一度使うときは使用を再開してください）"
        )),
        Some(_) => Err(format!("別の名称を入力してください（「{name}」はすでにあります）")),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use sales::PaymentKind;

    use super::*;

    fn coded(nature: Nature, name: &str, retired: bool) -> Coded {
        Coded {
            code: "10000000000000000001".parse().unwrap(),
            nature,
            name: name.to_owned(),
            retired_at: retired.then_some(Timestamp::UNIX_EPOCH),
            stores: 0,
            version: 0,
        }
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(name("\u{3000}Visa ", "名称").unwrap(), "Visa");
        assert!(name(" ", "支払科目名称").unwrap_err().starts_with("支払科目名称を入力"));
        assert!(name(&"あ".repeat(41), "名称").unwrap_err().contains("いま41文字"));
        assert!(name("a\tb", "名称").unwrap_err().contains("タブ"));
    }

    #[test]
    fn a_name_is_free_per_payment_kind_and_may_stay_its_own() {
        let (card, points) = (Nature::Payment(PaymentKind::CreditCard), Nature::Payment(PaymentKind::Points));
        let visa = coded(card, "Visa", false);
        let all = [visa.clone(), coded(card, "旧カード", true)];
        assert!(free(&all, card, "Visa", None).unwrap_err().contains("すでにあります"));
        assert!(free(&all, card, "旧カード", None).unwrap_err().contains("再開"));
        assert_eq!(free(&all, card, "Visa", Some(&visa)), Ok(()));
        assert_eq!(free(&all, points, "Visa", None), Ok(()));
        assert!(free(&[], Nature::Medium, "フリー", None).is_err());
    }
}
