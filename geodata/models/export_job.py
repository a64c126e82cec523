"""A file that is made by the worker, since it holds more rows than one waits for. It knows no person: its address is a secret."""

import datetime
import hashlib

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

KEPT = datetime.timedelta(hours=24)


class JobState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("file", "Waiting for its turn")
    MAKING = "making", pgettext_lazy("file", "Being made")
    READY = "ready", pgettext_lazy("file", "Ready")
    FAILED = "failed", pgettext_lazy("file", "Could not be made")


UNENDED = (JobState.WAITING, JobState.MAKING)


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    def by_key(self, key: str) -> "ExportJob | None":
        """The job of this key while its time lasts."""
        return self.filter(key_hash=hash_of(key), expires_at__gt=timezone.now()).first()

    def unended(self) -> "ExportJobQuerySet":
        return self.filter(state__in=UNENDED)

    def next(self) -> "ExportJob | None":
        """The oldest that is not made yet, one included whose worker died."""
        return self.unended().order_by("pk").first()

    def ended(self) -> "ExportJobQuerySet":
        return self.exclude(state__in=UNENDED)

    def expired(self) -> "ExportJobQuerySet":
        return self.filter(expires_at__lte=timezone.now())


class ExportJob(models.Model):
    """`query` is the filter as the export door takes it; `file` the name under EXPORT_ROOT once it is ready."""

    key_hash = models.CharField(max_length=64, unique=True)
    collection = models.SlugField(max_length=80)
    format = models.CharField(max_length=20)
    query = models.TextField(blank=True)
    language = models.CharField(max_length=10)
    rows = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.WAITING)
    file = models.CharField(max_length=80, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="exportjob_state_known"),
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(file=""), name="exportjob_ready_has_a_file"),
        )

    def __str__(self) -> str:
        return f"{self.collection}.{self.format}: {self.state}"

    @property
    def download_name(self) -> str:
        return f"{self.collection}-{timezone.localdate(self.made_at).isoformat()}.{self.format}"

    def begin(self) -> None:
        self.state = JobState.MAKING
        self.save(update_fields=["state"])

    def finish(self, file: str, size: int) -> None:
        """The file is there, for KEPT from now on."""
        self.state, self.file, self.size, self.ended_at = JobState.READY, file, size, timezone.now()
        self.expires_at = self.ended_at + KEPT
        self.save(update_fields=["state", "file", "size", "ended_at", "expires_at"])

    def fail(self) -> None:
        self.state, self.ended_at = JobState.FAILED, timezone.now()
        self.save(update_fields=["state", "ended_at"])

    def wait(self) -> None:
        """Back into the queue."""
        self.state = JobState.WAITING
        self.save(update_fields=["state"])
