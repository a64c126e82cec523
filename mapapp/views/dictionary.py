"""`/data/dictionary/`: what every table and field means, as a page, CSV and JSON."""

import csv
import io
import json

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.catalogue.distributions import Distribution, address
from geodata.exports import BYTE_ORDER_MARK, LICENCE, attribution
from geodata.parameters import LanguageField, QueryForm, form_or_problem, in_language_asked
from geodata.views.answer import answer, for_every_origin
from mapapp.dictionary.rows import dictionary, header
from proposals.problems import problem_response

MAX_AGE_S = 600
MEDIA_TYPES = {"csv": "text/csv", "json": "application/json"}


class DictionaryForm(QueryForm):
    lang = LanguageField()


@require_safe
def dictionary_page(request: HttpRequest) -> HttpResponse:
    tables = dictionary()
    language = {"lang": request.LANGUAGE_CODE}
    files = [
        Distribution(name, name.upper(), "", address("dictionary_file", "", language, format=name), media_type)
        for name, media_type in MEDIA_TYPES.items()
    ]
    context = {
        "tables": tables,
        "fields": sum(len(table.rows) for table in tables),
        "files": files,
        "trail": [(reverse("open_data"), _("Open data"))],
    }
    return render(request, "mapapp/dictionary.html", context)


@require_safe
@for_every_origin
@in_language_asked
def dictionary_file(request: HttpRequest, format: str) -> HttpResponseBase:
    """The same as CSV (semicolons, as the exports) or JSON."""
    if format not in MEDIA_TYPES:
        known = ", ".join(f"/data/dictionary.{name}" for name in MEDIA_TYPES)
        return problem_response(404, detail=_("There is no such format. Offered: %(formats)s.") % {"formats": known})
    form = form_or_problem(request, DictionaryForm)
    if isinstance(form, HttpResponse):
        return form
    text = _csv() if format == "csv" else _json()
    return answer(request, text, f"{MEDIA_TYPES[format]}; charset=utf-8", max_age_s=MAX_AGE_S)


def _csv() -> bytes:
    file = io.StringIO(newline="")
    names = header()
    writer = csv.DictWriter(file, list(names), delimiter=";")
    writer.writerow(names)
    writer.writerows(row.document() for table in dictionary() for row in table.rows)
    return BYTE_ORDER_MARK + file.getvalue().encode()


def _json() -> str:
    tables = [
        {"table": table.label, "meaning": table.meaning, "fields": [row.document() for row in table.rows]}
        for table in dictionary()
    ]
    return json.dumps(LICENCE | attribution() | {"tables": tables}, ensure_ascii=False, indent=1)
