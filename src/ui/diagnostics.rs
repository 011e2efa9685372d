//! A definition's faults: for people with the line they stand in, for programs as JSON.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::json;

use crate::definition::{Diagnostic, Severity, Sources};

use super::{FORMAT_VERSION, WIDTH, visible};

/// Every diagnostic with its place, the line itself, what was expected and what was probably meant, then a count.
/// Styled with ANSI escapes; whoever prints it to something other than a terminal strips them, as `anstream` does.
pub fn human(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    render(diagnostics, sources, &Renderer::styled())
}

/// The same without escapes.
pub fn plain(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    render(diagnostics, sources, &Renderer::plain())
}

pub fn json(diagnostics: &[Diagnostic]) -> serde_json::Value {
    json!({ "format_version": FORMAT_VERSION, "diagnostics": diagnostics })
}

/// So many are shown: each takes a look at its whole file, and nobody reads more. JSON has them all.
const SHOWN: usize = 200;

fn render(diagnostics: &[Diagnostic], sources: &Sources, renderer: &Renderer) -> String {
    let renderer = renderer.clone().term_width(WIDTH).decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN) {
        let rendered = renderer.render(&[group(diagnostic, sources)]);
        // The renderer writes out what steers a terminal, but for these.
        text.push_str(&rendered.replace(|c| matches!(c, '\u{80}'..='\u{9f}'), "\u{fffd}"));
        text.push_str("\n\n");
    }
    if let Some(more @ 1..) = diagnostics.len().checked_sub(SHOWN) {
        text.push_str(&format!("and {more} more, which `--format json` shows\n\n"));
    }
    text.push_str(&count(diagnostics));
    text
}

fn group<'d>(diagnostic: &'d Diagnostic, sources: &'d Sources) -> Group<'d> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        level.primary_title(&*diagnostic.message).id(diagnostic.code).elements(snippets(diagnostic, sources));
    if let Some(expected) = &diagnostic.expected {
        group = group.element(Level::NOTE.with_name("expected").message(wrapped(expected)));
    }
    if let Some(suggestion) = &diagnostic.suggestion {
        group = group.element(Level::HELP.message(format!("did you mean {suggestion}?")));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(wrapped(help)));
    }
    if let Some(affected) = affected(diagnostic) {
        group = group.element(Level::NOTE.message(affected));
    }
    group
}

/// The line of the fault, and the line of what it is related to.
fn snippets<'d>(
    diagnostic: &'d Diagnostic,
    sources: &'d Sources,
) -> Vec<Snippet<'d, annotate_snippets::Annotation<'d>>> {
    let snippet = |file: &'d str| {
        let source = sources.get(file).map_or("", |file| file.text.as_str());
        Snippet::source(source).path(visible(file))
    };
    let primary = AnnotationKind::Primary.span(diagnostic.span.clone());
    let first = snippet(&diagnostic.origin.file).annotation(primary);
    let Some(related) = &diagnostic.related else { return vec![first] };
    let context = AnnotationKind::Context.span(related.span.clone()).label(&*related.message);
    if related.origin.file == diagnostic.origin.file {
        return vec![first.annotation(context)];
    }
    vec![first, snippet(&related.origin.file).annotation(context)]
}

/// Broken between words so that it fits beside the gutter and its label.
fn wrapped(text: &str) -> String {
    const ROOM: usize = WIDTH - 18;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line =
            lines.last_mut().filter(|line| line.is_empty() || line.chars().count() + word.chars().count() < ROOM);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// The environments that share a fault, where the file does not say it.
fn affected(diagnostic: &Diagnostic) -> Option<String> {
    const SHOWN: usize = 5;
    let names: Vec<&str> = diagnostic.environments.iter().map(|name| name.as_str()).collect();
    let own = names.iter().any(|name| diagnostic.origin.file.ends_with(&format!("/{name}.toml")));
    if names.is_empty() || (own && names.len() == 1) {
        return None;
    }
    let more = names.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("concerns {}{rest}", names[..names.len() - more].join(", ")))
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let counted = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let parts = [counted(of(Severity::Error), "error"), counted(of(Severity::Warning), "warning")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join(", ")) }
}
