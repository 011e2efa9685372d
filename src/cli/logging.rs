use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, FilterExt, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::ui;

use super::{Error, Globals};

/// Sends the log to stderr. Without `--log`, `-vv` is what envctl does and each call to a provider; `-v` shows more of what
/// is shown anyway, and logs warnings alone.
pub fn start(globals: &Globals) -> Result<(), Error> {
    let filter = match (&globals.log, globals.verbose) {
        (Some(filter), _) => filter.as_str(),
        (None, 0) => "error",
        (None, 1) => "warn",
        (None, _) => "info,envctl=trace",
    };
    let filter = EnvFilter::builder().parse(filter).map_err(|error| Error::Use {
        message: format!("`{filter}` is no log filter: {error}"),
        hint: Some("give a level (`debug`) or levels by module: `warn,envctl=debug`".to_owned()),
    })?;
    let started = subscriber(filter, std::io::stderr, ui::coloured_stderr()).try_init();
    // It fails only where a log runs already: in a program that calls envctl's `run` more than once.
    drop(started);
    Ok(())
}

/// Writes what the filter asks for, as far as it cannot hold a secret.
fn subscriber(
    filter: EnvFilter,
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
    colours: bool,
) -> impl Subscriber + Send + Sync {
    // A log that cannot be written must not end the work that it tells of.
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colours).log_internal_errors(false);
    tracing_subscriber::registry().with(lines.with_filter(filter.and(cap())))
}

/// The most that is logged whatever is asked for. Below `info` other crates, the SDK and the HTTP client among them,
/// write out requests and answers, and with them the values of secrets and credentials.
fn cap() -> Targets {
    Targets::new().with_default(LevelFilter::INFO).with_target("envctl", LevelFilter::TRACE)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of the same events under a filter.
    fn logged(filter: &str) -> String {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = subscriber(EnvFilter::new(filter), move || writer.clone(), false);
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::debug_span!(target: "aws_sdk_secretsmanager", "invoke", body = "hunter2");
            let _entered = span.enter();
            tracing::trace!(target: "aws_smithy_runtime::client::orchestrator", "body: hunter2");
            tracing::debug!(target: "aws_sdk_secretsmanager", "SecretString: hunter2");
            tracing::debug!(target: "hyper::proto::h1", "hunter2");
            tracing::trace!(target: "h2", "hunter2");
            tracing::debug!(target: "rustls", "hunter2");
            tracing::warn!(target: "aws_config", "no region");
            tracing::trace!(target: "envctl::engine", "creating");
        });
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn no_filter_brings_out_what_other_crates_send_and_receive() {
        let asked =
            ["trace", "debug", "aws_smithy_runtime=trace,hyper=trace", "trace,aws_sdk_secretsmanager[invoke]=trace"];
        for filter in asked {
            assert!(!logged(filter).contains("hunter2"), "{filter}: {}", logged(filter));
        }
    }

    #[test]
    fn what_was_asked_for_is_logged() {
        assert!(logged("trace").contains("creating") && logged("trace").contains("no region"));
        assert!(logged("warn,envctl=trace").contains("creating"));
        let quiet = logged("error");
        assert!(quiet.is_empty(), "{quiet}");
    }
}
