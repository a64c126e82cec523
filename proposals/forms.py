"""The only door for a proposal's input: what a person typed or a machine sent, checked and placed."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from layers.drawing import ReadGeometry, read_geometry
from proposals.models import Category, Kind
from proposals.models.proposal import BODY_MAX, LANGUAGES_WRITTEN, TITLE_MAX
from proposals.photos import StoredPhoto
from proposals.placing import Placed, place
from proposals.problems import Problem
from proposals.reading import Unreadable, read_json
from proposals.submit import Draft
from proposals.text import clean_text

ANSWER_MAX = 500  # characters of one answer
OWN_NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}  # each language by its own name
EMAIL_MAX = 254  # characters, RFC 5321


class WordsField(forms.CharField):
    """Text that people read: NFC, without invisible controls; one line unless `lines`. A JSON number is no text."""

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        if lines:
            options.setdefault("widget", forms.Textarea(attrs={"rows": 6}))
        super().__init__(strip=False, **options)
        self.lines = lines

    def to_python(self, value: object) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise ValidationError(_("Text was expected here."), code="not_text")
        return clean_text(value, lines=self.lines)


class GeometryField(forms.Field):
    """A GeoJSON geometry, as an object (API) or as its text (hidden field of the page)."""

    widget = forms.HiddenInput

    def to_python(self, value: object) -> ReadGeometry | None:
        if value in (None, ""):
            return None
        if isinstance(value, str):
            try:
                value = read_json(value.encode("utf-8", "surrogatepass"))
            except Unreadable as error:
                raise ValidationError(error.problem.message, code=error.problem.code) from error
        return read_geometry(value)


class AnswersField(forms.Field):
    """Answers by question id; checked against the category's questions in the form."""

    def to_python(self, value: object) -> dict[str, object]:
        if value in (None, "", {}):
            return {}
        if not isinstance(value, dict):
            raise ValidationError(_("Answers are an object: question id to answer."), code="not_an_object")
        return value


class ProposalForm(forms.Form):
    """A proposal as the API takes it. After `is_valid()`, `draft()` gives what `submit()` stores."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Topic"),
        choices=Kind.choices,
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the topics.")},
    )
    category = forms.SlugField(label=gettext_lazy("Category"), required=False)
    geometry = GeometryField(label=gettext_lazy("Place"), required=False)
    title = WordsField(
        label=gettext_lazy("Title"),
        help_text=gettext_lazy("In a few words: what and where."),
        max_length=TITLE_MAX,
        error_messages={"required": gettext_lazy("Give your proposal a title.")},
    )
    body = WordsField(
        label=gettext_lazy("Tell what you would like to change"), lines=True, max_length=BODY_MAX, required=False
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the text"),
        choices=[(code, OWN_NAMES.get(code, gettext_lazy("Another language"))) for code in LANGUAGES_WRITTEN],
        required=False,
    )
    answers = AnswersField(required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("We send a link by which you confirm, edit and follow your proposal. Never published."),
        max_length=EMAIL_MAX,
        required=False,
        error_messages={"invalid": gettext_lazy("Check the e-mail address: for example name@example.org.")},
    )
    terms_version = forms.CharField(max_length=20, required=False)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not email.isprintable():  # Django takes control characters within quotation marks, as RFC 5321 has them
            raise ValidationError(self.fields["email"].error_messages["invalid"], code="invalid")
        return email.lower()

    def clean(self) -> dict[str, Any]:
        super().clean()
        category = self._chosen_category()
        geometry = self._chosen_geometry()
        if category is not None:
            self.cleaned_data["category"] = category
            self._clean_answers(category)
            if geometry is not None:
                self._place(geometry, category)
        return self.cleaned_data

    def _chosen_category(self) -> Category | None:
        """The category by its slug, else the only one of the kind; an error that says what to choose otherwise."""
        if self.errors.keys() & {"category", "kind"}:
            return None
        slug, kind = self.cleaned_data.get("category"), self.cleaned_data.get("kind")
        if not slug and not kind:
            self.add_error("kind", ValidationError(_("Choose what your proposal is about."), code="required"))
            return None
        found = list(Category.objects.offered().fitting(slug=slug, kind=kind))
        if len(found) == 1:
            return found[0]
        if slug:
            self.add_error("category", ValidationError(_("There is no such category in this topic."), code="unknown"))
        elif found:
            self.add_error("category", ValidationError(_("Choose a category."), code="required"))
        else:
            self.add_error(
                "kind", ValidationError(_("Proposals on this topic are not being accepted now."), code="closed")
            )
        return None

    def _chosen_geometry(self) -> ReadGeometry | None:
        geometry = self.cleaned_data.get("geometry")
        if geometry is None and "geometry" not in self.errors:
            message = _("Show the place: on the map, by its name or address, or by choosing an area.")
            self.add_error("geometry", ValidationError(message, code="required"))
        return geometry

    def _place(self, read: ReadGeometry, category: Category) -> None:
        if read.geometry.geom_type not in self._allowed_types(category):
            message = _("“%(category)s” cannot be drawn like this. Draw it as: %(types)s.")
            types = ", ".join(str(dict(GEOMETRY_LABELS)[t]) for t in category.geometry_types)
            error = ValidationError(message, code="geometry_type", params={"category": category.name, "types": types})
            self.add_error("geometry", error)
            return
        try:
            self.cleaned_data["placed"] = place(read.geometry, category)
        except ValidationError as error:
            self.add_error("geometry", error)

    def _allowed_types(self, category: Category) -> list[str]:
        """GeoJSON types that this way of saying where may have."""
        return category.geometry_types

    def _clean_answers(self, category: Category) -> None:
        """Keeps the answers to the questions that this category asks now, with the version of the questions."""
        asked = {question["id"]: question for question in category.questions.get("questions", [])}
        values: dict[str, object] = {}
        for key, value in self.cleaned_data.get("answers", {}).items():
            question = asked.get(key)
            if question is None:
                self.add_error("answers", ValidationError(_("There is no such question."), code="unknown"))
            elif not _answers(question, value):
                self.add_error("answers", ValidationError(_("This is not an answer to the question."), code="invalid"))
            elif value != "":
                values[key] = clean_text(value, lines=False) if isinstance(value, str) else value
        self.cleaned_data["answers"] = {"version": category.questions["version"], "values": values} if values else {}

    def draft(self, *, device_key: str, photos: tuple[StoredPhoto, ...] = ()) -> Draft:
        """What `submit()` takes. Call it on a valid form."""
        cleaned = self.cleaned_data
        placed: Placed = cleaned["placed"]
        page_language = get_language() or settings.LANGUAGE_CODE
        return Draft(
            category=cleaned["category"],
            title=cleaned["title"],
            body=cleaned["body"],
            language=cleaned["language"] or page_language,
            placed=placed,
            page_language=page_language,
            answers=cleaned["answers"],
            email=cleaned["email"],
            device_key=device_key,
            photos=photos,
            terms_version=cleaned["terms_version"],
        )

    def notes(self) -> tuple[str, ...]:
        """What was changed in reading, to be told with the receipt."""
        return self.cleaned_data["geometry"].notes

    def problems(self) -> list[Problem]:
        """The errors as problem documents tell them, each with its JSON pointer."""
        problems = []
        for name, errors in self.errors.as_data().items():
            for error in errors:
                below = (error.params or {}).get("pointer", "")
                pointer = "" if name == "__all__" else f"/{name}{below}"
                problems.append(Problem(pointer, error.code or "invalid", " ".join(error.messages)))
        return problems


GEOMETRY_LABELS = (
    ("Point", gettext_lazy("a point")),
    ("LineString", gettext_lazy("a line")),
    ("Polygon", gettext_lazy("an area")),
)


def _answers(question: dict[str, Any], value: object) -> bool:
    """Whether `value` is an answer that `question` allows; an empty one always is: nothing asked is required."""
    if value in ("", None):
        return True
    if question["type"] == "choice":
        return value in [choice["value"] for choice in question["choices"]]
    if question["type"] == "boolean":
        return isinstance(value, bool)
    return isinstance(value, str) and len(value) <= ANSWER_MAX
