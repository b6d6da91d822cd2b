"""`madang wire capture`: what goes over an interface, never what goes to the anonymous origin."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from madang.wire import capture, command, live
from madang.wire.engine import NoEngine
from madang.wire.live import BadFilter
from madang.wire.ring import HEAD, Ring
from tests.processes import children_of, eventually, name_of
from tests.wire.captures import needs_tshark

pytestmark = [pytest.mark.once, needs_tshark]

ROOT = Path(__file__).resolve().parents[2]


def can_capture() -> bool:
    """Root may, in most places."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except PermissionError:
        return False
    return os.geteuid() == 0


@contextmanager
def listening() -> Iterator[int]:
    """A port of this machine that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def capturing(file: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """`madang wire capture` on loopback, once it captures."""
    words = [sys.executable, "-m", "madang", "wire", "capture", "-i", "lo", "-w", str(file)]
    with subprocess.Popen(
        [*words, "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C.UTF-8", **variables},
    ) as process:
        try:
            eventually(lambda: process.poll() is not None or dumpcap(process.pid))
            yield process
        finally:
            process.kill()


def dumpcap(pid: int) -> list[int]:
    """The process that captures for `pid`, once it gave up its rights: the interface is open."""
    return [
        child
        for child in children_of(pid)
        if name_of(child) == "dumpcap"
        and "CapEff:\t0000000000000000" in Path(f"/proc/{child}/status").read_text("utf-8")
    ]


def knock(*ports: int) -> None:
    """Connect to each of them."""
    for port in ports:
        socket.create_connection(("127.0.0.1", port)).close()


def holds_packets_after(file: Path, port: int) -> bool:
    knock(port)
    return file.stat().st_size > HEAD


needs_rights = pytest.mark.skipif(
    not can_capture(), reason="dumpcap, which comes with tshark, needs root"
)


@needs_rights
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_packets_are_captured_but_those_of_the_anonymous_origin(
    tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "some.pcap"
    with listening() as ours, listening() as theirs, listening() as other:
        chosen = f"port {ours} or port {theirs} or port {other}"
        origin = f"http://anon.localhost:{theirs}"
        with capturing(
            file, "--filter", chosen, "--leave-out", str(other), MADANG_ANON_ORIGIN=origin
        ) as process:
            (child,) = dumpcap(process.pid)
            status = Path(f"/proc/{child}/status").read_text("utf-8")
            knock(theirs, other)
            eventually(lambda: holds_packets_after(file, ours))
            process.send_signal(number)
            said, complaint = process.communicate()
        found = json.loads(said)
        assert process.returncode == 0
        assert found["files"] == [str(file)]
        assert f"port {', '.join(map(str, sorted({8001, theirs, other})))};" in complaint
        places = {
            port
            for packet in capture.read(file).packets
            if packet.transport
            for port in (packet.transport.source, packet.transport.target)
        }
        assert str(ours) in places
        assert not places & {str(theirs), str(other)}
    for line in ("Uid:\t65534\t65534\t65534\t65534", "NoNewPrivs:\t1", "CapBnd:\t0000000000002000"):
        assert line in status
    assert not Path(f"/proc/{child}").exists()
    assert file.stat().st_mode & 0o777 == 0o600


@needs_rights
def test_dumpcap_ends_with_whoever_started_it(tmp_path: Path) -> None:
    with capturing(tmp_path / "some.pcap") as process:
        (child,) = dumpcap(process.pid)
        process.kill()
        eventually(lambda: name_of(child) != "dumpcap")


@needs_rights
def test_a_capture_ends_after_so_many_packets(tmp_path: Path) -> None:
    with listening() as port:
        chosen = ("--filter", f"port {port}", "--packets", "3")
        with capturing(tmp_path / "some.pcap", *chosen) as process:
            knock(port, port)
            said, _complaint = process.communicate()
    assert json.loads(said)["packets"] == 3


@needs_rights
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-i", "nosuch"], "there is no such network interface; `ip link` lists them."),
        (
            ["-i", "lo", "--filter", "tcp potr"],
            "that is no capture filter; pcap-filter(7) tells how they are written.",
        ),
    ],
)
def test_what_cannot_be_captured_is_said_and_leaves_no_file(
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert command.run(["capture", *arguments, "-w", str(tmp_path / "some.pcap")]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"madang wire: {sentence}"
    assert list(tmp_path.iterdir()) == []


@needs_rights
def test_without_rights_it_says_whose_it_takes(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    program = (
        "from pathlib import Path\n"
        "from madang.wire import live\n"
        "from madang.wire.ring import Ring\n"
        f"into = Ring(Path({str(tmp_path / 'some.pcap')!r}), size=1000)\n"
        "try: live.record('lo', '', bounds=live.Bounds(1), into=into)\n"
        "except live.NoRights: print('no rights')"
    )
    done = subprocess.run(
        ["setpriv", "--bounding-set=-all", sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "no rights\n"


def test_the_ports_of_anonymous_origins_are_found(tmp_path: Path) -> None:
    (tmp_path / "madang").mkdir()
    (tmp_path / "madang" / "madang.env").write_text("A=b\nMADANG_ANON_ORIGIN=https://anon.x\n")
    assert live.left_out({}, tmp_path) == {8001, 443}
    environ = {"MADANG_ANON_ORIGIN": "http://anon.x:9001"}
    assert live.left_out(environ, tmp_path) == {8001, 443, 9001}


@pytest.mark.parametrize(
    "chosen", ["tcp) or (port 8001", "(tcp", "vlan and tcp", "MPLS", "tcp port ８０"]
)
def test_no_filter_lets_a_port_through_that_is_left_out(chosen: str) -> None:
    with pytest.raises(BadFilter):
        live.without({8001}, chosen)


def test_a_filter_stays_within_what_may_be_captured() -> None:
    tags = "not ether proto 0x8100 and not ether proto 0x88a8"
    assert (
        live.without({9, 8}, "tcp or udp")
        == f"not port 8 and not port 9 and {tags} and (tcp or udp)"
    )
    assert live.without({8}, " ") == f"not port 8 and {tags}"


def test_without_dumpcap_its_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = Ring(tmp_path / "some.pcap", size=1000)
    monkeypatch.setattr(os, "defpath", str(tmp_path))
    with pytest.raises(NoEngine, match="^wireshark-common$"):
        live.record("lo", "", bounds=live.Bounds(1), into=into)
    into.close()


@pytest.mark.parametrize("seconds", ["0", "86401", "-1", "1.5", "٣"])
def test_a_capture_is_bounded(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.run(["capture", "-i", "lo", "-w", "x.pcap", "--seconds", seconds])
    assert "86400" in capsys.readouterr().err
