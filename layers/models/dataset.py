"""Where data came from: source, licence and the time it was fetched."""

import datetime
from dataclasses import asdict, dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Origin:
    """What is known of a source before it is read: its slug here, title, licence and the credit that it asks for."""

    slug: str
    title: str
    source: str = ""
    licence: str = ""
    attribution: str = ""
    is_approximate: bool = False


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def by_slug(self, slug: str) -> "Dataset | None":
        return self.filter(slug=slug).first()

    def record(self, origin: Origin, digest: str, when: datetime.datetime) -> "Dataset":
        """The dataset of this origin, added or brought up to date; `digest` is of the rows that are being imported."""
        facts = asdict(origin) | {"digest": digest, "retrieved_at": when}
        return self.update_or_create(slug=facts.pop("slug"), defaults=facts)[0]

    def of_current_areas(self) -> "DatasetQuerySet":
        return self.filter(areas__valid_to__isnull=True).distinct()

    def approximate(self) -> "DatasetQuerySet":
        """Those whose boundaries were drawn by hand: pages say so."""
        return self.filter(is_approximate=True)


class Dataset(models.Model):
    """One import of one source; every area and service names the dataset that it came with."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    source = models.CharField(
        max_length=500,
        blank=True,
        help_text=_("File name or address that it was read from"),
    )
    licence = models.CharField(max_length=100, blank=True)
    attribution = models.CharField(max_length=300, blank=True, help_text=_("Shown on the map"))
    is_approximate = models.BooleanField(default=False, help_text=_("Boundaries drawn by hand: pages say so"))
    digest = models.CharField(max_length=64, blank=True, help_text=_("sha256 of the rows as imported"))
    retrieved_at = models.DateTimeField()

    objects = DatasetQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title
