//! The commands that talk to AWS. Each opens the project, lays the environment out, connects, and hands over.

use std::sync::Arc;

use futures_util::future::join_all;

use jiff::civil::Date;

use crate::aws::{Aws, blueprint};
use crate::diff::{Live, Side, live};
use crate::model::{Definition, Environment};
use crate::ui::Header;
use crate::ui::overview::{self, Overview};
use crate::ui::status::StatusReport;

use super::{Answer, Error, Exit, Format, Globals, Project, block_on, down, drift, ls, observe, plan, status, up};

pub fn plan(args: &plan::Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let environment = &project.environment(&args.environment)?.environment;
    let desired = blueprint(environment)?;
    block_on(async { plan::run(args, environment, &desired, &connect(environment).await?, globals.detail()).await })
}

pub fn up(args: &up::Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let environment = &project.environment(&args.environment)?.environment;
    let desired = blueprint(environment)?;
    block_on(async {
        let provider = Arc::new(connect(environment).await?);
        up::run(args, globals, environment, &desired, provider, globals.options()).await
    })
}

pub fn down(args: &down::Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let environment = &project.environment(&args.environment)?.environment;
    // It only helps to order what is removed, and an environment without a release has none.
    let desired = blueprint(environment).unwrap_or_default();
    block_on(async {
        let provider = Arc::new(connect(environment).await?);
        down::run(args, globals, environment, &desired, provider, globals.options()).await
    })
}

pub fn status(args: &status::Args, globals: &Globals) -> Result<Answer, Error> {
    let project = Project::open(globals)?;
    let environment = &project.environment(&args.environment)?.environment;
    block_on(async { status::run(args, environment, &connect(environment).await?).await })
}

/// What exists of each, all asked at once. That one of them cannot be asked hides none of the others.
pub fn overview<'a>(args: &ls::Args, definitions: impl Iterator<Item = &'a Definition>) -> Result<Answer, Error> {
    let look = async |definition: &Definition| {
        let environment = &definition.environment;
        let header = Header::of(environment);
        let found = match connect(environment).await {
            Ok(provider) => observe(environment, &provider).await,
            Err(error) => Err(error),
        };
        Overview {
            environment: header.clone(),
            found: found.map(|found| StatusReport::new(header, &found)).map_err(|error| error.in_a_line()),
        }
    };
    let all = block_on(async { Ok(join_all(definitions.map(look)).await) })?;
    Ok(match args.format {
        Format::Human => Answer::done(overview::human(&all)),
        Format::Json => Answer::json(&overview::json(&all), Exit::Done),
    })
}

/// What exists of both, and where each has left its own definition.
pub fn compare(left: &Definition, right: &Definition, today: Date) -> Result<Live, Error> {
    let (left, right) = (&left.environment, &right.environment);
    let (left_graph, right_graph) = (blueprint(left)?, blueprint(right)?);
    let look = async |environment| observe(environment, &connect(environment).await?).await;
    let (left_found, right_found) = block_on(async { tokio::try_join!(look(left), look(right)) })?;
    let (left_drift, right_drift) = (drift(&left_graph, &left_found), drift(&right_graph, &right_found));
    let left = Side { environment: left, inventory: &left_found, drift: &left_drift };
    let right = Side { environment: right, inventory: &right_found, drift: &right_drift };
    Ok(live(&left, &right, today))
}

async fn connect(environment: &Environment) -> Result<Aws, Error> {
    Ok(Aws::connect(environment).await?)
}
