"""A real browser before a real server: the village in Korean, on a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    StorageState,
    sync_playwright,
)

from tests.servers import migrate, run, servers
from tools.shots import FLAGS, sign_in

SETTINGS = {
    "MADANG_ANON_ORIGIN": "http://localhost:9",
    "MADANG_ANON_FLOOR": "1",
    "MADANG_TRACE": "own",
}
"""Nobody listens at the anonymous origin: its pages are looked at only."""
WIDTHS = {"small": 320, "phone": 390, "desktop": 1280}
VILLAGE = """
from django.utils import timezone
from madang.demo import village
village.build(at=timezone.now(), language="ko")
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys share one server and one browser, and need one database only."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.once)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the village is served."""
    folder = tmp_path_factory.mktemp("browser")
    url = f"sqlite:///{folder}/site.sqlite3"
    migrate(url, folder)
    run(url, folder, VILLAGE)
    with servers(url, folder, 1, SETTINGS) as started:
        yield f"http://localhost:{started[0].port}"


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is missing: sudo ./madang setup --system")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Reader:
    """Somebody with a browser, in a language; keeps what the console and the network say."""

    page: Page
    address: str
    language: str
    has_scripts: bool = True
    expected: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        """Keep errors and foreign addresses from now on."""
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _see(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in {urlsplit(self.address).netloc, ""}:
            self.foreign.append(request.url)

    def text(self, english: str, **values: str) -> str:
        """What `english` is called in the reader's language."""
        with translation.override(self.language):
            return gettext(english) % values if values else gettext(english)

    def go(self, path: str) -> None:
        """Open a page in the reader's language, switched by the button below every page."""
        self.page.goto(self.address + path)
        if self.page.locator("html").get_attribute("lang") != self.language:
            self.page.locator(f".foot button[value={self.language}]").click()
            self.page.wait_for_selector(f"html[lang={self.language}]")
            self.page.goto(self.address + path)

    def link(self, english: str) -> Locator:
        """The link in the page that is called so."""
        return self.page.locator("main").get_by_role("link", name=self.text(english), exact=True)

    def button(self, english: str) -> Locator:
        """The button, in the page or in the dialog over it, that is called so."""
        return self.page.get_by_role("button", name=self.text(english), exact=True)

    def look(self) -> None:
        """Nothing for an assistive program to stumble over, nothing to scroll sideways.

        The checks are scripts themselves, so they see only readers who have scripts.
        """
        if not self.has_scripts:
            return
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        wide, seen = self.page.evaluate("[document.body.scrollWidth, innerWidth]")
        assert wide <= seen, f"{self.page.url} is {wide} wide in {seen}"

    def expect(self, complaint: str) -> None:
        """The console will say this once, and it is no fault: a page of status 404 or 409."""
        self.expected.append(complaint)

    def check(self) -> None:
        """No complaint but the expected ones, each seen; no request to somebody else."""
        rest = list(self.complaints)
        for part in self.expected:
            heard = [complaint for complaint in rest if part in complaint]
            assert heard, f"nobody complained about {part}"
            rest.remove(heard[0])
        assert (rest, self.foreign) == ([], [])


Enter = Callable[..., Reader]


@pytest.fixture(scope="package")
def states() -> dict[str, StorageState]:
    """The cookies of those who have signed in, so that each does it once."""
    return {}


@pytest.fixture
def enter(chromium: Browser, address: str, states: dict[str, StorageState]) -> Iterator[Enter]:
    """A browser of one's own: `enter("hana", "ko", "phone", "dark", scripts=False)`."""
    with ExitStack() as open_ones:

        def entered(
            who: str = "",
            language: str = "ko",
            width: str = "desktop",
            scheme: str = "light",
            *,
            scripts: bool = True,
        ) -> Reader:
            if who and who not in states:
                with browse(chromium, "ko", "desktop", "light", scripts=True) as context:
                    sign_in(context.new_page(), address, who)
                    states[who] = context.storage_state()
            state = states.get(who)
            context = open_ones.enter_context(
                browse(chromium, language, width, scheme, scripts=scripts, state=state)
            )
            reader = Reader(context.new_page(), address, language, scripts)
            reader.listen(context)
            open_ones.callback(reader.check)
            return reader

        yield entered


@contextmanager
def browse(
    browser: Browser,
    language: str,
    width: str,
    scheme: str,
    *,
    scripts: bool,
    state: StorageState | None = None,
) -> Iterator[BrowserContext]:
    """A browser with cookies and looks of its own."""
    is_phone = width != "desktop"
    context = browser.new_context(
        locale={"ko": "ko-KR", "en": "en-GB"}[language],
        timezone_id="Asia/Seoul",
        viewport={"width": WIDTHS[width], "height": 800},
        is_mobile=is_phone,
        has_touch=is_phone,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        java_script_enabled=scripts,
        storage_state=state,
        accept_downloads=True,
    )
    context.set_default_timeout(20_000)
    try:
        yield context
    finally:
        context.close()
