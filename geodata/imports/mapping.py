"""Which column, or which fixed value, gives each field: `--map title=text --set language=fi --value category:Schlagloch=pathway`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from geodata.imports.checking import RowRefused
from geodata.imports.source import Fields, SourceRefused

ANY = "*"  # stands for every value that is not named
NAMED_MAX = 12  # columns that a refusal lists


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
                raise SourceRefused(f"there is no field {name!r} to map to; there are: {', '.join(fields)}")
        for name, column in self.columns.items():
            if column not in columns:
                raise SourceRefused(f"{name}: there is no column {column!r}; there are: {listed(columns)}")
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
            raise RowRefused(name, f"{line[:60]!r} has no --value {name}:...= to become something here")
        return translated or None


def read_mapping(columns: Iterable[str], fixed: Iterable[str], values: Iterable[str]) -> FieldMapping:
    """The mapping of options as they are typed. Raises SourceRefused for one that is written otherwise."""
    translations: dict[str, dict[str, str]] = {}
    for option in values:
        name, colon, pair = option.partition(":")
        there, equals, here = pair.rpartition("=")
        if not (name and colon and equals and there):
            raise SourceRefused(f"--value {option}: write it as FIELD:VALUE IN THE FILE=VALUE HERE")
        translations.setdefault(name.strip(), {})[" ".join(there.split())] = here.strip()
    return FieldMapping(
        {name: column.lower() for name, column in pairs("--map", columns)}, dict(pairs("--set", fixed)), translations
    )


def pairs(option: str, given: Iterable[str]) -> Iterable[tuple[str, str]]:
    """NAME=VALUE each. Raises SourceRefused for one that is written otherwise."""
    for text in given:
        name, equals, value = text.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise SourceRefused(f"{option} {text}: write it as FIELD=...")
        yield name.strip(), value.strip()


def listed(columns: Collection[str]) -> str:
    shown = ", ".join(list(columns)[:NAMED_MAX]) or "none"
    return f"{shown} and {len(columns) - NAMED_MAX} more" if len(columns) > NAMED_MAX else shown
