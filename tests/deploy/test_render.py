"""What is rendered: exactly this, and what the programs that read it say of it."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from madang.deploy import render
from madang.deploy.plan import Application, Site

pytestmark = pytest.mark.once

SITE = Site(host="example.org")
IMPERIAL = Site(host="example.org", is_imperial=True)
BLOG = Application("conf.wsgi", "conf.settings", ".", "/assets/", "/media/", "/")
NEIGHBOURS = (
    Site("example.org", 443, tls="internal", anonymous="anon.example.org"),
    Site("blog.example.org", 443, tls="certbot", name="a-blog", application=BLOG),
)
REMOTE = "postgresql://madang:abc@db.example.org/madang"


def test_a_server_has_these_files() -> None:
    def modes(site: Site) -> dict[str, int]:
        return {str(file.path): file.mode for file in render.render(site, env="", secret_key="abc")}

    files = {
        "/etc/madang/madang.env": 0o640,
        "/etc/madang/site.json": 0o644,
        "/etc/madang/uwsgi.ini": 0o644,
        "/etc/systemd/system/madang-web@.service": 0o644,
        "/etc/systemd/system/madang-worker@.service": 0o644,
        "/etc/nginx/sites-available/door-80": 0o644,
        "/etc/nginx/sites-available/madang": 0o644,
    }
    assert modes(SITE) == files
    imperial = {
        "/etc/madang/emperor.ini": 0o644,
        "/etc/madang/vassal": 0o755,
        "/etc/systemd/system/madang-emperor.service": 0o644,
    }
    assert modes(IMPERIAL) == files | imperial
    capturing = {"/etc/systemd/system/madang-capture@.service": 0o644}
    assert modes(replace(SITE, has_dumpcap=True)) == files | capturing
    del files["/etc/madang/uwsgi.ini"]
    assert modes(Site(host="example.org", server="gunicorn")) == files
    guarded = Site("example.org", 443, "gunicorn", tls="internal", anonymous="anon.example.org")
    for kind in ("timer", "service"):
        files[f"/etc/systemd/system/madang-certificate.{kind}"] = 0o644
    files["/etc/nginx/sites-available/door-443"] = 0o644
    files["/etc/systemd/system/madang-anonymous@.service"] = 0o644
    assert modes(guarded) == files


def test_only_the_environment_file_holds_secrets() -> None:
    site = Site(host="example.org", database=REMOTE)
    holding = [
        (str(file.path), file.is_secret)
        for file in render.render(site, env="", secret_key="abc")
        if "abc" in file.text or file.is_secret
    ]
    assert holding == [("/etc/madang/madang.env", True)]


def test_the_first_environment_file_has_a_key_and_what_follows_from_the_plan() -> None:
    assert render.environment(SITE, before="", secret_key="abc") == (
        "MADANG_SECRET_KEY=abc\n"
        "MADANG_HOSTS=example.org\n"
        "MADANG_ORIGIN=http://example.org\n"
        "MADANG_DATA=/var/lib/madang\n"
    )


def test_what_an_operator_wrote_into_the_environment_file_stays() -> None:
    before = (
        "# ours\nMADANG_SECRET_KEY=kept\nMADANG_HOSTS=old.org\nMADANG_LANGUAGE=en\n"
        "MADANG_DATABASE_URL=sqlite:////srv/a\nMADANG_ORIGIN=http://old.org\n"
    )
    after = (
        "# ours\nMADANG_SECRET_KEY=kept\nMADANG_HOSTS=example.org\nMADANG_LANGUAGE=en\n"
        "MADANG_DATABASE_URL=sqlite:////srv/a\nMADANG_ORIGIN=http://example.org\n"
        "MADANG_DATA=/var/lib/madang\n"
    )
    assert render.environment(SITE, before=before, secret_key="abc") == after
    assert render.environment(SITE, before=after, secret_key="abc") == after


def test_uwsgi_is_told_exactly_this() -> None:
    told = configparser.RawConfigParser(strict=True)
    told.read_string(render.uwsgi(Site(host="example.org", processes=3)))
    assert dict(told["uwsgi"]) == {
        "strict": "true",
        "master": "true",
        "need-app": "true",
        "lazy-apps": "true",
        "single-interpreter": "true",
        "enable-threads": "true",
        "thunder-lock": "true",
        "processes": "3",
        "threads": "4",
        "socket": "/run/madang/$(MADANG_RELEASE)/web.sock",
        "chmod-socket": "660",
        "listen": "100",
        "buffer-size": "32768",
        "module": "madang.wsgi:application",
        "harakiri": "60",
        "max-worker-lifetime": "21600",
        "hook-master-start": "unix_signal:15 gracefully_kill_them_all",
        "log-format": '{"request":"%(var.HTTP_X_REQUEST_ID)","release":"$(MADANG_RELEASE)",'
        '"method":"%(method)","status":%(status),"ms":%(msecs)}',
    }


def test_a_vassal_ends_what_it_is_answering_when_the_emperor_lets_it_go() -> None:
    plain, vassal = render.uwsgi(SITE).splitlines(), render.uwsgi(IMPERIAL).splitlines()
    assert set(vassal) - set(plain) == {
        "hook-emperor-stop = callret:gracefully_kill_them_all 0",
        "vacuum = true",
    }
    compile(render.vassal(IMPERIAL), "vassal", "exec")


def test_the_unit_starts_the_server_that_was_chosen() -> None:
    def start(site: Site) -> list[str]:
        return re.findall(r"^ExecStart=(.*)$", render.web(site), re.MULTILINE)

    folder = "/srv/madang/releases/%i/venv/bin"
    assert start(SITE) == [
        f"{folder}/pyuwsgi --binary-path {folder}/pyuwsgi --ini /etc/madang/uwsgi.ini"
    ]
    assert start(Site(host="example.org", server="gunicorn", processes=3)) == [
        (
            f"{folder}/gunicorn madang.wsgi --protocol uwsgi --uwsgi-allow-from *"
            " --bind unix:/run/madang/%i/web.sock --umask 7 --worker-class gthread --workers 3"
            " --threads 4 --keep-alive 0 --timeout 60 --graceful-timeout 60"
            " --worker-tmp-dir /dev/shm --no-control-socket"
        )
    ]


def test_the_web_processes_have_a_network_only_if_the_database_is_behind_one() -> None:
    def families(unit: str) -> tuple[list[str], bool]:
        found = re.findall(r"^RestrictAddressFamilies=(.*)$", unit, re.MULTILINE)
        return found, "\nIPAddressDeny=any\n" in unit

    networked = (["AF_UNIX AF_INET AF_INET6 AF_NETLINK"], False)
    assert families(render.web(SITE)) == (["AF_UNIX"], True)
    assert families(render.web(Site(host="example.org", database=REMOTE))) == networked
    assert families(render.worker(SITE)) == networked


def test_what_captures_has_one_right_and_no_secret() -> None:
    unit = render.capture(Site("example.org", 443, tls="internal"))
    said = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    rights = ("CapabilityBoundingSet", "AmbientCapabilities", "RestrictAddressFamilies")
    assert [said[name] for name in rights] == [
        "CAP_NET_RAW",
        "CAP_NET_RAW",
        "AF_UNIX AF_PACKET AF_NETLINK",
    ]
    assert said["ExecStart"].endswith(
        "wire recorder --socket /run/madang-capture/%i/recorder --ports 80,443"
    )
    assert (said["User"], said["DynamicUser"], said["Group"]) == (
        "madang-capture",
        "yes",
        "www-data",
    )
    assert said["RestartPreventExitStatus"] == "2"
    assert not {"EnvironmentFile", "StateDirectory"} & set(said)


UNITS = {
    "web": render.web(SITE),
    "web-gunicorn": render.web(Site(host="example.org", server="gunicorn")),
    "web-postgresql": render.web(Site(host="example.org", database=REMOTE)),
    "worker": render.worker(SITE),
    "anonymous": render.anonymous(SITE),
    "capture": render.capture(SITE),
    "emperor": render.emperor(IMPERIAL),
    "vassal": render.web(IMPERIAL),
}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_counts_an_exposure_of_at_most_two(unit: str, tmp_path: Path) -> None:
    path = tmp_path / "madang-unit@.service"
    path.write_text(UNITS[unit], "utf-8")
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager"]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_nothing_wrong_in_a_unit(unit: str, tmp_path: Path) -> None:
    path = tmp_path / "madang-unit@1.service"
    program = shutil.which("true")
    for place, text in (
        (path, UNITS[unit]),
        (tmp_path / "madang-emperor.service", UNITS["emperor"]),
    ):
        started = re.sub(r"^ExecStart=\S+", f"ExecStart={program}", text, flags=re.MULTILINE)
        place.write_text(started, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    about = [line for line in done.stderr.splitlines() if path.name in line]
    assert about == []


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is missing")
@pytest.mark.parametrize("port", [80, 8080])
def test_nginx_takes_the_site(port: int, tmp_path: Path) -> None:
    """A control with a misspelt directive is refused, so that the check says something."""
    assert _nginx(_front(Site(host="example.org", port=port)), tmp_path) == ""
    wrong = _front(SITE).replace("alias", "allias")
    assert 'unknown directive "allias"' in _nginx(wrong, tmp_path)


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is missing")
@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is missing")
def test_nginx_takes_a_site_with_tls_an_anonymous_origin_and_another_beside_it(
    tmp_path: Path,
) -> None:
    """Two sites at one port have one door, and no name of theirs is used twice."""
    key, chain = tmp_path / "key", tmp_path / "chain"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=example.org", "-keyout", str(key), "-out", str(chain)]
    subprocess.run(command, check=True, capture_output=True)
    texts = {file.path: file.text for site in NEIGHBOURS for file in render.front(site)}
    text = "\n".join(texts.values())
    text = re.sub(r"ssl_certificate_key .*;", f"ssl_certificate_key {key};", text)
    text = re.sub(r"ssl_certificate /.*;", f"ssl_certificate {chain};", text)
    assert _nginx(text, tmp_path) == ""
    assert [path.name for path in texts] == ["door-80", "door-443", "madang", "a-blog"]
    assert re.findall(r"location (\S+) \{\n +alias (\S+);", text) == [
        ("/static/", "/var/lib/madang/static/"),
        ("/assets/", "/var/lib/a-blog/static/"),
        ("/media/", "/var/lib/a-blog/media/"),
    ]


def test_an_analyser_of_nginx_finds_nothing_to_say_against_the_sites(tmp_path: Path) -> None:
    """A control with a path taken from the visitor (HTTP splitting) is found."""
    for sites in ((SITE,), NEIGHBOURS):
        texts = {file.path: file.text for site in sites for file in render.front(site)}
        assert _gixy("\n".join(texts.values()), tmp_path) == set()
    wrong = _front(NEIGHBOURS[0]).replace("$request_uri;", "$uri;")
    assert _gixy(wrong, tmp_path) == {"http_splitting"}


def test_another_project_is_told_what_its_settings_need(tmp_path: Path) -> None:
    blog = Application("conf.wsgi", "conf.settings", ".", health="/")
    site = Site("blog.example.org", tls="internal", port=443, name="blog", application=blog)
    assert render.environment(site, before="", secret_key="abc") == (
        "DEPLOYED_SECRET_KEY=abc\n"
        "DEPLOYED_SETTINGS=conf.settings\n"
        "DEPLOYED_HOST=blog.example.org\n"
        "DEPLOYED_ORIGIN=https://blog.example.org\n"
        "DEPLOYED_DATA=/var/lib/blog\n"
    )
    unit = render.web(site)
    assert "\nEnvironment=DJANGO_SETTINGS_MODULE=deployed_settings\n" in unit
    folder = "/srv/blog/releases/%i"
    assert f"\nEnvironment=PYTHONPATH={folder}/code:{folder}/deployed\n" in unit
    names = [file.path.name for file in render.units(site)]
    renewing = ["blog-certificate.timer", "blog-certificate.service"]
    assert names == ["uwsgi.ini", *renewing, "blog-web@.service"]


def test_a_site_is_read_as_it_was_written() -> None:
    """But for the database's URL, which stands in the environment file alone."""
    for site in (SITE, Site("example.org", 8443, "gunicorn", REMOTE, 3, False, "certbot", "a.b")):
        text = site.to_json()
        assert "abc" not in text
        assert Site.from_json(text, database=site.database) == site


def _front(site: Site) -> str:
    return "\n".join(file.text for file in render.front(site))


def _gixy(text: str, folder: Path) -> set[str]:
    """What gixy has to say; how many workers nginx has stands in Debian's own file."""
    (folder / "uwsgi_params").write_text("uwsgi_param REMOTE_ADDR $remote_addr;\n", "utf-8")
    path = folder / "gixy.conf"
    path.write_text(f"worker_processes auto;\nevents {{}}\nhttp {{\n{text}\n}}\n", "utf-8")
    gixy = Path(sys.executable).with_name("gixy")
    done = subprocess.run(
        [gixy, "--format=json", path], capture_output=True, text=True, check=False
    )
    return {found["plugin"] for found in json.loads(done.stdout)}


def _nginx(text: str, folder: Path) -> str:
    """What nginx has to say against `text`, in a prefix of its own."""
    text = text.replace("/var/log/nginx", str(folder))
    (folder / "uwsgi_params").write_text("uwsgi_param REMOTE_ADDR $remote_addr;\n", "utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{own}\n{text}\n}}\n",
        "utf-8",
    )
    command = ["nginx", "-t", "-q", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr
