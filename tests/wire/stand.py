"""The dozen lines behind a real nginx, as the deploy room renders it, over a unix socket."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from madang.deploy import render
from madang.deploy.plan import Site
from tests.processes import eventually
from tests.servers import ROOT

HOST = "example.org"
LIES = f"X-Request-ID: {'f' * 32}\r\nTraceparent: 00-{'0' * 32}-{'0' * 16}-01\r\n"


@dataclass
class Stand:
    """Where it listens, and what it leaves behind."""

    folder: Path
    port: int

    @property
    def log(self) -> Path:
        return self.folder / "madang.access.log"

    @property
    def traces(self) -> Path:
        return self.folder / "wire"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)


def ask(door: socket.socket, path: str, more: str = LIES) -> tuple[int, str]:
    """Status and X-Request-ID of the answer on an open connection, read whole."""
    door.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{more}\r\n".encode())
    with door.makefile("rb") as answer:
        status = int(answer.readline().split()[1])
        headers = dict(
            line.decode().rstrip().lower().split(": ", 1) for line in iter(answer.readline, b"\r\n")
        )
        if "content-length" in headers:
            answer.read(int(headers["content-length"]))
    return status, headers["x-request-id"]


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    """nginx and two web processes, ready, ended afterwards."""
    (folder / "static").mkdir()
    (folder / "static" / "plain.css").write_text("b {}\n", "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "DOZEN_DB": str(folder / "dozen.sqlite3"),
        "DOZEN_WIRE": str(folder / "wire"),
        "DOZEN_REQUEST_ID": "HTTP_X_REQUEST_ID",
    }
    fill = "from tests.wire.dozen.filled import fill; fill()"
    subprocess.run([sys.executable, "-c", fill], env=environment, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = Stand(folder, probe.getsockname()[1])
    web = subprocess.Popen([sys.executable, "-m", "gunicorn", *_web(folder)], env=environment)
    front = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(_configure(found))])
    try:
        eventually((folder / "behind").exists)
        eventually((folder / "pid").exists)
        yield found
    finally:
        for process in (front, web):
            process.terminate()
            process.wait()


def _web(folder: Path) -> list[str]:
    options = "--protocol uwsgi --uwsgi-allow-from * --worker-class gthread --workers 2"
    more = "--threads 2 --keep-alive 0 --no-control-socket --log-level warning"
    return [
        "tests.wire.dozen.wsgi",
        f"--bind=unix:{folder}/behind",
        *options.split(),
        *more.split(),
    ]


def _configure(found: Stand) -> Path:
    folder = found.folder
    site = render.nginx(Site(host=HOST))
    site = site.replace("listen 80", f"listen 127.0.0.1:{found.port}")
    site = "\n".join(line for line in site.splitlines() if "listen [::]" not in line)
    site = site.replace("/var/lib/madang/static", f"{folder}/static")
    site = site.replace("/var/log/nginx", str(folder))
    site = site.replace("/srv/madang/run/current/web.sock", f"{folder}/behind")
    shutil.copy("/etc/nginx/uwsgi_params", folder)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off;\nuser {getpass.getuser()};\npid {folder}/pid;\nerror_log {folder}/error;\n"
        f"events {{}}\nhttp {{\ntypes {{ text/css css; }}\n{own}\n{site}\n}}\n",
        "utf-8",
    )
    return path
