"""What runs inside mitmproxy: keeps exchanges, follows rules, and answers at a socket.

Started by `running.py` with one JSON object in `MADANG_PROXY`. It needs mitmproxy and the standard
library; the modules of ours that it takes along need no more.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from typing import Any  # JSON

from mitmproxy import ctx, http
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

SAID: dict[str, Any] = json.loads(os.environ.pop("MADANG_PROXY"))
sys.path.append(SAID["source"])
from madang.wire.proxy.desk import Desk  # noqa: E402 # only now it can be found
from madang.wire.proxy.keeping import Exchange, Kept  # noqa: E402
from madang.wire.proxy.rules import Rule, is_allowed  # noqa: E402

sys.path.remove(SAID["source"])

MOST_HELD = 20
"""Exchanges that wait at once; others pass."""


class Madang:
    """Hooks of mitmproxy, in the order in which they are called."""

    def __init__(self) -> None:
        self.kept, self.rules = Kept(), dict[int, Rule]()
        self.leave_out = re.compile(SAID["leave_out"])
        self.tasks: list[asyncio.Task[None]] = []

    async def running(self) -> None:
        """Open the desk; end with the process that started this one."""
        desk = Desk(self.kept, self.rules, SAID["allowed"], self._is_left_out)
        self.tasks = [
            asyncio.create_task(desk.serve(SAID["folder"])),
            asyncio.create_task(self._end_with_parent()),
        ]

    async def _end_with_parent(self) -> None:
        """Standard input ends when whoever holds the other side does, however that happened."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.read()
        ctx.master.shutdown()

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """A tunnel leads to servers on the list alone."""
        self._refuse(flow)

    def server_connect(self, data: ServerConnectionHookData) -> None:
        """Whatever was asked and however: no connection to a server that is not on the list."""
        address = data.server.address
        if address and not is_allowed(address[0], address[1], SAID["allowed"]):
            data.server.error = "this server is not on the proxy's list (--allow)"

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Keep it from here on, unless its author is to stay unknown."""
        if "madang" not in flow.metadata and not self._is_left_out(flow):
            self.kept.add(flow, "live")

    async def request(self, flow: http.HTTPFlow) -> None:
        """Refuse, answer in the server's place, or hold."""
        if self._refuse(flow):
            return
        found = self.kept.of(flow)
        if found is None:
            return
        rule = self._rule(flow, "mock")
        if rule:
            found.rules.append("mock")
            flow.response = http.Response.make(
                rule.status, rule.body.encode(), {"content-type": rule.content_type}
            )
        elif self._rule(flow, "hold request"):
            await self._hold(found, "request")

    async def response(self, flow: http.HTTPFlow) -> None:
        """Hold the answer, if a rule says so."""
        found = self.kept.of(flow)
        if found and "mock" not in found.rules and self._rule(flow, "hold response"):
            await self._hold(found, "response")
        self.kept.shrink()

    async def _hold(self, found: Exchange, side: str) -> None:
        if sum(bool(one.held) for one in self.kept.by_number.values()) < MOST_HELD:
            found.held = side
            found.rules.append(f"hold {side}")
            found.flow.intercept()
            await found.flow.wait_for_resume()
            found.held = ""

    def error(self, flow: http.HTTPFlow) -> None:
        """Whoever asked has gone: nothing waits any more."""
        found = self.kept.of(flow)
        if found:
            found.held = ""

    def _rule(self, flow: http.HTTPFlow, kind: str) -> Rule | None:
        path = flow.request.path.partition("?")[0]
        for rule in self.rules.values():
            if rule.kind == kind and rule.means(flow.request.method, flow.request.host, path):
                return rule
        return None

    def _is_left_out(self, flow: http.HTTPFlow) -> bool:
        """By path, and by server: the anonymous origin has a name or a port of its own."""
        path = flow.request.path.partition("?")[0]
        request = flow.request
        places = {request.host, f"{request.host}:{request.port}", request.pretty_host}
        return bool(self.leave_out.search(path) or places & set(SAID["unseen"]))

    @staticmethod
    def _refuse(flow: http.HTTPFlow) -> bool:
        if is_allowed(flow.request.host, flow.request.port, SAID["allowed"]):
            return False
        flow.response = http.Response.make(
            403, SAID["refusal"].encode(), {"content-type": "text/html; charset=utf-8"}
        )
        return True


addons = [Madang()]
