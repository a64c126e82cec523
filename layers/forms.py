"""The form field of drawn areas: what somebody watches, where an organisation acts."""

import json
from typing import Any

from django import forms
from django.contrib.gis.geos import MultiPolygon
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from layers.drawing import VERTICES_MAX, read_zone
from layers.models import Area

CHARACTERS_A_POINT = 100  # at most, in GeoJSON: two numbers with all their digits and brackets are 50


class ZoneField(forms.Field):
    """GeoJSON text of one or several areas with holes, at least a part of them in the city; None for an empty one."""

    widget = forms.HiddenInput

    def __init__(self, *, vertices_max: int = VERTICES_MAX, **options: Any) -> None:
        super().__init__(**options)
        self.vertices_max = vertices_max

    def to_python(self, value: object) -> MultiPolygon | None:
        if value in (None, ""):
            return None
        if len(str(value)) > self.vertices_max * CHARACTERS_A_POINT:
            message = _("Draw it with at most %(max)d points.") % {"max": self.vertices_max}
            raise ValidationError(message, code="too_many_vertices")
        try:
            drawn = json.loads(str(value))
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("The drawing was not understood. Draw it again."), code="malformed") from error
        zone = read_zone(drawn, vertices_max=self.vertices_max)
        if not Area.objects.city_meets(zone):
            raise ValidationError(_("All of it is outside the city. Draw it inside."), code="outside")
        return zone

    def prepare_value(self, value: object) -> object:
        """A stored zone is shown as its GeoJSON."""
        return value.geojson if isinstance(value, MultiPolygon) else value
