//! Whoever keeps a place running: it says when it is ready, ends well when it is told to, refuses what it doesn't know,
//! and is copied while it runs.

mod dumping;
mod packaging;
mod receiver;
mod restoring;
#[path = "../journey/shell.rs"]
mod shell;
mod stopping;

use db::{Db, Tx, args};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::net::UnixDatagram,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// A back office as a process, with its folder.
struct Place {
    dir: TempDir,
    at: String,
    process: Option<Child>,
}

/// Ended however the test ends.
impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("a process that was started");
            process.wait().expect("it ends");
        }
    }
}

impl Place {
    fn new() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = free.local_addr().expect("its address").to_string();
        Self { dir: tempfile::tempdir().expect("a folder"), at, process: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path("flaro.db").display())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shime"));
        let own = [("LISTEN", &self.at), ("DATABASE", &self.url())]
            .map(|(key, value)| (format!("SHIME_FLARO_{key}"), value.clone()));
        command.args(args).envs(own).env("SHIME_SETUP_PASSWORD", "a-long-pass-phrase-2026").stdin(Stdio::null());
        command
    }

    fn ran(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("it runs")
    }

    /// Starts it and waits until it says that it is ready.
    fn start(&mut self) {
        self.start_as("flaro", &[]);
    }

    /// The same where the folder is another place's.
    fn start_as(&mut self, place: &str, own: &[(String, String)]) {
        let socket = self.path("notify");
        if socket.exists() {
            std::fs::remove_file(&socket).expect("the last start's socket goes");
        }
        let told = UnixDatagram::bind(&socket).expect("a socket");
        told.set_read_timeout(Some(Duration::from_mins(2))).expect("a bound");
        let mut command = self.command(&[place]);
        let log = std::fs::File::create(self.path("log")).expect("a log");
        command.envs(own.iter().cloned()).env("NOTIFY_SOCKET", &socket).stderr(log);
        self.process = Some(command.spawn().expect("it starts"));
        let mut said = [0; 64];
        let length = told.recv(&mut said).expect("it says how it stands");
        assert_eq!(&said[..length], b"READY=1");
    }

    fn terminate(&self) {
        let id = self.process.as_ref().expect("running").id().to_string();
        assert!(Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status().expect("kill").success());
    }

    /// It was told to stop, and lets nobody in any more.
    fn closes(&self) {
        let refused = (0..1_000).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            TcpStream::connect(&self.at).is_err()
        });
        assert!(refused, "nobody new is let in");
    }

    fn ended(&mut self) -> bool {
        let process = self.process.take();
        process.expect("running").wait().expect("it ends").success()
    }

    fn asked(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.at).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("sent");
        read(stream)
    }
}

fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn a_place_that_is_told_to_stop_answers_what_is_in_flight_and_ends_well() {
    let mut place = Place::new();
    place.start();
    assert!(place.asked("/readyz").contains("ready\n"));
    let mut slow = TcpStream::connect(&place.at).expect("it listens");
    let (begun, rest) = ("login=nobody&pass", "word=of-nobody");
    let kind = "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\nconnection: close";
    let length = begun.len() + rest.len();
    write!(slow, "POST /login HTTP/1.1\r\nhost: x\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{begun}").unwrap();
    // Another request that was answered after it: the slow one has been taken in.
    assert!(place.asked("/healthz").contains("200"));
    place.terminate();
    place.closes();
    slow.write_all(rest.as_bytes()).expect("it still listens to this one");
    let answer = read(slow);
    assert!(answer.contains("name=\"login\"") && !answer.starts_with("HTTP/1.1 5"), "answered as ever: {answer}");
    assert!(place.ended(), "it ended well");
}

#[tokio::test]
async fn a_newer_schema_and_a_missing_key_are_refused_in_words() {
    let place = Place::new();
    let made = ["setup", "flaro", "--company-code", "7", "--company-name", "七", "--login", "owner"];
    assert!(place.ran(&made).status.success());
    let db = Db::open(&place.url()).await.unwrap();
    let newer = "INSERT INTO schema_version (place, version, name, checksum) VALUES ('flaro', 9999, 'of tomorrow', '')";
    db.write(async move |tx: &mut Tx| tx.execute(newer, args![]).await).await.unwrap();
    db.close().await;
    let refused = place.ran(&["flaro"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("run the newer program"), "{said}");

    let named = place.command(&["flaro"]).env("SHIME_KEY_FILE", place.path("elsewhere.key")).output().unwrap();
    let said = String::from_utf8_lossy(&named.stderr).into_owned();
    assert!(!named.status.success() && said.contains("elsewhere.key") && said.contains("shime keys new"), "{said}");
}

#[test]
fn a_head_office_whose_back_office_has_no_address_does_not_start() {
    let place = Place::new();
    let mut command = place.command(&["pos"]);
    command.env("SHIME_POS_DATABASE", format!("sqlite:{}", place.path("pos.db").display()));
    let refused = command.env("SHIME_POS_PARTNER_URL", "localhost:8202").output().expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("pos.partner_url") && said.contains("https://"), "{said}");
    assert!(!place.path("pos.db").exists(), "nothing is made for what is refused");
}

#[test]
fn a_copy_is_taken_while_it_runs_and_goes_back_only_when_it_is_asked_for() {
    let mut place = Place::new();
    place.start();
    let copies = place.path("copies");
    let backup = ["backup", "flaro", "--to", copies.to_str().unwrap()];
    assert!(place.ran(&backup).status.success());
    let copy = std::fs::read_dir(&copies).unwrap().next().expect("a copy").unwrap().path();
    let copy = copy.to_str().unwrap();
    let held = place.ran(&["restore", "flaro", "--from", copy, "--force"]);
    assert!(String::from_utf8_lossy(&held.stderr).contains("held by another process"), "{held:?}");
    place.terminate();
    assert!(place.ended());

    let there = place.ran(&["restore", "flaro", "--from", copy]);
    assert!(String::from_utf8_lossy(&there.stderr).contains("--force"), "{there:?}");
    let other = place.ran(&["restore", "pos", "--from", copy]);
    assert!(!other.status.success(), "another place's copy");
    assert!(!PathBuf::from("shime-data").exists(), "nothing is made for what is refused");
    let forced = place.ran(&["restore", "flaro", "--from", copy, "--force"]);
    assert!(forced.status.success(), "{forced:?}");
    let kept = std::fs::read_dir(place.dir.path()).unwrap();
    let kept = kept.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".before-"));
    assert!(kept.count() >= 1, "what was there is kept");
    place.start();
    assert!(place.asked("/readyz").contains("ready\n"));
}
