//! A PostgreSQL of this test's own, to be torn down: on loopback, on a free port, in the temporary folder.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::PathBuf,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// The server.
pub struct Server {
    dir: TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    port: u16,
}

impl Server {
    /// Makes one and starts it.
    pub fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("faults-postgres").tempdir().expect("a temporary directory");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let server = Self { user: unprivileged(), programs: programs(), port, dir };
        if let Some((uid, gid)) = server.user {
            chown(server.dir.path(), Some(uid), Some(gid)).expect("the folder is handed over");
        }
        let data = server.data();
        server.run(
            "initdb",
            &["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "-U", "tester", "-D", &data],
        );
        let options =
            format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=32MB");
        server.run("pg_ctl", &["start", "-w", "-D", &data, "-l", &server.log(), "-o", &options]);
        server
    }

    /// The address of a fresh database.
    pub fn database(&self, name: &str) -> String {
        let port = self.port.to_string();
        self.run("createdb", &["-h", "127.0.0.1", "-p", &port, "-U", "tester", "-T", "template0", name]);
        format!("postgres://tester@127.0.0.1:{}/{name}", self.port)
    }

    /// Tears it down in the middle of whatever it does, and starts it again. How many it served.
    pub fn restart(&self) -> usize {
        let served = self.processes().len();
        self.run("pg_ctl", &["restart", "-w", "-t", "60", "-m", "immediate", "-D", &self.data(), "-l", &self.log()]);
        served
    }

    /// Those of its processes that serve somebody now.
    pub fn processes(&self) -> Vec<u32> {
        let pid = fs::read_to_string(self.dir.path().join("data/postmaster.pid")).unwrap_or_default();
        let Some(postmaster) = pid.lines().next() else { return Vec::new() };
        let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap_or_default();
        let serves = |pid: &u32| {
            fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("127.0.0.1("))
        };
        children.split_whitespace().filter_map(|pid| pid.parse().ok()).filter(serves).collect()
    }

    fn data(&self) -> String {
        self.dir.path().join("data").display().to_string()
    }

    fn log(&self) -> String {
        self.dir.path().join("log").display().to_string()
    }

    fn run(&self, program: &str, args: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command.args(args).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        let ended = command.status().unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(ended.success(), "{program} {args:?}: {}", fs::read_to_string(self.log()).unwrap_or_default());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "-m", "immediate", "-D", &self.data()]);
    }
}

/// The newest installed, where Debian puts it.
fn programs() -> PathBuf {
    let versions =
        fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed (Debian: apt install postgresql)");
    let found = versions.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    found.max_by_key(|(version, _)| *version).expect("PostgreSQL is installed").1
}

/// It refuses to run as root: whom to be instead.
fn unprivileged() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").expect("this process").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the users");
    let line =
        users.lines().find(|line| line.starts_with("postgres:")).expect("a user `postgres` to run PostgreSQL as");
    let mut numbers = line.split(':').skip(2).map(|n| n.parse().expect("a number"));
    Some((numbers.next().expect("a user"), numbers.next().expect("a group")))
}
