"""How QGIS draws the published sets: the shapes and fills of the map's key, as the elements of a layer definition."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from layers.models import LayerStyle
from proposals.models import Kind, Status

POINT, LINE, POLYGON = "Point", "Line", "Polygon"
SYMBOL_TYPES = {POINT: "marker", LINE: "line", POLYGON: "fill"}
TILE_GEOMETRIES = {POLYGON: "2", LINE: "1", POINT: "0"}  # as a style of vector tiles numbers them, the lowest first
# Fill and edge of each stage, as static/css/tokens.css has them by day.
OPEN, TAKEN, WORK, DELIVERED, CONFIRMED, ENDED = (
    ("#ffffff", "#12232b"), ("#f0a040", "#5c2c00"), ("#2a6fc4", "#0b2c5c"), ("#94d1a9", "#0b4226"),
    ("#0d5a33", "#04301a"), ("#87939a", "#2c3a41"),
)  # fmt: skip
STAGES = {
    Status.OPEN: OPEN,
    Status.TAKEN_UP: TAKEN,
    Status.IN_PROGRESS: WORK,
    Status.DELIVERED: DELIVERED,
    Status.CONFIRMED: CONFIRMED,
}
# The shape of each topic, by the name of QGIS's own marker.
SHAPES = {
    Kind.IDEA: "circle",
    Kind.PARKING: "square",
    Kind.PATHWAY: "diamond",
    Kind.SPACE: "pentagon",
    Kind.SERVICE: "hexagon",
    Kind.CONCERN: "triangle",
}
PLAIN = ("#00607a", "#ffffff")  # what has no stage: fill and edge
LAYERS = {
    LayerStyle.PLACE: ("#485e67", "#ffffff"),
    LayerStyle.PATH: ("#174f96", "#174f96"),
    LayerStyle.PARKING: ("#174f96", "#174f96"),
    LayerStyle.GREEN: ("#0d6237", "#0d6237"),
    LayerStyle.BOUNDARY: ("#a8430a", "#a8430a"),
}
POINT_SIZE_MM, LINE_WIDTH_MM, EDGE_WIDTH_MM = 3.2, 0.9, 0.4
OPAQUE, SHEER, CLEAR = 255, 90, 0
SHAPE_BY_KIND = (
    "CASE " + " ".join(f"WHEN \"kind\" = '{kind}' THEN '{shape}'" for kind, shape in SHAPES.items()) + " END"
)


@dataclass(frozen=True)
class Look:
    """Fill and edge as `#rrggbb`; `by_stage` takes them from the stage, and the shape from the topic, of each feature."""

    colours: tuple[str, str] = PLAIN
    by_stage: bool = False
    is_outline: bool = False


# What does not look plain.
SETS = {
    "proposals": Look(by_stage=True),
    "pledges": Look(by_stage=True),
    "areas": Look(("#6b7c83", "#6b7c83"), is_outline=True),
    "spaces": Look(("#a8430a", "#ffffff")),
}


def stage_colours(status: str) -> tuple[str, str]:
    """Fill and edge of a stage; the endings without a deed share one."""
    return STAGES.get(Status(status), ENDED)


def renderer(look: Look, geometry: str) -> Element:
    """The `renderer-v2` of a layer of features."""
    if not look.by_stage:
        made = Element("renderer-v2", type="singleSymbol")
        SubElement(made, "symbols").append(_symbol("0", geometry, look.colours, look))
        return made
    made = Element("renderer-v2", type="categorizedSymbol", attr="status")
    categories, symbols = SubElement(made, "categories"), SubElement(made, "symbols")
    for number, (status, label) in enumerate(Status.choices):
        SubElement(categories, "category", value=status, symbol=str(number), label=str(label), render="true")
        symbols.append(_symbol(str(number), geometry, stage_colours(status), look))
    return made


def tile_renderer(styles: Iterable[tuple[str, str, Look]]) -> Element:
    """The `renderer` of vector tiles: (layer in the tile, its name for people, its look) each, areas below lines below points."""
    made = Element("renderer", type="basic")
    listed = SubElement(made, "styles")
    styles = list(styles)
    for geometry, number in TILE_GEOMETRIES.items():
        for layer, name, look in styles:
            for status, label in Status.choices if look.by_stage else [("", name)]:
                chosen = f" AND \"status\" = '{status}'" if status else ""
                style = SubElement(
                    listed, "style", {"layer": layer, "name": str(label), "geometry": number, "enabled": "1"},
                    expression=f"geometry_type($geometry) = '{geometry}'{chosen}",
                )  # fmt: skip
                style.set("min-zoom", "-1")
                style.set("max-zoom", "-1")
                colours = stage_colours(status) if status else look.colours
                SubElement(style, "symbols").append(_symbol("0", geometry, colours, look))
    return made


def _symbol(name: str, geometry: str, colours: tuple[str, str], look: Look) -> Element:
    symbol = Element("symbol", type=SYMBOL_TYPES[geometry], name=name, alpha="1")
    fill, edge = colours
    if geometry == POINT:
        _layer(symbol, "SimpleMarker", look.by_stage, {
            "name": "circle", "color": _rgba(fill), "outline_color": _rgba(edge), "outline_width": EDGE_WIDTH_MM,
            "size": POINT_SIZE_MM,
        })  # fmt: skip
    elif geometry == LINE:
        if look.by_stage:  # so that a white line is seen on white paper
            _layer(symbol, "SimpleLine", False, {"line_color": _rgba(edge), "line_width": LINE_WIDTH_MM * 2})
        _layer(symbol, "SimpleLine", False, {"line_color": _rgba(fill), "line_width": LINE_WIDTH_MM})
    else:
        alpha = CLEAR if look.is_outline else SHEER
        _layer(symbol, "SimpleFill", False, {
            "color": _rgba(fill, alpha), "outline_color": _rgba(edge), "outline_width": EDGE_WIDTH_MM, "style": "solid",
        })  # fmt: skip
    return symbol


def _layer(symbol: Element, kind: str, shape_by_kind: bool, options: dict[str, object]) -> None:
    layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "pass": "0", "locked": "0"})
    listed = SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        SubElement(listed, "Option", name=name, type="QString", value=str(value))
    if not shape_by_kind:
        return
    whole = SubElement(SubElement(layer, "data_defined_properties"), "Option", type="Map")
    SubElement(whole, "Option", name="name", type="QString", value="")
    one = SubElement(SubElement(whole, "Option", name="properties", type="Map"), "Option", name="name", type="Map")
    SubElement(one, "Option", name="active", type="bool", value="true")
    SubElement(one, "Option", name="expression", type="QString", value=SHAPE_BY_KIND)
    SubElement(one, "Option", name="type", type="int", value="3")
    SubElement(whole, "Option", name="type", type="QString", value="collection")


def _rgba(colour: str, alpha: int = OPAQUE) -> str:
    """`#0d5a33` as `13,90,51,255`."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"{red},{green},{blue},{alpha}"
