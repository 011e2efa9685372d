//! Commands that are asked to stop.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

pub fn started(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Sends them as the command tells of its progress for the `step`th time, each a little after the one before; how it ended,
/// if it came so far.
pub fn interrupted(command: &mut Command, signals: &[&str], step: usize) -> Option<(i32, String)> {
    let mut child = started(command);
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    let mut steps = 0;
    while told.read_line(&mut line).unwrap() > 0 {
        if line.starts_with('[') {
            steps += 1;
        }
        if steps > step {
            for signal in signals {
                send(signal, &child);
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
            break;
        }
        line.clear();
    }
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = rest + &String::from_utf8(ended.stdout).unwrap();
    (steps > step).then(|| (ended.status.code().unwrap_or_else(|| panic!("{signals:?} ended it: {said}")), said))
}
