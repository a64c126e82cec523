"""What the demo's pictures are made of: sky, land, trees, houses, people and their things, as flat shapes."""

import math
from dataclasses import dataclass, field
from random import Random

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1200, 800  # of the finished picture, pixels; every coordinate below is in these
OVERSAMPLING = 2  # drawn larger and shrunk, which smooths the edges

Colour = tuple[int, int, int]
Place = tuple[float, float]

SKIES: list[tuple[Colour, Colour]] = [
    ((188, 212, 224), (244, 238, 226)),
    ((173, 203, 214), (239, 243, 238)),
    ((203, 211, 222), (248, 231, 214)),
]
WALLS: list[Colour] = [
    (236, 226, 208),
    (214, 186, 150),
    (222, 206, 188),
    (196, 128, 104),
    (205, 212, 208),
    (238, 208, 150),
]
LEAVES: list[Colour] = [(116, 146, 108), (138, 160, 104), (98, 132, 110), (186, 160, 88), (206, 140, 84)]
SPRUCE, FAR_SPRUCE = (58, 92, 82), (112, 144, 138)
GRASS, FAR_GRASS = (156, 178, 124), (176, 194, 150)
ASPHALT, PAVING, KERB = (122, 130, 136), (206, 202, 194), (230, 227, 220)
WATER, FAR_LAND = (148, 184, 196), (128, 156, 158)
INK, STEEL, WOOD, GLASS, SNOW = (52, 64, 72), (132, 142, 148), (172, 128, 88), (196, 216, 220), (248, 248, 245)
SIGN_BLUE, SIGN_YELLOW, WARM = (40, 96, 152), (244, 198, 74), (200, 88, 52)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first, 0 to 1."""
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second, strict=True))


@dataclass
class Canvas:
    """A picture in the making; `random` decides what may differ between two pictures of one scene."""

    random: Random
    image: Image.Image = field(init=False)
    pen: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING))
        self.pen = ImageDraw.Draw(self.image)

    def shape(self, colour: Colour, *corners: Place) -> None:
        self.pen.polygon([(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in corners], fill=colour)

    def box(self, colour: Colour, left: float, top: float, right: float, bottom: float, radius: float = 0) -> None:
        edges = [value * OVERSAMPLING for value in (left, top, right, bottom)]
        self.pen.rounded_rectangle(edges, radius * OVERSAMPLING, fill=colour)

    def disc(self, colour: Colour, x: float, y: float, wide: float, high: float | None = None) -> None:
        """An ellipse around (x, y) with half its width and height."""
        high = wide if high is None else high
        edges = [value * OVERSAMPLING for value in (x - wide, y - high, x + wide, y + high)]
        self.pen.ellipse(edges, fill=colour)

    def ring(self, colour: Colour, x: float, y: float, radius: float, thick: float) -> None:
        edges = [value * OVERSAMPLING for value in (x - radius, y - radius, x + radius, y + radius)]
        self.pen.ellipse(edges, outline=colour, width=round(thick * OVERSAMPLING))

    def line(self, colour: Colour, thick: float, *points: Place) -> None:
        scaled = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
        self.pen.line(scaled, fill=colour, width=round(thick * OVERSAMPLING), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(colour, x, y, thick / 2)

    def sky(self, horizon: float) -> None:
        """A soft sky from the upper edge to `horizon`, with a pale sun and a few clouds."""
        above, below = self.random.choice(SKIES)
        for row in range(round(horizon * OVERSAMPLING) + 1):
            colour = mixed(above, below, row / (horizon * OVERSAMPLING))
            self.pen.line([(0, row), (WIDTH * OVERSAMPLING, row)], fill=colour)
        x, y = self.random.uniform(150, 1050), self.random.uniform(90, 170)
        self.disc(mixed(below, (255, 240, 204), 0.5), x, y, 62)
        self.disc((255, 244, 218), x, y, 44)
        for _ in range(3):
            self._cloud(self.random.uniform(0, WIDTH), self.random.uniform(50, horizon * 0.5), mixed(above, SNOW, 0.7))

    def _cloud(self, x: float, y: float, colour: Colour) -> None:
        length = self.random.uniform(110, 210)
        self.box(colour, x, y, x + length, y + 22, 11)
        self.box(colour, x + length * 0.25, y - 16, x + length * 0.75, y + 10, 13)

    def ground(self, colour: Colour, top: float) -> None:
        self.box(colour, 0, top, WIDTH, HEIGHT)

    def hills(self, colour: Colour, foot: float, height: float) -> None:
        """A gentle skyline that stands on `foot`."""
        shift = self.random.uniform(0, 6)
        tops = [
            (x, foot - height * (0.62 + 0.26 * math.sin(x / 170 + shift) + 0.12 * math.sin(x / 61 + 2 * shift)))
            for x in range(0, WIDTH + 20, 20)
        ]
        self.shape(colour, (0, foot), *tops, (WIDTH, foot))

    def spruces(self, colour: Colour, foot: float, height: float, step: float) -> None:
        """A row of spruces as a forest's edge."""
        x = -step
        while x < WIDTH + step:
            self.spruce(x, foot, height * self.random.uniform(0.65, 1.0), colour)
            x += step * self.random.uniform(0.55, 1.0)

    def spruce(self, x: float, foot: float, height: float, colour: Colour = SPRUCE) -> None:
        half = height * 0.23
        self.box(mixed(colour, INK, 0.4), x - height * 0.02, foot - height * 0.1, x + height * 0.02, foot)
        for tier, (top, bottom, share) in enumerate(((1.0, 0.55, 0.55), (0.78, 0.32, 0.8), (0.55, 0.07, 1.0))):
            shade = mixed(colour, INK, 0.07 * tier)
            peak, base = foot - height * top, foot - height * bottom
            self.shape(shade, (x, peak), (x - half * share, base), (x + half * share, base))

    def leafy(self, x: float, foot: float, height: float, colour: Colour | None = None) -> None:
        """A round tree with a pale trunk."""
        colour = colour or self.random.choice(LEAVES)
        self.line((222, 216, 204), height * 0.045, (x, foot), (x, foot - height * 0.55))
        self.line((150, 146, 138), height * 0.012, (x - height * 0.01, foot - height * 0.2), (x, foot - height * 0.2))
        self.disc(mixed(colour, INK, 0.12), x + height * 0.09, foot - height * 0.56, height * 0.2)
        self.disc(colour, x - height * 0.11, foot - height * 0.6, height * 0.2)
        self.disc(mixed(colour, SNOW, 0.1), x, foot - height * 0.78, height * 0.21)

    def block(self, left: float, foot: float, wide: float, storeys: int, storey: float = 44) -> None:
        """A house of flats with rows of windows and some balconies."""
        wall = self.random.choice(WALLS)
        top = foot - storeys * storey - 16
        self.box(wall, left, top, left + wide, foot)
        self.box(mixed(wall, INK, 0.35), left - 4, top - 8, left + wide + 4, top + 2)
        self.box(mixed(wall, INK, 0.1), left + wide * 0.82, top, left + wide, foot)
        columns = max(2, int(wide // 54))
        for floor in range(storeys):
            y = foot - (floor + 1) * storey + 4
            for column in range(columns):
                x = left + (column + 0.5) * wide / columns
                lit = self.random.random() < 0.16
                self.box(SIGN_YELLOW if lit else mixed(wall, INK, 0.55), x - 11, y, x + 11, y + storey * 0.55, 2)
                if column % 2:
                    self.box(mixed(wall, SNOW, 0.5), x - 20, y + storey * 0.42, x + 20, y + storey * 0.68, 2)

    def lamp(self, x: float, foot: float, height: float, lit: bool = False) -> None:
        """A street lamp that leans towards the middle of the picture."""
        arm = height * (0.17 if x < WIDTH / 2 else -0.17)
        self.line(STEEL, height * 0.022, (x, foot), (x, foot - height))
        self.line(STEEL, height * 0.018, (x, foot - height), (x + arm, foot - height * 1.01))
        if lit:
            self.disc((255, 238, 190), x + arm, foot - height * 0.985, height * 0.05)
        self.box(INK, x + arm - height * 0.07, foot - height * 1.025, x + arm + height * 0.07, foot - height, 3)

    def bicycle(self, x: float, foot: float, size: float, colour: Colour) -> None:
        """Seen from the side, facing right; `x` is the hub of the rear wheel, `size` the radius of a wheel."""
        rear, front = (x, foot - size), (x + size * 2.9, foot - size)
        crank, seat = (x + size * 1.15, foot - size * 0.95), (x + size * 0.8, foot - size * 2.25)
        head = (x + size * 2.45, foot - size * 2.3)
        for hub in (rear, front):
            self.ring(INK, *hub, size, size * 0.11)
            for spoke in range(6):
                turn = spoke * math.pi / 6
                dx, dy = math.cos(turn) * size * 0.92, math.sin(turn) * size * 0.92
                self.line(STEEL, size * 0.02, (hub[0] - dx, hub[1] - dy), (hub[0] + dx, hub[1] + dy))
        for start, end in ((rear, crank), (crank, seat), (seat, head), (head, crank), (rear, seat), (head, front)):
            self.line(colour, size * 0.13, start, end)
        self.line(
            INK, size * 0.16, (seat[0] - size * 0.3, seat[1] - size * 0.2), (seat[0] + size * 0.3, seat[1] - size * 0.2)
        )
        self.line(colour, size * 0.1, seat, (seat[0] - size * 0.05, seat[1] - size * 0.15))
        self.line(
            INK,
            size * 0.11,
            head,
            (head[0] - size * 0.1, head[1] - size * 0.4),
            (head[0] + size * 0.3, head[1] - size * 0.5),
        )
        self.disc(INK, *crank, size * 0.17)

    def person(self, x: float, foot: float, height: float, coat: Colour) -> None:
        """Somebody walking, from afar: no face."""
        self.line(INK, height * 0.11, (x - height * 0.03, foot - height * 0.42), (x - height * 0.13, foot))
        self.line(INK, height * 0.11, (x + height * 0.03, foot - height * 0.42), (x + height * 0.12, foot))
        self.box(coat, x - height * 0.15, foot - height * 0.8, x + height * 0.15, foot - height * 0.34, height * 0.1)
        self.disc((222, 180, 150), x, foot - height * 0.88, height * 0.085)
        self.shape(mixed(coat, INK, 0.4), *self._cap(x, foot - height * 0.88, height * 0.095))

    @staticmethod
    def _cap(x: float, y: float, radius: float) -> list[Place]:
        turns = [math.pi + step * math.pi / 12 for step in range(13)]
        return [(x + math.cos(turn) * radius, y + math.sin(turn) * radius) for turn in turns]
