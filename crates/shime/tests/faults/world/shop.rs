//! A shop: its till as a program that imports what was sold, a business date after the other, and what it must come to.

use super::{OWNER, PASSWORD};
use crate::{
    machine::Machine,
    sales_file::SalesFile,
    shell::{self, id},
};
use db::Db;
use register::Till;
use sales::{RegisterId, StoreId};
use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

/// Business date of January 2017: checks and yen.
pub type Days = BTreeMap<u32, (i64, i64)>;

/// A shop.
pub struct Shop {
    /// 店舗
    pub store: StoreId,
    /// Its till.
    pub register: RegisterId,
    /// The till's own.
    pub token: String,
    /// What it sells.
    pub file: SalesFile,
    /// The till's program.
    pub till: Machine,
    disk: String,
    /// Files of a business date each.
    days: Vec<String>,
    /// Which of them the till sells now, or sold last.
    day: usize,
    /// How many it may sell as yet.
    open: usize,
}

impl Shop {
    /// Nothing may be sold yet.
    pub fn new(dir: &Path, nth: u32, made: shell::Shop, file: SalesFile, pos_url: String) -> Self {
        let shell::Shop { store, register, token } = made;
        let disk = format!("sqlite:{}", dir.join(format!("till-{nth}.db")).display());
        let env = vec![
            ("SHIME_LOG_FILTER", "warn".to_owned()),
            ("SHIME_IMPORT_PASSWORD", PASSWORD.to_owned()),
            ("SHIME_REGISTER_DATABASE", disk.clone()),
            ("SHIME_REGISTER_POS_URL", pos_url),
            ("SHIME_REGISTER_REGISTER_ID", register.to_string()),
            ("SHIME_REGISTER_TOKEN", token.clone()),
        ];
        let days = days(&file).into_iter().map(|(day, csv)| {
            let path = dir.join(format!("sales-{nth}-{day}.csv"));
            fs::write(&path, csv).expect("the file is written");
            path.display().to_string()
        });
        let days = days.collect::<Vec<_>>();
        let till = Machine::new(&import(&days[0]), env, dir.join(format!("till-{nth}.log")));
        Self { store, register, token, file, till, disk, days, day: 0, open: 0 }
    }

    /// One more business date may be sold, while there is one.
    pub fn may_sell_more(&mut self) {
        self.open = self.days.len().min(self.open + 1);
    }

    /// All of them.
    pub fn may_sell_all(&mut self) {
        self.open = self.days.len();
    }

    /// The till goes on with what it may sell.
    pub fn goes_on(&mut self) {
        if self.till.ended_well() == Some(true) {
            if self.day + 1 >= self.open {
                return;
            }
            self.day += 1;
            self.till.runs(&import(&self.days[self.day]));
        }
        self.till.start();
    }

    /// The till has something to do: what it may sell, or the last date once more, which it knows.
    pub fn works(&mut self) {
        self.goes_on();
        self.till.start();
    }

    /// Nothing is left to be sold or uploaded.
    pub fn has_sold_all(&mut self) -> bool {
        self.day + 1 == self.days.len() && self.till.ended_well() == Some(true)
    }

    /// What is on the till's disk.
    pub async fn kept(&self) -> Days {
        let db = Db::open(&self.disk).await.unwrap();
        let till = Till::open(db.clone(), self.register, Arc::new(id)).await.unwrap();
        till.verify().await.unwrap();
        let filed = till.settlements(u32::MAX).await.unwrap();
        let mut days = Days::new();
        for one in filed {
            let sums = (one.control.checks, one.control.net.0 + one.control.tax.0);
            let before = days.insert(u32::try_from(one.business_date.day()).unwrap(), sums);
            assert_eq!(before, None, "one settlement on {}", one.business_date);
        }
        drop(till);
        db.close().await;
        days
    }
}

fn import(file: &str) -> [&str; 6] {
    ["import", file, "--mapping", "takeaway", "--past-login", OWNER]
}

/// The file's lines by business date, which a ticket's number begins with.
fn days(file: &SalesFile) -> BTreeMap<u32, String> {
    let csv = file.csv();
    let (head, lines) = csv.split_once('\n').expect("a line of names");
    let mut days = BTreeMap::<u32, String>::new();
    for line in lines.lines() {
        let ticket: u32 = line.split(',').next().and_then(|number| number.parse().ok()).expect("a ticket's number");
        let day = days.entry(ticket / 1_000).or_insert_with(|| format!("{head}\n"));
        day.push_str(line);
        day.push('\n');
    }
    days
}
