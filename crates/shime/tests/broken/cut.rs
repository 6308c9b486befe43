//! The disk when the power goes: what was synced is there; of what was written since, anything may be, in any pieces.

use crate::recording::Event;
use std::{
    collections::{BTreeMap, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    path::Path,
};

/// Files by name.
pub type Image = BTreeMap<String, Vec<u8>>;

/// Whether the disk does what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syncs {
    /// It does.
    Kept,
    /// It answers and does nothing: what the harness must notice.
    Ignored,
}

/// What of the unsynced writes is there after the cut.
#[derive(Clone, Copy, Debug)]
pub enum Survives {
    /// None.
    Nothing,
    /// All.
    Everything,
    /// Some pieces of so many bytes, of every write on its own.
    Pieces {
        /// 4,096 for pages, 512 for sectors.
        of: u64,
        /// Which.
        seed: u64,
    },
}

/// The files as they are for certain, and what may yet come to them.
#[derive(Default)]
pub struct Disk {
    files: BTreeMap<String, File>,
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    since: Vec<Change>,
}

enum Change {
    Bytes(u64, Vec<u8>),
    Length(u64),
}

impl Disk {
    /// A disk on which all of this is for certain.
    pub fn of(before: &[(String, Vec<u8>)]) -> Self {
        let file = |durable: &Vec<u8>| File { durable: durable.clone(), since: Vec::new() };
        Self { files: before.iter().map(|(name, bytes)| (name.clone(), file(bytes))).collect() }
    }

    /// Something happened to it.
    pub fn feed(&mut self, event: &Event, syncs: Syncs) {
        match event {
            Event::Write { file, at, bytes } => self.file(file).since.push(Change::Bytes(*at, bytes.clone())),
            Event::Length { file, bytes } => self.file(file).since.push(Change::Length(*bytes)),
            Event::Synced { file } if syncs == Syncs::Kept => {
                let file = self.file(file);
                file.durable = file.after(|| true, u64::MAX);
                file.since.clear();
            }
            Event::Synced { .. } | Event::Answered => {}
        }
    }

    /// The disk that is found when the power comes back.
    pub fn image(&self, survives: Survives) -> Image {
        let file = |file: &File| match survives {
            Survives::Nothing => file.durable.clone(),
            Survives::Everything => file.after(|| true, u64::MAX),
            Survives::Pieces { of, seed } => {
                let mut dice = Dice(seed ^ of);
                // From nearly nothing to nearly everything.
                let of_eight = 1 + dice.roll() % 7;
                file.after(|| dice.roll() % 8 < of_eight, of)
            }
        };
        self.files.iter().map(|(name, one)| (name.clone(), file(one))).collect()
    }

    fn file(&mut self, name: &str) -> &mut File {
        self.files.entry(name.to_owned()).or_default()
    }
}

impl File {
    /// The file with those pieces of what came since that `stays` says; pieces lie on multiples of `size`.
    fn after(&self, mut stays: impl FnMut() -> bool, size: u64) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.since {
            match change {
                Change::Length(length) if stays() => bytes.resize(usize::try_from(*length).unwrap(), 0),
                Change::Length(_) => {}
                Change::Bytes(at, written) => {
                    let mut from = 0;
                    while from < written.len() {
                        let here = at + from as u64;
                        let piece = usize::try_from((size - here % size).min((written.len() - from) as u64)).unwrap();
                        if stays() {
                            put(&mut bytes, here, &written[from..from + piece]);
                        }
                        from += piece;
                    }
                }
            }
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, at: u64, piece: &[u8]) {
    let at = usize::try_from(at).unwrap();
    if bytes.len() < at + piece.len() {
        bytes.resize(at + piece.len(), 0);
    }
    bytes[at..at + piece.len()].copy_from_slice(piece);
}

/// Lays an image into a folder.
pub fn write(folder: &Path, image: &Image) {
    for (name, bytes) in image {
        fs::write(folder.join(name), bytes).expect("the image is written");
    }
}

/// Tells images apart.
pub fn fingerprint(image: &Image) -> u64 {
    let mut hasher = DefaultHasher::new();
    image.hash(&mut hasher);
    hasher.finish()
}

/// The same seed gives the same cut.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[test]
fn only_what_was_synced_is_certain() {
    let wal = || "wal".to_owned();
    let write = |at, byte: u8| Event::Write { file: wal(), at, bytes: vec![byte; 1_024] };
    let mut disk = Disk::of(&[(wal(), Vec::new())]);
    disk.feed(&write(0, 1), Syncs::Kept);
    assert_eq!(disk.image(Survives::Nothing)["wal"].len(), 0);
    disk.feed(&Event::Synced { file: wal() }, Syncs::Kept);
    disk.feed(&write(512, 2), Syncs::Kept);
    assert_eq!(disk.image(Survives::Nothing)["wal"], vec![1; 1_024]);
    assert_eq!(disk.image(Survives::Everything)["wal"], [vec![1; 512], vec![2; 1_024]].concat());
    let torn: std::collections::BTreeSet<_> =
        (0..64).map(|seed| disk.image(Survives::Pieces { of: 512, seed })["wal"].clone()).collect();
    assert_eq!(torn.len(), 4, "each of two sectors is there or not");
    disk.feed(&Event::Synced { file: wal() }, Syncs::Ignored);
    assert_eq!(disk.image(Survives::Nothing)["wal"], vec![1; 1_024]);
}
