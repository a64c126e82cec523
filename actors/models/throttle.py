"""Counters of who sent how often; rows of past periods are swept after a day."""

from django.db import models
from django.db.models import F


class ThrottleCountQuerySet(models.QuerySet["ThrottleCount"]):
    def give_back(self, key: str, period_start: int) -> None:
        self.filter(key=key, period_start=period_start, count__gt=0).update(count=F("count") - 1)

    def older_than(self, period_start: int) -> "ThrottleCountQuerySet":
        return self.filter(period_start__lt=period_start)


class ThrottleCount(models.Model):
    """How often `key` (a digest or a network, no person) did something in the period that began at a Unix time."""

    key = models.CharField(max_length=120)
    period_start = models.BigIntegerField()  # seconds since 1970, UTC
    count = models.PositiveIntegerField()

    objects = ThrottleCountQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["key", "period_start"], name="throttlecount_once"),)

    def __str__(self) -> str:
        return f"{self.key} {self.count}"
