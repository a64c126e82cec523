"""A graph as Turtle and as JSON-LD, the same bytes for the same graph, so that caches know it again."""

import json
from typing import Any

from rdflib import Graph

from geodata.catalogue.dcat import PREFIXES


def turtle(graph: Graph) -> str:
    return graph.serialize(format="turtle")


def json_ld(graph: Graph) -> str:
    """JSON-LD in one order: rdflib writes nodes and values in the order of its sets."""
    document: dict[str, Any] = json.loads(graph.serialize(format="json-ld", context=PREFIXES, auto_compact=False))
    return json.dumps(_in_order(document), ensure_ascii=False, indent=1, sort_keys=True)


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_order(one) for name, one in value.items()}
    if isinstance(value, list):
        return sorted((_in_order(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    return value
