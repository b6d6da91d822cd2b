"""A site's database as a whole: copied while others write to it, and put back from a copy."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from madang.deploy import host, making
from madang.deploy.host import Failed
from madang.deploy.plan import Site
from madang.lib.terminal import gettext as _


class Unreadable(Exception):
    """It is no whole copy of this kind of database; the message says why."""


@dataclass(frozen=True)
class Database:
    """How it is reached, as its release says."""

    kind: str
    name: str
    user: str = ""
    password: str = ""
    host: str = ""
    port: str = ""

    @property
    def environ(self) -> dict[str, str]:
        """What PostgreSQL's own programs are told; never on a command line, where others read."""
        told = {"PGUSER": self.user, "PGPASSWORD": self.password, "PGHOST": self.host}
        told |= {"PGPORT": self.port, "PGDATABASE": self.name}
        return {name: value for name, value in told.items() if value}

    @property
    def suffix(self) -> str:
        """Of a copy's file."""
        return ".sqlite3" if self.kind == "sqlite" else ".pgdump"


def of(site: Site, release: str) -> Database:
    """The database that a release has."""
    return Database(**json.loads(making.ask(site, release, "database")))


def back_up(site: Site, release: str, name: str) -> Path | None:
    """A whole copy of the database while others write to it; None before there is one.

    SQLite's online backup, or pg_dump's own format. Raises `Failed`.
    """
    database, folder = of(site, release), site.place.backups
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    path = folder / f"{name}{database.suffix}"
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    if database.kind == "postgresql":
        command = ["pg_dump", "--format=custom", "--no-owner", f"--file={draft}"]
        host.run(*command, environ=database.environ)
    elif not Path(database.name).exists():
        return None
    else:
        _copy(Path(database.name), draft)
    draft.chmod(0o600)
    draft.replace(path)
    return path


def check(database: Database, path: Path) -> None:
    """Raise `Unreadable` unless the file at `path` is a whole copy of such a database."""
    if not path.is_file():
        raise Unreadable(_("{path} is not there.").format(path=path))
    try:
        if database.kind == "postgresql":
            host.run("pg_restore", "--list", path)
            return
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
            [said] = copy.execute("PRAGMA integrity_check").fetchone()
            copy.execute("SELECT count(*) FROM django_migrations")
    except (Failed, sqlite3.Error) as error:
        sentence = _("{path} is no whole copy of this site's database: {said}")
        said = str(error).splitlines()[-1]
        raise Unreadable(sentence.format(path=path, said=said)) from None
    if said != "ok":
        sentence = _("{path} is no whole copy of this site's database: {said}")
        raise Unreadable(sentence.format(path=path, said=said))


def put_back(site: Site, database: Database, path: Path) -> None:
    """Have the database as it was in the copy; nobody may be using it. All of it, or `Failed`."""
    if database.kind == "postgresql":
        command = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction"]
        host.run(*command, "--exit-on-error", "--dbname", database.name, path,
                 environ=database.environ)  # fmt: skip
        return
    live = Path(database.name)
    draft = live.with_name(f"{live.name}.new")
    draft.unlink(missing_ok=True)
    _copy(path, draft)
    shutil.chown(draft, site.name, "www-data")
    draft.chmod(0o640)
    for ending in ("-wal", "-shm"):
        live.with_name(live.name + ending).unlink(missing_ok=True)
    draft.replace(live)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
