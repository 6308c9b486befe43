//! The linkage as its people see it: start, register, past days, deliveries, end; and the API of an import.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use base64::Engine;
use db::testing::each_engine;
use tower::ServiceExt;
use web::testing::assert_page;

use super::World;
use crate::accounts::Role;
use crate::queue::api::PastLinkageState;
use crate::{provision, server};

const PASSWORD: &str = "みなとの朝は早い二〇二六";
const HERE: &str = "/settings/linkages/flaro";

/// Somebody at a browser.
pub(super) struct Person<'a> {
    world: &'a World,
    cookie: String,
}

pub(super) struct Seen {
    pub status: StatusCode,
    location: String,
    pub text: String,
}

impl Seen {
    pub fn has(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.text.contains(word), "no {word} in {}", self.text);
        }
        self
    }
}

impl<'a> Person<'a> {
    pub async fn log_in(world: &'a World, login: &str, role: Role) -> Self {
        provision::account(&world.pos, &world.tenant, login, "太田", role, PASSWORD).await.unwrap();
        let mut person = Self { world, cookie: String::new() };
        let request =
            person.request("POST", "/login").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form = encoded(&[("login", login), ("password", PASSWORD), ("next", "")]);
        let response =
            server::router(world.pos.clone()).oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        person.cookie = cookie.split(';').next().unwrap().to_owned();
        person
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, &self.cookie)
            .header("sec-fetch-site", "same-origin")
    }

    async fn send(&self, request: Request<Body>) -> Seen {
        let response = server::router(self.world.pos.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let header = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap_or("")).to_owned();
        let (location, kind) = (header(header::LOCATION), header(header::CONTENT_TYPE));
        let text = String::from_utf8_lossy(&to_bytes(response.into_body(), 8 << 20).await.unwrap()).into_owned();
        if kind.starts_with("text/html") {
            assert_page(&text);
        }
        Seen { status, location, text }
    }

    pub async fn get(&self, path: &str) -> Seen {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let request = self.request("POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(encoded(fields))).unwrap()).await
    }

    /// Posts, and looks at where it leads.
    pub async fn does(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let seen = self.post(path, fields).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        self.get(&seen.location).await
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[tokio::test]
async fn an_admin_links_registers_and_ends() {
    each_engine(async |db| {
        let world = World::new(db, 2).await;
        let admin = Person::log_in(&world, "admin", Role::CompanyAdmin).await;
        admin.get(HERE).await.has(&["連携開始", "0012345", "株式会社みなと食堂", "商品時間帯別売上"]);

        world.flaro.book().unknown_company = true;
        let refused = admin.post(&format!("{HERE}/start"), &[("inherit", "on")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.has(&["企業コード「0012345」が見つかりません"]);
        world.flaro.book().unknown_company = false;
        let started = admin.post(&format!("{HERE}/start"), &[("inherit", "on")]).await;
        started.has(&["Webhook連携先URL", &format!("{}/hook/1", world.flaro.address), "readonly"]);

        let linked = admin.get(HERE).await;
        linked.has(&["1号店", "2号店", "未設定", "店舗名がFLAROの店舗と合っていることを確認", "共通設定", "連携解除"]);
        assert!(!linked.text.contains("/hook/1"), "the address is shown once");

        let [one, two] = [world.stores[0].0, world.stores[1].0];
        let names = |id| ["version", "code", "start", "end", "enabled"].map(|field| format!("{field}.{id}"));
        let (one, two) = (names(one), names(two));
        let mut fields = vec![("generation", "1"), (&one[0], "1"), (&one[1], "0000000101"), (&one[2], "2026/11/22")];
        fields.extend([(one[3].as_str(), "2099/12/31"), (one[4].as_str(), "on"), (two[0].as_str(), "1")]);
        let mut wrong = fields.clone();
        wrong.push((&two[1], "10000000102"));
        let mistaken = admin.post(&format!("{HERE}/stores"), &wrong).await;
        assert_eq!(mistaken.status, StatusCode::UNPROCESSABLE_ENTITY);
        mistaken.has(&["（いま11桁です）", "value=\"10000000102\"", "value=\"0000000101\"", "aria-invalid"]);

        admin.does(&format!("{HERE}/stores"), &fields).await.has(&["登録しました（1店舗）", "連携済", "未設定"]);
        let stale = admin.post(&format!("{HERE}/stores"), &fields).await;
        stale.has(&["太田さんが変更しました", "もう一度「登録」を押してください"]);

        admin.does(&format!("{HERE}/common"), &[("own_products", "on")]).await.has(&["共通設定を登録しました"]);
        admin.does(&format!("{HERE}/held"), &[("held", "yes")]).await.has(&["一時停止中", "送信を再開"]);
        admin.does(&format!("{HERE}/end"), &[]).await.has(&["連携を解除しました", "連携開始", "前回の連携の履歴"]);
    })
    .await;
}

#[tokio::test]
async fn held_days_codes_and_a_test_are_one_step_away() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        let admin = Person::log_in(&world, "admin", Role::CompanyAdmin).await;
        let test = format!("{HERE}/test");
        admin.does(&test, &[]).await.has(&["テスト送信は成功しました"]);
        assert_eq!(world.flaro.book().events[0].event_type, protocol::event::EventType::Test);
        world.flaro.book().says.push_back(super::flaro::Says::Status(401));
        admin.does(&test, &[]).await.has(&["受け付けられませんでした（401）"]);
        assert!(world.states().await.is_empty(), "nothing is queued");

        world.save(0, "2026/11/22", "2026/12/31", false).await;
        world.close(0, "2026-11-22", 1_100).await;
        let store = world.stores[0].0;
        let held = format!("{HERE}/stores/{store}/held");
        admin.get(HERE).await.has(&["停止中・保留1件", &held]);
        admin.get(&held).await.has(&["2026/11/22（日）", "1件", "送らない…"]);
        admin
            .does(&held, &[("day", "2026/11/22")])
            .await
            .has(&["2026/11/22 の保留分は送りません", "保留中の精算はありません"]);

        let mapping = format!("{HERE}/stores/{store}/mapping");
        admin.get(&mapping).await.has(&["支払種別の設定がありません", "店舗管理でこの店舗の広告媒体を設定"]);
        let (pos, tenant) = (&world.pos, &world.tenant);
        let visa = provision::payment_method(pos, tenant, sales::PaymentKind::CreditCard, "Visa").await.unwrap();
        let kind = crate::masters::SettingKind::Payment;
        provision::store_settings(pos, tenant, store, kind, std::slice::from_ref(&visa)).await.unwrap();
        admin.get(&mapping).await.has(&["支払科目名称", "Visa", visa.as_str(), "CSVダウンロード"]);
        let csv = admin.get(&format!("{mapping}?table=payments")).await;
        assert_eq!(csv.text, format!("\u{feff}支払種目,支払科目名称,取込コード\r\n1,Visa,{visa}\r\n"));
    })
    .await;
}

#[tokio::test]
async fn only_an_admin_may_link_and_a_store_sees_none_of_it() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        let office = Person::log_in(&world, "office", Role::HeadOffice).await;
        assert_eq!(office.get(HERE).await.status, StatusCode::OK);
        for path in ["start", "end", "stores", "common"] {
            assert_eq!(office.post(&format!("{HERE}/{path}"), &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(office.get(&format!("{HERE}/past")).await.status, StatusCode::FORBIDDEN);
        let store = Person::log_in(&world, "store", Role::Store(world.stores[0].0)).await;
        for path in [HERE, "/deliveries", "/deliveries/comparison"] {
            assert_eq!(store.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn deliveries_are_listed_looked_into_and_sent_again() {
    each_engine(async |db| {
        let world = World::linked(db, 2).await;
        let office = Person::log_in(&world, "office", Role::HeadOffice).await;
        office.get("/deliveries").await.has(&["まだ送信がありません"]);
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.flaro.book().down = Some(super::flaro::Says::Status(422));
        world.close(1, "2026-11-22", 2_200).await;
        world.until("attention", 1).await;
        world.flaro.book().down = None;

        office.get("/deliveries").await.has(&["1号店", "2号店", "送信済み", "要対応", "受領証あり"]);
        let some = office.get("/deliveries?state=attention").await;
        assert!(!some.text.contains("<td>1号店"), "{}", some.text);
        office.get("/deliveries?format=csv").await.has(&["営業日,店舗,レジ"]);
        let event = world.flaro.book().events[0].clone();
        let page = office.get(&format!("/deliveries/{}", event.event_id)).await;
        page.has(&["送信の試行", "200", "焼魚定食", "商品別売上", "settlement.closed", "再送"]);
        let body = office.get(&format!("/deliveries/{}?format=json", event.event_id)).await;
        assert_eq!(body.text.as_bytes(), event.to_bytes());
        let again = office.does(&format!("/deliveries/{}/resend", event.event_id), &[]).await;
        again.has(&["再送の列に入れました"]);
        let period = [("from", "2026/11/22"), ("to", "2026/11/22")];
        office.get("/deliveries?from=2026/11/22&to=2026/11/22").await.has(&["この期間を再送"]);
        office.does("/deliveries/resend", &period).await.has(&["2件を再送の列に入れました"]);
        world.until("delivered", 2).await;
        world.pass(3);
        world
            .until_row("SELECT state FROM reconciliation WHERE company_id = $1 AND state <> 'matched'", "state", "")
            .await;
        office.get("/deliveries/comparison").await.has(&["照合済", "2026/11/22"]);
        assert_eq!(office.get("/deliveries/00000000-0000-0000-0000-000000000000").await.status, StatusCode::NOT_FOUND);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn past_days_are_previewed_with_a_warning_and_confirmed() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        world.close(0, "2026-10-01", 1_100).await;
        let admin = Person::log_in(&world, "admin", Role::CompanyAdmin).await;
        let store = world.stores[0].0.to_string();
        let path = format!("{HERE}/past");
        let wrong = admin.get(&format!("{path}?store=&from=2026/10/01&to=")).await;
        wrong.has(&["店舗を選択してください", "終わりの営業日を入力してください"]);
        let seen = admin.get(&format!("{path}?store={store}&from=2026/10/01&to=2026/10/31")).await;
        seen.has(&["1日", "1件", "¥1,100", "二重に計上", "過去分を送る"]);
        let fields = [("store", store.as_str()), ("from", "2026/10/01"), ("to", "2026/10/31")];
        admin.does(&path, &fields).await.has(&["過去分連携を受け付けました（1件）", "0 / 1"]);
        world.run();
        world.until("delivered", 1).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_program_asks_for_past_days_in_an_admins_name() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        world.close(0, "2026-10-01", 1_100).await;
        let admin = Person::log_in(&world, "admin", Role::CompanyAdmin).await;
        Person::log_in(&world, "office", Role::HeadOffice).await;
        let store = world.stores[0].0;
        let ask = async |login: &str, password: &str, to: &str| {
            let basic = base64::engine::general_purpose::STANDARD.encode(format!("{login}:{password}"));
            let body = serde_json::json!({"store_id": store, "from": "2026-10-01", "to": to}).to_string();
            let request = Request::post("/api/v1/past-linkages")
                .header(header::AUTHORIZATION, format!("Basic {basic}"))
                .header(header::CONTENT_TYPE, "application/json");
            admin.send(request.body(Body::from(body)).unwrap()).await
        };
        assert_eq!(ask("admin", "wrong password", "2026-10-31").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("office", PASSWORD, "2026-10-31").await.status, StatusCode::FORBIDDEN);
        assert_eq!(ask("admin", PASSWORD, "2026-09-30").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let asked = ask("admin", PASSWORD, "2026-10-31").await;
        assert_eq!(asked.status, StatusCode::ACCEPTED);
        let asked: PastLinkageState = serde_json::from_str(&asked.text).unwrap();
        assert_eq!((asked.total, asked.done), (1, false));
        world.run();
        world.until("delivered", 1).await;
        world.stop().await;
    })
    .await;
}
