//! Commands that must not hang.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// No command of a test takes longer; one that does hangs.
const LONGEST: Duration = Duration::from_secs(180);

/// What a command printed, and its exit code.
pub fn run(command: &mut Command) -> (i32, String, String) {
    run_within(LONGEST, command)
}

/// The same for what must end sooner.
pub fn run_within(longest: Duration, command: &mut Command) -> (i32, String, String) {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    let out = read_all(child.stdout.take().expect("stdout is piped"));
    let err = read_all(child.stderr.take().expect("stderr is piped"));
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            break status;
        }
        if began.elapsed() > longest {
            child.kill().expect("the child can be ended");
            panic!("{command:?} hangs:\n{}", err.join().expect("it was read"));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = |reader: JoinHandle<String>| reader.join().expect("it was read");
    (status.code().unwrap_or(-1), text(out), text(err))
}

/// The same with something on its stdin.
pub fn fed(command: &mut Command, stdin: &str) -> (i32, String, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    child.stdin.take().expect("stdin is piped").write_all(stdin.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn read_all(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).expect("its output is text");
        text
    })
}
