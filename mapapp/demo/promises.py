"""The demo city's organisations, and the promises behind its proposals that somebody has taken up."""

import datetime

from django.utils import timezone

from actors.models import Organisation
from layers.models import Area
from proposals.models import Event, Pledge, Proposal, Status, Verb
from proposals.models.pledge import Part, PledgeKind, PledgeState

# Invented, all of them. slug: type, names
ORGANISATIONS = {
    "street-care": ("city_unit", {"fi": "Kaupungin kadunhoito", "sv": "Stadens gatuskötsel", "en": "City street care"}),
    "village-association": (
        "association",
        {
            "fi": "Poukaman ja Lammen kyläyhdistys",
            "sv": "Byföreningen Viken och Träsket",
            "en": "Bay and Pond village association",
        },
    ),
    "bay-college": ("school", {"fi": "Poukaman opisto", "sv": "Vikens institut", "en": "Bay College"}),
    "south-shore-homes": (
        "housing_company",
        {"fi": "Etelärannan taloyhtiöt", "sv": "Södra strandens husbolag", "en": "South Shore housing companies"},
    ),
}
# Where each acts, by the slugs of areas; an area that the city does not have is left out.
WHERE = {
    "street-care": ("espoo",),
    "village-association": ("suur-espoonlahti",),
    "bay-college": ("suur-leppavaara", "suur-tapiola"),
    "south-shore-homes": ("suur-matinkyla",),
}
WHO_TAKES_UP = {
    "parking": "street-care",
    "pathway": "street-care",
    "concern": "south-shore-homes",
    "idea": "village-association",
    "space": "village-association",
    "service": "bay-college",
}
STATES = {
    Status.TAKEN_UP: PledgeState.ACTIVE,
    Status.IN_PROGRESS: PledgeState.ACTIVE,
    Status.DELIVERED: PledgeState.DELIVERED,
    Status.CONFIRMED: PledgeState.CONFIRMED,
}
TIME_FOR_IT = datetime.timedelta(days=90)  # between promise and date
FIRST_WORDS = {"fi": "Hoidamme asian.", "sv": "Vi ordnar saken.", "en": "We take care of it."}


def load_organisations() -> dict[str, Organisation]:
    """The organisations by slug; those that are lacking are made."""
    return {slug: _organisation(slug) for slug in ORGANISATIONS}


def load_promises(source: str) -> int:
    """One promise for each taken-up proposal of `source` that has none yet, in the words of its history; how many."""
    organisations = load_organisations()
    bare = Proposal.objects.of_source(source).with_status(list(STATES)).without_pledges()
    taken_up = {
        event.proposal_id: event
        for event in Event.objects.of_all(bare).reaching(Verb.STATUS_CHANGED, Status.TAKEN_UP).select_related("note")
    }
    made = [_promise(p, organisations[WHO_TAKES_UP[p.kind]], taken_up[p.pk]) for p in bare if p.pk in taken_up]
    Pledge.objects.bulk_create(made)
    return len(made)


def _organisation(slug: str) -> Organisation:
    type_, names = ORGANISATIONS[slug]
    known = {"type": type_, "names": names, "verified_at": timezone.now()}
    organisation, made = Organisation.objects.get_or_create(slug=slug, defaults=known)
    if made:
        organisation.areas.set(Area.objects.current().of_slugs(WHERE[slug]))
    return organisation


def _promise(proposal: Proposal, organisation: Organisation, event: Event) -> Pledge:
    state = STATES[Status(proposal.status)]
    due = timezone.localdate(event.at + TIME_FOR_IT)
    if state == PledgeState.ACTIVE:  # what is still owed is due in the weeks to come
        due = max(due, timezone.localdate() + datetime.timedelta(days=14 + proposal.pk % 60))
    note = getattr(event, "note", None)
    return Pledge(
        proposal=proposal,
        organisation=organisation,
        kind=PledgeKind.DO,
        part=Part.LEAD,
        promise=(note.text if note else "") or FIRST_WORDS.get(proposal.language, FIRST_WORDS["en"]),
        language=proposal.language,
        due=due,
        state=state,
        made_at=event.at,
        ended_at=proposal.updated_at if state == PledgeState.CONFIRMED else None,
    )
