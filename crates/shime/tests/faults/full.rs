//! A disk that is full for a while: every write of a running process that would need room is refused with ENOSPC, by
//! strace, as it is refused by a file system without room. It needs no other right than to trace one's own children.

use crate::plan::Dice;
use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The calls that ask a file system for room.
const CALLS: &str = "pwrite64,pwritev,pwritev2,ftruncate,fallocate";

/// A place that has nothing to write just now is waited for so often.
const MORE_LOOKS_MAX: u32 = 50;

/// Fills the disk of these programs under these files (none: under all) for a moment, and until it was met if anything is
/// written soon. How many writes were refused.
pub async fn for_a_while(pids: &[u32], files: &[PathBuf], dice: &mut Dice) -> usize {
    if pids.is_empty() {
        // Nobody is there as yet whose disk it could be.
        tokio::time::sleep(dice.ms(200, 1_500)).await;
        return 0;
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    let log = dir.path().join("strace.log");
    let paths = files.iter().flat_map(|file| ["-P".to_owned(), file.display().to_string()]);
    let pids = pids.iter().flat_map(|pid| ["-p".to_owned(), pid.to_string()]);
    let strace = Command::new("strace")
        .args(["-f", "-q", "-o"])
        .arg(&log)
        .args(["-e", &format!("trace={CALLS}"), "-e", &format!("inject={CALLS}:error=ENOSPC")])
        .args(paths)
        .args(pids)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("strace is installed (scripts/test sees to it)");
    let mut strace = Tracer(strace);
    tokio::time::sleep(dice.ms(200, 1_500)).await;
    let refused = || fs::read_to_string(&log).unwrap_or_default().matches("(INJECTED)").count();
    for _ in 0..MORE_LOOKS_MAX {
        if refused() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    strace.let_go();
    refused()
}

/// A strace, which lets go of whom it holds when it is told to, and at the latest when it is dropped.
struct Tracer(Child);

impl Tracer {
    fn let_go(&mut self) {
        if self.0.try_wait().expect("strace was started").is_some() {
            return;
        }
        let told = Command::new("kill").args(["-s", "INT", &self.0.id().to_string()]).status().expect("kill runs");
        assert!(told.success(), "strace is told to let go");
        for _ in 0..500 {
            if self.0.try_wait().expect("strace was started").is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.0.kill().expect("a running process can be killed");
        self.0.wait().expect("a killed process ends");
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.let_go();
    }
}
