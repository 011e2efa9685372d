use tracing_subscriber::EnvFilter;

use crate::ui;

use super::{Error, Globals};

/// Sends the log to stderr. Without `--log`, `-v` is what envctl itself does and `-vv` each exchange with a provider.
pub fn start(globals: &Globals) -> Result<(), Error> {
    let filter = match (&globals.log, globals.verbose) {
        (Some(filter), _) => filter.as_str(),
        (None, 0) => "error",
        (None, 1) => "warn,envctl=debug",
        (None, _) => "debug,hyper=info,rustls=info,h2=info",
    };
    let filter = EnvFilter::builder().parse(filter).map_err(|error| Error::Use {
        message: format!("`{filter}` is no log filter: {error}"),
        hint: Some("give a level (`debug`) or levels by module: `warn,envctl=debug`".to_owned()),
    })?;
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(ui::coloured_stderr())
        // A log that cannot be written must not end the work that it tells of.
        .log_internal_errors(false)
        .try_init();
    // It fails only where a log runs already: in a program that calls envctl's `run` more than once.
    drop(started);
    Ok(())
}
