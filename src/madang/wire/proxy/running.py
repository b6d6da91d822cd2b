"""`madang wire proxy`: start mitmproxy with our addon, and end it with this command."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from madang.lib.terminal import gettext as _
from madang.wire.proxy import control, environment, har

PORT = 8081
START_SECONDS = 60
LEAVE_OUT = r"(?:^|/)anon(?:ymous)?(?:/|$)"
STREAMED = "5m"
"""Bodies from here on are passed on and not kept."""
REFUSAL = "<!doctype html><meta charset=utf-8><title>403</title><p>{sentence}</p>"


class NotInstalled(Exception):
    """mitmproxy is not there, and could not be installed here."""


class NotStarted(Exception):
    """It ended at once; the message is its last line."""


COMPLAINTS = (NotInstalled, NotStarted, control.NoProxy)


def complaint(error: Exception) -> str:
    """What a person does about it."""
    if isinstance(error, NotInstalled):
        return _("mitmproxy is missing. Install it: {command}").format(command=by_hand(str(error)))
    if isinstance(error, NotStarted):
        return _("the proxy did not start. Is port {port} in use?").format(port=error)
    return _("no proxy is running. Start it: madang wire proxy")


def by_hand(engine: str) -> str:
    """The commands that make the environment where there is no lock to make it from."""
    return f"python3 -m venv {engine} && {engine}/bin/pip install mitmproxy && touch {engine}/ready"


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verb of the terminal."""
    verb = verbs.add_parser("proxy", help=_("see and change HTTP on its way"))
    verb.add_argument("--listen", type=port, default=PORT, help=_("%(default)s by default"))
    verb.add_argument("--reverse", metavar="URL", type=server, help=_("stand before this server"))
    verb.add_argument(
        "--allow", metavar="HOST", nargs="+", default=[], help=_("servers beside this machine")
    )
    verb.add_argument("--trust", metavar="FILE", type=Path, help=_("certificates of servers (PEM)"))
    verb.add_argument(
        "--unseen",
        metavar="HOST",
        nargs="+",
        default=[],
        help=_("servers of which nothing is kept"),
    )
    verb.add_argument("--har", metavar="FILE", type=Path, help=_("write a HAR file at the end"))
    verb.add_argument("--list", action="store_true", help=_("what the running proxy has seen"))
    verb.add_argument("--json", action="store_true", help=_("for programs"))
    verb.add_argument("--folder", type=Path, help=_("where its keys and its socket are kept"))
    verb.add_argument("--engine", type=Path, help=_("the environment of mitmproxy"))


def port(text: str) -> int:
    """A port that anybody may listen at."""
    if not (text.isascii() and text.isdigit() and 1023 < int(text[:6]) < 65536):
        raise argparse.ArgumentTypeError(_("a port from 1024 to 65535"))
    return int(text)


def server(text: str) -> str:
    """The address of a server, as https://example.org."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise argparse.ArgumentTypeError(_("an address such as http://127.0.0.1:8000"))
    return f"{parts.scheme}://{parts.netloc}"


def answer(options: argparse.Namespace) -> Iterator[str]:
    """The lines to print, while the proxy runs; it ends with Ctrl-C or SIGTERM."""
    folder = options.folder or Path(os.environ.get("MADANG_DATA") or "var") / "proxy"
    if options.list:
        yield from listed(folder, as_json=options.json)
        return
    engine = options.engine or folder / "engine"
    with started(options, folder, engine) as process:
        address = f"http://127.0.0.1:{options.listen}"
        yield (
            json.dumps({"listen": address})
            if options.json
            else _("The proxy listens at {address}. Ctrl-C ends it.").format(address=address)
        )
        sys.stdout.flush()
        previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            process.wait()
            yield _("mitmproxy has ended.")
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGTERM, previous)
            if options.har:
                _write(options.har, folder)


def _write(path: Path, folder: Path) -> None:
    try:
        exchanges = control.ask(folder, "har")
    except control.NoProxy:
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(har.write(exchanges))


def listed(folder: Path, *, as_json: bool) -> Iterator[str]:
    """What has been seen, the newest first."""
    rows = control.ask(folder, "list", 1000)
    if as_json:
        yield json.dumps(rows, ensure_ascii=False, indent=1)
        return
    for row in rows:
        ms = "–" if row["ms"] is None else f"{row['ms']:.1f} ms"
        yield f"{row['number']:>5} {row['status'] or '–':>4} {ms:>11}  {row['method']} {row['url']}"


@contextmanager
def started(
    options: argparse.Namespace, folder: Path, engine: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """mitmproxy, ready; it ends with the block, and with this process however that ends."""
    install(engine)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    keys = folder / "keys"
    keys.mkdir(exist_ok=True, mode=0o700)
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MADANG_", "PYTHON"))
    }
    variables["MADANG_PROXY"] = json.dumps(_said(options, folder))
    variables["PYTHONDONTWRITEBYTECODE"] = "1"
    process = subprocess.Popen(
        [str(engine / "bin" / "mitmdump"), *_arguments(options, keys)],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches this command, which ends it
    )
    try:
        _wait(process, options.listen, folder)
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        (folder / "control").unlink(missing_ok=True)


def install(engine: Path) -> None:
    """Have the environment of mitmproxy; `NotInstalled`."""
    if environment.LOCK.is_file():
        is_there = environment.make(engine)
    else:
        is_there = (engine / "ready").is_file()
    if not is_there:
        raise NotInstalled(str(engine))


def _said(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    allowed = list(options.allow)
    if options.reverse:
        allowed.append(urlsplit(options.reverse).netloc.rpartition("@")[2])
    origin = urlsplit(os.environ.get("MADANG_ANON_ORIGIN", ""))
    sentence = _("This server is not on the proxy's list. Start the proxy with --allow to add it.")
    return {
        "source": str(Path(__file__).resolve().parents[3]),
        "folder": str(folder.resolve()),
        "allowed": allowed,
        "leave_out": LEAVE_OUT,
        "unseen": [*options.unseen, *filter(None, (origin.hostname, origin.netloc))],
        "refusal": REFUSAL.format(sentence=sentence),
    }


def _arguments(options: argparse.Namespace, keys: Path) -> list[str]:
    mode = f"reverse:{options.reverse}" if options.reverse else "regular"
    settings = {
        "confdir": str(keys),
        "listen_host": "127.0.0.1",
        "listen_port": str(options.listen),
        "mode": mode,
        "onboarding": "false",
        "stream_large_bodies": STREAMED,
        "connection_strategy": "lazy",
        "client_replay_concurrency": "-1",
    }
    if options.trust:
        settings["ssl_verify_upstream_trusted_ca"] = str(options.trust)
    sets = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    return ["--quiet", "--scripts", str(Path(__file__).with_name("addon.py")), *sets]


def _wait(process: subprocess.Popen[bytes], listen: int, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            control.ask(folder, "list", 1)
            socket.create_connection(("127.0.0.1", listen), timeout=1).close()
        except (control.NoProxy, OSError):
            time.sleep(0.05)
        else:
            return
    raise NotStarted(str(listen))
