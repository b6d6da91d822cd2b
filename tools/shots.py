"""`./madang shots`: the pages as pictures: both languages, phone and desktop, light and dark."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from madang.demo.cast import CAST
from tools.village import ROOT, village

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PICTURES = ROOT / "docs" / "pictures"
WIDTHS = {"phone": 390, "desktop": 1280}


@dataclass(frozen=True)
class Shot:
    """A page: its name, who looks, and where; `{first}` is the first link found by `follow`."""

    name: str
    who: str
    path: str
    follow: tuple[str, ...] = ()


SHOTS = [
    Shot("welcome", "", "/"),
    Shot("login", "", "/people/login/"),
    Shot("signup-closed", "", "/people/signup/"),
    Shot("password-reset", "", "/people/password/reset/"),
    Shot("not-found", "", "/nothing-here/"),
    Shot("home", "hana", "/"),
    Shot("home-empty", "sujin", "/"),
    Shot("reservations", "hana", "/reservation/"),
    Shot("doctor-week", "hana", "/reservation/doctors/1/?service=1"),
    Shot("doctor-month", "hana", "/reservation/doctors/1/?service=1&view=month"),
    Shot("doctor-zone", "emma", "/reservation/doctors/2/"),
    Shot("service", "hana", "/reservation/services/3/"),
    Shot("book", "hana", "/reservation/doctors/1/", ("main .times a >> nth=2",)),
    Shot("mine", "hana", "/reservation/mine/"),
    Shot("detail", "hana", "/reservation/mine/", (".rows a >> nth=0",)),
    Shot("cancel", "hana", "/reservation/mine/", (".rows a >> nth=0", "main a[href$='/cancel/']")),
    Shot("move", "hana", "/reservation/mine/", (".rows a >> nth=0", "main a[href$='/move/']")),
    Shot("day", "jiho", "/reservation/day/"),
    Shot("notes", "jiho", "/reservation/day/", ("main .noted >> nth=0",)),
    Shot("agenda", "seoyun", "/reservation/week/"),
    Shot("group-sessions", "hana", "/reservation/sessions/"),
    Shot("group-session", "hana", "/reservation/sessions/1/"),
    Shot("group-session-run", "seoyun", "/reservation/sessions/1/"),
    Shot("announce", "seoyun", "/reservation/doctors/1/announce/"),
    Shot("group-session-change", "seoyun", "/reservation/sessions/1/change/"),
    Shot("walk-in", "seoyun", "/reservation/doctors/1/walk-in/?name=하나"),
    Shot("hours", "seoyun", "/reservation/hours/"),
    Shot("hours-of-all", "gwanu", "/reservation/hours/"),
    Shot("call-off", "seoyun", "/reservation/hours/", ("main a[href$='/call-off/'] >> nth=0",)),
    Shot("reception", "yerin", "/reservation/reception/"),
    Shot("patients", "yerin", "/reservation/reception/patients/?q=ㄱㅎㄴ"),
    Shot("patient", "yerin", "/reservation/reception/patients/1/"),
    Shot("patient-week", "yerin", "/reservation/reception/patients/1/doctors/1/"),
    Shot("offers", "yerin", "/reservation/reception/offers/"),
    Shot("schedule", "yerin", "/reservation/reception/schedules/1/"),
    Shot("edit-service", "yerin", "/reservation/reception/services/1/"),
    Shot("figures", "yerin", "/reservation/reports/"),
    Shot("own-figures", "seoyun", "/reservation/reports/"),
    Shot("elsewhere", "jiho", "/reservation/elsewhere/"),
    Shot("feed", "hana", "/reservation/feed/"),
    Shot("feed-made", "jiho", "/reservation/feed/", ("main form button >> nth=-1",)),
    Shot("find-a-book", "hana", "/library/search/?q=꽃"),
    Shot("title", "hana", "/library/titles/1/"),
    Shot("my-books", "hana", "/library/mine/"),
    Shot("lend", "sujin", "/library/desk/?patron=1"),
    Shot("take-back", "sujin", "/library/desk/returns/"),
    Shot("holds-shelf", "sujin", "/library/desk/shelf/"),
    Shot("overdue", "sujin", "/library/desk/overdue/"),
    Shot("closed-days", "sujin", "/library/desk/closed/"),
    Shot("labels", "sujin", "/library/desk/labels/"),
    Shot("reports", "sujin", "/library/desk/reports/"),
    Shot("files", "sujin", "/library/imports/"),
    Shot("account", "sujin", "/library/desk/patrons/1/"),
    Shot("stories", "hana", "/microblog/"),
    Shot("stories-home", "sujin", "/microblog/home/"),
    Shot("story", "hana", "/microblog/", (".post-when >> nth=1",)),
    Shot("without-a-name", "hana", "/microblog/anonymous/"),
    Shot("without-a-name-limits", "hana", "/microblog/anonymous/limits/"),
    Shot("for-me", "emma", "/microblog/for-me/"),
    Shot("find-a-story", "hana", "/microblog/search/?q=소나무"),
    Shot("report", "hana", "/microblog/", (".apart-button >> nth=0",)),
    Shot("reported", "dohyun", "/microblog/moderation/"),
    Shot("moderate", "dohyun", "/microblog/moderation/", (".rows a >> nth=0",)),
    Shot("moderation-log", "hana", "/microblog/moderation/log/"),
    Shot("blocked-and-muted", "hana", "/microblog/hidden/"),
    Shot("storyteller", "hana", "/microblog/members/emma/"),
    Shot("profile", "hana", "/people/"),
    Shot("email", "hana", "/people/email/"),
    Shot("password", "hana", "/people/password/change/"),
    Shot("two-step", "hana", "/people/2fa/"),
    Shot("sessions", "hana", "/people/sessions/"),
    Shot("tokens", "hana", "/people/tokens/"),
    Shot("invitations", "gwanu", "/people/invitations/"),
    Shot("data", "hana", "/people/data/"),
    Shot("delete", "hana", "/people/delete/"),
    Shot("requests", "gwanu", "/wire/"),
    Shot("request", "gwanu", "/wire/?find=/reservation/", (".wire-rows a >> nth=0",)),
    Shot("captures", "gwanu", "/wire/captures/"),
    Shot("admin", "gwanu", "/admin/"),
]

README = {
    ("home", "en", "desktop", "dark"),
    ("home", "ko", "phone", "light"),
    ("week", "en", "desktop", "light"),
    ("week", "ko", "phone", "dark"),
}
"""What docs/pictures shows: the page, and how it is looked at."""
SHOWN = {"home": "home", "doctor-week": "week"}


def run(argv: list[str]) -> int:
    """Photograph into var/shots, or where `--out` says; names may be given to choose."""
    parser = argparse.ArgumentParser("madang shots", description=__doc__)
    parser.add_argument("names", nargs="*", help="which pages; all without")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "shots")
    parser.add_argument("--lang", choices=["ko", "en"], action="append")
    parser.add_argument("--width", choices=list(WIDTHS), action="append")
    parser.add_argument("--scheme", choices=["light", "dark"], action="append")
    parser.add_argument("--readme", action="store_true", help="make docs/pictures again, only")
    options = parser.parse_args(argv)
    chromium = shutil.which("chromium")
    if chromium is None:
        print("madang shots needs chromium: sudo ./madang setup --system", file=sys.stderr)
        return 1
    for folder in (options.out, PICTURES):
        folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for language in options.lang or ["ko", "en"]:
            with village(language) as address:
                looks = product(options.width or WIDTHS, options.scheme or ["light", "dark"])
                for width, scheme in looks:
                    for context, shot in _visits(browser, address, language, width, scheme):
                        name = SHOWN.get(shot.name, "")
                        if options.readme and (name, language, width, scheme) in README:
                            file = PICTURES / f"{name}-{language}.png"
                            _take(context, address, shot, file, is_whole=False)
                        elif not options.readme and shot.name in (options.names or [shot.name]):
                            name = f"{shot.name}-{language}-{width}-{scheme}.png"
                            _take(context, address, shot, options.out / name)
        browser.close()
    return 0


def _visits(
    browser: Browser, address: str, language: str, width: str, scheme: str
) -> Iterator[tuple[BrowserContext, Shot]]:
    """Each page with a browser in which its reader is signed in."""
    contexts: dict[str, BrowserContext] = {}
    for shot in SHOTS:
        if shot.who not in contexts:
            context = browser.new_context(
                locale={"ko": "ko-KR", "en": "en-GB"}[language],
                timezone_id="Asia/Seoul",
                viewport={"width": WIDTHS[width], "height": 844 if width == "phone" else 900},
                device_scale_factor=1,
                is_mobile=width == "phone",
                has_touch=width == "phone",
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
            )
            if shot.who:
                sign_in(context.new_page(), address, shot.who)
            contexts[shot.who] = context
        yield contexts[shot.who], shot
    for context in contexts.values():
        context.close()


def sign_in(page: Page, address: str, handle: str) -> None:
    """Through the page, as people do."""
    person = next(person for person in CAST if person.handle == handle)
    page.goto(f"{address}/people/login/")
    page.locator("input[name=login]").fill(person.handle)
    page.locator("input[name=password]").fill(person.password)
    page.locator("main form button").first.click()
    page.wait_for_url(f"{address}/")
    page.close()


def arrive(page: Page, address: str, shot: Shot) -> None:
    """Open the page, giving the password again where it is asked for."""
    page.goto(address + shot.path)
    if "/people/reauthenticate/" in page.url:
        person = next(person for person in CAST if person.handle == shot.who)
        page.locator("input[name=password]").fill(person.password)
        page.locator("main form button").first.click()
        page.wait_for_url(address + shot.path)


def _take(
    context: BrowserContext, address: str, shot: Shot, file: Path, *, is_whole: bool = True
) -> None:
    """The whole page with its bar at the end, or what is seen without scrolling."""
    page = context.new_page()
    arrive(page, address, shot)
    for step in shot.follow:
        page.locator(step).click()
        page.wait_for_load_state()
    page.evaluate("document.fonts.ready")
    size = page.viewport_size
    if is_whole and size is not None:
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    page.screenshot(path=file)
    page.close()
    print(file.name)
