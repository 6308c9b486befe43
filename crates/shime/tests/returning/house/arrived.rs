//! Whether everything is where it must be: at the back office, compared, and nothing else beside it.

use super::{CREDENTIAL, House, LOOKS_MAX, OTHERS};
use crate::{crowd::Crowd, line::Line, usual::Done};
use jiff::ToSpan;
use protocol::{control::ControlTotals, progress::RegisterProgress};
use std::time::Duration;

impl House {
    /// Waits until the back office has as many settlements as the chain brought. Looked at as an operator does: what the
    /// back office itself has is read when the head office says that next to nothing waits, as it takes a while.
    pub async fn delivered(&mut self, crowd: &Crowd) {
        let mut has = 0;
        for _ in 0..LOOKS_MAX {
            if self.waiting().await <= u64::from(OTHERS) {
                self.delivered_after = crowd.came.elapsed();
                has = self.totals(0).await.0;
                if has >= crowd.settlements {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        panic!("{has} of {} settlements were delivered\n{}", crowd.settlements, self.said());
    }

    /// Settlements at the head office that the back office does not have, by its figures.
    async fn waiting(&self) -> u64 {
        let page = reqwest::get(format!("http://{}/metrics", self.figures_at)).await.expect("figures");
        let page = page.text().await.expect("figures");
        let counts = page.lines().filter_map(|line| line.strip_prefix("shime_settlements{")?.split(' ').next_back());
        counts.map(|count| count.parse::<u64>().expect("a count")).sum()
    }

    /// Waits until the head office says of every till that its days are compared.
    pub async fn compared(&mut self, crowd: &Crowd) {
        // The last ones: days are compared in the order they were delivered, or nearly.
        let mut line = Line::new(&self.pos_at, 1);
        for till in self.chain.iter().chain(&self.other) {
            let path = format!("/api/v1/registers/{}/progress", till.register);
            for look in 0.. {
                let answer = line.ask("GET", &path, &till.token, "").await;
                let last = answer.ok().and_then(|a| serde_json::from_slice::<RegisterProgress>(&a.body).ok());
                if last.as_ref().is_some_and(|p| p.is_settled() && p.days_differing == 0 && p.needs_attention == 0) {
                    break;
                }
                assert!(look < LOOKS_MAX, "never compared: {till:?} {last:?}\n{}", self.said());
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        }
        self.compared_after = crowd.came.elapsed();
    }

    /// Both companies have what their tills kept, and nothing else.
    pub async fn expect_complete(&self, crowd: &Crowd, usual: &Done) {
        assert_eq!(self.totals(0).await, (crowd.settlements, crowd.yen), "the chain");
        assert_eq!(self.totals(1).await, usual.sums(), "the other company");
    }

    /// Settlements and yen at the back office, a day at a time: a chain is long.
    async fn totals(&self, company: usize) -> (usize, i64) {
        let (mut settlements, mut yen) = (0, 0);
        for ago in 0..4_i64 {
            let day = self.today.saturating_sub(ago.days());
            let linkage = &self.linkages[company];
            let url =
                format!("http://{}/partner/v1/linkages/{linkage}/control-totals?from={day}&to={day}", self.flaro_at);
            let answer = reqwest::Client::new().get(url).bearer_auth(CREDENTIAL).send().await.unwrap();
            let totals: ControlTotals = answer.json().await.unwrap();
            settlements += totals.days.iter().map(|day| day.settlements.len()).sum::<usize>();
            yen += totals.days.iter().map(|day| day.sums.payments.0).sum::<i64>();
        }
        (settlements, yen)
    }
}
