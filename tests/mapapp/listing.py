"""The list of the map page as a test reads it."""

import re

from tests.mapapp.reading import Element, read

PAGE = "/en/"


def page(client, query: str = "", **headers: str) -> Element:
    return read(client.get(f"{PAGE}?{query}", headers=headers).content)


def rows(document: Element) -> list[int]:
    return [int(row["data-id"]) for row in document.all("li", class_="item")]


def total(document: Element) -> int:
    return int(re.match(r"\d+", document.one("p", id="result-count").text)[0])


def walked(client, query: str = "") -> list[int]:
    """The keys of all rows, page by page along the link "show more"."""
    address, found, pages = f"{PAGE}?{query}", [], 0
    while address:
        document = read(client.get(address).content)
        found += rows(document)
        more = document.all("a", rel="next")
        address, pages = (more[0]["href"] if more else ""), pages + 1
        assert pages < 20
    return found
