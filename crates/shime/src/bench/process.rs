//! A place as a process of this program, and what the kernel says it used.

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

/// How long a place may take to stop.
const STOPS_WITHIN: Duration = Duration::from_secs(40);

/// A running process; killed when it is dropped before it was stopped.
pub struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts this program with these arguments and settings; what it says goes to `DIR/NAME.log`.
    pub fn start(name: &'static str, args: &[&str], env: &[(&'static str, String)], dir: &Path) -> Result<Self> {
        let program = std::env::current_exe().context("where this program is")?;
        let path = dir.join(format!("{name}.log"));
        let log = fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut command = Command::new(program);
        command.args(args).envs(env.iter().map(|(name, value)| (*name, value.as_str())));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("starting {name}"))?;
        Ok(Self { name, child, log: path })
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// An error if it is no longer there: with what it said last.
    pub fn alive(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        bail!("{} ended by itself ({status}): {}", self.name, self.said())
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a process id")?;
        kill_process(pid, Signal::TERM).with_context(|| format!("asking {} to stop", self.name))?;
        let mut waited = Duration::ZERO;
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if waited > STOPS_WITHIN {
                bail!(
                    "{} did not stop within {} s; its log is {}",
                    self.name,
                    STOPS_WITHIN.as_secs(),
                    self.log.display()
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            waited += Duration::from_millis(20);
        };
        if status.success() { Ok(()) } else { Err(anyhow!("{} ended with {status}: {}", self.name, self.said())) }
    }

    fn said(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_else(|error| error.to_string());
        let last: Vec<&str> = text.lines().rev().take(5).collect();
        last.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// What the kernel counted of it.
    pub fn used(&self) -> Result<Used> {
        Used::of(&self.child.id().to_string()).with_context(|| format!("{} is gone: {}", self.name, self.said()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait()
            && let Err(error) = self.child.kill().and_then(|()| self.child.wait())
        {
            eprintln!("{} could not be killed: {error}", self.name);
        }
    }
}

/// CPU and memory of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// Seconds on a CPU, in its own code and in the kernel's.
    pub cpu_s: f64,
    /// Resident now.
    pub resident_mib: f64,
    /// The most that was ever resident.
    pub peak_mib: f64,
}

impl Used {
    /// Of the process that asks.
    pub fn here() -> Result<Self> {
        Self::of("self")
    }

    fn of(process: &str) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        #[expect(clippy::cast_precision_loss, reason = "ticks of a run fit easily")]
        let per_second = rustix::param::clock_ticks_per_second() as f64;
        let ticks = ticks(&stat).with_context(|| format!("/proc/{process}/stat: {stat}"))?;
        Ok(Self {
            cpu_s: ticks / per_second,
            resident_mib: mebibytes(&status, "VmRSS:").unwrap_or(0.0),
            peak_mib: mebibytes(&status, "VmHWM:").unwrap_or(0.0),
        })
    }
}

/// User and system time of a line of `/proc/PID/stat`. The name in it may hold spaces and brackets.
fn ticks(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

fn mebibytes(status: &str, key: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes / 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 900 0 0 0 123 45 0 0 20 0 5 0 100 1 2";
        assert_eq!(ticks(stat), Some(168.0));
        assert_eq!(mebibytes("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 512 kB\n", "VmHWM:"), Some(2.0));
        assert_eq!(mebibytes("Name:\tx\n", "VmHWM:"), None);
    }

    #[test]
    fn this_process_used_some_memory() {
        let used = Used::here().unwrap();
        assert!(used.resident_mib > 0.0 && used.peak_mib >= used.resident_mib * 0.5, "{used:?}");
    }
}
