//! What arrives, and whether both ends agree on it.

use super::{CREDENTIAL, World, healthy, until};
use crate::sales_file::SalesFile;
use protocol::{control::ControlTotals, progress::RegisterProgress};
use std::collections::BTreeMap;

impl World {
    /// Waits until the head office says that nothing is on its way and every day was compared.
    pub async fn wait_settled(&self, file: &SalesFile) {
        let days = i64::try_from(file.totals().len()).unwrap();
        until("everything has arrived", async || {
            self.progress().await.is_some_and(|p| p.settlements == days && p.is_settled())
        })
        .await;
    }

    async fn progress(&self) -> Option<RegisterProgress> {
        let url = format!("{}/api/v1/registers/{}/progress", self.pos_url(), self.register);
        let answer = reqwest::Client::new().get(url).bearer_auth(&self.token).send().await.ok()?;
        answer.json().await.ok()
    }

    /// What the back office has is what the file comes to, day by day, and both ends agree.
    pub async fn expect_arrived(&self, file: &SalesFile) {
        let expected = file.totals();
        assert_eq!(self.arrived().await, expected);
        let progress = self.progress().await.expect("the head office answers");
        let days = i64::try_from(expected.len()).unwrap();
        let agreed =
            RegisterProgress { settlements: days, delivered: days, days, days_agreed: days, ..Default::default() };
        assert_eq!(progress, agreed);
    }

    /// Waits until the back office has what the file comes to.
    pub async fn wait_arrived(&self, file: &SalesFile) {
        let expected = file.totals();
        healthy(&self.flaro_url()).await;
        until("the back office has everything", async || self.arrived().await == expected).await;
    }

    /// What the back office has.
    pub async fn held(&self) -> ControlTotals {
        let url = format!("{}/partner/v1/linkages/{}/control-totals", self.flaro_url(), self.linkage_id);
        let url = format!("{url}?from=2016-12-01&to=2017-03-01");
        let totals = reqwest::Client::new().get(url).bearer_auth(CREDENTIAL).send().await.unwrap();
        totals.json().await.unwrap()
    }

    /// The same by day of January.
    async fn arrived(&self) -> BTreeMap<u32, (i64, i64)> {
        let totals = self.held().await;
        let arrived = totals.days.iter().map(|day| {
            assert_eq!(day.sums.settlements, 1, "one settlement on {}", day.business_date);
            let in_january = u32::try_from(day.business_date.day()).unwrap();
            (in_january, (day.sums.checks, day.sums.net.0 + day.sums.tax.0))
        });
        arrived.collect()
    }
}
