"""The dictionary read together with the models: a row for each field of each table of the house."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Field, GeneratedField
from django.db.models.expressions import Col
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geodata.ogc.published import of_the_house
from mapapp.dictionary import actors, geodata, layers, proposals, taking_part
from mapapp.dictionary.entry import Given, Table
from mapapp.dictionary.rules import RULES

HOUSE = ("layers", "actors", "proposals", "geodata", "mapapp")
TABLES: dict[str, Table] = {
    label: table for module in (layers, actors, proposals, taking_part, geodata) for label, table in module.TABLES.items()
}  # fmt: skip
PAIRS = gettext_lazy("Pairs: which rows of two tables belong together")
TYPES: tuple[tuple[type[Field], str], ...] = (
    (models.BooleanField, "boolean"),
    (models.DateTimeField, "date-time"),
    (models.DateField, "date"),
    (models.FloatField, "number"),
    (models.IntegerField, "integer"),
    (models.JSONField, "JSON"),
    (models.CharField, "text"),
    (models.TextField, "text"),
)  # the first that fits; anything else by its class


@dataclass(frozen=True)
class Row:
    """One field as the dictionary tells it, in the active language."""

    table: str
    field: str
    type: str
    required: bool
    meaning: str
    source: str
    kept: str
    public: bool

    def document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class TableRows:
    label: str
    meaning: str
    rows: list[Row]

    @property
    def public(self) -> int:
        """How many of its fields are public."""
        return sum(row.public for row in self.rows)


def house_models() -> Iterator[type[models.Model]]:
    """Every table of the house's own apps, those that only join two others included."""
    for app in HOUSE:
        yield from apps.get_app_config(app).get_models(include_auto_created=True)


def columns(model: type[models.Model]) -> list[Field]:
    """The fields of a table: its columns, and what it is joined with."""
    return [field for field in model._meta.get_fields() if field.concrete]


def entry_of(model: type[models.Model]) -> Table | None:
    """What is written of a table; of one that joins two others, what is written of its owner."""
    owner = model._meta.auto_created
    if not owner:
        return TABLES.get(model._meta.label)
    of_owner = TABLES.get(owner._meta.label)
    return of_owner and Table(PAIRS, of_owner.source, of_owner.kept)


def dictionary() -> list[TableRows]:
    """All of it, in the active language. Raises KeyError for a table or field that nobody explained."""
    return [_table(model) for model in house_models()]


def _table(model: type[models.Model]) -> TableRows:
    entry = entry_of(model)
    if entry is None:
        raise KeyError(model._meta.label)
    rows = [_row(model, entry, field) for field in columns(model)]
    return TableRows(model._meta.label, str(entry.meaning), rows)


def _row(model: type[models.Model], entry: Table, field: Field) -> Row:
    said: str | Promise | Given = entry.fields.get(field.name) or RULES[field.name]
    given = said if isinstance(said, Given) else Given(said, entry.source)
    label = f"{model._meta.label}.{field.name}"
    return Row(
        table=model._meta.label,
        field=field.name,
        type=type_of(field),
        required=not field.null,
        meaning=str(given.meaning),
        source=str(given.source.label),
        kept=str(given.kept or entry.kept),
        public=label in published_fields(),
    )


def type_of(field: Field) -> str:
    """The type in words that are the same in every language; `key of …` for a reference."""
    if isinstance(field, GeneratedField):
        return type_of(field.output_field)
    if field.many_to_many:
        return f"keys of {field.related_model._meta.label}"
    if field.is_relation:
        return f"key of {field.related_model._meta.label}"
    if isinstance(field, ArrayField):
        return f"{type_of(field.base_field)} []"
    if isinstance(field, GeometryField):
        return f"{field.geom_type.lower()}, EPSG:{field.srid}"
    return next((word for kind, word in TYPES if isinstance(field, kind)), type(field).__name__)


@cache
def published_fields() -> frozenset[str]:
    """`app.Model.field` of every column that the whitelist writes, wholly or in part, read from its own queries."""
    found: set[str] = set()
    for one in of_the_house().values():
        collection = one.collection
        model = collection.queryset().model
        found |= {f"{model._meta.label}.{name}" for name in (collection.geometry, collection.pin)}
        rows = collection.rows(collection.queryset(), settings.LANGUAGE_CODE)
        for expression in rows.query.annotations.values():
            found |= set(_columns_in(expression))
    return frozenset(found)


def _columns_in(expression: Any) -> Iterator[str]:
    if isinstance(expression, Col):
        yield f"{expression.target.model._meta.label}.{expression.target.name}"
    query = getattr(expression, "query", None)
    if query is not None:
        for part in (*query.select, *query.annotation_select.values()):
            yield from _columns_in(part)
    for part in expression.get_source_expressions() if query is None else ():
        if part is not None:
            yield from _columns_in(part)


def header() -> dict[str, str]:
    """Column of the CSV -> what it is called."""
    return {
        "table": _("Table"), "field": _("Field"), "type": _("Type"), "required": _("Required"), "meaning": _("Meaning"),
        "source": _("Who gives it"), "kept": _("Kept"), "public": _("In the open data"),
    }  # fmt: skip
