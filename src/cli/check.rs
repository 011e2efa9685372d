use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::audit::{Audit, Verdict as Isolation};
use crate::diff::{Parity, Verdict, declared};
use crate::model::Definition;
use crate::ui::{self, FORMAT_VERSION};

use super::audit::{self, Look};
use super::{Answer, Error, Exit, FindingsFormat, Globals, Project};

/// Validate all definitions, compare every declared mirror, and audit them all
///
/// The one command for CI: without `--live` it needs no credentials and no network. Every error is reported, with its file
/// and line. `diff` and `audit` say more of what the two parts are about.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl check
  envctl check --live                the audit of what exists, too
  envctl check --format markdown >> \"$GITHUB_STEP_SUMMARY\"

Exits with 0 when all is well, 1 on findings, 2 on errors in a definition.")]
pub struct Args {
    /// Audit what exists, too, and not the definitions alone; needs credentials for each account
    #[arg(long)]
    pub live: bool,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FindingsFormat,
}

const UNJUDGED: &str = "not compared with what is not valid, and not audited: mend the errors first";

/// Errors come before differences in the exit code: what does not resolve cannot be compared.
pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?.with_missing_files();
    project.ensure_defines()?;
    let mirrors = mirrors(&project, globals.today());
    // What does not resolve might be the one that shares something: half an audit would say too little.
    let look = Look { live: args.live, ..Look::default() };
    let audit = (!project.resolved.is_faulty()).then(|| audit::of(&project, &[], look, globals)).transpose()?;
    let audit = audit.as_ref();
    let exit = if project.resolved.is_faulty() {
        Exit::Trouble
    } else if mirrors.iter().any(|parity| parity.verdict() == Verdict::Different)
        || audit.is_some_and(|audit| audit.verdict() == Isolation::Leaking)
    {
        Exit::Differences
    } else {
        Exit::Done
    };
    Ok(match args.format {
        FindingsFormat::Human => Answer { text: human(&project, &mirrors, audit), exit },
        FindingsFormat::Markdown => Answer { text: markdown(&project, &mirrors, audit), exit },
        FindingsFormat::Json => Answer::json(&as_json(&project, &mirrors, audit), exit),
        FindingsFormat::Sarif => Answer::json(&ui::findings::sarif(&entries(&project, &mirrors, audit)), exit),
        FindingsFormat::Junit => {
            let unjudged = project.resolved.is_faulty().then_some(UNJUDGED);
            let suites = [("definition", None), ("parity", unjudged), ("audit", unjudged)];
            Answer { text: ui::findings::junit(&entries(&project, &mirrors, audit), &suites), exit }
        }
    })
}

/// Each environment with the one that it says it mirrors, where both resolve.
fn mirrors(project: &Project, today: Date) -> Vec<Parity> {
    let definitions = &project.resolved.definitions;
    let mirror = |copy: &Definition| {
        let original = definitions.get(copy.environment.mirrors.as_ref()?)?;
        Some(declared(copy, original, today))
    };
    definitions.values().filter_map(mirror).collect()
}

fn human(project: &Project, mirrors: &[Parity], audit: Option<&Audit>) -> String {
    let mut text = ui::diagnostics::human(&project.resolved.diagnostics, &project.sources);
    let valid = project.resolved.definitions.len();
    let all = project.sources.environments.len();
    text.push_str(&match valid == all {
        true => format!("{} valid\n", ui::count(all, "environment")),
        false => format!("{valid} of {} valid\n", ui::count(all, "environment")),
    });
    for parity in mirrors {
        text.push_str(&format!("\n{}", ui::diff::human(parity, None)));
    }
    text.push('\n');
    text.push_str(&audit.map_or_else(|| format!("{UNJUDGED}\n"), ui::audit::human));
    text
}

fn markdown(project: &Project, mirrors: &[Parity], audit: Option<&Audit>) -> String {
    let diagnostics = &project.resolved.diagnostics;
    let mut text = match diagnostics.is_empty() {
        true => "### ✅ definitions are valid\n".to_owned(),
        false => {
            let plain = ui::diagnostics::plain(diagnostics, &project.sources);
            format!(
                "### {} in the definitions\n\n```text\n{}\n```\n",
                ui::count(diagnostics.len(), "finding"),
                plain.trim_end()
            )
        }
    };
    for parity in mirrors {
        text.push_str(&format!("\n{}", ui::diff::markdown(parity, None)));
    }
    text.push('\n');
    text.push_str(&audit.map_or_else(|| format!("{UNJUDGED}\n"), ui::audit::markdown));
    text
}

fn as_json(project: &Project, mirrors: &[Parity], audit: Option<&Audit>) -> Json {
    json!({
        "format_version": FORMAT_VERSION,
        "environments": project.resolved.definitions.keys().collect::<Vec<_>>(),
        "diagnostics": project.resolved.diagnostics,
        "mirrors": mirrors.iter().map(|parity| ui::diff::json(parity, None)).collect::<Vec<_>>(),
        "audit": audit.map(ui::audit::json),
    })
}

fn entries(project: &Project, mirrors: &[Parity], audit: Option<&Audit>) -> Vec<ui::findings::Entry> {
    let mut entries = ui::findings::of_diagnostics(&project.resolved.diagnostics);
    entries.extend(mirrors.iter().flat_map(ui::findings::of_parity));
    entries.extend(audit.into_iter().flat_map(ui::findings::of_audit));
    entries
}
