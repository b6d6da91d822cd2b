"""The walk from a visitor to the disk: each step looks at one layer of a server, and tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from madang.deploy import approach, foreign, running, serving
from madang.deploy.findings import Finding
from madang.deploy.look import Look

Step = Callable[[Look], Iterator[Finding]]
STEPS: tuple[Step, ...] = (
    approach.dns,
    approach.port,
    approach.way,
    approach.firewall,
    serving.nginx,
    serving.tls,
    serving.static,
    running.sockets,
    running.units,
    running.application,
    running.database,
    running.disk,
)
"""For a site that was deployed by Madang."""
OTHERS: tuple[Step, ...] = (
    approach.dns,
    approach.port,
    approach.way,
    approach.firewall,
    serving.nginx,
    foreign.static,
    foreign.upstream,
    foreign.units,
    foreign.answer,
)
"""For one that was made by somebody else."""


def walk(look: Look) -> list[Finding]:
    """Everything that is wrong, once, from outside inwards."""
    steps = STEPS if look.is_deployed else OTHERS
    return list(dict.fromkeys(finding for step in steps for finding in step(look)))
