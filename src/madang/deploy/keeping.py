"""What a site with an authority of its own needs so that its certificate never ends: a timer.

What the timer runs is a copy of this code in the site's own folder, for any project, since the
clone that deployed it may be gone by then.
"""

from __future__ import annotations

import shutil

from madang.deploy import host, making, releases
from madang.deploy.place import UNITS
from madang.deploy.plan import Site


def settle(site: Site) -> None:
    """Have the timer of a site with `--tls internal`; of others none."""
    if site.tls != "internal":
        forget(site)
        return
    keeper = site.place.keeper
    draft = keeper.with_name("keeper.new")
    shutil.rmtree(draft, ignore_errors=True)
    making.copy_own(making.CLONE, draft)
    releases.seal(draft)
    shutil.rmtree(keeper, ignore_errors=True)
    draft.rename(keeper)
    host.unit("daemon-reload")
    host.works("systemctl", "--quiet", "enable", "--now", site.place.timer)


def forget(site: Site) -> None:
    """Have no timer any more."""
    timer = UNITS / site.place.timer
    if timer.exists():
        host.works("systemctl", "--quiet", "disable", "--now", timer.name)
        for path in (timer, timer.with_suffix(".service")):
            path.unlink(missing_ok=True)
        host.unit("daemon-reload")
    shutil.rmtree(site.place.keeper, ignore_errors=True)
