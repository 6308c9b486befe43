//! Two other companies: one that shares nothing with ours, and one whose stores have the very same ids.

use super::{
    asking::Wall,
    town::{DAY, YEAR_AGO, named},
};
use crate::{
    Role,
    tests::pos::{Pos, facts, on, store_id},
};

/// Another company: who it is in the database, its administrator's cookie, its program's token, its POS.
pub struct Neighbour {
    pub id: String,
    pub cookie: String,
    pub token: String,
    pub pos: Pos,
    /// Ids that are its own as well.
    pub knows: String,
}

/// One that has nothing with an id of the company's.
pub async fn stranger(wall: &Wall) -> Neighbour {
    let town = &wall.own.town;
    let id = town.house.company("0034", &[]).await.as_str().to_owned();
    let pos = Pos::link(&town.house, "0034", 1, vec![named(3, "隣町店")]).await;
    pos.settle(&town.house, 3, 1, &facts(79)).await;
    town.house.roll_up().await;
    Neighbour {
        id,
        cookie: town.house.log_in("yoso").await,
        token: town.token("yoso").await,
        pos,
        knows: String::new(),
    }
}

/// One whose POS calls its stores the same, with days of its own on the same dates.
pub async fn twin(wall: &Wall) -> Neighbour {
    let town = &wall.own.town;
    let id = town.house.company("0056", &[("futago", Role::Administrator, None)]).await.as_str().to_owned();
    let pos = Pos::link(&town.house, "0056", 1, vec![named(1, "双子一番店"), named(2, "双子二番店")]).await;
    pos.settle(&town.house, 2, 1, &facts(77)).await;
    pos.settle(&town.house, 2, 1, &on(YEAR_AGO, facts(78))).await;
    town.house.roll_up().await;
    let cookie = town.house.log_in("futago").await;
    let day = format!("/days/{}/{DAY}", store_id(2));
    let html = town.house.page(&cookie, &day).await.text();
    let digest = html.split(r#"name="digest" value=""#).nth(1).unwrap().split('"').next().unwrap();
    let approved =
        town.house.post(&cookie, &format!("{day}/approval"), &[("action", "approve"), ("digest", digest)]).await;
    assert_eq!(approved.status, 303, "{}", approved.text());
    let knows = format!("{} {}", wall.own.id("store"), wall.own.id("category"));
    Neighbour { id, cookie, token: town.token("futago").await, pos, knows }
}
