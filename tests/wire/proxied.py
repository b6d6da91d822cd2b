"""A proxy and the server behind it, for tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any  # JSON

from madang.wire.proxy import control
from tests.servers import ROOT

ENGINE = ROOT / "var" / "proxy" / "engine"
"""Made by `./madang setup --system`."""


@dataclass
class Echo:
    """A server that answers with what it was asked, and remembers it."""

    port: int
    seen: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def echo() -> Iterator[Echo]:
    """It says back method, path, headers and length, and the body if it is short."""
    found = Echo(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked: dict[str, Any] = {
                "method": self.command,
                "path": self.path,
                "headers": dict(self.headers),
            }
            asked |= {"length": len(body), "body": body[:2000].decode("latin-1")}
            found.seen.append(asked)
            text = json.dumps(asked).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 # the library's names

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Proxy:
    """One that runs."""

    folder: Path
    port: int
    process: subprocess.Popen[str]

    def ask(self, verb: str, told: object = None) -> Any:
        return control.ask(self.folder, verb, told)

    def curl(self, *more: str) -> str:
        """What curl prints, through the proxy."""
        command = ["curl", "-sS", "--noproxy", "", "-x", f"http://127.0.0.1:{self.port}", *more]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def last(self) -> Any:
        return self.ask("get", self.ask("list", 1)[0]["number"])


@contextmanager
def proxy(folder: Path, *options: str) -> Iterator[Proxy]:
    """`madang wire proxy`, ready, ended afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "madang", "wire", "proxy", "--listen", str(port), "--json"]
    command += ["--folder", str(folder), "--engine", str(ENGINE), *options]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            assert json.loads(process.stdout.readline()) == {"listen": f"http://127.0.0.1:{port}"}
            yield Proxy(folder, port, process)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
