"""Visitors who go on asking while something happens, and what became of each of them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from tests.booted import SERVER, Server

ASK = """
import http.client, json, select, sys, time
server, host, path = sys.argv[1:4]
statuses, worst, last = {}, 0.0, time.monotonic()
while not select.select([sys.stdin], [], [], 0)[0]:
    began = time.monotonic()
    connection = http.client.HTTPConnection(server, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        status = 0
    connection.close()
    statuses[status] = statuses.get(status, 0) + 1
    worst = max(worst, time.monotonic() - began)
print(json.dumps({"statuses": statuses, "worst": worst}))
"""


@dataclass(frozen=True)
class Asked:
    """How many were answered with 200, how many with anything else or nothing, and how late.

    `worst` is the longest that one of them waited, in seconds.
    """

    well: int
    badly: int
    worst: float


class Load:
    """`count` visitors, each of whom asks for `path` again as soon as it was answered."""

    def __init__(self, made: Server, host: str, path: str, count: int) -> None:
        command = [sys.executable, "-c", ASK, SERVER, host, path]
        self._visitors = [made.outside(*command, stdin=subprocess.PIPE) for _one in range(count)]

    def end(self) -> Asked:
        """Let each have its last answer."""
        well = badly = 0
        worst = 0.0
        for visitor in self._visitors:
            told = json.loads(visitor.communicate()[0])
            well += told["statuses"].pop("200", 0)
            badly += sum(told["statuses"].values())
            worst = max(worst, told["worst"])
        return Asked(well, badly, worst)
