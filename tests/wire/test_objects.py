"""Transferred files are those that tshark exports; none of their names leads out of the folder."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from madang.wire import command, objects
from madang.wire.engine import Ending
from tests.wire.captures import exchange, needs_tshark, pcap, save

pytestmark = [pytest.mark.once, needs_tshark]

BODY = bytes(range(256)) * 3


def transfer(path: bytes, body: bytes = BODY) -> list[bytes]:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n" % len(body)
    return exchange(b"GET " + path + b" HTTP/1.1\r\nHost: a.example\r\n\r\n", head + body)


def test_a_file_is_the_one_that_tshark_exports(tmp_path: Path) -> None:
    file = save(tmp_path, pcap(transfer(b"/pictures/cat.png")))
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    subprocess.run(
        ["tshark", "-Q", "-r", file, "--export-objects", f"http,{theirs}"],
        check=True,
        capture_output=True,
    )
    found, ending = objects.transfers(file)
    assert ending is Ending.WHOLE
    assert [
        (one.frame, one.kind, one.host, one.media_type, one.name, one.size) for one in found
    ] == [(5, "http", "a.example", "image/png", "cat.png", len(BODY))]
    (taken,), _ending = objects.take(file, found, folder=ours)
    assert taken.path == ours / "5-cat.png"
    assert taken.path.read_bytes() == (theirs / "cat.png").read_bytes() == BODY
    assert taken.path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_over_and_a_link_is_not_followed(tmp_path: Path) -> None:
    file = save(tmp_path, pcap(transfer(b"/cat.png")))
    folder, precious = tmp_path / "ours", tmp_path / "precious"
    folder.mkdir()
    precious.write_text("mine")
    (folder / "5-cat.png").symlink_to(precious)
    found, _ending = objects.transfers(file)
    (taken,), _ending = objects.take(file, found, folder=folder)
    assert taken.path == folder / "5-cat-2.png"
    assert precious.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("..", "object"),
        ("", "object"),
        ("C:\\windows\\a.exe", "a.exe"),
        (".bashrc", "bashrc"),
        ("-rf $(x).sh\x1b[2J\n", "rf_x_.sh_2J"),
        ("그림.png", "그림.png"),
        ("a" * 300 + "." + "b" * 300, "a" * 45 + "." + "b" * 9),
    ],
)
def test_a_hostile_name_is_made_harmless(name: str, safe: str) -> None:
    assert objects.harmless(name) == safe


def test_what_is_too_large_is_listed_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = save(tmp_path, pcap(transfer(b"/cat.png")))
    monkeypatch.setattr(objects, "LARGEST", len(BODY) - 1)
    found, _ending = objects.transfers(file)
    assert objects.take(file, found, folder=tmp_path / "o")[0] == [objects.Taken(found[0], None)]
    assert list((tmp_path / "o").iterdir()) == []


def test_the_terminal_lists_and_writes_them_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(save(tmp_path, pcap(transfer(b"/..%2f..%2fcat?token=hunter2"))))
    folder = tmp_path / "ours"
    assert command.run(["objects", file, "--to", str(folder), "--json"]) == 0
    said = capsys.readouterr().out
    (row,) = json.loads(said)["objects"]
    (written,) = folder.iterdir()
    assert (row["path"], row["size"]) == (str(written), len(BODY))
    assert command.run(["objects", file]) == 0
    assert "hunter2" not in said + capsys.readouterr().out + written.name


def test_a_capture_cut_short_or_without_files_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = transfer(b"/cat.png")
    cut = save(tmp_path, pcap(frames)[:-1], "cut.pcap")
    assert command.run(["objects", str(cut)]) == 0
    said = capsys.readouterr()
    assert said.out == "no file was transferred\n"
    assert said.err.startswith("madang wire: the file ends in the middle of a packet")


def test_another_file_is_no_capture(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["objects", "pyproject.toml"]) == 1
    assert capsys.readouterr().err.startswith("madang wire: this file is not a capture")
