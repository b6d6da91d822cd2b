"""`madang sip2` as a process, and machines that connect to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from madang.library.sip2.server import LONGEST_LINE, MOST_MACHINES
from tests.servers import ROOT, environment, run

CLIENT = ROOT / "var" / "clients" / "bin" / "python"
SCRIPT = Path(__file__).with_name("sip2_machine.py")
STAMP = "20270303    120000"
MACHINES = 20
SEED = """
from django.utils import timezone
from madang.library.models import *
from madang.people import tokens
from madang.people.models import Member
sujin = Member.objects.create_user("sujin")
sujin.grant("librarian")
print(tokens.issue(member=sujin, name="machine", at=timezone.now())[1])
category = PatronCategory.objects.create(code="adult", name="어른")
for number in range(20):
    Patron.objects.create(name=f"독자 {number}", card=f"C{number}", category=category)
shelved = dict(
    item_type=ItemType.objects.create(code="book", name="책"),
    location=Location.objects.create(code="main", name="서가"),
)
Item.objects.create(bib=Bib.objects.create(title="혼불"), barcode="B1", **shelved)
Item.objects.create(bib=Bib.objects.create(title="토지"), barcode="B2", **shelved)
CirculationRule.objects.create(name="책 2주", is_same_day_again=True)
Charge.objects.create(patron=Patron.objects.get(card="C1"), kind="overdue", amount=700)
"""


@dataclass
class Served:
    """A running `madang sip2`, a token to sign in with, and where its complaints are written."""

    process: subprocess.Popen[str]
    port: int
    token: str
    log: Path
    url: str
    machines: ExitStack

    def connect(self) -> Line:
        """A machine that has not signed in."""
        stream = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return Line(self.machines.enter_context(stream))

    def sign_in(self) -> Line:
        """A machine that has."""
        line = self.connect()
        assert line.ask(f"9300CNsujin|CO{self.token}|") == "941"
        return line


@dataclass
class Line:
    """A connection, seen from the machine."""

    stream: socket.socket
    encoding: str = "utf-8"

    def ask(self, text: str) -> str:
        """The answer, or nothing where the library hung up."""
        try:
            self.stream.sendall(text.encode(self.encoding) + b"\r\n")
            read = b""
            while not read.endswith(b"\r"):
                more = self.stream.recv(4096)
                if not more:
                    return ""
                read += more
        except ConnectionError:
            return ""
        return read[:-1].decode(self.encoding)


@contextmanager
def serve(url: str, folder: Path, *options: str) -> Iterator[Served]:
    token = run(url, folder, SEED).strip()
    log = folder / "sip2.log"
    with log.open("w", encoding="utf-8") as complaints, ExitStack() as machines:
        process = subprocess.Popen(
            [sys.executable, "-m", "madang", "sip2", "--port", "0", *options],
            env={**environment(url, folder), "LC_ALL": "C"},
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        assert process.stdout is not None
        try:
            told = process.stdout.readline()
            port = re.search(r"listens at 127\.0\.0\.1:(\d+)$", told)
            assert port, log.read_text("utf-8")
            yield Served(process, int(port[1]), token, log, url, machines)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.mark.skipif(not CLIENT.exists(), reason="Sip2 is missing: ./madang setup --system")
def test_a_foreign_machine_borrows_renews_and_returns(site_database: str, tmp_path: Path) -> None:
    with serve(site_database, tmp_path) as served:
        done = subprocess.run(
            [CLIENT, SCRIPT, str(served.port), "sujin", served.token, "C1", "B1"],
            env={"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    [told_it] = [line for line in done.stdout.splitlines() if line.startswith("{")]
    read = json.loads(told_it)
    told = {name: {**answer["fixed"], **answer["variable"]} for name, answer in read.items()}
    assert told["login"]["Ok"] == "1"
    assert (told["sc_status"]["OnlineStatus"], told["sc_status"]["AM"]) == ("Y", ["마당"])
    assert told["patron_status"]["PatronStatus"] == " " * 14
    assert told["patron_status"]["AE"] == ["독자 1"]
    assert told["item_information"]["CirculationStatus"] == "03"
    assert (told["checkout"]["Ok"], told["checkout"]["AJ"]) == ("1", ["혼불"])
    assert told["patron_information"]["ChargedItemsCount"] == "0001"
    assert told["patron_information"]["AU"] == ["B1"]
    assert (told["renew"]["Ok"], told["renew"]["RenewalOk"]) == ("1", "Y")
    assert told["checkin"]["Ok"] == "1"
    assert (told["hold"]["Ok"], told["hold"]["Available"]) == ("1", "Y")
    assert told["renew_all"]["Ok"] == "1"
    assert (told["fee_paid"]["PaymentAccepted"], told["fee_paid"]["BK"]) == ("Y", ["T1"])
    assert told["block_patron"]["PatronStatus"][:4] == "YY Y"
    assert told["block_patron"]["AF"] == ["대출이 정지된 이용자입니다. (card forgotten)"]
    assert told["patron_enable"]["PatronStatus"] == " " * 14
    assert told["patron_enable"]["AE"] == ["독자 1"]
    assert told["item_status_update"]["ItemPropertiesOk"] == "0"
    assert told["item_status_update"]["CH"] == ["08"]
    assert told["end_patron_session"]["EndSession"] == "Y"


def test_of_twenty_machines_one_lends_the_copy(site_database: str, tmp_path: Path) -> None:
    with serve(site_database, tmp_path) as served:
        lines = [served.sign_in() for _ in range(MACHINES)]

        def lend(number: int) -> str:
            wanted = f"11NN{STAMP}{' ' * 18}AO|AAC{number}|ABB1|AC|"
            return lines[number].ask(wanted)[:3]

        with ThreadPoolExecutor(MACHINES) as pool:
            assert Counter(pool.map(lend, range(MACHINES))) == {"121": 1, "120": MACHINES - 1}


def test_who_asks_before_signing_in_is_hung_up_on(site_database: str, tmp_path: Path) -> None:
    with serve(site_database, tmp_path) as served:
        lent = f"11NN{STAMP}{' ' * 18}AO|AAC1|ABB1|AC|"
        assert served.connect().ask(lent) == ""
        line = served.connect()
        assert line.ask("9900802.00").startswith("98YNNN")
        assert line.ask("whatever").startswith("96AZ")
        assert line.ask(lent) == ""
        assert served.connect().ask("9" * (2 * LONGEST_LINE)) == ""
        assert served.sign_in().ask(lent).startswith("121")


def test_there_is_place_for_so_many_machines(site_database: str, tmp_path: Path) -> None:
    with serve(site_database, tmp_path) as served:
        lines = [served.connect() for _ in range(MOST_MACHINES)]
        assert all(line.ask("9900802.00").startswith("98") for line in lines)
        assert served.connect().ask("9900802.00") == ""
        lines[0].stream.close()
        for _ in range(100):  # its thread ends when it sees that
            if served.connect().ask("9900802.00"):
                break
        else:
            raise AssertionError


def test_a_machine_may_speak_cp949(site_database: str, tmp_path: Path) -> None:
    with serve(site_database, tmp_path, "--encoding", "cp949") as served:
        line = served.sign_in()
        line.encoding = "cp949"
        assert "AJ혼불|" in line.ask(f"17{STAMP}AO|ABB1|AC|")


def test_an_answer_that_fails_says_so_in_the_log_without_a_card(
    site_database: str, tmp_path: Path
) -> None:
    with serve(site_database, tmp_path) as served:
        line, other = served.sign_in(), served.sign_in()
        sql = "ALTER TABLE library_patron RENAME TO elsewhere"
        run(
            served.url,
            tmp_path,
            f"from django.db import connection as c\nc.cursor().execute({sql!r})",
        )
        assert line.ask(f"35{STAMP}AO|AAC1|").startswith("36Y")
        assert line.ask(f"23000{STAMP}AO|AAC1|ADa password|") == ""
        assert other.ask("9900802.00").startswith("98Y")
        told = served.log.read_text("utf-8")
    assert "An answer failed: " in told
    assert "sip2/people.py" in told
    assert not [word for word in ("C1", "a password", served.token) if word in told]


def test_an_address_that_is_taken_is_said_to_be(site_database: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = _sip2(site_database, tmp_path, "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"madang sip2: 127.0.0.1:{port} is taken, or not an address of this machine.\n"
    )
    assert _sip2(site_database, tmp_path, "--port", "70000").returncode == 2
    assert _sip2("nonsense://", tmp_path).returncode == 2


def _sip2(url: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "madang", "sip2", *options],
        env={**environment(url, folder), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
