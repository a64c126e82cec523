"""Saying where in words: a place by its name or its coordinates, in a form that may have a map beside."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from layers import gazetteer
from layers.geometry import WGS84

PLACE_CHOICES_MAX = 6


class PlaceWordsForm(forms.Form):
    """A place in words, and the choice among those of the same name: `place_choices`, where the words fit several."""

    place = forms.CharField(label=gettext_lazy("Search for an address or place"), max_length=200, required=False)
    place_choice = forms.CharField(max_length=60, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.place_choices: list[gazetteer.Place] = []

    def point_of_words(self) -> Point | None:
        """What the words mean (EPSG:4326); None for no words, and with an error at `place` for none or several places."""
        words = self.cleaned_data.get("place_choice") or self.cleaned_data.get("place", "")
        if not words.strip():
            return None
        point = gazetteer.parse_coordinates(words)
        if point is not None:
            return point
        found = gazetteer.search(words, get_language() or settings.LANGUAGE_CODE, limit=PLACE_CHOICES_MAX)
        exact = [place for place in found if place.name.casefold() == words.strip().casefold()]
        if len(found) == 1 or len(exact) == 1:
            chosen = (exact or found)[0]
            return Point(chosen.longitude, chosen.latitude, srid=WGS84)
        if found:
            self.place_choices = found
            self.add_error("place", ValidationError(_("Several places match. Choose one of them."), code="several"))
        else:
            message = _("No place of this name was found. Try another name, or choose an area below.")
            self.add_error("place", ValidationError(message, code="unknown"))
        return None
