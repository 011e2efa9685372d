/// For people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For reading, in 80 columns
    #[default]
    Human,
    /// For programs; the document names its `format_version`
    Json,
}

/// For people, for programs, or for a pull request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// For reading, in 80 columns
    #[default]
    Human,
    /// For programs; the document names its `format_version`
    Json,
    /// For a pull request's comment
    Markdown,
}
