"""Every address of the house by its name, as the URLconf has them."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

Named = tuple[str, tuple[str, ...]]


def addresses() -> dict[str, tuple[str, ...]]:
    """Name of each address, with its namespace, and what its arguments are called; the route of one that has no name."""
    found: dict[str, tuple[str, ...]] = {}
    for name, arguments in _named(get_resolver().url_patterns):
        found[name] = max(found.get(name, ()), arguments, key=len)
    return found


def _named(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[Named]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _named(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name or pattern.pattern}", tuple(pattern.pattern.regex.groupindex)


def words(text: str) -> frozenset[str]:
    """A long list of names, written as a text."""
    return frozenset(text.split())
