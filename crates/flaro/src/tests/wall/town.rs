//! Two stores with a day each, the second's a year ago, too; some people see the first only.

use crate::{
    Company, Role, api_tokens,
    audit::Stamp,
    tenant::Scope,
    tests::{
        house::{Answer, House},
        pos::{Pos, facts, on, store, store_id},
    },
};
use axum::{
    body::Body,
    http::{Request, header},
};
use db::{Tx, args};
use sales::Settlement;

/// The day that both stores have.
pub const DAY: &str = "2026-11-21";
/// The other day of the second store.
pub const YEAR_AGO: &str = "2025-11-22";

/// A company, and another one of which nothing is known but its administrator.
pub struct Town {
    pub house: House,
    pub company: Company,
    pub pos: Pos,
    /// The day of the store that is out of sight.
    pub theirs: Settlement,
    pub own: Settlement,
    /// The event that brought it.
    pub event: String,
}

/// Opens it.
pub async fn town(db: db::Db) -> Town {
    let house = House::new(db).await;
    let one = || Some(vec![store_id(1)]);
    let people =
        [("tencho", Role::Manager, one()), ("honbu1", Role::Headquarters, one()), ("kanri", Role::Administrator, None)];
    let company = house.company("0012", &people).await;
    house.company("0034", &[("yoso", Role::Administrator, None)]).await;
    let pos = Pos::link(&house, "0012", 1, vec![named(1, "朝日店"), named(2, "夕日店")]).await;
    let (own, theirs) = (facts(41), facts(52));
    pos.settle(&house, 1, 1, &own).await;
    let event = pos.event(2, 1, &theirs);
    assert_eq!(pos.send(&house, &event).await.status, 200);
    pos.settle(&house, 2, 1, &on(YEAR_AGO, facts(63))).await;
    house.roll_up().await;
    Town { house, company, pos, theirs, own, event: event.event_id.to_string() }
}

/// A store under a name.
pub fn named(n: u128, name: &str) -> protocol::partner::LinkedStore {
    protocol::partner::LinkedStore { name: name.to_owned(), ..store(n, 1) }
}

/// What a day sold.
pub fn net(facts: &Settlement) -> i64 {
    sales::datasets(facts).unwrap().settlement.net.0
}

/// As people read it, and as cells of a file and values of JSON.
pub fn written(n: i64) -> impl Iterator<Item = String> {
    let plain = [format!(",{n},"), format!(",{n}\r"), format!(":{n},"), format!(":{n}}}")];
    plain.into_iter().chain([web::format::yen(n), web::format::thousands(n)])
}

impl Town {
    /// Nothing of the other store: not its name, not its figures, not the sums that it is in.
    pub fn assert_nothing_of_it(&self, answer: &Answer, what: &str) {
        let text = answer.text();
        let (theirs, both) = (net(&self.theirs), net(&self.theirs) + net(&self.own));
        for secret in [theirs, both].into_iter().flat_map(written).chain(["夕日店".to_owned()]) {
            assert!(!text.contains(&secret), "{what} tells {secret}");
        }
    }

    /// A token of somebody, made as the page makes it.
    pub async fn token(&self, login: &str) -> String {
        let login = login.to_owned();
        let (text, stamp) = (api_tokens::text((self.house.flaro.random_bytes)()), Stamp::new(&self.house.flaro));
        let kept = text.clone();
        let unit = async move |tx: &mut Tx| -> Result<bool, db::DbError> {
            let sql = "SELECT company_id, account_id, all_stores FROM account WHERE login = $1";
            let row = tx.fetch_one(sql, args![&login]).await?;
            let (company, account_id) = (Company::of(&row)?, row.text("account_id")?);
            let scope = Scope { company, all_stores: row.flag("all_stores")?, account_id };
            api_tokens::issue(tx, &scope, &login, ("test", &kept), stamp).await
        };
        assert!(self.house.flaro.db.write(unit).await.unwrap());
        text
    }
}

/// Asks with a bearer's credential.
pub async fn ask(house: &House, path: &str, token: &str) -> Answer {
    let request = Request::builder().uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    house.call(request.body(Body::empty()).unwrap()).await
}
