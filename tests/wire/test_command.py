"""`madang wire` opens captures in the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from madang.wire import command
from tests.wire.captures import exchange, needs_tshark, pcap, save

pytestmark = [pytest.mark.once, needs_tshark]

FRAMES = exchange(
    b"GET /?token=hunter2 HTTP/1.1\r\nCookie: sessionid=hunter2\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\x1b[2J"[:-1],
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return str(save(tmp_path, pcap(FRAMES)))


def test_packets_show_their_layers(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["packets", file, "--layers", "--offset", "3", "--limit", "1"]) == 0
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        f"4 0.003000 10.0.0.1 → 10.0.0.2 HTTP {len(FRAMES[3])} GET /?token=******* HTTP/1.1",
        "application: HTTP",
        "transport: TCP 40000 → 80",
        "internet: IPv4 10.0.0.1 → 10.0.0.2",
        "network access: Ethernet 02:00:00:00:00:01 → 02:00:00:00:00:02",
    ]


def test_open_and_stats_sum_up(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    size = sum(map(len, FRAMES))
    assert command.run(["open", file, "--filter", "tcp"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"5 packets, {size} bytes, 0.004 seconds"
    assert command.run(["stats", file]) == 0
    assert capsys.readouterr().out.startswith("TCP   10.0.0.1:40000 ↔ 10.0.0.2:80 ")


def test_nothing_in_a_stream_steers_the_terminal(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(["follow", file]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "→ 10.0.0.1:40000",
        "← 10.0.0.2:80",
        "→ GET /?token=******* HTTP/1.1",
        f"→ Cookie: {'*' * 17}",
        "← HTTP/1.1 200 OK",
        "← Content-Length: 3",
        "← ",
        "← ·[2",
    ]
    assert command.run(["follow", file, "--hex"]) == 0
    assert capsys.readouterr().out.splitlines()[2] == (
        "→ 00000000  47 45 54 20 2f 3f 74 6f 6b 65 6e 3d 2a 2a 2a 2a  GET /?token=****"
    )


@pytest.mark.parametrize("verb", ["open", "packets", "stats", "follow"])
def test_json_tells_how_far_it_was_read_and_no_secret(
    file: str, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run([verb, file, "--json"]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)["ending"] == "whole"
    assert "hunter2" not in said


def test_a_cut_capture_is_shown_and_said_to_be_cut(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(file)
    path.write_bytes(path.read_bytes()[:-1])
    assert command.run(["packets", file]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 4
    assert said.err == (
        "madang wire: the file ends in the middle of a packet or is damaged; all before is shown.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["open", "pyproject.toml"], "this file is not a capture: it is neither pcap nor pcapng."),
        (["open", "no such file"], "the file cannot be read: No such file or directory"),
        (["follow", "--stream", "9", "FILE"], "the capture has no TCP stream of that number."),
        (
            ["packets", "FILE", "--filter", "ip.addr =="],
            "tshark refused: Unexpected end of filter expression.",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    file: str, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run([file if word == "FILE" else word for word in arguments]) == 1
    assert capsys.readouterr().err == f"madang wire: {sentence}\n"


def test_a_stream_is_a_whole_number(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.run(["follow", file, "--stream", "0,tree"])
    assert "a whole number, 0 or more" in capsys.readouterr().err
