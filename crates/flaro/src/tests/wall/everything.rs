//! A company with one of each kind of thing, and the ids of those to ask for them by. What is a store's is of the
//! store that some of its own people don't see.

use db::{Tx, args};
use protocol::event::Event;
use simulator::revise;
use web::testing::routes::{Ids, path};

use super::town::{DAY, Town, YEAR_AGO, net, town, written};
use crate::{
    Role,
    api_tokens::PREFIX,
    imports::Kind,
    tests::pos::{facts, store_id},
};

/// Names that stand for its things.
const NAMES: [&str; 10] = [
    "朝日店",
    "夕日店",
    "株式会社0012",
    "kakariさん",
    "海のエリア",
    "潮のブランド",
    "夕日の科目",
    "夕日の集計",
    "夕日の連携",
    "夕日の困りごと",
];

/// What a day of the store out of sight is recognised by.
const DIGEST: &str = "SELECT d.digest AS id FROM business_day d
    JOIN store s ON s.company_id = d.company_id AND s.store_id = d.store_id
    WHERE s.name = '夕日店' AND d.business_date = $1";

const SUBJECT: &str = "SELECT subject_id AS id FROM subject WHERE name = $1";

/// What to do about a parameter that is new.
const NEW: &str = "make one such thing in `Everything::make` and add its id to `ids` in `Everything::name`";

/// What a person who needs help writes.
const ASKED: [(&str, &str); 5] = [
    ("company_name", "夕日の会社"),
    ("family_name", "太田"),
    ("given_name", "花子"),
    ("mail", "hanako@example.jp"),
    ("body", "夕日の困りごと"),
];

/// One of everything.
pub struct Everything {
    pub town: Town,
    /// The company's administrator, who looks after everybody's inquiries, too.
    pub admin: String,
    /// The token of one of its programs.
    pub token: String,
    /// An event that its POS has not sent yet.
    pub ahead: Event,
    ids: Ids,
}

/// Budgets, costs, areas, brands, people, inquiries, views, tokens, subjects, files, a conflict, an approved day and one that isn't.
pub async fn everything(db: db::Db) -> Everything {
    let town = town(db).await;
    town.house.company("0012", &[("kakari", Role::Headquarters, None)]).await;
    let support = "UPDATE account SET support = 1 WHERE login = 'kanri'";
    town.house.flaro.db.write(async move |tx: &mut Tx| tx.execute(support, args![]).await).await.unwrap();
    let mut forked = town.pos.event(2, 1, &revise(&town.theirs));
    forked.settlement.revision = 1;
    assert_eq!(town.pos.send(&town.house, &forked).await.status, 409);
    town.house.roll_up().await;
    let (admin, ahead) = (town.house.log_in("kanri").await, town.pos.event(2, 1, &facts(88)));
    let mut own = Everything { town, admin, token: String::new(), ahead, ids: Ids::new() };
    own.make().await;
    own.name(&forked).await;
    own
}

impl Everything {
    /// Makes its things as a person makes them.
    async fn make(&mut self) {
        let digest = self.one(DIGEST, args![DAY]).await;
        let approval = format!("/days/{}/{DAY}/approval", store_id(2));
        self.posted(&approval, &[("action", "approve"), ("digest", &digest)]).await;
        let month = format!("{}/2026-11", store_id(2));
        let day = [("version", "0"), ("net-2026-11-05", "70,000"), ("guests-2026-11-05", "40")];
        self.posted(&format!("/budgets/{month}"), &day).await;
        self.posted(&format!("/costs/{month}"), &[("version", "0"), ("rent", "30,000")]).await;
        let labour = [("version", "1"), ("cost-2026-11-05", "4,000"), ("hours-2026-11-05", "7:30")];
        self.posted(&format!("/costs/{month}/labour"), &labour).await;
        self.posted("/areas", &[("name", "海のエリア")]).await;
        self.posted("/brands", &[("name", "潮のブランド")]).await;
        for name in ["夕日の科目", "汐の科目"] {
            self.posted("/mapping/subjects", &[("what", "payment"), ("name", name)]).await;
        }
        self.posted("/bi/views", &[("name", "夕日の集計"), ("query", "d1=day&m=net")]).await;
        self.posted("/contact", &ASKED).await;
        let issued = self.town.house.post(&self.admin, "/settings/tokens", &[("name", "夕日の連携")]).await.text();
        let text = issued.split(PREFIX).nth(1).unwrap().split('"').next().unwrap();
        self.token = format!("{PREFIX}{text}");
        let category = self.one("SELECT category_id AS id FROM category ORDER BY category_id", args![]).await;
        self.ids.insert("category".to_owned(), category);
        for kind in Kind::ALL {
            let import = format!("/imports/{}", kind.word());
            let file = self.file(&import);
            let taken = self.town.house.upload(&self.admin, &import, "夕日.csv", file.as_bytes()).await;
            let place = taken.headers.get("location").unwrap_or_else(|| panic!("{import}: {}", taken.text()));
            let id = place.to_str().unwrap().rsplit('/').next().unwrap().to_owned();
            self.ids.insert(format!("{import}/{{id}}"), id);
        }
    }

    async fn posted(&self, path: &str, fields: &[(&str, &str)]) {
        let answer = self.town.house.post(&self.admin, path, fields).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
    }

    /// Writes down what they are called by.
    async fn name(&mut self, forked: &Event) {
        let account = self.one("SELECT account_id AS id FROM account WHERE login = 'kakari'", args![]).await;
        let linkage = self.town.pos.linkage.to_string();
        let ids = [
            ("account_id", account),
            ("/areas/{id}", self.one("SELECT area_id AS id FROM area", args![]).await),
            ("/brands/{id}", self.one("SELECT brand_id AS id FROM brand", args![]).await),
            ("/linkages/conflicts/{event}", forked.event_id.to_string()),
            ("/partner/v1/linkages/{id}", linkage),
            ("/webhook/{token}", self.town.pos.path.trim_start_matches("/webhook/").to_owned()),
            ("body", protocol::hash::Sha256::of(&forked.to_bytes()).to_string()),
            ("check", self.town.theirs.checks[0].id.to_string()),
            ("date", DAY.to_owned()),
            ("event", self.town.event.clone()),
            ("inquiry", self.one("SELECT inquiry_id AS id FROM inquiry", args![]).await),
            ("month", "2026-11".to_owned()),
            ("store", store_id(2).to_string()),
            ("subject", self.one(SUBJECT, args!["夕日の科目"]).await),
            ("subject to assign", self.one(SUBJECT, args!["汐の科目"]).await),
            ("token", self.one("SELECT token_id AS id FROM api_token", args![]).await),
            ("view", self.one("SELECT view_id AS id FROM bi_view", args![]).await),
            ("waiting", format!("{}/{YEAR_AGO}/{}", store_id(2), self.one(DIGEST, args![YEAR_AGO]).await)),
            ("what", "attendance".to_owned()),
        ];
        self.ids.extend(ids.map(|(name, id)| (name.to_owned(), id)));
    }

    /// The first of a kind; there must be one.
    async fn one(&self, sql: &'static str, args: db::Args) -> String {
        let unit = async move |tx: &mut Tx| tx.fetch_optional(sql, args).await;
        let row = self.town.house.flaro.db.read(unit).await.unwrap();
        row.unwrap_or_else(|| panic!("nothing: {sql}")).text("id").unwrap()
    }

    /// What something of the company is called by.
    pub fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }

    /// A route's paths with the company's own ids in place of its parameters: one, or one for each kind of file.
    pub fn paths(&self, pattern: &str) -> Vec<String> {
        let kinds = Kind::ALL.map(|kind| pattern.replace("{kind}", kind.word()));
        let count = if pattern.contains("{kind}") { kinds.len() } else { 1 };
        kinds[..count].iter().map(|pattern| path(pattern, &self.ids, NEW)).collect()
    }

    /// A file for a path that takes one, about the store out of sight.
    pub fn file(&self, import: &str) -> String {
        let kind = import.strip_prefix("/imports/").and_then(Kind::of).unwrap_or_else(|| panic!("{import} is new"));
        let row = match kind {
            Kind::Budgets => "00002,,2026/11/03,4321,9".to_owned(),
            Kind::Costs => "00002,,2026/11,1001,1002,1003".to_owned(),
            Kind::Labour => "00002,,2026/11/03,5432,8:30".to_owned(),
            Kind::Categories => format!("{},,ドリンク", self.id("category")),
            Kind::Mapping(what) => match what.name() {
                "payment" => "1,汐カード,10000000000000000001".to_owned(),
                "discount" => "値引,汐値引,20000000000000000001".to_owned(),
                _ => "汐看板,30000000000000000001".to_owned(),
            },
        };
        format!("{}\r\n{row}\r\n", kind.heads().join(","))
    }

    /// What its own people read of it.
    pub fn names(&self) -> Vec<String> {
        let figures = [&self.town.own, &self.town.theirs].map(|facts| web::format::yen(net(facts)));
        NAMES.map(ToOwned::to_owned).into_iter().chain(figures).collect()
    }

    /// What nobody else may read: names, figures and ids.
    pub fn secrets(&self) -> Vec<String> {
        let (own, theirs) = (net(&self.town.own), net(&self.town.theirs));
        let figures = [own, theirs, own + theirs].into_iter().flat_map(written);
        // Numbers in the running text of a page have their separators; codes and words are short and the same anywhere.
        let ids = self.ids.values().filter(|id| id.len() >= 36).cloned();
        NAMES.map(ToOwned::to_owned).into_iter().chain(figures).chain(ids).collect()
    }
}
