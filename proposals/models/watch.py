"""Who wants to hear of what: subscribers, the areas that they watch, what they follow, and what they were told."""

import datetime

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from layers.geometry import WGS84
from layers.models import Area
from proposals.models.category import Kind
from proposals.models.proposal import Publication

WATCH_NAME_MAX = 80  # characters
WATCH_RADIUS_MIN_M = 100
WATCH_RADIUS_MAX_M = 3_000
WATCH_RADII = (  # from the least to the greatest that a watch may have
    (100, _("100 m")),
    (250, _("250 m")),
    (500, _("500 m")),
    (1_000, _("1 km")),
    (2_000, _("2 km")),
    (3_000, _("3 km")),
)
WATCH_WORDS_MAX = 10  # keywords on each side
WATCH_WORD_MAX = 40  # characters of one keyword


def radius_label(metres: int | None) -> str:
    """A distance of the list in words, "" for none."""
    return str(dict(WATCH_RADII).get(metres or 0, ""))


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def confirmed(self) -> "SubscriberQuerySet":
        return self.filter(confirmed_at__isnull=False)

    def by_address(self, email: str) -> "Subscriber | None":
        return self.filter(email=email.strip().lower()).first()

    def find(self, pk: int) -> "Subscriber | None":
        return self.filter(pk=pk).first()

    def with_news(self, now: datetime.datetime) -> "SubscriberQuerySet":
        """Those with something due to be told."""
        waiting = Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=now)
        return self.confirmed().filter(pk__in=waiting.values("subscriber"))


class Subscriber(models.Model):
    """An address that asked to be told of something. Told of nothing but its confirmation until it is confirmed.

    Residents need no account for it; a member of an organisation subscribes by the address of the account.
    """

    email = models.EmailField(unique=True)
    language = models.CharField(max_length=10)  # in which they are written to
    link_version = models.PositiveSmallIntegerField(default=1)  # raising it ends all links sent so far
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(email=Lower("email")), name="subscriber_email_lower_case"),)

    def __str__(self) -> str:
        return f"subscriber {self.pk}"


class WatchedChange(models.TextChoices):
    NEW = "new", _("New proposals")
    ALL = "all", _("New proposals and what becomes of them")


class Frequency(models.TextChoices):
    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day")
    WEEKLY = "weekly", _("Once a week")


class WatchQuerySet(models.QuerySet["Watch"]):
    def shown(self) -> "WatchQuerySet":
        """As the page of what one follows shows them, oldest first, with the names of their areas and categories."""
        names = models.Prefetch("areas", Area.objects.only("slug", "names", "level").order_by("slug"))
        return (
            self.defer("zone")
            .prefetch_related(names, "categories")
            .annotate(zone_is_drawn=models.ExpressionWrapper(Q(zone__isnull=False), output_field=models.BooleanField()))
            .order_by("pk")
        )


class Watch(models.Model):
    """An area whose new proposals somebody is told of: named areas, a circle, or a drawn area with holes.

    Whatever it was made of, `zone` is what is matched: the pin of a proposal lies in it. Null is the whole city. Private:
    in no output, for it tells where somebody lives.
    """

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="watches")
    organisation = models.ForeignKey(
        "actors.Organisation", models.CASCADE, null=True, blank=True, related_name="watches"
    )  # made for an organisation's desk: all of its members see it there
    name = models.CharField(max_length=WATCH_NAME_MAX, blank=True)
    areas = models.ManyToManyField("layers.Area", blank=True, related_name="+")
    centre = models.PointField(srid=WGS84, spatial_index=False, null=True, blank=True)
    radius_m = models.PositiveIntegerField(null=True, blank=True)  # metres
    zone = models.MultiPolygonField(srid=WGS84, spatial_index=False, null=True, blank=True)
    kinds = ArrayField(models.CharField(max_length=10), default=list, blank=True)  # none: all
    categories = models.ManyToManyField("proposals.Category", blank=True, related_name="+")
    with_words = ArrayField(models.CharField(max_length=WATCH_WORD_MAX), default=list, blank=True)  # one of these
    without_words = ArrayField(models.CharField(max_length=WATCH_WORD_MAX), default=list, blank=True)  # none of these
    changes = models.CharField(max_length=5, choices=WatchedChange.choices, default=WatchedChange.NEW)
    frequency = models.CharField(max_length=8, choices=Frequency.choices, default=Frequency.WEEKLY)
    made_at = models.DateTimeField()

    objects = WatchQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(changes__in=WatchedChange.values), name="watch_changes_known"),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="watch_frequency_known"),
            models.CheckConstraint(
                condition=Q(centre__isnull=True, radius_m__isnull=True)
                | Q(
                    centre__isnull=False,
                    radius_m__gte=WATCH_RADIUS_MIN_M,
                    radius_m__lte=WATCH_RADIUS_MAX_M,
                    zone__isnull=False,
                ),
                name="watch_circle_whole",
            ),
        )
        indexes = (GistIndex(fields=["zone"], name="watch_zone"),)

    def __str__(self) -> str:
        return f"watch {self.pk}"

    @property
    def area_names(self) -> list[str]:
        return [area.name for area in self.areas.all()]

    @property
    def topic_labels(self) -> list[str]:
        """Its topics and categories by name, none where it is of all."""
        return [str(Kind(kind).label) for kind in self.kinds] + [category.name for category in self.categories.all()]

    @property
    def radius_label(self) -> str:
        return radius_label(self.radius_m)


class FollowQuerySet(models.QuerySet["Follow"]):
    def shown(self) -> "FollowQuerySet":
        """With the things that are followed, oldest first."""
        return self.select_related("proposal", "organisation", "category").order_by("pk")

    def of_address(self, email: str) -> "FollowQuerySet":
        return self.filter(subscriber__email=email.strip().lower())

    def of_thing(self, **thing: models.Model) -> "Follow | None":
        """The follow of one `proposal`, `organisation` or `category`, if there is one."""
        return self.filter(**thing).first()


class Follow(models.Model):
    """One proposal, organisation or category that somebody hears of."""

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="follows")
    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, null=True, blank=True, related_name="followers")
    organisation = models.ForeignKey(
        "actors.Organisation", models.CASCADE, null=True, blank=True, related_name="followers"
    )
    category = models.ForeignKey("proposals.Category", models.CASCADE, null=True, blank=True, related_name="followers")
    frequency = models.CharField(max_length=8, choices=Frequency.choices, default=Frequency.AT_ONCE)
    made_at = models.DateTimeField()

    objects = FollowQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, organisation__isnull=True, category__isnull=True)
                | Q(proposal__isnull=True, organisation__isnull=False, category__isnull=True)
                | Q(proposal__isnull=True, organisation__isnull=True, category__isnull=False),
                name="follow_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="follow_frequency_known"),
            *(
                models.UniqueConstraint(
                    fields=["subscriber", thing],
                    condition=Q(**{f"{thing}__isnull": False}),
                    name=f"follow_{thing}_once",
                )
                for thing in ("proposal", "organisation", "category")
            ),
        )

    def __str__(self) -> str:
        return f"follow {self.pk}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("mail", "Waiting")
    SENT = "sent", pgettext_lazy("mail", "Sent")
    DROPPED = "dropped", pgettext_lazy("mail", "Not needed any more")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting_for(self, subscriber: Subscriber) -> "DeliveryQuerySet":
        return self.filter(subscriber=subscriber, state=DeliveryState.WAITING)

    def due(self, now: datetime.datetime) -> "DeliveryQuerySet":
        return self.filter(due_at__lte=now)

    def begun(self) -> "DeliveryQuerySet":
        """Rows of a mail that was about to be sent."""
        return self.exclude(mail="").order_by("pk")

    def of_mail(self, mail: str) -> "DeliveryQuerySet":
        return self.filter(mail=mail).order_by("event_id")

    def no_longer_public(self) -> "DeliveryQuerySet":
        """Of proposals that were hidden or withdrawn meanwhile."""
        return self.exclude(event__proposal__publication=Publication.PUBLISHED)

    def shown(self) -> "DeliveryQuerySet":
        """With all that a mail says of them, in one query."""
        return self.select_related("event__proposal__area", "event__proposal__category")

    def latest_sent_to(self, subscriber: Subscriber) -> datetime.datetime | None:
        return self.filter(subscriber=subscriber).aggregate(latest=models.Max("sent_at"))["latest"]


class Delivery(models.Model):
    """One event of which one subscriber is told, once, whatever number of watches and follows it matches."""

    # Each index is written for each delivery: `delivery_once` begins with the event, and few are of a follow.
    event = models.ForeignKey("proposals.Event", models.PROTECT, related_name="deliveries", db_index=False)
    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="deliveries")
    watch = models.ForeignKey(Watch, models.SET_NULL, null=True, blank=True, related_name="+")  # why: one of these
    follow = models.ForeignKey(Follow, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    mail = models.CharField(max_length=32, blank=True, db_default="")  # which mail tells it, once one is being sent
    due_at = models.DateTimeField()  # not before this: a daily or weekly mail gathers what came until then
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
        )
        indexes = (
            models.Index(fields=["due_at", "subscriber"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["follow"], condition=Q(follow__isnull=False), name="delivery_follow"),
        )

    def __str__(self) -> str:
        return f"{self.event_id} to subscriber {self.subscriber_id}"
