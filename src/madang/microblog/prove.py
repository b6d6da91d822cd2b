"""`madang prove microblog`: everybody likes one post at once, beside the same without a guard.

Both races write into a scratch schema (PostgreSQL) or a scratch folder beside the configured
file (SQLite), which is removed afterwards, whatever happens.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

from madang import env
from madang.db.scratch import scratch
from madang.lib.terminal import gettext as _


def run(argv: list[str]) -> int:
    """0 if the promise held and the control broke it; 1 otherwise; 2 if it cannot begin."""
    options = _options(argv)
    try:
        url = env.read(os.environ).database_url
    except env.BadEnvironment as error:
        print(f"madang prove: {error}", file=sys.stderr)
        return 2
    sentence = _("{members} members like one post {times} times each, {server}")
    print(sentence.format(**vars(options), server=url.split(":")[0]), flush=True)
    guarded = _race(url, options.members, options.times, "guarded")
    control = _race(url, options.members, options.times, "unguarded")
    _say(_("with the constraint"), guarded)
    _say(_("without it"), control)
    is_exact = guarded["rows"] == guarded["shown"] == options.members
    held = is_exact and guarded["told"] == options.members * options.times
    is_broken = not control["rows"] == control["shown"] == options.members
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


def _race(url: str, members: int, times: int, guard: str) -> dict[str, int]:
    with scratch(url) as place:
        environment = {**os.environ, "MADANG_DATABASE_URL": place}
        for command in (
            ["madang", "manage", "migrate", "--verbosity", "0"],
            ["madang.microblog.racing", str(members), str(times), guard],
        ):
            done = subprocess.run(
                [sys.executable, "-m", *command],
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
        found: dict[str, int] = json.loads(done.stdout)
        return found
