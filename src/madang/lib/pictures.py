"""Pictures drawn anew: of a file that somebody sends nothing is kept but what can be seen on it.

The pixels are read, scaled and written as a JPEG of our own, so no byte of the file is left: not
where it was taken, with what and when, nor a script that was hidden in it.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
"""What is read, by what it is and not by its name; of what moves the first picture."""
FULL, PREVIEW = 1600, 640
"""The longer side of what is kept, in pixels; smaller ones stay as small."""
QUALITY = 82
MOST = 25_000_000
"""Pixels of one picture; those of other formats than JPEG, slower to read, count twice."""
MOST_TOGETHER = 2 * MOST
MOST_BYTES = 8 * 1024 * 1024
"""Of a file."""
MOST_SCANS = 50
"""How often a JPEG may go over the whole picture; each time costs as much as the first."""
SCAN = b"\xff\xda"

_turn = threading.Lock()


class NoPicture(Exception):
    """Damaged, cut off, or of no format that is read."""


class TooLarge(Exception):
    """More bytes or pixels than are read."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: a JPEG of `width` by `height` pixels, and a small one."""

    width: int
    height: int
    full: bytes = field(repr=False)
    preview: bytes = field(repr=False)


def redraw(files: Sequence[bytes]) -> list[Picture]:
    """Each of `files` drawn anew, upright, on white where it could be seen through.

    How much they are is looked at before any is read, and one is read at a time in a process.
    Raises `NoPicture`, `TooLarge`.
    """
    with _turn, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        if sum(map(_cost, files)) > MOST_TOGETHER:
            raise TooLarge
        return [_redraw(data) for data in files]


def small(width: int, height: int) -> tuple[int, int]:
    """The size of the small one of a picture of this size."""
    scale = min(1.0, PREVIEW / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooLarge from None
    except Exception:  # whatever a reader stumbles over
        raise NoPicture from None


def _cost(data: bytes) -> int:
    """The pixels of a file by its head, weighed; at most `MOST`."""
    if len(data) > MOST_BYTES:
        raise TooLarge
    with _open(data) as image:
        is_quick = image.format in {"JPEG", "MPO"}
        cost = image.width * image.height * (1 if is_quick else 2)
    if cost > MOST or (is_quick and data.count(SCAN) > MOST_SCANS):
        raise TooLarge
    return cost


def _redraw(data: bytes) -> Picture:
    with _open(data) as image:
        try:
            image.thumbnail((FULL, FULL), reducing_gap=1.0)
            drawn = _plain(ImageOps.exif_transpose(image))
        except Exception:  # as above
            raise NoPicture from None
    preview = drawn.resize(small(*drawn.size), reducing_gap=1.0)
    return Picture(drawn.width, drawn.height, _written(drawn), _written(preview))


def _plain(image: Image.Image) -> Image.Image:
    """In red, green and blue, with nothing beside the pixels."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        plain = Image.new("RGB", image.size, "white")
        plain.paste(image, mask=image.getchannel("A"))
        return plain
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _written(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()
