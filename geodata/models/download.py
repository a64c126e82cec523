"""How many files were taken: a number for each day, set and format, and nothing about who took them."""

import datetime
from dataclasses import dataclass

from django.db import connection, models
from django.db.models import Sum

COUNT_ONE = """
INSERT INTO geodata_downloadcount (day, collection, format, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (day, collection, format) DO UPDATE SET count = geodata_downloadcount.count + 1
"""
A_YEAR = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Taken:
    """How often one set was taken in one format."""

    collection: str
    format: str
    count: int


class DownloadCountQuerySet(models.QuerySet["DownloadCount"]):
    def count_one(self, day: datetime.date, collection: str, format: str) -> None:
        """One more. One statement, which needs no row to be there."""
        with connection.cursor() as cursor:
            cursor.execute(COUNT_ONE, [day, collection, format])

    def of_the_year_before(self, day: datetime.date) -> list[Taken]:
        """The sums of the 365 days that end with `day`, the greatest first. One query."""
        sums = self.filter(day__gt=day - A_YEAR, day__lte=day).values_list("collection", "format")
        return [Taken(*row) for row in sums.annotate(total=Sum("count")).order_by("-total", "collection", "format")]


class DownloadCount(models.Model):
    """One day, set and format. Copies that caches hand out, and what is read by OGC API, tiles and feeds, are not in it."""

    day = models.DateField()
    collection = models.CharField(max_length=40)
    format = models.CharField(max_length=20)
    count = models.PositiveIntegerField()

    objects = DownloadCountQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["day", "collection", "format"], name="downloadcount_once_a_day"),
            models.CheckConstraint(condition=models.Q(count__gt=0), name="downloadcount_counts"),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.collection}.{self.format}: {self.count}"
