//! A person's mail address (which is also ログインID) and name, as they are typed.

use std::str::FromStr;

use crate::text;

/// More characters than a mail address may have.
const LOGIN_CHARACTERS_MAX: usize = 200;
/// The longest name.
pub const NAME_CHARACTERS_MAX: usize = 60;

/// A mail address in lower case, under which somebody logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let plain = text::narrow(typed).to_lowercase();
        let shaped = plain.split_once('@').is_some_and(|(local, domain)| {
            let dotted = domain.split('.').all(|part| !part.is_empty()) && domain.contains('.');
            !local.is_empty() && dotted && !domain.contains('@')
        });
        let clean = plain.chars().all(|c| c.is_ascii_graphic()) && plain.len() <= LOGIN_CHARACTERS_MAX;
        if shaped && clean {
            Ok(Self(plain))
        } else {
            Err("メールアドレスは taro@example.jp のように入力してください")
        }
    }
}

/// A name as it is kept.
pub fn name(typed: &str) -> Result<String, String> {
    let plain: String = typed.trim().chars().filter(|c| !c.is_control()).collect();
    if plain.is_empty() {
        return Err("名前を入力してください".to_owned());
    }
    if plain.chars().count() > NAME_CHARACTERS_MAX {
        return Err(format!("名前は{NAME_CHARACTERS_MAX}文字以内で入力してください"));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_address_is_read_in_any_width_and_kept_in_lower_case() {
        let read = |typed: &str| typed.parse::<Login>().map(|login| login.0);
        assert_eq!(read(" Ｔaro@Example.JP "), Ok("taro@example.jp".to_owned()));
        for wild in ["", "taro", "@example.jp", "taro@", "taro@jp", "a b@example.jp", "a@b@c.jp", "太郎@example.jp"] {
            assert!(read(wild).is_err(), "{wild}");
        }
        assert!(read(&format!("{}@example.jp", "a".repeat(300))).is_err());
    }

    #[test]
    fn a_name_has_no_control_characters_and_an_end() {
        assert_eq!(name(" 太田\u{0} 花子 "), Ok("太田 花子".to_owned()));
        assert!(name(" ").is_err() && name(&"あ".repeat(61)).is_err());
    }
}
