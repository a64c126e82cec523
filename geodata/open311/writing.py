"""One document, two ways to write it: JSON, and XML by the standard library. XML that others send is never read here."""

import json
from typing import Any
from xml.etree import ElementTree  # writes only

from django.utils.translation import gettext as _

from geodata.feeds import NOT_IN_XML

MEDIA_TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}  # GeoReport v2, formats
# The element that one entry of a list is in XML.
ENTRY = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
    "history": "change",
    "media_urls": "media_url",
}


class Refused(Exception):
    """What Open311 answers in place of what was asked: one or more (code, words); the first code is the HTTP status."""

    def __init__(self, *errors: tuple[int, str], retry_after_s: int | None = None) -> None:
        super().__init__(errors)
        self.errors = errors
        self.retry_after_s = retry_after_s

    @property
    def document(self) -> list[dict[str, Any]]:
        return [{"code": code, "description": words} for code, words in self.errors]


def unknown_format() -> str:
    return _("There is no such format. Choose from: json, xml.")


def written(root: str, content: Any, media: str) -> bytes:
    """`content` (dicts, lists, texts, numbers, booleans, None) as `media` ("json" or "xml"); `root` names it in XML."""
    if media == "json":
        return json.dumps(content, ensure_ascii=False).encode()
    element = _element(root, content)
    return ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)


def _element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, inner) for key, inner in value.items())
    elif isinstance(value, list):
        element.extend(_element(ENTRY[name], entry) for entry in value)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = NOT_IN_XML.sub("\ufffd", str(value))
    return element
