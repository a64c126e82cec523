"""What leaves the house: each published set with its queryset, its geometry and the whitelist of its properties.

Every door writes rows of these and nothing else. The place as given (`location`), contacts and all that belongs to an
author alone are named in no expression here.
"""

from collections.abc import Callable
from collections.abc import Collection as Names
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, DateField, Expression, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geodata.expressions import (
    AsText,
    Joined,
    LonLat,
    UtcTime,
    language_of_name,
    name_in,
    page_address,
    place_in_words,
)
from layers.models import Area, ReferenceFeature, ServiceLocation, Space
from proposals.models import Photo, Pledge, Proposal

REFERENCE = "reference-"  # begins the id of a reference layer's collection
Written = Callable[[str], Expression | F]  # from a language to the expression that gives the property in it


@dataclass(frozen=True)
class Property:
    """One published property. `type` and `format` are those of JSON Schema; `items` is the type of what an array holds."""

    name: str
    type: str
    description: str | Promise
    expression: Written
    format: str = ""
    items: str = "string"


@dataclass(frozen=True)
class Collection:
    """A published set. `geometry` is a column in EPSG:4326, `pin` the point that stands for it (any CRS).

    `licence` and `attribution` are those of a set that comes from elsewhere; "" where they are the house's own.
    """

    id: str
    title: str | Promise
    description: str | Promise
    queryset: Callable[[], QuerySet[Any]]
    geometry: str
    pin: str
    properties: tuple[Property, ...]
    licence: str = ""
    attribution: str = ""

    def chosen(self, names: Names[str] | None = None) -> tuple[Property, ...]:
        """The properties of `names` (all where None) in the collection's order. Raises KeyError for others."""
        if names is None:
            return self.properties
        if unknown := set(names) - {p.name for p in self.properties}:
            raise KeyError(f"{self.id} publishes no {', '.join(sorted(unknown))}")
        return tuple(p for p in self.properties if p.name in names)

    def rows(
        self, queryset: QuerySet[Any], language: str, names: Names[str] | None = None, **more: Expression | F
    ) -> QuerySet[Any]:
        """`queryset` as rows of `p_<property>` for each chosen property, and of `more`: what SQL of the doors reads."""
        columns = {f"p_{p.name}": p.expression(language) for p in self.chosen(names)} | more
        return queryset.annotate(**columns).values(*columns)


def _column(name: str) -> Written:
    return lambda language: F(name)


def _address(name: str) -> Written:
    """An address, or NULL where it is empty: "" is no URI."""
    return lambda language: NullIf(F(name), Value(""))


def _photo_addresses(language: str) -> ArraySubquery:
    address = Joined(Value(f"{settings.SITE_URL}/photos/"), F("name"), Value(".jpg"))
    photos = Photo.objects.public().filter(proposal=OuterRef("pk"))
    return ArraySubquery(photos.annotate(address=address).values("address"))


def _open_pledges(language: str) -> Expression:
    """How many promises have not ended."""
    pledges = Pledge.objects.open().filter(proposal=OuterRef("pk")).order_by().values("proposal")
    return Coalesce(
        Subquery(pledges.annotate(number=Count("pk")).values("number")), Value(0), output_field=IntegerField()
    )


def _pledging_names(language: str) -> ArraySubquery:
    """Names of the organisations whose promises make it taken up, the lead first: none where the filter says "no"."""
    pledges = Pledge.objects.taking_up().filter(proposal=OuterRef("pk")).order_by("part", "pk")
    return ArraySubquery(pledges.annotate(name=name_in("organisation__names", language)).values("name"))


def _nearest_due(language: str) -> Subquery:
    """The nearest day of a promise that is still owed."""
    pledges = Pledge.objects.at_work().filter(proposal=OuterRef("pk")).order_by("due")
    return Subquery(pledges.values("due")[:1], output_field=DateField())


PROPOSAL_PROPERTIES = (
    Property("id", "integer", _("Key, the same in every format"), _column("pk")),
    Property("url", "string", _("Its page"), lambda language: page_address("proposal", language), "uri"),
    Property("title", "string", _("Title"), _column("title")),
    Property("body", "string", _("Text"), _column("body")),
    Property("language", "string", _("Language of the text: fi, sv, en or other"), _column("language")),
    Property("kind", "string", _("Topic: idea, parking, pathway, space, service or concern"), _column("kind")),
    Property("category", "string", _("Category within the topic"), _column("category__slug")),
    Property("status", "string", _("Stage, from open to confirmed"), _column("status")),
    Property("area", "string", _("Area that its pin is in"), _column("area__slug")),
    Property(
        "area_name", "string", _("Name of that area"), lambda language: name_in("area__names", language),
    ),
    Property(
        "place", "string", _("Place in words"), lambda language: place_in_words("landmark", language),
    ),
    Property(
        "place_precision", "string", _("What the place stands for: exact, generalised (the middle of a 250 m square), area or city"), _column("place_precision")
    ),
    Property("channel", "string", _("How it came: web, phone, desk, paper, workshop or walk"), _column("channel")),
    Property("submitted", "string", _("When it was sent"), lambda language: UtcTime("submitted_at"), "date-time"),
    Property("published", "string", _("When it was published"), lambda language: UtcTime("published_at"), "date-time"),
    Property("updated", "string", _("When it last changed"), lambda language: UtcTime("updated_at"), "date-time"),
    Property(
        "supports_verified", "integer", _("Supports by people who confirmed an address"), _column("supports_verified")
    ),
    Property("supports_unverified", "integer", _("Supports by others"), _column("supports_unverified")),
    Property("comments", "integer", _("Number of comments"), _column("comments")),
    Property("pledges", "integer", _("Number of promises in force"), _open_pledges),
    Property("taken_up_by", "array", _("Organisations that have taken it up"), _pledging_names),
    Property("due", "string", _("Day that is promised"), _nearest_due, "date"),
    Property("answers", "object", _("Answers to the questions of its category"), _column("answers")),
    Property("photos", "array", _("Addresses of its photos"), _photo_addresses),
)  # fmt: skip

AREA_PROPERTIES = (
    Property("code", "string", _("Code, unique in its level"), _column("code")),
    Property("slug", "string", _("Name in addresses, unique in the city"), _column("slug")),
    Property("level", "string", _("city, district, statistical or neighbourhood"), _column("level")),
    Property("name", "string", _("Name"), lambda language: name_in("names", language)),
    Property("name_language", "string", _("Language of the name"), lambda lang: language_of_name("names", lang)),
    Property("parent", "string", _("Area that it belongs to"), _column("parent__slug")),
    Property(
        "centre",
        "array",
        _("Longitude and latitude of a point inside it"),
        lambda language: LonLat("centre"),
        items="number",
    ),
)

SERVICE_PROPERTIES = (
    Property("id", "integer", _("Key"), _column("pk")),
    Property("name", "string", _("Name"), lambda language: name_in("names", language)),
    Property("name_language", "string", _("Language of the name"), lambda lang: language_of_name("names", lang)),
    Property("service", "string", _("Service that is provided there"), lambda lang: name_in("service__names", lang)),
    Property("category", "string", _("Kind of service, as its source sorts it"), _column("service__category")),
    Property("provider_name", "string", _("Who provides it"), _column("provider_name")),
    Property("provider_type", "string", _("Type of the provider"), _column("provider_type")),
    Property("address", "string", _("Street address"), _column("address")),
    Property("area", "string", _("Area that it is in"), _column("area__slug")),
    Property("source", "string", _("Dataset that it came with"), lambda language: AsText("dataset__slug")),
)

SPACE_PROPERTIES = (
    Property("id", "integer", _("Key"), _column("pk")),
    Property("name", "string", _("Name"), lambda language: name_in("names", language)),
    Property("name_language", "string", _("Language of the name"), lambda lang: language_of_name("names", lang)),
    Property("kind", "string", _("room, outdoor or equipment"), _column("kind")),
    Property("capacity", "integer", _("For how many persons, or how many pieces to borrow"), _column("capacity")),
    Property("step_free", "boolean", _("Whether one gets in without steps"), _column("step_free")),
    Property("accessible_toilet", "boolean", _("Whether there is an accessible toilet"), _column("accessible_toilet")),
    Property("induction_loop", "boolean", _("Whether there is an induction loop"), _column("induction_loop")),
    Property("price", "string", _("Price in words"), lambda language: name_in("prices", language)),
    Property("hours", "string", _("Opening hours in words"), lambda language: name_in("hours", language)),
    Property("booking_url", "string", _("Where it is booked"), _address("booking_url"), "uri"),
    Property("provider_name", "string", _("Who provides it"), _column("provider_name")),
    Property("provider_type", "string", _("Type of the provider"), _column("provider_type")),
    Property("address", "string", _("Street address"), _column("address")),
    Property("area", "string", _("Area that it is in"), _column("area__slug")),
    Property("source", "string", _("Dataset that it came with"), lambda language: AsText("dataset__slug")),
)


@cache
def proposals() -> Collection:
    return Collection(
        id="proposals",
        title=_("Proposals"),
        description=_("What residents propose for their neighbourhood, and what became of it"),
        queryset=lambda: Proposal.objects.public(),
        geometry="public_location",
        pin="pin",
        properties=PROPOSAL_PROPERTIES,
    )


@cache
def areas() -> Collection:
    return Collection(
        id="areas",
        title=_("Areas"),
        description=_("Areas of the city, drawn with about ten metres' accuracy"),
        queryset=lambda: Area.objects.current().exclude(outline=None),
        geometry="outline",
        pin="centre",
        properties=AREA_PROPERTIES,
    )


@cache
def services() -> Collection:
    return Collection(
        id="services",
        title=_("Services"),
        description=_("Where services are provided, as their providers publish them"),
        queryset=lambda: ServiceLocation.objects.all(),
        geometry="location",
        pin="location",
        properties=SERVICE_PROPERTIES,
    )


@cache
def spaces() -> Collection:
    return Collection(
        id="spaces",
        title=_("Spaces and equipment"),
        description=_(
            "Rooms, outdoor places and equipment that people may use or borrow, as their providers publish them"
        ),
        queryset=lambda: Space.objects.all(),
        geometry="location",
        pin="location",
        properties=SPACE_PROPERTIES,
    )


REFERENCE_PROPERTIES = (
    Property("id", "integer", _("Key"), _column("pk")),
    Property("name", "string", _("Name"), lambda language: name_in("names", language)),
    Property("name_language", "string", _("Language of the name"), lambda lang: language_of_name("names", lang)),
)


def reference(slug: str, name: str, fields: tuple[str, ...], title: str, licence: str, attribution: str) -> Collection:
    """A reference layer; the whitelist of its properties was made when it was imported (`--fields`)."""
    return Collection(
        id=f"{REFERENCE}{slug}",
        title=name,
        description=title,
        queryset=lambda: ReferenceFeature.objects.of_layer(slug),
        geometry="shape",
        pin="pin",
        properties=(*REFERENCE_PROPERTIES, *(Property(field, "string", field, _of_source(field)) for field in fields)),
        licence=licence,
        attribution=attribution or title,
    )


def _of_source(field: str) -> Written:
    return lambda language: KeyTextTransform(field, "properties")
