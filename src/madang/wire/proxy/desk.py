"""The socket of the proxy: one JSON object a line is asked, one a line is answered.

Runs inside the environment of mitmproxy. Whoever owns the folder alone can connect. What goes out
is masked; what comes back edited gets its secrets back here (`hiding.restore`).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any  # JSON
from urllib.parse import urlsplit

from mitmproxy import connection, ctx, http

from madang.wire.proxy import hiding
from madang.wire.proxy.keeping import (
    Exchange,
    Kept,
    Told,
    body_of,
    fields,
    headers_of,
    headers_told,
    without_travel,
)
from madang.wire.proxy.rules import Rule, is_allowed

LIMIT = 32_000_000
MOST_RULES = 100
SCHEMES = {"http", "https"}


class Refused(Exception):
    """A word for the page, which has a sentence for it."""


class Desk:
    """Answers what pages and commands ask of the exchanges that are kept."""

    def __init__(
        self,
        kept: Kept,
        rules: dict[int, Rule],
        allowed: list[str],
        is_left_out: Callable[[http.HTTPFlow], bool],
    ) -> None:
        self.kept, self.rules, self.allowed, self.is_left_out = kept, rules, allowed, is_left_out
        self.last_rule = 0

    async def serve(self, folder: str) -> None:
        """Listen in `folder`, however long its name is, for as long as the proxy runs."""
        door = socket.socket(socket.AF_UNIX)
        place = os.open(folder, os.O_DIRECTORY)
        name = f"/proc/self/fd/{place}/control"
        Path(name).unlink(missing_ok=True)
        umask = os.umask(0o177)
        door.bind(name)
        os.umask(umask)
        server = await asyncio.start_unix_server(self._talk, sock=door, limit=LIMIT)
        async with server:
            await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ValueError, OSError):
            pass  # longer than any line of ours, or gone
        finally:
            writer.close()

    def _answer(self, line: bytes) -> Told:
        verbs: dict[str, Callable[[Any], Any]] = {
            "list": self.rows, "get": self.get, "har": self.har, "add": self.add,
            "send": self.send, "replay": self.replay, "resume": self.resume,
            "rules": self.told_rules, "rule": self.rule, "unrule": self.unrule,
            "clear": self.clear,
        }  # fmt: skip
        try:
            asked = json.loads(line)
            return {"answer": verbs[asked["verb"]](asked.get("told"))}
        except Refused as error:
            return {"refused": str(error)}
        except Exception:  # whatever was asked, the proxy goes on, and never says more
            return {"refused": "nonsense"}

    def rows(self, limit: int) -> list[Told]:
        """The newest first."""
        return [one.row() for one in self.kept.latest(limit)]

    def get(self, number: int) -> Told:
        """One, masked."""
        return self._one(number).as_json()

    def har(self, _told: None) -> list[Told]:
        """All, the oldest first, masked."""
        return [one.as_json() for one in reversed(list(self.kept.latest(len(self.kept.by_number))))]

    def add(self, told: list[Told]) -> int:
        """Keep exchanges that were read from a file; returns how many. All or none."""
        flows = [flow for flow in map(_flow, told) if not self.is_left_out(flow)]
        for flow in flows:
            self.kept.add(flow, "file")
        return len(flows)

    def send(self, told: Told) -> int:
        """Ask a server; `from` is the number of the exchange that it was made of, or None."""
        original = self._one(told["from"]) if told.get("from") else None
        number = self._play(self._request(told, original), "composed")
        if original is not None:
            self._one(number).known |= set(original.veil().known)
        return number

    def replay(self, number: int) -> int:
        """Ask the same again, with its true values."""
        found = self._one(number)
        request = found.flow.request.copy()
        if request.raw_content is None:
            raise Refused("not kept")
        if found.origin == "file":
            request.headers = fields(without_travel(headers_of(request)))
            request.content = request.raw_content
        return self._play(request, "replayed")

    def resume(self, told: Told) -> None:
        """Let go of one that is held: as it is, edited, or not at all."""
        found = self._one(told["number"])
        if not found.held:
            raise Refused("not held")
        if told.get("drop"):
            found.held = ""
            found.flow.kill()
            return
        if told.get("edited"):
            self._edit(found, told["edited"])
        found.flow.resume()

    def told_rules(self, _told: None) -> list[Told]:
        """Each with its number."""
        return [{"number": number} | rule.as_json() for number, rule in self.rules.items()]

    def rule(self, told: Told) -> int:
        """One more."""
        if len(self.rules) >= MOST_RULES:
            raise Refused("too many rules")
        rule = Rule(**told)
        self.last_rule += 1
        self.rules[self.last_rule] = rule
        return self.last_rule

    def unrule(self, number: int) -> None:
        """One less."""
        if self.rules.pop(number, None) is None:
            raise Refused("unknown")

    def clear(self, _told: None) -> None:
        """Forget all but those that wait."""
        for number in [one.number for one in self.kept.by_number.values() if not one.held]:
            del self.kept.by_number[number]

    def _one(self, number: int) -> Exchange:
        found = self.kept.by_number.get(number)
        if found is None:
            raise Refused("unknown")
        return found

    def _play(self, request: http.Request, origin: str) -> int:
        if not is_allowed(request.host, request.port, self.allowed):
            raise Refused("not allowed")
        flow = http.HTTPFlow(_client(), connection.Server(address=(request.host, request.port)))
        flow.request = request
        if self.is_left_out(flow):
            raise Refused("left out")
        found = self.kept.add(flow, origin)
        ctx.master.commands.call("replay.client", [flow])
        return found.number

    def _edit(self, found: Exchange, told: Told) -> None:
        flow = found.flow
        found.known |= set(found.veil().known)
        if found.held == "request":
            changed = self._request(told, found)
            if not is_allowed(changed.host, changed.port, self.allowed):
                raise Refused("not allowed")
            flow.request.method, flow.request.url = changed.method, changed.url
            flow.request.headers, flow.request.content = changed.headers, changed.content
            return
        assert flow.response is not None
        status, veil = int(told["status"]), found.veil()
        if not 200 <= status <= 599:
            raise ValueError("status")
        written = without_travel(headers_told(told))
        headers = veil.restore_headers(written, headers_of(flow.response))
        body = veil.restore(base64.b64decode(told["body"], validate=True), body_of(flow.response))
        flow.response.status_code, flow.response.headers = status, fields(headers)
        flow.response.content = body

    @staticmethod
    def _request(told: Told, original: Exchange | None) -> http.Request:
        """As written; stars are secrets again where it goes to the server that knows them."""
        method, url = str(told["method"]), str(told["url"])
        if urlsplit(url).scheme not in SCHEMES or not method.isalpha():
            raise ValueError("request")
        headers = without_travel(headers_told(told))
        body = base64.b64decode(told["body"], validate=True)
        if original is not None:
            true = original.flow.request
            if hiding.is_same_server(url, true.url):
                veil = original.veil()
                url = veil.restore(url.encode(), true.url.encode()).decode()
                headers = veil.restore_headers(headers, headers_of(true))
                body = veil.restore(body, body_of(true))
        return http.Request.make(method.upper(), url, body, fields(headers))


def _client() -> connection.Client:
    now = time.time()
    return connection.Client(
        peername=("127.0.0.1", 0), sockname=("127.0.0.1", 0), timestamp_start=now
    )


def _flow(told: Told) -> http.HTTPFlow:
    """An exchange that was read from a file, as it was told."""
    asked, answered = told["request"], told["response"]
    flow = http.HTTPFlow(_client(), connection.Server(address=None))
    flow.request = http.Request.make(asked["method"], asked["url"])
    _fill(flow.request, asked)
    flow.request.timestamp_start = flow.request.timestamp_end = float(told["at"])
    if answered is not None:
        flow.response = http.Response.make(int(answered["status"]))
        _fill(flow.response, answered)
        flow.response.reason = answered["reason"]
        flow.response.timestamp_start = flow.request.timestamp_start
        flow.response.timestamp_end = flow.request.timestamp_start + float(told["ms"] or 0) / 1000
    return flow


def _fill(side: http.Message, told: Told) -> None:
    """A file holds bodies unpacked, beside headers that may say otherwise."""
    side.http_version = told["version"]
    side.headers = fields(headers_told(told))
    side.raw_content = base64.b64decode(told["body"])
