//! Copies of what a place has, and a place that goes on from one.

use super::World;
use crate::processes::command;
use std::path::{Path, PathBuf};

impl World {
    /// A copy of a place's database, while whatever runs goes on.
    pub fn back_up(&self, place: &str) -> PathBuf {
        let folder = self.dir.path().join(format!("copies-of-{place}"));
        let said = command(&["backup", place, "--to", &folder.display().to_string()], &self.env()).output();
        let said = said.expect("the backup runs");
        assert!(said.status.success(), "{said:?}");
        std::fs::read_dir(&folder).unwrap().next().expect("one copy").unwrap().path()
    }

    /// Goes on from a copy.
    fn restore(&self, place: &str, copy: &Path) {
        let args = ["restore", place, "--force", "--from", &copy.display().to_string()].map(str::to_owned);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let said = command(&args, &self.env()).output().expect("the restore runs");
        assert!(said.status.success(), "{said:?}");
    }

    /// The back office goes on from a copy; the hour passes after which the head office compares again.
    pub async fn restore_flaro(&mut self, copy: &Path) {
        self.kill_flaro();
        self.pos.take().expect("the head office runs").kill();
        #[cfg(feature = "postgres-tests")]
        crate::databases::make_room(&mut self.databases.flaro).await;
        self.restore("flaro", copy);
        let pos = self.head_office().await;
        let hour = "UPDATE reconciliation SET again_at = again_at - 3600000 WHERE again_at IS NOT NULL";
        pos.db.write(async move |tx: &mut db::Tx| tx.execute(hour, db::args![]).await).await.unwrap();
        pos.db.close().await;
        self.start_everything().await;
    }

    /// The head office goes on from a copy.
    pub async fn restore_pos(&mut self, copy: &Path) {
        self.pos.take().expect("the head office runs").kill();
        #[cfg(feature = "postgres-tests")]
        crate::databases::make_room(&mut self.databases.pos).await;
        self.restore("pos", copy);
        self.start_everything().await;
    }

    /// The till goes on from a copy.
    pub fn restore_till(&self, copy: &Path) {
        self.restore("register", copy);
    }
}
