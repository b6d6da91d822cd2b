"""What a browser is called: as its owner would, and no more precise."""

import pytest

from madang.people.devices import device


@pytest.mark.parametrize(
    ("agent", "called"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36",
            "Chrome · Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S921N) SamsungBrowser/25.0 Chrome/121.0",
            "Samsung Internet · Android",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/17.0 Safari/605.1", "Safari · Mac"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) CriOS/130.0 Safari/604.1",
            "Chrome · iPhone",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox · Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/128.0 Whale/3.28 Safari/537.36", "Whale · Windows"),
        ("curl/8.5.0", ""),
        ("", ""),
        ("Firefox/132.0", "Firefox"),
        ("\x00\x1b[31m" * 1000, ""),
    ],
)
def test_a_browser_is_called_as_its_owner_calls_it(agent: str, called: str) -> None:
    assert device(agent) == called
