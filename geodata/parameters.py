"""Query strings, read strictly: one form base, its fields, and the 400 that names what is wrong.

Machine doors refuse unknown parameters; pages ignore them (`utm_source`, `fbclid`) and show a bad value at its field.
"""

import datetime
import re
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any, ClassVar, TypeVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, JsonResponse, QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from layers.geometry import BoundingBox, parse_bbox, strict_float, strict_int
from proposals.problems import Problem, problem_response

URL_MAX_BYTES = 8_192  # what web servers commonly take; every filter of a big city at once fits
SHOWN_MAX = 60  # characters of a wrong value that its error repeats
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999  # beyond them a midnight in UTC may have no date
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,80}")
# NUL cannot be stored; U+FFFD is what Django makes of bytes that are not UTF-8.
BROKEN = re.compile("[\x00\ufffd]")


def shown(value: str) -> str:
    """`value` as an error repeats it: without control characters, cut to 60."""
    return re.sub(r"[\x00-\x1f\x7f]", "\ufffd", value)[:SHOWN_MAX]


class SlugsField(forms.MultipleChoiceField):
    """A repeatable parameter of known words; empty ones are dropped, as a form's "all" sends them."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, choices: Any = (), **options: Any) -> None:
        super().__init__(choices=choices, required=False, **options)

    def to_python(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(filter(None, value or [])))

    def validate(self, value: list[str]) -> None:
        unknown = [text for text in value if not self.valid_value(text)]
        if unknown:
            known = ", ".join(str(choice) for choice, _label in self.choices)
            raise unknown_value(unknown[0], known)


class AnySlugsField(SlugsField):
    """A repeatable parameter of words that nobody can list beforehand."""

    def validate(self, value: list[str]) -> None:
        for text in value:
            if not SLUG.fullmatch(text):
                raise unknown_value(text)


def unknown_value(value: str, known: str = "") -> ValidationError:
    """The refusal of a value that names nothing here; `known` lists what would."""
    if known:
        message = _("“%(value)s” is not known here. Choose from: %(known)s.")
        return ValidationError(message, code="unknown_value", params={"value": shown(value), "known": known})
    return ValidationError(_("“%(value)s” is not known here."), code="unknown_value", params={"value": shown(value)})


class WordField(forms.ChoiceField):
    """One of a few words, or nothing."""

    def __init__(self, *, choices: Any, **options: Any) -> None:
        super().__init__(choices=choices, required=False, **options)

    def validate(self, value: str) -> None:
        if value and not self.valid_value(value):
            raise unknown_value(value, ", ".join(str(choice) for choice, _label in self.choices))


class BoxField(forms.CharField):
    """`west,south,east,north` in EPSG:4326 -> BoundingBox, or None."""

    def to_python(self, value: str | None) -> BoundingBox | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_bbox(text)
        except ValueError as error:
            message = _(
                "Give the map view as four numbers in degrees: west,south,east,north. South must be below north."
            )
            raise ValidationError(message, code="bbox") from error


class DayField(forms.CharField):
    """`YYYY-MM-DD` in ASCII digits -> date, or None; no other spelling, no time of day."""

    widget = forms.DateInput

    def to_python(self, value: str | None) -> datetime.date | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            day = datetime.date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            message = _("“%(value)s” is not a day. Write it as 2026-05-31.")
            raise ValidationError(message, code="date", params={"value": shown(text)})
        return day


class StrictNumberField(forms.CharField):
    """A number written with ASCII digits, between two limits (inclusive) -> int or float, or None."""

    def __init__(
        self, *, read: Callable[[str], float], minimum: float, maximum: float, required: bool = True, **options: Any
    ) -> None:
        super().__init__(required=required, **options)
        self.read, self.minimum, self.maximum = read, minimum, maximum

    def to_python(self, value: str | None) -> float | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            number = self.read(text)
        except ValueError:
            number = None
        if number is None or not self.minimum <= number <= self.maximum:
            message = _("“%(value)s” is not a number from %(minimum)s to %(maximum)s.")
            params = {"value": shown(text), "minimum": f"{self.minimum:g}", "maximum": f"{self.maximum:g}"}
            raise ValidationError(message, code="number", params=params)
        return number


def whole_number(minimum: int, maximum: int, **options: Any) -> StrictNumberField:
    return StrictNumberField(read=strict_int, minimum=minimum, maximum=maximum, **options)


def number(minimum: float, maximum: float, **options: Any) -> StrictNumberField:
    return StrictNumberField(read=strict_float, minimum=minimum, maximum=maximum, **options)


class LanguageField(WordField):
    """`lang`: one of the city's languages; the city's default where it is not given."""

    def __init__(self) -> None:
        super().__init__(choices=[(code, code) for code in settings.CITY.languages])

    def clean(self, value: str | None) -> str:
        return super().clean(value) or settings.CITY.languages[0]


class QueryForm(forms.Form):
    """The parameters of one door. Always bound: an empty query string is a valid one."""

    repeatable: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, query: QueryDict) -> None:
        super().__init__(data=query)
        self.query = query

    def clean(self) -> dict[str, Any]:
        for name in self.fields:
            values = self.query.getlist(name)
            if any(BROKEN.search(value) for value in values):
                self._refuse(name, ValidationError(_("The text has a broken character. Type it again."), code="broken"))
            elif len(values) > 1 and name not in self.repeatable:
                self._refuse(name, ValidationError(_("Give “%(name)s” once.") % {"name": name}, code="repeated"))
        return self.cleaned_data

    def _refuse(self, name: str, error: ValidationError) -> None:
        self.errors.pop(name, None)  # what the field itself said of such a value is no help
        self.add_error(name, error)

    def unknown_parameters(self, allowed_extra: Collection[str] = ()) -> list[str]:
        """Names in the query string that this door does not know, in their order."""
        return [name for name in self.query if name not in self.fields and name not in allowed_extra]

    def problems(self, allowed_extra: Collection[str] = ()) -> list[Problem]:
        """Everything wrong with the query string, each with the parameter that it is about; [] for a good one."""
        unknown = _("There is no such parameter. Known here: %(known)s.") % {"known": ", ".join(self.fields)}
        found = [Problem(shown(name), "unknown_parameter", unknown) for name in self.unknown_parameters(allowed_extra)]
        return found + list(self._refusals())

    def _refusals(self) -> Iterator[Problem]:
        for name, errors in self.errors.as_data().items():
            for error in errors:
                pointer = "" if name == forms.forms.NON_FIELD_ERRORS else name
                yield Problem(pointer, error.code or "invalid", " ".join(error.messages))


AnyQueryForm = TypeVar("AnyQueryForm", bound=QueryForm)


def form_or_problem(
    request: HttpRequest, form_class: type[AnyQueryForm], extra_parameters: Collection[str] = ()
) -> AnyQueryForm | JsonResponse:
    """The valid form of a machine door's query string, or the 400 that names each parameter that is wrong."""
    if len(request.get_full_path()) > URL_MAX_BYTES:
        return problem_response(400, detail=_("The address is too long."))
    form = form_class(request.GET)
    problems = form.problems(extra_parameters)
    return problem_response(400, problems) if problems else form


View = Callable[..., HttpResponseBase]


def in_language_asked(view: View) -> View:
    """The view in the language of `?lang=`, else in the city's default: never in what a thread or browser left over."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = request.GET.get("lang", "")
        with translation.override(asked if asked in settings.CITY.languages else settings.CITY.languages[0]):
            return view(request, *args, **kwargs)

    return wrapped
