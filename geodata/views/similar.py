"""`/map/similar.json`: is it one of these? For the form, while a proposal is written."""

import json
from typing import TypedDict

from django import forms
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from geodata.parameters import LanguageField, QueryForm, WordField, form_or_problem, in_language_asked, number
from geodata.views.answer import answer, too_many_searches
from layers.geometry import MAX_MERCATOR_LATITUDE, WGS84
from proposals.models import Kind
from proposals.models.proposal import TITLE_MAX
from proposals.similar import Similar, similar


class SimilarOption(TypedDict):
    """A proposal that may be the same; `facts` is worded in the language asked, `title` in `language`."""

    id: int
    title: str
    language: str
    url: str
    support_url: str
    facts: str


class SimilarForm(QueryForm):
    lon = number(-180, 180)
    lat = number(-MAX_MERCATOR_LATITUDE, MAX_MERCATOR_LATITUDE)
    kind = WordField(choices=Kind.choices)
    q = forms.CharField(max_length=TITLE_MAX, required=False)
    lang = LanguageField()

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if not kind:
            raise ValidationError(self.fields["kind"].error_messages["required"], code="required")
        return kind


@require_safe
@in_language_asked
def similar_nearby(request: HttpRequest) -> HttpResponseBase:
    """At most five public proposals of `kind` within 150 m of `lon`, `lat`, those most like `q` first."""
    form = form_or_problem(request, SimilarForm)
    if isinstance(form, HttpResponse):
        return form
    if refused := too_many_searches(request):
        return refused
    asked = form.cleaned_data
    found = similar(Point(asked["lon"], asked["lat"], srid=WGS84), asked["kind"], asked["q"])
    document = {"proposals": [_option(one) for one in found]}
    return answer(request, json.dumps(document, ensure_ascii=False), "application/json")


def _option(one: Similar) -> SimilarOption:
    proposal = one.proposal
    return {
        "id": proposal.pk,
        "title": proposal.title,
        "language": proposal.language,
        "url": proposal.get_absolute_url(),
        "support_url": reverse("proposal_support", args=[proposal.pk]),
        "facts": one.facts,
    }
