use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};

use crate::model::Environment;
use crate::provider::Access;
use crate::store::read_text;
use crate::ui;
use crate::ui::secrets::{self, Row};

use super::dotenv::{Entry, entries};
use super::{Answer, Error, Exit, Format, Globals, Site, Which, While, check_caller, confirm_protected};

/// Set, get, list, unset and import the values of an environment's secrets
///
/// A value comes from a prompt, from stdin or from a file, never from an argument: those can be read by everyone on the
/// machine, and stay in the shell's history. Only what the definition declares under [secrets] can have one.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl secret list dev
  envctl secret set dev STRIPE_KEY               asks, and shows nothing
  envctl secret set dev STRIPE_KEY < key.txt
  envctl secret get dev STRIPE_KEY
  envctl secret import dev .env")]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Give a secret its value
    Set {
        #[command(flatten)]
        which: Which,
        /// As the definition declares it
        name: String,
        // What somebody gives in the ways that come to mind, and must not: taken, so that it can be said without showing it.
        #[arg(hide = true, allow_hyphen_values = true)]
        value: Vec<OsString>,
        /// Read the value from a file; a single line break at its end is left out
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// The environment's name once more; what is protected needs it
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
    /// Print a secret's value
    Get {
        #[command(flatten)]
        which: Which,
        name: String,
    },
    /// Show which secrets have a value; never the values
    List {
        #[command(flatten)]
        which: Which,
        /// For whom to write the answer
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
        format: Format,
    },
    /// Take a secret's value away
    Unset {
        #[command(flatten)]
        which: Which,
        name: String,
        /// The environment's name once more; what is protected needs it
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
    /// Set many from a file of lines NAME=VALUE (`.env`), or from stdin (`-`)
    Import {
        #[command(flatten)]
        which: Which,
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Pass over names that the definition does not declare as secrets
        #[arg(long)]
        declared_only: bool,
        /// The environment's name once more; what is protected needs it
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    match &args.command {
        Command::Set { name, value, .. } if !value.is_empty() => Err(seen(name)),
        Command::Set { which, name, file, confirm, .. } => which.with(globals, async |site| {
            declared(&site.environment, name)?;
            confirm_protected(&site.environment, confirm.as_deref())?;
            let value = value(name, file.as_deref())?;
            check_caller(&site.environment, site.provider.as_ref()).await?;
            site.provider.set_secret(name, &value).await?;
            Ok(Answer::done(format!("{name} is set.\n{}", effect(&site.environment))))
        }),
        Command::Get { which, name } => which.with(globals, async |site| {
            declared(&site.environment, name)?;
            check_caller(&site.environment, site.provider.as_ref()).await?;
            let values = site.provider.secret_values().await?;
            let value = values.get(name).ok_or_else(|| missing(&site.environment, &[name.as_str()]))?;
            // As it is: what it would do to a terminal is part of it.
            ui::out_as_it_is(&format!("{}\n", value.expose_secret())).while_doing("cannot write the value")?;
            Ok(Answer::done(""))
        }),
        Command::List { which, format } => which.with(globals, async |site| list(site, *format).await),
        Command::Unset { which, name, confirm } => which.with(globals, async |site| {
            confirm_protected(&site.environment, confirm.as_deref())?;
            check_caller(&site.environment, site.provider.as_ref()).await?;
            Ok(Answer::done(match site.provider.unset_secret(name).await? {
                true => format!("{name} has no value any more.\n"),
                false => format!("{name} had no value.\n"),
            }))
        }),
        Command::Import { which, file, declared_only, confirm } => which.with(globals, async |site| {
            confirm_protected(&site.environment, confirm.as_deref())?;
            check_caller(&site.environment, site.provider.as_ref()).await?;
            import(site, file, *declared_only).await
        }),
    }
}

async fn list(site: &Site, format: Format) -> Result<Answer, Error> {
    check_caller(&site.environment, site.provider.as_ref()).await?;
    let states = site.provider.secrets().await?;
    let declared = site.environment.shape.secrets.iter().map(|(name, spec)| Row {
        name: name.clone(),
        generate: spec.generate.is_some(),
        state: states.get(name).copied(),
    });
    let rows: Vec<Row> = declared.collect();
    Ok(match format {
        Format::Human => Answer::done(secrets::human(&rows)),
        Format::Json => Answer::json(&secrets::json(&rows), Exit::Done),
    })
}

async fn import(site: &Site, file: &Path, declared_only: bool) -> Result<Answer, Error> {
    let text =
        if file == Path::new("-") { from_stdin()? } else { SecretString::from(read_text(file).map_err(Error::File)?) };
    let is_declared = |entry: &Entry| site.environment.shape.secrets.contains_key(&entry.name);
    let (declared, others): (Vec<Entry>, Vec<Entry>) =
        entries(text.expose_secret()).into_iter().partition(|entry| entry.name.is_empty() || is_declared(entry));
    // Of a name that stands there twice the last.
    let (mut values, mut faults) = (BTreeMap::new(), Vec::new());
    for Entry { line, name, value } in declared {
        match value.and_then(|value| fault(&value).map_or(Ok(value), Err)) {
            Ok(value) => drop(values.insert(name, SecretString::from(value))),
            Err(why) => faults.push(format!("{}:{line}: {why}", file.display())),
        }
    }
    if !faults.is_empty() {
        let hint = "between single quotes a value is taken as it stands; one with a `'` in it goes between double quotes, \
                    where `\\`, `\"`, `$` and `` ` `` have a `\\` before them";
        return Err(Error::Use {
            message: format!("nothing is set: {}", faults.join("; ")),
            hint: Some(hint.to_owned()),
        });
    }
    let shown = |entry: Entry| match entry.is_named_as_usual() {
        true => entry.name,
        // It may be a part of a value.
        false => format!("{}:{}", file.display(), entry.line),
    };
    let others: Vec<String> = others.into_iter().map(shown).collect();
    if !others.is_empty() && !declared_only {
        return Err(Error::Use {
            message: format!("the definition of {} declares no secret {}", site.environment.name, others.join(", ")),
            hint: Some("declare them under [secrets], or pass over them with `--declared-only`".to_owned()),
        });
    }
    for (name, value) in &values {
        site.provider.set_secret(name, value).await?;
    }
    let mut said = format!("{} set.\n", ui::count(values.len(), "secret"));
    if !others.is_empty() {
        said.push_str(&format!("Not declared, and passed over: {}.\n", others.join(", ")));
    }
    Ok(Answer::done(said + &effect(&site.environment)))
}

/// A process reads its secrets when it starts.
fn effect(environment: &Environment) -> String {
    match environment.target {
        crate::model::Target::Local(_) => {
            format!("What runs already gets it with the next `envctl up {}`.\n", environment.argument())
        }
        crate::model::Target::Aws(_) => "Instances get it when they start.\n".to_owned(),
    }
}

fn declared(environment: &Environment, name: &str) -> Result<(), Error> {
    let known = &environment.shape.secrets;
    if known.contains_key(name) {
        return Ok(());
    }
    if name.contains('=') {
        return Err(seen(name));
    }
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    let hint = match names.as_slice() {
        [] => format!("declare it: {name} = {{}} under [secrets]"),
        names => format!("it declares {}", names.join(", ")),
    };
    Err(Error::Use { message: format!("{} declares no secret `{name}`", environment.name), hint: Some(hint) })
}

/// What was given as an argument is not shown again: what stands on stderr is often kept.
fn seen(argument: &str) -> Error {
    let name = argument.split_once('=').map_or(argument, |(name, _)| name);
    Error::Use {
        message: "a secret's value is no argument: everyone on the machine can read those".to_owned(),
        hint: Some(format!("give {name} another value, from stdin, a file or when asked; this one has been seen")),
    }
}

/// What to do about secrets without a value.
pub fn missing(environment: &Environment, names: &[&str]) -> Error {
    let (name, argument) = (&environment.name, environment.argument());
    let commands: Vec<String> = names.iter().map(|secret| format!("`envctl secret set {argument} {secret}`")).collect();
    let (noun, verb) = if names.len() == 1 { ("secret", "has") } else { ("secrets", "have") };
    Error::Use {
        message: format!("the {noun} {} of {name} {verb} no value", names.join(", ")),
        hint: Some(format!("set what is missing: {}", commands.join(", "))),
    }
}

fn value(name: &str, file: Option<&Path>) -> Result<SecretString, Error> {
    let value = match file {
        Some(file) => read_text(file).map_err(Error::File)?.into(),
        None if std::io::stdin().is_terminal() => rpassword::prompt_password(format!("Value of {name} (not shown): "))
            .while_doing("cannot read the value")?
            .into(),
        None => from_stdin()?,
    };
    let text = value.expose_secret();
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    match fault(text) {
        Some(wrong) => Err(Error::Use { message: format!("{name} is not set: {wrong}"), hint: None }),
        None => Ok(text.into()),
    }
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
const LONGEST: usize = 65_536;
/// Of a whole file of them.
const LONGEST_FILE: u64 = 1 << 20;

/// What keeps a text from being a secret's value.
fn fault(text: &str) -> Option<&'static str> {
    match text {
        "" => Some("an empty value is none"),
        text if text.len() > LONGEST => Some("a secret has at most 65536 bytes"),
        text if text.contains('\0') => Some("a NUL character cannot stand in an environment variable"),
        _ => None,
    }
}

fn from_stdin() -> Result<SecretString, Error> {
    let mut text = String::new();
    let mut stdin = std::io::stdin().lock().take(LONGEST_FILE + 1);
    stdin.read_to_string(&mut text).while_doing("cannot read the value from stdin")?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(Error::Use { message: "what comes from stdin is longer than 1 MiB".to_owned(), hint: None });
    }
    Ok(text.into())
}
