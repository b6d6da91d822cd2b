"""The walk from the button to the constraint leads through files and names that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\[([^\]]+)\]\(([^)#]+)\)")
NAMED = r"^\s*(?:async def|def|class) {0}\b|^{0}\b.* =|name=[\"']{0}[\"']"
"""How Python code defines a name, or gives it to a constraint."""


def links(page: str) -> list[tuple[str, Path]]:
    """What each link is called, and where it leads."""
    here = (DOCS / page).parent
    text = (DOCS / page).read_text("utf-8")
    return [(called, (here / target).resolve()) for called, target in LINK.findall(text)]


@pytest.mark.once
@pytest.mark.parametrize("page", ["promise.md", "ko/promise.md"])
def test_each_link_leads_to_a_file_that_has_the_name(page: str) -> None:
    found = links(page)
    assert [str(target) for _, target in found if not target.is_file()] == []
    named = [(name.strip("`"), target) for name, target in found if name.startswith("`")]
    lost = []
    for name, target in named:
        text = target.read_text("utf-8")
        if target.suffix == ".py":
            is_there = re.search(NAMED.format(re.escape(name)), text, re.MULTILINE) is not None
        else:
            is_there = name == target.name or name in text
        if not is_there:
            lost.append((name, target.name))
    assert lost == []
    assert len(named) > 12


@pytest.mark.once
def test_both_languages_lead_the_same_way() -> None:
    ways = [
        [target.relative_to(ROOT) for _, target in links(page) if DOCS not in target.parents]
        for page in ("promise.md", "ko/promise.md")
    ]
    assert ways[0] == ways[1]
