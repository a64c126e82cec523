"""The parameters of Open311: read as strictly as at every other door, and what they narrow."""

import datetime
import math
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import Point, Polygon
from django.core.exceptions import ValidationError
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext as _

from geodata.collections import proposals
from geodata.filters import CategoriesField
from geodata.ogc.moments import DAY, Stretch, parse_stretch
from geodata.open311.stages import CLOSED, OPEN, stages_of
from geodata.open311.writing import Refused
from geodata.parameters import LanguageField, QueryForm, WordField, number, shown, unknown_value, whole_number
from layers.geometry import WEB_MERCATOR, WGS84, strict_int, to_mercator
from proposals.models import Category
from proposals.models.proposal import ProposalQuerySet
from proposals.similar import MARGIN, MetresBetween

SPAN_MAX = datetime.timedelta(days=90)  # GeoReport v2, GET service requests
PAGE_SIZE_MAX = 1_000  # the same; also how many come where nothing is said
PAGE_MAX = 10_000
RADIUS_DEFAULT_M, RADIUS_MAX_M = 1_000, 50_000


def refuse_other_jurisdiction(given: str) -> None:
    """Raises Refused (404) where `given` names another city; a city's file that gives no name takes any."""
    ours = settings.CITY.jurisdiction_id
    if given and ours and given != ours:
        raise Refused((404, _("This is not the jurisdiction of %(name)s.") % {"name": ours}))


class LocaleField(forms.CharField):
    """`locale` (CitySDK): a language as fi, fi_FI or fi-FI -> one of the city's languages, or ""."""

    def clean(self, value: str | None) -> str:
        text = super().clean(value)
        language = text.replace("_", "-").partition("-")[0].lower()
        if text and language not in settings.CITY.languages:
            raise unknown_value(text, ", ".join(settings.CITY.languages))
        return language


class MomentField(forms.CharField):
    """A time of W3C's note, or a day of the city -> the Stretch from its beginning to its end, or None."""

    def clean(self, value: str | None) -> Stretch | None:
        text = super().clean(value).replace(" ", "+")  # a plus that was not escaped arrives as a space
        try:
            if "/" in text:
                raise ValueError("an interval is no moment")
            return parse_stretch(text) if text else None
        except ValueError as error:
            message = _("“%(value)s” is not a time. Write it as 2026-05-31T09:00:00Z.")
            raise ValidationError(message, code="datetime", params={"value": shown(text)}) from error


class NumbersField(forms.CharField):
    """Keys with commas between them -> list of int."""

    def clean(self, value: str | None) -> list[int]:
        parts = [part.strip() for part in super().clean(value).split(",") if part.strip()]
        try:
            numbers = [strict_int(part) for part in parts]
        except ValueError as error:
            message = _("“%(value)s” is not the number of a request.")
            raise ValidationError(message, code="number", params={"value": shown(value or "")}) from error
        return numbers


class ServiceCodesField(forms.CharField):
    """Slugs of categories with commas between them -> list of Category."""

    def clean(self, value: str | None) -> list[Category]:
        parts = super().clean(value).split(",")
        return CategoriesField().clean([part.strip() for part in parts])


class StatusesField(forms.CharField):
    """`open`, `closed` or both with a comma -> the stages that they mean."""

    def clean(self, value: str | None) -> list[str]:
        parts = [part.strip().lower() for part in super().clean(value).split(",") if part.strip()]
        for part in parts:
            if part not in (OPEN, CLOSED):
                raise unknown_value(part, f"{OPEN}, {CLOSED}")
        return [stage for part in dict.fromkeys(parts) for stage in stages_of(part)]


class Open311Form(QueryForm):
    """What every method takes. `api_key` is asked for where something is sent, and is nothing where it is read."""

    jurisdiction_id = forms.CharField(required=False)
    locale = LocaleField(required=False)
    lang = LanguageField()
    api_key = forms.CharField(required=False)


class RequestForm(Open311Form):
    """A single request: `extensions=true` asks for CitySDK's attributes."""

    extensions = WordField(choices=[("true", "true"), ("false", "false")])

    @property
    def extended(self) -> bool:
        return self.cleaned_data["extensions"] == "true"


class RequestsForm(RequestForm):
    """The filters of GeoReport v2, those of CitySDK, and paging."""

    service_request_id = NumbersField(required=False)
    service_code = ServiceCodesField(required=False)
    start_date = MomentField(required=False)
    end_date = MomentField(required=False)
    status = StatusesField(required=False)
    updated_after = MomentField(required=False)
    lat = number(-90, 90, required=False)
    long = number(-180, 180, required=False)
    radius = number(1, RADIUS_MAX_M, required=False)
    page = whole_number(1, PAGE_MAX, required=False)
    page_size = whole_number(1, PAGE_SIZE_MAX, required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        given = self.cleaned_data
        start, end = given.get("start_date"), given.get("end_date")
        span = end.end - start.begin if start and end else SPAN_MAX
        if not datetime.timedelta(0) < span <= SPAN_MAX + DAY:
            self.add_error("end_date", ValidationError(_("Ask for at most 90 days, the last after the first."), "span"))
        if self.errors.keys() & {"lat", "long", "radius"}:
            return given
        if (given.get("lat") is None) != (given.get("long") is None):
            self.add_error("lat", ValidationError(_("Give lat and long together."), "pair"))
        elif given.get("radius") is not None and given.get("lat") is None:
            self.add_error("radius", ValidationError(_("Give lat and long together with radius."), "pair"))
        return given

    def queryset(self) -> ProposalQuerySet:
        """The page that is asked for, newest first. By number nothing else is looked at (GeoReport v2)."""
        chosen = self.cleaned_data
        rows = proposals().queryset()
        if chosen["service_request_id"]:
            rows = rows.filter(pk__in=chosen["service_request_id"])
        else:
            rows = self._narrowed(rows)
        size = chosen["page_size"] or PAGE_SIZE_MAX
        first = ((chosen["page"] or 1) - 1) * size
        return rows.newest_first()[first : first + size]

    def _narrowed(self, rows: ProposalQuerySet) -> ProposalQuerySet:
        chosen = self.cleaned_data
        begin, end = self._span()
        if begin:
            rows = rows.filter(published_at__gte=begin)
        if end:
            rows = rows.filter(published_at__lt=end)
        if chosen["updated_after"]:
            rows = rows.filter(updated_at__gte=chosen["updated_after"].begin)
        if chosen["service_code"]:
            rows = rows.of_category([category.slug for category in chosen["service_code"]])
        if chosen["status"]:
            rows = rows.with_status(chosen["status"])
        if chosen["lat"] is not None:
            rows = near(rows, Point(chosen["long"], chosen["lat"], srid=WGS84), chosen["radius"] or RADIUS_DEFAULT_M)
        return rows

    def _span(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """From (in) and to (out). Without dates the last 90 days, but all where it is asked what has changed."""
        start, end = self.cleaned_data["start_date"], self.cleaned_data["end_date"]
        if start is None and end is None:
            return (None if self.cleaned_data["updated_after"] else timezone.now() - SPAN_MAX), None
        try:
            begin = start.begin if start else end.end - SPAN_MAX
            return begin, end.end if end else begin + SPAN_MAX
        except OverflowError:  # the year 1 has no 90 days before it, nor 9999 behind it
            return (start.begin if start else None), (end.end if end else None)


def near(rows: ProposalQuerySet, place: Point, radius_m: float) -> ProposalQuerySet:
    """Pins within `radius_m` metres on the ground of `place` (EPSG:4326). The box asks the index, the ellipsoid decides."""
    x, y = to_mercator(place.x, place.y)
    reach = radius_m * MARGIN / max(math.cos(math.radians(place.y)), 0.01)
    box = Polygon.from_bbox((x - reach, y - reach, x + reach, y + reach))
    box.srid = WEB_MERCATOR
    metres = MetresBetween(Transform("pin", WGS84), Value(place, output_field=PointField(srid=WGS84)))
    return rows.filter(pin__bboverlaps=box).alias(metres=metres).filter(metres__lte=radius_m)
