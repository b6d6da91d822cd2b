"""Each packet shows the four layers of TCP/IP."""

from __future__ import annotations

from pathlib import Path

import pytest

from madang.wire import capture
from madang.wire.layers import Layer, Packet
from tests.wire.captures import arp, exchange, needs_tshark, pcap, save

pytestmark = [pytest.mark.once, needs_tshark]


def layers(packet: Packet) -> tuple[Layer | None, ...]:
    return (packet.network_access, packet.internet, packet.transport, packet.application)


def test_a_request_has_four_layers(tmp_path: Path) -> None:
    frames = exchange(b"GET /?token=abc HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 204 No\r\n\r\n")
    found = capture.read(save(tmp_path, pcap(frames)), display_filter="http.request")
    assert [packet.info for packet in found.packets] == ["GET /?token=*** HTTP/1.1 "]
    assert layers(found.packets[0]) == (
        Layer("Ethernet", "02:00:00:00:00:01", "02:00:00:00:00:02"),
        Layer("IPv4", "10.0.0.1", "10.0.0.2"),
        Layer("TCP", "40000", "80"),
        Layer("HTTP"),
    )


@pytest.mark.parametrize(("kind", "operation"), [(0x0806, 1), (0x8035, 3)])
def test_arp_and_rarp_end_at_the_internet_layer(tmp_path: Path, kind: int, operation: int) -> None:
    found = capture.read(save(tmp_path, pcap([arp(kind, operation)])))
    assert layers(found.packets[0]) == (
        Layer("Ethernet", "02:00:00:00:00:01", "02:00:00:00:00:02"),
        Layer("ARP", "10.0.0.1", "10.0.0.2"),
        None,
        None,
    )
