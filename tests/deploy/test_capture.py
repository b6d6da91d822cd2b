"""On a booted server a process with one right captures for the pages, inside its sandbox."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.booted import server
from tests.deploy.test_server import CLONE, HOST, current, deploy
from tests.machines import unable
from tests.processes import eventually

pytestmark = [
    pytest.mark.once,
    pytest.mark.bare,
    pytest.mark.xdist_group("server"),
    pytest.mark.skipif(bool(unable()), reason=unable() or "it is not"),
]
ASK = """
from pathlib import Path
from madang.wire import taping
print(len(taping.capture(Path("/srv/madang/run/capture/recorder"), seconds=30, packets=3, by="")))
"""


def test_the_site_has_packets_captured_and_cannot_capture_itself() -> None:
    with server("bookworm", CLONE, "wireshark-common") as made:
        code, said = deploy(made, "--host", HOST)
        assert code == 0, said
        code, said = deploy(made, "status")
        assert (code, said.count("runs")) == (0, 3), said
        release = f"/srv/madang/releases/{current(made)}"
        words = ["env", f"PYTHONPATH={release}/code/src", f"{release}/venv/bin/python", "-c", ASK]
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(made.must, "runuser", "--user=madang", "--", *words)
            eventually(lambda: made.ask(HOST, "/readyz") and asked.done())
        assert int(asked.result()) > 100
        unit = f"madang-capture@{current(made)}"
        pid = made.must("systemctl", "show", "--value", "--property=MainPID", unit).strip()
        status = made.must("cat", f"/proc/{pid}/status")
        assert "CapEff:\t0000000000002000" in status
        assert "CapBnd:\t0000000000002000" in status
        assert made.must("ls", f"/run/madang-capture/{current(made)}") == "recorder\n"
        code, said = deploy(made, "remove", "--host", HOST)
        assert code == 0, said
        assert made.run("systemctl", "is-active", unit)[0] != 0
