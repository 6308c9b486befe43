//! What breaks: strace over a running till, that makes the nth write of any thread its last, or one that fails.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// What happens at the nth call on the till's files.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing: only written down, with every byte.
    Record,
    /// SIGKILL instead of it.
    Kill {
        /// Which call.
        call: &'static str,
        /// Counted from 1.
        nth: u32,
    },
    /// It fails.
    Error {
        /// Which call.
        call: &'static str,
        /// As errno names it.
        error: &'static str,
        /// Counted from 1.
        nth: u32,
        /// All that come after it, too.
        onwards: bool,
    },
}

/// A strace that is attached.
pub struct Tracer {
    strace: Child,
    log: PathBuf,
    _dir: TempDir,
}

/// What it saw.
pub struct Seen {
    /// Whether the fault was reached.
    pub injected: bool,
    /// The log.
    pub log: String,
}

impl Fault {
    fn args(self, files: &[PathBuf]) -> Vec<String> {
        let trace = |calls: &str| vec!["-e".to_owned(), format!("trace={calls}")];
        let inject = |rule: String| vec!["-e".to_owned(), format!("inject={rule}")];
        let on_files = files.iter().flat_map(|file| ["-P".to_owned(), file.display().to_string()]).collect();
        match self {
            Self::Record => {
                let all = "write,writev,sendto,pwrite64,lseek,fsync,fdatasync,ftruncate,unlink,rename";
                [trace(all), ["-y", "-xx", "-s", "1000000"].map(str::to_owned).to_vec()].concat()
            }
            Self::Kill { call, nth } => {
                [trace(call), inject(format!("{call}:signal=KILL:when={nth}")), on_files].concat()
            }
            Self::Error { call, error, nth, onwards } => {
                let plus = if onwards { "+" } else { "" };
                [trace(call), inject(format!("{call}:error={error}:when={nth}{plus}")), on_files].concat()
            }
        }
    }
}

impl Tracer {
    /// Attaches to every thread of a process; returns once it has them all.
    pub async fn attach(pid: u32, files: &[PathBuf], fault: Fault) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let log = dir.path().join("strace.log");
        let strace = Command::new("strace")
            .args(["-f", "-q", "-o"])
            .arg(&log)
            .args(fault.args(files))
            .args(["-p", &pid.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("strace is installed (scripts/test sees to it)");
        let mut tracer = Self { strace, log, _dir: dir };
        for _ in 0..2_000 {
            if traced(pid) {
                return tracer;
            }
            let ended = tracer.strace.try_wait().expect("strace was started");
            assert!(ended.is_none(), "strace can't attach: is ptrace allowed here?");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("strace never attached to {pid}");
    }

    /// Lets go, and tells what was seen.
    pub fn detach(mut self) -> Seen {
        if self.strace.try_wait().expect("strace was started").is_none() {
            signal(self.strace.id(), "INT");
            self.strace.wait().expect("strace ends");
        }
        let log = fs::read_to_string(&self.log).expect("strace's log");
        Seen { injected: log.contains("(INJECTED)"), log }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        if self.strace.try_wait().expect("strace was started").is_none() {
            self.strace.kill().expect("a running process can be killed");
            self.strace.wait().expect("a killed process ends");
        }
    }
}

/// Sends a signal.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &pid.to_string()]).status().expect("kill runs");
    assert!(sent.success(), "{name} to {pid}");
}

fn traced(pid: u32) -> bool {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    tasks.flatten().all(|task| is_traced(&task.path()))
}

fn is_traced(task: &Path) -> bool {
    let Ok(status) = fs::read_to_string(task.join("status")) else { return true };
    status.lines().find_map(|line| line.strip_prefix("TracerPid:")).is_some_and(|tracer| tracer.trim() != "0")
}
