"""The proxy between curl and a real server: seen, held, changed, mocked, asked again."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from madang.wire.proxy import control, har, running
from tests.processes import children_of, eventually
from tests.wire.proxied import ENGINE, Echo, Proxy, echo, proxy

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        not (ENGINE / "ready").is_file(), reason="mitmproxy: ./madang setup --system"
    ),
    pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing"),
]
PLANTED = "planted7secret"


@pytest.fixture(scope="module")
def server() -> Iterator[Echo]:
    with echo() as found:
        yield found


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory, server: Echo) -> Iterator[Proxy]:
    with proxy(tmp_path_factory.mktemp("proxy"), "--unseen", "localhost") as found:
        yield found


@pytest.fixture(autouse=True)
def afresh(between: Proxy, server: Echo) -> None:
    between.ask("clear")
    for rule in between.ask("rules"):
        between.ask("unrule", rule["number"])
    server.seen.clear()


def body(side: dict[str, Any]) -> str:
    return base64.b64decode(side["body"]).decode()


def edited(side: dict[str, Any], **more: object) -> dict[str, Any]:
    return {name: side[name] for name in ("method", "url", "headers", "body")} | more


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_get_is_seen_with_its_query(between: Proxy, server: Echo) -> None:
    said = json.loads(between.curl(f"{server.url}/books?find=혼불&page=2"))
    one = between.last()
    assert (one["method"], one["status"], one["origin"]) == ("GET", 200, "live")
    assert one["url"].endswith("&page=2")
    assert json.loads(body(one["response"])) == said
    assert (between.folder / "control").stat().st_mode & 0o777 == 0o600


def test_a_post_is_held_edited_and_let_go(between: Proxy, server: Echo) -> None:
    between.ask("rule", {"kind": "hold request", "method": "POST", "path": "/say*"})
    between.ask("rule", {"kind": "hold response", "path": "/say*"})
    answers: list[str] = []
    curl = threading.Thread(
        target=lambda: answers.append(between.curl("-d", "text=before", f"{server.url}/say"))
    )
    curl.start()
    eventually(lambda: [row for row in between.ask("list", 1) if row["held"] == "request"])
    assert server.seen == []
    one = between.last()
    change = edited(one["request"], body=packed("text=after"), method="PUT")
    between.ask("resume", {"number": one["number"], "edited": change})
    eventually(lambda: between.ask("list", 1)[0]["held"] == "response")
    assert [(seen["method"], seen["body"]) for seen in server.seen] == [("PUT", "text=after")]
    told = {"status": 201, "headers": [["X-Changed", "yes"]], "body": packed("changed")}
    between.ask("resume", {"number": one["number"], "edited": told})
    curl.join()
    assert answers == ["changed"]
    assert between.last()["status"] == 201
    with pytest.raises(control.Refused, match="not held"):
        between.ask("resume", {"number": one["number"]})


def test_a_mock_answers_in_the_servers_place(between: Proxy, server: Echo) -> None:
    mock = {"kind": "mock", "path": "/m?ck", "status": 418, "body": "찻주전자"}
    number = between.ask("rule", mock)
    assert between.curl("-w", "%{http_code}", f"{server.url}/mock") == "찻주전자418"
    assert (server.seen, between.last()["rules"]) == ([], ["mock"])
    between.ask("unrule", number)
    between.curl(f"{server.url}/mock")
    assert len(server.seen) == 1


def test_a_replay_sends_the_true_values_that_nobody_is_shown(between: Proxy, server: Echo) -> None:
    between.curl("-H", f"Authorization: Bearer {PLANTED}", f"{server.url}/a?token={PLANTED}")
    first = between.last()
    assert PLANTED not in json.dumps(first) + body(first["response"])
    again = between.ask("replay", first["number"])
    eventually(lambda: between.ask("get", again)["response"])
    one, two = server.seen
    assert one["headers"]["Authorization"] == two["headers"]["Authorization"] == f"Bearer {PLANTED}"
    assert one["path"] == two["path"]
    assert between.ask("get", again)["origin"] == "replayed"


def test_stars_are_secrets_again_only_for_the_server_that_knows_them(
    between: Proxy, server: Echo
) -> None:
    between.curl("-d", f"password={PLANTED}&a=1", "-b", f"s={PLANTED}", f"{server.url}/login")
    one = between.last()
    change = edited(one["request"], **{"from": one["number"]})
    change["body"] = packed(body(one["request"]).replace("a=1", "a=2"))
    number = between.ask("send", change)
    eventually(lambda: between.ask("get", number)["response"])
    assert server.seen[-1]["body"] == f"password={PLANTED}&a=2"
    moved = change | {"body": packed(body(one["request"]).replace("password", "note"))}
    number = between.ask("send", moved)
    eventually(lambda: between.ask("get", number)["response"])
    assert PLANTED not in server.seen[-1]["body"]
    with echo() as other:
        number = between.ask("send", change | {"url": f"{other.url}/login"})
        eventually(lambda: between.ask("get", number)["response"])
        assert PLANTED not in json.dumps(other.seen)


def test_a_har_comes_back_as_it_went(between: Proxy, server: Echo, tmp_path: Path) -> None:
    between.curl("-d", '{"a": "글"}', "-H", "Content-Type: application/json", f"{server.url}/j?q=1")
    between.curl(f"{server.url}/b", "-b", f"sessionid={PLANTED}")
    text = har.write(between.ask("har"))
    assert PLANTED not in text
    exchanges = har.read(text.encode())
    between.ask("clear")
    assert between.ask("add", exchanges) == 2
    assert json.loads(har.write(between.ask("har"))) == json.loads(text)


def test_servers_that_are_not_on_the_list_are_refused(between: Proxy) -> None:
    assert "--allow" in between.curl("http://192.0.2.1/")
    large = between.curl("-w", "%{http_code}", "-d", "x" * 100, "http://example.org:1/")
    assert large.endswith("403")
    tunnel = ["curl", "-sS", "-x", f"http://127.0.0.1:{between.port}", "https://example.org/"]
    assert b"403" in subprocess.run(tunnel, capture_output=True, check=False).stderr
    told = {"method": "GET", "url": "http://192.0.2.1/", "headers": [], "body": ""}
    with pytest.raises(control.Refused, match="not allowed"):
        between.ask("send", told)


def test_what_is_written_without_a_name_is_passed_on_and_not_kept(
    between: Proxy, server: Echo
) -> None:
    between.curl(f"{server.url}/anon/post", "-d", "text")
    between.curl(f"http://localhost:{server.port}/issue", "-d", "text")
    assert (len(server.seen), between.ask("list", 9)) == (2, [])
    told = {"method": "GET", "url": f"{server.url}/anon/", "headers": [], "body": ""}
    with pytest.raises(control.Refused, match="left out"):
        between.ask("send", told)


def test_fifty_megabytes_are_passed_on_and_not_kept(
    between: Proxy, server: Echo, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * 50_000_000)
    between.curl("--data-binary", f"@{large}", "-H", "Expect:", f"{server.url}/large")
    one = between.last()
    assert server.seen[-1]["length"] == 50_000_000
    assert (one["request"]["is_cut"], one["request"]["body"]) == (True, "")
    with pytest.raises(control.Refused, match="not kept"):
        between.ask("replay", one["number"])


def test_a_server_that_is_dead_is_an_error_of_the_exchange(between: Proxy) -> None:
    assert between.curl("-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:1/") == "502"
    assert between.last()["error"]


@pytest.mark.parametrize(
    "told",
    [
        {"headers": [["X", "a\r\nHost: evil"]]},
        {"headers": [["X: y", "a"]]},
        {"method": "GET / HTTP/1.1\r\n"},
        {"url": "file:///etc/passwd"},
        {"url": "http://127.0.0.1:x/"},
        {"body": "not base64!"},
    ],
)
def test_hostile_requests_are_refused(between: Proxy, server: Echo, told: dict[str, Any]) -> None:
    fair = {"method": "GET", "url": f"{server.url}/", "headers": [], "body": ""}
    with pytest.raises(control.Refused, match="nonsense"):
        between.ask("send", fair | told)
    with pytest.raises(control.Refused):
        between.ask("no such verb")
    assert (server.seen, between.ask("list", 9)) == ([], [])


def test_https_and_http_2_with_the_certificate_trusted(
    tmp_path: Path, between: Proxy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with proxy(tmp_path_factory.mktemp("tls"), "--trust", str(certificate)) as found:
            trusted = ["--cacert", str(found.folder / "keys" / "mitmproxy-ca-cert.pem")]
            url = f"https://127.0.0.1:{server.server_port}/LICENSE"
            said = found.curl(*trusted, "--http2", "-w", "%{http_version}", url)
            assert said.endswith("2")
            one = found.last()
            assert (one["version"], one["status"], one["url"]) == ("HTTP/2.0", 200, url)
        server.shutdown()
        thread.join()


def test_in_front_of_one_server_and_a_har_at_the_end(server: Echo, tmp_path: Path) -> None:
    file = tmp_path / "seen.har"
    with proxy(tmp_path / "p", "--reverse", server.url, "--har", str(file)) as found:
        direct = ["curl", "-sS", f"http://127.0.0.1:{found.port}/x?password={PLANTED}"]
        subprocess.run(direct, check=True, capture_output=True)
        assert children_of(found.process.pid)
    assert found.process.returncode == 0
    entries = json.loads(file.read_text("utf-8"))["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [200]
    assert PLANTED not in file.read_text("utf-8")
    with pytest.raises(control.NoProxy):
        found.ask("list", 1)


def test_the_engine_ends_with_the_command_however_that_ends(tmp_path: Path) -> None:
    with proxy(tmp_path) as found:
        engine = children_of(found.process.pid)
        found.process.send_signal(signal.SIGKILL)
        found.process.wait()
        eventually(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in engine))


def test_what_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from madang.wire import command

    monkeypatch.setattr("madang.wire.proxy.environment.LOCK", tmp_path / "no.txt")
    assert command.run(["proxy", "--folder", str(tmp_path)]) == 1
    assert "pip install mitmproxy" in capsys.readouterr().err
    assert command.run(["proxy", "--list", "--folder", str(tmp_path)]) == 1
    assert running.PORT == 8081
