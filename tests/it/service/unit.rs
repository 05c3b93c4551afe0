//! `orbat service` with a systemctl of its own, which writes down what it is asked.

use super::Real;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

struct Session(Real);

impl Session {
    async fn new() -> Session {
        let real = Real::new().await;
        real.configure(&real.toml(&[], &[]));
        fs::create_dir(real.path("bin")).unwrap();
        let session = Session(real);
        session.systemctl("case $2 in is-enabled) echo enabled;; is-active) echo active;; esac");
        session
    }

    fn systemctl(&self, script: &str) {
        let path = self.0.path("bin/systemctl");
        fs::write(&path, format!("#!/bin/sh\necho \"$@\" >> {}\n{script}\n", self.0.path("asked").display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String) {
        let path = format!("{}:/usr/bin:/bin", self.0.path("bin").display());
        let Output { status, stdout, stderr } =
            self.0.command(&[&["service"], args].concat()).env("PATH", path).output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
    }

    /// What systemctl was asked since the last look.
    fn asked(&self) -> String {
        let asked = fs::read_to_string(self.0.path("asked")).unwrap_or_default();
        let _ = fs::remove_file(self.0.path("asked"));
        asked
    }

    fn unit(&self) -> Option<String> {
        fs::read_to_string(self.0.path(".config/systemd/user/orbat.service")).ok()
    }
}

#[tokio::test]
async fn it_is_installed_once_and_removed_once() {
    let session = Session::new().await;
    assert_eq!(session.run(&["status"]).0, Some(4));
    let (code, said) = session.run(&["install", "--dry-run"]);
    assert_eq!((code, session.unit(), session.asked()), (Some(0), None, String::new()));
    assert!(said.contains("WatchdogSec=") && said.contains("# systemctl --user enable --now orbat"), "{said}");

    let (code, said) = session.run(&["install"]);
    assert_eq!(code, Some(0), "{said}");
    let unit = session.unit().unwrap();
    let program = env!("CARGO_BIN_EXE_orbat");
    let (config, data) = (session.0.path("orbat.toml"), session.0.path("data"));
    let options = format!("--config {} --data {}", config.display(), data.display());
    assert!(unit.contains(&format!("ExecStart={program} {options} run\n")), "{unit}");
    assert!(unit.contains(&format!("ExecReload={program} {options} reload\n")), "{unit}");
    assert_eq!(session.asked(), "--user daemon-reload\n--user enable --now orbat\n");
    assert_eq!(session.run(&["install"]).0, Some(0));
    assert_eq!(session.asked(), "--user daemon-reload\n--user enable --now orbat\n", "again, nothing is restarted");
    assert_eq!(session.run(&["status"]).0, Some(0));
    session.asked();

    assert_eq!(session.run(&["uninstall"]).0, Some(0));
    assert_eq!((session.unit(), session.asked().as_str()), (None, "--user disable --now orbat\n--user daemon-reload\n"));
    assert_eq!(session.run(&["uninstall"]).0, Some(0));
    assert_eq!(session.asked(), "", "there is nothing left to do");
    assert!(config.exists(), "the configuration stays");
}

#[tokio::test]
async fn what_is_not_there_or_not_ours_is_said() {
    let session = Session::new().await;
    session.systemctl("echo 'Failed to connect to bus' >&2; exit 1");
    let (code, said) = session.run(&["install"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("Failed to connect to bus") && said.contains("In your own session run"), "{said}");
    let path = session.0.path(".config/systemd/user/orbat.service");
    fs::write(&path, "[Service]\nExecStart=/my/own\n").unwrap();
    for args in [&["install"][..], &["uninstall"]] {
        let (code, said) = session.run(args);
        assert_eq!((code, session.unit().as_deref()), (Some(1), Some("[Service]\nExecStart=/my/own\n")), "{said}");
    }
    session.0.configure("nonsense = 1");
    assert_eq!(session.run(&["install", "--force"]).0, Some(2), "a configuration with problems would not start");
}

/// By the systemd of this machine, where there is one.
#[test]
fn the_hardened_unit_is_hardly_exposed() {
    const MOST: f32 = 1.5;
    let unit = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/orbat-system.service");
    let mut command = std::process::Command::new("systemd-analyze");
    let Ok(output) = command.args(["security", "--no-pager", "--offline=true"]).arg(unit).output() else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    let Some((_, level)) = said.rsplit_once("orbat-system.service: ") else { return };
    let level: f32 = level.split(' ').next().and_then(|n| n.parse().ok()).unwrap();
    assert!(level <= MOST, "{said}");
}
