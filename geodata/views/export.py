"""`/export/proposals.<format>`: any filter as a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.collections import proposals
from geodata.exports import CsvStyle, TooManyExports, csv_file, geojson_file
from geodata.filters import ProposalFilterForm
from geodata.parameters import LanguageField, WordField, form_or_problem, in_language_asked
from proposals.problems import problem_response

RETRY_AFTER_S = 30
MAX_AGE_S = 60  # a hidden proposal is gone from every cache after so many seconds


class GeoJSONForm(ProposalFilterForm):
    """The filters and `lang`. GeoJSON is WGS 84 by definition (RFC 7946, section 4)."""

    lang = LanguageField()
    crs = forms.CharField(required=False)

    def clean_crs(self) -> str:
        if self.cleaned_data["crs"]:
            message = _("GeoJSON is always in WGS 84. For another CRS take GeoPackage or CSV.")
            raise ValidationError(message, code="crs")
        return ""

    def file(self) -> Iterator[bytes]:
        return geojson_file(proposals(), self.apply(proposals().queryset()), self.cleaned_data["lang"])


class CsvForm(ProposalFilterForm):
    """The filters, `lang`, `delimiter` (; or ,), `decimal` (. or ,) and `crs` (EPSG:n: adds x and y)."""

    lang = LanguageField()
    delimiter = WordField(choices=[(sign, sign) for sign in ";,"])
    decimal = WordField(choices=[(sign, sign) for sign in ".,"])
    crs = WordField(choices=lambda: [(f"EPSG:{srid}", srid) for srid in settings.CITY.export_srids])

    def file(self) -> Iterator[bytes]:
        crs = self.cleaned_data["crs"]
        style = CsvStyle(
            delimiter=self.cleaned_data["delimiter"] or ";",
            decimal=self.cleaned_data["decimal"] or ".",
            srid=int(crs.removeprefix("EPSG:")) if crs else None,
        )
        return csv_file(proposals(), self.apply(proposals().queryset()), self.cleaned_data["lang"], style)


@dataclass(frozen=True)
class Format:
    media_type: str
    form: type[GeoJSONForm] | type[CsvForm]


FORMATS = {
    "geojson": Format("application/geo+json", GeoJSONForm),
    "csv": Format("text/csv; charset=utf-8; header=present", CsvForm),
}


@require_safe
@in_language_asked
def export_proposals(request: HttpRequest, format: str) -> HttpResponseBase:
    """The file, streamed; 404 for a format that is not offered, 503 while too many exports run. HEAD asks nothing."""
    if format not in FORMATS:
        offered = ", ".join(f"/export/proposals.{name}" for name in FORMATS)
        return problem_response(404, detail=_("There is no such format. Offered: %(formats)s.") % {"formats": offered})
    form = form_or_problem(request, FORMATS[format].form)
    if isinstance(form, HttpResponse):
        return form
    try:
        chunks = iter(()) if request.method == "HEAD" else form.file()
    except TooManyExports:
        response = problem_response(503, detail=_("Many exports are running. Try again in half a minute."))
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    return _download(chunks, format)


def _download(chunks: Iterator[bytes], format: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(chunks, content_type=FORMATS[format].media_type)
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="proposals-{day}.{format}"'
    response["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
