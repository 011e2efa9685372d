use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};

use super::client::Client;
use super::error::Error;
use crate::model::Engine;

/// How long the other run may take with its migrations and its seed.
const TO_WAIT: Duration = Duration::from_secs(900);
/// Between two tries.
const BETWEEN: Duration = Duration::from_millis(200);
/// "envctl"
const KEY: u64 = 0x656e_7663_746c;

/// Held by a session of its own, so that the work of one run is never mixed with that of another. The session ends with
/// this value, and with the process: then its input ends.
#[derive(Debug)]
pub struct Lock {
    _session: Child,
    _input: ChildStdin,
}

impl Lock {
    pub async fn take(client: &Client) -> Result<Self, Error> {
        let program = client.program(client.system_database(), TO_WAIT)?;
        // Asked for again and again: a statement that waits holds a snapshot, for whose end `CREATE INDEX CONCURRENTLY` waits
        // in turn, and none of the two would come to an end.
        let (program, sql) = match client.engine() {
            Engine::Postgres => {
                (program.args(["-A", "-t", "-f", "-"]), format!("SELECT pg_try_advisory_lock({KEY})::int;\n"))
            }
            Engine::Mysql | Engine::Mariadb => (
                program.args(["--batch", "--skip-column-names", "--unbuffered"]),
                "SELECT get_lock('envctl', 0);\n".to_owned(),
            ),
        };
        let failed = |source: std::io::Error| Error::Unreachable { said: source.to_string() };
        let mut command = program.into_command();
        command.stdin(std::process::Stdio::piped());
        let mut session = command.spawn().map_err(failed)?;
        let (Some(mut input), Some(output)) = (session.stdin.take(), session.stdout.take()) else {
            return Err(Error::Unreachable { said: "its client has no input".to_owned() });
        };
        let mut lines = BufReader::new(output).lines();
        let locked = async {
            loop {
                // Who stops reading says why on stderr.
                drop(input.write_all(sql.as_bytes()).await);
                drop(input.flush().await);
                match lines.next_line().await {
                    Ok(Some(line)) if line == "1" => return true,
                    Ok(Some(_)) => tokio::time::sleep(BETWEEN).await,
                    _ => return false,
                }
            }
        };
        match tokio::time::timeout(TO_WAIT, locked).await {
            Ok(true) => Ok(Self { _session: session, _input: input }),
            Ok(false) => {
                let mut said = String::new();
                if let Some(mut stderr) = session.stderr.take() {
                    drop(stderr.read_to_string(&mut said).await);
                }
                Err(Error::Unreachable { said: super::program::last_lines(&said, 4) })
            }
            Err(_) => Err(Error::Busy { after: TO_WAIT }),
        }
    }
}
