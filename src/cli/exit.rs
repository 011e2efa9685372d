/// How the process ends: scripts and CI jobs decide by these numbers, so they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; no differences.
    Done = 0,
    /// Differences or findings: `diff`, `audit`, `check`, `plan --exit-code`.
    Differences = 1,
    /// An error in use or in a definition, or a provider that cannot be asked.
    Trouble = 2,
    /// A guard refused: protected, wrong account, not confirmed. Nothing was changed.
    Refused = 3,
    /// Partly applied: the same command again goes on.
    Partial = 4,
    /// A defect of envctl.
    Defect = 70,
    /// `run`: the command cannot be run, by the shells' convention.
    CannotRun = 126,
    /// `run`: there is no such command.
    NoCommand = 127,
}

impl Exit {
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
