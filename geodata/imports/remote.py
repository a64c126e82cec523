"""A file or a layer at another server, as one file: WFS 2.0, OGC API Features, or the file that an address is of.

Only hosts that the installation names are asked, by layers/fetching.py; GDAL never sees an address. Pages are put together
into one file, within limits of size, number and time, and then read as any other file is.
"""

import hashlib
import json
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from geodata.imports import gml
from geodata.imports.reasons import SourceRefused
from geodata.imports.source import DRIVERS, ZIP
from layers.fetching import NO_ADDRESS, Fetched, FetchFailed, fetch
from layers.ogc_features import (
    COLLECTION_PATH,
    PAGE_ROWS,
    SAME_PAGE,
    Limits,
    answers,
    fetch_collection,
    too_many_pages,
    with_id,
)
from layers.reasons import Reason, shown

PAGES_MAX = 2_000
FEATURES_MAX = PAGES_MAX * PAGE_ROWS
ANSWER_TIMEOUT_S = 60.0
FETCHING_MAX_S = 600.0  # all pages together
NAME_MAX = 200  # characters
OUR_WFS_PARAMETERS = {"service", "version", "request", "outputformat", "count", "startindex"}
TYPES = {
    "application/geo+json": ".geojson",
    "application/vnd.geo+json": ".geojson",
    "application/json": ".geojson",
    "application/geopackage+sqlite3": ".gpkg",
    "application/zip": ".zip",
    "text/csv": ".csv",
}


@dataclass(frozen=True)
class Download:
    suffix: str
    content: bytes


@dataclass
class Collected:
    """The features of several answers, within the limits of all together."""

    begun: float = field(default_factory=time.monotonic)
    features: list[bytes] = field(default_factory=list)
    crs: object = None
    size: int = 0
    pages: int = 0
    digests: set[bytes] = field(default_factory=set)

    def count(self, answer: Fetched) -> None:
        """Raises SourceRefused when it is too much, or the same as before."""
        self.pages += 1
        self.size += len(answer.body)
        if self.size > settings.IMPORT_MAX_BYTES:
            words = _("Its pages together are larger than %(number)s bytes.")
            raise SourceRefused(Reason(words, {"number": settings.IMPORT_MAX_BYTES}))
        if self.pages > PAGES_MAX or time.monotonic() - self.begun > FETCHING_MAX_S:
            raise SourceRefused(too_many_pages(PAGES_MAX, FETCHING_MAX_S))

    def add(self, page: dict) -> int:
        """Adds the features of a FeatureCollection; returns how many."""
        rows = [with_id(feature) for feature in page["features"]]
        if self.pages == 1:
            self.crs = page.get("crs")
        elif page.get("crs") != self.crs:
            raise SourceRefused(Reason(_("Its pages are in different coordinate systems.")))
        texts = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
        self.check_is_new(b"\n".join(texts))
        self.features += texts
        return len(texts)

    def check_is_new(self, content: bytes) -> None:
        digest = hashlib.sha256(content).digest()
        if content and digest in self.digests:
            raise SourceRefused(SAME_PAGE)
        self.digests.add(digest)

    def file(self) -> Download:
        head = b'{"type": "FeatureCollection", '
        crs = b'"crs": %s, ' % json.dumps(self.crs).encode() if self.crs else b""
        return Download(".geojson", head + crs + b'"features": [\n' + b",\n".join(self.features) + b"\n]}")


def is_address(text: str) -> bool:
    return text.lower().startswith(("https://", "http://"))


def name_of(url: str) -> str:
    """What people call it: the collection, the layer, or the file."""
    parts = urlsplit(url)
    match = COLLECTION_PATH.fullmatch(parts.path)
    name = (
        PurePosixPath(match["collection"]).name
        if match
        else _parameters(parts).get("typenames") or PurePosixPath(parts.path).name
    )
    return (name or str(parts.hostname))[:NAME_MAX]


def download(url: str) -> Download:
    """All that is at the address. Raises SourceRefused for a host that is not named, and an answer that is no geodata."""
    try:
        parts = urlsplit(url)
        if COLLECTION_PATH.fullmatch(parts.path):
            return _collection(url)
        asked = _parameters(parts)
        if asked.get("service", "").lower() == "wfs" or asked.get("typenames"):
            return _wfs(parts, asked)
        return _file(url)
    except (FetchFailed, SourceRefused) as refusal:
        raise SourceRefused(refusal.reason, name=url[:200]) from refusal
    except ValueError as error:
        raise SourceRefused(NO_ADDRESS, name=url[:200]) from error


def _ask(url: str, accept: str = "*/*", also: Collection[int] = ()) -> Fetched:
    """The answer, of a status that is 200 or one of `also`."""
    answer = fetch(
        url,
        settings.IMPORT_HOSTS,
        settings.IMPORT_MAX_BYTES,
        ANSWER_TIMEOUT_S,
        headers={"Accept": accept},
        inner_hosts=_inner_hosts(),
    )
    if answer.status not in (200, *also):
        raise SourceRefused(answers(answer.status))
    return answer


def _inner_hosts() -> set[str]:
    return set(settings.IMPORT_HOSTS) & set(settings.FETCH_INNER_HOSTS)


def _file(url: str) -> Download:
    answer = _ask(url)
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    if suffix not in {*DRIVERS, ZIP, ".csv"}:
        suffix = TYPES.get(answer.content_type, "")
    if not suffix:
        words = _("Its answer (%(type)s) is no geodata that is read here.")
        raise SourceRefused(Reason(words, {"type": shown(answer.content_type) or "–"}))
    return Download(suffix, answer.body)


# --- OGC API Features -------------------------------------------------------------------------------------------------


def _collection(url: str) -> Download:
    """Items page by page: by the `next` link, which must stay on the host."""
    limits = Limits(PAGES_MAX, FEATURES_MAX, settings.IMPORT_MAX_BYTES, FETCHING_MAX_S)
    with TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / "items.geojson"
        fetch_collection(url, path, settings.IMPORT_HOSTS, inner_hosts=_inner_hosts(), limits=limits)
        return Download(".geojson", path.read_bytes())


# --- WFS 2.0 ----------------------------------------------------------------------------------------------------------


def _page(answer: Fetched) -> dict:
    """A FeatureCollection. Raises SourceRefused for anything else."""
    try:
        page = json.loads(answer.body)
    except (ValueError, RecursionError):
        page = None
    features = page.get("features") if isinstance(page, dict) else None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        words = _("Its answer (%(type)s) holds no features in GeoJSON. Is it the right address?")
        raise SourceRefused(Reason(words, {"type": shown(answer.content_type) or "–"}))
    return page


def _wfs(parts: SplitResult, asked: dict[str, str]) -> Download:
    """GetFeature page by page, as GeoJSON, or as GML where the service has no GeoJSON."""
    if not asked.get("typenames"):
        raise SourceRefused(Reason(_("Name the layer of the service in the address: …?service=WFS&typeNames=NAME")))
    collected = Collected()
    output, taken, members = "application/json", 0, []
    while True:
        answer = _ask(_wfs_address(parts, output, taken), also=(400,))
        collected.count(answer)
        try:
            number, matched = _take(answer, collected, members)
        except gml.ServiceSaysNo:
            if taken or not output:
                raise
            output = ""  # it may have no GeoJSON: what it gives by itself is GML
            continue
        taken += number
        if number == 0 or (taken >= matched if matched is not None else number < PAGE_ROWS):
            break
    if matched is not None and taken != matched:
        words = _("It says that there are %(matched)s features, and gives %(taken)s.")
        raise SourceRefused(Reason(words, {"matched": matched, "taken": taken}))
    return Download(".wfs", gml.joined(members)) if members else collected.file()


def _take(answer: Fetched, collected: Collected, members: list[bytes]) -> tuple[int, int | None]:
    """(features of this page, features in all where the service tells)."""
    if not gml.looks_like_xml(answer.body):
        page = _page(answer)
        matched = page.get("numberMatched", page.get("totalFeatures"))
        return collected.add(page), matched if isinstance(matched, int) else None
    found = gml.read_page(answer.body)
    collected.check_is_new(b"\n".join(found.members))
    members += found.members
    return len(found.members), found.matched


def _wfs_address(parts: SplitResult, output: str, start: int) -> str:
    """The address of a page: what was asked for besides (srsName, CQL filters, sortBy) is kept."""
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() not in OUR_WFS_PARAMETERS]
    ours = {"service": "WFS", "version": "2.0.0", "request": "GetFeature", "count": PAGE_ROWS, "startIndex": start}
    if output:
        ours["outputFormat"] = output
    return urlunsplit(parts._replace(query=urlencode([*ours.items(), *kept])))


def _parameters(parts: SplitResult) -> dict[str, str]:
    """By their names in small letters, as WFS has them; `typename` of version 1 is `typenames`."""
    asked = {name.lower(): value for name, value in parse_qsl(parts.query)}
    return asked | ({"typenames": asked["typename"]} if "typename" in asked else {})
