"""The rendered site in a real nginx, on a socket of its own, before a stand-in for uWSGI."""

from __future__ import annotations

import getpass
import gzip
import json
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from madang.deploy import render
from madang.deploy.plan import Site
from tests.processes import eventually

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is missing"),
]

HASHED = "ui/base.0123456789ab.css"
KEPT = {"request", "at", "method", "path", "status", "bytes", "received", "protocol"} | {
    "seconds",
    "upstream_seconds",
    "upstream_header_seconds",
    "ended",
    "port",
    "nth",
}
PARAMS = "REQUEST_METHOD $request_method; uwsgi_param REQUEST_URI $request_uri;"


@dataclass
class Nginx:
    """An nginx with the site, and what it handed over."""

    folder: Path
    handed: list[dict[str, str]]

    def ask(self, path: str, *headers: str, host: str = "example.org") -> tuple[str, bytes]:
        """Head and body of the answer to a GET; both empty where there was none."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(self.folder / "front"))
            door.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            answer = b"".join(iter(lambda: door.recv(65536), b""))
        head, _empty, body = answer.partition(b"\r\n\r\n")
        return head.decode(), body

    def logged(self) -> list[dict[str, object]]:
        """The lines of its log."""
        log = self.folder / "madang.access.log"
        return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


@pytest.fixture
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    folder = tmp_path_factory.mktemp("n")
    static = folder / "static" / HASHED
    static.parent.mkdir(parents=True)
    static.write_text("a {}\n", "utf-8")
    (static.parent / "plain.css").write_text("b {}\n", "utf-8")
    (folder / "static" / f"{HASHED}.gz").write_bytes(gzip.compress(b"a {}\n"))
    found = Nginx(folder, [])
    with socket.socket(socket.AF_UNIX) as behind:
        behind.bind(str(folder / "behind"))
        behind.listen()
        threading.Thread(target=_stand_in, args=(behind, found.handed), daemon=True).start()
        process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(_configure(folder))])
        try:
            eventually((folder / "pid").exists)  # written once it listens
            yield found
        finally:
            process.terminate()
            process.wait()
            behind.shutdown(socket.SHUT_RDWR)


def _configure(folder: Path) -> Path:
    """The rendered site, with paths of its own; its ports become one socket of a file."""
    site = "\n".join(file.text for file in render.front(Site(host="example.org")))
    site = site.replace("listen 80", f"listen unix:{folder}/front")
    site = "\n".join(line for line in site.splitlines() if "listen [::]" not in line)
    site = site.replace("/var/lib/madang/static", f"{folder}/static")
    site = site.replace("/var/log/nginx", str(folder))
    site = site.replace("/srv/madang/run/current/web.sock", f"{folder}/behind")
    (folder / "uwsgi_params").write_text(f"uwsgi_param {PARAMS}\n", "utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off;\nuser {getpass.getuser()};\npid {folder}/pid;\nerror_log {folder}/error;\n"
        f"events {{}}\nhttp {{\ntypes {{ text/css css; }}\n{own}\n{site}\n}}\n",
        "utf-8",
    )
    return path


def _stand_in(behind: socket.socket, handed: list[dict[str, str]]) -> None:
    """Speak the uwsgi protocol: remember the variables of each request and answer 200."""
    while True:
        try:
            door, _where = behind.accept()
        except OSError:
            return
        with door, door.makefile("rb") as incoming:
            _kind, size, _modifier = struct.unpack("<BHB", incoming.read(4))
            rest, words = incoming.read(size), []
            while rest:
                end = 2 + struct.unpack("<H", rest[:2])[0]
                words.append(rest[2:end].decode())
                rest = rest[end:]
            handed.append(dict(zip(words[::2], words[1::2], strict=True)))
            door.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_who_comes_by_another_name_gets_no_answer(nginx: Nginx) -> None:
    assert nginx.ask("/", host="other.org") == ("", b"")
    assert (nginx.handed, nginx.logged()) == ([], [])


def test_what_a_visitor_says_of_the_way_here_is_not_believed(nginx: Nginx) -> None:
    lies = ["X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1", "X-Request-ID: mine"]
    head, body = nginx.ask("/", *lies)
    assert body == b"ok"
    [handed] = nginx.handed
    assert handed["HTTP_X_FORWARDED_PROTO"] == "http"
    assert handed["HTTP_X_FORWARDED_FOR"] != "192.0.2.1"
    [line] = nginx.logged()
    assert handed["HTTP_X_REQUEST_ID"] == line["request"] != "mine"
    assert f"X-Request-ID: {line['request']}" in head


def test_static_files_are_served_by_nginx_alone(nginx: Nginx) -> None:
    head, body = nginx.ask(f"/static/{HASHED}")
    assert (head.split("\r\n")[0], body) == ("HTTP/1.1 200 OK", b"a {}\n")
    assert "Cache-Control: public, max-age=31536000, immutable" in head
    head, body = nginx.ask("/static/ui/plain.css")
    assert (head.split("\r\n")[0], body) == ("HTTP/1.1 200 OK", b"b {}\n")
    assert "Cache-Control: no-cache" in head
    assert nginx.ask("/static/none.css")[0].startswith("HTTP/1.1 404")
    assert nginx.handed == []


def test_a_browser_that_can_gets_the_compressed_file(nginx: Nginx) -> None:
    head, body = nginx.ask(f"/static/{HASHED}", "Accept-Encoding: gzip")
    assert "Content-Encoding: gzip" in head
    assert gzip.decompress(body) == b"a {}\n"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/reservation/?q=secret", "/reservation/"),
        ("/people/join/secret/", "/people/join/…"),
        ("/people/password/reset/key/secret/", "/people/password/reset/key/…"),
        ("/people/confirm-email/secret/", "/people/confirm-email/…"),
        ("/reservation/feed/secret.ics", "/reservation/feed/…"),
        ("//people//join//secret/", "/people/join/…"),
    ],
)
def test_no_address_and_no_key_is_logged(nginx: Nginx, asked: str, kept: str) -> None:
    nginx.ask(asked)
    [line] = nginx.logged()
    assert (line["path"], set(line)) == (
        kept,
        KEPT,
    )
    assert nginx.handed[0]["REQUEST_URI"] == asked


def test_a_request_that_fails_leaves_no_key_in_any_log(nginx: Nginx) -> None:
    (nginx.folder / "behind").unlink()
    assert nginx.ask("/people/join/secret/?q=secret")[0].startswith("HTTP/1.1 502")
    [line] = nginx.logged()
    assert (line["path"], line["status"]) == ("/people/join/…", 502)
    logs = [nginx.folder / name for name in ("error", "madang.access.log", "madang.error.log")]
    assert [log.name for log in logs if "secret" in log.read_text("utf-8")] == []
