"""Where tshark is not installed, its package is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from madang.wire import capture
from madang.wire.engine import NoEngine
from tests.wire.captures import pcap, save

pytestmark = pytest.mark.once


def test_without_tshark_the_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "defpath", str(tmp_path))
    with pytest.raises(NoEngine, match="^tshark$"):
        capture.read(save(tmp_path, pcap([])))
