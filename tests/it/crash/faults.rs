//! A disk that is full, a file that may not be written or is no database, a clock that jumps, two daemons: each is survived, and said.

use super::order::{Step, World};
use jiff::{SignedDuration, Timestamp};
use orbat::clock::Clock;
use orbat::store::{Store, StoreError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A program that should have ended by itself has hung after this.
const PATIENCE: Duration = Duration::from_secs(30);

fn orbat(data: &Path) -> Command {
    let config = data.join("orbat.toml");
    if !config.exists() {
        let _ = std::fs::write(&config, "[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_orbat"));
    command.args(["--config".as_ref(), config.as_os_str(), "--data".as_ref(), data.as_os_str(), "run".as_ref()]);
    command.env("HOME", data).env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("XDG_RUNTIME_DIR");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program, which must end by itself, badly, and say why.
fn refused(data: &Path, says: &[&str]) {
    let mut child = orbat(data).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(1), "{said}");
    for words in says {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

/// A small file system of its own.
struct Disk(PathBuf);

impl Disk {
    /// `None`, and a word about it, where this user may not make one.
    fn mount(folder: &Path, size: &str) -> Option<Disk> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder).output();
        if mounted.is_ok_and(|m| m.status.success()) {
            return Some(Disk(folder.to_owned()));
        }
        std::io::stderr().write_all(b"SKIPPED: only root may mount a file system, so a full disk is not tested here\n").unwrap();
        None
    }

    fn read_only(&self) {
        assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l".as_ref(), self.0.as_os_str()]).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = Disk::mount(folder.path(), "12m") else { return };
    let mut world = World::in_folder(folder).await;
    world.play(&Step::Publish([true; 3])).await;
    let mut filler = std::fs::File::create(world.folder().join("filler")).unwrap();
    while filler.write_all(&[7; 4096]).is_ok() {}
    // The log of the database may have room left: what cannot be stored fails as a whole, and says so.
    let mut told = None;
    for _ in 0..40 {
        world.play(&Step::Publish([true; 3])).await;
        if let Err(e) = world.poll_and_process().await {
            told = Some(e);
            break;
        }
    }
    let error = told.expect("the disk is full sooner or later");
    assert!(matches!(error, StoreError::Full | StoreError::Sql(_)), "{error}");
    assert!(error.to_string().starts_with("the disk is full"), "{error}");
    drop(filler);
    std::fs::remove_file(world.folder().join("filler")).unwrap();
    world.settle().await;
    world.check();
}

#[test]
fn a_database_that_may_not_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(&folder.path().join("orbat.db")).unwrap());
    let disk = if rustix::process::geteuid().is_root() {
        let Some(disk) = Disk::mount(folder.path(), "4m") else { return };
        drop(Store::open(&folder.path().join("orbat.db")).unwrap());
        std::fs::write(folder.path().join("orbat.toml"), "").unwrap();
        disk.read_only();
        Some(disk)
    } else {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(folder.path().join("orbat.toml"), "").unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
        None
    };
    refused(folder.path(), &["cannot be written", "--data"]);
    drop(disk);
}

#[test]
fn a_damaged_database_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orbat.db");
    std::fs::write(&path, "This is no database at all. ".repeat(400)).unwrap();
    refused(folder.path(), &["damaged", "restore a backup, or move the file away"]);
    std::fs::remove_file(&path).unwrap();
    drop(Store::open(&path).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    refused(folder.path(), &["damaged", "restore a backup, or move the file away"]);
}

#[test]
fn the_second_daemon_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = orbat(folder.path()).spawn().unwrap();
    let start = Instant::now();
    let holder = || std::fs::read_to_string(folder.path().join("orbat.lock")).unwrap_or_default();
    while holder().trim().is_empty() {
        assert!(start.elapsed() < PATIENCE && first.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    refused(folder.path(), &[&format!("process {}", first.id()), "already"]);
    assert!(first.try_wait().unwrap().is_none(), "the first runs on");
    first.kill().unwrap();
    first.wait().unwrap();
}

/// The clock as somebody sets it.
fn set(clock: &Clock, by: SignedDuration) {
    let Clock::Simulated(now) = clock else { panic!("this one cannot be set") };
    let mut now = now.lock().unwrap();
    *now = Timestamp::checked_add(*now, by).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_loses_and_repeats_nothing() {
    let day = SignedDuration::from_hours(24);
    for jumps in [[day, -day], [-day, day], [day, day], [-day, -day]] {
        let mut world = World::new().await;
        for jump in jumps {
            for mood in [super::Mood::Fails, super::Mood::TakesAndFails] {
                world.play(&Step::Publish([true, false, true])).await;
                world.play(&Step::Mood(0, mood)).await;
                for step in [Step::Poll, Step::Process, Step::Deliver] {
                    world.play(&step).await;
                }
            }
            set(world.clock(), jump);
            for step in [Step::Mood(0, super::Mood::Takes), Step::Poll, Step::Process, Step::Tick, Step::Deliver] {
                world.play(&step).await;
            }
            // Nothing waits for a time that was reckoned by the other clock.
            assert_eq!(world.told_to_programs(), world.claims(), "after a jump by {jump}");
        }
        world.settle().await;
        world.check();
    }
}
