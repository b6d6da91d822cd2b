"""Whether pyproject.toml, requirements/*.in and the locks say the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.village import ROOT

FOLDER = ROOT / "requirements"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def check() -> str:
    """What one of them has and another lacks, a pin without hash, an address in a lock."""
    return "\n".join(_findings())


def _findings() -> Iterator[str]:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    declared = {_line(line) for line in tomllib.loads(text)["project"]["dependencies"]}
    for difference in sorted(declared ^ _wanted("base")):
        yield f"{difference}: either in pyproject.toml or in base.in, not in both"
    base, dev = _pins("base"), _pins("dev")
    for name in sorted(set(base) - set(dev)):
        yield f"{name}: in base.txt, not in dev.txt"
    for name in sorted(set(base) & set(dev)):
        if base[name] != dev[name]:
            yield f"{name}: {sorted(base[name])} in base.txt, {sorted(dev[name])} in dev.txt"
    others = {kind: _pins(kind) for kind in ("uwsgi", "gunicorn", "clients", "proxy")}
    for kind, pins in {"base": base, "dev": dev, **others}.items():
        for line in sorted(_wanted(kind)):
            yield from _unmet(kind, Requirement(line), pins)
        yield from _loose(kind)


def _line(text: str) -> str:
    """One way to write a requirement."""
    requirement = Requirement(text)
    requirement.name = canonicalize_name(requirement.name)
    return str(requirement)


def _wanted(kind: str) -> set[str]:
    lines = (FOLDER / f"{kind}.in").read_text("utf-8").splitlines()
    return {_line(line) for line in lines if line and line[0] not in "#-"}


def _pins(kind: str) -> dict[str, set[str]]:
    """Each package of a lock with its versions: more than one where machines differ."""
    pins: dict[str, set[str]] = {}
    for name, version in PIN.findall((FOLDER / f"{kind}.txt").read_text("utf-8")):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def _unmet(kind: str, wanted: Requirement, pins: dict[str, set[str]]) -> Iterator[str]:
    versions = pins.get(wanted.name, set())
    if not versions or not all(wanted.specifier.contains(each, True) for each in versions):
        yield f"{wanted}: {kind}.txt has {sorted(versions) or 'none'}; ./madang lock"


def _loose(kind: str) -> Iterator[str]:
    text = (FOLDER / f"{kind}.txt").read_text("utf-8")
    if "://" in text:
        yield f"{kind}.txt: an address is in it"
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        if PIN.match(block) and "--hash=sha256:" not in block:
            yield f"{kind}.txt: no hash for {block.split()[0]}"
