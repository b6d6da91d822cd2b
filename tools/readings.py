"""`python -m tools.readings HANJA.TXT`: make the table by which Hanja are read as Hangul.

The source is `hanja.txt` of libhangul (Debian: libhangul-data, in /usr/share/libhangul/hanja),
under the three-clause BSD licence, whose text is kept at the head of the table.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from tools.village import ROOT

TABLE = ROOT / "src/madang/lib/readings.txt"


def read(lines: Iterable[str]) -> dict[str, str]:
    """The reading of each Hanja: of several, the one that the most words of the list have."""
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        hangul, _, rest = line.partition(":")
        hanja = rest.partition(":")[0]
        if len(hangul) == len(hanja):
            for sound, sign in zip(hangul, hanja, strict=True):
                if "가" <= sound <= "힣" and sign != sound and not "가" <= sign <= "힣":
                    votes[sign][sound] += 1
    return {sign: max(sorted(sounds), key=sounds.__getitem__) for sign, sounds in votes.items()}


def table(text: str) -> str:
    """The licence, then a line for each reading: its syllable, and the Hanja that have it."""
    lines = text.splitlines()
    head = [line.rstrip() for line in lines if line.startswith("#")]
    signs: defaultdict[str, list[str]] = defaultdict(list)
    for sign, sound in sorted(read(line for line in lines if not line.startswith("#")).items()):
        signs[sound].append(sign)
    made = "# Made by tools/readings.py from hanja.txt of libhangul, of which this is the notice:"
    rows = [sound + "".join(found) for sound, found in sorted(signs.items())]
    return "\n".join([made, "#", *head, *rows]) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(Path(sys.argv[1]).read_text(encoding="utf-8")), encoding="utf-8")
