"""`/export/<collection>.<format>`: any filter as a file."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata import vector_files
from geodata.collections import Collection, areas, proposals, services
from geodata.exports import CsvStyle, TooManyExports, csv_file, geojson_file
from geodata.filters import ProposalFilterForm
from geodata.parameters import LanguageField, QueryForm, WordField, form_or_problem, in_language_asked
from geodata.vector_files import MadeFile, vector_file
from geodata.views.map import AreasForm, ServicesForm
from geodata.workbook import TooManyRows, workbook
from layers.geometry import WGS84
from proposals.problems import problem_response

RETRY_AFTER_S = 30
MAX_AGE_S = 60  # a hidden proposal is gone from every cache after so many seconds
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
    is_installed: Callable[[], bool] = lambda: True


FORMATS = {
    "geojson": Format("application/geo+json", GeoJSONForm),
    "csv": Format("text/csv; charset=utf-8; header=present", CsvForm),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", WorkbookForm),
    "gpkg": Format("application/geopackage+sqlite3", VectorForm),
    "fgb": Format("application/flatgeobuf", VectorForm),
    "shp.zip": Format("application/zip", VectorForm),
    "parquet": Format("application/vnd.apache.parquet", VectorForm, vector_files.has_parquet),
}


class ProposalsForm(ProposalFilterForm):
    def queryset(self) -> QuerySet[Any]:
        return self.apply(proposals().queryset())


# Name in the address -> the set, and the filters that it takes.
COLLECTIONS: dict[str, tuple[Callable[[], Collection], type[Any]]] = {
    "proposals": (proposals, ProposalsForm),
    "areas": (areas, AreasForm),
    "services": (services, ServicesForm),
}


@cache
def form_of(collection: str, format: str) -> type[Any]:
    """The form of one collection in one format: the filters of the one, the parameters of the other."""
    _collection, filters = COLLECTIONS[collection]
    return type(f"{collection.title()}File", (FORMATS[format].form, filters), {})


@require_safe
@in_language_asked
def export(request: HttpRequest, format: str, collection: str = "proposals") -> HttpResponseBase:
    """The file; 404 for what is not offered, 422 for more than a sheet holds, 503 while too many exports run. HEAD asks nothing."""
    offered = [name for name, known in FORMATS.items() if known.is_installed()]
    if collection not in COLLECTIONS or format not in offered:
        return _not_offered(collection if collection in COLLECTIONS else "proposals", offered)
    form = form_or_problem(request, form_of(collection, format))
    if isinstance(form, HttpResponse):
        return form
    of, _filters = COLLECTIONS[collection]
    try:
        file = () if request.method == "HEAD" else form.file(of(), form.queryset(), format)
    except TooManyExports:
        response = problem_response(503, detail=_("Many exports are running. Try again in half a minute."))
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    except TooManyRows:
        return problem_response(422, detail=_("A sheet cannot hold so many rows. Narrow the filter, or take CSV."))
    return _download(file, collection, format)


def _not_offered(collection: str, formats: list[str]) -> HttpResponse:
    offered = ", ".join(f"/export/{collection}.{name}" for name in formats)
    return problem_response(404, detail=_("There is no such format. Offered: %(formats)s.") % {"formats": offered})


def _download(file: File, collection: str, format: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(file, content_type=FORMATS[format].media_type)
    if isinstance(file, MadeFile):
        response["Content-Length"] = str(file.size)  # what is cut is seen as cut
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="{collection}-{day}.{format}"'
    response["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
