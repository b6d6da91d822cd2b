"""The wheel: whole, and a site of its own wherever it is installed."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from madang import __version__
from madang.demo.cast import CAST
from tests.processes import eventually, marked

ROOT = Path(__file__).resolve().parents[1]
OFFLINE = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]

pytestmark = [pytest.mark.once, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of this clone."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "hatchling", "build", "--directory", str(folder), cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment in which the wheel is installed."""
    [wheel] = built.glob("*.whl")
    return _install(tmp_path_factory.mktemp("installed"), str(wheel))


def test_it_has_every_file_of_the_source_and_no_other(built: Path) -> None:
    information = f"madang-{__version__}.dist-info"
    source = {
        f"madang/{path.relative_to(ROOT / 'src/madang')}"
        for path in (ROOT / "src/madang").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    about = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert _contents(built).keys() == source | {f"{information}/{name}" for name in about}
    endings = {Path(name).suffix for name in source}
    assert {".py", ".html", ".css", ".woff2", ".mo", ".po", ".typed"} <= endings


def test_the_sdist_makes_the_same_wheel(built: Path, tmp_path: Path) -> None:
    [archive] = built.glob("*.tar.gz")
    _run("tar", "-xzf", str(archive), cwd=tmp_path)  # tarfile's filters are younger than 3.11.2
    [source] = tmp_path.iterdir()
    again = tmp_path / "again"
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    _run(*build, "--directory", str(again), cwd=source)
    assert _contents(again) == _contents(built)


def test_pip_installs_the_clone_as_well(tmp_path: Path) -> None:
    programs = _install(tmp_path / "environment", str(ROOT))
    assert _madang(programs, tmp_path, "version") == f"madang {__version__}\n"


def test_its_command_works_outside_the_clone(installed: Path, tmp_path: Path) -> None:
    assert _madang(installed, tmp_path, "version") == f"madang {__version__}\n"
    cast = json.loads(_madang(installed, tmp_path, "demo", "--print-cast"))
    assert cast == [person.as_json() for person in CAST]
    checked = _madang(installed, tmp_path, "manage", "check")
    assert checked == "System check identified no issues (0 silenced).\n"
    assert list(tmp_path.iterdir()) == []


def test_it_sends_those_who_want_tools_to_a_clone(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "madang", "test"],
        env=_environ(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    said = "madang test is for a clone of the repository: use ./madang there.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_a_village_opens_with_its_looks(installed: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    village = subprocess.Popen(
        [installed / "madang", "demo", "--lang", "ko", "--port", address.rpartition(":")[2]],
        env=_environ(tmp_path),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        assert village.stdout is not None
        assert any("Ctrl-C" in line for line in village.stdout)
        kind, page = _get(f"{address}/people/login/")
        assert (kind, "로그인" in page.decode()) == ("text/html; charset=utf-8", True)
        [style] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.decode())[:1]
        kind, css = _get(address + style)
        assert kind.startswith("text/css")
        assert css
    finally:
        village.terminate()
        village.communicate()
        eventually(lambda: marked(str(tmp_path)) == [])


def _get(address: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.headers["Content-Type"], answer.read()


def _contents(folder: Path) -> dict[str, bytes]:
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _install(folder: Path, what: str) -> Path:
    """Make an environment that has what the tests' own has, and install `what` in it.

    Returns the folder of its programs.
    """
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("madang")  # or this would be looking at the wrong one
    venv.create(folder, symlinks=True)
    inside = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(inside) / "borrowed.pth").write_text("\n".join(borrowed), "utf-8")
    python = str(folder / "bin" / "python")
    _run(sys.executable, "-m", "pip", "--python", python, "install", *OFFLINE, what, cwd=folder)
    return folder / "bin"


def _madang(programs: Path, folder: Path, *argv: str) -> str:
    return _run(str(programs / "madang"), *argv, cwd=folder, environ=_environ(folder))


def _environ(folder: Path) -> dict[str, str]:
    """Nothing of the clone and nothing of the tests."""
    return {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "MADANG_DATA": str(folder),
        "MADANG_SECRET_KEY": "tests only, " * 4,
        "MADANG_HOSTS": "localhost",
    }


def _run(*command: str, cwd: Path, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
