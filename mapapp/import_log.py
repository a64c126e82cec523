"""Who brought which file in: in the administrators' log, since the doors' own tables hold no person."""

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from actors.models import User
from geodata.models import ImportRun

UPLOADED, CHECKED, IMPORTED, GIVEN_UP = "uploaded", "checked", "imported", "given up"


def note(run: ImportRun, by: User, what: str) -> None:
    LogEntry.objects.log_actions(by.pk, [run], ADDITION if what == UPLOADED else CHANGE, what, single_object=True)


def notes_of(run: ImportRun) -> QuerySet[LogEntry]:
    """Who did what with the run, in that order; somebody whose account was erased is in it no more."""
    kind = ContentType.objects.get_for_model(ImportRun)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(run.pk))
    return entries.select_related("user").order_by("pk")
