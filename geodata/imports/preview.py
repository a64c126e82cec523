"""What a file holds, before anybody says what it is to become: its first rows, its values, a sample of its places."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import shapely

from geodata.imports.checking import outside_bounds
from geodata.imports.dataset import PROGRESS_ROWS, Reading, opened_dataset
from geodata.imports.reasons import Needed, SourceRefused
from geodata.imports.source import StreamedRow

ROWS_SHOWN = 10
PLACES_SHOWN = 500
VALUES_MAX = 40  # different ones of a column: of more nobody translates each
CELL_SHOWN = 120  # characters
VERTICES_DRAWN = 200  # of one place; a shore of 20,000 looks the same
COARSE_DEG = 0.0005  # about 40 m
DECIMALS = 5  # of a degree: about a metre


class Found(TypedDict, total=False):
    """What was seen. `sample` is a FeatureCollection in EPSG:4326, without the `far` places of the sample that lie outside the
    city's bounds; `values` are those of columns with few different ones.

    Where the file cannot be read yet, `needed` says what must be told (`layer`, `crs`, `place`).
    """

    needed: str
    layers: list[str]
    bounds: list[float] | None
    kind: str
    crs: int
    encoding: str
    fields: list[str]
    rows: int | None
    first: list[list[str]]
    values: dict[str, list[str]]
    placeless: int
    sample: dict[str, object]
    far: int


def preview(path: Path, reading: Reading, progress: Callable[[int], None] = lambda rows: None) -> Found:
    """Reads the whole file once. Raises SourceRefused for what cannot be read, whatever is told of it."""
    try:
        with opened_dataset(path, reading) as source:
            seen = _Seen(source.fields)
            for row in source.rows:
                seen.add(row)
                if seen.rows % PROGRESS_ROWS == 0:
                    progress(seen.rows)
            about: Found = {"kind": source.kind, "crs": source.crs, "encoding": source.encoding}
            return about | seen.told()
    except SourceRefused as refusal:
        if refusal.needed is None:
            raise
        return _asked(refusal.needed)


def _asked(needed: Needed) -> Found:
    return {
        "needed": needed.what,
        "layers": list(needed.layers),
        "bounds": list(needed.bounds) if needed.bounds else None,
        "fields": [name.lower() for name in needed.fields],
        "rows": needed.rows,
    }


class _Seen:
    """Gathers in one pass: a sample spread evenly over all rows is that of which each second one goes whenever it is full."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        self.rows = self.placeless = 0
        self.first: list[list[str]] = []
        self.values: dict[str, set[str] | None] = {name: set() for name in fields}
        self.sample: list[str] = []
        self.step = 1

    def add(self, row: StreamedRow) -> None:
        if self.rows % self.step == 0 and row.wkb and not row.problem:
            self.sample.append(row.wkb)
            if len(self.sample) > PLACES_SHOWN:
                self.sample, self.step = self.sample[::2], self.step * 2
        self.rows += 1
        self.placeless += row.wkb is None
        if len(self.first) < ROWS_SHOWN:
            self.first.append([(row.text(name) or "")[:CELL_SHOWN] for name in self.fields])
        for name, values in self.values.items():
            if values is not None:
                values.add(row.text(name) or "")
                if len(values) > VALUES_MAX:
                    self.values[name] = None

    def told(self) -> Found:
        shapes = [shapely.from_wkb(wkb) for wkb in self.sample]
        near = [shape for shape in shapes if outside_bounds(shape.bounds) is None]
        few = {name: sorted(filter(None, values)) for name, values in self.values.items() if values}
        return {
            "fields": list(self.fields),
            "rows": self.rows,
            "first": self.first,
            "values": {name: values for name, values in few.items() if max(map(len, values), default=0) <= CELL_SHOWN},
            "placeless": self.placeless,
            "sample": {"type": "FeatureCollection", "features": [_feature(shape) for shape in near]},
            "far": len(shapes) - len(near),
        }


def _feature(shape: shapely.Geometry) -> dict[str, object]:
    if shapely.get_num_coordinates(shape) > VERTICES_DRAWN:
        shape = shapely.simplify(shape, COARSE_DEG)
    rounded = shapely.transform(shape, lambda coordinates: coordinates.round(DECIMALS))
    return {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(rounded))}
