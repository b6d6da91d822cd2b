"""What can be read of a running server: listeners, addresses, rules, folders, units."""

from __future__ import annotations

import json
import pwd
import re
import shutil
import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from madang.deploy import host

SECONDS = 5.0
AS_NGINX = "www-data"
UFW = (Path("/etc/ufw/ufw.conf"), Path("/etc/default/ufw"))
CONNECT = (
    "import socket, sys; s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect(sys.argv[1])"
)
DROPS = re.compile(r"\b(drop|reject)\b")


@dataclass(frozen=True)
class Listener:
    """Somebody at a port."""

    program: str
    pid: int
    is_ipv6_only: bool


def listening(number: int) -> list[Listener]:
    """Who listens at the port."""
    found = []
    for line in host.run("ss", "-H", "-ltnpe", f"sport = :{number}").splitlines():
        who = re.search(r'users:\(\("([^"]+)",pid=(\d+)', line)
        program, pid = (who[1], int(who[2])) if who else ("?", 0)
        is_six = "[::" in line.split()[3]
        found.append(Listener(program, pid, is_six and "v6only:1" in line))
    return found


def addresses() -> set[str]:
    """Those of this machine, but for its loopback."""
    rows = json.loads(host.run("ip", "-json", "address", "show", "scope", "global") or "[]")
    return {each["local"] for row in rows for each in row.get("addr_info", []) if "local" in each}


def lost(address: str) -> str:
    """Why nothing can be sent to the address; nothing where it can."""
    try:
        host.run("ip", "route", "get", address)
    except host.Failed as error:
        return str(error).splitlines()[-1]
    return ""


def rule(number: int) -> tuple[str, tuple[str, ...]]:
    """What stops a SYN to the port, and the command that lets it through: ufw's, or nftables'."""
    if _ufw_denies():
        return f"ufw ({UFW[0]})", ("ufw", "allow", f"{number}/tcp")
    if shutil.which("firewall-cmd") and host.works("firewall-cmd", "--state"):
        return "firewalld", ("firewall-cmd", "--permanent", f"--add-port={number}/tcp")
    if not shutil.which("nft"):
        return "", ()
    table = chain = ""
    policy: tuple[str, tuple[str, ...]] = ("", ())
    for line in host.run("nft", "--handle", "list", "ruleset").splitlines():
        words = line.split()
        if words[:1] == ["table"]:
            table = " ".join(words[1:3])
        elif words[:1] == ["chain"]:
            chain = words[1]
        elif "hook input" in line and "policy drop" in line:
            policy = (f"{table} {chain}: policy drop", ())
        elif DROPS.search(line) and re.search(rf"\bdport\b.*\b{number}\b", line):
            rule, _hash, handle = line.strip().partition(" # handle ")
            mend = ("nft", "delete", "rule", *table.split(), chain, "handle", handle.strip())
            return f"{table} {chain}: {rule}", mend
    return policy


def _ufw_denies() -> bool:
    """Whether ufw is on and lets in only what it was told of; its files say it everywhere."""
    is_on, policy = (host.read(path) or "" for path in UFW)
    return bool(
        re.search(r"^ENABLED=yes", is_on, re.MULTILINE)
        and re.search(r'^DEFAULT_INPUT_POLICY="(?:DROP|REJECT)"', policy, re.MULTILINE)
    )


def closed(folder: Path) -> Path | None:
    """The outermost folder on the way that nginx's user may not enter."""
    for path in [*reversed(folder.parents), folder]:
        if path.is_dir() and not host.works(
            "runuser", "--user", AS_NGINX, "--", "test", "-x", path
        ):
            return path
    return None


def ask(name: str, port: int, path: str, *, is_tls: bool = False) -> int:
    """The status that nginx answers on this machine, 0 where it does not."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        if is_tls:
            connection.connect()
            connection.sock = _unchecked().wrap_socket(connection.sock, server_hostname=name)
        connection.request("GET", path, headers={"Host": name})
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def certificate(name: str, port: int) -> str:
    """What nginx shows to somebody who asks for `name`, as PEM; nothing where it shows none."""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as door,
            _unchecked().wrap_socket(door, server_hostname=name) as guarded,
        ):
            return ssl.DER_cert_to_PEM_cert(guarded.getpeercert(binary_form=True) or b"")
    except OSError:
        return ""


def _unchecked() -> ssl.SSLContext:
    """Whether the certificate is right is a question of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def refusal(path: Path) -> str:
    """Why nginx's user cannot connect to the socket; nothing where it can."""
    try:
        host.run("python3", "-c", CONNECT, path, user=AS_NGINX)
    except host.Failed as error:
        return str(error).splitlines()[-1]
    return ""


def is_full(said: str) -> bool:
    """Whether it is the line before the socket that is full: somebody is there, and busy."""
    return "BlockingIOError" in said or "timed out" in said


def waiting(path: Path) -> int:
    """How many connections wait to be taken at the socket."""
    real = str(path.resolve())
    for line in host.run("ss", "-H", "-xl").splitlines():
        words = line.split()
        if real in words or str(path) in words:
            return int(words[2])
    return 0


def properties(unit: str) -> dict[str, str]:
    """What systemd says of it."""
    names = "LoadState,ActiveState,Result,MemoryMax"
    said = host.run("systemctl", "show", f"--property={names}", unit)
    return dict(line.partition("=")[::2] for line in said.splitlines())


def told(file: Path, name: str) -> str:
    """What the site is told by the variable in its environment file, or nothing."""
    return host.variables(file).get(name, "")


def line(file: Path, name: str) -> str:
    """Where the environment file says it: path, line and name."""
    lines = (host.read(file) or "").splitlines()
    number = next((n for n, line in enumerate(lines, 1) if line.startswith(f"{name}=")), 0)
    return f"{file}:{number} {name}" if number else f"{file} ({name})"


def owner(uid: int) -> str:
    """The user's name, or the number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
