"""`/planning/import/`: planners bring a file in; it is read, described, checked and only then imported, by the worker."""

import csv
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from actors.models import StaffRole
from actors.roles import staff_only
from geodata import import_runs
from geodata.exports import FORMULA_BEGINNINGS
from geodata.imports.dataset import Reading
from geodata.models import ImportRun, RunState
from geodata.views.export import wants_page
from layers.reasons import Reason
from mapapp import import_log
from mapapp.import_forms import ImportForm, ReadingForm
from mapapp.import_mapping_form import MappingForm
from mapapp.map_config import map_config
from proposals.views.author import private_page, see_other

RUNS_SHOWN = 50
REFUSED_SHOWN = 200  # rows on the page; the file has all of them
planners_only = staff_only(StaffRole.PLANNER)


@private_page
@planners_only
def import_list(request: HttpRequest) -> HttpResponse:
    """The form for a file and the runs so far; 303 to the new run, 422 with the form's errors, 503 while too many are at work."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = _taken_in(form)
        except import_runs.TooManyRuns:
            form.add_error(None, _("Many files are being imported. Try again later."))
            return _listed(request, form, 503)
        import_log.note(run, request.user, import_log.UPLOADED)
        return see_other(_page_of(run))
    return _listed(request, form, 422 if form.is_bound else 200)


def _listed(request: HttpRequest, form: ImportForm, status: int) -> HttpResponse:
    shown = {"form": form, "runs": ImportRun.objects.newest_first()[:RUNS_SHOWN]}
    return render(request, "mapapp/import_list.html", shown, status=status)


def _taken_in(form: ImportForm) -> ImportRun:
    said = form.cleaned_data
    language = translation.get_language() or settings.LANGUAGE_CODE
    if said.get("url"):
        return import_runs.fetch_in(said["key"], said["url"], said["into"], language)
    file = said["file"]
    return import_runs.take_in(said["key"], file.name, said["into"], language, file.chunks(), form.suffix)


@private_page
@planners_only
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, for people and, as JSON, for the page's script; the next form or the report."""
    run = _run(pk)
    if not wants_page(request):
        return JsonResponse({"status": run.state, "rows": run.rows, "rowsWritten": run.rows_read})
    return _shown(request, run)


@private_page
@planners_only
@require_POST
def import_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Has it read as is told now; 303 to the run, 422 with the form's errors."""
    run = _waiting(pk)
    form = ReadingForm(request.POST, found=run.found, file=run.file)
    if not form.is_valid():
        return _shown(request, run, reading_form=form, status=422)
    import_runs.read_again(run, Reading(**{**run.options.get("reading", {}), **form.cleaned_data}))
    return see_other(_page_of(run))


@private_page
@planners_only
@require_POST
def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Has it checked as described; 303 to the run, 422 with the form's errors, among them values without a meaning yet."""
    run = _waiting(pk)
    if run.found.get("needed"):
        return see_other(_page_of(run))
    form = MappingForm(request.POST, run=run)
    if not form.is_valid():
        return _shown(request, run, mapping_form=form, status=422)
    if import_runs.check(run, form.options()):
        import_log.note(run, request.user, import_log.CHECKED)
    return see_other(_page_of(run))


@private_page
@planners_only
@require_POST
def import_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Has it imported as it was checked. Pressed twice, or after another check, it starts nothing."""
    run, seen = _run(pk), request.POST.get("checks", "")
    if seen.isdecimal() and ImportRun.objects.start_import(run.pk, int(seen[:6])):
        import_log.note(run, request.user, import_log.IMPORTED)
    elif run.state == RunState.CHECKED:
        messages.warning(request, _("It was checked anew since you looked. Read this report first."))
    return see_other(_page_of(run))


@private_page
@planners_only
@require_POST
def import_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(pk)
    if import_runs.give_up(run):
        import_log.note(run, request.user, import_log.GIVEN_UP)
    return see_other(_page_of(run))


@private_page
@planners_only
def import_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows as a table (CSV): number, field, reason and what the row calls itself."""
    run = _run(pk)
    if not run.report:
        raise Http404(_("There is no such import."))
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{pk}-refused.csv"'
    table = csv.writer(response)
    table.writerow(["row", "field", "reason", "label"])
    for row in _refused(run):
        cells = (row[name] for name in ("field", "reason", "label"))
        table.writerow(
            [row["number"], *(f"'{cell}" if cell.startswith(FORMULA_BEGINNINGS) else cell for cell in cells)]
        )
    return response


def _refused(run: ImportRun) -> list[dict[str, Any]]:
    return [row | {"reason": Reason.read(row["reason"]).told()} for row in run.report["refused"]]


def _run(pk: int) -> ImportRun:
    run = ImportRun.objects.find(pk)
    if run is None:
        raise Http404(_("There is no such import."))
    return run


def _waiting(pk: int) -> ImportRun:
    """A run that somebody may describe now; 404 where it was never read or is over."""
    run = _run(pk)
    if run.found is None or run.has_ended:
        raise Http404(_("There is no such import."))
    return run


def _page_of(run: ImportRun) -> str:
    return reverse("import_run", args=[run.pk])


def _shown(
    request: HttpRequest,
    run: ImportRun,
    *,
    reading_form: ReadingForm | None = None,
    mapping_form: MappingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    shown: dict[str, Any] = {"run": run, "log": import_log.notes_of(run)}
    if run.report:
        shown["refused"] = _refused(run)[:REFUSED_SHOWN]
        shown["notes"] = [Reason.read(note).told() for note in run.report["notes"]]
    if run.state in (RunState.READ, RunState.CHECKED):
        known = run.options.get("reading", {})
        shown["reading_form"] = reading_form or ReadingForm(found=run.found, file=run.file, initial=known)
        shown["crs_choices"] = settings.CITY.export_srids
    if run.state in (RunState.READ, RunState.CHECKED) and not run.found.get("needed"):
        shown["mapping_form"] = mapping_form or MappingForm(run=run)
        shown["map_config"] = map_config(request, mode="show", features=run.found["sample"])
    return render(request, "mapapp/import_run.html", shown, status=status)
