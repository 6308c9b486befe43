//! 担当者と権限, パスワード, お問い合わせ: links that open once, sessions that end, ranges that hold.

use super::{
    house::{Answer, House, PASSWORD},
    pos::{Pos, store, store_id},
};
use crate::{
    MailSecurity, Role, Smtp,
    inquiries::{self, Of, post},
};
use axum::http::header;
use db::Tx;
use jiff::SignedDuration;

async fn chain(db: db::Db) -> (House, String) {
    let house = House::new(db).await;
    house.company("0012", &[("kanri", Role::Administrator, None), ("honbu", Role::Headquarters, None)]).await;
    Pos::link(&house, "0012", 1, vec![store(1, 1), store(2, 1)]).await;
    let cookie = house.log_in("kanri").await;
    (house, cookie)
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.headers[header::LOCATION].to_str().unwrap().to_owned()
}

/// The token in a page that shows a link.
fn token(answer: &Answer) -> String {
    let text = answer.text();
    text.split("/invitation?token=").nth(1).unwrap_or_else(|| panic!("{text}")).split('"').next().unwrap().to_owned()
}

async fn id_of(house: &House, cookie: &str, name: &str) -> String {
    let list = house.page(cookie, "/people").await.text();
    let row = list.split("<tr>").skip(1).find(|row| row.contains(name)).unwrap().to_owned();
    row.split("/people/").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_invited_person_sets_a_password_once_and_sees_their_range_only() {
    db::testing::each_engine(async |db| {
        let (house, admin) = chain(db).await;
        let range = format!("store-{}", store_id(2));
        let form = [
            ("login", "taro@example.jp"),
            ("name", "太郎"),
            ("role", "manager"),
            ("range", "stores"),
            ("own", "usual"),
        ];
        let none = house.post(&admin, "/people/invite", &form).await;
        assert!(none.status == 422 && none.text().contains("店舗を1つ以上"));
        let form: Vec<_> = form.into_iter().chain([(range.as_str(), "on")]).collect();
        let token = token(&house.post(&admin, "/people/invite", &form).await);
        assert_eq!(house.post(&admin, "/people/invite", &form).await.status, 422, "the log-in is taken");
        let chosen =
            [("token", token.as_str()), ("password", "ほうれん草と海の幸2026"), ("again", "ほうれん草と海の幸2026")];
        let entered = house.post("", "/invitation", &chosen).await;
        assert_eq!(location(&entered), "/");
        let cookie = entered.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let stores = house.page(&cookie, "/stores").await.text();
        assert!(stores.contains("店2") && !stores.contains("店1"));
        assert_eq!(house.post("", "/invitation", &chosen).await.status, 404, "a link opens once");
        let id = id_of(&house, &admin, "太郎").await;
        location(&house.post(&admin, &format!("/people/{id}/state"), &[("to", "disabled")]).await);
        assert_eq!(house.page(&cookie, "/stores").await.status, 303, "切 ends every session at once");
        let history = house.page(&admin, "/history").await.text();
        assert!(history.contains("担当者を招待") && history.contains("店舗：店2") && history.contains("担当者を停止"));
    })
    .await;
}

#[tokio::test]
async fn nobody_raises_themselves_or_loses_the_last_administrator() {
    db::testing::each_engine(async |db| {
        let (house, admin) = chain(db).await;
        let me = id_of(&house, &admin, "kanriさん").await;
        let state = house.post(&admin, &format!("/people/{me}/state"), &[("to", "disabled")]).await;
        location(&state);
        assert!(house.page(&admin, &format!("/people/{me}")).await.text().contains("自分を停止することもできません"));
        let honbu = id_of(&house, &admin, "honbuさん").await;
        let own =
            [("name", "本部"), ("role", "headquarters"), ("range", "all"), ("own", "own"), ("right-people", "on")];
        location(&house.post(&admin, &format!("/people/{honbu}"), &own).await);
        let cookie = house.log_in("honbu").await;
        assert_eq!(house.page(&cookie, "/history").await.status, 403, "the list of its own replaces the role's");
        let raised = [("name", "本部"), ("role", "administrator"), ("range", "all"), ("own", "usual")];
        assert_eq!(house.post(&cookie, &format!("/people/{honbu}"), &raised).await.status, 422);
        assert_eq!(house.post(&cookie, &format!("/people/{me}/link"), &[]).await.status, 303);
        assert!(!house.page(&cookie, &format!("/people/{me}")).await.text().contains("まで、1回だけ"));
        // The operator's provisioning, run again at every start of the demo, leaves what a person changed.
        house.company("0012", &[("honbu", Role::Headquarters, None)]).await;
        assert!(house.page(&admin, "/people").await.text().contains("本部"));
        assert_eq!(house.page(&cookie, "/people").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn ones_own_password_is_changed_by_proving_the_present_one() {
    db::testing::each_engine(async |db| {
        let (house, admin) = chain(db).await;
        let other = house.log_in("kanri").await;
        let new = "あたらしい合言葉2026";
        let wrong = [("current", "ちがう合言葉かもしれない"), ("password", new), ("again", new)];
        assert_eq!(house.post(&admin, "/mypage", &wrong).await.status, 422);
        let apart = [("current", PASSWORD), ("password", new), ("again", "べつの合言葉2026年版")];
        assert_eq!(house.post(&admin, "/mypage", &apart).await.status, 422);
        let right = [("current", PASSWORD), ("password", new), ("again", new)];
        let done = house.post(&admin, "/mypage", &right).await;
        location(&done);
        assert_eq!(house.page(&other, "/mypage").await.status, 303, "other devices are logged out");
        let cookie = done.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        assert_eq!(house.page(cookie, "/mypage").await.status, 200);
    })
    .await;
}

const ASKED: [(&str, &str); 6] = [
    ("company_name", "みなと食堂"),
    ("department", "本店"),
    ("family_name", "太田"),
    ("given_name", "花子"),
    ("mail", "hanako@example.jp"),
    ("body", "15時ごろ、予算の画面で\n登録できませんでした。"),
];

#[tokio::test]
async fn an_inquiry_is_kept_whatever_the_mail_server_does_and_tried_again() {
    db::testing::each_engine(async |db| {
        // A port that nobody listens on.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let smtp = Smtp {
            host: "127.0.0.1".into(),
            port: free,
            security: MailSecurity::Plain,
            user: String::new(),
            password: String::new(),
            from: "flaro@example.jp".into(),
            to: "support@example.jp".into(),
        };
        let house = House::mailing(db, Some(smtp.clone())).await;
        house.company("0012", &[("kanri", Role::Administrator, None), ("honbu", Role::Headquarters, None)]).await;
        let cookie = house.log_in("honbu").await;
        let missing: Vec<_> = ASKED.into_iter().filter(|(name, _)| *name != "mail").collect();
        let refused = house.post(&cookie, "/contact", &missing).await;
        assert!(refused.status == 422 && refused.text().contains("登録できませんでした"), "nothing typed is lost");
        assert_eq!(location(&house.post(&cookie, "/contact", &ASKED).await), "/contact/list");
        assert!(house.page(&cookie, "/contact/list").await.text().contains("送信待ち"));
        assert_eq!(post::work(&house.flaro, &smtp).await.unwrap(), 1);
        assert!(house.page(&cookie, "/contact/list").await.text().contains("再送待ち"));
        assert_eq!(post::work(&house.flaro, &smtp).await.unwrap(), 0, "not before its time");
        house.wait(SignedDuration::from_mins(2));
        assert_eq!(post::work(&house.flaro, &smtp).await.unwrap(), 1);
        let all = house.flaro.db.read(async |tx: &mut Tx| inquiries::list(tx, &Of::Everybody, "", "").await).await;
        let all = all.unwrap();
        assert_eq!((all.len(), all[0].mail_tries, all[0].number), (1, 2, 1));
        assert!(all[0].mail_error.is_some() && all[0].typed.body.contains("登録できませんでした"));
        let mail = String::from_utf8(post::message(&smtp, &all[0]).unwrap().formatted()).unwrap();
        assert!(mail.contains("Reply-To: hanako@example.jp") && mail.contains("To: support@example.jp"));
    })
    .await;
}

#[tokio::test]
async fn only_support_sees_everybodys_inquiries_and_moves_them_on() {
    db::testing::each_engine(async |db| {
        let (house, admin) = chain(db).await;
        house.company("0034", &[("yoso", Role::Administrator, None)]).await;
        let (honbu, other) = (house.log_in("honbu").await, house.log_in("yoso").await);
        location(&house.post(&honbu, "/contact", &ASKED).await);
        assert!(
            house.page(&admin, "/contact/list").await.text().contains("画面のみ"),
            "the company's administrator sees it"
        );
        assert!(!house.page(&other, "/contact/list").await.text().contains("太田"));
        let list = house.page(&honbu, "/contact/list").await.text();
        let id = list
            .split("/contact/")
            .find_map(|rest| rest.split('"').next().filter(|id| id.len() == 36))
            .unwrap()
            .to_owned();
        assert_eq!(house.page(&other, &format!("/contact/{id}")).await.status, 404);
        for path in ["/support".to_owned(), format!("/support/{id}")] {
            assert_eq!(house.page(&admin, &path).await.status, 403, "{path}");
        }
        let moved = format!("/support/{id}/state");
        assert_eq!(house.post(&admin, &moved, &[("to", "done")]).await.status, 403);
        let unit =
            async |tx: &mut Tx| tx.execute("UPDATE account SET support = 1 WHERE login = 'yoso'", db::args![]).await;
        house.flaro.db.write(unit).await.unwrap();
        location(&house.post(&other, &moved, &[("to", "working")]).await);
        assert!(house.page(&honbu, &format!("/contact/{id}")).await.text().contains("対応中"));
        assert!(house.page(&other, "/support").await.text().contains("太田"));
    })
    .await;
}
