//! Files that others read appear under their name whole or not at all, replace nothing that nobody meant to replace, and
//! are readable by their owner alone. What root makes belongs to the account that owns what it stands beside.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

/// What may lie beside a database while it is worked on: SQLite's own files, and our lock.
const BESIDE: [&str; 4] = ["-wal", "-shm", "-journal", ".lock"];

/// A file that is being made. Unless it is given its name it goes with its maker, and what lies beside it too.
#[derive(Debug)]
pub struct Half {
    path: PathBuf,
}

impl Half {
    /// An empty one, mode 0600; what somebody who was interrupted left there goes.
    pub fn new(path: PathBuf) -> io::Result<Self> {
        let half = Self { path };
        half.removed()?;
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half.path)?;
        Ok(half)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Made by root, it is handed to whom [`owned_like`] says.
    pub fn owned_like(&self, neighbour: &Path) -> io::Result<()> {
        owned_like(&self.path, neighbour)
    }

    /// On disk, before anything else is moved for it.
    pub fn synced(&self) -> io::Result<()> {
        synced(&self.path)
    }

    /// Gives it a name that is free: [`ErrorKind::AlreadyExists`] where it isn't. It is on disk when this returns.
    pub fn named(self, to: &Path) -> io::Result<()> {
        self.named_by(to, |half, to| fs::hard_link(half, to))
    }

    /// Gives it a name, in the place of what has it. It is on disk when this returns.
    pub fn replacing(self, to: &Path) -> io::Result<()> {
        synced(&self.path)?;
        fs::rename(&self.path, to)?;
        synced(&folder(to))
    }

    fn named_by(self, to: &Path, link: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
        synced(&self.path)?;
        match link(&self.path, to) {
            Ok(()) => fs::remove_file(&self.path)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error),
            // Some file systems know no second name for a file. There the name is taken first: nobody's file is lost.
            Err(_) => {
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
                if let Err(error) = fs::rename(&self.path, to) {
                    fs::remove_file(to)?;
                    return Err(error);
                }
            }
        }
        synced(&folder(to))
    }

    fn removed(&self) -> io::Result<()> {
        for end in ["", BESIDE[0], BESIDE[1], BESIDE[2], BESIDE[3]] {
            match fs::remove_file(with(&self.path, end)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        if let Err(error) = self.removed() {
            tracing::warn!(file = %self.path.display(), %error, "a file that was given up could not be removed");
        }
    }
}

/// Hands a file that root has made to the owner of `neighbour`, or of its folder where it isn't there: who reads the
/// one reads the other.
pub fn owned_like(made: &Path, neighbour: &Path) -> io::Result<()> {
    let own = fs::metadata(made)?;
    if own.uid() != 0 {
        return Ok(());
    }
    let wanted = match fs::metadata(neighbour) {
        Err(error) if error.kind() == ErrorKind::NotFound => fs::metadata(folder(neighbour))?,
        known => known?,
    };
    if (own.uid(), own.gid()) == (wanted.uid(), wanted.gid()) {
        return Ok(());
    }
    chown(made, Some(wanted.uid()), Some(wanted.gid()))
}

/// A path with this at its end.
pub(crate) fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The folder that a file lies in.
pub(crate) fn folder(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

fn synced(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Error, ErrorKind};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

    use super::{BESIDE, Half, owned_like, with};

    #[test]
    fn a_file_that_is_given_up_goes_with_what_lay_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jar.partial");
        fs::write(with(&path, BESIDE[0]), "left by somebody").unwrap();
        let half = Half::new(path.clone()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!with(&path, BESIDE[0]).exists(), "what was left is no part of this one");
        for end in BESIDE {
            fs::write(with(&path, end), "").unwrap();
        }
        drop(half);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_name_that_is_taken_stays_whatever_the_file_system_can() {
        let dir = tempfile::tempdir().unwrap();
        let (path, to) = (dir.path().join("jar.partial"), dir.path().join("jar"));
        let made = |text: &str| {
            let half = Half::new(path.clone()).unwrap();
            fs::write(&path, text).unwrap();
            half
        };
        let cannot_link = |_: &_, _: &_| Err(Error::from(ErrorKind::Unsupported));
        made("plum").named_by(&to, cannot_link).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "plum");
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        for refused in [made("pear").named_by(&to, cannot_link), made("pear").named(&to)] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read_to_string(&to).unwrap(), "plum");
        made("pear").replacing(&to).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "pear");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing half is left");
    }

    #[test]
    fn what_root_makes_belongs_to_the_owner_of_its_neighbour() {
        let dir = tempfile::tempdir().unwrap();
        let (made, neighbour) = (dir.path().join("new"), dir.path().join("old"));
        fs::write(&made, "").unwrap();
        // Only root gives files away; for anybody else everything is theirs before and after.
        let me = fs::metadata(&made).unwrap().uid();
        let service = if me == 0 { 4_321 } else { me };
        let owner = || fs::metadata(&made).unwrap().uid();
        chown(dir.path(), Some(service), None).unwrap();
        owned_like(&made, &neighbour).unwrap();
        assert_eq!(owner(), service, "the folder's");
        fs::write(&neighbour, "").unwrap();
        let other = if me == 0 { 4_322 } else { me };
        chown(&neighbour, Some(other), None).unwrap();
        chown(&made, Some(me), None).unwrap();
        owned_like(&made, &neighbour).unwrap();
        assert_eq!(owner(), other, "the neighbour's");
    }
}
