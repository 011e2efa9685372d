use crate::model::{Engine, EngineVersion};

/// What a server program says of itself: `postgres (PostgreSQL) 15.18 (Debian …)`,
/// `mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64`, `mysqld  Ver 8.0.36 for Linux on x86_64`.
/// `None`: it is none of the three. (A `mysqld` often is MariaDB's.)
pub fn parse(said: &str) -> Option<(Engine, EngineVersion)> {
    let (engine, rest) = if let Some((_, rest)) = said.split_once("(PostgreSQL)") {
        (Engine::Postgres, rest)
    } else {
        let (_, rest) = said.split_once(" Ver ")?;
        let is_mariadb = said.to_ascii_lowercase().contains("mariadb");
        (if is_mariadb { Engine::Mariadb } else { Engine::Mysql }, rest)
    };
    // A development version ends in letters: `17beta1`.
    let number: String = rest.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let version = EngineVersion::parse(number.trim_end_matches('.')).ok()?;
    Some((engine, version))
}

/// Whether both are of one release line.
pub fn same_major(engine: Engine, left: &EngineVersion, right: &EngineVersion) -> bool {
    let line = |version: &EngineVersion| version.major(engine.major_parts());
    // `8` names all of `8.0` and `8.4`.
    line(left) == line(right)
        || (left.parts().len() < engine.major_parts() || right.parts().len() < engine.major_parts())
            && left.matches(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_what_they_are() {
        for (said, wanted) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some((Engine::Postgres, "15.18"))),
            ("postgres (PostgreSQL) 17beta1", Some((Engine::Postgres, "17"))),
            ("postgres (PostgreSQL) 9.6.24", Some((Engine::Postgres, "9.6.24"))),
            (
                "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)",
                Some((Engine::Mariadb, "10.11.19")),
            ),
            ("mysqld  Ver 10.4.32-MariaDB for Linux on x86_64 (MariaDB Server)", Some((Engine::Mariadb, "10.4.32"))),
            (
                "/usr/sbin/mysqld  Ver 8.0.36-0ubuntu0.22.04.1 for Linux on x86_64 ((Ubuntu))",
                Some((Engine::Mysql, "8.0.36")),
            ),
            ("pg_ctl: cannot be run as root", None),
            ("mysqld  Ver ", None),
            ("", None),
        ] {
            let found = parse(said).map(|(engine, version)| (engine, version.to_string()));
            assert_eq!(found, wanted.map(|(engine, version)| (engine, version.to_owned())), "{said}");
        }
    }

    #[test]
    fn only_the_major_line_counts() {
        let version = |text| EngineVersion::parse(text).unwrap();
        for (engine, left, right, wanted) in [
            (Engine::Postgres, "16", "16.9", true),
            (Engine::Postgres, "16.1", "16.9", true),
            (Engine::Postgres, "16", "15.18", false),
            (Engine::Mariadb, "10.11", "10.11.19", true),
            (Engine::Mariadb, "10.6.2", "10.11.19", false),
            (Engine::Mysql, "8", "8.0.36", true),
            (Engine::Mysql, "8.4", "8.0.36", false),
        ] {
            assert_eq!(same_major(engine, &version(left), &version(right)), wanted, "{engine} {left} {right}");
        }
    }
}
