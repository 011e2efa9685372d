use futures_util::future::join_all;

use crate::model::{Definition, Environment, Name};
use crate::plan::teardown;
use crate::provider::Keep;
use crate::record::Operation;
use crate::ui;
use crate::ui::previews::{Row, Standing};
use crate::ui::summary::Doing;

use super::guard::{ask, is_yes};
use super::preview::place;
use super::reached::Reached;
use super::{
    Answer, Change, Consent, Error, Exit, Fate, Format, Globals, LockArgs, Project, Which, block_on, can_ask,
    check_caller, now, observe,
};

/// Remove the previews whose time is over
///
/// Asks wherever the project's environments are for previews (`envctl up NAME --like ENV --ttl TIME`), and takes down those
/// that are past their end, with all that they hold. Whatever a file defines is left alone.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl reap --dry-run
  envctl reap --yes                      in CI, once an hour

Exits with 0 when none is left past its time, 2 when not all places could be
asked, 4 when one is left: run it again.")]
pub struct Args {
    /// Say which are past their time, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub lock: LockArgs,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let now = now();
    let mut over = block_on(standing(&project, globals))?;
    over.rows.retain(|row| row.preview.until <= now);
    if !args.dry_run && !over.rows.is_empty() {
        agree(args, &over)?;
        for row in &mut over.rows {
            row.error = remove(row, &project, args, globals).err().map(|error| error.in_a_line());
        }
    }
    let exit = match over.rows.iter().all(|row| row.error.is_none()) {
        true if over.unseen.is_empty() => Exit::Done,
        true => Exit::Trouble,
        false => Exit::Partial,
    };
    Ok(match args.format {
        Format::Human => Answer { text: over.reaped_human(args.dry_run, now), exit },
        Format::Json => Answer::json(&over.reaped_json(args.dry_run), exit),
    })
}

/// Every preview that stands where one of the project's environments may have some.
pub async fn standing(project: &Project, globals: &Globals) -> Result<Standing, Error> {
    let look = async |environment: &Environment| {
        let provider = Reached::connect(environment, project, globals).await?;
        check_caller(environment, &provider).await?;
        Ok(provider.previews().await?)
    };
    let is_defined = |name: &Name| project.sources.environments.iter().any(|file| file.stem() == name.as_str());
    let look = async |environment| (environment, look(environment).await);
    let mut standing = Standing::default();
    for (environment, found) in join_all(places(project.all()?).into_iter().map(look)).await {
        match found {
            Ok(found) => {
                let row = |(name, preview)| Row { name, preview, beside: environment.name.clone(), error: None };
                standing.rows.extend(found.into_iter().filter(|(name, _)| !is_defined(name)).map(row));
            }
            Err(error) => standing.unseen.push((environment.name.clone(), Error::in_a_line(&error))),
        }
    }
    Ok(standing)
}

/// One environment for each place where previews can stand, which none of what is protected does.
fn places<'a>(definitions: impl Iterator<Item = &'a Definition>) -> Vec<&'a Environment> {
    let mut places: Vec<&Environment> = Vec::new();
    for environment in definitions.map(|definition| &definition.environment).filter(|one| !one.protected) {
        if !places.iter().any(|known| place(known) == place(environment)) {
            places.push(environment);
        }
    }
    places
}

fn agree(args: &Args, over: &Standing) -> Result<(), Error> {
    if args.yes {
        return Ok(());
    }
    if !can_ask() {
        return Err(Error::refused(
            "nobody can be asked: stdin is no terminal",
            "look (`envctl reap --dry-run`), then add `--yes`",
        ));
    }
    ui::note(&over.reaped_human(true, now()));
    block_on(ask("Remove them? [y/N] ", is_yes, "reap"))
}

fn remove(row: &Row, project: &Project, args: &Args, globals: &Globals) -> Result<(), Error> {
    // Its original may be gone, or stand elsewhere by now. What matters is where the preview stands.
    let there = |name: &str| project.resolved.definitions.get(name).map(|definition| place(&definition.environment));
    let is_there = there(&row.preview.like) == there(row.beside.as_str());
    let like = if is_there { row.preview.like.as_str() } else { row.beside.as_str() };
    let which = Which { environment: row.name.to_string(), local: false, like: Some(like.to_owned()) };
    which.with(globals, async |site| {
        let desired = site.provider.desired(&site.environment).unwrap_or_default();
        let change = Change {
            doing: Doing::Down,
            operation: Operation::Down,
            environment: &site.environment,
            plan: &teardown(&desired, &observe(&site.environment, site.provider.as_ref()).await?),
            consent: Consent { yes: true, ..Consent::default() },
            format: Format::Human,
            detail: globals.detail(),
            address: &[],
            reviewed: None,
            fate: &Fate::Reaped,
        };
        let answer = change.run(&site.provider, |observed| teardown(&desired, observed), &args.lock, globals).await?;
        ui::note(&answer.text);
        match answer.exit {
            Exit::Done => Ok(()),
            _ => Err(Error::Use { message: "something of it is left".to_owned(), hint: None }),
        }
    })
}
