"""Answers of a WFS in GML put together into one document, without a DTD, a link or a schema that a reader might follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from django.utils.translation import gettext_noop as _

from geodata.imports.reasons import SourceRefused
from layers.reasons import Reason, shown

WFS = "http://www.opengis.net/wfs/2.0"
GML = "http://www.opengis.net/gml/3.2"
NEITHER = Reason(_("Its answer is neither GeoJSON nor GML. Is it the right address?"))
MEMBERS = ("member", "featureMember", "featureMembers")
# Attributes of these lead elsewhere.
LEADING_AWAY = ("{http://www.w3.org/1999/xlink}", "{http://www.w3.org/2001/XMLSchema-instance}")


class ServiceSaysNo(SourceRefused):
    """The service answered with an exception of its own."""


@dataclass(frozen=True)
class GmlPage:
    """`matched` is how many features there are in all, where the service tells."""

    members: tuple[bytes, ...]
    matched: int | None


def looks_like_xml(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_page(content: bytes) -> GmlPage:
    """The features of one answer, each as XML of its own. Raises ServiceSaysNo, and SourceRefused for what is no WFS answer."""
    try:
        text = content.decode("utf-8-sig")
        if "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
            raise SourceRefused(Reason(_("Its answer holds a document type, which is not read.")))
        root = ElementTree.fromstring(text)  # noqa: S314 (without a DTD there are no entities to blow up)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise SourceRefused(NEITHER) from error
    if _local(root) in ("ExceptionReport", "ServiceExceptionReport"):
        said = shown(" ".join(" ".join(root.itertext()).split()), 300)
        raise ServiceSaysNo(Reason(_("The service refuses: %(detail)s"), {"detail": said}))
    if _local(root) != "FeatureCollection":
        raise SourceRefused(NEITHER)
    found = [feature for child in root if _local(child) in MEMBERS for feature in child]
    matched = root.get("numberMatched", "")
    return GmlPage(tuple(_plain(feature) for feature in found), int(matched) if matched.isdecimal() else None)


def joined(members: Sequence[bytes]) -> bytes:
    """One WFS 2.0 FeatureCollection of all features."""
    inner = b"\n".join(b"<wfs:member>%s</wfs:member>" % member for member in members)
    head = f'<wfs:FeatureCollection xmlns:wfs="{WFS}" xmlns:gml="{GML}">'
    return head.encode() + b"\n" + inner + b"\n</wfs:FeatureCollection>\n"


def _plain(feature: ElementTree.Element) -> bytes:
    for element in feature.iter():
        for name in [name for name in element.attrib if name.startswith(LEADING_AWAY)]:
            del element.attrib[name]
    return ElementTree.tostring(feature)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
