"""Pictures for the demo's proposals, drawn by code: flat, calm scenes of streets and parks, so that no real photo is needed."""

import math
from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image

from mapapp.demo.scenery import (
    ASPHALT,
    FAR_GRASS,
    FAR_LAND,
    FAR_SPRUCE,
    GLASS,
    GRASS,
    HEIGHT,
    INK,
    KERB,
    LEAVES,
    PAVING,
    SIGN_BLUE,
    SIGN_YELLOW,
    SNOW,
    SPRUCE,
    STEEL,
    WARM,
    WATER,
    WIDTH,
    WOOD,
    Canvas,
    mixed,
)

QUALITY = 88  # of the JPEG
HORIZON = 430  # pixels from the upper edge, in the street scenes
COATS = [(176, 72, 60), (60, 100, 128), (210, 160, 74), (92, 122, 96)]


def draw(scene: str, seed: int) -> bytes:
    """The picture of `scene` as JPEG, 1200 x 800 pixels; the same seed draws the same picture. About 0.2 s.

    Raises KeyError for a scene that is not in SCENES.
    """
    canvas = Canvas(Random(seed))  # noqa: S311 - scenery, not secrets
    SCENES[scene](canvas)
    picture = canvas.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    file = BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def _town(canvas: Canvas) -> None:
    """Sky, a forest far away and houses on both sides of a gap at the middle."""
    canvas.sky(HORIZON)
    canvas.hills(FAR_LAND, HORIZON, 70)
    canvas.spruces(FAR_SPRUCE, HORIZON + 4, 90, 34)
    canvas.ground(GRASS, HORIZON)
    for left, wide in ((-30, 210), (196, 170), (820, 180), (1018, 220)):
        canvas.block(left, HORIZON + 12, wide, canvas.random.randint(3, 5))
    for x in (180, 384, 800, 1008):
        canvas.leafy(x + canvas.random.uniform(-8, 8), HORIZON + 26, canvas.random.uniform(130, 170))


def _street(canvas: Canvas) -> None:
    """A street that runs away from the viewer, with a pavement on its right."""
    canvas.shape(ASPHALT, (560, HORIZON + 8), (640, HORIZON + 8), (1010, HEIGHT), (60, HEIGHT))
    canvas.shape(PAVING, (650, HORIZON + 8), (690, HORIZON + 8), (1330, HEIGHT), (1046, HEIGHT))
    canvas.shape(KERB, (640, HORIZON + 8), (650, HORIZON + 8), (1046, HEIGHT), (1010, HEIGHT))
    canvas.shape(KERB, (554, HORIZON + 8), (560, HORIZON + 8), (60, HEIGHT), (24, HEIGHT))


def _dashes(canvas: Canvas) -> None:
    for near in range(5):
        y, deep = HORIZON + 24 + near**2 * 16, 8 + near * 9
        middle, half = 600 - (y - HORIZON) * 0.175, 2 + near * 1.6
        canvas.shape(
            SNOW,
            (middle - half, y),
            (middle + half, y),
            (middle + half - deep * 0.17, y + deep),
            (middle - half - deep * 0.2, y + deep),
        )


def _ragged(canvas: Canvas, x: float, y: float, wide: float, high: float) -> list[tuple[float, float]]:
    turns = [step * math.tau / 22 for step in range(22)]
    return [
        (x + math.cos(turn) * wide * (rough := canvas.random.uniform(0.86, 1.1)), y + math.sin(turn) * high * rough)
        for turn in turns
    ]


def pothole(canvas: Canvas) -> None:
    _town(canvas)
    _street(canvas)
    _dashes(canvas)
    canvas.lamp(1085, 690, 420)
    x, y = canvas.random.uniform(590, 680), canvas.random.uniform(655, 675)
    canvas.shape(mixed(ASPHALT, SNOW, 0.16), *_ragged(canvas, x, y, 176, 60))
    canvas.shape(mixed(ASPHALT, INK, 0.6), *_ragged(canvas, x, y + 3, 146, 46))
    canvas.shape(mixed(WATER, INK, 0.28), *_ragged(canvas, x + 6, y + 14, 112, 26))
    canvas.shape(mixed(WATER, SNOW, 0.45), *_ragged(canvas, x - 22, y + 10, 48, 7))
    for _ in range(16):
        turn, far = canvas.random.uniform(0, math.tau), canvas.random.uniform(1.05, 1.5)
        canvas.disc(mixed(ASPHALT, INK, 0.45), x + math.cos(turn) * 170 * far, y + math.sin(turn) * 58 * far, 5, 3)
    for start in (-1, 1):
        crack = [(x + start * (150 + 34 * step), y + canvas.random.uniform(-22, 22)) for step in range(4)]
        canvas.line(mixed(ASPHALT, INK, 0.5), 3, *crack)


def underpass(canvas: Canvas) -> None:
    canvas.sky(330)
    canvas.spruces(FAR_SPRUCE, 330, 120, 40)
    canvas.ground(GRASS, 318)
    canvas.shape(mixed(GRASS, INK, 0.1), (0, 300), (WIDTH, 300), (WIDTH, 380), (0, 380))
    concrete, shade = (196, 194, 188), (150, 150, 148)
    canvas.shape(PAVING, (470, 610), (730, 610), (1080, HEIGHT), (120, HEIGHT))
    canvas.box(concrete, 330, 286, 870, 620)
    canvas.shape(shade, (330, 286), (330, 620), (70, HEIGHT), (0, HEIGHT), (0, 420))
    canvas.shape(mixed(concrete, SNOW, 0.25), (870, 286), (870, 620), (1130, HEIGHT), (WIDTH, HEIGHT), (WIDTH, 420))
    for step in range(9):  # the tunnel darkens towards its middle, then the other end shows
        inset, dark = step * 17, 0.45 + step * 0.055
        canvas.box(
            mixed(shade, (24, 32, 38), min(dark, 0.92)),
            430 + inset,
            360 + inset * 0.9,
            770 - inset,
            622 - inset * 0.42,
            6,
        )
    canvas.box((214, 226, 218), 572, 500, 628, 556, 3)
    canvas.shape(FAR_GRASS, (572, 556), (628, 556), (628, 538), (572, 534))
    canvas.box((226, 224, 218), 316, 262, 884, 300)
    canvas.box(ASPHALT, 0, 246, WIDTH, 268)
    for x in range(0, WIDTH, 60):
        canvas.line(STEEL, 4, (x, 246), (x, 206))
    canvas.line(STEEL, 5, (0, 206), (WIDTH, 206))
    canvas.line(STEEL, 4, (0, 226), (WIDTH, 226))
    canvas.lamp(150, 246, 190)
    canvas.person(694, 664, 120, canvas.random.choice(COATS))
    canvas.leafy(1120, 330, 190)


def bicycle_rack(canvas: Canvas) -> None:
    canvas.sky(440)
    canvas.spruces(FAR_SPRUCE, 440, 150, 38)
    canvas.ground(GRASS, 430)
    canvas.ground(PAVING, 560)
    canvas.box((232, 228, 220), 110, 150, 1090, 566)
    canvas.box(mixed(INK, STEEL, 0.4), 80, 120, 1120, 158, 6)
    for left in range(140, 1060, 118):
        canvas.box(GLASS, left, 196, left + 100, 520, 4)
        canvas.shape(
            mixed(GLASS, SNOW, 0.4), (left + 18, 196), (left + 52, 196), (left + 24, 520), (left, 520), (left, 400)
        )
    canvas.box(SIGN_BLUE, 150, 66, 226, 142, 10)
    for wheel in (170, 206):
        canvas.ring(SNOW, wheel, 114, 12, 3)
    canvas.line(SNOW, 3, (170, 114), (180, 94), (200, 94), (206, 114))
    canvas.line(SNOW, 3, (200, 94), (188, 114), (180, 94))
    canvas.box(mixed(PAVING, INK, 0.08), 0, 690, WIDTH, HEIGHT)
    for row in range(620, HEIGHT, 46):
        canvas.line(mixed(PAVING, INK, 0.1), 2, (0, row), (WIDTH, row))
    for x in range(120, 1140, 92):
        canvas.line(STEEL, 9, (x, 690), (x, 606), (x + 14, 588), (x + 42, 588), (x + 56, 606), (x + 56, 690))
    for x in range(64, 1060, 138):
        colour = canvas.random.choice([*COATS, SNOW, WARM])
        canvas.bicycle(x + canvas.random.uniform(-14, 14), 712 + canvas.random.uniform(-6, 18), 50, colour)


def bench(canvas: Canvas) -> None:
    canvas.sky(400)
    canvas.hills(FAR_LAND, 400, 80)
    canvas.ground(WATER, 398)
    for _ in range(9):
        x, y = canvas.random.uniform(0, WIDTH), canvas.random.uniform(410, 480)
        canvas.line(mixed(WATER, SNOW, 0.5), 3, (x, y), (x + canvas.random.uniform(40, 120), y))
    canvas.shape(GRASS, (0, 512), (300, 486), (760, 492), (WIDTH, 470), (WIDTH, HEIGHT), (0, HEIGHT))
    canvas.shape(PAVING, (0, 690), (WIDTH, 632), (WIDTH, 730), (0, HEIGHT))
    canvas.leafy(220, 600, 460)
    canvas.leafy(1010, 560, 330)
    canvas.spruce(1130, 540, 300)
    canvas.disc(mixed(GRASS, INK, 0.16), 620, 672, 250, 18)
    for x in (430, 800):
        canvas.line(INK, 13, (x, 664), (x, 590))
        canvas.line(INK, 11, (x + 4, 596), (x + 14, 480))
        canvas.line(INK, 10, (x - 20, 552), (x + 10, 548))
    for y in (492, 524, 556):
        canvas.box(WOOD, 398, y, 838, y + 20, 6)
    canvas.box(mixed(WOOD, SNOW, 0.15), 384, 584, 828, 606, 6)
    canvas.box(mixed(WOOD, INK, 0.2), 380, 606, 824, 616, 4)
    for _ in range(26):
        colour = canvas.random.choice(LEAVES[3:])
        canvas.disc(colour, canvas.random.uniform(40, 1160), canvas.random.uniform(560, 780), 7, 4)


def bus_stop(canvas: Canvas) -> None:
    canvas.sky(420)
    canvas.spruces(FAR_SPRUCE, 420, 150, 40)
    canvas.ground(FAR_GRASS, 410)
    canvas.spruces(SPRUCE, 520, 230, 86)
    canvas.ground(GRASS, 505)
    canvas.shape(mixed(GRASS, INK, 0.22), (0, 596), (WIDTH, 580), (WIDTH, 612), (0, 636))
    canvas.shape((190, 176, 150), (0, 634), (WIDTH, 610), (WIDTH, 660), (0, 690))
    canvas.shape(ASPHALT, (0, 690), (WIDTH, 656), (WIDTH, HEIGHT), (0, HEIGHT))
    canvas.shape(SNOW, (0, 704), (WIDTH, 668), (WIDTH, 674), (0, 711))
    canvas.box(GLASS, 470, 372, 820, 636, 4)
    canvas.shape(mixed(GLASS, SNOW, 0.45), (520, 372), (600, 372), (540, 636), (474, 636))
    canvas.box(mixed(WARM, INK, 0.1), 596, 420, 690, 556, 4)
    canvas.disc(SIGN_YELLOW, 643, 474, 28)
    canvas.box(mixed(INK, STEEL, 0.35), 446, 342, 850, 374, 6)
    for x in (476, 814):
        canvas.line(mixed(INK, STEEL, 0.35), 9, (x, 372), (x, 642))
    canvas.box(WOOD, 500, 576, 590, 590, 4)
    canvas.line(STEEL, 9, (930, 660), (930, 330))
    canvas.box(SIGN_BLUE, 896, 300, 964, 368, 8)
    canvas.box(SNOW, 910, 316, 950, 346, 6)
    for x in (919, 941):
        canvas.disc(SNOW, x, 350, 6)
    canvas.box(SNOW, 898, 376, 962, 414, 4)
    canvas.person(762, 648, 150, canvas.random.choice(COATS))
    canvas.leafy(150, 600, 300)
    canvas.line(WOOD, 10, (1010, 640), (1120, 590))


def crossing(canvas: Canvas) -> None:
    _town(canvas)
    _street(canvas)
    for stripe in range(7):  # narrower and closer together at the far edge
        far, near = 338 + stripe * 71, 274 + stripe * 84
        canvas.shape(SNOW, (far, 604), (far + 40, 604), (near + 48, 668), (near, 668))
    for x, foot, high in ((150, 640, 190), (1010, 640, 190)):
        canvas.line(STEEL, 9, (x, foot), (x, foot - high))
        canvas.box(SIGN_BLUE, x - 38, foot - high - 70, x + 38, foot - high + 6, 7)
        canvas.shape(SNOW, (x, foot - high - 62), (x - 31, foot - high - 2), (x + 31, foot - high - 2))
        canvas.person(x, foot - high - 5, 42, INK)
    canvas.lamp(1136, 730, 470, lit=True)
    canvas.person(934, 690, 150, canvas.random.choice(COATS))
    canvas.person(978, 694, 96, canvas.random.choice(COATS))
    car = canvas.random.choice(COATS)
    canvas.box(mixed(ASPHALT, INK, 0.4), 516, 536, 616, 546, 4)
    canvas.box(car, 514, 492, 618, 538, 10)
    canvas.box(mixed(car, INK, 0.15), 528, 466, 604, 498, 10)
    canvas.box(GLASS, 534, 472, 598, 494, 5)
    for x in (527, 605):
        canvas.disc((255, 242, 204), x, 512, 8)


def shore_path(canvas: Canvas) -> None:
    canvas.sky(360)
    canvas.hills(mixed(FAR_LAND, SNOW, 0.25), 362, 50)
    canvas.ground(WATER, 360)
    for x, wide in ((250, 130), (720, 90), (960, 60)):
        canvas.disc(mixed(FAR_LAND, SPRUCE, 0.4), x, 384, wide, 20)
        for step in range(-3, 4):
            canvas.spruce(x + step * wide / 4.5, 382, canvas.random.uniform(34, 58), mixed(FAR_SPRUCE, SPRUCE, 0.4))
        canvas.box(WATER, x - wide - 10, 386, x + wide + 10, 410)
    for _ in range(12):
        x, y = canvas.random.uniform(-40, 900), canvas.random.uniform(400, 560)
        canvas.line(mixed(WATER, SNOW, 0.5), 3, (x, y), (x + canvas.random.uniform(50, 150), y))
    canvas.shape(
        GRASS, (WIDTH, 430), (900, 450), (760, 500), (560, 590), (260, 700), (0, 770), (0, HEIGHT), (WIDTH, HEIGHT)
    )
    canvas.shape(PAVING, (1060, 452), (1090, 452), (1010, 540), (930, HEIGHT), (470, HEIGHT), (800, 610), (980, 510))
    for _ in range(40):
        x = canvas.random.uniform(20, 640)
        y = 772 - x * 0.3 + canvas.random.uniform(-14, 10)
        canvas.line((196, 176, 120), 3, (x, y), (x + canvas.random.uniform(-6, 10), y - canvas.random.uniform(36, 74)))
    for step in range(7):
        x, y = 1000 - step * 82, 510 + step * 40 + step**1.7
        canvas.line(WOOD, 6 + step, (x, y), (x, y - 44 - step * 5))
    canvas.leafy(1128, 476, 210)
    canvas.spruce(1168, 640, 420)
    canvas.lamp(1040, 650, 400)
    canvas.person(1000, 570, 84, canvas.random.choice(COATS))


SCENES: dict[str, Callable[[Canvas], None]] = {
    "pothole": pothole,
    "underpass": underpass,
    "bicycle_rack": bicycle_rack,
    "bench": bench,
    "bus_stop": bus_stop,
    "crossing": crossing,
    "shore_path": shore_path,
}
