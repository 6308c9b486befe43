//! Plays a story's script and shows what it said when it failed.

use std::{
    path::Path,
    process::{Command, Stdio},
};
use tokio::sync::Semaphore;

/// Stories at a time: a browser and three places keep more than one core busy, and less than two.
pub static TURNS: Semaphore = Semaphore::const_new(2);

/// What a script is told: the places' addresses, and what everybody logs in with.
pub type Stage = Vec<(&'static str, String)>;

/// Runs `browser/<story>.mjs`; panics with everything it said if it did not end well.
pub fn play(story: &str, stage: &Stage) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let scripts = root.join("browser");
    assert!(
        scripts.join("node_modules").is_dir(),
        "the scripts' two packages are missing: run `npm ci` in browser/ (scripts/test does)"
    );
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .arg(scripts.join(format!("{story}.mjs")))
        .envs(stage.iter().map(|(name, value)| (*name, value.as_str())))
        .env("SHIME_SCREENS", screens())
        .stdin(Stdio::null())
        .output()
        .expect("node is installed (scripts/test sees to it)");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "the story {story} failed:\n{said}");
    println!("{said}");
}

/// Where pictures go: beside what the build makes, never into the repository.
fn screens() -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screens")
}
