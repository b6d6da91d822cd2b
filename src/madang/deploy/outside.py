"""A short-lived outsider: what somebody on another machine is answered at an address and a port.

A request from the server to itself travels over `lo` and passes a firewall that stops everybody
else. So the question is asked from a network namespace of its own, over a cable.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from madang.deploy import host

Answer = Literal["open", "refused", "silence", "unknown"]
HERE, THERE, BITS = "169.254.93.1", "169.254.93.2", 30
"""The two ends of the cable, link-local (RFC 3927)."""
SECONDS = 3
KNOCK = f"""
import socket, sys
sys.stdin.readline()
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout={SECONDS}).close()
except ConnectionRefusedError:
    print("refused")
except TimeoutError:
    print("silence")
except OSError:
    print("unknown")
else:
    print("open")
"""


def knock(address: str, port: int) -> Answer:
    """What becomes of a SYN to this machine's `address`; needs root.

    `silence` after `SECONDS`; `unknown` where no namespace can be made or the way is not there.
    """
    command = ["unshare", "--net", "--", sys.executable, "-c", KNOCK, address, str(port)]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        with _cable(child.pid):
            said, _nothing = child.communicate("go\n", timeout=SECONDS + 5)
    except (host.Failed, FileNotFoundError, subprocess.TimeoutExpired):
        child.kill()
        child.wait()
        return "unknown"
    answer = said.strip()
    return answer if answer in {"open", "refused", "silence"} else "unknown"  # type: ignore[return-value]


@contextmanager
def _cable(pid: int) -> Iterator[None]:
    """Two ends, one of them in the namespace of the process `pid`, which may not be there yet."""
    mine, theirs = f"mdg{pid}a"[:15], f"mdg{pid}b"[:15]
    inside = ["nsenter", f"--target={pid}", "--net", "ip"]
    _until_apart(pid)
    host.run("ip", "link", "add", mine, "type", "veth", "peer", "name", theirs)
    try:
        host.run("ip", "link", "set", theirs, "netns", str(pid))
        host.run("ip", "address", "add", f"{HERE}/{BITS}", "dev", mine)
        host.run("ip", "link", "set", mine, "up")
        host.run(*inside, "address", "add", f"{THERE}/{BITS}", "dev", theirs)
        host.run(*inside, "link", "set", theirs, "up")
        host.run(*inside, "route", "add", "default", "via", HERE)
        yield
    finally:
        host.works("ip", "link", "delete", mine)


def _until_apart(pid: int) -> None:
    """Wait until the process is in a namespace of its own."""
    ours = Path("/proc/self/ns/net").readlink()
    for _try in range(200):
        try:
            if Path(f"/proc/{pid}/ns/net").readlink() != ours:
                return
        except OSError:
            break
        host.works("sleep", "0.01")
    raise host.Failed("no namespace")
