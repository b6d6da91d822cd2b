"""A post without a name, from the passes to the timeline, in a real browser."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # what Chromium tells
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser.conftest import VILLAGE, Enter, Reader, browse
from tests.processes import eventually
from tests.promises.test_whispers import free_pair
from tests.servers import environment, migrate, run
from tools.shots import sign_in

VECTORS = Path(__file__).resolve().parents[1] / "lib" / "vectors"
ENROLLED = """
from datetime import timedelta
from django.utils import timezone
from madang.microblog.models import AnonEpoch
for epoch in AnonEpoch.objects.order_by("number"):
    epoch.starts_at = timezone.now() + timedelta(days=6 * (epoch.number - 2) - 1)
    epoch.ends_at = epoch.starts_at + timedelta(days=6)
    epoch.chain = epochs.link(
        before=chain, number=epoch.number, starts_at=epoch.starts_at, ends_at=epoch.ends_at,
        key_id=epoch.key_id,
    )
    chain = epoch.chain
    epoch.save()
"""
ENROLLED = f"from madang.microblog import epochs\nchain = bytes(32).hex()\n{ENROLLED}"
COMPUTE = """
async ([spki, challenge, nonce, salt, factor, answer]) => {
    const bytes = Passes.fromHex;
    const options = {
        nonce: bytes(nonce), salt: bytes(salt), factor: Passes.number(bytes(factor)),
    };
    const pending = await Passes.ask(bytes(spki), bytes(challenge), options);
    const token = Passes.finish(bytes(spki), pending, Passes.encode(bytes(answer)));
    return [pending.request, token].map((text) => Passes.hex(Passes.decode(text)));
}
"""
FORGET = "new Promise((done) => { indexedDB.deleteDatabase('madang-purse').onsuccess = done; })"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A site that is served with its anonymous origin, and the URL of its database."""
    url = f"sqlite:///{tmp_path}/site.sqlite3"
    first, second = free_pair()
    environ = {
        "MADANG_ORIGIN": f"http://localhost:{first}",
        "MADANG_ANON_ORIGIN": f"http://localhost:{second}",
        "MADANG_ANON_FLOOR": "1",
        "MADANG_ANON_TICK_SECONDS": "1",
    }
    migrate(url, tmp_path)
    run(url, tmp_path, VILLAGE)
    with (tmp_path / "log").open("wb") as log:
        served = subprocess.Popen(
            [sys.executable, "-m", "madang", "serve", "--port", str(first)],
            env={**environment(url, tmp_path), **environ},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        eventually(lambda: _is_well(first) and _is_well(second, "/anon/health"))
        yield f"http://localhost:{first}", url
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.wait(60)


def _is_well(port: int, path: str = "/readyz") -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_post_travels_without_its_author(
    chromium: Browser, site: tuple[str, str], tmp_path: Path
) -> None:
    address, url = site
    with browse(chromium, "ko", "phone", "light", scripts=True) as browser:
        sign_in(browser.new_page(), address, "hana")
        page = browser.new_page()
        sent = requests(page)
        used = connections(page)
        reader = Reader(page, address, "ko")
        page.goto(f"{address}/microblog/anonymous/")
        reader.button("Take my passes into this browser").click()
        page.wait_for_selector("[data-part=coming] li >> nth=3")
        assert page.locator("[data-part=form]").is_hidden()
        reader.look()
        run(url, tmp_path, ENROLLED)
        page.evaluate(_move_epochs())
        page.reload()
        page.locator("#whisper-text").fill("아무도 모르게 #비밀")
        page.locator("input[value=tick]").check()
        reader.look()
        sent.clear()
        reader.button("Say it without a name").click()
        page.locator("[data-part=list]").get_by_role("link").click()
        page.wait_for_url("**/microblog/*/#p*")
        post = page.locator(".post").first
        assert post.locator(".post-by").inner_text() == "글쓴이"
        assert "아무도 모르게" in post.inner_text()
        [posting] = [each for each in sent if each.method == "POST"]
        says_nothing_of_its_sender(posting)
        shares_no_connection(posting, used, address)
        page.go_back()
        page.locator("[data-part=list]").get_by_role("button").click()
        page.locator("[data-part=list]").get_by_text(reader.text("It is taken back.")).wait_for()
        assert reader.text("Passes for now: {n}").replace("{n}", "4") in page.inner_text("main")
    kept = "from madang.microblog.models import Post\n"
    kept += "print(Post.objects.filter(thread_key__isnull=False).values_list('author', 'text'))"
    assert "(None, '')" in run(url, tmp_path, kept)


def requests(page: Page) -> list[Request]:
    """What the page asks for from now on."""
    sent: list[Request] = []

    def see(request: Request) -> None:
        sent.append(request)

    page.on("request", see)
    return sent


def shares_no_connection(posting: Request, used: dict[str, set[int]], site: str) -> None:
    """None by which it went is one by which anything else was asked."""
    own = used.pop(posting.url.removesuffix("/anon/posts"))
    assert own
    assert used[site]
    for others in used.values():
        assert own.isdisjoint(others)


def connections(page: Page) -> dict[str, set[int]]:
    """By which connections each origin answers the page from now on, as Chromium numbers them."""
    used: dict[str, set[int]] = {}

    def note(told: dict[str, Any]) -> None:
        answer = told["response"]
        if not answer.get("fromDiskCache"):
            parts = urlsplit(answer["url"])
            origin = used.setdefault(f"{parts.scheme}://{parts.netloc}", set())
            origin.add(int(answer["connectionId"]))

    devtools = page.context.new_cdp_session(page)
    devtools.on("Network.responseReceived", note)
    devtools.send("Network.enable")
    return used


def says_nothing_of_its_sender(posting: Request) -> None:
    """No cookie, no referrer, no name; a pass."""
    headers = posting.all_headers()
    assert "cookie" not in headers
    assert "referer" not in headers
    assert headers["authorization"].startswith("PrivateToken token=")
    assert "hana" not in json.dumps(headers) + (posting.post_data or "")


def _move_epochs() -> str:
    """Have the purse believe that a week has passed, as the site does now."""
    return """
        async () => {
            const who = document.getElementById("whisper").dataset.who;
            const purse = await Purse.load(who);
            const shown = await (await fetch("/anon/log", { cache: "reload" })).json();
            await fetch("/.well-known/private-token-issuer-directory", { cache: "reload" });
            purse.seen = {};
            for (const row of shown.log) {
                if (!purse.epochs[row.epoch]) continue;
                purse.epochs[row.epoch].from = row["not-before"];
                purse.epochs[row.epoch].until = row["not-after"];
            }
            await new Promise((resolve) => {
                const opening = indexedDB.open("madang-purse", 1);
                opening.onsuccess = () => {
                    const store = opening.result.transaction("purses", "readwrite");
                    store.objectStore("purses").put(purse, who).onsuccess = resolve;
                };
            });
        }
    """


@pytest.mark.parametrize("name", ["go", "rust"])
def test_the_browser_s_passes_are_those_of_the_published_vectors(enter: Enter, name: str) -> None:
    hana = enter("hana")
    hana.page.goto(f"{hana.address}/microblog/anonymous/")
    hana.page.wait_for_function("typeof Passes === 'object'")
    for vector in json.loads((VECTORS / f"rfc9578_{name}.json").read_text()):
        fields = ("pkS", "token_challenge", "nonce", "salt", "blind", "token_response")
        made = hana.page.evaluate(COMPUTE, [vector[field] for field in fields])
        assert made == [vector["token_request"], vector["token"]]


def test_a_key_that_is_not_in_the_public_log_is_not_used(enter: Enter) -> None:
    hana = enter("hana")
    hana.page.route(
        "**/anon/log",
        lambda route: route.fulfill(json={"log": []}, content_type="application/json"),
    )
    hana.page.goto(f"{hana.address}/microblog/anonymous/")
    hana.button("Take my passes into this browser").click()
    hana.page.get_by_role("alert").filter(has_text="나만의 열쇠").wait_for()
    hana.page.evaluate(FORGET)


def test_without_scripts_the_page_says_what_it_needs_them_for(enter: Enter) -> None:
    hana = enter("hana", scripts=False)
    hana.page.goto(f"{hana.address}/microblog/anonymous/")
    needs = "This page needs scripts: passes are made in your browser, so that the server never"
    assert hana.page.get_by_text(hana.text(f"{needs} sees them.")).is_visible()
    assert hana.page.locator("#whisper button").first.is_hidden()


def test_a_purse_can_be_carried_to_another_browser(enter: Enter, tmp_path: Path) -> None:
    hana = enter("hana")
    hana.page.goto(f"{hana.address}/microblog/anonymous/")
    hana.button("Take my passes into this browser").click()
    hana.page.wait_for_selector("[data-part=coming] li >> nth=3")
    hana.page.get_by_text(hana.text("Take the purse to another browser")).click()
    with hana.page.expect_download() as waiting:
        hana.button("Save a copy").click()
    copy = tmp_path / "purse.json"
    waiting.value.save_as(copy)
    assert len(base64.urlsafe_b64decode(json.loads(copy.read_text())["secret"])) == 32
    other = enter("hana")
    other.page.goto(f"{other.address}/microblog/anonymous/")
    other.page.locator("input[type=file]").set_input_files(copy)
    other.page.wait_for_selector("[data-part=coming] li >> nth=3")
    (tmp_path / "other.json").write_text("{}")
    other.page.locator("input[type=file]").set_input_files(tmp_path / "other.json")
    other.page.get_by_role("alert").filter(has_text=other.text("This file is no purse.")).wait_for()
