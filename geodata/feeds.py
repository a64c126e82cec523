"""The newest proposals of any filter as Atom (RFC 4287)."""

import datetime
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from geodata.collections import proposals
from geodata.expressions import coordinate
from layers.geometry import WGS84
from proposals.models.proposal import ProposalQuerySet

ENTRIES_MAX = 50
SAID = ("id", "url", "title", "body", "language", "kind", "category", "status", "place", "published", "updated")
GEORSS = "http://www.georss.org/georss"
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, section 2.2
TAG_YEAR = 2026  # of a tag URI: a year in which the name was ours; an entry's id must never change


class ProposalFeed(Atom1Feed):
    """Atom whose entries carry their text as text, not as HTML, the place in words, and a GeoRSS point."""

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xmlns:georss": GEORSS}

    def latest_post_date(self) -> datetime.datetime:
        """When the feed last changed; of an empty one the beginning of the day, so that its ETag holds."""
        if self.items:
            return super().latest_post_date()
        return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["place"]:
            handler.addQuickElement("summary", item["place"], {"type": "text"})
        handler.addQuickElement("content", item["text"], {"type": "text", **item["text_language"]})
        handler.addQuickElement("georss:point", item["point"])


def tag(path: str) -> str:
    """A tag URI (RFC 4151) of this service."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{TAG_YEAR}:{path}"


def proposal_feed(queryset: ProposalQuerySet, *, language: str, query: str) -> str:
    """The newest of `queryset` as a feed in `language`; `query` is the filter that chose them. One query."""
    behind = f"?{query}" if query else ""
    feed = ProposalFeed(
        title=_("%(service)s: newest proposals") % {"service": settings.CITY.product_name},
        link=f"{settings.SITE_URL}/{language}/{behind}",
        description=None,
        language=language,
        author_name=settings.CITY.product_name,
        feed_url=f"{settings.SITE_URL}{reverse('proposals_feed')}?lang={language}{'&' if query else ''}{query}",
        feed_guid=tag(f"proposals{behind}"),
        feed_copyright="CC BY 4.0",
    )
    place = {"lat": coordinate("pin", "Y", WGS84), "lon": coordinate("pin", "X", WGS84)}
    for row in proposals().rows(queryset.newest_first(), language, SAID, **place)[:ENTRIES_MAX]:
        _add(feed, row)
    return feed.writeString("utf-8")


def _add(feed: ProposalFeed, row: dict[str, Any]) -> None:
    said = {name: row[f"p_{name}"] for name in SAID}
    known = said["language"] in settings.CITY.languages
    feed.add_item(
        title=_xml(said["title"]),
        link=said["url"],
        description=None,
        author_name=_("A resident, not named"),
        unique_id=tag(f"proposals/{said['id']}"),
        pubdate=datetime.datetime.fromisoformat(said["published"]),
        updateddate=datetime.datetime.fromisoformat(said["updated"]),
        categories=[said["kind"], said["category"], said["status"]],
        place=_xml(said["place"] or ""),
        text=_xml(said["body"]),
        text_language={"xml:lang": said["language"]} if known else {},
        point=f"{row['lat']} {row['lon']}",  # GeoRSS: latitude first
    )


def _xml(text: str) -> str:
    """`text` with a mark for each character that XML cannot hold."""
    return NOT_IN_XML.sub("\ufffd", text)
