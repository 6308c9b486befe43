//! Bytes that nobody would send, thrown at a parser: examples are bent, cut, doubled and mixed, and whatever the parser
//! says about them must keep the target's laws. The same seed throws the same bytes, on any machine.
//!
//! There is no instrument that watches which lines run, so this needs nothing but a stable compiler. What guides it
//! instead is the parser's own word: an input that makes it say something new is bent further. `FUZZ_RUNS` throws more
//! than a test run's share, `FUZZ_SEED` others; an input that breaks a law is written to a file and named.

mod dice;
mod mutate;

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use dice::Dice;

/// The most examples that are bent at a time.
const POOL_MAX: usize = 400;
/// The most bytes of an input.
const INPUT_BYTES_MAX: usize = 64 << 10;

/// A parser under fire.
#[derive(Debug)]
pub struct Target<'a> {
    /// Its name: its examples lie in a folder of that name.
    pub name: &'a str,
    /// Where the examples of all targets lie.
    pub corpus: PathBuf,
    /// Examples from elsewhere.
    pub more: Vec<Vec<u8>>,
    /// Words that mean something to the parser.
    pub words: &'a [&'a str],
    /// So many inputs, unless `FUZZ_RUNS` says otherwise.
    pub runs: u32,
}

/// Throws. `laws` says in a word what the parser made of an input (`ok`, the kind of an error), and fails where a law is
/// broken. The examples themselves come first.
pub fn throw(target: &Target<'_>, laws: impl Fn(&[u8]) -> String) {
    let mut pool = examples(&target.corpus.join(target.name));
    pool.extend(target.more.iter().cloned());
    assert!(!pool.is_empty(), "{} has no example", target.name);
    let mut seen = BTreeSet::new();
    for input in &pool {
        seen.insert(held(target, input, &laws));
    }
    let runs = number("FUZZ_RUNS").unwrap_or(u64::from(target.runs));
    let mut dice = Dice::new(number("FUZZ_SEED").unwrap_or(1));
    for _ in 0..runs {
        let mut input = mutate::mutated(&pool, target.words, &mut dice);
        input.truncate(INPUT_BYTES_MAX);
        if seen.insert(held(target, &input, &laws)) {
            if pool.len() >= POOL_MAX {
                pool.swap_remove(dice.below(POOL_MAX));
            }
            pool.push(input);
        }
    }
    println!("{}: {runs} inputs, {} answers", target.name, seen.len());
}

/// What the parser says; a broken law is told with the bytes that broke it.
fn held(target: &Target<'_>, input: &[u8], laws: &impl Fn(&[u8]) -> String) -> String {
    match catch_unwind(AssertUnwindSafe(|| laws(input))) {
        Ok(said) => said,
        Err(cause) => {
            let mut hasher = DefaultHasher::new();
            input.hash(&mut hasher);
            let file = std::env::temp_dir().join(format!("fuzz-{}-{:016x}.bin", target.name, hasher.finish()));
            std::fs::write(&file, input).expect("the input can be kept");
            eprintln!("{} breaks on {} ({} bytes): {:?}", target.name, file.display(), input.len(), shown(input));
            std::panic::resume_unwind(cause);
        }
    }
}

fn shown(input: &[u8]) -> String {
    String::from_utf8_lossy(&input[..input.len().min(2_000)]).into_owned()
}

/// The kept examples, in the order of their names.
fn examples(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("the folder can be read").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("an example can be read")).collect()
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not \"{text}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn target(runs: u32) -> Target<'static> {
        let more = vec![b"{\"seq\":1}".to_vec(), b"[1,2]".to_vec()];
        Target { name: "toy", corpus: PathBuf::from("nowhere"), more, words: &["true"], runs }
    }

    #[test]
    fn the_same_seed_throws_the_same_bytes() {
        let thrown = || {
            let all = RefCell::new(Vec::new());
            throw(&target(200), |input| {
                all.borrow_mut().push(input.to_vec());
                "ok".to_owned()
            });
            all.into_inner()
        };
        let first = thrown();
        assert_eq!(first, thrown());
        let different: BTreeSet<_> = first.iter().collect();
        assert!(first.len() == 202 && different.len() > 150, "{}", different.len());
    }

    #[test]
    fn a_law_that_is_broken_is_found() {
        let found = catch_unwind(|| {
            throw(&target(20_000), |input| {
                assert!(!input.windows(6).any(|part| part == b"true[1"), "two words met");
                "ok".to_owned()
            });
        });
        assert!(found.is_err());
    }
}
