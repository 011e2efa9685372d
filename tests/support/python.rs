//! The Python of the tests: the strict AWS is written in it, and so are the judges of formats.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const PACKAGES: &str = include_str!("requirements.txt");

/// The Python of the test set-up, with the strict AWS on its path.
pub fn python(arguments: &[&str]) -> Command {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(INTERPRETER.get_or_init(install));
    command.args(arguments).env("PYTHONPATH", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support"));
    command
}

/// Installs the pinned packages into the target folder, once for each version of their list.
fn install() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = std::fs::File::create(tmp.join("strict-aws.lock")).expect("the target folder is writable");
    lock.lock().expect("one set-up at a time");
    let venv = tmp.join("strict-aws");
    let (interpreter, stamp) = (venv.join("bin/python"), venv.join("installed.txt"));
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == PACKAGES) {
        return interpreter;
    }
    finish(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/requirements.txt");
    finish(Command::new(&interpreter).args(install).arg(packages));
    std::fs::write(&stamp, PACKAGES).expect("the target folder is writable");
    interpreter
}

fn finish(step: &mut Command) {
    let output = step.output().expect("Python 3 is installed: the tests need it");
    assert!(output.status.success(), "{step:?}: {}", String::from_utf8_lossy(&output.stderr));
}
