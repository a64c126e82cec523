"""What can be exported and how: the parameters of each format, the filters of each set."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from geodata import vector_files
from geodata.collections import Collection, areas, proposals, services
from geodata.exports import CsvStyle, csv_file, geojson_file
from geodata.filters import ProposalFilterForm
from geodata.ogc.published import find
from geodata.parameters import LanguageField, QueryForm, WordField
from geodata.pledges import PledgeFilterForm, pledges
from geodata.vector_files import vector_file
from geodata.views.map import AreasForm, ServicesForm
from geodata.workbook import workbook
from layers.geometry import WGS84

File = Iterable[bytes]


class FileForm(QueryForm):
    """The parameters of one format; joined with the filters of one collection by `form_of`."""

    lang = LanguageField()

    def file(self, collection: Collection, queryset: QuerySet[Any], format: str) -> File:
        """`queryset` as a file. Raises TooManyExports before its first byte."""
        raise NotImplementedError


class GeoJSONForm(FileForm):
    """GeoJSON is WGS 84 by definition (RFC 7946, section 4)."""

    crs = forms.CharField(required=False)

    def clean_crs(self) -> str:
        if self.cleaned_data["crs"]:
            message = _("GeoJSON is always in WGS 84. For another CRS take GeoPackage or CSV.")
            raise ValidationError(message, code="crs")
        return ""

    def file(self, collection: Collection, queryset: QuerySet[Any], format: str) -> File:
        return geojson_file(collection, queryset, self.cleaned_data["lang"])


class CrsField(WordField):
    """`crs`: EPSG:n of those of the city -> n, or None."""

    def __init__(self) -> None:
        super().__init__(choices=lambda: [(f"EPSG:{srid}", srid) for srid in settings.CITY.export_srids])

    def clean(self, value: str | None) -> int | None:
        asked = super().clean(value)
        return int(asked.removeprefix("EPSG:")) if asked else None


class CsvForm(FileForm):
    """`delimiter` (; or ,), `decimal` (. or ,) and `crs` (adds x and y)."""

    delimiter = WordField(choices=[(sign, sign) for sign in ";,"])
    decimal = WordField(choices=[(sign, sign) for sign in ".,"])
    crs = CrsField()

    def file(self, collection: Collection, queryset: QuerySet[Any], format: str) -> File:
        style = CsvStyle(
            delimiter=self.cleaned_data["delimiter"] or ";",
            decimal=self.cleaned_data["decimal"] or ".",
            srid=self.cleaned_data["crs"],
        )
        return csv_file(collection, queryset, self.cleaned_data["lang"], style)


class VectorForm(FileForm):
    """`crs`: the system of all coordinates of the file; WGS 84 where it is not given."""

    crs = CrsField()

    def file(self, collection: Collection, queryset: QuerySet[Any], format: str) -> File:
        srid = self.cleaned_data["crs"] or WGS84
        return vector_file(collection, queryset, self.cleaned_data["lang"], format, srid)


class WorkbookForm(FileForm):
    """Coordinates come in every system of the city, so there is no `crs` to choose."""

    def file(self, collection: Collection, queryset: QuerySet[Any], format: str) -> File:
        return workbook(collection, queryset, self.cleaned_data["lang"])


@dataclass(frozen=True)
class Format:
    media_type: str
    form: type[FileForm]
    is_streamed: bool = False  # its first byte leaves at once, at any number of rows
    is_installed: Callable[[], bool] = lambda: True


FORMATS = {
    "geojson": Format("application/geo+json", GeoJSONForm, is_streamed=True),
    "csv": Format("text/csv; charset=utf-8; header=present", CsvForm, is_streamed=True),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", WorkbookForm),
    "gpkg": Format("application/geopackage+sqlite3", VectorForm),
    "fgb": Format("application/flatgeobuf", VectorForm),
    "shp.zip": Format("application/zip", VectorForm),
    "parquet": Format("application/vnd.apache.parquet", VectorForm, is_installed=vector_files.has_parquet),
}


class ProposalsForm(ProposalFilterForm):
    def queryset(self) -> QuerySet[Any]:
        return self.apply(proposals().queryset())


# Name in the address -> the set, and the filters that it takes.
COLLECTIONS: dict[str, tuple[Callable[[], Collection], type[Any]]] = {
    "proposals": (proposals, ProposalsForm),
    "areas": (areas, AreasForm),
    "services": (services, ServicesForm),
    "pledges": (pledges, PledgeFilterForm),
}


def set_of(name: str) -> tuple[Collection, type[Any]] | None:
    """The set of this name and its filters; a reference layer has none but itself. None where there is no such set."""
    if name in COLLECTIONS:
        collection, filters = COLLECTIONS[name]
        return collection(), filters
    layer = find(name)
    return (layer.collection, layer.filters) if layer else None


def form_of(name: str, format: str) -> type[Any] | None:
    """The form of one set in one format: the filters of the one, the parameters of the other. None where one is not offered."""
    found = set_of(name)
    return _joined(found[1], format) if found and format in offered() else None


@lru_cache(maxsize=256)
def _joined(filters: type[Any], format: str) -> type[Any]:
    return type(f"{filters.__name__}File", (FORMATS[format].form, filters), {})


def file_of(form: Any, name: str, format: str) -> File:
    """What the good `form` of `form_of(name, format)` asks for. Raises TooManyExports, TooManyRows, LookupError."""
    found = set_of(name)
    if found is None:
        raise LookupError(name)
    return form.file(found[0], form.queryset(), format)


def offered() -> list[str]:
    """The formats that this installation makes."""
    return [name for name, known in FORMATS.items() if known.is_installed()]
