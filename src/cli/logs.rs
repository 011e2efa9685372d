use std::path::PathBuf;

use crate::local::Local;
use crate::local::logs::{Line, Logs};
use crate::model::{Environment, Name};
use crate::ui;

use super::{Answer, Error, Globals, Which, While, ensure_stands};

/// Show what the components of an environment print
///
/// Of all of them, merged by time, or of one. Times are UTC; a star marks what envctl itself has to say, such as that
/// an instance ended.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl logs dev
  envctl logs dev web -f
  envctl logs dev worker -n 1000")]
pub struct Args {
    #[command(flatten)]
    pub which: Which,
    /// A component [default: all of them]
    #[arg(value_name = "COMPONENT")]
    pub component: Option<String>,
    /// Go on as more is printed, until Ctrl-C
    #[arg(short, long)]
    pub follow: bool,
    /// How many of the last lines to begin with
    #[arg(short = 'n', long, value_name = "LINES", default_value_t = 100)]
    pub lines: usize,
}

pub fn command(args: &Args, globals: &Globals) -> Result<Answer, Error> {
    args.which.with(globals, async |site| {
        let local = site.provider.local().ok_or_else(|| elsewhere(&site.environment))?;
        let logs = chosen(local, &site.environment, args.component.as_deref())?;
        ensure_stands(local)?;
        show(&logs, args).await
    })
}

/// Prints what is there, and goes on if that is asked for.
async fn show(paths: &[PathBuf], args: &Args) -> Result<Answer, Error> {
    let doing = "cannot read the logs";
    let (mut logs, lines) = Logs::open(paths, args.lines).while_doing(doing)?;
    ui::out(&text(&lines)).while_doing("cannot write to stdout")?;
    if !args.follow {
        return Ok(Answer::done(""));
    }
    loop {
        tokio::select! {
            more = logs.more() => {
                if !ui::out_while_read(&text(&more.while_doing(doing)?)).while_doing("cannot write to stdout")? {
                    return Ok(Answer::done(""));
                }
            }
            _ = tokio::signal::ctrl_c() => return Ok(Answer::done("")),
        }
    }
}

fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn chosen(local: &Local, environment: &Environment, wanted: Option<&str>) -> Result<Vec<PathBuf>, Error> {
    let shape = &environment.shape;
    let Some(wanted) = wanted else {
        return Ok(shape.compute.keys().map(|name| local.log(name)).collect());
    };
    if let Some((name, _)) = shape.compute.get_key_value(wanted) {
        return Ok(vec![local.log(name)]);
    }
    let known: Vec<&str> = shape.compute.keys().map(Name::as_str).collect();
    Err(Error::Use {
        message: format!("{} has no component `{wanted}`", environment.name),
        hint: Some(format!("it has {}", known.join(", "))),
    })
}

fn elsewhere(environment: &Environment) -> Error {
    Error::Use {
        message: format!("{} stands on AWS, where each instance keeps its own journal", environment.name),
        hint: Some("open a session on one (`aws ssm start-session`), then `journalctl -u envctl-COMPONENT`".to_owned()),
    }
}
