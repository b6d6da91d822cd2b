"""`madang prove microblog`: likes and a pass are raced for, and somebody guesses authors.

All of it, and beside it what happens without a guard, is written into a scratch schema
(PostgreSQL) or a scratch folder beside the configured file (SQLite), which is removed afterwards,
whatever happens.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from typing import Any  # JSON

from madang import env
from madang.db.scratch import scratch
from madang.lib.terminal import gettext as _

TRIES = 3
"""Chance alone is outside its 99 % once in a hundred times, and three times on end in a million."""


def run(argv: list[str]) -> int:
    """0 if the promises held and the controls broke them; 1 otherwise; 2 if it cannot begin."""
    options = _options(argv)
    try:
        url = env.read(os.environ).database_url
    except env.BadEnvironment as error:
        print(f"madang prove: {error}", file=sys.stderr)
        return 2
    sentence = _("{members} members like one post {times} times each, {server}")
    print(sentence.format(**vars(options), server=url.split(":")[0]), flush=True)
    codes = [_likes(url, options), _spends(url), _guesses(url, options)]
    return max(codes)


def _likes(url: str, options: argparse.Namespace) -> int:
    words = [str(options.members), str(options.times)]
    guarded = _race(url, "madang.microblog.racing", *words, "guarded")
    control = _race(url, "madang.microblog.racing", *words, "unguarded")
    _say(_("with the constraint"), guarded)
    _say(_("without it"), control)
    is_exact = guarded["rows"] == guarded["shown"] == options.members
    held = is_exact and guarded["told"] == options.members * options.times
    is_broken = not control["rows"] == control["shown"] == options.members
    return _verdict(held=held, is_broken=is_broken)


def _spends(url: str) -> int:
    """One pass, spent by many at once."""
    guarded = _race(url, "madang.microblog.spending", "guarded")
    control = _race(url, "madang.microblog.spending", "unguarded")
    origins = sum(guarded[name] for name in ("written", "spent", "errors"))
    print(_("{origins} at once spend one pass").format(origins=origins), flush=True)
    sentence = _("  {title}: {posts} posts written, {spent} refused, {errors} errors")
    print(sentence.format(title=_("with the primary key"), **guarded))
    print(sentence.format(title=_("without it"), **control))
    held = (guarded["posts"], guarded["written"], guarded["errors"]) == (1, 1, 0)
    return _verdict(held=held, is_broken=control["posts"] > 1)


def _guesses(url: str, options: argparse.Namespace) -> int:
    """Who wrote a post without a name, guessed from all that is stored of it."""
    sentence = _("{members} members post without a name, and somebody reads all that is stored")
    print(sentence.format(members=options.members), flush=True)
    for _time in range(TRIES):
        found = _race(url, "madang.microblog.attacking", str(options.members))
        low, high = found["bounds"]
        if low <= found["right"] <= high:
            break
    sentence = _(
        "  from what the anonymous path stores: {right} of {posts} authors; chance: {low}–{high}"
    )
    print(sentence.format(low=low, high=high, **found))
    waits = {
        "tick": _("written at the next tick"),
        "hour": _("within the hour"),
        "six_hours": _("within six hours"),
    }
    print(_("  with a log of who opened the page when, which this site does not keep:"))
    for wait, (right, posts) in found["joined"].items():
        print(f"    {waits[wait]}: {right / posts:.0%}")
    right, posts = found["at_once"]
    print(
        "    "
        + _("as other sites do it, written at once: {share}").format(share=f"{right / posts:.0%}")
    )
    is_broken = right > high  # as many posts; without ticks the same log does better than chance
    return _verdict(held=low <= found["right"] <= high, is_broken=is_broken)


def _verdict(*, held: bool, is_broken: bool) -> int:
    if not held:
        print(_("THE PROMISE WAS BROKEN. Please report this."))
    elif not is_broken:
        print(_("The control did not lose: it takes more members or times to prove anything."))
    else:
        print(_("The promise held. Without the guard it was broken."))
    return 0 if held and is_broken else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "madang prove microblog",
        description=_("A race on your own database server, in a scratch place that is removed."),
    )
    parser.add_argument("--members", type=int, default=30, help=_("how many like the post"))
    parser.add_argument("--times", type=int, default=8, help=_("how often each of them"))
    options = parser.parse_args(argv)
    if not 2 <= options.members <= 80 or not 1 <= options.times <= 1000:
        parser.error(_("2 to 80 members, 1 to 1000 times"))
    return options


def _say(title: str, result: dict[str, int]) -> None:
    sentence = _("  {title}: {rows} likes in the table, {shown} shown, {errors} errors")
    print(sentence.format(title=title, **result))


def _race(url: str, module: str, *words: str) -> dict[str, Any]:
    with scratch(url) as place:
        environment = {**os.environ, "MADANG_DATABASE_URL": place}
        for command in (
            ["madang", "manage", "migrate", "--verbosity", "0"],
            [module, *words],
        ):
            done = subprocess.run(
                [sys.executable, "-m", *command],
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
        found: dict[str, Any] = json.loads(done.stdout)
        return found
