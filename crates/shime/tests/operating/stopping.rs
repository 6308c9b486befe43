//! A stop while something is under way, as every restart and upgrade brings it.

use crate::{
    Place,
    receiver::{Came, Receiver},
    shell::{self, Shop, now},
};
use db::{Db, Tx, args, testing};
use jiff::{ToSpan, civil::Date};
use pos::provision::{self, NewStore};
use sales::{CheckId, RegisterId, Settlement, SettlementId, Yen};
use std::{net::TcpListener, sync::Arc, time::Duration};
use uuid::Uuid;

const CREDENTIAL: &str = "a-credential-of-the-operating-tests";

/// A head office as a process, linked to a receiver, with the till of one store.
struct Office {
    place: Place,
    database: String,
    partner: String,
    today: Date,
    register: RegisterId,
    token: String,
}

impl Office {
    async fn linked(database: &str, receiver: &Receiver) -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let (place, partner) = (Place::new(), receiver.address.clone());
        let key = place.path("key").display().to_string();
        let made = place.command(&["keys", "new", "--place", "pos"]).env("SHIME_KEY_FILE", key).output();
        assert!(made.expect("it runs").status.success());
        let settings = pos::Settings::new(format!("http://{}", place.at), &partner, CREDENTIAL);
        let pos = shell::head_office(database, settings, Arc::new(now)).await;
        let tenant = provision::company(&pos, &"77".parse().unwrap(), "止まる食堂").await.unwrap();
        let today = shell::today(&pos);
        let Shop { store, register, token } = shell::shop(&pos, &tenant, NewStore::new("本店"), today).await;
        shell::link(&pos, &tenant, &[(store, "101".to_owned())]).await;
        pos.db.close().await;
        Self { place, database: database.to_owned(), partner, today, register, token }
    }

    fn start(&mut self) {
        let key = self.place.path("key").display().to_string();
        let own = [
            ("KEY_FILE", &*key),
            ("POS_LISTEN", &self.place.at),
            ("POS_DATABASE", &self.database),
            ("POS_PARTNER_URL", &self.partner),
            ("POS_PARTNER_CREDENTIAL", CREDENTIAL),
            ("POS_ALLOW_PRIVATE_NETWORKS", "true"),
        ];
        self.place.start_as("pos", &own.map(|(name, value)| (format!("SHIME_{name}"), value.to_owned())));
    }

    /// The till closes the day that is so many days from today; gives the settlement's id.
    async fn close(&self, days: i64) -> Uuid {
        let settlement = settlement(self.today.saturating_add(days.days()));
        let document = serde_json::json!({"register_id": self.register, "settlement": settlement}).to_string();
        let request = reqwest::Client::new().post(format!("http://{}/api/v1/settlements", self.place.at));
        let request = request.bearer_auth(&self.token).header("content-type", "application/json").body(document);
        let answer = request.send().await.expect("it listens");
        let (status, text) = (answer.status(), answer.text().await.expect("an answer"));
        assert_eq!(status, 200, "{text}");
        settlement.id.0
    }

    /// What became of each settlement and how often it was tried, by date; and the claims that are left. Asked while no
    /// process runs.
    async fn recorded(&self) -> (Vec<(String, i64)>, i64) {
        let db = Db::open(&self.database).await.unwrap();
        let read = db.read(async |tx: &mut Tx| {
            let tried = "SELECT o.state, (SELECT COUNT(*) FROM attempt a WHERE a.event_id = o.event_id) AS tried
                         FROM outbox o ORDER BY o.business_date";
            let claims =
                "SELECT COUNT(*) AS n FROM store_link WHERE claimed_until IS NOT NULL OR claimed_event IS NOT NULL";
            Ok::<_, db::DbError>((tx.fetch_all(tried, args![]).await?, tx.fetch_one(claims, args![]).await?))
        });
        let (tried, claims) = read.await.unwrap();
        db.close().await;
        let tried = tried.iter().map(|row| (row.text("state").unwrap(), row.int("tried").unwrap()));
        (tried.collect(), claims.int("n").unwrap())
    }

    /// Waits until the head office says that so many are delivered.
    async fn until_delivered(&self, count: i64) {
        let url = format!("http://{}/api/v1/registers/{}/progress", self.place.at, self.register);
        let mut said = String::new();
        for _ in 0..3_000 {
            let answer = reqwest::Client::new().get(&url).bearer_auth(&self.token).send().await.expect("it listens");
            said = answer.text().await.expect("an answer");
            let progress: protocol::progress::RegisterProgress = serde_json::from_str(&said).expect("its progress");
            if progress.delivered == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {count} delivered: {said}");
    }
}

/// One bill, paid in cash at noon.
fn settlement(business_date: Date) -> Settlement {
    let opened_at = business_date.at(10, 0, 0, 0).in_tz("Asia/Tokyo").unwrap().timestamp();
    let check = simulator::cash_check(CheckId(shell::id()), 1, business_date, Yen(1_100), opened_at);
    simulator::cash_settlement(SettlementId(shell::id()), 1, business_date, opened_at, vec![check])
}

/// The trace ids of these attempts are the settlements' own.
fn settlements(came: &[Came]) -> Vec<Uuid> {
    for (settlement, trace) in came {
        assert!(trace.starts_with(&format!("00-{}-", settlement.simple())), "{settlement} came as {trace}");
    }
    came.iter().map(|(settlement, _)| *settlement).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_office_that_is_told_to_stop_records_what_is_under_way_and_sends_nothing_twice() {
    testing::each_url(async |url| {
        let receiver = Receiver::slow().await;
        let mut office = Office::linked(&url, &receiver).await;
        office.start();
        let first = office.close(0).await;
        receiver.until_came(1).await;
        let second = office.close(1).await;
        office.place.terminate();
        office.place.closes();
        let running = office.place.process.as_mut().expect("running").try_wait().expect("it can be asked");
        assert_eq!(running, None, "it waits for the answer");
        receiver.answer();
        assert!(office.place.ended(), "it ended well");
        let delivered = |tried: i64| ("delivered".to_owned(), tried);
        assert_eq!(office.recorded().await, (vec![delivered(1), ("waiting".to_owned(), 0)], 0));
        assert_eq!(settlements(&receiver.came()), [first], "nothing is begun after it was told");

        office.start();
        office.until_delivered(2).await;
        office.place.terminate();
        assert!(office.place.ended());
        assert_eq!(office.recorded().await, (vec![delivered(1), delivered(1)], 0));
        assert_eq!(settlements(&receiver.came()), [first, second], "each once");
    })
    .await;
}

#[test]
fn a_till_that_is_told_to_stop_ends_well_though_head_office_does_not_answer() {
    // Takes connections in and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mut place = Place::new();
    let (till, office) = (place.path("till.db"), silent.local_addr().expect("its address"));
    let own = [
        ("LISTEN", place.at.clone()),
        ("DATABASE", format!("sqlite:{}", till.display())),
        ("POS_URL", format!("http://{office}")),
        ("REGISTER_ID", shell::id().to_string()),
        ("TOKEN", "shime_till_of-a-test".to_owned()),
    ];
    let own = own.map(|(name, value)| (format!("SHIME_REGISTER_{name}"), value));
    // The second start finds the disk as the first one left it, held by nobody.
    for _ in 0..2 {
        place.start_as("register", &own);
        let (_asking, _) = silent.accept().expect("it asks head office for masters");
        assert!(place.asked("/healthz").contains("200"));
        place.terminate();
        assert!(place.ended(), "it ended well");
    }
}
