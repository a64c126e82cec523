"""A file on its way in, from the upload to the report. It knows no person: the administrators' log says who did what."""

import datetime
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from layers.reasons import Reason

FILE_KEPT = datetime.timedelta(hours=24)
TRIES_MAX = 3  # a file that ends the worker each time must not keep the others waiting for ever


class Into(models.TextChoices):
    """What a file may become."""

    AREAS = "areas", gettext_lazy("Areas")
    SERVICES = "services", gettext_lazy("Services")
    SPACES = "spaces", gettext_lazy("Spaces and equipment")
    PROPOSALS = "proposals", gettext_lazy("Proposals from an older system")
    REFERENCE = "reference", gettext_lazy("A reference layer of the map")


class RunState(models.TextChoices):
    READING = "reading", pgettext_lazy("import", "Being read")
    READ = "read", pgettext_lazy("import", "Read: waits for you")
    CHECKING = "checking", pgettext_lazy("import", "Being checked")
    CHECKED = "checked", pgettext_lazy("import", "Checked: nothing was written yet")
    IMPORTING = "importing", pgettext_lazy("import", "Being imported")
    DONE = "done", pgettext_lazy("import", "Imported")
    FAILED = "failed", pgettext_lazy("import", "Not imported: nothing was written")
    GIVEN_UP = "given_up", pgettext_lazy("import", "Given up: nothing was written")


AT_WORK = (RunState.READING, RunState.CHECKING, RunState.IMPORTING)
ENDED = (RunState.DONE, RunState.FAILED, RunState.GIVEN_UP)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def newest_first(self) -> "ImportRunQuerySet":
        """For lists: without what only the run's own page shows."""
        return self.defer("found", "options").order_by("-pk")

    def by_key(self, key: UUID) -> "ImportRun | None":
        return self.filter(key=key).first()

    def find(self, pk: int) -> "ImportRun | None":
        return self.filter(pk=pk).first()

    def at_work(self) -> "ImportRunQuerySet":
        return self.filter(state__in=AT_WORK)

    def next(self) -> "ImportRun | None":
        """The one that has waited longest for the worker, one included whose worker died."""
        return self.at_work().order_by("changed_at", "pk").first()

    def overdue(self) -> "ImportRunQuerySet":
        """Those that nobody went on with while their file was kept."""
        return self.exclude(state__in=(*AT_WORK, *ENDED)).filter(changed_at__lte=timezone.now() - FILE_KEPT)

    def move(self, pk: int, to: RunState, *, of: tuple[RunState, ...], **changes: object) -> bool:
        """Moves the run if it is in one of the states `of`; False where it is not, since somebody else was first."""
        facts = {"state": to, "changed_at": timezone.now(), "rows_read": None, "tries": 0, "error": "", "refusal": None}
        return self.filter(pk=pk, state__in=of).update(**facts | changes) == 1

    def start_import(self, pk: int, checks: int) -> bool:
        """The press of the button; `checks` is the check whose report was seen. A second press finds nothing to move."""
        run = self.find(pk)
        if run is None or not run.can_start:
            return False
        return self.filter(checks=checks).move(pk, RunState.IMPORTING, of=(RunState.CHECKED,))


class ImportRun(models.Model):
    """`file` is a name under IMPORT_ROOT, "" once it is gone; `url` where it is fetched from; `key` of the form that sent it.

    `options` are those of the import (geodata/import_runs.py), `found` what was seen in the file, `report` what a check or the
    import told, `refusal` the Reason for which the whole file cannot be taken, all as JSON. `rows_read` is None while the run waits for the worker.
    """

    key = models.UUIDField(unique=True)
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=2_000, blank=True)
    into = models.CharField(max_length=20, choices=Into.choices)
    file = models.CharField(max_length=80, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    options = models.JSONField(default=dict)
    found = models.JSONField(null=True)
    report = models.JSONField(null=True)
    error = models.TextField(blank=True)  # of runs from before there was `refusal`
    refusal = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.READING)
    language = models.CharField(max_length=10)
    rows_read = models.PositiveIntegerField(null=True)
    checks = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="importrun_state_known"),
            models.CheckConstraint(condition=Q(into__in=Into.values), name="importrun_into_known"),
            models.CheckConstraint(
                condition=~Q(file="") | ~Q(url="") | Q(state__in=ENDED), name="importrun_has_a_source"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.into}): {self.state}"

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def takes_good_rows(self) -> bool:
        """Whether refused rows may be left out: an area that is missing would be a hole in the city."""
        return self.into != Into.AREAS

    @property
    def can_start(self) -> bool:
        """Whether the check found something to write. A refused area leaves nothing: they go in all together."""
        report = self.report or {}
        changes = any(report.get(name) for name in ("added", "updated", "ended"))
        return self.state == RunState.CHECKED and changes

    @property
    def why(self) -> Reason | None:
        """Why the file as a whole cannot be taken; None where it can."""
        kept = self.refusal or self.error
        return Reason.read(kept) if kept else None

    @property
    def rows(self) -> int | None:
        """How many the file has, once it was read."""
        return (self.found or {}).get("rows")

    def begin(self) -> None:
        """The worker takes it up."""
        ImportRun.objects.filter(pk=self.pk).update(tries=F("tries") + 1, rows_read=0)
        self.refresh_from_db(fields=["tries", "rows_read"])

    def keep_file(self, file: str, size: int) -> None:
        self.file, self.size = file, size
        self.save(update_fields=["file", "size"])

    def move(self, to: RunState, **changes: object) -> None:
        """To another state with `changes`; what belongs to the old one (progress, tries, refusal) is cleared."""
        ImportRun.objects.move(self.pk, to, of=(RunState(self.state),), **changes)
        self.refresh_from_db()

    def end(self, to: RunState, **changes: object) -> None:
        """The file goes, and with it what was seen in it; its number of rows stays."""
        kept = {name: value for name, value in (self.found or {}).items() if name in ("rows", "kind", "crs")}
        self.move(to, file="", found=kept, **changes)
