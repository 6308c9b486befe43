//! Passwords: argon2id, on a blocking thread, never more than a few at a time.
//!
//! Checking costs the same whether the account exists or not, so the time of an answer tells nobody which names
//! are in use. A password is never logged and never kept.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::Form;

/// Each hash takes 19 MiB for as long as it runs.
const AT_ONCE_MAX: usize = 4;
/// The fewest characters of a new password.
pub const CHARACTERS_MIN: usize = 12;
/// The most bytes looked at: more is not a password but a load.
pub const BYTES_MAX: usize = 512;

static ROOM: Semaphore = Semaphore::const_new(AT_ONCE_MAX);

/// The hash an unknown account is checked against.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(b"nobody has this password").unwrap_or_default());

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

/// Is this good enough for a new password? The message says what to do, in Japanese.
pub fn acceptable(password: &str) -> Result<(), String> {
    if password.chars().count() < CHARACTERS_MIN {
        return Err(format!("パスワードは{CHARACTERS_MIN}文字以上で入力してください"));
    }
    if password.len() > BYTES_MAX {
        return Err("パスワードが長すぎます。短くしてください".to_owned());
    }
    let mut seen: Vec<char> = password.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    if seen.len() < 4 {
        return Err("同じ文字のくり返しでないパスワードを入力してください".to_owned());
    }
    Ok(())
}

/// The rules in a sentence, for the field.
pub fn hint() -> String {
    format!("{CHARACTERS_MIN}文字以上。文字の種類は自由です。ほかのサービスで使っていないものにしてください")
}

/// A new password, typed twice; what is wrong becomes an error of its field.
pub fn chosen(form: &mut Form, name: &str, again: &str) -> Option<String> {
    let (typed, repeated) = (form.raw(name).to_owned(), form.raw(again).to_owned());
    if typed.is_empty() {
        form.error(name, "新しいパスワードを入力してください");
    } else if let Err(words) = acceptable(&typed) {
        form.error(name, words);
    } else if typed != repeated {
        form.error(again, "新しいパスワード（確認）に、同じパスワードをもう一度入力してください");
    } else {
        return Some(typed);
    }
    None
}

/// Hashes a password for keeping (a PHC string).
pub async fn hash(password: String) -> Result<String, HashError> {
    let _room = ROOM.acquire().await.map_err(|e| HashError(e.to_string()))?;
    let done = tokio::task::spawn_blocking(move || hash_now(password.as_bytes())).await;
    done.map_err(|e| HashError(e.to_string()))?
}

/// Is it this account's password? Without an account it costs the same and is never right.
pub async fn verify(password: String, kept: Option<String>) -> bool {
    let Ok(_room) = ROOM.acquire().await else { return false };
    tokio::task::spawn_blocking(move || verify_now(password.as_bytes(), kept.as_deref())).await.unwrap_or(false)
}

fn hash_now(password: &[u8]) -> Result<String, HashError> {
    let hash: PasswordHash = Argon2::default().hash_password(password).map_err(|e| HashError(e.to_string()))?;
    Ok(hash.to_string())
}

fn verify_now(password: &[u8], kept: Option<&str>) -> bool {
    let Some((hash, exists)) = worked_on(kept) else { return false };
    let right = Argon2::default().verify_password(&password[..password.len().min(BYTES_MAX)], &hash).is_ok();
    right && exists && password.len() <= BYTES_MAX
}

/// The hash that a password is held against, and whether it is somebody's.
fn worked_on(kept: Option<&str>) -> Option<(PasswordHash, bool)> {
    let known = kept.and_then(|text| PasswordHash::new(text).ok());
    let exists = known.is_some();
    Some((known.or_else(|| PasswordHash::new(&NOBODY).ok())?, exists))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_an_existing_account_is_accepted() {
        let kept = hash("correct horse battery".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse battery".to_owned(), Some(kept.clone())).await);
        assert!(!verify("correct horse batterz".to_owned(), Some(kept)).await);
        assert!(!verify("nobody has this password".to_owned(), None).await);
        assert!(!verify("nobody has this password".to_owned(), Some("not a hash".to_owned())).await);
    }

    #[tokio::test]
    async fn whoever_does_not_exist_costs_the_same_work() {
        let kept = hash("correct horse battery".to_owned()).await.unwrap();
        let work = |kept: Option<&str>| {
            let (hash, exists) = worked_on(kept).expect("there is always something to work on");
            (exists, hash.algorithm, hash.version, hash.params)
        };
        let (_, algorithm, version, params) = work(Some(&kept));
        for nobody in [None, Some("not a hash")] {
            assert_eq!(work(nobody), (false, algorithm, version, params.clone()));
        }
    }

    #[test]
    fn a_new_password_must_be_long_and_not_one_key() {
        assert!(acceptable("みなとの朝は早い二〇二六").is_ok());
        assert!(acceptable("short").unwrap_err().contains("12文字以上"));
        assert!(acceptable("aaaaaaaaaaaaaaaa").is_err());
        assert!(acceptable(&"ab12".repeat(200)).is_err());
    }
}
