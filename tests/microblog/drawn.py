"""Files with pictures, good and bad, made by code."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any  # what Pillow's writers take
from zipfile import ZipFile

from PIL import Image

SECRET = b"37.5665N 126.9780E"
"""What a camera wrote beside the picture; it must be nowhere afterwards."""


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    """A file of this kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any
) -> bytes:
    """A red one with a blue upper left corner."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((20, 40, 200), (0, 0, size[0] // 2, size[1] // 2))
    return written(image.convert(mode), kind, **options)


def photograph(orientation: int = 1) -> bytes:
    """A JPEG as a telephone writes it, with place, make, words, profile and a tail."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[2] = (37.0, 33.0, 59.4)
    exif.get_ifd(0x8825)[29] = SECRET.decode()
    data = picture(
        exif=exif, comment=SECRET, icc_profile=b"x" * 128 + SECRET, xmp=b"<x>" + SECRET + b"</x>"
    )
    return data + b"PK\x03\x04<script>" + SECRET + b"</script>"


FOREIGN = (b"<html", b"<script", b"alert(", b"PK\x03\x04", b"PK\x05\x06", b"GIF8", b"%PDF")
"""What other readers know their files by."""


def polyglots() -> dict[str, bytes]:
    """Pictures that are a page, an archive, a script or a document as well."""
    page = b"<html><script>alert('" + SECRET + b"')</script></html>"
    archive, gif = io.BytesIO(), picture("GIF")
    with ZipFile(archive, "w") as file:
        file.writestr("index.html", SECRET)
    script = b"=1;alert('" + SECRET + b"');"
    comment = b"!\xfe" + bytes([len(script)]) + script + b"\0"
    tables = 13 + 3 * 2 ** ((gif[10] & 7) + 1)
    return {
        "JPEG and page": picture(comment=page) + page,
        "JPEG and archive": picture() + archive.getvalue(),
        "JPEG and document": picture(comment=b"%PDF-1.4 " + SECRET),
        "GIF and script": gif[:tables] + comment + gif[tables:],
        "GIF and page": gif + page,
        "PNG and archive": picture("PNG") + archive.getvalue(),
    }


def huge_png(width: int = 30_000, height: int = 30_000) -> bytes:
    """The head of a PNG of so many pixels, and a few of them (PNG, 5.3 and 11.2.2)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
