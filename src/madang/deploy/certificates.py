"""Certificates: from an authority of the site's own, or from one that speaks ACME, by certbot."""

from __future__ import annotations

from pathlib import Path

from madang.deploy import host
from madang.deploy.making import Cannot, Say
from madang.deploy.place import CHALLENGES
from madang.deploy.plan import Site
from madang.deploy.render import LETSENCRYPT, certificate
from madang.lib.terminal import gettext as _

AUTHORITY_DAYS, DAYS, LEAST_DAYS = 3650, 397, 30
"""How long the site's own authority holds, how long its certificate, and when it is renewed."""
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def is_there(site: Site) -> bool:
    """Whether nginx can be told of it: there, for all names, and not about to end."""
    chain, key = certificate(site)
    if not (chain.is_file() and key.is_file()):
        return False
    return names(chain) == set(site.hosts) and days_left(chain) >= LEAST_DAYS


def names(chain: Path) -> set[str]:
    """Which names of hosts the certificate is for (RFC 5280, 4.2.1.6)."""
    said = host.run("openssl", "x509", "-in", chain, "-noout", "-ext", "subjectAltName")
    return {each.strip().removeprefix("DNS:") for each in said.splitlines()[-1].split(",")}


def days_left(chain: Path) -> int:
    """For how many whole days the certificate still holds; -1 where it has ended."""
    low, high = -1, AUTHORITY_DAYS + 1
    while high - low > 1:
        middle = (low + high) // 2
        seconds = str(middle * 86400)
        if host.works("openssl", "x509", "-in", chain, "-noout", "-checkend", seconds):
            low = middle
        else:
            high = middle
    return low


def make(site: Site, say: Say) -> None:
    """Sign a new one with the site's own authority, which is made if there is none.

    Its authority may sign for these names alone (RFC 5280, 4.2.1.10), so that whoever trusts it
    trusts it with nothing else. Its key never leaves root's folder.
    """
    folder = site.place.tls
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    authority = folder / "ca.crt"
    if not _is_for(authority, site):
        _make_authority(site, folder)
        say(_("Made an authority of the site's own: {path}").format(path=authority))
        say(_("Browsers trust the site once they trust that file; give it to members."))
    wanted = ",".join(f"DNS:{name}" for name in site.hosts)
    request = folder / "site.csr"
    host.run("openssl", "req", *KEY, "-subj", f"/CN={site.host}",
             "-addext", f"subjectAltName={wanted}", "-addext", "extendedKeyUsage=serverAuth",
             "-addext", "basicConstraints=critical,CA:FALSE",
             "-keyout", folder / "new.key", "-out", request)  # fmt: skip
    host.run("openssl", "x509", "-req", "-in", request, "-CA", authority,
             "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", str(DAYS),
             "-copy_extensions", "copy", "-out", folder / "new.crt")  # fmt: skip
    (folder / "new.key").replace(folder / "site.key")
    (folder / "new.crt").replace(folder / "site.crt")
    request.unlink()
    told = _("Made a certificate for {names}, for {days} days.")
    say(told.format(names=", ".join(site.hosts), days=DAYS))


def ask_for(site: Site, say: Say, *, email: str, directory: str) -> None:
    """Have certbot get one, once nginx answers at port 80; Debian's timer renews it.

    `directory` is an ACME server's (RFC 8555, 7.1.1), empty for Let's Encrypt. Raises `Cannot`.
    """
    domains = [word for name in site.hosts for word in ("--domain", name)]
    contact = ["--email", email] if email else ["--register-unsafely-without-email"]
    say(_("Asking for a certificate for {names}.").format(names=", ".join(site.hosts)))
    try:
        host.run("certbot", "certonly", "--non-interactive", "--agree-tos", *contact,
                 *(["--server", directory] if directory else []), "--webroot",
                 "--webroot-path", CHALLENGES, "--cert-name", site.host, "--expand", *domains,
                 "--deploy-hook", "systemctl reload nginx")  # fmt: skip
    except host.Failed as failure:
        sentence = _("No certificate was given for {names}:")
        told = sentence.format(names=", ".join(site.hosts))
        raise Cannot(f"{told}\n{failure}") from None


def forget(site: Site) -> None:
    """Let certbot renew it no more."""
    if (LETSENCRYPT / site.host).is_dir():
        host.works("certbot", "delete", "--non-interactive", "--cert-name", site.host)


def _is_for(authority: Path, site: Site) -> bool:
    if not authority.is_file() or days_left(authority) < DAYS:
        return False
    said = host.run("openssl", "x509", "-in", authority, "-noout", "-ext", "nameConstraints")
    return all(f"DNS:{name}\n" in said + "\n" for name in site.hosts)


def _make_authority(site: Site, folder: Path) -> None:
    permitted = ",".join(f"permitted;DNS:{name}" for name in site.hosts)
    host.run("openssl", "req", "-x509", *KEY, "-days", str(AUTHORITY_DAYS),
             "-subj", f"/CN={site.name}, {site.host}",
             "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign",
             "-addext", f"nameConstraints=critical,{permitted}",
             "-keyout", folder / "ca.key", "-out", folder / "ca.crt")  # fmt: skip
