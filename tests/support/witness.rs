//! An independent client of the strict AWS, which looks at what came of a command.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value as Json;

use super::python::python;

/// boto3 in a process of its own, which is asked again and again: to load the models of so many services takes seconds.
pub struct Witness {
    process: Child,
    accounts: ChildStdin,
    inventories: BufReader<ChildStdout>,
}

impl Witness {
    pub fn start(endpoint: &str, region: &str) -> Self {
        let mut process = python(&["-m", "strict_aws.inventory", "--endpoint", endpoint, "--region", region])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the inventory starts");
        let accounts = process.stdin.take().expect("stdin is piped");
        let inventories = BufReader::new(process.stdout.take().expect("stdout is piped"));
        Self { process, accounts, inventories }
    }

    /// Everything that an account holds.
    pub fn inventory(&mut self, account: &str) -> Vec<Json> {
        writeln!(self.accounts, "{account}").expect("the inventory reads");
        let mut line = String::new();
        self.inventories.read_line(&mut line).expect("the inventory answers");
        serde_json::from_str(&line).expect("the inventory is JSON")
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // Ended by its own id; it would also end by itself as its stdin closes.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
