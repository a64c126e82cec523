"""A collection of another server's OGC API Features as one GeoJSON file: page by page, on one host, within limits."""

import json
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from django.utils.translation import gettext_noop as _

from layers.fetching import FetchFailed, FetchRefused, fetch
from layers.geometry import BoundingBox
from layers.reasons import Reason, shown

COLLECTION_PATH = re.compile(r"(?P<collection>.*/collections/[^/]+)(/items)?/?")
ACCEPTED = "application/geo+json, application/json;q=0.9"
NOT_LASTING = re.compile(r"(.*\.)?fid-[0-9a-f_-]+")  # ids that GeoServer makes anew for each answer
PAGE_ROWS = 1_000
SAME_PAGE = Reason(_("It gives the same page again and again."))
LATER = (408, 425, 429)  # and all of 500: another time the same may work


@dataclass(frozen=True)
class Limits:
    """Of all pages together."""

    pages: int = 100
    features: int = 50_000
    size: int = 64 * 1024**2  # bytes
    seconds: float = 300.0


USUAL_LIMITS = Limits()


def items_address(url: str) -> str | None:
    """The address of the items of a collection, from its own or from theirs, its filters kept; None for anything else.

    `crs` is none of them: longitude and latitude are what is read.
    """
    parts = urlsplit(url)
    match = COLLECTION_PATH.fullmatch(parts.path)
    query = dict(parse_qsl(parts.query))
    if match is None or query.keys() & {"crs", "f", "limit"} or parts.fragment:
        return None
    return urlunsplit(parts._replace(path=f"{match['collection']}/items", query=urlencode(query)))


def fetch_collection(
    url: str,
    path: Path,
    hosts: Collection[str],
    *,
    box: BoundingBox | None = None,
    inner_hosts: Collection[str] = (),
    limits: Limits = USUAL_LIMITS,
) -> Path:
    """Writes the features of the collection at `url`, those of `box` alone, to `path`; returns it.

    A feature's id goes among its properties too, where GeoJSON's readers keep it. `hosts` and `inner_hosts` are those of
    `fetch`. Raises FetchRefused for an answer that is not taken, FetchFailed for one that may come another time.
    """
    begun, size, number, seen = time.monotonic(), 0, 0, set()
    following = _first_page(url, box)
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        while following:
            left = limits.seconds - (time.monotonic() - begun)
            if len(seen) == limits.pages or left <= 0:
                raise FetchRefused(too_many_pages(limits.pages, limits.seconds))
            seen.add(following)
            page, read = _page(following, hosts, inner_hosts, limits.size - size, left)
            size += read
            for feature in page["features"]:
                file.write(",\n" if number else "\n")
                file.write(json.dumps(with_id(feature), ensure_ascii=False))
                number += 1
                if number > limits.features:
                    words = _("It has more than %(number)s features.")
                    raise FetchRefused(Reason(words, {"number": limits.features}))
            following = _next(page, following, seen)
        if not number:
            raise FetchRefused(Reason(_("It has no features here.")))
        file.write("\n]}")
    return path


def _first_page(url: str, box: BoundingBox | None) -> str:
    address = items_address(url)
    if address is None:
        # The words of layers/models/neighbour.py, where an address is typed.
        words = _("Give the address of a collection, .../collections/NAME, without crs, f and limit.")
        raise FetchRefused(Reason(words))
    parts = urlsplit(address)
    query = {"limit": str(PAGE_ROWS)} | dict(parse_qsl(parts.query))
    if box and "bbox" not in query:
        query["bbox"] = f"{box.west},{box.south},{box.east},{box.north}"
    return urlunsplit(parts._replace(query=urlencode(query, safe=",")))


def _page(
    url: str, hosts: Collection[str], inner_hosts: Collection[str], bytes_left: int, seconds_left: float
) -> tuple[dict[str, Any], int]:
    """A page and its size in bytes."""
    answer = fetch(url, hosts, bytes_left, seconds_left, headers={"Accept": ACCEPTED}, inner_hosts=inner_hosts)
    if answer.status in LATER or answer.status >= 500:
        raise FetchFailed(answers(answer.status))
    if answer.status != 200:
        raise FetchRefused(answers(answer.status))
    try:
        page = json.loads(answer.body)
    except (ValueError, RecursionError):
        page = None
    features = page.get("features") if isinstance(page, dict) else None
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        words = _("Its answer (%(type)s) holds no features in GeoJSON. Is it the right address?")
        raise FetchRefused(Reason(words, {"type": shown(answer.content_type) or "–"}))
    if "crs" in page:
        raise FetchRefused(Reason(_("Its coordinates are in another system than longitude and latitude.")))
    return page, len(answer.body)


def answers(status: int) -> Reason:
    return Reason(_("It answers %(status)s."), {"status": str(status)})


def too_many_pages(number: int, seconds: float) -> Reason:
    words = _("It has more than %(number)s pages, or takes longer than %(seconds)s s.")
    return Reason(words, {"number": number, "seconds": f"{seconds:.0f}"})


def with_id(feature: dict[str, Any]) -> dict[str, Any]:
    """The feature with its id among its properties too: GDAL would lose a number there. Ids that do not last are no ids."""
    own, properties = feature.get("id"), feature.get("properties")
    properties = dict(properties) if isinstance(properties, dict) else {}
    lasts = isinstance(own, str | int) and not isinstance(own, bool) and not NOT_LASTING.fullmatch(str(own))
    if lasts and "id" not in {name.lower() for name in properties}:
        properties = {"id": own} | properties
    return {"type": "Feature", "properties": properties, "geometry": feature.get("geometry")}


def _next(page: dict[str, Any], url: str, seen: set[str]) -> str | None:
    """The page that follows; None after the last. Raises FetchRefused for one at another host, or that was read already."""
    links = page.get("links")
    for link in links if isinstance(links, list) else ():
        if not isinstance(link, dict) or link.get("rel") != "next" or not isinstance(link.get("href"), str):
            continue
        following = urljoin(url, link["href"])
        here, there = urlsplit(url), urlsplit(following)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            words = _("Its next page is at another host, %(host)s.")
            raise FetchRefused(Reason(words, {"host": shown(there.netloc)}))
        if following in seen:
            raise FetchRefused(SAME_PAGE)
        return following
    return None
