//! The throwaway PostgreSQL: started by the first test process that asks, shared by those that run beside it, stopped
//! by a watchdog once none is left.
//!
//! A test runner starts many processes, and each would spend seconds on a server of its own. Who uses the server holds
//! a shared lock on `users`; the kernel lets go of it however a process ends, so no server is left behind by one that
//! crashed. Starting, joining and stopping happen behind an exclusive lock on `door`.

use std::fs::{self, File};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const SUPERUSER: &str = "tester";

/// Waits until nobody has used the server for three seconds, then stops it. One watchdog at a time.
const WATCHDOG: &str = r#"
cd /
exec 8>"$1/watch" && flock -n 8 || exit 0
idle=0
while sleep 1 8<&-; do
    exec 9<"$1/door" && flock 9 || exit 1
    if flock -n "$1/users" true; then idle=$((idle + 1)); else idle=0; fi
    if [ "$idle" -ge 3 ]; then
        "$2/pg_ctl" stop -D "$1/data" -m immediate 9<&- 8>&-
        rm -rf "$1/data" "$1/port"
        exit 0
    fi
    exec 9<&-
done
"#;

/// Where the server listens, as `postgres://USER@HOST:PORT`. Starts it where need be.
pub(super) fn address() -> String {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    let cluster =
        CLUSTER.get_or_init(|| Cluster::join().unwrap_or_else(|why| panic!("no PostgreSQL to test on: {why}")));
    format!("postgres://{SUPERUSER}@127.0.0.1:{}", cluster.port)
}

/// A name that no other test has.
pub(super) fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("story_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

struct Cluster {
    port: u16,
    /// The shared lock that says: in use. Held until the process ends.
    _using: File,
}

impl Cluster {
    fn join() -> Result<Self, String> {
        let house = House::find()?;
        let door = house.file("door")?;
        door.lock().map_err(|error| format!("the lock `door`: {error}"))?;
        let port = match house.running() {
            Some(port) => port,
            None => house.start()?,
        };
        let using = house.file("users")?;
        using.lock_shared().map_err(|error| format!("the lock `users`: {error}"))?;
        house.watch()?;
        Ok(Self { port, _using: using })
    }
}

/// The server's folder, programs and user.
struct House {
    folder: PathBuf,
    programs: PathBuf,
    /// PostgreSQL refuses to run as root: whom to be instead.
    user: Option<(u32, u32)>,
}

impl House {
    fn find() -> Result<Self, String> {
        let programs = programs()?;
        let me = fs::metadata("/proc/self").map_err(|error| format!("/proc/self: {error}"))?.uid();
        let user = if me == 0 { Some(unprivileged()?) } else { None };
        let folder = std::env::temp_dir().join(format!("db-tests-postgres-{me}"));
        let made = fs::create_dir_all(&folder).and_then(|()| match user {
            Some((uid, gid)) => chown(&folder, Some(uid), Some(gid)),
            None => Ok(()),
        });
        made.map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self { folder, programs, user })
    }

    fn file(&self, name: &str) -> Result<File, String> {
        let path = self.folder.join(name);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        file.map_err(|error| format!("{}: {error}", path.display()))
    }

    fn running(&self) -> Option<u16> {
        let port = fs::read_to_string(self.folder.join("port")).ok()?.trim().parse().ok()?;
        TcpStream::connect(("127.0.0.1", port)).ok().map(|_| port)
    }

    fn start(&self) -> Result<u16, String> {
        let data = self.folder.join("data");
        match fs::remove_dir_all(&data) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(format!("{}: {error}", data.display()));
            }
            _ => {}
        }
        // Locale C sorts text as SQLite does.
        let init = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "-U", SUPERUSER, "-D"];
        done(self.program("initdb").args(init).arg(&data))?;
        let mut refused = String::new();
        // The port is free when we look and may be taken when the server comes to it.
        for _ in 0..3 {
            let port = free_port().map_err(|error| format!("a free port: {error}"))?;
            let options = format!(
                "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 \
                 -c shared_buffers=32MB"
            );
            let mut start = self.program("pg_ctl");
            start.args(["start", "-w", "-t", "60", "-D"]).arg(&data).arg("-l").arg(self.folder.join("log"));
            match done(start.arg("-o").arg(options)) {
                Ok(()) => {
                    fs::write(self.folder.join("port"), port.to_string()).map_err(|error| format!("port: {error}"))?;
                    return Ok(port);
                }
                Err(why) => refused = why,
            }
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("{refused}\n{log}"))
    }

    fn watch(&self) -> Result<(), String> {
        let mut watchdog = self.unprivileged(Command::new("sh"));
        watchdog.args(["-c", WATCHDOG, "watchdog"]).arg(&self.folder).arg(&self.programs);
        // A process group of its own: an interrupt at the terminal is for the tests, not for who cleans up after them.
        watchdog.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        watchdog.spawn().map(drop).map_err(|error| format!("the watchdog: {error}"))
    }

    fn program(&self, name: &str) -> Command {
        self.unprivileged(Command::new(self.programs.join(name)))
    }

    fn unprivileged(&self, mut command: Command) -> Command {
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command.current_dir("/");
        command
    }
}

/// The newest installed PostgreSQL, where Debian puts it.
fn programs() -> Result<PathBuf, String> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").exists().then_some((version, programs))
    });
    let newest = found.max_by_key(|(version, _)| *version).map(|(_, programs)| programs);
    newest.ok_or_else(|| "no /usr/lib/postgresql/*/bin/initdb (Debian: apt install postgresql)".into())
}

fn unprivileged() -> Result<(u32, u32), String> {
    let users = fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let line = line.ok_or("tests run as root, who can't run PostgreSQL, and there is no user `postgres`")?;
    let mut numbers = line.split(':').skip(2).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(uid)), Some(Ok(gid))) => Ok((uid, gid)),
        _ => Err("the user `postgres` in /etc/passwd has no number".into()),
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn done(command: &mut Command) -> Result<(), String> {
    let shown = Path::new(command.get_program()).display().to_string();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{shown}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}
