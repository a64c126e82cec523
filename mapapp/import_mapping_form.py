"""The form that says what the columns of a file are: field by field, with what its values mean here."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geodata.imports.fields import fields_of, proposed_columns
from geodata.imports.mapping import ANY
from geodata.imports.old_proposals import STATUSES
from geodata.imports.reference import FIELD_NAME, FIELDS_MAX, OUR_OWN
from geodata.models import ImportRun, Into
from layers.models import AreaLevel, LayerStyle, SpaceKind
from layers.models.space import ACCESS_WORDS
from proposals.forms import OWN_NAMES
from proposals.models import Category, Channel, Status
from proposals.models.proposal import LANGUAGES_WRITTEN

LABELS = {
    "id": gettext_lazy("Id in the source"),
    "code": gettext_lazy("Code in the source"),
    "parent": gettext_lazy("Code of the area above"),
    "category": gettext_lazy("Category"),
    "address": gettext_lazy("Address"),
    "kind": gettext_lazy("Kind of space"),
    "capacity": gettext_lazy("Capacity"),
    "booking_url": gettext_lazy("Where it is booked"),
    "provider_name": gettext_lazy("Provider"),
    "provider_type": gettext_lazy("Type of the provider"),
    "title": gettext_lazy("Title"),
    "body": gettext_lazy("Text"),
    "status": gettext_lazy("Stage"),
    "language": gettext_lazy("Language of the text"),
    "channel": gettext_lazy("Channel"),
    "submitted": gettext_lazy("When it was sent"),
    "published": gettext_lazy("When it was published"),
} | {name: words[0] for name, words in ACCESS_WORDS.items()}
IN_LANGUAGES = {
    "name": gettext_lazy("Name (%(language)s)"),
    "price": gettext_lazy("Price in words (%(language)s)"),
    "hours": gettext_lazy("Opening hours in words (%(language)s)"),
}
OF_ALL_ROWS = {"category": Into.SERVICES, "kind": Into.SPACES}  # what such an import takes as a setting of its own
NEEDED = {Into.PROPOSALS: ("title", "category", "language")}


@dataclass(frozen=True)
class Line:
    """What the page shows of one field: its column, a value for every row, and the meaning of the column's values."""

    label: str
    column: BoundField
    fixed: BoundField | None
    values: list[BoundField]


class MappingForm(forms.Form):
    dataset = forms.SlugField(
        label=gettext_lazy("Short name of the dataset"),
        max_length=50,
        help_text=gettext_lazy("By it a later import of the same source knows its own, and brings it up to date."),
    )
    title = forms.CharField(label=gettext_lazy("Name of the dataset"), max_length=200)
    licence = forms.CharField(
        label=gettext_lazy("Licence"), max_length=100, required=False, help_text=gettext_lazy("For example CC BY 4.0.")
    )
    attribution = forms.CharField(
        label=gettext_lazy("Credit that the source asks for"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Shown on the map and in the files."),
    )

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        self.into = Into(run.into)
        self.columns: list[str] = run.found["fields"]
        self.proposed = run.options.get("columns") or proposed_columns(run.into, self.columns)
        self._describe_origin()
        self._add_own_fields()
        for name in fields_of(run.into):
            self._add_field(name)

    # --- making the fields ------------------------------------------------------------------------------------------

    def _describe_origin(self) -> None:
        stem = PurePosixPath(self.run.name).stem
        known = self.run.options.get("origin", {})
        self.initial |= {
            "dataset": known.get("slug") or slugify(stem.replace("_", "-"))[:50] or self.into,
            "title": known.get("title") or stem,
            "licence": known.get("licence", ""),
            "attribution": known.get("attribution", ""),
        }

    def _add_own_fields(self) -> None:
        """What only this kind of thing has."""
        options = self.run.options
        if self.into == Into.AREAS:
            self.fields["level"] = forms.ChoiceField(
                label=_("Level"), choices=AreaLevel.choices, initial=options.get("level") or AreaLevel.NEIGHBOURHOOD
            )
        if self.into == Into.REFERENCE:
            self._add_layer_fields(options.get("layer") or {})

    def _add_layer_fields(self, known: dict[str, Any]) -> None:
        for language in settings.CITY.languages:
            is_first = language == settings.CITY.languages[0]
            self.fields[f"layer_name_{language}"] = forms.CharField(
                label=_("Name of the layer (%(language)s)") % {"language": OWN_NAMES.get(language, language)},
                max_length=200,
                required=is_first,
                initial=known.get("names", {}).get(language) or (self.initial["title"] if is_first else ""),
            )
        self.fields["style"] = forms.ChoiceField(
            label=_("How the layer is drawn"),
            choices=LayerStyle.choices,
            initial=known.get("style") or LayerStyle.PLACE,
        )
        can_be = [name for name in self.columns if FIELD_NAME.fullmatch(name) and name not in OUR_OWN]
        self.fields["published"] = forms.MultipleChoiceField(
            label=_("Columns that are published"),
            choices=[(name, name) for name in can_be],
            required=False,
            initial=known.get("fields", ()),
            help_text=_("The others stay out. Choose none that tells of people."),
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["is_shown"] = forms.BooleanField(
            label=_("On the map without being switched on"), required=False, initial=known.get("is_shown", False)
        )

    def _add_field(self, name: str) -> None:
        fixed = self._fixed_choices(name)
        own = name in self.columns and not fixed  # a column of the field's own name is always taken
        empty = [] if own else [("", _("None, the same for every row") if fixed else _("None"))]
        self.fields[f"map_{name}"] = forms.ChoiceField(
            label=_label(name),
            choices=[*empty, *((column, column) for column in self.columns)],
            required=False,
            initial=self.proposed.get(name, ""),
        )
        if fixed:
            self.fields[f"set_{name}"] = forms.ChoiceField(
                label=_("The same for every row"),
                choices=[("", "–"), *fixed],
                required=False,
                initial=self.run.options.get("fixed", {}).get(name) or self.run.options.get(name, ""),
            )
        elif name == "category" and self.into == Into.SERVICES:
            self.fields["set_category"] = forms.CharField(
                label=_("The same for every row"),
                required=False,
                max_length=40,
                initial=self.run.options.get("category", ""),
            )
        if fixed and name in ("category", "status"):
            self._add_values(name, fixed)

    def _add_values(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """For each value of the column that is chosen, what it is here; of a column with many, one for all."""
        known = self.run.options.get("values", {}).get(name, {})
        slugs = {slug for slug, _label in choices}
        values = self.values_of(self.column_of(name))
        for number, value in enumerate(values):
            own = value if value in slugs else ""
            self.fields[f"value_{name}_{number}"] = forms.ChoiceField(
                label=value,
                choices=[("", _("Choose") if name == "category" else _("Nothing: open")), *choices],
                required=name == "category",
                initial=known.get(value, own),
            )
        if values is MANY and self.column_of(name):
            self.fields[f"value_{name}_any"] = forms.ChoiceField(
                label=_("Every value of the column"),
                choices=[("", _("Is the short name of a category here")), *choices],
                required=False,
                initial=known.get(ANY, ""),
            )

    def _fixed_choices(self, name: str) -> list[tuple[str, Any]]:
        if self.into == Into.SPACES and name == "kind":
            return list(SpaceKind.choices)
        if self.into != Into.PROPOSALS:
            return []
        match name:
            case "category":
                return [(category.slug, category.name) for category in Category.objects.offered()]
            case "status":
                return [(value, label) for value, label in Status.choices if value in STATUSES]
            case "language":
                return [(code, OWN_NAMES.get(code, _("Another language"))) for code in LANGUAGES_WRITTEN]
            case "channel":
                return list(Channel.choices)
        return []

    # --- what is chosen ---------------------------------------------------------------------------------------------

    def column_of(self, name: str) -> str:
        """The column that is chosen for a field in what was sent, else the one that is proposed."""
        if self.is_bound:
            chosen = self.data.get(self.add_prefix(f"map_{name}"), "")
            return chosen if chosen in self.columns else ""
        return self.proposed.get(name, "")

    def values_of(self, column: str) -> Collection[str]:
        return self.run.found["values"].get(column, MANY)

    def lines(self) -> list[Line]:
        """The fields in their order, for the page."""
        return [
            Line(
                label=_label(name),
                column=self[f"map_{name}"],
                fixed=self[f"set_{name}"] if f"set_{name}" in self.fields else None,
                values=[self[field] for field in self.fields if field.startswith(f"value_{name}_")],
            )
            for name in fields_of(self.into)
        ]

    def head(self) -> list[BoundField]:
        """The fields that are of the whole file."""
        return [self[name] for name in self.fields if not name.startswith(("map_", "set_", "value_"))]

    def clean(self) -> dict[str, Any]:
        for name in NEEDED.get(self.into, ()):
            if not self.cleaned_data.get(f"map_{name}") and not self.cleaned_data.get(f"set_{name}"):
                self.add_error(f"map_{name}", _("Choose a column, or the same for every row."))
        if len(self.cleaned_data.get("published", ())) > FIELDS_MAX:
            self.add_error("published", _("At most %(number)d columns.") % {"number": FIELDS_MAX})
        return self.cleaned_data

    def options(self) -> dict[str, Any]:
        """The import's options as an ImportRun keeps them."""
        said = self.cleaned_data
        names = fields_of(self.into)
        columns = {name: said[f"map_{name}"] for name in names if said.get(f"map_{name}")}
        fixed = {name: said[f"set_{name}"] for name in names if name not in columns and said.get(f"set_{name}")}
        of_all = {name: fixed.pop(name, "") if self.into == into else "" for name, into in OF_ALL_ROWS.items()}
        return {
            "columns": columns,
            "fixed": fixed,
            "values": {name: values for name in columns if (values := self._translations(name))},
            "level": said.get("level", ""),
            **of_all,
            "layer": self._layer() if self.into == Into.REFERENCE else None,
            "origin": {
                "slug": said["dataset"],
                "title": said["title"],
                "licence": said["licence"],
                "attribution": said["attribution"],
            },
        }

    def _translations(self, name: str) -> dict[str, str]:
        said = self.cleaned_data
        found = {
            self.fields[field].label: said[field]
            for field in self.fields
            if field.startswith(f"value_{name}_") and not field.endswith("_any")
        }
        if every := said.get(f"value_{name}_any"):
            found[ANY] = every
        return found

    def _layer(self) -> dict[str, Any]:
        said = self.cleaned_data
        names = {language: said[f"layer_name_{language}"] for language in settings.CITY.languages}
        return {
            "names": {language: name for language, name in names.items() if name},
            "style": said["style"],
            "fields": said["published"],
            "is_shown": said["is_shown"],
        }


MANY: tuple[str, ...] = ()  # of a column with more values than anybody would translate


def _label(name: str) -> str:
    word, _line, language = name.partition("_")
    if word in IN_LANGUAGES:
        return IN_LANGUAGES[word] % {"language": OWN_NAMES.get(language, language)}
    return str(LABELS[name])
