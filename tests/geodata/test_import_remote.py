"""Layers of other servers: only hosts that are named, only their own pages, within limits; then read as any file is."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from geodata.imports import remote
from geodata.imports.reasons import SourceRefused
from geodata.imports.remote import download, name_of
from layers.models import Dataset, ReferenceFeature
from tests.geodata import source_files as files

TOWN = {"type": "Point", "coordinates": [24.81, 60.185]}
JSON = "application/geo+json"
Answer = tuple[int, dict[str, str], bytes]


class Service:
    """A server on this machine; `answer(path, query)` says what it gives, `asked` what it was asked."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.asked: list[str] = []
        self.answer: Callable[[str, dict[str, str]], Answer] = lambda path, query: (404, {}, b"")

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


@contextmanager
def serving() -> Iterator[Service]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked.append(self.path)
            parts = urlsplit(self.path)
            status, headers, body = service.answer(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()})
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    service = Service(server.server_address[1])
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def service(settings) -> Iterator[Service]:
    with serving() as running:
        settings.IMPORT_HOSTS = settings.FETCH_INNER_HOSTS = [running.host]
        yield running


@pytest.fixture
def elsewhere(settings) -> Iterator[Service]:
    """One that stands inside too, and that imports may not ask."""
    with serving() as running:
        settings.FETCH_INNER_HOSTS = [*settings.FETCH_INNER_HOSTS, running.host]
        yield running


def page(*ids: object, **members: object) -> Answer:
    features = [files.feature(TOWN, code=..., kind="bench") | {"id": one} for one in ids]
    return (
        200,
        {"Content-Type": JSON},
        json.dumps({"type": "FeatureCollection", "features": features} | members).encode(),
    )


def next_link(href: str) -> list[dict[str, str]]:
    return [{"rel": "self", "href": "x"}, {"rel": "next", "href": href}]


def gml(*names: str, matched: int) -> Answer:
    members = "".join(
        f'<wfs:member><t:bench xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="http://127.0.0.1:1/x" gml:id="b.{name}">'
        f'<t:code>{name}</t:code><t:geom><gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>60.185 24.81</gml:pos></gml:Point>'
        "</t:geom></t:bench></wfs:member>"
        for name in names
    )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:t="urn:t"'
        f' xmlns:gml="http://www.opengis.net/gml/3.2" numberMatched="{matched}">'
    )
    return 200, {"Content-Type": "text/xml"}, f"{head}{members}</wfs:FeatureCollection>".encode()


EXCEPTION = b'<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"><ows:ExceptionText>no such layer</ows:ExceptionText></ows:ExceptionReport>'
ITEMS, WFS = "/collections/benches", "/wfs?service=WFS&typeNames=t:bench"


def refusal(service: Service, path: str) -> str:
    with pytest.raises(SourceRefused) as refused:
        download(service.url(path))
    return str(refused.value)


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ITEMS, WFS, "/a.geojson"])
def test_host_that_is_not_on_the_list_is_not_asked(service, elsewhere, settings, path):
    assert refusal(elsewhere, path)
    settings.IMPORT_HOSTS = []
    assert refusal(service, path)
    with pytest.raises(SourceRefused, match="is not one of the hosts that may be asked"):
        download(f"https://{service.host}{path}")
    assert service.asked == elsewhere.asked == []


@pytest.mark.parametrize("path", [ITEMS, WFS, "/a.geojson"])
def test_redirect_to_another_host_is_not_followed(service, elsewhere, path):
    service.answer = lambda path, query: (302, {"Location": elsewhere.url("/inner")}, b"")
    assert refusal(service, path)
    assert len(service.asked) == 1 and elsewhere.asked == []


def test_next_page_at_another_host_is_not_asked_even_one_on_the_list(service, elsewhere, settings):
    settings.IMPORT_HOSTS = [service.host, elsewhere.host]
    service.answer = lambda path, query: page(1, links=next_link(elsewhere.url(ITEMS)))
    assert "next page is at another host" in refusal(service, ITEMS)
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("path", "answer", "told"),
    [
        (ITEMS, lambda p, q: page(1, links=next_link("?again")), "the same page again"),
        (ITEMS, lambda p, q: page(links=next_link("?more")), "the same page again"),
        (ITEMS, lambda p, q: page(int(q.get("n", 0)), links=next_link(f"?n={int(q.get('n', 0)) + 1}")), "more than 5 pages"),
        (WFS, lambda p, q: page(*range(2), numberMatched=9), "the same page again"),
        (WFS, lambda p, q: page(q["startIndex"], numberMatched=10**9), "more than 5 pages"),
        (WFS, lambda p, q: page(*(range(2) if q["startIndex"] == "0" else ()), numberMatched=9), "there are 9 features, and gives 2"),
        (WFS, lambda p, q: gml("a", "b", matched=9), "the same page again"),
    ],
)  # fmt: skip
def test_pages_without_end_are_refused(service, monkeypatch, path, answer, told):
    monkeypatch.setattr(remote, "PAGES_MAX", 5)
    monkeypatch.setattr(remote, "PAGE_ROWS", 2)
    service.answer = answer
    assert told in refusal(service, path)
    assert len(service.asked) <= 6


@pytest.mark.parametrize("path", [ITEMS, WFS, "/a.geojson"])
def test_body_that_is_too_large_is_refused(service, settings, path):
    settings.IMPORT_MAX_BYTES = 1_000
    service.answer = lambda path, query: page(*range(50))
    assert "larger than 1,000 bytes" in refusal(service, path)
    service.answer = lambda path, query: page(query.get("n", 0), links=next_link(f"?n={len(service.asked)}"))
    assert path != ITEMS or "larger than" in refusal(service, path)


@pytest.mark.parametrize(
    ("path", "answer", "told"),
    [
        (ITEMS, (200, {"Content-Type": "text/html"}, b"<h1>Sign in</h1>"), "no features in GeoJSON"),
        (
            ITEMS,
            (200, {"Content-Type": JSON}, b'{"type": "FeatureCollection", "features": [1]}'),
            "no features in GeoJSON",
        ),
        (ITEMS, (401, {}, b""), "It answers 401"),
        (f"{ITEMS}/items?crs=EPSG:3067", page(1), "without crs"),
        (WFS, (200, {"Content-Type": "text/html"}, b"<h1>Sign in</h1>"), "neither GeoJSON nor GML"),
        (WFS, (400, {"Content-Type": "text/xml"}, EXCEPTION), "no such layer"),
        (WFS, (200, {"Content-Type": "text/xml"}, b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "document type"),
        ("/wfs?service=WFS", page(1), "Name the layer"),
        ("/page", (200, {"Content-Type": "text/html"}, b"<h1>"), "(text/html) is no geodata"),
        ("/a.gml", gml("a", matched=1), "no geodata"),
    ],
)
def test_answer_that_is_no_geodata_is_refused(service, path, answer, told):
    service.answer = lambda path, query: answer
    assert told in refusal(service, path)


@pytest.mark.django_db
@pytest.mark.usefixtures("ground")
def test_command_tells_a_refusal_and_writes_nothing(service):
    service.answer = lambda path, query: (200, {}, b"<html>")
    for path in (ITEMS, "/a.geojson"):
        with pytest.raises(CommandError, match="Nothing was written"):
            call_command("import_dataset", service.url(path), "--into", "reference")
    assert not Dataset.objects.by_slug("benches")


# --- and taken in -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("toytown")
def test_collection_comes_page_by_page_with_its_ids(service, capsys):
    service.answer = lambda path, query: (
        page(3) if query.get("offset") else page(1, 2, links=next_link(service.url(f"{path}?offset=2")))
    )
    for _ in range(2):
        call_command("import_dataset", service.url(f"{ITEMS}?kind=bench"), "--into", "reference", "--fields", "kind")
    assert service.asked[:2] == [f"{ITEMS}/items?limit=1000&kind=bench", f"{ITEMS}/items?offset=2"]
    assert set(ReferenceFeature.objects.values_list("source_id", flat=True)) == {"1", "2", "3"}
    assert Dataset.objects.by_slug("benches").source == service.url(f"{ITEMS}?kind=bench")
    assert "0 added, 0 updated, 3 unchanged" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.usefixtures("toytown")
@pytest.mark.parametrize("form", ["json", "gml", "gml only"])
def test_wfs_comes_page_by_page_as_geojson_or_gml(service, monkeypatch, form):
    monkeypatch.setattr(remote, "PAGE_ROWS", 2)

    def answer(path: str, query: dict[str, str]) -> Answer:
        if form == "gml only" and "outputFormat" in query:
            return 400, {"Content-Type": "text/xml"}, EXCEPTION
        names = [f"{n}" for n in range(3)][int(query["startIndex"]) :][: int(query["count"])]
        return gml(*names, matched=3) if form != "json" else page(*names, numberMatched=3)

    service.answer = answer
    call_command("import_dataset", service.url(f"{WFS}&srsName=EPSG:4326"), "--into", "reference")
    assert all("srsName=EPSG%3A4326" in asked and "request=GetFeature" in asked for asked in service.asked)
    found = ReferenceFeature.objects.all()
    assert {one.source_id for one in found} == {"0", "1", "2"}
    assert {one.shape.coords for one in found} == {(24.81, 60.185)}


def test_ids_that_a_service_makes_anew_are_no_ids(service):
    service.answer = lambda path, query: page("bench.fid-1a_2b-3c", "bench.7", True)
    ids = [one["properties"].get("id") for one in json.loads(download(service.url(ITEMS)).content)["features"]]
    assert ids == [None, "bench.7", None]
    assert name_of("https://a.example.org/collections/benches/items") == "benches"
