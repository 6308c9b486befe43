//! `shime demo` as a process: on free ports, with data of its own, asked to stop at the end.

use crate::{
    processes::command,
    stage::Stage,
    world::{healthy, until},
};
use std::{
    fs::File,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// The password of everybody in the demo.
const PASSWORD: &str = "shime-demo-2026";

/// A demo that runs.
pub struct Demo {
    child: Child,
    port: u16,
    log: PathBuf,
    _dir: tempfile::TempDir,
}

impl Demo {
    /// Starts it with these arguments and waits until both places answer.
    pub async fn start(args: &[&str]) -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::Builder::new().prefix("demo").tempdir().expect("a temporary directory");
        let (port, log) = (three_free_ports(), dir.path().join("demo.log"));
        let written = File::create(&log).expect("a log file");
        let child = command(&["demo"], &[("SHIME_LOG_FILTER", "warn".to_owned())])
            .args(["--port", &port.to_string(), "--data"])
            .arg(dir.path().join("data"))
            .args(args)
            .stdout(written.try_clone().expect("a second handle of the log"))
            .stderr(written)
            .stdin(Stdio::null())
            .spawn()
            .expect("the demo starts");
        let demo = Self { child, port, log, _dir: dir };
        healthy(&demo.url(0)).await;
        healthy(&demo.url(1)).await;
        demo
    }

    /// What a script needs to know about it.
    pub fn stage(&self) -> Stage {
        let places = [("SHIME_POS", self.url(0)), ("SHIME_FLARO", self.url(1)), ("SHIME_TILL", self.url(2))];
        places.into_iter().chain([("SHIME_PASSWORD", PASSWORD.to_owned())]).collect()
    }

    /// Asks it to stop, as Ctrl-C and a service manager do; it must end by itself, and well.
    pub async fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(asked.success(), "the demo still runs at the end of its story:\n{}", self.logged());
        let mut ended = None;
        until("the demo has stopped", async || {
            ended = self.child.try_wait().expect("a process that was started");
            ended.is_some()
        })
        .await;
        assert!(ended.is_some_and(|status| status.success()), "the demo ended badly:\n{}", self.logged());
    }

    fn url(&self, place: u16) -> String {
        format!("http://127.0.0.1:{}", self.port + place)
    }

    fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let running = self.child.try_wait().expect("a process that was started").is_none();
        if running {
            self.child.kill().expect("a running process can be killed");
            self.child.wait().expect("a killed process ends");
        }
    }
}

/// The demo wants three ports side by side.
fn three_free_ports() -> u16 {
    for _ in 0..100 {
        let first = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = first.local_addr().expect("its address").port();
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if port < 65_000 && free(port + 1) && free(port + 2) {
            return port;
        }
    }
    panic!("no three free ports side by side");
}
