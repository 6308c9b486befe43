//! A program of ours on a machine: started, killed without a word, started again.

use std::{
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Its number.
const SIGKILL: i32 = 9;

/// A program that runs, or will.
pub struct Machine {
    args: Vec<String>,
    env: Vec<(&'static str, String)>,
    log: PathBuf,
    child: Option<Child>,
    /// How often it was killed.
    pub killed: u32,
}

impl Machine {
    /// Nothing runs yet.
    pub fn new(args: &[&str], env: Vec<(&'static str, String)>, log: PathBuf) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self { args, env, log, child: None, killed: 0 }
    }

    /// From its next start on it runs with this command line.
    pub fn runs(&mut self, args: &[&str]) {
        self.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    }

    /// Starts the program, if it does not run.
    pub fn start(&mut self) {
        if self.running() {
            return;
        }
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.log).expect("a log file");
        let child = Command::new(env!("CARGO_BIN_EXE_shime"))
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (*name, value.as_str())))
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .expect("the program starts");
        self.child = Some(child);
    }

    /// Whether it runs.
    pub fn running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().expect("it was started").is_none())
    }

    /// Whether it ended by itself, and well.
    pub fn ended_well(&mut self) -> Option<bool> {
        self.child.as_mut()?.try_wait().expect("it was started").map(|status| status.success())
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it was started").id()
    }

    /// SIGKILL, and gone; whether there was anything to kill.
    pub fn kill(&mut self) -> bool {
        let Some(child) = self.child.as_mut() else { return false };
        if child.try_wait().expect("it was started").is_some() {
            return false;
        }
        child.kill().expect("a process that was started can be killed");
        // It may have ended by itself in the last moment.
        let killed = child.wait().expect("a killed process ends").signal() == Some(SIGKILL);
        self.killed += u32::from(killed);
        killed
    }

    /// The end of what it said.
    pub fn said(&self) -> String {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}
