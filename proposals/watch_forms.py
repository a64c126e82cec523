"""The form of a watch: where, what, which words, how often; and the address where nobody is signed in."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.gis.geos import MultiPolygon, Point
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from layers import gazetteer
from layers.forms import CHARACTERS_A_POINT, ZoneField
from layers.geometry import circle
from layers.models import Area
from proposals.forms import GeometryField
from proposals.models import Category, Kind
from proposals.models.watch import (
    WATCH_NAME_MAX,
    WATCH_RADII,
    WATCH_WORD_MAX,
    WATCH_WORDS_MAX,
    Frequency,
    WatchedChange,
)
from proposals.place_form import PlaceWordsForm
from proposals.text import clean_text
from proposals.voice_forms import AddressForm
from proposals.wish import Wish

WATCH_VERTICES_MAX = 100  # of a drawing: more would not travel in a mailed link
RADIUS_M = 500


class KeywordsField(forms.CharField):
    """Words parted by commas, each once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=WATCH_WORDS_MAX * (WATCH_WORD_MAX + 2), **options)

    def clean(self, value: object) -> tuple[str, ...]:
        text = clean_text(super().clean(value), lines=False)
        words = tuple(dict.fromkeys(word for part in text.split(",") if (word := " ".join(part.split()))))
        if len(words) > WATCH_WORDS_MAX:
            raise ValidationError(_("Give at most %(n)d words.") % {"n": WATCH_WORDS_MAX}, code="too_many")
        if any(len(word) > WATCH_WORD_MAX for word in words):
            raise ValidationError(
                _("A word may have at most %(n)d characters.") % {"n": WATCH_WORD_MAX}, code="too_long"
            )
        return words


class Where(models.TextChoices):
    """The three ways to say where one wants to hear of."""

    AREAS = "areas", pgettext_lazy("where to follow", "Named areas")
    CIRCLE = "circle", pgettext_lazy("where to follow", "A place and what is near it")
    SHAPE = "shape", pgettext_lazy("where to follow", "An area that you draw")


class WatchPlaceForm(PlaceWordsForm):
    """Where: named areas, the whole city, a place with a distance, or a drawn area."""

    where = forms.ChoiceField(
        label=gettext_lazy("Where?"),
        choices=Where.choices,
        initial=Where.AREAS,
        required=False,
        widget=forms.RadioSelect,
    )
    area = forms.ModelMultipleChoiceField(
        Area.objects.none(),
        label=gettext_lazy("Areas"),
        help_text=gettext_lazy("Choose none for the whole city."),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    radius = forms.TypedChoiceField(
        label=gettext_lazy("How far from it?"), choices=WATCH_RADII, coerce=int, initial=RADIUS_M, empty_value=RADIUS_M,
        required=False,
    )  # fmt: skip
    geometry = forms.CharField(
        label=gettext_lazy("Place on the map"),
        max_length=WATCH_VERTICES_MAX * CHARACTERS_A_POINT,
        required=False,
        widget=forms.HiddenInput,
    )
    name = forms.CharField(
        label=gettext_lazy("A name for it"),
        help_text=gettext_lazy("For you alone: for example, Home."),
        max_length=WATCH_NAME_MAX,
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["area"].queryset = Area.objects.current().for_choice()

    def clean_where(self) -> Where:
        return Where(self.cleaned_data["where"] or Where.AREAS)

    def clean_name(self) -> str:
        return clean_text(self.cleaned_data["name"], lines=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.centre: Point | None = None
        self.shape: MultiPolygon | None = None
        try:
            if cleaned.get("where") == Where.CIRCLE and "place" not in self.errors:
                self.centre = self._centre(cleaned.get("geometry", ""))
            elif cleaned.get("where") == Where.SHAPE and "geometry" not in self.errors:
                missing = {"required": _("Draw an area on the map.")}
                field = ZoneField(vertices_max=WATCH_VERTICES_MAX, error_messages=missing)
                self.shape = field.clean(cleaned["geometry"])
        except ValidationError as error:
            self.add_error("geometry", error)
        return cleaned

    def _centre(self, pressed: str) -> Point | None:
        """The pressed place; else that of the words. Raises ValidationError, or leaves an error at `place`."""
        if pressed:
            point = GeometryField().clean(pressed).geometry
            if point.geom_type != "Point":
                raise ValidationError(_("Press the map at one place."), code="not_a_point")
        else:
            point = self.point_of_words()
        if point is None:
            if "place" not in self.errors:
                self.add_error("place", _("Search for a place, or press the map where it is."))
        elif not Area.objects.city_meets(circle(point, self.cleaned_data.get("radius") or RADIUS_M)):
            self.add_error("place", _("The place is too far from the city. Choose one in it or beside it."))
        return point

    def _name(self) -> str:
        """What was typed; else, for a circle, its centre in words."""
        language = get_language() or settings.LANGUAGE_CODE
        typed: str = self.cleaned_data["name"]
        if typed or self.centre is None:
            return typed
        words = gazetteer.describe(gazetteer.nearest_landmark(self.centre), language)
        return (words[:1].upper() + words[1:])[:WATCH_NAME_MAX]

    def where_wished(self) -> dict[str, Any]:
        """The place as `Wish` has it. Call it on a valid form."""
        cleaned = self.cleaned_data
        if cleaned["where"] == Where.AREAS:
            return {"areas": sorted(area.slug for area in cleaned["area"])}
        if self.centre is not None:
            return {"name": self._name(), "centre": list(self.centre.coords), "radius_m": cleaned["radius"]}
        return {"name": self._name(), "shape": self.shape.coords if self.shape else ()}


class WatchForm(WatchPlaceForm, AddressForm):
    """What to watch. `needs_email`: nobody is signed in, and the confirming link must go somewhere."""

    kind = forms.MultipleChoiceField(
        label=gettext_lazy("Topics"),
        help_text=gettext_lazy("Choose none for all."),
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    category = forms.ModelMultipleChoiceField(
        Category.objects.none(),
        label=gettext_lazy("Narrower topics"),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    with_words = KeywordsField(
        label=gettext_lazy("Only with one of these words"), help_text=gettext_lazy("Part them by commas.")
    )
    without_words = KeywordsField(label=gettext_lazy("Not with any of these words"))
    changes = forms.ChoiceField(
        label=gettext_lazy("What to tell"),
        choices=WatchedChange.choices,
        initial=WatchedChange.NEW,
        widget=forms.RadioSelect,
    )
    frequency = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=Frequency.choices, initial=Frequency.WEEKLY, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, needs_email: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["category"].queryset = Category.objects.offered()
        self.fields["email"].help_text = gettext_lazy(
            "We send a link, one an hour at most. Nothing else is sent until you open it. Never published."
        )
        if not needs_email:
            del self.fields["email"]

    def wish(self) -> Wish:
        """Call it on a valid form."""
        cleaned = self.cleaned_data
        return Wish(
            **self.where_wished(),
            kinds=sorted(cleaned["kind"]),
            categories=sorted(category.slug for category in cleaned["category"]),
            with_words=list(cleaned["with_words"]),
            without_words=list(cleaned["without_words"]),
            changes=cleaned["changes"],
            frequency=cleaned["frequency"],
        )


class FollowForm(AddressForm):
    """How often one hears of one thing. `needs_email`: nobody is signed in, and the confirming link must go somewhere."""

    frequency = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=Frequency.choices,
        initial=Frequency.AT_ONCE,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, needs_email: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].help_text = gettext_lazy(
            "We send a link. Nothing else is sent until you open it. Never published."
        )
        if not needs_email:
            del self.fields["email"]
            self.fields["frequency"].required = False  # the button on a page says nothing of it

    def clean_frequency(self) -> Frequency | None:
        """None: as it was, or at once."""
        return Frequency(said) if (said := self.cleaned_data["frequency"]) else None
