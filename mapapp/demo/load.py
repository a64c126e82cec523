"""The demo city into the database: areas, services, spaces, categories, and proposals with a past of two years.

Loading again changes nothing. What somebody changed meanwhile (official areas imported, a proposal edited) stays.
"""

import datetime
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from shapely import box

from mapapp.demo.areas import FOLDER, outline
from mapapp.demo.followers import load_followers
from mapapp.demo.ground import has_other_areas, load_areas, load_services, load_spaces
from mapapp.demo.moments import moment
from mapapp.demo.people import load_people
from mapapp.demo.photos import draw
from mapapp.demo.promises import load_organisations, load_promises
from mapapp.demo.voices import Said, add_voices, read_voices
from mapapp.starting_categories import load_categories
from proposals.models import (
    Category,
    CommentState,
    Photo,
    PhotoState,
    Proposal,
    ProposalText,
    Publication,
    PublicationRule,
    Role,
    Verb,
)
from proposals.models.history import record
from proposals.photos import store_photo
from proposals.placing import place

SOURCE = "demo"  # with a proposal's key it is (source, source_id), by which a second load knows it
ENDING_VERBS = {Publication.HIDDEN: Verb.HIDDEN, Publication.WITHDRAWN: Verb.WITHDRAWN}

Record = dict[str, Any]  # a proposal as proposals.json has it


@dataclass(frozen=True)
class Happening:
    """One event that is still to be recorded; `before` and `after` are publications or statuses."""

    at: datetime.datetime
    proposal: Proposal
    verb: Verb
    role: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True)
class Loaded:
    """How many of each this load added; `areas_kept` where the city has areas of another source already."""

    areas: int
    services: int
    spaces: int
    categories: int
    proposals: int
    events: int
    photos: int
    areas_kept: bool
    promises: int
    people: int

    @property
    def anything(self) -> bool:
        return any(
            (self.areas, self.services, self.spaces, self.categories, self.proposals, self.promises, self.people)
        )


class AnotherCity(ValueError):
    """The settings are of a city in which the demo's places do not lie."""


def load_demo() -> Loaded:
    """Adds what the demo city still lacks, in one transaction. About 3 s the first time, 1 s again.

    Raises AnotherCity where the bounds of the settings do not hold the demo city.
    """
    west, south, east, north = settings.CITY.bounds
    if not box(west, south, east, north).covers(outline()):
        raise AnotherCity(f"The demo city does not lie inside the bounds of {settings.CITY.name}.")
    with transaction.atomic():
        areas_kept = has_other_areas()
        areas = 0 if areas_kept else load_areas()
        services, spaces = load_services(), load_spaces()
        categories = load_categories()
        load_organisations()
        proposals, events, photos = _load_proposals()
        promises = load_promises(SOURCE)
        people = load_people() + load_followers(SOURCE)
    return Loaded(
        areas=areas,
        services=services,
        spaces=spaces,
        categories=categories,
        proposals=proposals,
        events=events,
        photos=photos,
        areas_kept=areas_kept,
        promises=promises,
        people=people,
    )


def _load_proposals() -> tuple[int, int, int]:
    """(proposals, events, photos) that were added."""
    known = dict(Proposal.objects.filter(source=SOURCE).values_list("source_id", "pk"))
    categories = Category.objects.in_bulk(field_name="slug")
    today = timezone.localdate()
    happenings: list[Happening] = []
    photos, voices = 0, read_voices()
    added: dict[str, Proposal] = {}
    published: dict[str, float] = {}
    for row in _read("proposals.json"):  # oldest first, so that what others were merged into is there before them
        if row["key"] in known:
            continue
        row["voices"] = voices.get(row["key"], [])
        proposal = _store(row, categories[row["category"]], known, today)
        known[row["key"]] = proposal.pk
        happenings += _past_of(row, proposal, today)
        photos += _store_photo(row, proposal)
        if proposal.is_public:
            added[row["key"]], published[row["key"]] = proposal, row["published_days_ago"]
    add_voices(added, published, voices, today)
    happenings.sort(key=lambda happening: happening.at)
    for happening in happenings:
        _record(happening)
    return len({happening.proposal.pk for happening in happenings}), len(happenings), photos


def _store(row: Record, category: Category, known: dict[str, int], today: datetime.date) -> Proposal:
    """The proposal as it stands after its whole past, with its author's wording."""
    placed = place(GEOSGeometry(json.dumps(row["geometry"]), srid=4326), category)
    last = row["history"][-1] if row["history"] else {}
    later = [*_later(row), *row["voices"]]
    times = [row["submitted_days_ago"], row["published_days_ago"], *(e["days_ago"] for e in later)]
    proposal = Proposal.objects.create(
        category=category,
        kind=category.kind,
        title=row["title"],
        body=row["body"],
        language=row["language"],
        answers={"version": category.questions["version"], "values": row["answers"]} if row["answers"] else {},
        location=placed.location,
        public_location=placed.public_location,
        area=placed.area,
        landmark=placed.landmark,
        place_precision=placed.precision,
        publication=row["publication"],
        status=last.get("status", "open"),
        merged_into_id=known.get(row["merged_into"]),
        channel=row["channel"],
        version=1 + len(later),
        terms_version=settings.TERMS_VERSION,
        source=SOURCE,
        source_id=row["key"],
        submitted_at=moment(row["submitted_days_ago"], today),
        published_at=None if row["published_days_ago"] is None else moment(row["published_days_ago"], today),
        updated_at=moment(min(time for time in times if time is not None), today),
    )
    ProposalText.objects.create(
        proposal=proposal, version=1, title=row["title"], body=row["body"], at=proposal.submitted_at
    )
    return proposal


def _later(row: Record) -> list[Record]:
    """What happened after publication: the stages, and an end by its author or a moderator."""
    return [*row["history"], *([row["ended"]] if "ended" in row else [])]


def _past_of(row: Record, proposal: Proposal, today: datetime.date) -> list[Happening]:
    """Every event of the proposal, by the verbs that would have written them at the time."""
    past = _publication_of(row, proposal)
    status = "open"
    for event in row["history"]:
        at, reason = moment(event["days_ago"], today), event["reason"] or ""
        past.append(Happening(at, proposal, Verb.STATUS_CHANGED, event["role"], status, event["status"], reason))
        status = event["status"]
    past += [_voice(said, proposal, today) for said in row["voices"]]
    if ended := row.get("ended"):
        verb, at = ENDING_VERBS[proposal.publication], moment(ended["days_ago"], today)
        before, after = Publication.PUBLISHED, proposal.publication
        past.append(Happening(at, proposal, verb, ended["role"], before, after, ended["reason"]))
    return past


def _voice(said: Said, proposal: Proposal, today: datetime.date) -> Happening:
    """The event of a comment or an official answer."""
    at, role = moment(said["days_ago"], today), Role.ORGANISATION if said["by"] else Role.RESIDENT
    if said["is_answer"]:
        return Happening(at, proposal, Verb.ANSWERED, role, "", "")
    return Happening(at, proposal, Verb.COMMENTED, role, "", CommentState.PUBLISHED)


def _publication_of(row: Record, proposal: Proposal) -> list[Happening]:
    """Submitted, and published by whoever publishes in the proposal's category."""
    rule, public = proposal.category.publication_rule, row["published_days_ago"] is not None
    first = proposal.first_publication(email=public and rule == PublicationRule.AFTER_CONFIRMATION)
    past = [Happening(proposal.submitted_at, proposal, Verb.SUBMITTED, Role.RESIDENT, "", first)]
    if not public:
        return past
    at, after = proposal.published_at, Publication.PUBLISHED
    if rule == PublicationRule.AT_ONCE:
        return [*past, Happening(at, proposal, Verb.PUBLISHED, Role.SYSTEM, "", after)]
    if rule == PublicationRule.AFTER_MODERATION:
        return [*past, Happening(at, proposal, Verb.PUBLISHED, Role.MODERATOR, first, after)]
    confirmed = Happening(at, proposal, Verb.CONFIRMED, Role.RESIDENT, "", "")
    return [*past, confirmed, Happening(at, proposal, Verb.PUBLISHED, Role.RESIDENT, first, after)]


def _record(happening: Happening) -> None:
    """Writes the event at its own time, which `record` takes from the proposal."""
    proposal = happening.proposal
    proposal.updated_at = happening.at
    record(
        proposal,
        happening.verb,
        role=Role(happening.role),
        before=happening.before,
        after=happening.after,
        reason=happening.reason,
    )


def _store_photo(row: Record, proposal: Proposal) -> int:
    """Draws the photo and stores it as if its author had sent it and a moderator had seen it; 1, or 0 where there is none."""
    if not row["photo"]:
        return 0
    seed = int(row["key"].rpartition("-")[2])
    stored = store_photo(ContentFile(draw(row["photo"], seed), name="demo.jpg"))
    Photo.objects.create(
        proposal=proposal,
        name=stored.name,
        width=stored.width,
        height=stored.height,
        state=PhotoState.PUBLISHED,
        created_at=proposal.submitted_at,
    )
    return 1


def _read(name: str) -> list[Record]:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
