//! The till imports: well, refused, or while everybody is killed in turn.

use super::{OWNER, World};
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

    /// Imports a file while till, head office and back office are killed in turn, `times` each, and started again.
    /// How often each was.
    pub fn import_under_fire(&mut self, file: &SalesFile, times: usize) -> [usize; 3] {
        let owned = self.import_args(file);
        let args: Vec<&str> = owned.iter().map(String::as_str).collect();
        let mut kills = [0; 3];
        let mut till = Process::start(&args, &self.env(), &self.log("till"));
        for round in 0..3 * times {
            // Anywhere in its work: the pauses differ, and nothing is asserted about time.
            std::thread::sleep(Duration::from_millis(40 + u64::try_from(round * 37 % 160).unwrap()));
            match round % 3 {
                0 => {
                    till.kill();
                    till = Process::start(&args, &self.env(), &self.log("till"));
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
            kills[round % 3] += 1;
        }
        while till.ended().is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(till.ended(), Some(true), "the last import ends well: {}", self.logged("till"));
        kills
    }
}
