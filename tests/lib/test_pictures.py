"""Pictures drawn anew."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from madang.lib import pictures
from tests.microblog.drawn import SECRET, huge_png, photograph, picture, written

pytestmark = pytest.mark.once


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["JPEG"])


def is_near(found: object, expected: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(one - other) < 40 for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("part", ["full", "preview"])
def test_nothing_of_the_file_is_left_but_what_can_be_seen(part: str) -> None:
    sent = photograph()
    assert sent.count(SECRET) >= 4
    [drawn] = pictures.redraw([sent])
    data = getattr(drawn, part)
    image = opened(data)
    assert (image.size, image.mode, image.format) == ((60, 40), "RGB", "JPEG")
    assert (dict(image.getexif()), image.getxmp()) == ({}, {})
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert SECRET not in data
    assert b"script" not in data
    assert data.endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    ("orientation", "size", "blue"),
    [
        (1, (60, 40), (5, 5)),
        (3, (60, 40), (55, 35)),
        (6, (40, 60), (35, 5)),
        (8, (40, 60), (5, 55)),
    ],
)
def test_it_stands_upright(orientation: int, size: tuple[int, int], blue: tuple[int, int]) -> None:
    [drawn] = pictures.redraw([photograph(orientation)])
    assert (drawn.width, drawn.height) == size
    assert is_near(opened(drawn.full).getpixel(blue), (20, 40, 200))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "RGB"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("PNG", "LA"),
        ("PNG", "RGBA"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
        ("GIF", "P"),
    ],
)
def test_every_kind_is_read(kind: str, mode: str) -> None:
    [drawn] = pictures.redraw([picture(kind, mode=mode)])
    image = opened(drawn.full)
    assert (image.size, image.mode) == ((60, 40), "RGB")
    if mode not in {"L", "1", "LA"}:
        assert is_near(image.getpixel((5, 5)), (20, 40, 200))
        assert is_near(image.getpixel((50, 30)), (200, 30, 30))


def test_sixteen_bits_of_grey_are_eight() -> None:
    grey = Image.new("I;16", (8, 8), 0x8000)
    [drawn] = pictures.redraw([written(grey, "PNG")])
    assert is_near(opened(drawn.full).getpixel((4, 4)), (128, 128, 128))


def test_what_is_seen_through_stands_on_white() -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    [drawn] = pictures.redraw([written(clear, "PNG")])
    assert opened(drawn.full).getpixel((4, 4)) == (255, 255, 255)


def test_of_what_moves_the_first_picture_is_kept() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = written(frames[0], "GIF", save_all=True, append_images=frames[1:])
    [drawn] = pictures.redraw([data])
    assert is_near(opened(drawn.full).getpixel((4, 4)), (254, 0, 0))


@pytest.mark.parametrize(
    ("size", "full", "preview"),
    [
        ((1, 1), (1, 1), (1, 1)),
        ((3200, 800), (1600, 400), (640, 160)),
        ((2, 4000), (1, 1600), (1, 640)),
    ],
)
def test_large_ones_are_scaled_and_small_ones_stay(
    size: tuple[int, int], full: tuple[int, int], preview: tuple[int, int]
) -> None:
    [drawn] = pictures.redraw([picture("PNG", size)])
    assert (drawn.width, drawn.height) == opened(drawn.full).size == full
    assert pictures.small(*full) == opened(drawn.preview).size == preview


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        picture("TIFF"),
        picture("BMP"),
        picture()[:300],
        picture("PNG", (300, 300))[:200],
        picture("WEBP", (300, 300))[:60],
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(pictures.NoPicture):
        pictures.redraw([picture(), data])


@pytest.mark.parametrize(
    "files",
    [
        [huge_png()],
        [huge_png(10_000, 10_000)],
        [huge_png(3_600, 3_600)],
        [huge_png(3_500, 3_500)] * 3,
        [b"\xff\xd8" * (pictures.MOST_BYTES // 2 + 1)],
        [picture() + pictures.SCAN * 60],
    ],
)
def test_what_would_take_too_long_is_refused_by_its_head(files: list[bytes]) -> None:
    with pytest.raises(pictures.TooLarge):
        pictures.redraw(files)
