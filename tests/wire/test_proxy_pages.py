"""The pages of the proxy: who may use them, what they show and do, and what they never show."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.people.models import Member
from madang.wire.models import Look
from tests.cast import Enter
from tests.processes import eventually
from tests.wire.proxied import ENGINE, Echo, Proxy, echo, proxy

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (ENGINE / "ready").is_file(), reason="mitmproxy: ./madang setup --system"
    ),
]
PLANTED = "planted7secret"
QUERIES = 8
"""Session, member, roles, the look before, and the look."""
READ = ["", "1/", "1/image/", "send/", "har/", "certificate/", "certificate/file/"]
WRITTEN = ["1/replay/", "1/resume/", "rule/", "rule/1/", "clear/", "read/", "send/"]


@pytest.fixture(scope="module")
def server() -> Iterator[Echo]:
    with echo() as found:
        yield found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxy(tmp_path_factory.mktemp("proxy")) as found:
        yield found


@pytest.fixture
def between(running: Proxy, server: Echo, settings: LazySettings) -> Proxy:
    settings.WIRE = {**settings.WIRE, "PROXY": running.folder}
    running.ask("clear")
    for rule in running.ask("rules"):
        running.ask("unrule", rule["number"])
    server.seen.clear()
    return running


def lately(client: Client, member: Member) -> Client:
    client.post("/people/reauthenticate/", {"password": f"madang-{member.handle}-1"})
    return client


@pytest.fixture
def operator(gwanu: Member, enter: Enter) -> Client:
    return lately(enter(gwanu), gwanu)


def asked(between: Proxy, server: Echo, *more: str) -> int:
    """The number of an exchange with a secret in each place."""
    between.curl(
        *("-H", f"Authorization: Bearer {PLANTED}", "-b", f"sessionid={PLANTED}"),
        *("-d", f"password={PLANTED}&title=혼불", f"{server.url}/books?token={PLANTED}&page=2"),
        *more,
    )
    number: int = between.ask("list", 1)[0]["number"]
    return number


@pytest.mark.parametrize("path", [*READ, *WRITTEN])
def test_a_stranger_and_a_member_get_nowhere(
    client: Client, hana: Member, gwanu: Member, enter: Enter, between: Proxy, path: str
) -> None:
    method = "post" if path in WRITTEN else "get"
    path = f"/wire/proxy/{path}"
    assert getattr(client, method)(path)["Location"].startswith("/people/login/")
    assert getattr(lately(enter(hana), hana), method)(path).status_code == 403
    away = getattr(enter(gwanu), method)(path)
    assert (away.status_code, away["Location"][:24]) == (302, "/people/reauthenticate/?")
    assert (Look.objects.count(), between.ask("list", 9)) == (0, [])


@pytest.mark.usefixtures("between")
@pytest.mark.parametrize("path", WRITTEN)
def test_a_forged_form_does_nothing(gwanu: Member, operator: Client, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.post(f"/wire/proxy/{path}").status_code == 403


def test_the_list_and_one_exchange_show_no_secret_and_leave_a_row(
    between: Proxy, server: Echo, operator: Client
) -> None:
    number = asked(between, server)
    pages = [
        operator.get(f"/wire/proxy/{path}").content.decode()
        for path in (
            "",
            "",
            f"{number}/",
            f"send/?from={number}",
            "har/",
            f"{number}/?with={number}",
        )
    ]
    assert not [page for page in pages if PLANTED in page]
    assert f'href="/wire/proxy/{number}/"' in pages[0]
    assert "혼불" in pages[2]
    assert 'class="proxy-columns two"' in pages[5]
    assert "style=" not in re.sub(r"<link[^>]*>", "", pages[2])
    looks = [(look.page, look.what[:4]) for look in Look.objects.order_by("id")]
    assert looks == [
        ("exchanges", ""),
        ("exchange", "POST"),
        ("exchange", "POST"),
        ("exchanges", "HAR"),
        ("exchange", "POST"),
    ]


def test_many_exchanges_cost_no_more_queries_than_one(
    between: Proxy, server: Echo, operator: Client
) -> None:
    counts = []
    for times in (1, 2):
        for _time in range(times):
            asked(between, server)
        Look.objects.all().delete()
        with CaptureQueriesContext(connection) as found:
            assert operator.get("/wire/proxy/").status_code == 200
        counts.append(len(found))
    assert counts == [QUERIES, QUERIES]


def test_sent_again_and_edited_with_the_true_values(
    between: Proxy, server: Echo, operator: Client
) -> None:
    number = asked(between, server)
    again = operator.post(f"/wire/proxy/{number}/replay/")
    assert again.status_code == 302
    eventually(lambda: len(server.seen) == 2)
    edited = operator.get(f"/wire/proxy/send/?from={number}").context["edited"]
    fields = {**edited, "body": edited["body"].replace("혼불", "토지"), "method": "PUT"}
    answer = operator.post(f"/wire/proxy/send/?from={number}", fields)
    eventually(lambda: len(server.seen) == 3)
    one, two, three = server.seen
    assert one["headers"] | {"Host": ""} == two["headers"] | {"Host": ""}
    assert (three["method"], three["path"]) == ("PUT", one["path"])
    assert three["body"].startswith(f"password={PLANTED}&title=")
    assert three["headers"]["Cookie"] == f"sessionid={PLANTED}"
    eventually(lambda: between.last()["response"])
    assert PLANTED not in operator.get(answer["Location"]).content.decode()


def test_from_nothing_and_only_to_servers_on_the_list(
    server: Echo, between: Proxy, operator: Client
) -> None:
    fields = {"method": "post", "url": f"{server.url}/new", "headers": "X-A: 1", "body": "a\r\nb"}
    assert operator.post("/wire/proxy/send/", fields).status_code == 302
    eventually(lambda: server.seen)
    assert (server.seen[0]["body"], server.seen[0]["headers"]["X-A"]) == ("a\nb", "1")
    for wrong in ({"url": "http://192.0.2.1/"}, {"url": "x"}, {"headers": "none"}, {"method": ""}):
        assert operator.post("/wire/proxy/send/", fields | wrong).status_code == 400
    assert len(server.seen) == 1


def test_a_rule_holds_and_the_page_lets_go(
    between: Proxy, server: Echo, operator: Client, tmp_path: Path
) -> None:
    operator.post("/wire/proxy/rule/", {"kind": "hold request", "path": "/held"})
    number = between.ask(
        "send", {"method": "GET", "url": f"{server.url}/held", "headers": [], "body": ""}
    )
    eventually(lambda: between.ask("get", number)["held"])
    edited = operator.get(f"/wire/proxy/{number}/").context["edited"]
    changed = {**edited, "url": f"{server.url}/changed", "way": "edited"}
    assert operator.post(f"/wire/proxy/{number}/resume/", changed).status_code == 302
    eventually(lambda: server.seen)
    assert server.seen[0]["path"] == "/changed"
    assert operator.post(f"/wire/proxy/{number}/resume/", {"way": "drop"}).status_code == 400
    (rule,) = between.ask("rules")
    operator.post(f"/wire/proxy/rule/{rule['number']}/")
    mock = {"kind": "mock", "path": "/m", "status": "404", "body": "없음"}
    operator.post("/wire/proxy/rule/", mock)
    assert between.curl(f"{server.url}/m") == "없음"
    for wrong in ({"kind": "x"}, {"status": "9"}, {"status": "x"}, {"path": "x" * 300}):
        assert operator.post("/wire/proxy/rule/", mock | wrong).status_code == 400
    assert len(between.ask("rules")) == 1


def test_a_har_is_read_whole_or_not_at_all(between: Proxy, server: Echo, operator: Client) -> None:
    asked(between, server)
    file = operator.get("/wire/proxy/har/").content
    assert operator.post("/wire/proxy/clear/").status_code == 302
    assert between.ask("list", 9) == []
    good = SimpleUploadedFile("a.har", file)
    assert operator.post("/wire/proxy/read/", {"file": good}).status_code == 302
    assert json.loads(operator.get("/wire/proxy/har/").content) == json.loads(file)
    large = json.loads(file)
    large["comment"] = "x" * 2_000_000
    more = SimpleUploadedFile("a.har", json.dumps(large).encode())
    assert operator.post("/wire/proxy/read/", {"file": more}).status_code == 302
    assert len(between.ask("list", 9)) == 2
    half = json.loads(file)
    half["log"]["entries"].append({"request": {}})
    for bad in (b"", b"{", b"[" * 100_000, b"\xff", json.dumps(half).encode()):
        wrong = SimpleUploadedFile("a.har", bad)
        assert operator.post("/wire/proxy/read/", {"file": wrong}).status_code == 400
    assert operator.post("/wire/proxy/read/").status_code == 400
    assert len(between.ask("list", 9)) == 2


@pytest.mark.usefixtures("between")
def test_what_is_not_there_is_not_found(operator: Client) -> None:
    for path in ("99999/", "99999/image/", "send/?from=99999"):
        assert operator.get(f"/wire/proxy/{path}").status_code == 404
    assert operator.get("/wire/proxy/send/?from=x").status_code == 400
    assert operator.post("/wire/proxy/99999/replay/").status_code == 404


def test_the_certificate_comes_without_its_key(between: Proxy, operator: Client) -> None:
    assert operator.get("/wire/proxy/certificate/").status_code == 200
    given = operator.get("/wire/proxy/certificate/file/").content
    assert given.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in given


def test_a_proxy_that_is_killed_is_said_to_be_gone(
    tmp_path: Path, operator: Client, settings: LazySettings
) -> None:
    settings.WIRE = {**settings.WIRE, "PROXY": tmp_path}
    with proxy(tmp_path) as found:
        assert operator.get("/wire/proxy/").status_code == 200
        found.process.send_signal(signal.SIGKILL)
        found.process.wait()
        eventually(lambda: operator.get("/wire/proxy/").status_code == 503)
    answer = operator.get("/wire/proxy/1/")
    assert (answer.status_code, "madang wire proxy" in answer.content.decode()) == (503, True)
    settings.WIRE = {**settings.WIRE, "PROXY": None}
    assert operator.get("/wire/proxy/").status_code == 503
    assert operator.get("/wire/proxy/certificate/file/").status_code == 404
