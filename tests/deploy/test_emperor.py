"""uWSGI's Emperor over the releases of a site, on a booted server."""

from __future__ import annotations

import json

import pytest

from tests import projects
from tests.booted import CLIENT, SERVER, Server, server
from tests.load import Load
from tests.machines import unable
from tests.processes import eventually

pytestmark = [
    pytest.mark.once,
    pytest.mark.bare,
    pytest.mark.xdist_group("emperor"),
    pytest.mark.skipif(bool(unable()), reason=unable() or "it is not"),
]

HOST, CLONE, PROJECT = "shop.example.org", "/srv/clone", "/home/shop"
WHAT = ["--host", HOST, "--project", PROJECT, "--module", projects.MODULE]
VASSALS = "/run/shop-vassals"


def test_an_emperor_has_one_vassal_for_each_release() -> None:
    with server("bookworm", CLONE) as made:
        projects.write(made.root / PROJECT[1:])
        made.must("sh", "-c", f"echo {SERVER} {HOST} >> /etc/hosts")
        made.must("ip", "route", "replace", "default", "via", CLIENT)
        first = _deploys(made, "--emperor")
        _nobody_privileged_runs_it(made, first)
        second = _switches_while_slow_requests_run(made, first)
        _is_named_where_it_is_down(made)
        _comes_back(made, second)
        _abdicates(made)


def deploy(made: Server, *words: str) -> str:
    """`./madang deploy` as root, in the clone."""
    return made.must(f"{CLONE}/madang", "deploy", *words, folder=CLONE)


def current(made: Server) -> str:
    """The release that visitors reach."""
    return made.must("readlink", "/srv/shop/run/current").strip().rpartition("/")[2]


def answers(made: Server) -> list[int]:
    """What the outsider is answered."""
    return [status for status, _headers, _text in made.ask(HOST, "/", 3)]


def processes(made: Server) -> list[tuple[str, int, str]]:
    """Whose, which, and by what words it was started: of everything that runs there."""
    return [tuple(row) for row in json.loads(made.must("python3", "-c", PROCESSES))]


PROCESSES = """
import json, os, pathlib, pwd
found = []
for path in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        words = (path / "cmdline").read_text().replace("\\0", " ")
        found.append([pwd.getpwuid(path.stat().st_uid).pw_name, int(path.name), words])
    except OSError:
        pass
print(json.dumps(found))
"""


def _deploys(made: Server, *more: str) -> str:
    deploy(made, *WHAT, *more)
    assert answers(made) == [200, 200, 200]
    return current(made)


def _nobody_privileged_runs_it(made: Server, name: str) -> None:
    """The Emperor and the vassal are the site's user's, in a sandbox; root is nowhere."""
    assert made.must("ls", VASSALS).split() == [f"{name}.ini"]
    own = [(user, words) for user, _pid, words in processes(made) if "pyuwsgi" in words]
    assert {user for user, _words in own} == {"shop"}
    assert any("/srv/shop/emperor/bin/pyuwsgi" in words for _user, words in own)
    assert any(f"/srv/shop/releases/{name}/venv/bin/pyuwsgi" in words for _user, words in own)
    for unit in ("shop-emperor", f"shop-web@{name}"):
        said = made.run("systemd-analyze", "security", unit)[1]
        assert float(said.rpartition("Overall exposure level for ")[2].split()[1]) <= 2


def _switches_while_slow_requests_run(made: Server, first: str) -> str:
    """Every request is answered, and who is no vassal any more is gone."""
    slow, quick = Load(made, HOST, "/slow/", 3), Load(made, HOST, "/", 1)
    second = _deploys(made, "--emperor")
    for name in (first, second):
        deploy(made, "rollback", "--to", name, "--name", "shop")
        assert current(made) == name
    asked = [slow.end(), quick.end()]
    assert [each.badly for each in asked] == [0, 0]
    assert all(each.well > 5 for each in asked)
    assert made.must("ls", VASSALS).split() == [f"{second}.ini"]
    assert [row for row in processes(made) if f"releases/{first}/venv" in row[2]] == []
    return second


def _is_named_where_it_is_down(made: Server) -> None:
    made.must("systemctl", "stop", "shop-emperor")
    words = ["checkup", "--json", HOST, "--name", "shop"]
    code, said = made.run(f"{CLONE}/madang", *words, folder=CLONE)
    told = json.loads(said[said.index("{") :])
    assert (code, told["cause"]["code"], told["besides"]) == (1, "emperor_down", []), said
    assert "web_down" in {each["code"] for each in told["consequences"]}
    made.must(*told["cause"]["mend"])
    eventually(lambda: answers(made) == [200, 200, 200])


def _comes_back(made: Server, name: str) -> None:
    """After a vassal was killed, after the Emperor was, and after the power was cut."""
    for what in (f"releases/{name}/venv/bin/pyuwsgi", "emperor/bin/pyuwsgi"):
        found = [str(pid) for _user, pid, words in processes(made) if what in words]
        made.must("sh", "-c", f"kill -KILL {' '.join(found)}")
        eventually(lambda: answers(made) == [200, 200, 200])
    made.halt()
    made.boot()
    eventually(lambda: answers(made) == [200, 200, 200])
    assert current(made) == name


def _abdicates(made: Server) -> None:
    """The next release without him: no request is lost, and nothing of him is left."""
    quick = Load(made, HOST, "/", 1)
    _deploys(made)
    assert quick.end().badly == 0
    assert [row for row in processes(made) if "emperor" in row[2]] == []
    left = made.must("find", "/etc/shop", "/etc/systemd", "/srv/shop", "-iname", "*emperor*")
    assert left == ""
    deploy(made, *WHAT, "--emperor")
    deploy(made, "remove", "--host", HOST, "--name", "shop", "--data")
    where = ["/etc", "/srv", "/run", "-path", CLONE, "-prune", "-o", "-name", "shop*", "-print"]
    assert made.must("find", *where) == ""
    assert [row for row in processes(made) if "pyuwsgi" in row[2]] == []
