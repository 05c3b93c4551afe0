//! Who else may write the configuration, and read a secret: who writes the configuration has commands run as its user.
//!
//! What is looked at is the mode of a file and of the folder it lies in, not its owner: who names a file of somebody else's trusts him.

use std::fs::Metadata;
use std::path::Path;

/// Why this file of the configuration is not to be believed: somebody else may change it, or put another in its place.
pub(super) fn written_by_others(path: &Path, file: &Metadata) -> Option<String> {
    let shown = path.display();
    let changed = writer(file).map(|who| format!("{shown} can be changed by {who}; run `chmod {} {shown}`", who.cure()));
    changed.or_else(|| {
        // Where a link leads counts as much as where it lies.
        let paths = [std::path::absolute(path).ok(), path.canonicalize().ok()];
        let mut folders = paths.iter().flatten().filter_map(|path| path.parent());
        folders.find_map(|folder| exchanged(path, folder))
    })
}

/// Why others may put a file of their own in the place of one in this folder.
fn exchanged(path: &Path, folder: &Path) -> Option<String> {
    let meta = folder.metadata().ok()?;
    let who = writer(&meta).filter(|_| !is_sticky(&meta))?;
    let (path, folder) = (path.display(), folder.display());
    Some(format!("{path} can be exchanged by {who}, who may write to its folder; run `chmod {} {folder}`", who.cure()))
}

/// Why this file is no place for a secret.
pub(super) fn read_by_others(path: &Path, file: &Metadata) -> Option<String> {
    let (who, path) = (reader(file)?, path.display());
    Some(format!("the secret in {path} can be read by {who}; run `chmod 600 {path}`"))
}

/// Somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    Anybody,
    Group,
}

impl Other {
    /// What takes the right to write from them.
    fn cure(self) -> &'static str {
        match self {
            Other::Anybody => "o-w",
            Other::Group => "g-w",
        }
    }
}

impl std::fmt::Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Other::Anybody => "anybody",
            Other::Group => "its group",
        })
    }
}

/// A user's own group has no other members (Debian Policy, USERGROUPS): a umask of 002 is no fault.
#[cfg(unix)]
fn writer(meta: &Metadata) -> Option<Other> {
    use std::os::unix::fs::MetadataExt;
    let foreign = meta.gid() != rustix::process::getegid().as_raw();
    match meta.mode() {
        mode if mode & 0o002 != 0 => Some(Other::Anybody),
        mode if mode & 0o020 != 0 && foreign => Some(Other::Group),
        _ => None,
    }
}

/// The group of a file of root's is how a service comes to its secret; that of a user's own file has no business with it.
#[cfg(unix)]
fn reader(meta: &Metadata) -> Option<Other> {
    use std::os::unix::fs::MetadataExt;
    match meta.mode() {
        mode if mode & 0o007 != 0 => Some(Other::Anybody),
        mode if mode & 0o070 != 0 && meta.uid() != 0 => Some(Other::Group),
        _ => None,
    }
}

/// In such a folder (`/tmp`) nobody takes away what is another's.
#[cfg(unix)]
fn is_sticky(folder: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    folder.mode() & 0o1000 != 0
}

#[cfg(not(unix))]
fn writer(_: &Metadata) -> Option<Other> {
    None
}

#[cfg(not(unix))]
fn reader(_: &Metadata) -> Option<Other> {
    None
}

#[cfg(not(unix))]
fn is_sticky(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::{read_by_others, written_by_others};
    use std::fs::{Permissions, create_dir, set_permissions, write};
    use std::os::unix::fs::{PermissionsExt, chown};

    /// A group that this process does not run as.
    fn foreign() -> u32 {
        rustix::process::getegid().as_raw() + 1
    }

    #[test]
    fn who_may_write_is_told_by_file_and_folder() {
        for (folder, file, group, part) in [
            (0o755, 0o644, false, None),
            (0o700, 0o664, false, None),
            (0o775, 0o600, false, None),
            (0o1777, 0o600, false, None),
            (0o700, 0o646, false, Some("orbat.toml can be changed by anybody; run `chmod o-w ")),
            (0o777, 0o600, false, Some("orbat.toml can be exchanged by anybody, who may write to its folder; run `chmod o-w ")),
            (0o700, 0o664, true, Some("orbat.toml can be changed by its group; run `chmod g-w ")),
            (0o775, 0o600, true, Some("orbat.toml can be exchanged by its group, who may write to its folder; run `chmod g-w ")),
            (0o1775, 0o640, true, None),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let (sub, path) = (dir.path().join("orbat"), dir.path().join("orbat/orbat.toml"));
            create_dir(&sub).unwrap();
            write(&path, "").unwrap();
            let given = [&sub, &path].map(|path| !group || chown(path, None, Some(foreign())).is_ok());
            set_permissions(&path, Permissions::from_mode(file)).unwrap();
            set_permissions(&sub, Permissions::from_mode(folder)).unwrap();
            if given == [true, true] {
                let said = written_by_others(&path, &path.metadata().unwrap());
                assert_eq!(said.is_some(), part.is_some(), "{folder:o} {file:o} {group}: {said:?}");
                assert!(said.iter().all(|said| said.contains(part.unwrap_or_default())), "{said:?}");
            } else {
                // Only root may give a file to a group that he is not in.
                eprintln!("not tried as this user: a foreign group with {folder:o} {file:o}");
            }
        }
    }

    #[test]
    fn a_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (open, path) = (dir.path().join("open"), dir.path().join("orbat.toml"));
        create_dir(&open).unwrap();
        write(open.join("real.toml"), "").unwrap();
        std::os::unix::fs::symlink(open.join("real.toml"), &path).unwrap();
        assert_eq!(written_by_others(&path, &path.metadata().unwrap()), None);
        set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        assert!(written_by_others(&path, &path.metadata().unwrap()).unwrap().contains("chmod o-w"));
    }

    #[test]
    fn who_may_read_a_secret_is_told() {
        for (mode, user, told) in [
            (0o600, 0, false),
            (0o400, 0, false),
            (0o640, 0, false),
            (0o644, 0, true),
            (0o640, 1, true),
            (0o604, 1, true),
            (0o600, 1, false),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("key");
            write(&path, "hush").unwrap();
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            // Whoever is not root has files of his own only, which are those of a user.
            let given = chown(&path, Some(user), None).is_ok() || user != 0;
            let said = read_by_others(&path, &path.metadata().unwrap());
            assert!(!given || said.is_some() == told, "{mode:o} of {user}: {said:?}");
            assert!(said.iter().all(|said| said.contains("chmod 600 ")), "{said:?}");
        }
    }
}
