#!/usr/bin/python3
"""Starts a component with its config and secrets in its environment: launch MANIFEST"""

# Runs as the unit's ExecStart, under the component's own user, and ends by becoming the component. Secrets are fetched
# anew at each start: AWS rotates a database's password, and a restart comes back with the new one. For `rotated`, which
# asks for that restart, it notes the versions. A value lives in memory alone: not in an argument, a file or a message.
# AL2023's own Python is 3.9, and nothing but its standard library is used.

import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import time
from urllib.parse import quote

# Seconds. The AWS CLI retries throttling by itself; this is for a role or a route that is not ready yet.
PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2)
DOCKER_SOCKET = "unix:///var/run/docker.sock"


class Refusal(Exception):
    """Why the command cannot start, for an operator's eyes: names, never values."""

    def __init__(self, reason, status=1):
        super().__init__(reason)
        self.status = status


def fetch(what, secret, region):
    """The value, and its version's id, of a secret by its name or ARN."""
    command = ["aws", "secretsmanager", "get-secret-value", "--output", "json", "--secret-id", secret]
    environment = {**os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    for pause in (*PAUSES, None):
        try:
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
        except OSError as error:
            raise Refusal(f"{what} cannot be read: aws: {error.strerror}") from None
        if done.returncode == 0:
            break
        reason = done.stderr.decode("utf-8", "replace").strip()
        if "(ResourceNotFoundException)" in reason:
            raise Refusal(f"{what} has no value yet ({secret})")
        if pause is None:
            # Of a name that is nobody's, IAM knows no more than that.
            hint = " (or it has been taken away)" if "(AccessDeniedException)" in reason else ""
            raise Refusal(f"{what} cannot be read{hint}: {reason}")
        time.sleep(pause)
    try:
        answer = json.loads(done.stdout)
        return answer["SecretString"], answer["VersionId"]
    except (ValueError, KeyError):
        raise Refusal(f"{what} holds no text ({secret})") from None


def fetch_all(manifest):
    """By ("secret", NAME) its value and by ("database", NAME) its password; and by ARN the passwords' versions."""
    wanted = {("secret", name): (f"secret {name}", secret) for name, secret in manifest["secrets"].items()}
    for name, database in manifest["databases"].items():
        if "secret" in database:
            wanted["database", name] = (f"the password of database {name}", database["secret"])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = {key: pool.submit(fetch, *each, manifest["region"]) for key, each in wanted.items()}
    problems = [str(each.exception()) for each in running.values() if each.exception()]
    if problems:
        raise Refusal("\n".join(problems))
    values, versions = {}, {}
    for (kind, name), each in running.items():
        value, version = each.result()
        values[kind, name] = value
        if kind == "database":
            versions[wanted[kind, name][1]] = version
            try:
                values[kind, name] = json.loads(value)["password"]
            except (ValueError, KeyError, TypeError):
                raise Refusal(f"the secret of database {name} holds no password") from None
    return values, versions


def note(versions):
    folder = os.environ.get("RUNTIME_DIRECTORY")
    if folder is None:
        return
    try:
        with open(os.path.join(folder, "versions"), "w", encoding="utf-8") as file:
            file.write("".join(f"{version} {arn}\n" for arn, version in versions.items()))
    except OSError as error:
        raise Refusal(f"{folder}/versions cannot be written: {error.strerror}") from None


def field_of(name, field, database, values):
    if field == "password":
        return values["database", name]
    if field == "url":
        user, password = quote(database["user"], safe=""), quote(values["database", name], safe="")
        return f"{database['scheme']}://{user}:{password}@{database['host']}:{database['port']}/{database['name']}"
    return database[field]


def render(template, databases, values):
    """A template is a text, or a list of texts and of what is known only here."""
    text = ""
    for part in [template] if isinstance(template, str) else template:
        if isinstance(part, str):
            text += part
        elif "secret" in part:
            text += values["secret", part["secret"]]
        else:
            text += field_of(part["database"], part["field"], databases[part["database"]], values)
    return text


def environment_of(manifest, values):
    texts = dict(manifest["defaults"])
    texts.update((key, render(each, manifest["databases"], values)) for key, each in manifest["config"].items())
    texts.update((name, values["secret", name]) for name in manifest["secrets"])
    texts.update(manifest["identity"])
    # Bytes, so that the machine's locale has no say.
    try:
        environment = {key.encode(): text.encode() for key, text in texts.items()}
    except UnicodeEncodeError:
        raise Refusal("a value is no valid Unicode text") from None
    for key, value in environment.items():
        if b"\0" in value:
            raise Refusal(f"{key.decode()} holds a NUL character, which no environment can")
    return environment


def client():
    program = shutil.which("docker")
    if program is None:
        raise Refusal("docker is not installed", 127)
    return [program, "--host", DOCKER_SOCKET]


def docker(program, manifest, command, names):
    """The container's own process gets the values through the client's environment; only their names are arguments."""
    # What the container prints reaches the unit's journal through the client, so a log driver would keep it twice.
    arguments = [*program, "run", "--rm", "--init", "--name", manifest["unit"]]
    arguments += ["--pull", "never", "--network", "host", "--log-driver", "none"]
    arguments += ["--user", f"{os.getuid()}:{os.getgid()}", "--cap-drop", "ALL"]
    arguments += ["--security-opt", "no-new-privileges"]
    state = os.environ.get("STATE_DIRECTORY")
    if state:
        arguments += ["--volume", f"{state}:{state}", "--env", "STATE_DIRECTORY"]
    if manifest["workdir"]:
        arguments += ["--workdir", manifest["workdir"]]
    for name in names:
        arguments += ["--env", name]
    return [*arguments, manifest["source"], *command]


def bring_migrations(manifest, values):
    for name, place in manifest["migrations"].items():
        import migrate

        if manifest["kind"] == "image":
            build = migrate.Image(client(), manifest["source"], f"{manifest['unit']}-migrations")
        else:
            build = migrate.Archive(manifest["folder"])
        try:
            with build.folder(place) as folder:
                migrate.migrate(name, manifest["databases"][name], values["database", name], folder)
        except migrate.Failure as failure:
            raise Refusal(f"database {name}: {failure}") from None


def main(path):
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    values, versions = fetch_all(manifest)
    note(versions)
    bring_migrations(manifest, values)
    environment = environment_of(manifest, values)
    command = [render(word, manifest["databases"], values) for word in manifest["command"]]
    if manifest["kind"] == "image":
        command = docker(client(), manifest, command, [key.decode() for key in environment])
    else:
        os.chdir(manifest["folder"])
    try:
        os.execvpe(command[0], command, {**os.environb, **environment})
    except OSError as error:
        status = 127 if isinstance(error, FileNotFoundError) else 126
        raise Refusal(f"{command[0]} cannot be run: {error.strerror}", status) from None


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refusal as refusal:
        print(f"envctl: {refusal}", file=sys.stderr)
        sys.exit(refusal.status)
