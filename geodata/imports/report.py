"""What an import tells: which rows went in, and each one that did not, with its reason."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from layers.reasons import Reason


@dataclass(frozen=True)
class RefusedRow:
    """A row that cannot be taken in: its 1-based number in the file, the field that is wrong, why, and what it calls itself."""

    number: int
    field: str
    reason: Reason
    label: str = ""

    def named(self) -> Reason:
        """Which row it is, and why."""
        number = f"{self.number} ({self.label})" if self.label else str(self.number)
        return Reason(
            _("row %(row)s: %(field)s: %(reason)s"), {"row": number, "field": self.field, "reason": self.reason}
        )

    def __str__(self) -> str:
        return str(self.named())


@dataclass(frozen=True)
class ImportReport:
    """The outcome of one import. Counts are of rows; `ended` are those that the source no longer has."""

    source: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    ended: int = 0
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[Reason, ...] = ()

    @property
    def all_went_in(self) -> bool:
        return not self.refused

    @property
    def changed_anything(self) -> bool:
        return bool(self.added or self.updated or self.ended)

    def lines(self) -> list[str]:
        """The report as lines of English: a line for each refused row, then remarks, then the totals."""
        totals = (
            f"{self.source}: {self.added} added, {self.updated} updated, {self.unchanged} unchanged, "
            f"{self.ended} ended, {len(self.refused)} refused"
        )
        return [*(f"refused {row}" for row in self.refused), *map(str, self.notes), totals]
