//! Standard Webhooks: the specification's own vector, and every way of not being signed.

use crate::kit::cases;
use jiff::Timestamp;
use proptest::{collection::vec, prelude::*};
use protocol::partner::{LinkageGranted, SecretRotated};
use protocol::signature::{Headers, SECRET_BYTES_MIN, Secret, SecretError, SignatureError, sign, verify};
use uuid::Uuid;

/// From the specification's reference libraries.
const VECTOR_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const VECTOR_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const VECTOR_SECOND: i64 = 1_614_265_330;
const VECTOR_BODY: &[u8] = br#"{"test": 2432232314}"#;
const VECTOR_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn vector() -> (Vec<Secret>, Timestamp) {
    (vec![VECTOR_SECRET.parse().unwrap()], Timestamp::from_second(VECTOR_SECOND).unwrap())
}

/// Verifies the vector's body, signed like this, at so many seconds after it was signed.
fn told(secrets: &[Secret], signature: &str, timestamp: &str, late: i64) -> Result<(), SignatureError> {
    let headers = Headers { id: VECTOR_ID, timestamp, signature };
    verify(secrets, headers, VECTOR_BODY, Timestamp::from_second(VECTOR_SECOND + late).unwrap())
}

fn on_time(secrets: &[Secret], signature: &str) -> Result<(), SignatureError> {
    told(secrets, signature, &VECTOR_SECOND.to_string(), 0)
}

fn secret(fill: u8) -> Secret {
    Secret::from_random([fill; 32])
}

#[test]
fn the_specifications_vector_is_signed_and_verified() {
    let (secrets, at) = vector();
    assert_eq!(sign(&secrets, VECTOR_ID, at, VECTOR_BODY), VECTOR_SIGNATURE);
    assert_eq!(on_time(&secrets, VECTOR_SIGNATURE), Ok(()));
}

#[test]
fn a_secret_has_a_prefix_base64_and_24_bytes() {
    let shape = |text: &str| text.parse::<Secret>().unwrap_err();
    for text in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"] {
        assert_eq!(shape(text), SecretError::Shape, "{text}");
    }
    assert_eq!(shape("whsec_"), SecretError::Short(0));
    assert_eq!(shape("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ="), SecretError::Short(SECRET_BYTES_MIN - 1));
    let made = secret(7);
    assert_eq!(made.expose().parse::<Secret>().unwrap().expose(), made.expose());
    assert_eq!(format!("{made:?}"), "Secret(…)", "it is never logged");
}

#[test]
fn an_answer_that_carries_a_secret_is_logged_by_its_linkage_alone() {
    let (linkage_id, webhook_url) = (Uuid::from_u128(7), "https://flaro.example/hook".to_owned());
    let signing_secret = VECTOR_SECRET.to_owned();
    let granted = LinkageGranted { linkage_id, webhook_url, signing_secret: signing_secret.clone(), zstd: true };
    let rotated = SecretRotated { linkage_id, signing_secret, previous_until: Timestamp::UNIX_EPOCH };
    for logged in [format!("{granted:?}"), format!("{rotated:?}")] {
        assert!(logged.contains(&linkage_id.to_string()) && !logged.contains("whsec_"), "{logged}");
    }
}

#[test]
fn nothing_unsigned_is_believed() {
    let (secrets, _) = vector();
    let stripped = VECTOR_SIGNATURE.strip_prefix("v1,").unwrap();
    let other_version = format!("v1a,{stripped}");
    let cut = &VECTOR_SIGNATURE[..VECTOR_SIGNATURE.len() - 4];
    for signature in ["", " ", "v1,", "v1", "v1,====", stripped, &other_version, cut, "v1,AAAA"] {
        assert_eq!(on_time(&secrets, signature), Err(SignatureError::Mismatch), "{signature:?}");
    }
    assert_eq!(on_time(&[], VECTOR_SIGNATURE), Err(SignatureError::Mismatch), "without a secret nothing fits");
    for timestamp in ["", "now", "1614265330.5", "99999999999999999999"] {
        assert_eq!(told(&secrets, VECTOR_SIGNATURE, timestamp, 0), Err(SignatureError::Timestamp), "{timestamp:?}");
    }
}

#[test]
fn while_a_secret_rotates_both_sign_and_either_is_believed() {
    let (old, new) = (secret(1), secret(2));
    let at = Timestamp::from_second(VECTOR_SECOND).unwrap();
    let both = sign(&[new.clone(), old.clone()], VECTOR_ID, at, VECTOR_BODY);
    assert_eq!(both.split(' ').count(), 2);
    assert_eq!(on_time(std::slice::from_ref(&old), &both), Ok(()), "a receiver that has not heard of the new one");
    assert_eq!(on_time(std::slice::from_ref(&new), &both), Ok(()), "a receiver that has forgotten the old one");
    let only_old = sign(std::slice::from_ref(&old), VECTOR_ID, at, VECTOR_BODY);
    assert_eq!(on_time(&[new.clone(), old], &only_old), Ok(()), "a sender that has not heard of the new one");
    assert_eq!(on_time(&[new], &only_old), Err(SignatureError::Mismatch));
    assert_eq!(on_time(&[secret(9)], &format!("v2,xyz {both}")), Err(SignatureError::Mismatch));
}

#[test]
fn a_wrong_clock_is_told_only_to_those_who_signed() {
    let (secrets, _) = vector();
    let second = VECTOR_SECOND.to_string();
    for late in [300, -300] {
        assert_eq!(told(&secrets, VECTOR_SIGNATURE, &second, late), Ok(()));
    }
    for late in [301, -301, 1 << 30] {
        assert_eq!(told(&secrets, VECTOR_SIGNATURE, &second, late), Err(SignatureError::Skew(late)));
        assert_eq!(told(&[secret(1)], VECTOR_SIGNATURE, &second, late), Err(SignatureError::Mismatch));
    }
    assert_eq!(told(&secrets, VECTOR_SIGNATURE, &i64::MIN.to_string(), 0), Err(SignatureError::Mismatch));
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_change_to_body_id_time_or_secret_is_found(
        body in vec(any::<u8>(), 0..200), place in any::<prop::sample::Index>(), flip in 1..=255_u8, fill: u8,
    ) {
        let at = Timestamp::from_second(VECTOR_SECOND).unwrap();
        let secrets = [secret(fill)];
        let signature = sign(&secrets, "msg_1", at, &body);
        let second = VECTOR_SECOND.to_string();
        let headers = Headers { id: "msg_1", timestamp: &second, signature: &signature };
        prop_assert_eq!(verify(&secrets, headers, &body, at), Ok(()));
        let mut changed = body.clone();
        match body.len() {
            0 => changed.push(flip),
            length => changed[place.index(length)] ^= flip,
        }
        let next = (VECTOR_SECOND + 1).to_string();
        for (headers, body, secrets) in [
            (headers, &changed, &secrets),
            (Headers { id: "msg_2", ..headers }, &body, &secrets),
            (Headers { timestamp: &next, ..headers }, &body, &secrets),
            (headers, &body, &[secret(fill.wrapping_add(1))]),
        ] {
            prop_assert_eq!(verify(secrets, headers, body, at), Err(SignatureError::Mismatch));
        }
    }
}
