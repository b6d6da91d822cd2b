"""Making a release: its code, its environment, and what its own Python says and does."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from madang.deploy import host, releases, render
from madang.deploy.plan import Site
from madang.lib.terminal import gettext as _

Say = Callable[[str], None]
CODE = ("src", "requirements", "madang", "pyproject.toml", "LICENSE")
"""What of Madang's own clone a release needs."""
LEFT = ("__pycache__", "*.pyc", ".*", "venv", "env", "node_modules", "*.sqlite3*")
"""What of another project's folder stays behind: what was made there, and what is secret."""
PACKED = {".css", ".js", ".svg", ".json", ".txt", ".html", ".map"}
PIP = ["--quiet", "--disable-pip-version-check"]
HASHED = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
HERE = Path(__file__).resolve().parent
CLONE = HERE.parents[2]
LOCKS = CLONE / "requirements"


class Cannot(Exception):
    """Why nothing was changed for visitors; the message says it."""


def make(site: Site, name: str, source: Path, say: Say) -> None:
    """The folder of a release: code, and an environment from the hashed locks."""
    folder = site.place.releases / name
    say(_("Making release {name}.").format(name=name))
    copy_code(site, source, folder)
    venv = folder / "venv"
    host.run("python3", "-m", "venv", venv)
    pip = [str(venv / "bin/pip"), "install", *PIP]
    if site.application.is_madang:
        host.run(*pip, *HASHED, f"--requirement={LOCKS / 'base.txt'}")
    else:
        host.run(*pip, f"--requirement={folder / 'code' / site.application.requirements}")
    if render.is_uwsgi(site) or not site.application.is_madang:
        host.run(*pip, *HASHED, f"--requirement={LOCKS / f'{site.server}.txt'}")
    host.run(
        venv / "bin/python", "-m", "compileall", "-q", folder / "code" / site.application.sources
    )
    releases.seal(folder)


def crown(site: Site, say: Say) -> None:
    """Have an environment for the Emperor, who outlives releases."""
    folder = site.place.emperor
    if (folder / "ready").is_file():
        return
    say(_("Making uWSGI’s Emperor."))
    host.run("python3", "-m", "venv", "--clear", folder)
    pip = [str(folder / "bin/pip"), "install", *PIP, *HASHED]
    host.run(*pip, f"--requirement={LOCKS / 'uwsgi.txt'}")
    releases.seal(folder)


def copy_code(site: Site, source: Path, folder: Path) -> None:
    """The code at `source`, without what was left beside it, and what deploying adds to it."""
    code = folder / "code"
    if not site.application.is_madang:
        if not (source / site.application.requirements).is_file():
            sentence = _("{path} is missing: it says what the project needs.")
            raise Cannot(sentence.format(path=source / site.application.requirements))
        shutil.copytree(source, code, ignore=shutil.ignore_patterns(*LEFT))
    else:
        copy_own(source, code)
    (folder / "deployed").mkdir()
    for name in ("inside.py", "deployed_settings.py"):
        shutil.copy2(HERE / name, folder / "deployed" / name)


def copy_own(source: Path, folder: Path) -> None:
    """What of Madang's clone at `source` is needed to run it."""
    folder.mkdir(parents=True)
    for name in CODE:
        if (source / name).is_dir():
            ignore = shutil.ignore_patterns(*LEFT[:2])
            shutil.copytree(source / name, folder / name, ignore=ignore)
        else:
            shutil.copy2(source / name, folder / name)


def told_by(site: Site, name: str) -> Site:
    """`site` with what only the release itself knows: where its static files and media are."""
    if site.application.is_madang:
        return site
    told = json.loads(ask(site, name, "tells"))
    application = replace(site.application, static=told["static"], media=told["media"])
    return replace(site, application=application)


def prepare(site: Site, name: str, say: Say) -> None:
    """Checks, and static files in the union of all releases' ones."""
    manage(site, name, "check", "--deploy")
    if site.application.static:
        say(_("Collecting static files."))
        manage(site, name, "collectstatic", "--no-input", "--verbosity=0")
        compress(site.place.static, site.name, with_brotli=site.has_brotli)


def manage(site: Site, name: str, *words: str) -> str:
    """A management command of the release."""
    madang = ["-m", "madang", "manage"] if site.application.is_madang else ["-m", "django"]
    return inside(site, name, *madang, *words)


def ask(site: Site, name: str, question: str) -> str:
    """One of the questions of inside.py, asked in the release."""
    return inside(site, name, str(site.place.releases / name / "deployed/inside.py"), question)


def inside(site: Site, name: str, *arguments: str) -> str:
    """The release's own Python, as the site's user and with the site's settings."""
    return host.run(
        site.place.releases / name / "venv/bin/python",
        "-P",
        *arguments,
        user=site.name,
        environ={
            **host.variables(site.place.env),
            "DJANGO_SETTINGS_MODULE": render.settings(site),
            "PYTHONPATH": render.paths(site, name),
        },
        cwd=site.place.state,
    )


def compress(folder: Path, owner: str, *, with_brotli: bool) -> None:
    """Packed copies beside each text that has none newer; nginx sends those (gzip_static)."""
    for path in [path for path in folder.rglob("*") if path.suffix in PACKED and path.is_file()]:
        if packed := _stale(path, ".gz"):
            packed.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
            shutil.chown(packed, owner, "www-data")
        if with_brotli and (packed := _stale(path, ".br")):
            host.run("brotli", "--best", "--force", "--no-copy-stat", "-o", packed, "--", path)
            packed.chmod(path.stat().st_mode & 0o777)
            shutil.chown(packed, owner, "www-data")


def _stale(path: Path, ending: str) -> Path | None:
    """Where the packed copy of `path` goes, unless it is there and newer."""
    packed = path.with_name(f"{path.name}{ending}")
    if packed.exists() and packed.stat().st_mtime >= path.stat().st_mtime:
        return None
    return packed
