"""A layer definition for QGIS (.qlr): every published set as live layers, named, coloured and credited, by one drag.

QGIS gives a layer one type of geometry, that of the first features it reads, and draws no other. So a set of several types
has, beside its own layer, one for its lines and one for its areas, which GDAL reads from the same door.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from pyproj import CRS

from geodata.collections import REFERENCE
from geodata.exports import terms_of
from geodata.feeds import NOT_IN_XML
from geodata.ogc import qgis_style as style
from geodata.ogc.published import Published, published
from geodata.tiles import SHAPES, ZOOM_MAX
from geodata.vector_files import Dimension
from layers.geometry import WEB_MERCATOR, WGS84
from layers.models import LayerStyle, ReferenceFeature, ReferenceLayer

DOCTYPE = b"<!DOCTYPE qgis-layer-definition>\n"
SHOWN = ("proposals", "areas")  # the others are fetched when they are switched on
DIMENSIONS = (style.POINT, style.LINE, style.POLYGON)  # by their dimension, and from above to below


@dataclass(frozen=True)
class Layer:
    """One layer as QGIS lists it."""

    id: str
    name: str
    source: str
    provider: str
    type: str
    srid: int
    credit: str
    look: Element
    geometry: str = ""
    is_shown: bool = False


def layer_definition() -> bytes:
    """The document, in the active language. Three queries, one of which looks at every feature of the reference layers."""
    sets, looks, types = list(published().values()), _looks(), _types()
    drawn = [layer for one in sets for layer in _features(one, looks.get(one.id, style.Look()), types)]
    drawn.sort(key=lambda layer: DIMENSIONS.index(layer.geometry))
    tiles = [_tiles(one, looks.get(one.id, style.Look())) for one in sets]
    root = Element("qlr")
    tree = SubElement(root, "layer-tree-group", name="", checked="Qt::Checked", expanded="1")
    whole = _group(tree, f"{settings.CITY.product_name}, {settings.CITY.name}", is_shown=True)
    for layer in drawn:
        _entry(whole, layer)
    of_tiles = _group(whole, _("Vector tiles: quick to draw, for looking only"), is_shown=False)
    for layer in tiles:
        _entry(of_tiles, layer)
    listed = SubElement(root, "maplayers")
    listed.extend(_layer(layer) for layer in (*drawn, *tiles))
    return DOCTYPE + tostring(root, encoding="utf-8")


def _looks() -> dict[str, style.Look]:
    of_layers = ReferenceLayer.objects.values_list("slug", "style")
    return style.SETS | {f"{REFERENCE}{slug}": style.Look(style.LAYERS[LayerStyle(word)]) for slug, word in of_layers}


def _types() -> dict[str, list[str]]:
    """The geometries that each reference layer holds, by the id of its set."""
    found = ReferenceFeature.objects.order_by().values_list("layer__slug", Dimension("shape")).distinct()
    types: dict[str, list[str]] = {}
    for slug, dimension in sorted(found):
        types.setdefault(f"{REFERENCE}{slug}", []).append(DIMENSIONS[dimension])
    return types


def _features(one: Published, look: style.Look, types: dict[str, list[str]]) -> Iterator[Layer]:
    """The set by the provider that QGIS has for this door, then, of a set of several types, its lines and its areas."""
    door = settings.SITE_URL + reverse("ogc_landing")
    credit, is_shown, title = _credit(one), one.id in SHOWN, _text(one.collection.title)
    source = f"restrictToRequestBBOX='1' srsname='EPSG:{WGS84}' typename='{one.id}' url='{door}'"
    held = types.get(one.id) or _declared(one)
    first = held[0] if len(held) == 1 else style.POINT
    yield Layer(
        one.id, title, source, "OAPIF", "vector", WGS84, credit, style.renderer(look, first), first, is_shown
    )  # fmt: skip
    for geometry, type, name in (
        (style.LINE, "LineString", _("%(set)s: lines")),
        (style.POLYGON, "Polygon", _("%(set)s: areas")),
    ):
        if geometry == first or geometry not in held:
            continue
        source = f"OAPIF:{door}|layername={one.id}|geometrytype={type}"
        yield Layer(
            f"{one.id}-{geometry.lower()}", name % {"set": title}, source, "ogr", "vector", WGS84, credit,
            style.renderer(look, geometry), geometry, is_shown,
        )  # fmt: skip


def _tiles(one: Published, look: style.Look) -> Layer:
    address = f"{settings.SITE_URL}/tiles/{one.id}/{{z}}/{{x}}/{{y}}.pbf"
    source = f"type=xyz&url={quote(address, safe=':/')}&zmax={ZOOM_MAX}&zmin=0"
    title = _text(one.collection.title)
    drawn = [(one.id, title, look)]
    if one.counted:  # from afar marks stand for several and have no stage
        drawn = [(one.id, title, style.Look()), *drawn, (SHAPES, title, look)]
    return Layer(
        f"{one.id}-tiles", title, source, "vectortile", "vector-tile", WEB_MERCATOR, _credit(one),
        style.tile_renderer(drawn),
    )  # fmt: skip


def _declared(one: Published) -> tuple[str, ...]:
    """What the geometries of a set may be, as its model declares the column: a point, an area, or anything."""
    model = one.collection.queryset().model
    *way, name = one.collection.geometry.split("__")
    for step in way:
        model = model._meta.get_field(step).related_model
    declared = model._meta.get_field(name).geom_type
    return {"POINT": (style.POINT,), "MULTIPOLYGON": (style.POLYGON,)}.get(declared, DIMENSIONS)


@cache
def _well_known_text(srid: int) -> str:
    return CRS.from_epsg(srid).to_wkt()


def _credit(one: Published) -> str:
    terms = terms_of(one.collection)
    return _text(", ".join(filter(None, (terms["attribution"], terms["license"]))))


def _text(value: object) -> str:
    return NOT_IN_XML.sub("\ufffd", str(value))


def _group(parent: Element, name: str, *, is_shown: bool) -> Element:
    return SubElement(
        parent, "layer-tree-group", name=_text(name), checked=_checked(is_shown), expanded=str(int(is_shown))
    )


def _entry(parent: Element, layer: Layer) -> None:
    SubElement(
        parent, "layer-tree-layer", id=layer.id, name=layer.name, source=layer.source, providerKey=layer.provider,
        checked=_checked(layer.is_shown), expanded="0",
    )  # fmt: skip


def _checked(is_so: bool) -> str:
    return "Qt::Checked" if is_so else "Qt::Unchecked"


def _layer(layer: Layer) -> Element:
    made = Element("maplayer", type=layer.type)
    if layer.geometry:
        made.set("geometry", layer.geometry)
    for name, text in (("id", layer.id), ("datasource", layer.source), ("layername", layer.name)):
        SubElement(made, name).text = text
    system = SubElement(SubElement(made, "srs"), "spatialrefsys")
    SubElement(system, "wkt").text = _well_known_text(layer.srid)  # QGIS takes no number alone
    SubElement(system, "authid").text = f"EPSG:{layer.srid}"
    described = SubElement(made, "resourceMetadata")
    SubElement(described, "title").text = layer.name
    SubElement(described, "rights").text = layer.credit
    SubElement(made, "attribution").text = layer.credit
    SubElement(made, "provider", encoding="UTF-8").text = layer.provider
    made.append(layer.look)
    return made
