"""Pictures that the village shows, drawn by code."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

SIZE = (960, 640)
Colour = tuple[int, int, int]


def snow() -> bytes:
    """A pine in the snow, in the evening."""
    image = _sky((44, 62, 92), (206, 196, 206))
    draw = ImageDraw.Draw(image)
    draw.ellipse((-200, 470, 1160, 1000), fill=(236, 240, 246))
    draw.rectangle((462, 430, 498, 540), fill=(84, 62, 50))
    for step in range(4):
        top, half = 110 + 85 * step, 90 + 42 * step
        draw.polygon([(480, top), (480 - half, top + 140), (480 + half, top + 140)], (38, 82, 70))
        cap = half * 0.45
        draw.polygon([(480, top), (480 - cap, top + 63), (480 + cap, top + 63)], (242, 245, 250))
    flakes = random.Random(7)  # noqa: S311 - the same snow every time
    for _flake in range(160):
        x, y, size = flakes.randint(0, 960), flakes.randint(0, 640), flakes.randint(2, 6)
        draw.ellipse((x, y, x + size, y + size), fill=(255, 255, 255))
    return _file(image)


def pavilion() -> bytes:
    """A pavilion before hills, in the morning."""
    image = _sky((240, 206, 170), (250, 238, 220))
    draw = ImageDraw.Draw(image)
    draw.ellipse((680, 90, 790, 200), fill=(232, 120, 82))
    for x, y, colour in ((-160, 330, (150, 176, 170)), (380, 370, (112, 150, 140))):
        draw.ellipse((x, y, x + 900, y + 700), fill=colour)
    draw.rectangle((0, 540, 960, 640), fill=(126, 142, 96))
    for x in (300, 400, 540, 640):
        draw.rectangle((x, 350, x + 22, 530), fill=(136, 62, 46))
    draw.rectangle((270, 520, 692, 546), fill=(112, 92, 76))
    draw.polygon([(210, 352), (330, 250), (632, 250), (752, 352)], fill=(62, 72, 82))
    draw.polygon([(210, 352), (752, 352), (730, 366), (232, 366)], fill=(70, 120, 104))
    draw.rectangle((310, 238, 652, 256), fill=(48, 56, 66))
    return _file(image)


def books() -> bytes:
    """New books on a shelf."""
    image = Image.new("RGB", SIZE, (238, 230, 216))
    draw = ImageDraw.Draw(image)
    colours = [(176, 74, 60), (66, 98, 132), (206, 160, 78), (86, 124, 96), (120, 84, 118)]
    spines = random.Random(3)  # noqa: S311 - the same books every time
    for shelf in (300, 590):
        x = 60
        while x < 860:
            width, height = spines.randint(34, 66), spines.randint(170, 230)
            colour = spines.choice(colours)
            draw.rectangle((x, shelf - height, x + width, shelf), fill=colour)
            band = shelf - height + 34
            draw.rectangle((x, band, x + width, band + 12), fill=(244, 236, 220))
            x += width + 5
        draw.rectangle((30, shelf, 930, shelf + 20), fill=(140, 104, 74))
    return _file(image)


def _sky(above: Colour, below: Colour) -> Image.Image:
    slope = Image.linear_gradient("L").resize(SIZE)
    return Image.composite(Image.new("RGB", SIZE, below), Image.new("RGB", SIZE, above), slope)


def _file(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
