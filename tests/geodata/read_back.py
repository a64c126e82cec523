"""Files of the doors, saved and read back by the programs that people use, and the rows to compare them with."""

import zipfile
from pathlib import Path

import openpyxl
import pyogrio
import shapely
from django.contrib.gis.geos import LineString, Polygon
from django.db import connection

from proposals.models import Proposal, Publication
from tests.geodata.rows import make_pledge, make_proposal

LINE = LineString((24.81, 60.18), (24.812, 60.1805), srid=4326)
SQUARE = Polygon(((24.81, 60.18), (24.812, 60.18), (24.812, 60.181), (24.81, 60.18)), srid=4326)
HOSTILE = "=HYPERLINK(\"http://x\") 'quoted' ; , | \r\nline two\ttab \\n %s {0} 😀 æØ \u2028 \x7f </script>"


def saved(client, folder: Path, format: str, query: str = "", collection: str = "proposals") -> Path:
    """The file of the door, in `folder`."""
    response = client.get(f"/export/{collection}.{format}?{query}")
    assert response.status_code == 200, response.content
    content = b"".join(response.streaming_content)
    assert int(response["Content-Length"]) == len(content)
    path = folder / f"{collection}.{format}"
    path.write_bytes(content)
    return path


def sources(path: Path) -> list[str]:
    """What GDAL opens of the file: one, or the parts of the archive."""
    if path.suffix != ".zip":
        return [str(path)]
    names = zipfile.ZipFile(path).namelist()
    return [f"/vsizip/{path}/{name}" for name in names if name.endswith(".shp")]


def rows_of(path: Path, key: str = "id") -> dict[object, dict]:
    """Key -> properties and `geometry` (shapely) of every feature of every layer."""
    found: dict[object, dict] = {}
    for source in sources(path):
        meta, _fids, geometries, columns = pyogrio.raw.read(source)
        for number, geometry in enumerate(geometries):
            row = {name: column[number] for name, column in zip(meta["fields"], columns, strict=True)}
            assert row[key] not in found
            found[row[key]] = row | {"geometry": shapely.from_wkb(geometry)}
    return found


def make_mixture() -> list[Proposal]:
    """A point, a line and an area, with a promise, a long and a hostile text, and one that nobody may see."""
    mixed = [
        make_proposal(title=HOSTILE, body="ä" * 5_000),
        make_proposal(LINE, answers={"a": [1, "ö"]}),
        make_proposal(SQUARE),
    ]
    make_pledge(mixed[1])
    make_proposal(publication=Publication.HIDDEN)
    return mixed


def truth() -> dict[int, dict]:
    """The public rows as another door tells them, which has its own tests."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, title, body, status, submitted_at, ST_AsBinary(public_location) FROM proposals_proposal"
            " WHERE publication = 'published'"
        )
        names = ("id", "title", "body", "status", "submitted", "geometry")
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def keys_of(path: Path) -> list[int]:
    """The ids of the proposals in the file, in the file's order."""
    if path.suffix == ".xlsx":
        heading, *rows = openpyxl.load_workbook(path, read_only=True).worksheets[0].values
        return [row[heading.index("id")] for row in rows]
    return list(rows_of(path))
