//! SQLite's writer: nobody waits behind another's crowd.

mod story;

use std::sync::{Arc, Mutex};

use db::{Db, DbError, Tx};
use story::on_sqlite_shelf;
use tokio::sync::Notify;

/// Units of the crowd.
const CROWD: usize = 60;

#[tokio::test]
async fn one_who_comes_behind_a_crowd_is_served_next_but_one() {
    on_sqlite_shelf(async |db: Db| {
        let (inside, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let served = Arc::new(Mutex::new(Vec::new()));
        let (entered, told, first) = (inside.clone(), go_on.clone(), db.clone());
        let first = tokio::spawn(async move {
            let unit = async move |_: &mut Tx| -> Result<(), DbError> {
                entered.notify_one();
                told.notified().await;
                Ok(())
            };
            first.write(unit).await
        });
        inside.notified().await;
        let mut units = Vec::new();
        for whose in std::iter::repeat_n("crowd", CROWD).chain(["one"]) {
            let (line, served) = (db.in_line_of(whose), served.clone());
            units.push(tokio::spawn(async move {
                let unit = async move |_: &mut Tx| -> Result<(), DbError> {
                    served.lock().expect("nobody panics with it").push(whose);
                    Ok(())
                };
                line.write(unit).await
            }));
            tokio::task::yield_now().await;
        }
        go_on.notify_one();
        first.await.expect("not panicked").expect("kept");
        for unit in units {
            unit.await.expect("not panicked").expect("kept");
        }
        let served = served.lock().expect("nobody panics with it");
        assert_eq!(served.len(), CROWD + 1);
        assert_eq!(served.iter().position(|whose| *whose == "one"), Some(1));
    })
    .await;
}
