use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;

use super::blueprint::{Material, blueprint};
use super::error::{because, faulty, io_failed};
use super::folder::{Folder, Identity};
use super::record;
use super::server::{self, Installation, Migrations, System};
use super::vault::Vault;
use crate::graph::Graph;
use crate::model::{Database, Environment, Name};
use crate::provider::Error;

/// What this machine gives to its environments.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of all environments.
    pub state: PathBuf,
    /// The program of which each component's supervisor is another process: envctl itself.
    pub program: PathBuf,
    /// Where servers' programs are looked for, before the usual places.
    pub search: Vec<PathBuf>,
}

/// One environment on this machine.
pub struct Local {
    pub(super) environment: Environment,
    /// The project's folder, by its canonical path.
    pub(super) root: PathBuf,
    pub(super) folder: Folder,
    pub(super) vault: Vault,
    pub(super) settings: Settings,
    /// As far as the definition's databases are installed; what is not has its reason.
    installations: BTreeMap<Name, Result<Installation, String>>,
}

impl Local {
    pub async fn open(environment: &Environment, root: &Path, settings: Settings) -> Result<Self, Error> {
        let root = canonical(root)?;
        let folder = Folder::of(&settings.state, &root, &environment.app, &environment.name);
        let vault = Vault::new(&folder);
        let found = environment.shape.database.iter().map(async |(name, database)| {
            let any = environment.takes_any_version(name);
            (
                name.clone(),
                installed(database, any, &settings.search).await.map_err(|error| format!("database.{name}: {error}")),
            )
        });
        let installations = join_all(found).await.into_iter().collect();
        Ok(Self { environment: environment.clone(), root, folder, vault, settings, installations })
    }

    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Whether anything of it exists but secrets.
    pub fn stands(&self) -> Result<bool, Error> {
        self.folder.stands()
    }

    /// Whether an environment of this name and project stands on this machine, whatever defined it. A preview is none that a
    /// file defines.
    pub fn stands_somehow(root: &Path, name: &str, settings: &Settings) -> Result<bool, Error> {
        let root = canonical(root)?;
        let all = Folder::all(&settings.state)?.into_iter();
        let mut named = all.filter(|(identity, _)| identity.environment == name && identity.project == root);
        named.try_fold(false, |stands, (_, folder)| Ok(stands || folder.stands()? && !record::is_preview(&folder)?))
    }

    /// What the definition asks for, as this machine can have it.
    ///
    /// # Errors
    /// All servers that are not installed, and all migrations that cannot be read, at once.
    pub fn desired(&self) -> Result<Graph, Error> {
        let mut materials = BTreeMap::new();
        let mut faults = Vec::new();
        for (name, database) in &self.environment.shape.database {
            match (self.installation(name), self.migrations(name)) {
                (Ok(installation), Ok(migrations)) => {
                    let major = installation.version.major(database.engine.major_parts());
                    let parameters = mirrored(database);
                    let migrations =
                        migrations.files.iter().map(|file| (file.name.clone(), short(&file.digest))).collect();
                    materials.insert(name.clone(), Material { major, parameters, migrations });
                }
                (installation, migrations) => {
                    let errors = [installation.err(), migrations.err()];
                    faults.extend(errors.into_iter().flatten().map(|Error { message, own_remedy, .. }| {
                        own_remedy.map_or(message.clone(), |remedy| format!("{message}\n{remedy}"))
                    }));
                }
            }
        }
        if !faults.is_empty() {
            return Err(faulty(faults.join("\n")));
        }
        blueprint(&self.environment, &materials).map_err(faulty)
    }

    pub(super) fn installation(&self, database: &Name) -> Result<&Installation, Error> {
        match self.installations.get(database) {
            Some(Ok(installation)) => Ok(installation),
            Some(Err(why)) => Err(faulty(why)),
            None => Err(faulty(format!("the definition has no database {database}"))),
        }
    }

    /// The migrations of a database, in their order; none where the definition names no folder of them.
    pub(super) fn migrations(&self, database: &Name) -> Result<Migrations, Error> {
        let folder = self.environment.shape.database.get(database).and_then(|database| database.migrations.as_ref());
        match folder {
            None => Ok(Migrations::default()),
            Some(folder) => Migrations::read(&self.root.join(folder)).map_err(|error| self.because(error)),
        }
    }

    /// What a server had to say, with the project's files named as the definition names them.
    pub(super) fn because(&self, error: server::Error) -> Error {
        let says_what_helps = error.says_what_helps();
        let error = because(error);
        let said = error.message.replace(&format!("{}/", self.root.display()), "");
        let said = said.replace("`envctl reset`", &format!("`envctl reset {}`", self.environment.argument()));
        match said.split_once('\n').filter(|_| says_what_helps) {
            Some((message, remedy)) => Error { message: message.to_owned(), ..error }.with_remedy(remedy),
            None => Error { message: said, ..error },
        }
    }

    /// Whose the folder is; it is made if it is not there.
    pub(super) fn identity(&self) -> Result<Identity, Error> {
        self.folder.make(&self.environment, &self.root)
    }
}

#[expect(clippy::disallowed_methods, reason = "how a server is installed hangs on the system")]
pub(super) async fn installed(
    database: &Database,
    any_major: bool,
    path: &[PathBuf],
) -> Result<Installation, server::Error> {
    let path = std::env::join_paths(path).ok();
    let folders = server::search_list(database.engine, None, path.as_deref(), Path::new("/"));
    let release = ["/etc/os-release", "/usr/lib/os-release"].iter().find_map(|path| std::fs::read_to_string(path).ok());
    let system = System::read(release.as_deref(), cfg!(target_os = "macos"));
    server::find(database.engine, &database.version, any_major, &folders, &system).await
}

/// Enough of a digest to tell one content from another, and short enough to be read.
pub fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// Without the parameters that RDS alone knows.
fn mirrored(database: &Database) -> BTreeMap<String, String> {
    let left_out = server::unmirrored(&database.parameters);
    let kept = database.parameters.iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "an environment is known by its project's place, however that is written"
)]
fn canonical(root: &Path) -> Result<PathBuf, Error> {
    std::fs::canonicalize(root).map_err(io_failed("find", root))
}
