"""`/data/snapshots/<year>/`: the yearly snapshots, at addresses that stay."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.downloads import Counted
from geodata.models import Snapshot
from geodata.parameters import QueryForm, form_or_problem, in_language_asked
from geodata.snapshots import MEDIA_TYPES, manifest, path_of
from geodata.vector_files import made
from geodata.views.answer import answer, for_every_origin
from proposals.problems import problem_response

MAX_AGE_S = 60  # what is hidden is gone from every cache after so many seconds
RETRY_AFTER_S = 60


@require_safe
@for_every_origin
@in_language_asked
def snapshot_file(request: HttpRequest, year: int, format: str) -> HttpResponseBase:
    """The file; 503 while something that is no longer public is being taken out of it. Two queries."""
    snapshot = Snapshot.objects.of_year(year)
    if snapshot is None or format not in MEDIA_TYPES or not path_of(year, format).is_file():
        return _none_such()
    form = form_or_problem(request, QueryForm)
    if isinstance(form, HttpResponse):
        return form
    if snapshot.gone():
        response = problem_response(503, detail=_("This file is being corrected. Try again in a minute."))
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    etag = f'"{snapshot.files[format]["sha256"][:32]}"'
    return get_conditional_response(request, etag=etag, response=_download(request, year, format, etag))


def _download(request: HttpRequest, year: int, format: str, etag: str) -> HttpResponseBase:
    file = made(path_of(year, format))
    chunks = Counted(file, f"proposals-{year}", format)
    response = StreamingHttpResponse(() if request.method == "HEAD" else chunks, content_type=MEDIA_TYPES[format])
    response["Content-Length"] = str(file.size)
    response["Content-Disposition"] = f'attachment; filename="proposals-{year}.{format}"'
    response["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    if request.method == "HEAD":
        file.close()
    return response


@require_safe
@for_every_origin
@in_language_asked
def snapshot_manifest(request: HttpRequest, year: int) -> HttpResponseBase:
    snapshot = Snapshot.objects.of_year(year)
    if snapshot is None:
        return _none_such()
    form = form_or_problem(request, QueryForm)
    if isinstance(form, HttpResponse):
        return form
    text = json.dumps(manifest(snapshot), ensure_ascii=False, indent=1)
    return answer(request, text, "application/json", max_age_s=MAX_AGE_S)


def _none_such() -> HttpResponse:
    years = ", ".join(str(snapshot.year) for snapshot in Snapshot.objects.newest_first()) or "–"
    detail = _("There is no such snapshot. Years: %(years)s. Formats: %(formats)s.")
    return problem_response(404, detail=detail % {"years": years, "formats": ", ".join(MEDIA_TYPES)})
