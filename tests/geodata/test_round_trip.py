"""Out and in again: what is exported becomes the same city elsewhere, but for what no file may bring (named here one by one)."""

import datetime
from pathlib import Path

import pytest
import shapely
from django.core.management import call_command
from django.db import connection

from layers.models import Area, ReferenceLayer, ServiceLocation
from proposals.models import Photo, Proposal, Status
from proposals.placing import place
from tests.geodata import source_files as files
from tests.geodata.read_back import LINE, SQUARE, rows_of
from tests.geodata.rows import IN_NORTH_WEST, NOON, make_crowd, make_pledge, make_proposal
from tests.toytown import CROSSING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]

# A stage behind which there is a promise or somebody's word: nobody can bring one along (geodata/imports/old_proposals.py).
REFUSED_STAGES = {"taken_up", "in_progress", "delivered", "confirmed", "merged"}
# What people did here, and what is told of the row itself: a new city has it of its own.
OF_THIS_CITY = {
    "proposals": {"id", "url", "updated", "supports_verified", "supports_unverified", "comments", "pledges", "taken_up_by", "due",
        "answers", "photos"},
    "areas": set(),
    "services": {"id", "source"},
    "reference-paths": {"id"},
}  # fmt: skip
SPOKEN = {
    "answers": {"values": {"when": "day"}}, "supports_verified": 3, "supports_unverified": 1, "comments": 2,
    "updated_at": NOON + datetime.timedelta(days=1),
}  # fmt: skip
KNOWN_BY = {"proposals": "title", "areas": "code", "services": "name", "reference-paths": "name"}
FORMATS = {"proposals": "gpkg", "areas": "geojson", "services": "fgb", "reference-paths": "shp.zip"}
PATHS = ("--into", "reference", "--dataset", "paths", "--fields", "highway", "--style", "path")


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE layers_area, layers_dataset, layers_service, proposals_proposal CASCADE")


def make_city(folder: Path) -> None:
    """Proposals of every stage, form and category, and a reference layer."""
    make_crowd(60)
    Proposal.objects.filter(location=CROSSING).update(location=IN_NORTH_WEST)  # as near to one landmark as to another
    for number, drawn in enumerate((LINE, SQUARE)):
        make_proposal(drawn, title=f"Drawn {number}", channel="phone", **SPOKEN)
    make_pledge(make_proposal(title="Promised", category="concern"))
    for proposal in Proposal.objects.public():  # placed as the doors place what is sent
        placed = place(proposal.location, proposal.category)
        Proposal.objects.filter(pk=proposal.pk).update(
            public_location=placed.public_location,
            place_precision=placed.precision,
            area=placed.area,
            landmark=placed.landmark,
        )
    drawn = Proposal.objects.get(title="Drawn 0")
    Photo.objects.create(proposal=drawn, name="a" * 32, state="published", width=1, height=1, created_at=NOON)
    path = {"type": "LineString", "coordinates": [[24.801, 60.171], [24.809, 60.179]]}
    paths = files.geojson(folder / "paths.geojson", files.feature(path, name_fi="Polku", highway="footway"))
    call_command("import_dataset", paths, *PATHS)


def taken_out(client, folder: Path) -> dict[str, dict[object, dict]]:
    """Each set as its file tells it: key -> properties and geometry."""
    folder.mkdir()
    found = {}
    for name, format in FORMATS.items():
        content = client.get(f"/export/{name}.{format}?lang=fi").getvalue()
        (folder / f"{name}.{format}").write_bytes(content)
        found[name] = rows_of(folder / f"{name}.{format}", KNOWN_BY[name])
    return found


def taken_in(client, folder: Path) -> None:
    for level in ("district", "neighbourhood"):
        call_command("import_dataset", folder / f"{level}.geojson", "--into", "areas", "--level", level)
    call_command("import_dataset", folder / "services.fgb", "--into", "services")
    call_command("import_dataset", folder / "proposals.gpkg", "--into", "proposals", "--skip-refused")
    (folder / "reference-paths.shp.zip").rename(folder / "paths.zip")
    call_command("import_dataset", folder / "paths.zip", *PATHS)


def differing(one: dict, other: dict) -> set[str]:
    """The columns in which two rows differ; places are compared to the seventh decimal, which is what is kept."""

    def said(value: object) -> str:
        return shapely.to_wkt(value, rounding_precision=7) if isinstance(value, shapely.Geometry) else str(value)

    return {name for name in one if said(one[name]) != said(other[name])}


def test_city_that_is_taken_out_and_in_is_the_same(client, tmp_path, capsys):
    make_city(tmp_path)
    first, folder = taken_out(client, tmp_path / "first"), tmp_path / "first"
    for level in ("district", "neighbourhood"):
        (folder / f"{level}.geojson").write_bytes(client.get(f"/export/areas.geojson?level={level}&lang=fi").getvalue())
    empty()
    assert not any(model.objects.exists() for model in (Area, ServiceLocation, ReferenceLayer, Proposal))
    taken_in(client, folder)
    said = capsys.readouterr().out
    second = taken_out(client, tmp_path / "second")
    refused = {key for key, row in first["proposals"].items() if row["status"] in REFUSED_STAGES}
    assert len(refused) > 5 and said.count("status:") == len(refused)
    assert set(Status) - REFUSED_STAGES == {row["status"] for row in second["proposals"].values()}
    for name, rows in first.items():
        kept = rows.keys() - refused
        assert second[name].keys() == kept, name
        assert set().union(*(differing(rows[key], second[name][key]) for key in kept)) == OF_THIS_CITY[name], name
