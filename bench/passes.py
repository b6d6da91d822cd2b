"""How many passes a second one core asks for, issues, finishes and checks.

`python -m bench.passes [--seconds 3] [--rounds 3]`. Printed: the median rate of all rounds, and
its ratio to libcrypto's ordinary signature with the same key, which hashes, pads and signs what
it can read.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA384

from madang.lib import passes
from madang.lib.blind import SALT, Signer

CHALLENGE = passes.challenge("issuer.example", origin="origin.example")


def main() -> None:
    """Run every step in turn, round by round, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    steps = _steps()
    rates: dict[str, list[float]] = {name: [] for name in steps}
    for _round in range(options.rounds):
        for name, step in steps.items():
            rates[name].append(_rate(step, options.seconds))
    base = statistics.median(rates["an ordinary signature"])
    print(f"{'':24}{'a second':>10}{'ratio':>8}")
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:24}{rate:10.0f}{rate / base:8.2f}")


def _steps() -> dict[str, Callable[[], object]]:
    private = rsa.generate_private_key(65537, passes.KEY_SIZE)
    public, signer = private.public_key(), Signer(private)
    pending = passes.ask(public, CHALLENGE)
    response = passes.issue(signer, pending.request)
    finished = pending.finish(response)
    scheme = padding.PSS(padding.MGF1(SHA384()), SALT)
    return {
        "an ordinary signature": lambda: private.sign(finished.nonce, scheme, SHA384()),
        "ask (member)": lambda: passes.ask(public, CHALLENGE),
        "issue (server)": lambda: passes.issue(signer, pending.request),
        "finish (member)": lambda: pending.finish(response),
        "verify (server)": lambda: finished.verify(public, CHALLENGE),
    }


def _rate(step: Callable[[], object], seconds: float) -> float:
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        step()
        count += 1
    return count / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
