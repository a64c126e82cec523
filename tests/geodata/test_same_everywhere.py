"""One filter is one set: the clusters add up to the list, and each export holds the same keys, for any filter."""

import csv
import io
import json
from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.filters import ProposalFilterForm
from proposals.models import Kind, Proposal, Status
from tests.geodata.read_back import keys_of, saved
from tests.geodata.rows import make_crowd
from tests.toytown import EAST, NORTH, SOUTH, WEST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]

AREAS = ("toytown", "west", "east", "north-west", "north-east", "south-west", "south-east")
# The edges on which pins and borders of areas lie exactly are drawn as often as any other place.
LONGITUDES = st.sampled_from((WEST, 24.81, 24.8123, 24.82, EAST, -170.0)) | st.floats(WEST - 0.01, EAST + 0.01)
LATITUDES = st.sampled_from((SOUTH, 60.175, 60.18, 60.1853, NORTH)) | st.floats(SOUTH - 0.01, NORTH + 0.01)


@st.composite
def boxes(draw: st.DrawFn) -> str:
    south, north = sorted((draw(LATITUDES), draw(LATITUDES)))
    return f"{draw(LONGITUDES)!r},{south!r},{draw(LONGITUDES)!r},{north!r}"


@st.composite
def filters(draw: st.DrawFn) -> dict[str, list[str]]:
    some = {
        "kind": st.lists(st.sampled_from(Kind.values), min_size=1, max_size=3),
        "category": st.lists(
            st.sampled_from(("parking", "pathway", "idea", "greening", "concern")), min_size=1, max_size=3
        ),
        "status": st.lists(st.sampled_from(Status.values), min_size=1, max_size=4),
        "area": st.lists(st.sampled_from(AREAS), min_size=1, max_size=3),
        "taken_up": st.sampled_from((["yes"], ["no"])),
        "q": st.sampled_from((["bench"], ["light"], ["penkki"], ["dark bench"], ["-bench"], ["="])),
        "since": st.dates(min_value=date(2026, 5, 10), max_value=date(2026, 6, 20)).map(lambda day: [day.isoformat()]),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(some)), max_size=3))
    return {name: draw(some[name]) for name in sorted(chosen)}


def query_of(parameters: dict[str, list[str]]) -> str:
    query = QueryDict(mutable=True)
    for name, values in parameters.items():
        query.setlist(name, values)
    return query.urlencode()


def body_of(client, address: str) -> bytes:
    response = client.get(address)
    assert response.status_code == 200, (address, response.content)
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def crowd():
    return make_crowd()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=filters(), bbox=boxes(), zoom=st.integers(0, 22))
def test_clusters_list_and_exports_hold_the_same(crowd, client, parameters, bbox, zoom):
    query = query_of(parameters | {"bbox": [bbox]})
    form = ProposalFilterForm(QueryDict(query))
    listed = set(form.apply(Proposal.objects.public()).values_list("pk", flat=True))

    clusters = json.loads(body_of(client, f"/map/clusters.json?{query}&zoom={zoom}"))
    assert clusters["numberMatched"] == len(listed)
    assert sum(f["properties"].get("count", 1) for f in clusters["features"]) == len(listed)
    assert {f["id"] for f in clusters["features"] if "id" in f} <= listed

    document = json.loads(body_of(client, f"/export/proposals.geojson?{query}"))
    assert [feature["id"] for feature in document["features"]] == sorted(listed)
    assert document["numberReturned"] == len(listed)

    text = body_of(client, f"/export/proposals.csv?{query}").decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    assert [int(row["id"]) for row in rows] == sorted(listed)

    assert form.choice_counts(Proposal.objects.public()).total == len(listed)


# Each example makes four files, which takes seconds: few, beside the many above.
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=filters())
def test_files_for_gis_and_excel_hold_the_same(crowd, client, tmp_path, parameters):
    query = query_of(parameters)
    listed = sorted(ProposalFilterForm(QueryDict(query)).apply(Proposal.objects.public()).values_list("pk", flat=True))
    for format in ("gpkg", "fgb", "shp.zip", "xlsx"):
        assert sorted(keys_of(saved(client, tmp_path, format, query))) == listed
