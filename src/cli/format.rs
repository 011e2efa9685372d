/// For people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For reading, in 80 columns
    #[default]
    Human,
    /// For programs; `src/ui/json.md` tells of every field
    Json,
}

/// For people, for programs, or for a pull request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// For reading, in 80 columns
    #[default]
    Human,
    /// For programs; `src/ui/json.md` tells of every field
    Json,
    /// For a pull request's comment
    Markdown,
}

/// For people, or for whatever takes findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FindingsFormat {
    /// For reading, in 80 columns
    #[default]
    Human,
    /// For programs; `src/ui/json.md` tells of every field
    Json,
    /// For a pull request's comment
    Markdown,
    /// For code scanning: SARIF 2.1.0, with file and line
    Sarif,
    /// For a CI system's list of tests
    Junit,
}
