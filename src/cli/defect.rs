use std::panic::PanicHookInfo;

use crate::ui;

use super::Exit;

/// What to do about a defect.
pub const REPORT: &str = "this is a defect of envctl: please report it with the command that you gave. Running the \
                          command again is safe: envctl looks at what exists before it does anything.";

/// Makes a panic, wherever it happens, say so and end the process with [`Exit::Defect`].
///
/// Going on would mean to trust a program that has just been wrong. To be ended at any instant is safe: what exists is
/// asked of the provider each time, and creates are idempotent.
#[expect(clippy::disallowed_methods, reason = "a panic has no caller to return an `Exit` to")]
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        ui::note(&message(info));
        std::process::exit(Exit::Defect.code().into());
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(|place| format!("at {}:{}", place.file(), place.line()));
    let said = info.payload_as_str().unwrap_or("no message").to_owned();
    ui::error("a defect of envctl", &[said].into_iter().chain(place).collect::<Vec<_>>(), &[REPORT.to_owned()])
}
