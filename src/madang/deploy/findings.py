"""What can be wrong with a site, layer by layer, and which of it is the cause of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LAYERS = (
    "dns",
    "port",
    "way",
    "firewall",
    "nginx",
    "tls",
    "static",
    "socket",
    "unit",
    "saturation",
    "django",
    "database",
    "disk",
)
"""From a visitor inwards, the order in which they are walked."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: what and where in words, and the command that mends it.

    `code` names it for programs. `explains` are codes and layers that follow from it. `mend` is
    empty where no one command does; with `is_safe` it may be run for whoever agrees to it.
    """

    code: str
    layer: str
    cause: str
    mend: tuple[str, ...] = ()
    explains: frozenset[str] = frozenset()
    is_safe: bool = False

    def is_behind(self, other: Finding) -> bool:
        """Whether `other` follows from this one."""
        return self != other and bool(self.explains & {other.code, other.layer})


@dataclass(frozen=True)
class Diagnosis:
    """The first cause, what follows from it, and what is wrong besides."""

    cause: Finding | None
    consequences: tuple[Finding, ...] = ()
    besides: tuple[Finding, ...] = ()


def diagnose(found: Iterable[Finding]) -> Diagnosis:
    """The outermost finding that follows from no other is the cause."""
    rows = sorted(found, key=lambda one: LAYERS.index(one.layer))
    roots = [one for one in rows if not any(other.is_behind(one) for other in rows)]
    if not roots:
        return Diagnosis(None)
    cause = roots[0]
    behind = {cause}
    while more := {one for one in rows if one not in behind and _follows(one, behind)}:
        behind |= more
    return Diagnosis(
        cause,
        tuple(one for one in rows if one in behind and one != cause),
        tuple(one for one in rows if one not in behind),
    )


def _follows(one: Finding, behind: set[Finding]) -> bool:
    return any(other.is_behind(one) for other in behind)
