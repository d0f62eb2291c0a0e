"""Skies, hills, towns, still lifes and faces, from a few numbers and a palette."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence

from PIL import Image, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Palette = tuple[Colour, ...]
PAPER: Colour = (250, 247, 240)
INK: Colour = (38, 36, 48)
BLUSH: Colour = (226, 92, 84)
SKINS: tuple[Colour, ...] = ((246, 214, 190), (226, 180, 146), (188, 136, 100), (134, 90, 66), (250, 226, 208))

# Sky above, sky below, light, far, near, accent.
PALETTES: tuple[Palette, ...] = (
    ((38, 52, 92), (236, 152, 118), (255, 224, 168), (108, 92, 132), (34, 34, 64), (232, 96, 76)),
    ((92, 150, 178), (244, 226, 190), (255, 248, 220), (122, 160, 158), (38, 78, 88), (226, 122, 72)),
    ((22, 26, 58), (78, 92, 150), (236, 234, 214), (60, 68, 122), (14, 16, 38), (244, 190, 104)),
    ((214, 168, 160), (250, 232, 214), (255, 252, 240), (196, 148, 140), (104, 70, 84), (62, 118, 124)),
    ((52, 104, 98), (222, 222, 168), (252, 250, 214), (106, 146, 116), (26, 54, 56), (238, 148, 88)),
    ((88, 70, 128), (246, 178, 172), (255, 232, 206), (146, 102, 148), (48, 36, 84), (250, 206, 110)),
)
SCENES = (
    ("skyline", ("city", "skyline", "street", "tower", "building", "urban", "architect", "poster")),
    ("table", ("product", "lamp", "camera", "desk", "table", "vase", "bottle", "cup", "render", "still", "room")),
    ("face", ("portrait", "baby", "person", "face", "headshot", "child", "cat", "dog", "character", "sticker")),
)


class Dice:
    """Numbers that depend on the words and on nothing else."""

    def __init__(self, words: str) -> None:
        self._bytes = hashlib.shake_256(words.encode()).digest(4_096)
        self._at = 0

    def real(self, low: float, high: float) -> float:
        """A number between two."""
        self._at = (self._at + 2) % (len(self._bytes) - 2)
        return low + (high - low) * int.from_bytes(self._bytes[self._at : self._at + 2]) / 65_535

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` through `high`."""
        return min(high, int(self.real(low, high + 1)))


def paint(canvas: Image.Image, prompt: str, palette: Palette, dice: Dice) -> None:
    """A scene that suits the words, over the whole canvas."""
    _sky(canvas, palette, dice)
    words = prompt.lower()
    name = next((scene for scene, keys in SCENES if any(key in words for key in keys)), "hills")
    PAINTERS[name](canvas, palette, dice)


def _sky(canvas: Image.Image, palette: Palette, dice: Dice) -> None:
    """A gradient with a glowing sun or moon in it."""
    ramp = Image.linear_gradient("L").resize(canvas.size, Image.Resampling.BICUBIC)
    canvas.paste(ImageOps.colorize(ramp, palette[0], palette[1]))
    short = min(canvas.size)
    radius = round(short * dice.real(0.09, 0.15))
    x = round(canvas.width * dice.real(0.2, 0.8))
    y = round(canvas.height * dice.real(0.2, 0.42))
    glow = ImageOps.invert(Image.radial_gradient("L")).resize((radius * 8, radius * 8), Image.Resampling.BICUBIC)
    glow = glow.point([max(0, round((value - 75) * 0.85)) for value in range(256)])
    canvas.paste(palette[2], (x - radius * 4, y - radius * 4), glow)
    disc(canvas, (x, y), radius, palette[2])


def disc(canvas: Image.Image, at: tuple[int, int], radius: int, colour: Colour, squash: float = 1.0) -> None:
    """A filled ellipse with a smooth edge."""
    wide, tall = radius * 2, max(2, round(radius * 2 * squash))
    shape = Image.new("L", (wide * 3, tall * 3))
    ImageDraw.Draw(shape).ellipse((0, 0, wide * 3 - 1, tall * 3 - 1), fill=255)
    shape = shape.resize((wide, tall), Image.Resampling.LANCZOS)
    canvas.paste(colour, (at[0] - radius, at[1] - tall // 2), shape)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Some of one colour and some of another."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def _ridge(canvas: Image.Image, base: float, swing: float, colour: Colour, dice: Dice) -> None:
    """One line of hills, filled down to the edge."""
    waves = [(dice.real(0.6, 1.4), dice.real(0, math.tau)), (dice.real(2, 3.6), dice.real(0, math.tau))]
    waves.append((dice.real(6, 9), dice.real(0, math.tau)))
    points = []
    for x in range(0, canvas.width + 5, 4):
        along = x / canvas.width * math.tau
        lift = sum(math.sin(along * pace + phase) / (pace + 0.6) for pace, phase in waves)
        points.append((x, canvas.height * (base - swing * lift)))
    polygon(canvas, [*points, (canvas.width + 8, canvas.height), (-8, canvas.height)], colour)


def polygon(canvas: Image.Image, points: Sequence[tuple[float, float]], colour: Colour) -> None:
    """A filled outline with a smooth edge; only the box around it is painted."""
    left, top = math.floor(min(x for x, _ in points)), math.floor(min(y for _, y in points))
    wide = max(1, math.ceil(max(x for x, _ in points)) - left)
    tall = max(1, math.ceil(max(y for _, y in points)) - top)
    shape = Image.new("L", (wide * 2, tall * 2))
    ImageDraw.Draw(shape).polygon([((x - left) * 2, (y - top) * 2) for x, y in points], fill=255)
    canvas.paste(colour, (left, top), shape.resize((wide, tall), Image.Resampling.BOX))


def _hills(canvas: Image.Image, palette: Palette, dice: Dice) -> None:
    for layer in range(4):
        shade = mixed(palette[3], palette[4], layer / 3)
        _ridge(canvas, 0.56 + layer * 0.085, 0.1 - layer * 0.012, shade, dice)
    pen = ImageDraw.Draw(canvas)
    for _ in range(dice.whole(5, 9)):
        x, y = canvas.width * dice.real(0.04, 0.96), canvas.height * dice.real(0.74, 0.84)
        tall = canvas.height * dice.real(0.05, 0.1)
        pen.polygon([(x, y - tall), (x - tall * 0.2, y), (x + tall * 0.2, y)], fill=mixed(palette[4], INK, 0.45))


def _skyline(canvas: Image.Image, palette: Palette, dice: Dice) -> None:
    pen = ImageDraw.Draw(canvas)
    for layer in range(3):
        colour = mixed(palette[3], palette[4], layer / 2)
        x = -canvas.width * dice.real(0, 0.04)
        while x < canvas.width:
            wide = canvas.width * dice.real(0.045, 0.1)
            top = canvas.height * (dice.real(0.36, 0.62) + layer * 0.085)
            pen.rectangle((x, top, x + wide, canvas.height), fill=colour)
            if dice.real(0, 1) > 0.72:
                middle = x + wide / 2
                pen.rectangle((middle - 1.5, top - canvas.height * 0.07, middle + 1.5, top), fill=colour)
            _windows(pen, (x, top, wide, canvas.height * 0.8 - top), mixed(colour, palette[5], 0.75), dice)
            x += wide + canvas.width * dice.real(0, 0.012)
    _water(canvas, palette)


def _windows(pen: ImageDraw.ImageDraw, wall: tuple[float, float, float, float], colour: Colour, dice: Dice) -> None:
    left, top, wide, tall = wall
    step = max(10.0, wide / 5)
    for row in range(int(tall / step)):
        for column in range(int(wide / step)):
            if dice.real(0, 1) > 0.62:
                x, y = left + step * (column + 0.3), top + step * (row + 0.35)
                pen.rectangle((x, y, x + step * 0.34, y + step * 0.42), fill=colour)


def _water(canvas: Image.Image, palette: Palette) -> None:
    """The lower fifth mirrors what is above it, darker and blurred."""
    line = round(canvas.height * 0.8)
    tall = canvas.height - line
    mirrored = ImageOps.flip(canvas.crop((0, line - tall, canvas.width, line))).filter(ImageFilter.GaussianBlur(5))
    canvas.paste(Image.blend(mirrored, Image.new("RGB", mirrored.size, palette[4]), 0.45), (0, line))


def _table(canvas: Image.Image, palette: Palette, dice: Dice) -> None:
    """A still life: a few turned shapes in a row, lit from one side, on a table."""
    wall = Image.new("RGB", canvas.size, mixed(palette[1], PAPER, 0.35))
    canvas.paste(Image.blend(canvas, wall, 0.72))
    line = round(canvas.height * 0.6)
    ImageDraw.Draw(canvas).rectangle((0, line, *canvas.size), fill=mixed(palette[3], palette[1], 0.4))
    unit = min(canvas.size)
    places = [0.5, 0.5 - dice.real(0.2, 0.26), 0.5 + dice.real(0.2, 0.26)]
    tints = (palette[5], palette[3], palette[4])
    for place, share, tint in sorted(zip(places, (1.0, 0.62, 0.5), tints, strict=True), key=lambda each: each[1]):
        foot = line + unit * (0.05 + 0.06 * share)
        _vessel(canvas, canvas.width * 0.5 + (place - 0.5) * unit * 1.5, foot, unit * 0.46 * share, tint, dice)


def _vessel(canvas: Image.Image, x: float, foot: float, tall: float, tint: Colour, dice: Dice) -> None:
    wide = tall * dice.real(0.24, 0.34)
    belly, neck = dice.real(0.85, 1.2), dice.real(0.2, 0.62)
    outline = []
    for step in range(41):
        up = step / 40
        girth = neck + (belly - neck) * math.sin(math.pi * min(1.0, up * 0.86 + 0.22)) ** 2
        outline.append((wide * girth, foot - tall * up))
    disc(canvas, (round(x + wide * 0.5), round(foot)), round(wide * 1.5), mixed(tint, INK, 0.55), squash=0.16)
    polygon(canvas, [(x - half, y) for half, y in outline] + [(x + half, y) for half, y in reversed(outline)], tint)
    shade = [(x + half * 0.35, y) for half, y in outline] + [(x + half, y) for half, y in reversed(outline)]
    polygon(canvas, shade, mixed(tint, INK, 0.28))
    shine = [(x - half * 0.72, y) for half, y in outline[8:34]]
    shine += [(x - half * 0.56, y) for half, y in reversed(outline[8:34])]
    polygon(canvas, shine, mixed(tint, PAPER, 0.55))


def _face(canvas: Image.Image, palette: Palette, dice: Dice) -> None:
    """A friendly round head on shoulders, in four tones."""
    unit, x = min(canvas.size), canvas.width // 2
    y = round(canvas.height * 0.43)
    head = round(unit * dice.real(0.2, 0.23))
    skin = SKINS[dice.whole(0, len(SKINS) - 1)]
    disc(canvas, (x, y + round(head * 2.7)), round(head * 1.75), palette[4], squash=1.1)
    for side in (-1, 1):
        ear = (x + side * round(head * 0.95), y + round(head * 0.1))
        disc(canvas, ear, round(head * 0.24), mixed(skin, INK, 0.1))
    disc(canvas, (x, y - round(head * 0.2)), round(head * 1.06), mixed(palette[4], INK, 0.3))
    disc(canvas, (x, y + round(head * 0.06)), head, skin)
    for side in (-1, 1):
        eye = (x + side * round(head * 0.38), y + round(head * 0.02))
        disc(canvas, eye, round(head * 0.09), INK)
        disc(canvas, (eye[0] + round(head * 0.03), eye[1] - round(head * 0.03)), max(2, round(head * 0.03)), PAPER)
        cheek = (x + side * round(head * 0.6), y + round(head * 0.36))
        disc(canvas, cheek, round(head * 0.16), mixed(skin, BLUSH, 0.45))
    smile = (x - head * 0.26, y + head * 0.2, x + head * 0.26, y + head * 0.56)
    ImageDraw.Draw(canvas).arc(smile, 20, 160, fill=mixed(palette[4], INK, 0.4), width=max(3, head // 22))


PAINTERS: Mapping[str, Callable[[Image.Image, Palette, Dice], None]] = {
    "skyline": _skyline,
    "table": _table,
    "face": _face,
    "hills": _hills,
}
