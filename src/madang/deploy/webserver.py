"""nginx's configuration, read by crossplane, and the nginx that runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any  # crossplane's blocks are JSON

import crossplane  # type: ignore[import-untyped]  # it has none

from madang.deploy import host

MAIN = Path("/etc/nginx/nginx.conf")
COMPLAINT = re.compile(r"\[emerg\] (.+)")


@dataclass(frozen=True)
class Server:
    """A server's block, in the file at `path`."""

    block: list[dict[str, Any]]
    path: str

    def locations(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Each location's path, and what stands in it."""
        for each in self.block:
            if each["directive"] == "location":
                yield each["args"][-1], each.get("block", [])

    def place(self, directive: dict[str, Any]) -> str:
        """`file:line` of one of its directives."""
        return f"{self.path}:{directive['line']}"


class Nginx:
    """What /etc/nginx says, with files and lines."""

    @cached_property
    def _files(self) -> list[dict[str, Any]]:
        try:
            found = crossplane.parse(str(MAIN), comments=False)["config"]
        except (OSError, crossplane.errors.NgxParserBaseException):
            return []
        return list(found)

    def _directives(self, *names: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Each with its place, `file:line`, wherever it stands."""

        def within(block: list[dict[str, Any]], path: str) -> Iterator[tuple[dict[str, Any], str]]:
            for each in block:
                if each["directive"] in names:
                    yield each, f"{path}:{each['line']}"
                yield from within(each.get("block", []), path)

        for file in self._files:
            yield from within(file["parsed"], file["file"])

    @property
    def names(self) -> list[str]:
        """Every name that a server has."""
        return [name for each, _place in self._directives("server_name") for name in each["args"]]

    def has(self, name: str) -> bool:
        """Whether a server has exactly this name."""
        return name in self.names

    def place_of(self, word: str) -> str:
        """Where a server of that name, or a location of that path, stands: `file:line`."""
        for each, place in self._directives("server_name", "location"):
            if word in each["args"]:
                return place
        return str(MAIN)

    def server(self, name: str) -> Server | None:
        """What the server of that name says, or None."""
        for each, place in self._directives("server"):
            block = each.get("block", [])
            names = [
                arg for one in block if one["directive"] == "server_name" for arg in one["args"]
            ]
            if name in names:
                return Server(block, place.rpartition(":")[0])
        return None

    def upstream(self, name: str) -> list[str]:
        """The addresses behind the name of an upstream, or nothing where there is none."""
        for each, _place in self._directives("upstream"):
            if each["args"] == [name]:
                return [one["args"][0] for one in each["block"] if one["directive"] == "server"]
        return []

    def complaint(self) -> str:
        """Why nginx would not start, with file and line; nothing where it would."""
        try:
            host.run("nginx", "-t", "-q")
        except host.Failed as error:
            found = COMPLAINT.search(str(error))
            said = found[1] if found else str(error).splitlines()[-1]
            return "" if "bind()" in said else said
        return ""

    def newer(self) -> str:
        """A file that changed after the processes that answer were started, or nothing."""
        started = _started()
        if started is None:
            return ""
        for file in self._files:
            path = Path(file["file"])
            if path.exists() and _changed(path) > started + 1:
                return str(path)
        return ""


def _changed(path: Path) -> float:
    """When the file was written, or the link made that leads to it."""
    return max(path.stat().st_mtime, path.lstat().st_mtime)


def _started() -> float | None:
    """When the youngest of nginx's workers was started, to a second: reloading starts new ones."""
    boot = next(
        int(line.split()[1])
        for line in Path("/proc/stat").read_text().splitlines()
        if line.startswith("btime")
    )
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            ticks = int((folder / "stat").read_text().rpartition(")")[2].split()[19])
        except OSError:
            continue
        if words.startswith(b"nginx: worker process\0") or words == b"nginx: worker process":
            found.append(boot + ticks / os.sysconf("SC_CLK_TCK"))
    return max(found, default=None)
