"""The layer definition for QGIS: refusals, then every set as layers of this server, in the colours of the map's key."""

import re
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.utils import translation

from geodata.ogc.published import published
from geodata.ogc.qgis_style import SHAPES, STAGES, stage_colours
from layers.models import ReferenceLayer
from proposals.models import Kind, Status
from tests.geodata import source_files as files

HOSTILE = "<script>alert(1)</script> & ' \" ]]> \x07 \ufffe |layername=x&url=https://evil.example"
PATH = {"type": "LineString", "coordinates": [[24.801, 60.171], [24.809, 60.179]]}


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def layers(client, query: str = "lang=en") -> list[dict[str, str]]:
    """Facts of each layer of the definition, which is read by an XML parser."""
    response = client.get(f"/ogc/layers.qlr?{query}")
    assert response.status_code == 200
    root = ElementTree.fromstring(response.content)
    entries = {entry.get("id"): dict(entry.attrib) for entry in root.iter("layer-tree-layer")}
    found = []
    for layer in root.iter("maplayer"):
        facts = {name: layer.findtext(name) for name in ("id", "layername", "datasource", "provider", "attribution")}
        entry = entries.pop(facts["id"])
        assert (entry["name"], entry["source"], entry["providerKey"]) == (
            facts["layername"], facts["datasource"], facts["provider"],
        )  # fmt: skip
        found.append(facts | {"system": layer.findtext("srs/spatialrefsys/wkt")})
    assert not entries
    return found


@pytest.mark.parametrize(
    ("method", "query", "status"), [("post", "", 405), ("get", "lang=xx", 400), ("get", "f=json", 400)]
)
def test_what_is_not_offered_is_refused(client, method, query, status):
    assert getattr(client, method)(f"/ogc/layers.qlr?{query}").status_code == status


def test_hostile_name_of_a_layer_stays_a_name(client, tmp_path):
    call_command(
        "import_dataset", str(files.geojson(tmp_path / "p.geojson", files.feature(PATH))), "--into", "reference"
    )
    ReferenceLayer.objects.update(names={"fi": HOSTILE})
    hostile = [layer for layer in layers(client) if layer["id"].startswith("reference-p")]
    assert [layer["id"] for layer in hostile] == [
        "reference-p",
        "reference-p-tiles",
    ]  # lines alone need no second layer
    for layer in hostile:
        assert layer["layername"] == re.sub("[\x07\ufffe]", "\ufffd", HOSTILE)
        assert "evil" not in layer["datasource"]


def test_every_set_is_a_layer_of_features_and_one_of_tiles_at_this_server(client, settings, django_assert_num_queries):
    settings.SITE_URL = "https://map.example.org"
    with django_assert_num_queries(3):
        found = layers(client)
    sources = {layer["id"]: layer["datasource"] for layer in found}
    for name in published():
        assert f"typename='{name}' url='https://map.example.org/ogc/'" in sources[name]
        assert f"https://map.example.org/tiles/{name}/%7Bz%7D/%7Bx%7D/%7By%7D.pbf" in sources[f"{name}-tiles"]
    assert all("https://map.example.org/" in source for source in sources.values())
    assert sources["proposals-line"] == (
        "OAPIF:https://map.example.org/ogc/|layername=proposals|geometrytype=LineString"
    )
    assert {layer["provider"] for layer in found} == {"OAPIF", "ogr", "vectortile"}
    assert all(layer["system"].startswith(("GEOGCRS", "PROJCRS")) and layer["attribution"] for layer in found)


def test_names_are_in_the_language_asked_for_and_the_file_is_to_be_saved(client):
    names = {language: layers(client, f"lang={language}")[0]["layername"] for language in ("fi", "sv", "en")}
    assert len(set(names.values())) == 3
    for language, name in names.items():
        with translation.override(language):
            assert name == str(published()["proposals"].collection.title)
    response = client.get("/ogc/layers.qlr?lang=en")
    assert response["Content-Type"] == "application/x-qgis-layer-definition"
    assert re.fullmatch(r'attachment; filename="[a-z-]+\.qlr"', response["Content-Disposition"])
    again = client.get("/ogc/layers.qlr?lang=en", HTTP_IF_NONE_MATCH=response["ETag"])
    assert again.status_code == 304


def test_colours_are_those_of_the_map(settings):
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    classes = (settings.BASE_DIR / "static/css/components.css").read_text().replace(",\n.stage", ", .stage")
    for status in Status:
        word = re.search(rf"\.stage--{status}\b[^{{]*{{ --stage-fill: var\(--(\w+)-fill\)", classes)[1]
        drawn = tuple(re.search(rf"--{word}-{part}: (#\w+);", tokens)[1] for part in ("fill", "edge"))
        assert stage_colours(status) == drawn
    assert set(STAGES) < set(Status)
    assert set(SHAPES) == set(Kind)


def test_file_is_linked_where_people_and_programs_look(client):
    links = client.get("/ogc/?f=json&lang=sv").json()["links"]
    address = next(link["href"] for link in links if link["type"] == "application/x-qgis-layer-definition")
    assert address.endswith("/ogc/layers.qlr?lang=sv")
    assert b'href="/ogc/layers.qlr?lang=sv"' in client.get("/sv/data/").content
