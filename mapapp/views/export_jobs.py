"""`/export/jobs/`: big files, asked for by people and programs, made by the worker, found by a secret address."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from actors import mails
from actors.throttling import TooMany, address_limits, form_limits, take
from actors.tokens import no_referrer
from geodata import export_jobs
from geodata.downloads import count_download
from geodata.export_formats import FORMATS
from geodata.models import ExportJob, JobState
from geodata.models.export_job import hash_of
from geodata.parameters import in_language_asked
from geodata.views.export import form_or_refusal, later, wants_page
from proposals.problems import problem_response


class JobForm(forms.Form):
    email = forms.EmailField(
        required=False,
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("We send you the link when the file is ready, and forget the address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@csrf_exempt  # anybody may ask for open data, programs too; nobody is signed in to it
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_language_asked
def export_order(request: HttpRequest, collection: str, format: str) -> HttpResponseBase:
    """The page on which a big file is asked for; a POST puts it into the queue: 303 to its page, 202 for programs."""
    form = form_or_refusal(request, collection, format)
    if isinstance(form, HttpResponse):
        return form
    job_form = JobForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not job_form.is_valid():
        known = {"form": job_form, "rows": form.queryset().count(), "format": format, "collection": collection}
        return render(request, "geodata/export_order.html", known, status=422 if job_form.is_bound else 200)
    try:
        key = _ordered(request, form, collection, format, job_form.cleaned_data["email"])
    except TooMany as error:
        response = problem_response(429, detail=_("You have asked for many files. Try again later."))
        response["Retry-After"] = str(error.retry_after_s)
        return response
    except export_jobs.TooManyJobs:
        return later(_("Many files are waiting to be made. Try again later."))
    address = _address_of(key)
    if wants_page(request):
        return HttpResponseRedirect(address, status=303)
    return JsonResponse({"status": JobState.WAITING, "url": settings.SITE_URL + address}, status=202)


def _ordered(request: HttpRequest, form: Any, collection: str, format: str, email: str) -> str:
    take(form_limits(request, "export-job", settings.EXPORT_JOBS_PER_ADDRESS_PER_HOUR))
    if email:
        take(address_limits("export-job", email))
    language = translation.get_language() or settings.LANGUAGE_CODE
    rows = form.queryset().count()
    key = export_jobs.order(collection, format, request.GET.urlencode(), language, rows)
    if email:
        link = settings.SITE_URL + _address_of(key)
        mails.post(email, "export_ready", _("The file that you asked for"), {"link": link}, held_for=hash_of(key))
    return key


def _address_of(key: str) -> str:
    return f"{reverse('export_job', args=[key])}?{QueryDict.fromkeys(['lang'], translation.get_language()).urlencode()}"


@no_referrer
@never_cache
@require_safe
@in_language_asked
def export_job(request: HttpRequest, key: str) -> HttpResponseBase:
    """How far the file is, for people and, as JSON, for programs; 404 after its day."""
    job = ExportJob.objects.by_key(key)
    if job is None:
        return _gone(request)
    file = reverse("export_job_file", args=[key]) if job.state == JobState.READY else None
    written = export_jobs.rows_written(job) if job.state == JobState.MAKING else None
    if not wants_page(request):
        told = {"status": job.state, "rows": job.rows, "rowsWritten": written, "size": job.size or None}
        return JsonResponse(told | {"file": settings.SITE_URL + file if file else None})
    return render(request, "geodata/export_job.html", {"job": job, "file": file, "written": written})


@no_referrer
@require_safe
@in_language_asked
def export_job_file(request: HttpRequest, key: str) -> HttpResponseBase:
    job = ExportJob.objects.by_key(key)
    if job is None or job.state != JobState.READY:
        return _gone(request)
    try:
        content = export_jobs.path_of(job).open("rb")
    except FileNotFoundError:
        return _gone(request)
    count_download(job.collection, job.format)
    response = FileResponse(content, content_type=FORMATS[job.format].media_type, filename=job.download_name)
    response["Content-Disposition"] = f'attachment; filename="{job.download_name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _gone(request: HttpRequest) -> HttpResponseBase:
    if wants_page(request):
        return render(request, "geodata/export_job.html", {"job": None}, status=404)
    return problem_response(404, detail=_("There is no such file, or its day is over."))
