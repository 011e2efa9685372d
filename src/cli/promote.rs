use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::definition::Severity;
use crate::diff::{Side as Seen, declared, live};
use crate::local;
use crate::model::Environment;
use crate::plan::plan;
use crate::promote::{self, Case, Gate, GateName, Pending, besides_migrations, is_open, judge};
use crate::record::{Entry, Operation, Outcome};
use crate::ui::status::addresses;
use crate::ui::summary::Doing;
use crate::ui::{self, Header};

use super::apply::Signals;
use super::audit::{self, Look};
use super::change::Carried;
use super::lock::{Deed, Ended, Fate, actor, change, holding, until_free};
use super::looked::{Looked, pending};
use super::project::definition_says;
use super::reached::Reached;
use super::reviewed::digest;
use super::up::missing_secrets;
use super::watch::watch;
use super::{
    Answer, Approval, Change, Consent, Error, Exit, Format, Globals, Project, block_on, can_ask, migrated, now,
    observe, said, time,
};

/// Carry the release of one environment to the next, through gates
///
/// All gates are judged before the verdict, each with its result: all definitions are valid; the two have one shape and
/// share nothing, declared and live; FROM runs the release in good health, for long enough; TO has all secrets, is as its
/// definition says, and nobody is changing it; and no pending migration locks out, rewrites or loses anything. Then TO gets
/// the release and is watched for a while; if it does not stay well, what ran before is brought back.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl promote staging prod --dry-run      the gates alone
  envctl promote staging prod --confirm prod --write
  envctl promote staging prod --confirm prod --skip migrations \\
      --reason \"applied by hand\"

Exits with 0 when it is promoted (with --dry-run: when all gates are open),
3 when a gate is closed, 4 when it was partly applied or what ran before was
brought back.")]
pub struct Args {
    /// The environment that runs the release
    #[arg(value_name = "FROM")]
    pub from: String,
    /// The environment that is to run it
    #[arg(value_name = "TO")]
    pub to: String,
    /// Judge the gates, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How long FROM must have run the release
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = time)]
    pub min_age: SignedDuration,
    /// How long TO is watched before it counts as promoted
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = time)]
    pub watch: SignedDuration,
    /// Pass this gate though it is closed; written down with the reason; may be repeated
    #[arg(long, value_name = "GATE", requires = "reason")]
    pub skip: Vec<GateName>,
    /// Why gates are skipped
    #[arg(long, value_name = "TEXT", value_parser = said)]
    pub reason: Option<String>,
    /// Write the release into TO's definition, layout and comments kept
    #[arg(long)]
    pub write: bool,
    #[command(flatten)]
    pub approval: Approval,
    /// For whom to write the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

pub fn run(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    let mut project = Project::open(globals)?;
    names(args).into_iter().try_for_each(|name| project.ensure_known(name))?;
    if args.from == args.to {
        return Err(Error::Use { message: "an environment is not promoted to itself".to_owned(), hint: None });
    }
    if let Some(wait) = args.approval.lock.lock_timeout {
        wait_for_turn(args, wait, &project, globals)?;
        project = Project::open(globals)?;
    }
    match project.all() {
        Ok(_) => {}
        Err(Error::Definitions { .. }) => return Ok(invalid(args, &project)),
        Err(error) => return Err(error),
    }
    let (from, to) = (project.environment(&args.from)?, project.environment(&args.to)?);
    // Audits what exists of both by itself, before anything is awaited here.
    let only = [from.environment.name.clone(), to.environment.name.clone()];
    let audit = audit::of(&project, &only, Look { live: true, ..Look::default() }, globals)?;
    let parity = declared(from, to, globals.today());
    block_on(async {
        let (left, right) = tokio::try_join!(
            Looked::at(&from.environment, &project, globals),
            Looked::at(&to.environment, &project, globals)
        )?;
        let exists = !left.found.is_empty() && !right.found.is_empty();
        let comparable = exists && from.environment.is_local() == to.environment.is_local();
        let live = comparable.then(|| {
            // Where each has left its own definition is judged by gates of its own.
            let seen = |looked| {
                let Looked { environment, found, .. }: &Looked = looked;
                Seen { environment, inventory: found, drift: &[] }
            };
            live(&seen(&left), &seen(&right), globals.today())
        });
        let reason = args.reason.clone().unwrap_or_default();
        let skip: BTreeMap<GateName, String> = args.skip.iter().map(|name| (*name, reason.clone())).collect();
        let missing = missing_secrets(&right.environment, right.provider.as_ref()).await?;
        let mut signals = Signals::new()?;
        let pending = match signals.unless(pending(&project, &left, &right, globals)).await {
            Err(stopped) => {
                local::end_measuring(&globals.machine.settings()?).await?;
                return Err(stopped);
            }
            pending => pending??,
        };
        let gates = judge(&Case {
            from: left.side(),
            to: right.side(),
            parity: &parity,
            live: live.as_ref(),
            audit: &audit,
            missing: &missing,
            migrations: &pending,
            age: args.min_age,
            now: now(),
            skip: &skip,
        });
        let headers = [Header::of(&from.environment), Header::of(&to.environment)];
        if args.dry_run || !is_open(&gates) {
            let exit = if is_open(&gates) { Exit::Done } else { Exit::Refused };
            return Ok(match args.format {
                Format::Human => Answer { text: ui::promote::human(&headers, &gates), exit },
                Format::Json => Answer::json(&ui::promote::json(&headers, &gates, None), exit),
            });
        }
        ui::note(&ui::promote::human(&headers, &gates));
        let release = from.environment.release.clone().unwrap_or_default();
        let brought = migrated::brought(&to.environment, &project)?;
        let judged = Judged { release: &release, gates: &gates, pending: &pending };
        let carried = carry(args, globals, &project, &right, judged, &mut signals).await?;
        if carried.is_promoted() {
            let to = Environment { release: Some(release.clone()), ..to.environment.clone() };
            migrated::note(&to, &brought, true, right.provider.as_ref()).await;
        }
        if let Some(error) = &carried.unwritten {
            ui::note(&error.human());
        }
        let is_written = carried.unwritten.is_none();
        let mut answer = match args.format {
            Format::Human => carried.human(args, &release),
            Format::Json => carried.json(&headers, &gates),
        };
        if !is_written {
            answer.exit = Exit::Partial;
        }
        Ok(answer)
    })
}

/// Whoever is at work there changes what is judged, and the definitions with it.
fn wait_for_turn(args: &Args, wait: SignedDuration, project: &Project, globals: &Globals) -> Result<(), Error> {
    let Some(to) = project.resolved.definitions.get(args.to.as_str()) else { return Ok(()) };
    block_on(async {
        let provider = Reached::connect(&to.environment, project, globals).await?;
        until_free(&provider, now() + wait, globals).await
    })
}

/// What is wrong with the definitions has been shown; here it closes their gate, and nothing else can be judged.
fn invalid(args: &Args, project: &Project) -> Answer {
    let names = names(args);
    let errors = project.resolved.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let errors: Vec<String> = errors.map(|error| format!("{}: {}", error.origin, error.message)).collect();
    let gates = promote::invalid(&errors);
    match args.format {
        Format::Human => Answer { text: ui::promote::invalid_human(names, &gates), exit: Exit::Refused },
        Format::Json => Answer::json(&ui::promote::invalid_json(names, &gates), Exit::Refused),
    }
}

fn names(args: &Args) -> [&str; 2] {
    [&args.from, &args.to]
}

/// How a promotion ended.
struct Promoted {
    carried: Carried,
    /// Why it did not hold; nothing if it did.
    why: Vec<String>,
    /// How bringing back what ran before ended, where that was tried.
    back: Option<Carried>,
    /// Why the definition could not be written.
    unwritten: Option<Error>,
}

impl Promoted {
    fn held(carried: Carried) -> Self {
        Self::ill(carried, Vec::new())
    }

    /// It does not hold, and still runs.
    fn ill(carried: Carried, why: Vec<String>) -> Self {
        Self { carried, why, back: None, unwritten: None }
    }

    fn is_promoted(&self) -> bool {
        self.why.is_empty() && self.carried.is_complete()
    }

    fn human(self, args: &Args, release: &str) -> Answer {
        if self.why.is_empty() {
            let is_written = self.unwritten.is_none();
            let mut answer = self.carried.into_answer();
            if answer.exit == Exit::Done {
                answer.text.push_str(&definition_says(&args.to, release, args.write && is_written));
            }
            return answer;
        }
        let why: String = self.why.iter().map(|line| format!("  {line}\n")).collect();
        let back = match self.back {
            Some(back) if back.is_complete() => format!("What ran before is back:\n{}", back.into_answer().text),
            Some(back) => format!("What ran before is not back wholly:\n{}", back.into_answer().text),
            None => format!(
                "It still runs: go back with `envctl rollback {to}`; or keep it, with `release = \"{release}\"` in \
                 environments/{to}.toml and `envctl up {to}`.\n",
                to = args.to
            ),
        };
        let text = format!("{release} did not stay well in {}:\n{why}\n{back}", args.to);
        Answer { text, exit: Exit::Partial }
    }

    fn json(self, headers: &[Header; 2], gates: &[Gate]) -> Answer {
        let exit = if self.is_promoted() { Exit::Done } else { Exit::Partial };
        let ended = ui::promote::Ended {
            promoted: self.is_promoted(),
            rolled_back: self.back.as_ref().is_some_and(Carried::is_complete),
            why: self.why,
        };
        Answer::json(&ui::promote::json(headers, gates, Some(&ended)), exit)
    }
}

impl Ended for Promoted {
    fn outcome(&self) -> Option<Outcome> {
        match &self.back {
            None if self.why.is_empty() => self.carried.outcome(),
            Some(back) if back.is_complete() => Some(Outcome::RolledBack),
            _ => Some(Outcome::Partly),
        }
    }

    fn note(&self) -> Option<String> {
        if self.why.is_empty() { self.carried.note() } else { Some(self.why.join("; ")) }
    }
}

/// What the gates were asked about, and what they found.
struct Judged<'a> {
    release: &'a str,
    gates: &'a [Gate],
    pending: &'a Pending,
}

/// Gives TO the release under its lock, watches it, and goes back where it does not hold.
async fn carry(
    args: &Args,
    globals: &Globals,
    project: &Project,
    to: &Looked,
    Judged { release, gates, pending }: Judged<'_>,
    signals: &mut Signals,
) -> Result<Promoted, Error> {
    let next = Environment { release: Some(release.to_owned()), ..to.environment.clone() };
    let provider = Arc::new(signals.unless(Reached::connect(&next, project, globals)).await??);
    let desired = provider.desired(&next)?;
    let first = plan(&desired, &to.found);
    let address = addresses(&to.found);
    let change = Change {
        doing: Doing::Up,
        operation: Operation::Promote,
        environment: &next,
        plan: &first,
        consent: args.approval.consent(can_ask()),
        format: args.format,
        detail: globals.detail(),
        address: &address,
        reviewed: None,
        fate: &Fate::Kept,
    };
    if !signals.unless(change.agree()).await?? {
        return Ok(Promoted::held(change.nothing_done()));
    }
    let deed = Deed {
        operation: Operation::Promote,
        release: Some(release.to_owned()),
        plan: Some(digest(&first)),
        note: Some(format!("from {}", args.from)),
        fate: Fate::Kept,
    };
    let work = async |signals: &mut Signals| {
        let observed = signals.unless(observe(&next, provider.as_ref())).await??;
        let plan = plan(&desired, &observed);
        if digest(&plan) != digest(&first) {
            return Err(Error::refused(
                format!("{} has changed since the gates were judged", args.to),
                "promote again",
            ));
        }
        write_down(args, gates, pending, &next, provider.as_ref()).await?;
        let carried = Change { plan: &plan, ..change }.apply_with(&provider, globals, signals).await?;
        if carried.is_interrupted() {
            return Ok(Promoted::held(carried));
        }
        let why = match carried.is_complete() {
            true => match watch(&next, provider.as_ref(), args.watch, globals, signals).await {
                Ok(ill) => ill,
                // The release is there, and what nobody has seen is no reason to take it away.
                Err(unseen) => {
                    let why = vec![format!("it could not be watched to the end: {}", unseen.in_a_line())];
                    return Ok(Promoted::ill(carried, why));
                }
            },
            false => vec![carried.note().unwrap_or_else(|| "not all of it could be applied".to_owned())],
        };
        if why.is_empty() {
            // Before the lock is given back: whoever waits for it judges what the definition says then.
            let unwritten = if args.write { project.write_release(&next.name, release).err() } else { None };
            return Ok(Promoted { unwritten, ..Promoted::held(carried) });
        }
        // The way back leads to what the definition says. Where that was not what ran, nobody has agreed to it.
        if besides_migrations(&to.plan).next().is_some() {
            return Ok(Promoted::ill(carried, why));
        }
        ui::note(&format!("\n{release} does not stay well; what ran before is brought back\n\n"));
        Ok(match go_back(args, globals, project, &to.environment, signals).await {
            Ok(back) => Promoted { back: Some(back), ..Promoted::ill(carried, why) },
            Err(error) => {
                let unable = format!("what ran before could not be brought back: {}", error.in_a_line());
                Promoted::ill(carried, [why, vec![unable]].concat())
            }
        })
    };
    holding(&provider, &next, deed, &args.approval.lock, globals, work).await
}

/// The gates that are passed though they are closed, and what that says of migrations.
async fn write_down(
    args: &Args,
    gates: &[Gate],
    pending: &Pending,
    to: &Environment,
    provider: &Reached,
) -> Result<(), Error> {
    let by = actor(provider).await?;
    let skipped = gates.iter().filter(|gate| args.skip.contains(&gate.name) && gate.remedy.is_some());
    for gate in skipped {
        let reason = args.reason.as_deref().unwrap_or_default();
        let entry = Entry {
            at: now(),
            by: by.clone(),
            operation: Operation::SkipGate,
            outcome: Outcome::Done,
            release: None,
            plan: None,
            note: Some(format!("{} of {}: {reason}", gate.name.as_str(), to.name)),
        };
        change(provider, |mut record| {
            record.append(entry.clone());
            if gate.name == GateName::Migrations {
                record.migrated.extend(pending.by_hand.clone());
            }
            record
        })
        .await?;
    }
    Ok(())
}

/// To what the definition still says, which is what ran.
async fn go_back(
    args: &Args,
    globals: &Globals,
    project: &Project,
    before: &Environment,
    signals: &mut Signals,
) -> Result<Carried, Error> {
    let provider = Arc::new(Reached::connect(before, project, globals).await?);
    let observed = observe(before, provider.as_ref()).await?;
    let change = Change {
        doing: Doing::Up,
        operation: Operation::Promote,
        environment: before,
        plan: &plan(&provider.desired(before)?, &observed),
        consent: Consent { reviewed: true, ..Consent::default() },
        format: args.format,
        detail: globals.detail(),
        address: &addresses(&observed),
        reviewed: None,
        fate: &Fate::Kept,
    };
    change.run_locked(&provider, globals, signals).await
}
