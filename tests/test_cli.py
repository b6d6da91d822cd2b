"""The command line: one table, quick answers, a hint where a name is mistyped."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from madang import __version__, cli

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_it_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Madang: one courtyard for a community"
    assert [line.split()[1] for line in lines[2:-2]] == list(cli.COMMANDS)
    assert lines[-1] == "madang COMMAND --help says more."


def test_it_lists_them_in_korean(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    cli.main(["help"])
    out = capsys.readouterr().out
    assert [about for _module, about in cli.COMMANDS.values() if about in out] == []
    assert out.startswith("마당: 공동체가 모이는 하나의 마당\n")


def test_it_knows_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert (cli.main(["--version"]), capsys.readouterr().out) == (0, f"madang {__version__}\n")


@pytest.mark.parametrize(
    ("name", "hint"), [("dmeo", " Did you mean “demo”?"), ("fly", ""), ("--port", "")]
)
def test_an_unknown_command_is_refused_with_the_nearest(
    capsys: pytest.CaptureFixture[str], name: str, hint: str
) -> None:
    assert cli.main([name]) == 2
    said = f"madang: there is no command “{name}”.{hint} madang help lists them.\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("module", [module for module, _about in cli.COMMANDS.values()])
def test_every_command_has_something_behind_it(module: str) -> None:
    assert importlib.util.find_spec(module) is not None


@pytest.mark.once
def test_the_table_is_read_without_anything_but_the_standard_library() -> None:
    script = f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r}); import madang.cli"
    done = _python("-BISc", script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.once
@pytest.mark.parametrize("argv", [["help"], ["demo", "--print-cast"]])
def test_whoever_reads_may_stop_reading(argv: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = _python("-m", "madang", *argv, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.once
def test_tools_of_developers_want_a_clone(tmp_path: Path) -> None:
    done = _python("-P", "-m", "madang", "check", cwd=tmp_path)
    said = "madang check is for a clone of the repository: use ./madang there.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.once
def test_a_site_without_a_key_says_which_variable_it_wants() -> None:
    done = _python("-m", "madang", "manage", "check")
    assert done.returncode == 2
    assert done.stderr.startswith("madang manage: MADANG_SECRET_KEY: it takes a random text")


def _python(
    *argv: str, cwd: Path = ROOT, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """As one who has installed Madang and told it nothing."""
    environ = {name: value for name, value in os.environ.items() if name[:7] != "MADANG_"}
    environ["PYTHONPATH"] = str(ROOT / "src")
    return subprocess.run(
        [sys.executable, *argv],
        env=environ,
        cwd=cwd,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
