"""`python -m tools.label_font NANUM.TTF`: make the font of labels and cards.

The source is NanumGothic.ttf (Debian: fonts-nanum), under the SIL Open Font License 1.1. What is
kept is every Hangul syllable and letter, its Hanja, Latin and the usual signs; hints for screens
and tables of layout are left out. The licence reserves the names of the original for it, so the
result is named for this house. Needs fonttools, which nothing else here does.
"""

from __future__ import annotations

import sys

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from tools.village import ROOT

FONT = ROOT / "src/madang/library/fonts/label.ttf"
NAME = "Madang Label"
RANGES = [
    (0x20, 0x7E),  # Latin
    (0xA0, 0x17F),
    (0x2010, 0x203A),  # signs
    (0x20A9, 0x20AC),
    (0x2160, 0x217F),
    (0x2460, 0x24FF),
    (0x3000, 0x3020),
    (0x3130, 0x318F),  # letters of Hangul
    (0x3200, 0x33FF),
    (0x4E00, 0x9FFF),  # Hanja
    (0xAC00, 0xD7A3),  # Hangul
    (0xF900, 0xFAFF),
]
LICENCE = "This Font Software is licensed under the SIL Open Font License, Version 1.1."


def make(source: str) -> None:
    """Write `FONT` from the font in the file `source`."""
    font = TTFont(source, recalcTimestamp=False)
    options = Options()
    options.hinting, options.layout_features, options.name_IDs = False, [], ["*"]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[n for first, last in RANGES for n in range(first, last + 1)])
    subsetter.subset(font)
    names = font["name"]
    names.names = [each for each in names.names if each.nameID == 0]  # whose it is
    for number, text in {
        1: NAME,
        2: "Regular",
        3: "madang-label",
        4: NAME,
        6: "MadangLabel-Regular",
        13: LICENCE,
        14: "https://openfontlicense.org",
    }.items():
        names.setName(text, number, 3, 1, 0x409)
    font.save(FONT)


if __name__ == "__main__":
    make(sys.argv[1])
