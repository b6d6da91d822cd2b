"""Names of static files, before and after they were collected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.templatetags.static import static
from pytest_django import Settings

from madang.ui.context import STYLE_SHEETS

NAMES = [*STYLE_SHEETS, "ui/htmx/htmx.min.js", "ui/madang.js", "ui/mark.svg"]


def test_what_was_not_collected_is_served_under_its_own_name() -> None:
    assert [static(name) for name in NAMES] == [f"/static/{name}" for name in NAMES]


@pytest.mark.once
def test_what_was_collected_has_a_name_that_changes_with_its_content(
    settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = dict(settings.STORAGES)  # the storage is made again
    call_command("collectstatic", verbosity=0, interactive=False)
    settings.STORAGES = dict(settings.STORAGES)  # and reads what was collected
    plain = [re.sub(r"\.[0-9a-f]{12}(\.\w+)$", r"\1", static(name)) for name in NAMES]
    assert plain == [f"/static/{name}" for name in NAMES]
    assert all((tmp_path / static(name).removeprefix("/static/")).is_file() for name in NAMES)
    assert [static(name) for name in NAMES] != plain


def test_pretendard_and_htmx_come_with_their_licences() -> None:
    ui = Path(__file__).parents[2] / "src/madang/ui/static/ui"
    licences = [ui / "fonts/pretendard/LICENSE.txt", ui / "htmx/LICENSE.txt"]
    assert [("Open Font" in text, "Zero-Clause BSD" in text) for text in map(_text, licences)] == [
        (True, False),
        (False, True),
    ]


def _text(path: Path) -> str:
    return path.read_text("utf-8")
