use std::ops::Range;

use crate::model::{Name, Origin};

/// A file of a project, as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the project's root, with `/` between its parts: `environments/prod.toml`.
    pub path: String,
    pub text: String,
    /// Why there is no text.
    pub unreadable: Option<Unreadable>,
}

/// What keeps a file from being read, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub message: String,
    pub help: Option<String>,
}

impl SourceFile {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), unreadable: None }
    }

    pub fn unreadable(path: impl Into<String>, why: Unreadable) -> Self {
        Self { unreadable: Some(why), ..Self::new(path, "") }
    }

    /// The file's name without folder and `.toml`: what an environment or a template is called.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".toml").unwrap_or(name)
    }
}

/// Everything that definitions are resolved from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    pub templates: Vec<SourceFile>,
    pub environments: Vec<SourceFile>,
    /// Environments without a file of their own.
    pub previews: Vec<Preview>,
}

/// A short-lived copy of an environment, with data and secrets of its own: the same files, read under another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub name: Name,
    /// The environment that it is a copy of.
    pub like: Name,
}

impl Sources {
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.templates.iter().chain(&self.environments)
    }

    pub fn get(&self, path: &str) -> Option<&SourceFile> {
        self.files().find(|file| file.path == path)
    }
}

/// A range of bytes in one of the [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

/// The files by number, templates first, each with the beginnings of its lines.
pub(super) struct Files<'s> {
    files: Vec<(&'s SourceFile, Vec<usize>)>,
}

impl<'s> Files<'s> {
    pub fn new(sources: &'s Sources) -> Self {
        let lines = |file: &SourceFile| {
            let after_breaks = file.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(after_breaks).collect()
        };
        Self { files: sources.files().map(|file| (file, lines(file))).collect() }
    }

    pub fn get(&self, file: usize) -> &'s SourceFile {
        self.files[file].0
    }

    pub fn slice(&self, place: Place) -> &'s str {
        &self.get(place.file).text[place.start..place.end]
    }

    pub fn origin(&self, place: Place) -> Origin {
        let (file, lines) = &self.files[place.file];
        let line = lines.partition_point(|start| *start <= place.start);
        let column = file.text[lines[line - 1]..place.start].chars().count() + 1;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Origin { file: file.path.clone(), line: number(line), column: number(column) }
    }

    /// From there to the end of its line.
    pub fn line_from(&self, origin: &Origin) -> Option<Place> {
        let (file, (source, lines)) = self.files.iter().enumerate().find(|(_, (file, _))| file.path == origin.file)?;
        let line = usize::try_from(origin.line).ok()?.checked_sub(1)?;
        let text = source.text[*lines.get(line)?..].lines().next()?;
        let column = usize::try_from(origin.column).ok()?.checked_sub(1)?;
        let start = lines[line] + text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
        Some(self.place(file, start..lines[line] + text.trim_end().len()))
    }

    /// The place of a parser's span, kept within the file and between characters.
    pub fn place(&self, file: usize, span: Range<usize>) -> Place {
        let text = &self.get(file).text;
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
        Place { file, start, end }
    }
}
