"""Brings a release's migrations to its database before the component starts"""

# What `envctl up` does on a developer's machine, and written down alike: each file once, in the order of their names, in
# the table `migrations` of the schema `envctl`. Instances take turns, by a lock that ends with its holder's session.
# What a newer release has applied stays as it is, so that an older one can start beside it, and after it.
# The password is in the environment of the client alone.

import contextlib
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time

MARK = "envctl: no-transaction"
UNDO = (".down.sql", "_down.sql", ".undo.sql")


class Failure(Exception):
    """Why the database is not as the release needs it."""


class Archive:
    """A build that is unpacked already."""

    def __init__(self, root):
        self.root = root

    def folder(self, place):
        return contextlib.nullcontext(os.path.join(self.root, place))


class Image:
    """A build whose files are copied out of a container that is made for that, and never runs."""

    def __init__(self, docker, image, container):
        self.docker = docker
        self.image = image
        self.container = container

    @contextlib.contextmanager
    def folder(self, place):
        with tempfile.TemporaryDirectory() as folder:
            # One is left if the last start was killed.
            self.run("rm", "--force", self.container)
            # An image without a command of its own wants one to be named.
            new = ("--pull", "never", "--network", "none", "--name", self.container)
            problem = self.run("create", *new, self.image, "-")
            problem = problem or self.run("cp", f"{self.container}:{place}/.", folder)
            self.run("rm", "--force", self.container)
            if problem:
                raise Failure(f"{place} cannot be copied out of {self.image}: {problem}")
            yield folder

    def run(self, *arguments):
        """What went wrong."""
        done = subprocess.run([*self.docker, *arguments], stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode and (done.stderr.decode("utf-8", "replace").strip() or f"docker {arguments[0]} failed")


class File:
    def __init__(self, folder, name):
        self.name = name
        self.path = os.path.join(folder, name)
        with open(self.path, "rb") as file:
            content = file.read()
        self.digest = hashlib.sha256(content).hexdigest()
        self.in_transaction = True
        for line in content[:8192].decode("utf-8", "replace").lstrip("\ufeff").splitlines():
            line = line.strip()
            if line and not line.startswith("--"):
                break
            if line[2:].strip().lower() == MARK:
                self.in_transaction = False


def order(name):
    """By name, where digits that stand together count as a number."""
    parts = re.findall("[0-9]+|[^0-9]", name)
    return [(ord("0"), int(part)) if part[0] in "0123456789" else (ord(part), 0) for part in parts], name


def read(folder):
    try:
        names = [name for name in os.listdir(folder) if name.endswith(".sql") and not name.startswith(".")]
        files = [File(folder, name) for name in sorted(names, key=order) if not name.endswith(UNDO)]
    except OSError as error:
        raise Failure(f"{error.filename} of the release cannot be read: {error.strerror}") from None
    numbers = {}
    for file in files:
        number = re.match("[0-9]+", file.name)
        other = numbers.setdefault(int(number[0]), file.name) if number else file.name
        if other != file.name:
            raise Failure(f"{other} and {file.name} begin with the same number: nobody can tell which comes first")
    return files


def pending(files, applied):
    by_name = {file.name: file for file in files}
    for name, (digest, at) in applied.items():
        if not at:
            raise Failure(
                f"{name} was begun and did not end: bring the database by hand to where it leads, then run"
                f" UPDATE envctl.migrations SET applied_at = now() WHERE name = {literal(name)};"
            )
        if name in by_name and by_name[name].digest != digest:
            raise Failure(f"{name} was applied on {at}, and has been changed since: put it back, and add a new file")
        if name not in by_name and files and order(name) < order(files[-1].name):
            raise Failure(f"{name} was applied on {at}, and the release does not hold it: put it back")
    left = [file for file in files if file.name not in applied]
    last = max(applied, key=order, default=None)
    if left and last and order(left[0].name) < order(last):
        raise Failure(f"{left[0].name} comes before {last}, which is applied: give it a higher number")
    return left


def literal(text):
    return "'" + text.replace("'", "''").replace("\\", "_") + "'"


def insert(file):
    values = f"{literal(file.name)}, '{file.digest}', NULL"
    return f"INSERT INTO envctl.migrations (name, digest, applied_at) VALUES ({values});"


def finish(file):
    return f"UPDATE envctl.migrations SET applied_at = now() WHERE name = {literal(file.name)};"


def finish_within(file):
    """By whoever the file has become meanwhile, and only within the transaction that wrote down that it began: `xmin` is
    its id, without what counts the times that ids ran out."""
    update = finish(file).rstrip(";")
    return f"""
        RESET SESSION AUTHORIZATION;
        RESET ROLE;
        RESET client_encoding;
        DO $envctl$ BEGIN
            {update} AND xmin::text = (txid_current() % 4294967296)::text;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the file has ended the transaction that it was to run in';
            END IF;
        END $envctl$;
    """


class Client:
    """A database's own client program."""

    def run(self, *arguments, source=subprocess.DEVNULL):
        command = [*self.command, *arguments]
        try:
            done = subprocess.run(command, env=self.environment, stdin=source, capture_output=True)
        except OSError as error:
            raise Failure(f"{command[0]}: {error.strerror}") from None
        if done.returncode != 0:
            raise self.failure(done.stderr)
        return done.stdout.decode("utf-8", "replace")

    def failure(self, said):
        # A file can have the client say what it was given, as a statement quotes it, too.
        quoted = self.password.replace("\\", "\\\\").replace("'", "''")
        text = said.decode("utf-8", "replace").strip()
        return Failure(text.replace(self.password, "***").replace(quoted, "***"))

    @contextlib.contextmanager
    def locked(self):
        """While others wait."""
        pipe = subprocess.PIPE
        command = [*self.command, *self.follow]
        try:
            session = subprocess.Popen(command, env=self.environment, stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise Failure(f"{command[0]}: {error.strerror}") from None
        with session:
            # Asked for again and again: a statement that waits holds a snapshot, for whose end CREATE INDEX CONCURRENTLY
            # waits in turn, and none of the two would come to an end.
            while (answer := self.ask(session).strip()) == b"0":
                time.sleep(0.2)
            if answer != b"1":
                raise self.failure(session.stderr.read())
            yield

    def ask(self, session):
        # Who ends before it is asked says why on stderr.
        with contextlib.suppress(BrokenPipeError):
            os.write(session.stdin.fileno(), self.lock)
        return session.stdout.readline()


class Postgres(Client):
    # "envctl"
    lock = b"SELECT pg_try_advisory_lock(%d)::int;\n" % 0x656E7663746C
    follow = ("-f", "-")
    tables = """
        SET client_min_messages = error;
        CREATE SCHEMA IF NOT EXISTS envctl;
        CREATE TABLE IF NOT EXISTS envctl.migrations
            (name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz);
        CREATE TABLE IF NOT EXISTS envctl.seed
            (id int PRIMARY KEY, state text NOT NULL, digest text NOT NULL, at timestamptz NOT NULL);
    """

    def __init__(self, database, password):
        self.password = password
        self.command = ["psql", "-X", "-q", "-w", "-A", "-t", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1"]
        self.environment = {
            **os.environ,
            "PGHOST": database["host"],
            "PGPORT": database["port"],
            "PGDATABASE": database["name"],
            "PGUSER": database["user"],
            "PGPASSWORD": password,
            "PGSSLMODE": "require",
            "PGCLIENTENCODING": "UTF8",
            "PGAPPNAME": "envctl",
        }

    def query(self, sql):
        rows = self.run("-c", sql).rstrip("\n")
        return [row.split("\x1f") for row in rows.split("\x1e")] if rows else []

    def apply(self, file):
        if file.in_transaction:
            self.run("--single-transaction", "-c", insert(file), "-f", file.path, "-c", finish_within(file))
            return
        self.query(insert(file))
        try:
            self.run("-f", file.path)
        except Failure:
            self.query(f"DELETE FROM envctl.migrations WHERE name = {literal(file.name)};")
            raise
        self.query(finish(file))


class Mysql(Client):
    lock = b"SELECT get_lock('envctl', 0);\n"
    follow = ("--unbuffered",)
    tables = """
        CREATE DATABASE IF NOT EXISTS envctl CHARACTER SET utf8mb4;
        CREATE TABLE IF NOT EXISTS envctl.migrations
            (name varchar(255) COLLATE utf8mb4_bin PRIMARY KEY, digest char(64) NOT NULL, applied_at datetime);
        CREATE TABLE IF NOT EXISTS envctl.seed
            (id int PRIMARY KEY, state varchar(16) NOT NULL, digest char(64) NOT NULL, at datetime NOT NULL);
    """

    def __init__(self, database, password):
        self.password = password
        # Without reading the machine's own settings, which counts only as the first.
        self.command = ["mariadb", "--no-defaults", "--batch", "--skip-column-names"]
        self.command += ["--default-character-set=utf8mb4", "--ssl", "--skip-ssl-verify-server-cert"]
        self.command += ["--protocol=tcp", f"--host={database['host']}", f"--port={database['port']}"]
        self.command += [f"--user={database['user']}", f"--database={database['name']}"]
        self.environment = {**os.environ, "MYSQL_PWD": password}

    def query(self, sql):
        return [line.split("\t") for line in self.run("--execute", sql).splitlines()]

    def apply(self, file):
        # A changed table cannot be taken back here: what fails half-way stays written down as begun.
        self.query(insert(file))
        with open(file.path, "rb") as source:
            self.run(source=source)
        self.query(finish(file))


def applied(client):
    rows = client.query("SELECT name, digest, coalesce(cast(applied_at AS char(16)), '') FROM envctl.migrations;")
    return {name: (digest, at) for name, digest, at in rows}


def migrate(name, database, password, folder):
    """The database called so, by the release's files in the folder."""
    client = {"postgres": Postgres, "mysql": Mysql}[database["scheme"]](database, password)
    files = read(folder)
    # The usual case, in one question. Whatever else comes of it is looked into below.
    with contextlib.suppress(Failure):
        if not pending(files, applied(client)):
            return
    with client.locked():
        client.query(client.tables)
        for file in pending(files, applied(client)):
            try:
                client.apply(file)
            except Failure as failure:
                raise Failure(f"migration {file.name}: {failure}") from None
            print(f"envctl: database {name}: {file.name} is applied", file=sys.stderr, flush=True)
