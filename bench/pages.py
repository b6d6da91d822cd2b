"""Pages and static files through nginx: uWSGI, gunicorn and runserver; plain, packed, WhiteNoise.

`sudo python -m bench.pages [--seconds 5] [--rounds 3]`. On a Debian server that is really booted,
asked by `wrk` in a namespace of its own over 16 connections. Pages are a line of text and ten rows
with their many-to-many relation prefetched; static files are a stylesheet of 60 kB as nginx sends
it, as nginx sends the gzipped copy beside it, and as WhiteNoise does within the site. Printed: the
median of the rounds, in answers a second, and each beside the first of its kind.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
from pathlib import Path

from tests import projects
from tests.booted import SERVER, Server, server
from tests.machines import unable
from tests.processes import eventually

HOST, CLONE, PROJECT = "shop.example.org", "/srv/clone", "/home/shop"
NAMED = ["--name", "shop"]
PAGES = {"a line of text": "/hello/", "ten rows": "/"}
SHEET = "/assets/large.css"
WHITENOISE = '\nMIDDLEWARE.insert(0, "whitenoise.middleware.WhiteNoiseMiddleware")\n'
HELLO = "\n\ndef hello(request):\n    return HttpResponse('hello')\n"
BEHIND = """
server {
    listen 8080;
    access_log off;
    location / { include uwsgi_params; uwsgi_pass unix:/srv/shop/run/current/web.sock; }
}
server {
    listen 8081;
    access_log off;
    location / { proxy_pass http://127.0.0.1:8000; proxy_set_header Host $host; }
}
"""
"""The application without nginx's own way to static files, and the developers' server."""
RUNSERVER = ["systemd-run", "--quiet", "--unit=runserver", "--uid=shop", "--gid=www-data"]
MANAGE = ["-m", "django", "runserver", "--noreload", "127.0.0.1:8000"]


def main() -> int:
    """One server after the other, each with the same project."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if reason := unable() or ("" if shutil.which("wrk") else "wrk is missing"):
        print(reason, file=sys.stderr)
        return 1
    with server("bookworm", CLONE) as made:
        _write(made.root / PROJECT[1:])
        found = {}
        for kind in ("uwsgi", "gunicorn"):
            _deploy(made, kind)
            for name, path in PAGES.items():
                found[name, kind] = _rate(made, path, 80, options)
        _runserver(made)
        for name, path in PAGES.items():
            found[name, "runserver"] = _rate(made, path, 8081, options)
        _show(found)
        _show(_static(made, options))
    return 0


def _write(folder: Path) -> None:
    projects.write(folder)
    for name, more in (("shop/settings.py", WHITENOISE), ("shelf/views.py", HELLO)):
        path = folder / name
        path.write_text(path.read_text("utf-8") + more, "utf-8")
    urls = folder / "shop/urls.py"
    text = urls.read_text("utf-8").replace("[path", '[path("hello/", views.hello), path')
    urls.write_text(text, "utf-8")
    (folder / "requirements.txt").write_text("django\nwhitenoise\n", "utf-8")
    lines = [f".shelf-{at} {{ color: #{at * 7919 % 0xFFFFFF:06x} }}\n" for at in range(1900)]
    (folder / "shelf/static/large.css").write_text("".join(lines), "utf-8")


def _deploy(made: Server, kind: str) -> None:
    what = ["--host", HOST, "--project", PROJECT, "--module", projects.MODULE, "--server", kind]
    made.must(f"{CLONE}/madang", "deploy", *what, folder=CLONE)


def _runserver(made: Server) -> None:
    """The release that runs, by the server of who develops it, behind the same nginx."""
    release = made.must("readlink", "/srv/shop/run/current").strip().rpartition("/")[2]
    folder = f"/srv/shop/releases/{release}"
    told = [
        "--property=EnvironmentFile=/etc/shop/shop.env",
        f"--setenv=PYTHONPATH={folder}/code:{folder}/deployed",
        "--setenv=DJANGO_SETTINGS_MODULE=deployed_settings",
    ]
    made.must(*RUNSERVER, *told, f"{folder}/venv/bin/python", *MANAGE)
    (made.root / "etc/nginx/conf.d/behind.conf").write_text(BEHIND, "utf-8")
    made.must("systemctl", "reload", "nginx")
    eventually(lambda: made.ask(HOST, "/hello/", port=8081)[0][0] == 200)


def _static(made: Server, options: argparse.Namespace) -> dict[tuple[str, str], float]:
    """The stylesheet, by nginx and by the site."""
    packed = "Accept-Encoding: gzip"
    return {
        ("a stylesheet", "nginx, plain"): _rate(made, SHEET, 80, options),
        ("a stylesheet", "nginx, packed before"): _rate(made, SHEET, 80, options, packed),
        ("a stylesheet", "WhiteNoise, plain"): _rate(made, SHEET, 8080, options),
        ("a stylesheet", "WhiteNoise, packed before"): _rate(made, SHEET, 8080, options, packed),
    }


def _rate(
    made: Server, path: str, port: int, options: argparse.Namespace, more: str = "Accept: */*"
) -> float:
    """Answers a second, the median of the rounds; every answer is a 200."""
    [(status, _headers, text)] = made.ask(HOST, path, port=port)
    if status != 200:
        raise RuntimeError(f"{path}: {status} {text[:200]}")
    command = ["wrk", "--threads=1", "--connections=16", f"--duration={options.seconds}s"]
    command += ["--header", f"Host: {HOST}", "--header", more, f"http://{SERVER}:{port}{path}"]
    rates = []
    for _round in range(options.rounds):
        said = made.outside(*command).communicate()[0]
        if "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(said)
        rates.append(float(re.findall(r"Requests/sec:\s*([0-9.]+)", said)[0]))
    return statistics.median(rates)


def _show(found: dict[tuple[str, str], float]) -> None:
    for (name, kind), rate in found.items():
        first = next(each for (other, _kind), each in found.items() if other == name)
        print(f"{name}, {kind}: {rate:.0f} a second, {rate / first:.2f} of the first", flush=True)


if __name__ == "__main__":
    sys.exit(main())
