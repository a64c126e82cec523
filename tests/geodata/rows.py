"""Proposals in the toy city, written straight into the table: the doors must be right whatever wrote the rows."""

import datetime
import random

from django.contrib.gis.geos import GEOSGeometry, Point

from actors.models import Organisation
from proposals.models import Pledge, PledgeState, Proposal, Publication, Status
from proposals.models.pledge import OPEN_STATES
from tests.categories import make_categories
from tests.toytown import EAST, NORTH, SOUTH, WEST

NOON = datetime.datetime(2026, 5, 31, 12, 0, tzinfo=datetime.UTC)  # 15:00 in the toy city
IN_NORTH_WEST = Point(24.8123, 60.1853, srid=4326)


def make_proposal(place: GEOSGeometry = IN_NORTH_WEST, *, category: str = "parking", **changes: object) -> Proposal:
    """One published proposal at `place` (EPSG:4326) with its area, sent and published at noon of 31 May 2026."""
    given = {
        "category": make_categories()[category],
        "title": "A bench",
        "body": "There is nowhere to sit.",
        "language": "en",
        "location": place,
        "public_location": place,
        "publication": Publication.PUBLISHED,
        "terms_version": "2026-11",
        "submitted_at": NOON,
        "published_at": NOON,
        "updated_at": NOON,
    } | changes
    proposal = Proposal.objects.create(kind=given["category"].kind, **given)
    Proposal.objects.assign_areas()
    proposal.refresh_from_db()
    return proposal


def make_pledge(proposal: Proposal, state: PledgeState = PledgeState.ACTIVE, *, part: str = "lead") -> Pledge:
    """A promise on `proposal` in `state`, the stage of the proposal left as it is."""
    pledge = _pledge(proposal, _organisation(part), part, state)
    pledge.save()
    return pledge


def _organisation(part: str) -> Organisation:
    known = {"names": {"fi": f"Huolto {part}"}, "type": "company", "verified_at": NOON}
    return Organisation.objects.get_or_create(slug=f"rows-{part}", defaults=known)[0]


def _pledge(proposal: Proposal, by: Organisation, part: str, state: PledgeState) -> Pledge:
    return Pledge(
        proposal=proposal, organisation=by, kind="do", part=part, promise="We do it.", language="en", due=NOON.date(),
        state=state, reason="It rains.", made_at=NOON, ended_at=None if state in OPEN_STATES else NOON,
    )  # fmt: skip


def make_crowd(size: int = 300, seed: int = 7) -> list[Proposal]:
    """`size` proposals in every state, some in one place and some on borders of areas; two in three are published.

    Half of them have a promise or two, each in any state: doors must go by the promises, whatever the stage says.
    """
    chance = random.Random(seed)
    categories = list(make_categories().values())
    crowded = [Point(24.8123, 60.1853, srid=4326), Point(24.82, 60.18, srid=4326), Point(WEST, SOUTH, srid=4326)]

    def place() -> Point:
        if chance.random() < 0.2:
            return chance.choice(crowded)
        return Point(round(chance.uniform(WEST, EAST), 7), round(chance.uniform(SOUTH, NORTH), 7), srid=4326)

    def row(number: int) -> Proposal:
        category, where = chance.choice(categories), place()
        hidden = chance.choice([p for p in Publication if p != Publication.PUBLISHED])
        status = chance.choice([s for s in Status if s != Status.MERGED])
        at = NOON + datetime.timedelta(hours=chance.randrange(-400, 400))
        return Proposal(
            category=category,
            kind=category.kind,
            title=f"{chance.choice(['Bench', 'Light', '=Sum', 'Penkki'])} {number}",
            body=chance.choice(["There is nowhere to sit.", "Too dark; by night,\nit's “unsafe”.", ""]),
            language=chance.choice(["en", "fi", "other"]),
            location=where,
            public_location=where,
            publication=Publication.PUBLISHED if chance.random() < 0.67 else hidden,
            status=status,
            terms_version="2026-11",
            submitted_at=at,
            published_at=at,
            updated_at=at,
        )

    rows = Proposal.objects.bulk_create(row(number) for number in range(size))
    _promise_on_some(rows, chance)
    Proposal.objects.assign_areas()
    return rows


def _promise_on_some(rows: list[Proposal], chance: random.Random) -> None:
    for part in ("lead", "partner"):
        by, some = _organisation(part), [row for row in rows if chance.random() < 0.3]
        Pledge.objects.bulk_create(_pledge(row, by, part, chance.choice(PledgeState.values)) for row in some)
