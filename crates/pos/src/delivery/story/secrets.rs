//! What lets events in at FLARO is sealed on our disk; keys and signing secrets change while deliveries go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use db::testing::{each_engine, each_url};
use db::{Db, KeyRing, Keys, Tx, args};

use super::{WHO, World};
use crate::Settings;
use crate::linkage::end;
use crate::linkage::secret::{fetch, renew};
use crate::linkage::vault::reseal;
use crate::partner_client::PartnerClient;

const STORED: &str = "SELECT webhook_url, secret, previous_secret FROM linkage WHERE company_id = $1";
const FLYING: &str = "SELECT claimed_event FROM store_link WHERE company_id = $1 AND claimed_event IS NOT NULL";
/// Of what must never be read on a disk: the secret's beginning, and the path of the address.
const PLAIN: [&[u8]; 2] = [b"whsec_", b"/hook/"];

fn file(byte: u8) -> String {
    KeyRing::with_new("", [byte; 32])
}

fn keys(file: &str) -> Keys {
    let count = AtomicU64::new(0);
    let random = move || {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&count.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        bytes
    };
    Keys::new(file.parse().expect("a key file"), Arc::new(random))
}

impl World {
    fn with_keys(mut self, keys: &Keys) -> Self {
        Arc::get_mut(&mut self.pos).expect("nobody else has it yet").keys = keys.clone();
        self
    }

    /// How the secret is stored.
    async fn secret(&self) -> String {
        self.rows(STORED).await[0].text("secret").expect("one")
    }

    /// As if the key it was sealed with were lost.
    async fn spoil_the_secret(&self) {
        let company = self.tenant.as_str().to_owned();
        let sql = "UPDATE linkage SET secret = 'sealed:gone:00' WHERE company_id = $1";
        self.pos.db.write(async move |tx: &mut Tx| tx.execute(sql, args![company]).await).await.unwrap();
    }

    async fn failures(&self) -> usize {
        self.rows("SELECT event_id FROM attempt WHERE company_id = $1 AND COALESCE(status, 0) <> 200").await.len()
    }
}

/// What lies on the disk of an SQLite database; nothing for the other engine.
fn disk(url: &str) -> Vec<u8> {
    let Some(path) = url.strip_prefix("sqlite:") else { return Vec::new() };
    let files = [path.to_owned(), format!("{path}-wal")];
    files.iter().filter_map(|file| std::fs::read(file).ok()).flatten().collect()
}

fn assert_sealed(bytes: &[u8]) {
    for plain in PLAIN {
        assert!(!bytes.windows(plain.len()).any(|window| window == plain), "{}", String::from_utf8_lossy(plain));
    }
}

#[tokio::test]
async fn the_disk_holds_no_secret_in_the_clear() {
    each_url(async |url| {
        let world = World::new(Db::open(&url).await.unwrap(), 1).await.with_keys(&keys(&file(1)));
        world.link().await;
        world.run();
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        let row = &world.rows(STORED).await[0];
        for column in ["webhook_url", "secret"] {
            assert!(row.text(column).unwrap().starts_with("sealed:"), "{column}");
        }
        assert_sealed(&disk(&url));
        world.stop().await;
        world.pos.db.clone().close().await;
        assert_sealed(&disk(&url));
    })
    .await;
}

#[tokio::test]
async fn what_a_version_without_keys_stored_is_sealed_at_the_start() {
    each_url(async |url| {
        let world = World::new(Db::open(&url).await.unwrap(), 1).await;
        world.link().await;
        world.pos.db.clone().close().await;
        let plain = disk(&url);
        assert!(plain.is_empty() || plain.windows(6).any(|window| window == b"whsec_"), "or this test sees nothing");

        let db = Db::open(&url).await.unwrap();
        let mut pos = world.pos.as_ref().clone();
        (pos.db, pos.keys) = (db.clone(), keys(&file(1)));
        assert_eq!((reseal(&pos).await.unwrap(), reseal(&pos).await.unwrap()), (1, 0));
        let text =
            db.read(async |tx: &mut Tx| tx.fetch_one("SELECT secret FROM linkage", args![]).await).await.unwrap();
        assert!(text.text("secret").unwrap().starts_with("sealed:"));
        pos.keys = keys(&file(2));
        let refused = reseal(&pos).await.unwrap_err().to_string();
        assert!(refused.contains("not in the key file") && refused.contains("pos.linkage"), "{refused}");
        drop(pos);
        db.close().await;
        assert_sealed(&disk(&url));
    })
    .await;
}

#[tokio::test]
async fn a_secret_from_another_place_is_refused() {
    each_engine(async |db| {
        let world = World::new(db, 1).await.with_keys(&keys(&file(1)));
        world.link().await;
        world.close(0, "2026-11-22", 1_100).await;
        for swap in ["secret = webhook_url", "webhook_url = secret", "secret = 'whsec_' || secret"] {
            let sql: &'static str = format!("UPDATE linkage SET {swap} WHERE company_id = $1").leak();
            let before = &world.rows(STORED).await[0];
            let company = world.tenant.as_str().to_owned();
            let args = args![company.clone()];
            world.pos.db.write(async move |tx: &mut Tx| tx.execute(sql, args).await).await.unwrap();
            assert_eq!(world.claim().await.len(), 0, "{swap}");
            assert_eq!(world.rows(FLYING).await.len(), 0, "{swap}: nothing of it is said to be under way");
            let back = "UPDATE linkage SET secret = $2, webhook_url = $3 WHERE company_id = $1";
            let args = args![company, before.text("secret").unwrap(), before.text("webhook_url").unwrap()];
            world.pos.db.write(async move |tx: &mut Tx| tx.execute(back, args).await).await.unwrap();
            assert_eq!(world.claim().await.len(), 0, "{swap}: not before its claim ends");
            world.pass(61);
        }
        assert_eq!(world.claim().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_nobody_can_open_stops_its_own_company_and_a_new_one_is_the_way_out() {
    each_engine(async |db| {
        let world = World::new(db, 1).await.with_keys(&keys(&file(1)));
        let neighbour = world.neighbour("0099999").await;
        world.link().await;
        neighbour.link().await;
        world.spoil_the_secret().await;
        for day in ["2026-11-22", "2026-11-23"] {
            world.close(0, day, 1_100).await;
            neighbour.close(0, day, 2_200).await;
        }
        world.run();
        neighbour.until("delivered", 2).await;
        assert_eq!(world.states().await["waiting"], 2);

        world.flaro.book().rotates = true;
        renew(&world.pos, &world.tenant, WHO).await.unwrap();
        world.until_row(RENEWED, "renewed", "yes").await;
        assert_eq!(world.rows(STORED).await[0].opt_text("previous_secret").unwrap(), None);
        world.pass(61);
        world.until("delivered", 2).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_is_rotated_while_deliveries_go_on_and_none_fails() {
    each_engine(async |db| {
        let keys = keys(&file(1));
        let world = World::new(db, 3).await.with_keys(&keys);
        world.link().await;
        world.run();
        let before = world.secret().await;
        let both = KeyRing::rotated(&file(1), [2; 32]);
        for round in 0..8 {
            for store in 0..3 {
                world.close(store, "2026-11-22", 1_000 + round).await;
            }
            if round == 3 {
                keys.replace(both.parse().unwrap());
                assert_eq!(reseal(&world.pos).await.unwrap(), 1);
            }
            if round == 5 {
                keys.replace(KeyRing::sealing_only(&both).parse().unwrap());
            }
        }
        world.until("delivered", 24).await;
        assert_eq!(world.failures().await, 0);
        let after = world.secret().await;
        assert_ne!(before.split(':').nth(1), after.split(':').nth(1), "sealed with the new key");
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_signing_secret_is_renewed_while_deliveries_go_on_and_none_fails() {
    each_engine(async |db| {
        let world = World::new(db, 3).await.with_keys(&keys(&file(1)));
        world.link().await;
        world.run();
        // The first answer is lost: FLARO has the new secret, we don't.
        (world.flaro.book().rotates, world.flaro.book().lost_rotations) = (true, 1);
        for round in 0..8 {
            for store in 0..3 {
                world.close(store, "2026-11-22", 1_000 + round).await;
            }
            if round == 2 {
                renew(&world.pos, &world.tenant, WHO).await.unwrap();
            }
        }
        world.until_row(ASKED, "asked", "again").await;
        world.pass(16);
        world.until_row(RENEWED, "renewed", "yes").await;
        for store in 0..3 {
            world.close(store, "2026-11-23", 1_000).await;
        }
        world.until("delivered", 27).await;
        assert_eq!(world.failures().await, 0);
        assert_eq!(world.flaro.book().signatures.last(), Some(&2), "signed with both");
        // When the overlap is over, with the new one alone.
        world.pass(25 * 3_600);
        world.flaro.book().previous = None;
        world.close(0, "2026-11-24", 1_000).await;
        world.until("delivered", 28).await;
        assert_eq!(world.flaro.book().signatures.last(), Some(&1));
        assert_eq!(world.failures().await, 0);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_back_office_that_takes_our_signature_no_more_gives_a_new_secret() {
    each_engine(async |db| {
        let world = World::new(db, 1).await.with_keys(&keys(&file(1)));
        world.link().await;
        world.run();
        (world.flaro.book().rotates, world.flaro.book().deaf) = (true, true);
        world.close(0, "2026-11-22", 1_100).await;
        world.until_row(RENEWED, "renewed", "yes").await;
        world.flaro.book().deaf = false;
        world.flaro.book().previous = None;
        // Sooner or later in its usual round: whatever was tried with the old secret meanwhile pauses 15 minutes.
        world.until_later("delivered", 1, 15 * 60 + 1).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_linkage_that_flaro_does_not_know_is_not_asked_about_again_at_once() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        renew(&world.pos, &world.tenant, WHO).await.unwrap();
        world.until_row(WAITS, "waits", "900000").await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_linkage_that_is_out_of_order_keeps_no_other_from_its_new_secret() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        let neighbour = world.neighbour("0099999").await;
        for one in [&world, &neighbour] {
            one.link().await;
            renew(&one.pos, &one.tenant, WHO).await.unwrap();
            world.pass(1);
        }
        let (spoilt, company) = ("UPDATE linkage SET linkage_id = 'x' WHERE company_id = $1", world.tenant.clone());
        let spoil = world.pos.db.write(async move |tx: &mut Tx| tx.execute(spoilt, args![company.as_str()]).await);
        spoil.await.unwrap();
        world.flaro.book().rotates = true;
        let client = PartnerClient::new(&world.pos.settings).unwrap();
        fetch(&world.pos, &client).await.unwrap();
        assert_eq!(neighbour.rows(RENEWED).await[0].text("renewed").unwrap(), "yes");
        assert_eq!(world.rows(WAITS).await[0].text("waits").unwrap(), "17000", "in 15 seconds again");
    })
    .await;
}

#[tokio::test]
async fn where_flaro_can_t_be_reached_one_is_asked_for_and_all_wait() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        let neighbour = world.neighbour("0099999").await;
        for one in [&world, &neighbour] {
            one.link().await;
            renew(&one.pos, &one.tenant, WHO).await.unwrap();
        }
        // Whoever connects is hung up on.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let partner_url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicU64::new(0));
        let count = asked.clone();
        let hangs_up = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let settings = Settings { partner_url, ..world.pos.settings.clone() };
        fetch(&world.pos, &PartnerClient::new(&settings).unwrap()).await.unwrap();
        hangs_up.abort();
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        for one in [&world, &neighbour] {
            assert_eq!(one.rows(WAITS).await[0].text("waits").unwrap(), "15000");
        }
    })
    .await;
}

const HELD: &str = "
    SELECT company_id FROM linkage WHERE company_id = $1
      AND COALESCE(webhook_url, secret, previous_secret) IS NOT NULL";
/// How a version before left a linkage that had ended.
const LEFT: &str = "UPDATE linkage SET secret = 'sealed:gone:00', webhook_url = 'http://plain' WHERE company_id = $1";

#[tokio::test]
async fn a_linkage_that_has_ended_keeps_no_secret() {
    each_engine(async |db| {
        let world = World::new(db, 1).await.with_keys(&keys(&file(1)));
        world.link().await;
        assert_eq!(world.rows(HELD).await.len(), 1);
        end::end(&world.pos, &world.tenant, WHO).await.unwrap();
        assert_eq!(world.rows(HELD).await.len(), 0);

        let company = args![world.tenant.as_str()];
        world.pos.db.write(async move |tx: &mut Tx| tx.execute(LEFT, company).await).await.unwrap();
        assert_eq!(reseal(&world.pos).await.unwrap(), 0, "its key is gone, and nobody needs it");
        assert_eq!(world.rows(HELD).await.len(), 0);
    })
    .await;
}

/// How long after its 連携開始 a linkage asks for a secret.
const WAITS: &str = "
    SELECT CAST(secret_wanted_at - requested_at AS TEXT) AS waits FROM linkage WHERE company_id = $1";
const ASKED: &str = "
    SELECT CASE WHEN secret_wanted_at > requested_at THEN 'again' ELSE 'no' END AS asked FROM linkage WHERE company_id = $1";
const RENEWED: &str = "
    SELECT CASE WHEN secret_at IS NOT NULL AND secret_wanted_at IS NULL THEN 'yes' ELSE 'no' END AS renewed
    FROM linkage WHERE company_id = $1";
