//! The till imports: well, refused, or while everybody is killed in turn.

use super::{OWNER, World, until};
use crate::{
    processes::{Process, command},
    sales_file::SalesFile,
};
use std::{process::Output, time::Duration};

impl World {
    /// Imports a file; what the command said.
    pub fn import(&self, file: &SalesFile, more: &[&str]) -> String {
        let (well, said) = self.run_import(file, more);
        assert!(well, "{said}");
        said
    }

    /// Imports a file that must end with an error; what the command said.
    pub fn import_refused(&self, file: &SalesFile) -> String {
        let (well, said) = self.run_import(file, &[]);
        assert!(!well, "{said}");
        said
    }

    /// Imports a file and waits until it has arrived; what the till logged.
    pub fn import_logged(&self, file: &SalesFile) -> String {
        let output = self.ran_import(file, &["--wait"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    fn import_args(&self, file: &SalesFile) -> Vec<String> {
        let path = self.dir.path().join("sales.csv");
        std::fs::write(&path, file.csv()).expect("the file is written");
        let path = path.display().to_string();
        ["import", &path, "--mapping", "takeaway", "--past-login", OWNER].map(str::to_owned).to_vec()
    }

    fn ran_import(&self, file: &SalesFile, more: &[&str]) -> Output {
        let owned = self.import_args(file);
        let args: Vec<&str> = owned.iter().map(String::as_str).chain(more.iter().copied()).collect();
        command(&args, &self.env()).output().expect("the import runs")
    }

    fn run_import(&self, file: &SalesFile, more: &[&str]) -> (bool, String) {
        let output = self.ran_import(file, more);
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.success(), said)
    }

    fn start_import(&self, file: &SalesFile) -> Process {
        let owned = self.import_args(file);
        let args: Vec<&str> = owned.iter().map(String::as_str).collect();
        Process::start(&args, &self.env(), &self.log("till"))
    }

    /// Imports a file, a day more at each start of the till, while till, head office and back office are killed in
    /// turn and started again: once each per day, so that something is on its way whoever is killed. How often each
    /// was; all run again when it returns.
    pub async fn import_under_fire(&mut self, file: &SalesFile, days: u32) -> [u32; 3] {
        let mut kills = [0; 3];
        let mut till = self.start_import(&file.first_days(1));
        for round in 0..3 * days {
            // Anywhere in its work: the pauses differ, and nothing is asserted about time.
            tokio::time::sleep(Duration::from_millis(40 + u64::from(round * 37 % 160))).await;
            match round % 3 {
                0 => {
                    till.kill();
                    till = self.start_import(&file.first_days(round / 3 + 1));
                }
                1 => {
                    self.pos.take().expect("the head office runs").kill();
                    self.start_pos();
                }
                _ => {
                    self.kill_flaro();
                    self.start_flaro();
                }
            }
            kills[usize::try_from(round % 3).unwrap()] += 1;
        }
        until("the last import ends", async || till.ended().is_some()).await;
        assert_eq!(till.ended(), Some(true), "the last import ends well: {}", self.logged("till"));
        // Who was killed last may still be starting, with everything arrived long before.
        self.start_everything().await;
        kills
    }
}
