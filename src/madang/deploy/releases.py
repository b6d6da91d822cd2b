"""Releases on a server: each a folder of code and environment, one of them reached by nginx."""

from __future__ import annotations

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from madang.deploy.place import Place

NAME = re.compile(r"\d{8}T\d{6}Z")
KEPT = 3
"""Whole releases that stay on the server, the current one among them."""


def new_name(at: datetime) -> str:
    """By the moment, so that names sort as releases follow each other."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def whole(place: Place) -> list[str]:
    """The releases that were made to their end, the oldest first."""
    if not place.releases.is_dir():
        return []
    return sorted(
        path.name
        for path in place.releases.iterdir()
        if NAME.fullmatch(path.name) and is_whole(path)
    )


def is_whole(folder: Path) -> bool:
    """Whether the release was made to its end."""
    return (folder / "ready").is_file()


def current(place: Place) -> str | None:
    """The release that nginx sends everybody to."""
    try:
        name = place.current.readlink().name
    except OSError:
        return None
    return name if NAME.fullmatch(name) else None


def before(place: Place, name: str) -> str | None:
    """The release that was made last before this one and is still there."""
    earlier = [each for each in whole(place) if each < name]
    return earlier[-1] if earlier else None


def seal(folder: Path) -> None:
    """Whole, root's, and for nobody to write."""
    (folder / "ready").touch()
    for path, folders, names in os.walk(folder):
        for name in (*folders, *names):
            place = Path(path, name)
            os.lchown(place, 0, 0)
            if not place.is_symlink():
                place.chmod(place.stat().st_mode & 0o755)
    os.chown(folder, 0, 0)
    folder.chmod(0o755)


def remove(place: Place, name: str) -> None:
    """Take a release off the disk."""
    shutil.rmtree(place.releases / name, ignore_errors=True)


def leftovers(place: Place) -> list[str]:
    """What was begun and not made to its end."""
    if not place.releases.is_dir():
        return []
    return [path.name for path in place.releases.iterdir() if not is_whole(path)]
