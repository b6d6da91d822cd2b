"""The way to a server: its name, its port, and what stands before it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from madang.deploy import outside, reading
from madang.deploy.findings import Finding
from madang.deploy.look import Look
from madang.lib.terminal import gettext as _


def dns(look: Look) -> Iterator[Finding]:
    """The name leads to an address of this machine."""
    try:
        rows = socket.getaddrinfo(look.name, look.port, type=socket.SOCK_STREAM)
    except OSError:
        yield Finding(
            "dns_missing", "dns", _("The name {name} has no address.").format(name=look.name)
        )
        return
    found = {str(row[4][0]) for row in rows}
    own = reading.addresses()
    if own and not found & own and not all(one.startswith("127.") for one in found):
        sentence = _("The name {name} leads to {address}, which is no address of this machine.")
        address = ", ".join(sorted(map(str, found)))
        yield Finding("dns_elsewhere", "dns", sentence.format(name=look.name, address=address))


def port(look: Look) -> Iterator[Finding]:
    """nginx, and nobody else, listens at the port, for IPv4 too where this machine has it."""
    rows = reading.listening(look.port)
    if not rows:
        sentence = _("Nobody listens at port {port}.").format(port=look.port)
        yield Finding("port_nobody", "port", sentence)
        return
    strangers = [row for row in rows if row.program != "nginx"]
    if strangers:
        sentence = _("Port {port} belongs to {program} (process {pid}), not to nginx.")
        told = sentence.format(port=look.port, program=strangers[0].program, pid=strangers[0].pid)
        mend = ("kill", str(strangers[0].pid))
        yield Finding("port_foreign", "port", told, mend, frozenset({"nginx", "static"}))
    elif all(row.is_ipv6_only for row in rows) and any("." in one for one in reading.addresses()):
        sentence = _("Port {port} is open for IPv6 alone: {where} has no listen for IPv4.")
        told = sentence.format(port=look.port, where=look.nginx.place_of(look.name))
        yield Finding("port_ipv6_only", "port", told, explains=frozenset({"firewall", "static"}))


def way(look: Look) -> Iterator[Finding]:
    """A visitor's SYN comes here, and what is answered finds the way back."""
    if look.seen is None:
        return
    if not look.seen.asked:
        sentence = _(
            "No SYN to port {port} came here meanwhile: what stands before this machine"
            " (a provider's firewall, a router) stops visitors, or nobody tried."
        )
        yield Finding("no_syn", "way", sentence.format(port=look.port))
    for address in sorted(look.seen.ignored):
        if said := reading.lost(address):
            sentence = _(
                "{address} asked at port {port}, and no answer finds the way back: {said}."
            )
            told = sentence.format(address=address, port=look.port, said=said)
            yield Finding("route_missing", "way", told, explains=frozenset({"unanswered"}))
            return
    if look.seen.ignored:
        sentence = _("{addresses} asked at port {port}, and nothing was answered.")
        addresses = ", ".join(sorted(look.seen.ignored))
        told = sentence.format(addresses=addresses, port=look.port)
        yield Finding("unanswered", "firewall", told)


def firewall(look: Look) -> Iterator[Finding]:
    """A SYN from outside is answered."""
    address = next((one for one in sorted(reading.addresses()) if "." in one), "")
    if not address or not reading.listening(look.port):
        return
    answer = outside.knock(address, look.port)
    if answer not in {"silence", "refused"}:
        return
    rule, mend = reading.rule(look.port)
    if answer == "silence":
        sentence = _("A visitor's SYN to port {port} gets no answer: {rule}.")
    else:
        sentence = _("A visitor's SYN to port {port} is refused: {rule}.")
    told = sentence.format(port=look.port, rule=rule or _("no rule of nftables says why"))
    yield Finding("firewall", "firewall", told, mend, frozenset({"unanswered"}))
