//! What the system says of the process and its disk. `None` where it says nothing.

use std::path::Path;

/// Room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Disk {
    /// For this user.
    pub free: u64,
    pub total: u64,
}

/// The memory of a process that is not swapped out, in bytes (proc(5), VmRSS).
pub fn memory(pid: u32) -> Option<u64> {
    resident(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The disk on which a directory lies.
#[cfg(unix)]
pub fn disk(directory: &Path) -> Option<Disk> {
    let it = rustix::fs::statvfs(directory).ok()?;
    Some(Disk { free: it.f_bavail.saturating_mul(it.f_frsize), total: it.f_blocks.saturating_mul(it.f_frsize) })
}

#[cfg(not(unix))]
pub fn disk(_directory: &Path) -> Option<Disk> {
    None
}

#[cfg(test)]
mod tests {
    use super::{disk, memory, resident};

    #[test]
    fn the_line_of_the_kernel() {
        for (status, bytes) in
            [("Name:\torbat\nVmRSS:\t   31612 kB\nThreads:\t5\n", Some(31_612 * 1024)), ("VmRSS:\t31612\n", None), ("", None)]
        {
            assert_eq!(resident(status), bytes, "{status}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn of_this_process_and_this_disk() {
        assert!(memory(std::process::id()).is_some_and(|bytes| bytes > 1_000_000));
        assert!(disk(std::path::Path::new("/")).is_some_and(|disk| disk.total >= disk.free && disk.total > 0));
    }
}
