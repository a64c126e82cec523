"""Areas as people look for them: districts by name, each with the neighbourhoods below it, and counts beside them."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from layers.languages import localised
from layers.models import Area, AreaLevel

# Finnish and Swedish end their alphabet with these; Unicode has them among A and O.
LAST_LETTERS = str.maketrans({"å": "zz1", "ä": "zz2", "ö": "zz3"})


@dataclass(frozen=True)
class AreaNode:
    """An area with all areas below it, whatever lies between. `language` is that of the name, which may not be the page's."""

    slug: str
    name: str
    language: str
    level: str
    count: int
    inner: tuple["AreaNode", ...] = ()


def area_tree(areas: Iterable[Area], counts: Mapping[str, int]) -> tuple[AreaNode, ...]:
    """The areas that nothing but the city is above, by name; `counts` by slug, 0 where it has none. No query."""
    by_key = {area.pk: area for area in areas if area.level != AreaLevel.CITY}
    below: dict[int, list[Area]] = {}
    for area in by_key.values():
        root = _root_of(area, by_key)
        if root is not area:
            below.setdefault(root.pk, []).append(area)
    roots = [area for area in by_key.values() if _root_of(area, by_key) is area]
    return _by_name(_node(root, counts, _by_name(_node(a, counts) for a in below.get(root.pk, []))) for root in roots)


def alphabetical(name: str) -> str:
    """What names are sorted by: capitals as small letters, å ä ö last, other accents left off."""
    marked = name.casefold().translate(LAST_LETTERS)
    return "".join(c for c in unicodedata.normalize("NFD", marked) if not unicodedata.combining(c))


def _root_of(area: Area, by_key: Mapping[int, Area]) -> Area:
    seen = set()
    while area.parent_id in by_key and area.pk not in seen:
        seen.add(area.pk)  # a circle of parents would have no end
        area = by_key[area.parent_id]
    return area


def _node(area: Area, counts: Mapping[str, int], inner: tuple[AreaNode, ...] = ()) -> AreaNode:
    name, language = localised(area.names)
    return AreaNode(area.slug, name, language, area.level, counts.get(area.slug, 0), inner)


def _by_name(nodes: Iterable[AreaNode]) -> tuple[AreaNode, ...]:
    return tuple(sorted(nodes, key=lambda node: alphabetical(node.name)))
