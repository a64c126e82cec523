"""Layers of neighbours: collections of their OGC API Features, fetched each night to be shown here as reference layers."""

import datetime
from dataclasses import asdict
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from layers.languages import has_a_name, localised
from layers.models.dataset import Dataset, Origin
from layers.models.reference import LayerStyle, ReferenceLayer
from layers.ogc_features import items_address
from layers.reasons import Reason

URL_MAX = 500
NOTE_MAX = 300
AGAIN_AFTER = datetime.timedelta(days=1)


def neighbour_hosts() -> tuple[set[str], set[str]]:
    """The hosts of neighbours that may be asked, and those of them that stand at private addresses."""
    allowed = set(settings.NEIGHBOUR_HOSTS)
    return allowed, allowed & set(settings.FETCH_INNER_HOSTS)


class NeighbourLayerQuerySet(models.QuerySet["NeighbourLayer"]):
    def due(self, now: datetime.datetime) -> "NeighbourLayerQuerySet":
        """Those to be fetched at `now`, the longest waiting first."""
        return self.filter(is_active=True, due_at__lte=now).order_by("due_at")

    def fetch_soon(self) -> int:
        """Lets the worker fetch these at its next look; returns how many."""
        return self.update(due_at=timezone.now())


class NeighbourLayer(models.Model):
    """Where a layer comes from, and how the last fetch went. `slug` is that of its dataset and its reference layer."""

    slug = models.SlugField(_("name in addresses"), unique=True)
    url = models.URLField(
        _("address of the collection"), max_length=URL_MAX, help_text="https://example.org/ogc/collections/paths"
    )
    names = models.JSONField(_("names"), help_text='{"fi": "...", "sv": "...", "en": "..."}')
    style = models.CharField(_("how it is drawn"), max_length=20, choices=LayerStyle.choices, default=LayerStyle.PLACE)
    columns = models.CharField(
        _("properties that are kept"),
        max_length=500,
        blank=True,
        help_text=_("With commas between; the others are not stored."),
    )
    licence = models.CharField(_("licence"), max_length=100)
    attribution = models.CharField(_("credit"), max_length=300, help_text=_("Shown on the map"))
    is_active = models.BooleanField(_("fetched each night"), default=True)
    due_at = models.DateTimeField(default=timezone.now, editable=False)
    fetched_at = models.DateTimeField(_("last fetched"), null=True, blank=True, editable=False)
    # In English, as it was told before there was `outcome`; each fetch empties it.
    note = models.CharField(_("what happened"), max_length=NOTE_MAX, blank=True, editable=False)
    outcome = models.JSONField(_("what happened"), null=True, editable=False)  # a Reason

    objects = NeighbourLayerQuerySet.as_manager()

    class Meta:
        verbose_name = _("layer of a neighbour")
        verbose_name_plural = _("layers of neighbours")
        constraints = (
            models.CheckConstraint(condition=has_a_name("names"), name="neighbourlayer_named"),
            models.CheckConstraint(condition=models.Q(style__in=LayerStyle.values), name="neighbourlayer_style_known"),
            models.CheckConstraint(
                condition=~models.Q(licence="") & ~models.Q(attribution=""), name="neighbourlayer_credited"
            ),
        )

    def __str__(self) -> str:
        return localised(self.names)[0] or self.slug

    def clean(self) -> None:
        """Raises ValidationError for an address that may not be asked, and a slug that an import uses."""
        if self.url:
            self._check_address()
        if not isinstance(self.names, dict) or not localised(self.names)[0]:
            raise ValidationError({"names": _("Give a name in at least one language.")})
        if self.pk is None and Dataset.objects.by_slug(self.slug):
            raise ValidationError({"slug": _("Another dataset has this name already.")})

    def _check_address(self) -> None:
        parts, (allowed, inner) = urlsplit(self.url), neighbour_hosts()
        if parts.netloc.lower() not in allowed or (parts.scheme != "https" and parts.netloc.lower() not in inner):
            message = _("Only https:// addresses of hosts that NEIGHBOUR_HOSTS names are asked: %(hosts)s")
            refusal = ValidationError(message, params={"hosts": ", ".join(sorted(allowed)) or "-"})
            raise ValidationError({"url": refusal})
        if items_address(self.url) is None:
            message = _("Give the address of a collection, .../collections/NAME, without crs, f and limit.")
            raise ValidationError({"url": message})

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the properties that are kept, in small letters."""
        return tuple(name.strip().lower() for name in self.columns.split(",") if name.strip())

    @property
    def origin(self) -> Origin:
        title = localised(self.names, settings.CITY.languages[0])[0]
        return Origin(self.slug, title, source=self.url, licence=self.licence, attribution=self.attribution)

    def begin(self) -> None:
        """Puts the next fetch off to tomorrow, so that one that dies is not tried again every minute."""
        self.due_at = timezone.now() + AGAIN_AFTER
        self.save(update_fields=["due_at"])

    @property
    def happened(self) -> Reason:
        """What came of the last fetch."""
        return Reason.read(self.outcome or self.note)

    def note_fetched(self, outcome: Reason) -> None:
        self.fetched_at, self.note, self.outcome = timezone.now(), "", asdict(outcome)
        self.save(update_fields=["fetched_at", "note", "outcome"])

    def note_failure(self, why: Reason) -> None:
        self.note, self.outcome = "", asdict(why)
        self.save(update_fields=["note", "outcome"])

    def remove(self) -> None:
        """Takes its features, layer and dataset away with it, in one transaction."""
        with transaction.atomic():
            ReferenceLayer.objects.filter(slug=self.slug).delete()
            Dataset.objects.filter(slug=self.slug).delete()
            self.delete()
