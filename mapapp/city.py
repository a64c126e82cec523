"""The city as one frozen value, read from the TOML file that `CITY_FILE` names."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import get_language

LocalisedText = dict[str, str]
Bounds = tuple[float, float, float, float]

BASEMAPS = ("none", "osm", "mml", "espoo", "custom")


def in_language(text: LocalisedText, order: tuple[str, ...]) -> str:
    """`text` in the active language, else in the first language of `order` that has it, else ""."""
    for code in (get_language() or "", *order):
        if text.get(code):
            return text[code]
    return ""


@dataclass(frozen=True)
class Open311Door:
    """Where a neighbour's own system takes what is passed on: `url` up to the version, as in https://…/open311/v2.

    `api_key_env` names the variable that holds the key; `service_codes` are theirs by our category, where they differ.
    """

    url: str
    jurisdiction_id: str = ""
    api_key_env: str = ""
    service_codes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Neighbour:
    """A municipality next door: where to send those whose place is not ours.

    `outline` is a ring of longitude, latitude (EPSG:4326), drawn roughly: it is asked only about places outside the city.
    """

    names: LocalisedText
    url: str
    outline: shapely.Polygon
    open311: Open311Door | None = None

    @property
    def name(self) -> str:
        return in_language(self.names, tuple(self.names))


@dataclass(frozen=True)
class Reuse:
    """Something that was made with the open data, and by whom."""

    titles: LocalisedText
    texts: LocalisedText
    url: str
    who: str

    @property
    def title(self) -> str:
        return in_language(self.titles, tuple(self.titles))

    @property
    def text(self) -> str:
        return in_language(self.texts, tuple(self.texts))


@dataclass(frozen=True)
class City:
    """What one city says of itself. Bounds are west, south, east, north in EPSG:4326."""

    names: LocalisedText
    product_names: LocalisedText
    languages: tuple[str, ...]
    timezone: str
    bounds: Bounds
    metric_srid: int
    export_srids: tuple[int, ...]
    basemap: str = "none"
    basemap_custom: dict[str, str] = field(default_factory=dict)
    theme: str = ""
    land: Path | None = None
    links: dict[str, str] = field(default_factory=dict)
    texts: dict[str, LocalisedText] = field(default_factory=dict)
    neighbours: tuple[Neighbour, ...] = ()
    names_in: LocalisedText = field(default_factory=dict)
    jurisdiction_id: str = ""  # of Open311: the city's domain; without one, any is taken for ours
    showcase: tuple[Reuse, ...] = ()
    embed_hosts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return in_language(self.names, self.languages)

    @property
    def name_in(self) -> str:
        """ "Espoossa", "i Esbo", "in Espoo": languages bend a name, so the city's file says it. The bare name without it."""
        return self.names_in.get(get_language() or "") or self.name

    @property
    def product_name(self) -> str:
        return in_language(self.product_names, self.languages)

    @property
    def words(self) -> dict[str, str]:
        """The city's own texts, such as who keeps the data, in the active language; a name that it does not give is absent."""
        return {name: in_language(text, self.languages) for name, text in self.texts.items()}

    def neighbours_at(self, longitude: float, latitude: float) -> list[Neighbour]:
        """Neighbours whose outline covers the point (EPSG:4326), in the order of the city's file; [] where none does."""
        point = shapely.Point(longitude, latitude)
        return [neighbour for neighbour in self.neighbours if neighbour.outline.covers(point)]


def _bounds(value: object, where: str) -> Bounds:
    if not (isinstance(value, list) and len(value) == 4 and all(isinstance(v, int | float) for v in value)):
        raise ImproperlyConfigured(f"{where}: bounds must be four numbers: west, south, east, north")
    west, south, east, north = (float(v) for v in value)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ImproperlyConfigured(f"{where}: bounds must be west < east and south < north in degrees")
    return west, south, east, north


def _file_beside(city_file: Path, name: str) -> Path | None:
    if not name:
        return None
    path = (city_file.parent / name).resolve()
    if not path.is_file():
        raise ImproperlyConfigured(f"{city_file}: land names {path}, which is not there")
    return path


def _outline(value: object, where: str) -> shapely.Polygon:
    try:
        outline = shapely.Polygon(value)
    except (TypeError, ValueError, shapely.errors.GEOSException) as error:
        raise ImproperlyConfigured(f"{where}: outline must be a list of [longitude, latitude]") from error
    if outline.is_empty or not outline.is_valid:
        raise ImproperlyConfigured(f"{where}: outline must be a ring that does not cross itself")
    return outline


def _open311_door(value: object, where: str) -> Open311Door | None:
    if value is None:
        return None
    known = {"url", "jurisdiction_id", "api_key_env", "service_codes"}
    if (
        not isinstance(value, dict)
        or set(value) - known
        or not str(value.get("url", "")).startswith(("https://", "http://"))
    ):
        raise ImproperlyConfigured(f"{where}: open311 has a url and may have {', '.join(sorted(known - {'url'}))}")
    return Open311Door(**value | {"url": value["url"].rstrip("/")})


def _reuse(entry: dict[str, Any], where: str) -> Reuse:
    if not str(entry["url"]).startswith(("https://", "http://")):
        raise ImproperlyConfigured(f"{where}: showcase needs a url of the web, not {entry['url']!r}")
    return Reuse(titles=entry["title"], texts=entry.get("text", {}), url=entry["url"], who=entry["who"])


def read_city(path: Path) -> City:
    """The city of a TOML file. Raises ImproperlyConfigured with the file and the key that is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        basemap = raw.get("basemap", "none")
        if basemap not in BASEMAPS:
            raise ImproperlyConfigured(f"{path}: basemap must be one of {', '.join(BASEMAPS)}, not {basemap!r}")
        return City(
            names=raw["name"],
            names_in=raw.get("name_in", {}),
            product_names=raw["product_name"],
            jurisdiction_id=raw.get("jurisdiction_id", ""),
            languages=tuple(raw["languages"]),
            timezone=raw["timezone"],
            bounds=_bounds(raw["bounds"], str(path)),
            metric_srid=int(raw["metric_srid"]),
            export_srids=tuple(int(srid) for srid in raw["export_srids"]),
            basemap=basemap,
            basemap_custom=raw.get("basemap_custom", {}),
            theme=raw.get("theme", ""),
            embed_hosts=tuple(raw.get("embed_hosts", [])),
            land=_file_beside(path, raw.get("land", "")),
            links=raw.get("links", {}),
            texts=raw.get("texts", {}),
            neighbours=tuple(
                Neighbour(
                    names=n["name"],
                    url=n["url"],
                    outline=_outline(n["outline"], f"{path}: neighbour"),
                    open311=_open311_door(n.get("open311"), f"{path}: neighbour"),
                )
                for n in raw.get("neighbours", [])
            ),
            showcase=tuple(_reuse(entry, str(path)) for entry in raw.get("showcase", [])),
        )
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(f"CITY_FILE {path} cannot be read: {error}") from error
    except KeyError as error:
        raise ImproperlyConfigured(f"{path} lacks the key {error}") from error
