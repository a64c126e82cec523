"""Which column, or which fixed value, gives each field: `--map title=text --set language=fi --value category:Schlagloch=pathway`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from geodata.imports.checking import RowRefused
from geodata.imports.reasons import SourceRefused, no_column, none_of
from geodata.imports.source import Fields
from layers.reasons import Reason, shown

ANY = "*"  # stands for every value that is not named


@dataclass(frozen=True)
class FieldMapping:
    """Field -> column, field -> fixed value, field -> {value in the file -> value here}. Columns in small letters."""

    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def completed(self, fields: Collection[str], columns: Collection[str]) -> "FieldMapping":
        """With each of `fields` that was not mapped taken from the column of its own name, where there is one.

        Raises SourceRefused for a field that is none of `fields` and a column that is none of `columns`.
        """
        for name in (*self.columns, *self.fixed, *self.values):
            if name not in fields:
                raise SourceRefused(none_of(name, fields))
        for name, column in self.columns.items():
            if column not in columns:
                raise SourceRefused(no_column(column, columns), name=name)
        own = {name: name for name in fields if name in columns and name not in self.fixed}
        return FieldMapping(own | dict(self.columns), self.fixed, self.values)

    def knows(self, name: str) -> bool:
        return name in self.columns or name in self.fixed

    def raw(self, row: Fields, name: str) -> str | None:
        """The field as the file or the fixed value gives it, line breaks kept; None where there is nothing."""
        column = self.columns.get(name)
        value = row.fields.get(column) if column else self.fixed.get(name)
        if value is None or isinstance(value, bool) or value == "":
            return None
        text = str(value)
        return None if text.isspace() else text

    def text(self, row: Fields, name: str) -> str | None:
        """The same as one line, translated by the values of the field. Raises RowRefused for a value that has no translation."""
        value = self.raw(row, name)
        line = " ".join(value.split()) if value else ""
        translations = self.values.get(name)
        if translations is None:
            return line or None
        translated = translations.get(line, translations.get(ANY))
        if translated is None:
            if not line:
                return None
            words = _("“%(value)s” has no meaning here yet. Say what it is to become.")
            raise RowRefused(name, Reason(words, {"value": shown(line)}, f"--value {name}:...=..."))
        return translated or None


def read_mapping(columns: Iterable[str], fixed: Iterable[str], values: Iterable[str]) -> FieldMapping:
    """The mapping of options as they are typed. Raises SourceRefused for one that is written otherwise."""
    translations: dict[str, dict[str, str]] = {}
    for option in values:
        name, colon, pair = option.partition(":")
        there, equals, here = pair.rpartition("=")
        if not (name and colon and equals and there):
            raise SourceRefused(Reason("write it as FIELD:VALUE IN THE FILE=VALUE HERE"), name=f"--value {option}")
        translations.setdefault(name.strip(), {})[" ".join(there.split())] = here.strip()
    return FieldMapping(
        {name: column.lower() for name, column in pairs("--map", columns)}, dict(pairs("--set", fixed)), translations
    )


def pairs(option: str, given: Iterable[str]) -> Iterable[tuple[str, str]]:
    """NAME=VALUE each. Raises SourceRefused for one that is written otherwise."""
    for text in given:
        name, equals, value = text.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise SourceRefused(Reason("write it as FIELD=..."), name=f"{option} {text}")
        yield name.strip(), value.strip()
