"""The environment is read once, typed, and refuses what it cannot read."""

from pathlib import Path

import pytest

from madang import env

SECRET = "s" * 40
SITE = {"MADANG_SECRET_KEY": SECRET, "MADANG_HOSTS": "example.org, www.example.org"}


def test_a_site_needs_a_secret_key() -> None:
    with pytest.raises(env.BadEnvironment, match="^MADANG_SECRET_KEY: it takes a random text"):
        env.read({"MADANG_HOSTS": "example.org"})


def test_a_short_secret_key_is_none() -> None:
    with pytest.raises(env.BadEnvironment, match="^MADANG_SECRET_KEY"):
        env.read({"MADANG_HOSTS": "example.org", "MADANG_SECRET_KEY": "short"})


def test_a_site_needs_a_host() -> None:
    with pytest.raises(env.BadEnvironment, match="^MADANG_HOSTS"):
        env.read({"MADANG_SECRET_KEY": SECRET})


def test_looking_around_needs_nothing() -> None:
    read = env.read({"MADANG_DEBUG": "yes"})
    assert (read.debug, read.hosts, read.origin, read.is_https) == (
        True,
        ("localhost", "127.0.0.1", "[::1]"),
        "http://localhost:8000",
        False,
    )


def test_the_rest_follows_from_key_and_hosts(tmp_path: Path) -> None:
    assert env.read({**SITE, "MADANG_DATA": str(tmp_path)}) == env.Environment(
        debug=False,
        secret_key=SECRET,
        hosts=("example.org", "www.example.org"),
        data=tmp_path,
        database_url=f"sqlite:///{tmp_path}/madang.sqlite3",
        origin="https://example.org",
        site_name="마당",
        language="ko",
        time_zone="Asia/Seoul",
        open_joining=False,
        members_invite=False,
        library_history_days=30,
        library_due_soon_days=2,
        library_overdue_days=(1, 7, 21),
        library_open_catalogue=False,
        currency="KRW",
        anon_passes=5,
        anon_epoch_seconds=604_800,
        anon_renewal_seconds=86_400,
        anon_origin="",
        anon_tick_seconds=60,
        anon_floor=5,
        anon_database_url="",
        mail_url=f"file://{tmp_path}/mail",
        mail_from="madang@example.org",
        trace="",
        recorder=None,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MADANG_DEBUG", "maybe"),
        ("MADANG_LANGUAGE", "fr"),
        ("MADANG_TIME_ZONE", "Asia/Pyongchang"),
        ("MADANG_TIME_ZONE", "../etc/passwd"),
        ("MADANG_DATABASE_URL", "mysql://localhost/madang"),
        ("MADANG_DATABASE_URL", "sqlite:///"),
        ("MADANG_MAIL_URL", "gopher://localhost"),
        ("MADANG_ORIGIN", "example.org"),
        ("MADANG_ORIGIN", "https://example.org/madang"),
        ("MADANG_LIBRARY_OVERDUE_DAYS", "7, 1"),
        ("MADANG_LIBRARY_OVERDUE_DAYS", "0, 1"),
        ("MADANG_LIBRARY_OVERDUE_DAYS", ","),
        ("MADANG_ANON_PASSES", "0"),
        ("MADANG_ANON_EPOCH_SECONDS", "a week"),
        ("MADANG_TRACE", "yes"),
        ("MADANG_RECORDER", "run/recorder"),
    ],
)
def test_nonsense_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(env.BadEnvironment) as refusal:
        env.read({**SITE, name: text})
    variable = next(variable for variable in env.VARIABLES if variable.name == name)
    assert str(refusal.value) == f"{name}={text!r}: it takes {variable.takes}"


@pytest.mark.parametrize(("text", "steps"), [("no", ()), ("3", (3,)), ("1 7,14", (1, 7, 14))])
def test_steps_of_days_grow(text: str, steps: tuple[int, ...]) -> None:
    read = env.read({**SITE, "MADANG_LIBRARY_OVERDUE_DAYS": text})
    assert read.library_overdue_days == steps


def test_a_pass_comes_back_well_before_the_epoch_ends() -> None:
    short = {"MADANG_ANON_EPOCH_SECONDS": "120", "MADANG_ANON_RENEWAL_SECONDS": "60"}
    with pytest.raises(env.BadEnvironment, match="^MADANG_ANON_RENEWAL_SECONDS: it takes a"):
        env.read({**SITE, **short})
    assert env.read({**SITE, **short, "MADANG_ANON_RENEWAL_SECONDS": "59"}).anon_passes == 5


@pytest.mark.parametrize("page", ["operating.md", "ko/operating.md"])
def test_the_guide_describes_every_variable_and_no_other(page: str) -> None:
    guide = Path(__file__).parents[1] / "docs" / page
    rows = [line for line in guide.read_text("utf-8").splitlines() if line.startswith("| `MADANG_")]
    described = [row.split("`")[1] for row in rows]
    assert sorted(described) == sorted(variable.name for variable in env.VARIABLES)
