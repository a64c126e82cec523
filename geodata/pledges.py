"""Promises as a published set: what an organisation has said in public that it will do, and by which day.

`kind`, `status` and the other filters mean the proposal, as at every door; what is the promise's own has names of its own.
"""

from functools import cache
from typing import Any

from django.db.models import Count, F, IntegerField, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from actors.models.organisation import Organisation
from geodata.collections import Collection, Property
from geodata.expressions import UtcTime, name_in, page_address, place_in_words
from geodata.filters import ProposalFilterForm
from geodata.parameters import SLUG, SlugsField, unknown_value
from proposals.models import Pledge, PledgeState, Postponement, Proposal


def _column(name: str) -> Any:
    return lambda language: F(name)


def _last_said(language: str) -> UtcTime:
    """When the promise was made, or its day last moved."""
    moved = Postponement.objects.filter(pledge=OuterRef("pk")).order_by().values("pledge")
    return UtcTime(Coalesce(Subquery(moved.annotate(last=Max("at")).values("last")), F("made_at")))


def _times_moved(language: str) -> Coalesce:
    moved = Postponement.objects.filter(pledge=OuterRef("pk")).order_by().values("pledge")
    number = Subquery(moved.annotate(number=Count("pk")).values("number"))
    return Coalesce(number, Value(0), output_field=IntegerField())


PLEDGE_PROPERTIES = (
    Property("id", "integer", _("Key, the same in every format"), _column("pk")),
    Property(
        "url", "string", _("Page of its proposal"), lambda language: page_address("proposal", language, key="proposal_id"), "uri"
    ),
    Property("proposal", "integer", _("Key of its proposal"), _column("proposal_id")),
    Property("proposal_title", "string", _("Title of its proposal"), _column("proposal__title")),
    Property("proposal_language", "string", _("Language of that title"), _column("proposal__language")),
    Property("organisation", "string", _("Who promises: name in addresses"), _column("organisation__slug")),
    Property(
        "organisation_name", "string", _("Who promises: name"), lambda language: name_in("organisation__names", language)
    ),
    Property("part", "string", _("Part in it: lead or partner"), _column("part")),
    Property("promise_kind", "string", _("What is promised: investigate, do or help"), _column("kind")),
    Property("promise", "string", _("The promise in words"), _column("promise")),
    Property("language", "string", _("Language of these words"), _column("language")),
    Property(
        "promise_state", "string", _("State of the promise: active, delivered, confirmed, disputed, released or lapsed"), _column("state")
    ),
    Property("permission", "string", _("Permission of the landowner: not_needed, asked, granted or refused"), _column("consent")),
    Property("due", "string", _("Day that is promised"), _column("due"), "date"),
    Property("moved", "integer", _("How often that day was moved"), _times_moved),
    Property("made", "string", _("When it was made"), lambda language: UtcTime("made_at"), "date-time"),
    Property("updated", "string", _("When it was made or its day last moved"), _last_said, "date-time"),
    Property("kind", "string", _("Topic of its proposal"), _column("proposal__kind")),
    Property("status", "string", _("Stage of its proposal"), _column("proposal__status")),
    Property("area", "string", _("Area that the pin of its proposal is in"), _column("proposal__area__slug")),
    Property(
        "place", "string", _("Place of its proposal in words"), lambda language: place_in_words("proposal__landmark", language)
    ),
)  # fmt: skip


@cache
def pledges() -> Collection:
    return Collection(
        id="pledges",
        title=_("Promises"),
        description=_("What organisations have promised on proposals, with the day, and what became of it"),
        queryset=lambda: Pledge.objects.public(),
        geometry="proposal__public_location",
        pin="proposal__pin",
        properties=PLEDGE_PROPERTIES,
    )


class OrganisationsField(SlugsField):
    """Slugs of public organisations -> their keys. One query, none where there are no slugs; applicants are not told of."""

    def clean(self, value: list[str]) -> list[int]:
        slugs = self.to_python(value)
        known = [slug for slug in slugs if SLUG.fullmatch(slug)]
        found = dict(Organisation.objects.public().of_slugs(known).values_list("slug", "pk")) if known else {}
        for slug in slugs:
            if slug not in found:
                raise unknown_value(slug)
        return [found[slug] for slug in slugs]


class PledgeFilterForm(ProposalFilterForm):
    """The filters of proposals, which choose promises by their proposals, and `organisation` and `promise_state`."""

    repeatable = ProposalFilterForm.repeatable | {"organisation", "promise_state"}
    tested_elsewhere: tuple[str, ...] = ()

    organisation = OrganisationsField(label=_("Organisation"))
    promise_state = SlugsField(choices=PledgeState.choices, label=_("State of the promise"))

    def queryset(self) -> QuerySet[Any]:
        """The promises; those on every public proposal where no filter narrows."""
        found = pledges().queryset()
        chosen = self.apply(Proposal.objects.public(), leave_out=self.tested_elsewhere)
        if self.is_narrowed:
            found = found.filter(proposal__in=chosen.order_by().values("pk"))
        if self.cleaned_data["organisation"]:
            found = found.filter(organisation__in=self.cleaned_data["organisation"])
        if self.cleaned_data.get("promise_state"):
            found = found.filter(state__in=self.cleaned_data["promise_state"])
        return found
