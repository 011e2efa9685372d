use crate::model::{Engine, EngineVersion};

/// The machine, as far as installing software goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    pub family: Family,
    /// `debian 12`, `ubuntu 24.04`: what the release is called; empty where unknown.
    pub release: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    Debian,
    /// Fedora and its relatives, RHEL among them.
    Fedora,
    Arch,
    Alpine,
    Homebrew,
    #[default]
    Unknown,
}

/// What a release has in its own archive: its name, Postgres, MariaDB, MySQL.
const ARCHIVES: [(&str, &str, &str, &str); 8] = [
    ("debian 11", "13", "10.5", ""),
    ("debian 12", "15", "10.11", ""),
    ("debian 13", "17", "11.8", ""),
    ("ubuntu 20.04", "12", "10.3", "8.0"),
    ("ubuntu 22.04", "14", "10.6", "8.0"),
    ("ubuntu 24.04", "16", "10.11", "8.0"),
    ("ubuntu 25.04", "17", "11.4", "8.4"),
    ("ubuntu 25.10", "17", "11.8", "8.4"),
];

impl System {
    /// From the text of `/etc/os-release`; `None` on a system that has none.
    pub fn read(os_release: Option<&str>, is_macos: bool) -> Self {
        let Some(text) = os_release else {
            let family = if is_macos { Family::Homebrew } else { Family::Unknown };
            return Self { family, release: String::new() };
        };
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
        };
        let (id, like) = (field("ID"), field("ID_LIKE"));
        let is = |names: &[&str]| names.iter().any(|name| id == *name || like.split(' ').any(|word| word == *name));
        let family = if is(&["debian", "ubuntu"]) {
            Family::Debian
        } else if is(&["fedora", "rhel", "centos"]) {
            Family::Fedora
        } else if is(&["arch"]) {
            Family::Arch
        } else if is(&["alpine"]) {
            Family::Alpine
        } else {
            Family::Unknown
        };
        Self { family, release: format!("{id} {}", field("VERSION_ID")) }
    }
}

/// The command that installs this major version here, and what has to be done before where the system's own archive
/// lacks it.
pub fn install_hint(engine: Engine, wanted: &EngineVersion, system: &System) -> String {
    let major = wanted.major(engine.major_parts());
    match system.family {
        Family::Debian => debian(engine, &major, &system.release),
        Family::Fedora => fedora(engine, &major),
        Family::Arch => match engine {
            Engine::Postgres => format!("pacman -S postgresql (only if that is {major}; it has one version at a time)"),
            Engine::Mariadb => format!("pacman -S mariadb (only if that is {major}; it has one version at a time)"),
            Engine::Mysql => format!("a package of MySQL {major} from the AUR"),
        },
        Family::Alpine => match engine {
            Engine::Postgres => format!("apk add postgresql{major} postgresql{major}-client"),
            Engine::Mariadb => format!("apk add mariadb mariadb-client (only if that is {major})"),
            Engine::Mysql => format!("a build of MySQL {major}: Alpine has MariaDB alone"),
        },
        Family::Homebrew => match engine {
            Engine::Postgres => format!("brew install postgresql@{major}"),
            Engine::Mariadb => format!("brew install mariadb@{major}"),
            Engine::Mysql => format!("brew install mysql@{major}"),
        },
        Family::Unknown => format!("the server of {engine} {major}, with its client, by your system's own means"),
    }
}

fn debian(engine: Engine, major: &str, release: &str) -> String {
    let archive = ARCHIVES.iter().find(|(name, ..)| *name == release);
    let has = archive.is_some_and(|(_, postgres, mariadb, mysql)| {
        let theirs = match engine {
            Engine::Postgres => postgres,
            Engine::Mariadb => mariadb,
            Engine::Mysql => mysql,
        };
        *theirs == major
    });
    let (package, elsewhere) = match engine {
        Engine::Postgres => (format!("postgresql-{major}"), "the PGDG repository, apt.postgresql.org"),
        Engine::Mariadb => ("mariadb-server".to_owned(), "MariaDB's own repository"),
        Engine::Mysql => ("mysql-server".to_owned(), "MySQL's own APT repository"),
    };
    let command = format!("sudo apt-get install {package}");
    if has { command } else { format!("{command} (needs {elsewhere})") }
}

fn fedora(engine: Engine, major: &str) -> String {
    match engine {
        Engine::Postgres => {
            format!(
                "sudo dnf install postgresql{major}-server (on RHEL: needs the PGDG repository, yum.postgresql.org)"
            )
        }
        Engine::Mariadb => format!("sudo dnf install mariadb{major}-server"),
        Engine::Mysql => format!("sudo dnf install mysql{major}-server"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(engine: Engine, version: &str, os_release: Option<&str>) -> String {
        install_hint(engine, &EngineVersion::parse(version).unwrap(), &System::read(os_release, true))
    }

    #[test]
    fn the_hint_fits_the_machine() {
        const BOOKWORM: Option<&str> = Some("NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n");
        const MINT: Option<&str> = Some("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"22\"\n");
        const ROCKY: Option<&str> = Some("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"");
        let hints = [
            hint(Engine::Postgres, "15.18", BOOKWORM),
            hint(Engine::Postgres, "16", BOOKWORM),
            hint(Engine::Mariadb, "10.11", BOOKWORM),
            hint(Engine::Mysql, "8.0.36", BOOKWORM),
            hint(Engine::Postgres, "16.9", MINT),
            hint(Engine::Postgres, "16.9", ROCKY),
            hint(Engine::Postgres, "16.9", Some("ID=alpine\nVERSION_ID=3.20")),
            hint(Engine::Postgres, "16.9", None),
            hint(Engine::Postgres, "16.9", Some("")),
        ];
        snapbox::assert_data_eq!(
            hints.join("\n"),
            snapbox::str![[r#"
sudo apt-get install postgresql-15
sudo apt-get install postgresql-16 (needs the PGDG repository, apt.postgresql.org)
sudo apt-get install mariadb-server
sudo apt-get install mysql-server (needs MySQL's own APT repository)
sudo apt-get install postgresql-16 (needs the PGDG repository, apt.postgresql.org)
sudo dnf install postgresql16-server (on RHEL: needs the PGDG repository, yum.postgresql.org)
apk add postgresql16 postgresql16-client
brew install postgresql@16
the server of postgres 16, with its client, by your system's own means
"#]]
        );
    }
}
