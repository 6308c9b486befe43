//! Processes of the program, killed without a word when they are dropped.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

/// A running process.
pub struct Process(Child);

impl Process {
    /// Starts the program with these arguments and settings.
    pub fn start(args: &[&str], env: &[(&str, String)], log: &Path) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log file");
        let child = command(args, env)
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .expect("the program starts");
        Self(child)
    }

    /// SIGKILL, and gone.
    pub fn kill(mut self) {
        self.stop();
    }

    /// Whether it ended by itself, and well.
    pub fn ended(&mut self) -> Option<bool> {
        self.0.try_wait().expect("a process that was started").map(|status| status.success())
    }

    fn stop(&mut self) {
        self.0.kill().expect("a process that was started can be killed");
        self.0.wait().expect("a killed process ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The program with these arguments and settings.
pub fn command(args: &[&str], env: &[(&str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shime"));
    command.args(args).envs(env.iter().map(|(name, value)| (*name, value.as_str())));
    command
}
