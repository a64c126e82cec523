"""Held against SQL: how many of how many features a tool reads, and that each is the one that it should be.

    python -m scripts.interop_checks.comparing truth.json found.json

where found.json is a list of [how, set, EPSG number, {key: WKB in hexadecimal}], of a tool in whose Python no shapely is.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import shapely

TOLERANCE = {4326: 1.01e-7, 3067: 0.0101, 3879: 0.0101}  # degrees to the seventh decimal, metres to the centimetre


@dataclass
class Comparison:
    """`truth` is what truth.py printed. Counts what differs, for the exit status."""

    truth: dict[str, dict]
    differences: int = 0
    lines: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: str) -> "Comparison":
        return cls(json.loads(Path(path).read_text()))

    @property
    def sets(self) -> list[str]:
        return list(self.truth)

    def key_of(self, name: str) -> str:
        return self.truth[name]["key"]

    def wanted(self, name: str, srid: int = 4326) -> dict[str, shapely.Geometry]:
        places = self.truth[name]["places"][str(srid)]
        return {key: shapely.from_wkb(bytes.fromhex(place)) for key, place in places.items()}

    def hold(self, how: str, name: str, found: Mapping[str, object], srid: int = 4326) -> None:
        """`found`: key -> place (shapely), or None where the format has no places of this shape."""
        wanted = self.wanted(name, srid)
        same = [key for key, place in wanted.items() if key in found and is_same(place, found[key], srid)]
        wrong = sorted(found.keys() - wanted.keys())
        self.say(how, f"{name} EPSG:{srid}", len(same), len(wanted), bool(wrong))
        for key in [*wrong, *(key for key in wanted if key not in same)][:5]:
            print(f"    {key}: SQL has {short(wanted.get(key))}, read was {short(found.get(key, 'nothing'))}")

    def count(self, how: str, name: str, found: int, wanted: int) -> None:
        self.say(how, name, found, wanted)

    def say(self, how: str, what: str, found: int, wanted: int, is_wrong: bool = False) -> None:
        differs = found != wanted or is_wrong
        self.differences += differs
        print(f"{'DIFFERS ' if differs else ''}{how}: {what}: {found} of {wanted}", flush=True)

    def end(self) -> None:
        print(f"{self.differences} differences")
        sys.exit(bool(self.differences))


def is_same(wanted: shapely.Geometry, found: object, srid: int) -> bool:
    """Within the format's precision; a file may make one polygon of several, or begin its ring elsewhere."""
    if found is None:
        return True
    if not isinstance(found, shapely.Geometry):
        return False
    return shapely.hausdorff_distance(wanted, found) <= TOLERANCE[srid] * 2**0.5


def short(value: object) -> str:
    return str(value)[:90]


def main(truth: str, found: str) -> None:
    held = Comparison.read(truth)
    for how, name, srid, places in json.loads(Path(found).read_text()):
        held.hold(how, name, {key: shapely.from_wkb(bytes.fromhex(place)) for key, place in places.items()}, srid)
    held.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
