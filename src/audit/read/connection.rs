use percent_encoding::percent_decode_str;

/// How a program is told to reach a database, a queue or any other server.
#[derive(Clone, Default, PartialEq)]
pub struct Connection {
    /// Without what names a driver: `postgresql` of `jdbc:postgresql` and of `postgresql+asyncpg`.
    pub scheme: String,
    pub user: Option<String>,
    pub password: Option<String>,
    /// Without ports: no two servers of one host differ by them, and poolers listen on ports of their own.
    pub hosts: Vec<String>,
    /// The path without its first slash, whole.
    pub path: String,
}

/// Schemes of what keeps data or passes it on.
const STORES: [&str; 25] = [
    "postgres",
    "postgresql",
    "mysql",
    "mysql2",
    "mariadb",
    "mongodb",
    "redis",
    "rediss",
    "valkey",
    "amqp",
    "amqps",
    "sqlserver",
    "mssql",
    "oracle",
    "cockroachdb",
    "clickhouse",
    "memcached",
    "kafka",
    "nats",
    "cassandra",
    "couchdb",
    "elasticsearch",
    "opensearch",
    "neo4j",
    "bolt",
];

impl Connection {
    pub fn is_store(&self) -> bool {
        STORES.contains(&self.scheme.as_str())
    }

    /// The database on the server: the path's first part.
    pub fn database(&self) -> Option<&str> {
        self.path.split(['/', ';']).next().filter(|name| !name.is_empty())
    }
}

/// Every connection that a text tells: URLs, libpq's and ADO's keywords, Go's `user:password@tcp(host)/database`.
pub fn connections(text: &str) -> Vec<Connection> {
    let mut found: Vec<Connection> = text.match_indices("://").filter_map(|(at, _)| url(text, at)).collect();
    found.extend(text.lines().filter_map(keywords));
    found.extend(text.match_indices("@tcp(").filter_map(|(at, _)| go(text, at)));
    found
}

/// In bytes: no URL of a connection is longer, and a text of thousands is read once and not once for each.
const LONGEST: usize = 4096;

fn ends(c: char) -> bool {
    c.is_whitespace() || "\"'<>`|\\".contains(c)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| decoded(text))
}

fn url(text: &str, at: usize) -> Option<Connection> {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    let before = &text[text.floor_char_boundary(at.saturating_sub(LONGEST))..at];
    let start = before
        .rfind(|c: char| !is_scheme(c))
        .map_or(0, |last| last + before[last..].chars().next().map_or(1, char::len_utf8));
    let scheme = before[start..].split('+').next().unwrap_or_default().to_ascii_lowercase();
    let rest = &text[at + 3..];
    let rest = &rest[..rest.floor_char_boundary(LONGEST)];
    let rest = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#', ';']).unwrap_or(rest.len()));
    // A password may hold what parts a URL, if nobody encoded it.
    let (authority, after) = match (authority.contains('@'), rest.rfind('@')) {
        (false, Some(last))
            if after.starts_with(['/', '#']) && authority.contains(':') && is_port(authority).is_none() =>
        {
            let end = rest[last..].find(['/', '?', ';']).map_or(rest.len(), |end| last + end);
            rest.split_at(end)
        }
        _ => (authority, after),
    };
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let mut connection = Connection {
        scheme,
        user: filled(user),
        password: filled(password),
        hosts: hosts.split(',').map(without_port).filter(|host| !host.is_empty()).map(decoded).collect(),
        path: decoded(after.trim_start_matches('/').split(['?', '#', ';']).next().unwrap_or_default()),
    };
    for pair in after.split(['?', '&', ';']).skip(1) {
        let Some((key, value)) = pair.split_once('=') else { continue };
        connection.set(key, &decoded(value));
    }
    (!connection.scheme.is_empty()).then_some(connection)
}

fn is_port(authority: &str) -> Option<u16> {
    authority.rsplit_once(':')?.1.parse().ok()
}

fn without_port(host: &str) -> &str {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

impl Connection {
    /// A keyword of libpq, JDBC or ADO. Whether it is one.
    /// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>
    fn set(&mut self, key: &str, value: &str) -> bool {
        let value = value.trim().trim_matches(['"', '\'']);
        if value.is_empty() {
            return false;
        }
        match key.trim().to_ascii_lowercase().as_str() {
            "host" | "hostaddr" | "server" | "data source" | "addr" | "address" | "servername" => {
                let value = value.trim_start_matches("tcp:");
                self.hosts.extend(value.split(',').map(|host| without_port(host).to_owned()));
            }
            "dbname" | "database" | "databasename" | "initial catalog" => self.path = value.to_owned(),
            "user" | "username" | "user id" | "uid" => self.user = Some(value.to_owned()),
            "password" | "pwd" => self.password = Some(value.to_owned()),
            _ => return false,
        }
        true
    }
}

/// `host=… dbname=…` and `Server=…;Database=…`: at least a host and one thing more.
fn keywords(line: &str) -> Option<Connection> {
    let mut connection = Connection { scheme: "postgres".to_owned(), ..Connection::default() };
    let is_ado = line.contains(';');
    let separated_by = |c: char| if is_ado { c == ';' } else { c.is_whitespace() };
    let pairs = line.split(separated_by).filter_map(|pair| pair.split_once('='));
    let known = pairs.filter(|(key, value)| !value.contains("://") && connection.set(key, value)).count();
    (known >= 2 && !connection.hosts.is_empty()).then_some(connection)
}

/// <https://github.com/go-sql-driver/mysql#dsn-data-source-name>
fn go(text: &str, at: usize) -> Option<Connection> {
    let before = &text[..at];
    let login = before.rsplit(ends).next().unwrap_or_default();
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (host, rest) = text[at + "@tcp(".len()..].split_once(')')?;
    let rest = rest.split(ends).next().unwrap_or_default();
    Some(Connection {
        scheme: "mysql".to_owned(),
        user: filled(user),
        password: filled(password),
        hosts: vec![without_port(host).to_owned()],
        path: rest.trim_start_matches('/').split('?').next().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> [String; 5] {
        let found = connections(text);
        assert_eq!(found.len(), 1, "{text}");
        let Connection { scheme, user, password, hosts, path } = &found[0];
        [
            scheme.clone(),
            user.clone().unwrap_or_default(),
            password.clone().unwrap_or_default(),
            hosts.join(","),
            path.clone(),
        ]
    }

    #[test]
    fn connections_are_told_in_many_ways() {
        for (text, wanted) in [
            ("postgres://app:pw@db.example:5432/shop?sslmode=require", ["postgres", "app", "pw", "db.example", "shop"]),
            (
                "DB=postgresql+asyncpg://app:p%40w@a.example,b.example:6432/shop",
                ["postgresql", "app", "p@w", "a.example,b.example", "shop"],
            ),
            ("jdbc:mysql://db.example/shop?user=app&password=pw", ["mysql", "app", "pw", "db.example", "shop"]),
            (
                "jdbc:sqlserver://db.example:1433;databaseName=shop;user=app;password=pw",
                ["sqlserver", "app", "pw", "db.example", "shop"],
            ),
            ("redis://:pw@[2001:db8::1]:6379/0", ["redis", "", "pw", "2001:db8::1", "0"]),
            ("postgres://app:a/b#c@db.example/shop", ["postgres", "app", "a/b#c", "db.example", "shop"]),
            ("https://shop.example:8443/a@b", ["https", "", "", "shop.example", "a@b"]),
            (
                "host=db.example port=5432 dbname=shop user=app password='pw'",
                ["postgres", "app", "pw", "db.example", "shop"],
            ),
            (
                "Server=tcp:db.example,1433;Initial Catalog=shop;User Id=app;Password=pw",
                ["postgres", "app", "pw", "db.example,1433", "shop"],
            ),
            ("app:pw@tcp(db.example:3306)/shop?parseTime=true", ["mysql", "app", "pw", "db.example", "shop"]),
        ] {
            assert_eq!(one(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_read_in_no_time() {
        let long = [
            connections(&"a".repeat(1 << 20)),
            connections(&"://".repeat(1 << 15)),
            connections(&"a://b,".repeat(1 << 13)),
        ];
        assert_eq!(long.map(|found| found.len()), [0, 0, 1 << 13]);
    }

    #[test]
    fn what_is_no_connection_gives_none() {
        for text in ["", "://", "a=b c=d", "host=x", "@tcp(", "Server=a"] {
            assert!(connections(text).is_empty(), "{text}");
        }
    }
}
