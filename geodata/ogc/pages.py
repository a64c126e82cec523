"""The same documents for eyes: what the one template of `/ogc/` shows of each."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geodata.ogc.documents import HTML, Link
from geodata.ogc.items import Page as ItemPage
from geodata.ogc.published import Published


@dataclass(frozen=True)
class Page:
    """`links` go somewhere, `rows` are names with values, `entries` are links with a name each."""

    title: str
    words: str = ""
    links: list[Link] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    entries: list[tuple[str, str, str]] = field(default_factory=list)


def of_landing(made: dict[str, Any]) -> Page:
    return Page(made["title"], made["description"], links=made["links"])


def of_conformance(made: dict[str, Any]) -> Page:
    rows = [(address.rpartition("/")[2], address) for address in made["conformsTo"]]
    return Page(_("What this API conforms to"), links=made["links"], rows=rows)


def of_definition(made: dict[str, Any]) -> Page:
    rows = [(path, operations["get"]["summary"]) for path, operations in made["paths"].items()]
    server = made["servers"][0]["url"]
    return Page(_("Description of this API"), server, rows=rows)


def of_collections(made: dict[str, Any]) -> Page:
    entries = [(one["title"], _page_link(one["links"], "items"), one["description"]) for one in made["collections"]]
    return Page(_("Collections"), links=made["links"], entries=entries)


def of_collection(made: dict[str, Any]) -> Page:
    rows = [(_("Extent"), ", ".join(f"{c:g}" for c in made["extent"]["spatial"]["bbox"][0]))]
    rows += [(_("Reference system"), address) for address in made["crs"]]
    return Page(made["title"], made["description"], links=made["links"], rows=rows)


def of_queryables(made: dict[str, Any]) -> Page:
    rows = [
        (name, ": ".join(filter(None, (schema.get("description", schema["title"]), ", ".join(schema.get("enum", ()))))))
        for name, schema in made["properties"].items()
    ]
    return Page(_("What can be asked for"), made["title"], rows=rows)


def of_items(one: Published, page: ItemPage, links: list[Link]) -> Page:
    entries = []
    for feature in map(json.loads, page.features):
        name = str(feature["properties"].get(one.label) or feature["id"])
        entries.append((name, f"items/{feature['id']}?f=html", ""))
    words = ngettext("%(number)s item", "%(number)s items", page.matched) % {"number": page.matched}
    return Page(str(one.collection.title), words, links=links, entries=entries)


def of_item(one: Published, text: str, links: list[Link]) -> Page:
    feature = json.loads(text)
    rows = [(name, _said(value)) for name, value in feature["properties"].items() if value not in (None, "", [], {})]
    rows.append((_("Place"), json.dumps(feature["geometry"])[:500]))
    return Page(str(feature["properties"].get(one.label) or feature["id"]), str(one.collection.title), links, rows)


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _page_link(links: list[Link], rel: str) -> str:
    return next(link["href"] for link in links if link["rel"] == rel and link["type"] == HTML)
