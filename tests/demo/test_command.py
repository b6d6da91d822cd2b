"""`madang demo`: a village that opens, is remembered, and minds its neighbours."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from madang.demo.cast import CAST
from tests.processes import eventually, marked

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.once

Demo = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """Start `madang demo` with its data in a folder of the test's own."""
    started = []

    def start(*argv: str, language: str = "C.UTF-8") -> subprocess.Popen[str]:
        environ = {name: value for name, value in os.environ.items() if name[:7] != "MADANG_"}
        environ |= {"PYTHONPATH": str(ROOT / "src"), "LC_ALL": language}
        process = subprocess.Popen(
            [sys.executable, "-m", "madang", "demo", *argv],
            env={**environ, "MADANG_DATA": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    eventually(lambda: marked(str(tmp_path)) == [])


def _announced(process: subprocess.Popen[str], last: str = "Press Ctrl-C to end it.") -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if last in line:
            return lines
    raise AssertionError(process.communicate()[1])


def _address(lines: list[str]) -> str:
    found = re.search(r"http://localhost:\d+/", "\n".join(lines))
    assert found is not None
    return found.group()


def _get(address: str) -> tuple[int, str]:
    """Status and page; a bare Debian knows no `localhost` by name."""
    address = address.replace("localhost", "127.0.0.1")
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.status, answer.read().decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_village_opens_and_is_remembered(demo: Demo, tmp_path: Path) -> None:
    port = str(_free_port())
    first = demo("--port", port, "--lang", "en")
    lines = _announced(first)
    address = _address(lines)
    assert [line.split()[:2] for line in lines if "madang-" in line] == [
        [person.handle, person.password] for person in CAST
    ]
    assert f"Mail arrives in {tmp_path}/demo/mail" in lines
    assert _get(f"{address}readyz")[0] == 200
    assert '<html lang="en"' in _get(address)[1]
    assert stat.S_IMODE((tmp_path / "demo" / "secret-key").stat().st_mode) == 0o600
    assert (tmp_path / "demo" / "proxy").readlink() == Path("../proxy")
    key = (tmp_path / "demo" / "secret-key").read_text("utf-8")
    first.send_signal(signal.SIGINT)
    assert first.wait(60) == 0
    assert marked(str(tmp_path)) == []

    second = demo("--port", port)
    address = _address(_announced(second))
    assert _get(f"{address}readyz")[0] == 200
    assert '<html lang="en"' in _get(address)[1]
    assert (tmp_path / "demo" / "secret-key").read_text("utf-8") == key
    assert {path.name for path in tmp_path.iterdir()} == {"demo", "demo.open", "demo.turn"}

    third = demo("--port", port)
    assert _address(_announced(third)) != address
    fourth = demo("--reset")
    said = "madang demo: the village is open in another terminal. End it there first.\n"
    assert (fourth.communicate(timeout=60), fourth.returncode) == (("", said), 1)


def test_two_first_starts_at_once_build_one_village(demo: Demo) -> None:
    port = str(_free_port())
    both = [demo("--port", port), demo("--port", port)]
    addresses = [_address(_announced(process)) for process in both]
    assert len(set(addresses)) == 2
    assert [_get(f"{address}readyz")[0] for address in addresses] == [200, 200]


def test_it_speaks_the_language_of_the_terminal(demo: Demo, tmp_path: Path) -> None:
    process = demo("--port", str(_free_port()), language="ko_KR.UTF-8")
    lines = _announced(process, "끝내려면 Ctrl-C를 누르세요.")
    address = _address(lines)
    assert f"마당이 열렸습니다: {address}" in lines
    assert '<html lang="ko"' in _get(address)[1]
    process.terminate()
    process.wait(60)
    other = demo("--lang", "en", language="ko_KR.UTF-8")
    out, err = other.communicate(timeout=60)
    assert (out, other.returncode) == ("", 1)
    assert err == (
        "madang demo: 이 마을은 다른 언어로 지어졌습니다. --reset 으로 새로 지을 수 있습니다.\n"
    )
    (tmp_path / "demo" / "stays").touch()
    again = demo("--lang", "en", "--reset", "--port", str(_free_port()))
    assert '<html lang="en"' in _get(_address(_announced(again)))[1]
    assert not (tmp_path / "demo" / "stays").exists()


def test_the_cast_can_be_read_by_scripts(demo: Demo, tmp_path: Path) -> None:
    process = demo("--print-cast")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err, list(tmp_path.iterdir())) == (0, "", [])
    cast = json.loads(out)
    assert [sorted(person) for person in cast] == [sorted(CAST[0].as_json())] * len(CAST)
    assert {"handle", "name", "name_en", "roles", "password", "language"} <= set(cast[0])
    assert {person["handle"]: person["roles"] for person in cast} == {
        "hana": [],
        "minjun": [],
        "seoyun": ["doctor"],
        "jiho": ["doctor"],
        "sujin": ["librarian"],
        "dohyun": ["moderator"],
        "yerin": ["receptionist"],
        "gwanu": ["operator"],
        "emma": [],
    }
