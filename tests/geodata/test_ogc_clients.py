"""Real clients on a real socket: GDAL and OWSLib read every feature there is, in every system, page by page."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from owslib.ogcapi.features import Features

from layers.models import Area, ServiceLocation
from proposals.models import Proposal
from tests.geodata.rows import make_crowd

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]

GDAL = """
import json, sys, pyogrio
source, layer, options = json.loads(sys.argv[1])
frame = pyogrio.read_dataframe(source, layer=layer, fid_as_index=True, **options)
points = [[g.x, g.y] for g in frame.geometry] if set(frame.geom_type) == {"Point"} else []
print(json.dumps({"keys": sorted(map(int, frame["id"] if "id" in frame else frame.index)), "crs": str(frame.crs), "points": points,
                  "columns": list(frame.columns), "layers": [l[0] for l in pyogrio.list_layers(source)]}))
"""


class Silent(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def site(settings) -> Iterator[str]:
    """The address at which the product answers, on loopback."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    settings.SITE_URL = f"http://127.0.0.1:{server.server_port}"
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield settings.SITE_URL
    server.shutdown()
    server.server_close()
    thread.join()


def by_gdal(site: str, layer: str, *open_options: str, **options: object) -> dict:
    """What GDAL reads, in a process of its own: ours leaves out the drivers that go to the network."""
    arguments = json.dumps([f"OAPIF:{site}/ogc/", layer, options | dict(o.split("=", 1) for o in open_options)])
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GDAL_")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GDAL, arguments], capture_output=True, text=True, env=surroundings, timeout=60
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_gdal_reads_every_feature(site):
    make_crowd(90)
    wanted = sorted(Proposal.objects.public().values_list("pk", flat=True))
    found = by_gdal(site, "proposals", "PAGE_SIZE=20")
    assert found["keys"] == wanted
    assert found["layers"] == ["proposals", "areas", "services", "spaces", "pledges"]
    assert {"title", "status", "supports_verified"} <= set(found["columns"])
    assert by_gdal(site, "proposals", "PAGE_SIZE=20", where="kind = 'parking'")["keys"] == sorted(
        Proposal.objects.public().of_kind(["parking"]).values_list("pk", flat=True)
    )
    assert len(by_gdal(site, "areas")["keys"]) == Area.objects.current().count()
    assert by_gdal(site, "services")["keys"] == sorted(ServiceLocation.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("srid", [3067, 3879, 4326])
def test_gdal_puts_every_system_to_the_same_place(site, srid):
    wanted = [
        place.transform(srid, clone=True)
        for place in ServiceLocation.objects.order_by("pk").values_list("location", flat=True)
    ]
    found = by_gdal(site, "services", f"CRS=EPSG:{srid}")
    assert found["crs"] == f"EPSG:{srid}" or "CRS84" in found["crs"]  # GDAL turns EPSG:4326 to longitude first
    assert found["points"] == [pytest.approx([point.x, point.y], abs=0.011) for point in wanted]


def test_owslib_reads_every_feature(site):
    make_crowd(60)
    api = Features(f"{site}/ogc/")
    assert api.feature_collections() == ["proposals", "areas", "services", "spaces", "pledges"]
    assert any(address.endswith("/conf/crs") for address in api.conformance()["conformsTo"])
    assert "kind" in api.collection_queryables("proposals")["properties"]
    assert api.api()["openapi"] == "3.0.3"
    wanted = sorted(Proposal.objects.public().values_list("pk", flat=True))
    found = api.collection_items("proposals", limit=1000)
    assert [feature["id"] for feature in found["features"]] == wanted
    assert found["numberMatched"] == len(wanted)
    assert api.collection_item("proposals", str(wanted[0]))["id"] == wanted[0]
