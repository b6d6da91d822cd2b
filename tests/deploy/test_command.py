"""`madang deploy plan` shows what would change and touches nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from madang.deploy import command, render
from madang.deploy.plan import Site

pytestmark = pytest.mark.once

SITE = Site(host="example.org")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_an_empty_server_lacks_every_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.show(SITE, tmp_path) == 0
    said = capsys.readouterr().out
    wanted = render.render(SITE, env="", secret_key="abc")
    assert [line for line in said.splitlines() if line.startswith("+++ ")] == [
        f"+++ {file.path}" for file in wanted
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_as_planned_has_nothing_to_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in render.render(SITE, env="", secret_key="abc"):
        path = tmp_path / file.path.relative_to("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, "utf-8")
    assert command.show(SITE, tmp_path) == 0
    assert capsys.readouterr() == ("The server's files are as they should be.\n", "")


def test_what_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "etc/madang/madang.env")

    def closed(self: Path, encoding: str) -> str:  # root may read anything
        raise PermissionError(13, os.strerror(13), str(self))

    monkeypatch.setattr(Path, "read_text", closed)
    assert command.show(SITE, tmp_path) == 1
    said = f"madang deploy: {path} cannot be read: start it with sudo.\n"
    assert capsys.readouterr() == ("", said)


def test_a_bad_host_is_refused_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["plan", "--host", "a b"]) == 2
    assert capsys.readouterr() == ("", "madang deploy: this cannot be used: --host 'a b'\n")
