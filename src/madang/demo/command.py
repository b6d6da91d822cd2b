"""`madang demo`: a village with people in it, on this machine, for looking around."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
from pathlib import Path

from madang import serve
from madang.demo.cast import CAST

PORT = 8000
TRIES = 100


def run(argv: list[str]) -> int:
    """Make the village if it is not there, say who lives in it, and serve it."""
    parser = argparse.ArgumentParser("madang demo", description=__doc__)
    parser.add_argument("--lang", choices=["ko", "en"], default=None, help="the village's language")
    parser.add_argument("--port", type=int, default=PORT, help="the next free one if taken")
    parser.add_argument("--reset", action="store_true", help="build the village anew")
    parser.add_argument("--print-cast", action="store_true", help="who lives there, as JSON")
    options = parser.parse_args(argv)
    if options.print_cast:
        print(json.dumps([person.as_json() for person in CAST], ensure_ascii=False, indent=2))
        return 0
    folder = Path(os.environ.get("MADANG_DATA", "var")).resolve() / "demo"
    if options.reset and folder.exists():
        shutil.rmtree(folder)
    language = prepare(folder, options.lang)
    port = free_port(options.port)
    os.environ["MADANG_ORIGIN"] = f"http://localhost:{port}"
    _fill(language)
    _announce(port, language)
    return serve.run(["--port", str(port)])


def prepare(folder: Path, language: str | None) -> str:
    """The demo's own environment: its folder, key, hosts and language, which it remembers."""
    folder.mkdir(parents=True, exist_ok=True)
    key, spoken = folder / "secret-key", folder / "language"
    if not key.exists():
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(50))
    if not spoken.exists():
        locale = os.environ.get("LC_ALL") or os.environ.get("LANG", "")
        guess = "en" if locale[:2] not in {"ko", ""} and not locale.startswith("C") else "ko"
        spoken.write_text(language or guess, "utf-8")
    remembered = spoken.read_text("utf-8")
    if language and language != remembered:
        print(f"The village speaks {remembered!r} already; --reset builds it anew.")
    os.environ.update(
        MADANG_DATA=str(folder),
        MADANG_SECRET_KEY=key.read_text("utf-8"),
        MADANG_HOSTS="localhost,127.0.0.1,[::1]",
        MADANG_DATABASE_URL=f"sqlite:///{folder / 'village.sqlite3'}",
        MADANG_LANGUAGE=remembered,
        MADANG_TIME_ZONE="Asia/Seoul",
        MADANG_SITE_NAME="마당" if remembered == "ko" else "Madang",
        DJANGO_SETTINGS_MODULE="madang.settings",
    )
    for name in ("MADANG_DEBUG", "MADANG_MAIL_URL"):
        os.environ.pop(name, None)
    return remembered


def free_port(wanted: int) -> int:
    """`wanted`, or the next port that nobody listens on."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"No port is free from {wanted} on.")


def _fill(language: str) -> None:
    """Bring the database up to date and build the village if nobody lives there yet."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.utils import timezone

    from madang.demo import village

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)
    village.build(at=timezone.now(), language=language)
    connection.close()


def _announce(port: int, language: str) -> None:
    korean = language == "ko"
    print()
    print(f"  {'마당이 열렸습니다' if korean else 'The courtyard is open'}: http://localhost:{port}/")
    print(f"  API: http://localhost:{port}/api/v1/openapi.json")
    print()
    for person in CAST:
        roles = ", ".join(person.roles) or "member"
        print(f"  {person.handle:8} {person.password:18} {person.named(language)} ({roles})")
    print()
    end = "끝내려면 Ctrl-C를 누르세요." if korean else "Press Ctrl-C to end it."
    print(f"  {end}", flush=True)
