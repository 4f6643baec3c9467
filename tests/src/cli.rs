//! Running the built binary.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Everything was done.
pub const DONE: i32 = 0;
/// The quality gate held something back, or a check found something.
pub const BLOCKED: i32 = 1;
/// Bad usage or bad input.
pub const BAD_INPUT: i32 = 2;
/// Something failed that is not the caller's doing.
pub const FAULT: i32 = 3;

/// How often the peak memory of a running process is read. The kernel's figure only grows, so what is missed is
/// what the process takes in its very last moment.
const SAMPLE_EVERY: Duration = Duration::from_millis(2);

/// What a call ended with.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; none if it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
    /// Peak resident memory; 0 where the kernel does not tell.
    pub peak_bytes: u64,
}

impl Ended {
    /// Asserts the exit code, and shows what was printed if it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// What was printed, as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not JSON: {error}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// The built binary: `ESTRELLA_BIN`, or the one beside the folder that this test was built into.
pub fn binary() -> PathBuf {
    let beside = || {
        let test = std::env::current_exe().expect("the test has a path");
        let folder =
            test.parent().and_then(|deps| deps.parent()).expect("tests are built into target/release/deps");
        folder.join(format!("estrella{}", std::env::consts::EXE_SUFFIX))
    };
    let path = std::env::var_os("ESTRELLA_BIN").map_or_else(beside, PathBuf::from);
    assert!(
        path.is_file(),
        "there is no {}; build it first: cargo build --release -p estrella-cli (`make test` does)",
        path.display()
    );
    path
}

/// A call of the binary, ready to start, with nothing of the caller's environment that changes what it does.
pub fn command<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(binary());
    command.args(args).env_remove("ESTRELLA_LAKE").env_remove("ESTRELLA_LOG").stdin(Stdio::null());
    command
}

/// Calls the binary and waits for its end.
pub fn estrella<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ended {
    start(args).end()
}

/// A running call.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: File,
    stderr: File,
}

/// Starts the binary. Its output goes to files: pipes would have to be emptied while it runs.
pub fn start<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Running {
    let [stdout, stderr] = [(); 2].map(|()| tempfile::tempfile().expect("a scratch file"));
    let handle = |file: &File| Stdio::from(file.try_clone().expect("a second handle"));
    let child =
        command(args).stdout(handle(&stdout)).stderr(handle(&stderr)).spawn().expect("estrella starts");
    Running { child, stdout, stderr }
}

impl Running {
    /// Waits for the end.
    pub fn end(mut self) -> Ended {
        let mut peak_bytes = 0;
        let status = loop {
            peak_bytes = peak_of(self.child.id()).unwrap_or(0).max(peak_bytes);
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                break status;
            }
            thread::sleep(SAMPLE_EVERY);
        };
        Ended { code: status.code(), stdout: text(self.stdout), stderr: text(self.stderr), peak_bytes }
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the process is ours").is_none()
    }

    /// Kills it (SIGKILL: it gets no chance to tidy up). Says whether it was still running.
    pub fn kill(mut self) -> bool {
        let was_running = self.child.try_wait().expect("the process is ours").is_none();
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("the process is ours");
        was_running
    }
}

fn text(mut file: File) -> String {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).expect("output is UTF-8");
    text
}

fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(kib.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
