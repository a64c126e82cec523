"""`/export/<collection>.<format>`: any filter as a file; a big one is asked for at another address (mapapp/views/export_jobs.py)."""

from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.downloads import Counted
from geodata.export_formats import FORMATS, File, FileForm, file_of, form_of, offered, set_of
from geodata.exports import TooManyExports
from geodata.parameters import form_or_problem, in_language_asked
from geodata.vector_files import MadeFile
from geodata.workbook import TooManyRows
from proposals.problems import problem_response

RETRY_AFTER_S = 30
MAX_AGE_S = 60  # a hidden proposal is gone from every cache after so many seconds


@require_safe
@in_language_asked
def export(request: HttpRequest, format: str, collection: str = "proposals") -> HttpResponseBase:
    """The file; 404 for what is not offered, 422 for more than a sheet holds, 503 while too many exports run. HEAD asks nothing.

    A file that is made whole before it leaves is offered as a job where it has many rows.
    """
    form = form_or_refusal(request, collection, format)
    if isinstance(form, HttpResponse):
        return form
    if request.method == "HEAD":
        return _download((), collection, format)
    if not FORMATS[format].is_streamed and _has_many_rows(form):
        return _instead(request, collection, format)
    try:
        return _download(file_of(form, collection, format), collection, format)
    except TooManyExports:
        return later(_("Many exports are running. Try again in half a minute."))
    except TooManyRows:
        return problem_response(422, detail=_("A sheet cannot hold so many rows. Narrow the filter, or take CSV."))


def form_or_refusal(request: HttpRequest, collection: str, format: str) -> FileForm | HttpResponse:
    """The valid form of a file's address, or the 400 or 404 that says what is wrong with it."""
    form_class = form_of(collection, format)
    if form_class is None:
        named = collection if set_of(collection) else "proposals"
        formats = ", ".join(f"/export/{named}.{name}" for name in offered())
        return problem_response(404, detail=_("There is no such format. Offered: %(formats)s.") % {"formats": formats})
    return form_or_problem(request, form_class)


def wants_page(request: HttpRequest) -> bool:
    """A browser names text/html, programs name JSON or nothing."""
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _has_many_rows(form: Any) -> bool:
    most = settings.EXPORT_ROWS_AT_ONCE
    return form.queryset().order_by()[: most + 1].count() > most


def later(words: str) -> JsonResponse:
    """The 503 in `words`: come back in half a minute."""
    response = problem_response(503, detail=words)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _instead(request: HttpRequest, collection: str, format: str) -> HttpResponseBase:
    """People get the page on which they ask for the file, programs its address."""
    query = request.GET.urlencode(safe=":,")
    address = f"{reverse('export_order', args=[collection, format])}{'?' if query else ''}{query}"
    if wants_page(request):
        return HttpResponseRedirect(address)
    words = _(
        "So many rows are made into a file by a job. Ask for it by POST to %(address)s, or take CSV or GeoJSON, which come at once."
    )
    return problem_response(422, detail=words % {"address": settings.SITE_URL + address})


def _download(file: File, collection: str, format: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(Counted(file, collection, format), content_type=FORMATS[format].media_type)
    if isinstance(file, MadeFile):
        response["Content-Length"] = str(file.size)  # what is cut is seen as cut
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="{collection}-{day}.{format}"'
    response["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
