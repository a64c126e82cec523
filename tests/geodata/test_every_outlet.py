"""Every address of the house is asked, by each kind of asker, for what it must not tell: planted words, 0 found.

Generated from the URLconf: an address that is neither walked nor in `NOT_WALKED` fails.
"""

import datetime
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from actors.models import Scope
from actors.models.application import Application
from geodata import export_jobs
from geodata.export_jobs import make_next
from geodata.models import ExportJob, ImportRun, Webhook
from geodata.models.export_job import hash_of
from geodata.snapshots import make_snapshot
from mapapp.dictionary.rows import house_models
from proposals.models import Event, Outbox, Photo, Proposal, Publication, Role, Verb
from tests.actors.people import person
from tests.geodata import canaries
from tests.geodata.hooked import registered, told
from tests.geodata.rows import NOON
from tests.mapapp.addresses import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]

LANGUAGES = ("fi", "sv", "en")
CITY_BOX, ONE_BOX = "24.79,60.16,24.85,60.20", "24.8110,60.1850,24.8112,60.1852"
SYSTEMS = (4326, 3067, 3879)
YEAR = 2025
JOB = "job-of-the-walk"
SETS = ("proposals", "areas", "services", "spaces", "pledges", "reference-paths")
# Pages of tables of other people's programs, what catches the rest of the admin, and a page of the admin that leads to another.
NOT_WALKED = (
    "admin:auth_", "admin:procrastinate_", "admin:account_", "admin:mfa_", "admin:socialaccount_", "admin:(?P<url>", "admin:view_on_site",
    "admin:<path:object_id>/", "admin:app_list",
)  # fmt: skip
OF_AREAS = ("area", "hub")  # whose slug is that of an area
IMPORT_PAGES = (
    "import_list", "import_run", "import_read", "import_check", "import_start", "import_give_up", "import_refused",
)  # fmt: skip
KEYS_OF = {
    "pledge_change": "pledge", "pledge_sign": "pledge", "comment_flag": "comment",
    "application_verify": "application", "application_refuse": "application",
    **dict.fromkeys(IMPORT_PAGES[1:], "import"),
}  # fmt: skip
WRONG = "wrong"  # where a secret is due: what a stranger would try

# name: the addresses that are asked. Those without arguments and without a row are asked as they are.
ROWS: dict[str, tuple[str, ...]] = {
    "map_clusters": (
        *(f"/map/clusters.json?bbox={CITY_BOX}&zoom={zoom}" for zoom in (0, 14, 22)),
        f"/map/clusters.json?bbox={ONE_BOX}&zoom=20",
    ),
    "map_places": ("/map/places.json?q=canary",),
    "map_place": ("/map/place.json?lon=24.8123&lat=60.1854",),
    "map_similar": (
        "/map/similar.json?lon=24.8112&lat=60.1852&kind=concern&q=canary",
        "/map/similar.json?lon=24.8333&lat=60.1733&kind=parking",
    ),
    "map_reference": (f"/map/reference.json?layer=paths&bbox={CITY_BOX}",),
    "tileset": tuple(f"/tiles/{name}.json" for name in SETS),
    "tile": ("/tiles/proposals/0/0/0.pbf", "/tiles/areas/10/582/296.pbf", "/tiles/reference-paths/10/582/296.pbf",
             "/tiles/pledges/14/9321/4735.pbf"),
    "export_proposals": (
        *(f"/export/proposals.csv?crs=EPSG:{srid}" for srid in SYSTEMS),
        *(f"/export/proposals.{format}" for format in ("geojson", "gpkg", "fgb", "shp.zip", "xlsx", "parquet")),
    ),
    "export": tuple(f"/export/{name}.{format}" for name in SETS[1:] for format in ("csv", "geojson", "gpkg", "xlsx")),
    "export_order": ("/export/jobs/proposals.gpkg",),
    "export_job": (f"/export/jobs/{JOB}/", f"/export/jobs/{WRONG}/"),
    "export_job_file": (f"/export/jobs/{JOB}/file", f"/export/jobs/{WRONG}/file"),
    "proposals_feed": tuple(f"/feeds/proposals.atom?lang={language}" for language in LANGUAGES),
    "photo": ("/photos/{photo}.jpg",),
    "catalogue": ("/data/catalog.ttl", "/data/catalog.jsonld"),
    "snapshot_manifest": (f"/data/snapshots/{YEAR}/manifest.json",),
    "snapshot_file": tuple(f"/data/snapshots/{YEAR}/proposals.{format}" for format in ("geojson", "csv", "gpkg")),
    "collection_schema": tuple(f"/data/schemas/{name}.json" for name in SETS),
    "dictionary_file": ("/data/dictionary.csv", "/data/dictionary.json"),
    "planning_map": ("/planning/map.html", "/planning/map.html?part=map&style=heat"),
    "ogc_collection": tuple(f"/ogc/collections/{name}" for name in SETS),
    "ogc_queryables": tuple(f"/ogc/collections/{name}/queryables" for name in SETS),
    "ogc_items": (
        *(f"/ogc/collections/proposals/items?crs=http://www.opengis.net/def/crs/EPSG/0/{srid}" for srid in SYSTEMS),
        "/ogc/collections/proposals/items?f=html",
        *(f"/ogc/collections/{name}/items" for name in SETS[1:]),
    ),
    "ogc_item": ("/ogc/collections/proposals/items/{pk}", "/ogc/collections/proposals/items/{hidden}"),
    "open311_discovery": ("/open311/v2/discovery.json", "/open311/v2/discovery.xml"),
    "open311_services": ("/open311/v2/services.json", "/open311/v2/services.xml"),
    "open311_service": ("/open311/v2/services/concern.json", "/open311/v2/services/concern.xml"),
    "open311_requests": tuple(
        f"/open311/v2/requests.{format}?extensions=true&start_date=2025-05-01&end_date=2026-06-30" for format in ("json", "xml")
    ),
    "open311_request": (
        "/open311/v2/requests/{pk}.json?extensions=true", "/open311/v2/requests/{pk}.xml?extensions=true",
        "/open311/v2/requests/{hidden}.json",
    ),
    "api:proposal": ("/api/v1/proposals/{pk}", "/api/v1/proposals/{hidden}"),
    "openid_connect_login": ("/accounts/oidc/city/login/",),
    "openid_connect_callback": ("/accounts/oidc/city/login/callback/",),
    "demo_mail_item": ("/demo/mail/canary/",),
    "map": ("/{lang}/", "/{lang}/?q=canary"),
    "paper_form": ("/{lang}/paper-form/", "/{lang}/paper-form/?area=north-west"),
}  # fmt: skip
# Doors that tell of proposals: the public one must be found there, or the search was in an empty room.
TELL_THE_SHOWN = frozenset(
    {
        "export_proposals", "export_job_file", "proposals_feed", "snapshot_file", "embed_list", "map", "proposal",
        "open311_requests", "planning_map",
    }
)  # fmt: skip
# Where it need not be found: compressed (read back in test_geoparquet.py), searched for something else, without words.
SILENT = (".parquet", "q=canary", "style=heat")
# What an address says on purpose: the timeline tells the reasons of what it shows.
ON_PURPOSE = {"proposal": ("reason",)}
PLANNERS_READ = dict.fromkeys(IMPORT_PAGES, ("import",))  # of files that planners brought in
# Its pages stand open to those whom its own permissions let in; here they are asked by those who must not get in.
ADMIN, ADMIN_PAGES = "admin:", ("change", "history", "delete", "file", "cover")


@dataclass
class Ground:
    """What was planted, and the rows that stand for the arguments of addresses."""

    planted: canaries.Planted
    arguments: dict[str, list[object]]
    photo: Photo


@pytest.fixture
def ground(planted, settings, tmp_path) -> Ground:
    settings.MEDIA_ROOT, settings.EXPORT_ROOT = tmp_path / "media", tmp_path / "exports"
    shown = planted.shown
    year_before = datetime.datetime(YEAR, 6, 1, tzinfo=datetime.UTC)
    Proposal.objects.filter(pk=shown.pk).update(published_at=year_before, submitted_at=year_before)
    make_snapshot(YEAR)
    _ordered_job(planted)
    photo = shown.photos.first()
    rows = {
        "proposal": [shown.pk, *(hidden.pk for hidden in planted.hidden)],
        "comment": list(shown.comment_rows.values_list("pk", flat=True)),
        "pledge": [shown.pledges.get().pk],
        "import": [ImportRun.objects.get().pk],
        "application": list(Application.objects.values_list("pk", flat=True)),
    }
    return Ground(planted, rows, photo)


def _ordered_job(planted: canaries.Planted) -> None:
    """A file that the worker made: its address is a secret, its content is not."""
    planted.words.append(key := export_jobs.order("proposals", "gpkg", "", "en", 1))
    assert make_next()
    ExportJob.objects.update(key_hash=hash_of(JOB))
    planted.words.remove(key)


def asked(name: str, arguments: tuple[str, ...], ground: Ground, language: str) -> list[str]:
    """The addresses of `name`: its row, or what its arguments make of it; [] for what only Django's admin has."""
    if name in ROWS:
        shown, *hidden = ground.arguments["proposal"]
        facts = {"lang": language, "photo": ground.photo.name, "pk": shown}
        return [row.format(**facts, hidden=key) for row in ROWS[name] for key in (hidden if "{hidden}" in row else [0])]
    if name.startswith(ADMIN) and arguments:
        return [reverse(name, args=[key]) for key in _key_of_admin(name)]
    if "(" in name:
        return []
    with translation.override(language):
        return [reverse(name, args=values) for values in product(*(_values(name, one, ground) for one in arguments))]


def _key_of_admin(name: str) -> list[object]:
    """A row of the model whose page it is; [] for addresses of no single row."""
    label, _, page = name.removeprefix(ADMIN).rpartition("_")
    model = {f"{m._meta.app_label}_{m._meta.model_name}": m for m in house_models()}.get(label)
    return list(model._base_manager.values_list("pk", flat=True)[:1]) if model and page in ADMIN_PAGES else []


def _values(name: str, argument: str, ground: Ground) -> list[object]:
    if argument == "pk":
        return ground.arguments[KEYS_OF.get(name, "proposal")]
    return [{"slug": "north-west" if name in OF_AREAS else "rows-lead", "token": WRONG}[argument]]


def said(response: HttpResponseBase) -> str:
    """Body, headers and cookies of an answer, as text."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{canaries.unpacked(body)}\n{response.headers}\n{response.cookies}"


def walk(
    client: Client,
    ground: Ground,
    logged: pytest.LogCaptureFixture,
    language: str,
    among: Iterable[str],
    on_purpose: dict[str, tuple[str, ...]] = ON_PURPOSE,
) -> list[str]:
    """What the planted words are found in, asked by `client`; asserts that no answer is a fault and what must tell does."""
    found = []
    for name in among:
        for address in asked(name, addresses()[name], ground, language):
            logged.clear()
            response = client.get(address)
            text = said(response)
            but = on_purpose.get(name, ())
            words = {*ground.planted.said_in(text, *but), *ground.planted.said_in(logged.text)}
            assert response.status_code != 500, address
            if response.status_code == 200 and name in TELL_THE_SHOWN and not address.endswith(SILENT):
                assert canaries.SHOWN_TITLE in text, address
            found += [f"{address}: {word}" for word in sorted(words) if word not in address]
    return found


@pytest.fixture
def quiet(caplog) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_every_address_is_walked(ground):
    bare = {name for name, arguments in addresses().items() if not asked(name, arguments, ground, "en")}
    assert {name for name in bare if not name.startswith(NOT_WALKED)} == set()
    assert set(ROWS) - set(addresses()) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stranger_finds_nothing(ground, quiet, language):
    client = Client(REMOTE_ADDR=canaries.ADDRESS)
    among = addresses() if language == "en" else [name for name in addresses() if is_page(name)]
    assert walk(client, ground, quiet, language, among) == []


def test_a_planner_finds_nothing(ground, quiet):
    client = Client(REMOTE_ADDR=canaries.ADDRESS)
    client.force_login(person("walker", "planner"))
    assert walk(client, ground, quiet, "en", addresses(), ON_PURPOSE | PLANNERS_READ) == []


def test_a_program_with_a_key_finds_nothing(ground, quiet):
    """By keys of each scope, wherever programs send one; and what each is answered when it sends a request."""
    among = [name for name in addresses() if not is_page(name) and not name.startswith((ADMIN, "account_", "mfa_"))]
    writer, reader = (ground.planted.keys[scope] for scope in (Scope.OPEN311_WRITE, Scope.READ_BULK))
    client = Client(REMOTE_ADDR=canaries.ADDRESS, headers={"Authorization": f"Bearer {reader}", "X-Api-Key": writer})
    assert walk(client, ground, quiet, "en", among) == []
    sent = {"service_code": "idea", "lat": "60.1851", "long": "24.81", "description": "Told by a program"}
    for secret, ending, status in ((writer, "json", 201), (writer, "xml", 200), (reader, "json", 403)):
        body = urlencode(sent | {"api_key": secret})
        response = client.post(f"/open311/v2/requests.{ending}", body, "application/x-www-form-urlencoded")
        assert response.status_code == status, response.content
        assert ground.planted.said_in(said(response) + quiet.text) == []


def is_page(name: str) -> bool:
    with translation.override("fi"):
        try:
            return reverse(name, args=[1] * len(addresses()[name])).startswith("/fi/")
        except NoReverseMatch:
            return False


def test_what_the_worker_and_the_commands_make_holds_nothing(ground, receiver, tmp_path):
    call_command("report_map", tmp_path / "report.html")
    call_command("report_atlas", tmp_path / "atlas")
    written = [path.read_text() for path in (tmp_path / "report.html", *(tmp_path / "atlas").iterdir())]
    assert canaries.SHOWN_TITLE in written[0] and len(written) > 3
    Webhook.objects.all().delete()
    webhook = registered(receiver)
    for proposal in Proposal.objects.all():
        event = Event.objects.create(
            proposal=proposal, verb=Verb.PUBLISHED, role=Role.MODERATOR, before=Publication.PENDING,
            after=Publication.PUBLISHED, at=NOON,
        )  # fmt: skip
        Outbox.objects.create(event=event)
    told(webhook)
    calls = [f"{headers}{body.decode()}" for headers, body in receiver.took]
    assert canaries.SHOWN_TITLE in calls[0]
    assert [word for text in (*written, *calls) for word in ground.planted.said_in(text)] == []
