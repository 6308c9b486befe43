//! When the storm is over: everything comes to rest by itself, and to what it must.

use super::{
    CREDENTIAL, LOOKS_MAX, World,
    shop::{Days, Shop},
};
use crate::proxy::Proxy;
use protocol::{control::ControlTotals, progress::RegisterProgress};
use sales::StoreId;
use std::{collections::BTreeMap, time::Duration};

/// What a person must look at.
const TOLD: &str = "SELECT kind, detail FROM attention";

impl World {
    /// The storm is over: everything goes by itself, and comes to what it must.
    pub async fn comes_to_rest(&mut self) {
        // What waits for a later try is due at once when its program begins.
        self.pos.kill();
        self.shops.iter_mut().for_each(Shop::may_sell_all);
        for look in 0.. {
            self.start_all();
            let finished = self.shops.iter_mut().all(Shop::has_sold_all);
            if finished && self.is_settled().await {
                break;
            }
            assert!(look < LOOKS_MAX * self.times, "it never came to rest:\n{}", self.state().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let shown = self.shown().await;
        for (nth, shop) in self.shops.iter().enumerate() {
            let expected = shop.file.totals();
            assert_eq!(shop.kept().await, expected, "what till {nth} kept is its file");
            assert_eq!(shown.get(&shop.store), Some(&expected), "what the back office shows is what till {nth} kept");
        }
        assert_eq!(shown.len(), self.shops.len(), "and of nobody else");
        self.pos.kill();
        let pos = self.head_office().await;
        let told = pos.db.read(async |tx: &mut db::Tx| tx.fetch_all(TOLD, db::args![]).await).await.unwrap();
        assert!(told.is_empty(), "nothing that a person must look at: {told:?}");
        pos.db.close().await;
    }

    async fn is_settled(&self) -> bool {
        for shop in &self.shops {
            let days = i64::try_from(shop.file.totals().len()).unwrap();
            let agreed =
                RegisterProgress { settlements: days, delivered: days, days, days_agreed: days, ..Default::default() };
            if self.progress(shop).await != Some(agreed) {
                return false;
            }
        }
        true
    }

    async fn progress(&self, shop: &Shop) -> Option<RegisterProgress> {
        let url = format!("http://{}/api/v1/registers/{}/progress", self.pos_at, shop.register);
        let answer = reqwest::Client::new().get(url).bearer_auth(&shop.token).send().await.ok()?;
        answer.json().await.ok()
    }

    /// What the back office has, by store.
    async fn shown(&self) -> BTreeMap<StoreId, Days> {
        let url = format!("http://{}/partner/v1/linkages/{}/control-totals", self.flaro_at, self.linkage_id);
        let url = format!("{url}?from=2016-12-01&to=2017-03-01");
        let totals = reqwest::Client::new().get(url).bearer_auth(CREDENTIAL).send().await.unwrap();
        let totals: ControlTotals = totals.json().await.unwrap();
        let mut shown = BTreeMap::<StoreId, Days>::new();
        for day in totals.days {
            assert_eq!(day.sums.settlements, 1, "one settlement on {}", day.business_date);
            let in_january = u32::try_from(day.business_date.day()).unwrap();
            let sums = (day.sums.checks, day.sums.net.0 + day.sums.tax.0);
            assert_eq!(shown.entry(day.store_id).or_default().insert(in_january, sums), None, "a day once");
        }
        shown
    }

    async fn state(&mut self) -> String {
        let mut state = Vec::new();
        for shop in &self.shops {
            state.push(format!(
                "{:?} of {} days: {:?}",
                shop.store,
                shop.file.totals().len(),
                self.progress(shop).await
            ));
        }
        state.push(format!("{:?}", self.lines.each_ref().map(Proxy::struck)));
        for (nth, name) in ["head office", "back office", "till 1", "till 2"].into_iter().enumerate() {
            let program = self.program(u32::try_from(nth).unwrap());
            state.push(format!(
                "{name}: ended {:?}, killed {}\n{}",
                program.ended_well(),
                program.killed,
                program.said()
            ));
        }
        state.join("\n")
    }
}
