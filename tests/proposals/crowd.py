"""A crowd for drills: generated watches and proposals, and who must be told of what, worked out without any SQL.

The generator keeps what it made in plain Python; the oracle asks shapely and `in`, apart from the statement that matches.
"""

import random
from dataclasses import dataclass, field

import numpy
import shapely
from django.contrib.gis.geos import GEOSGeometry, Point
from django.utils import timezone

from actors.models import User
from layers.models import Area
from proposals.device import new_device_key
from proposals.models import Category, Kind, Proposal, PublicationRule, Role, Status, Subscriber, Watch
from proposals.placing import Placed
from proposals.submit import Draft, submit
from tests.proposals.rows import category
from tests.toytown import EAST, NEIGHBOURHOODS, NORTH, SOUTH, WEST

WORDS = ("penkki", "valo", "Pysäköinti", "ÖINEN", "polku", "leikkipuisto", "koira", "laituri", "suojatie", "lamp")
KINDS = (Kind.IDEA, Kind.PARKING, Kind.SERVICE, Kind.SPACE)
METRES = 1 / 111_320  # degrees of latitude
UPDATED_SHARE = 0.45  # of the proposals: their stage changes


@dataclass(frozen=True)
class Wanted:
    """A watch as it was asked for. `shape` None: the whole city."""

    subscriber: int
    email: str
    is_confirmed: bool
    frequency: str
    shape: shapely.Geometry | None
    kinds: tuple[str, ...]
    categories: tuple[int, ...]
    with_words: tuple[str, ...]
    without_words: tuple[str, ...]
    all_changes: bool


@dataclass
class Said:
    """A proposal as it was sent, and who changed its stage: "" where nobody did."""

    pk: int
    place: tuple[float, float]
    kind: str
    category: int
    text: str
    author: str
    is_public: bool
    actor: str = ""


@dataclass
class Crowd:
    chance: random.Random
    immediate_share: float = 0  # of the watches: told at once, by mails of their own
    wanted: list[Wanted] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    planners: list[User] = field(default_factory=list)

    # --- making -----------------------------------------------------------------------------------------------------

    def gather(self, watches: int) -> None:
        """Watches of every sort, three of two subscribers; some of the addresses belong to authors and to planners."""
        now = timezone.now()
        self.planners = [User.objects.create_user(f"planner-{n}@example.org") for n in range(3)]
        emails = [f"reader-{n}@example.org" for n in range(watches * 2 // 3)] + [user.email for user in self.planners]
        subscribers = Subscriber.objects.bulk_create(
            Subscriber(
                email=email, language="fi", made_at=now, confirmed_at=now if self.chance.random() > 0.05 else None
            )
            for email in emails
        )
        self.categories = [category(PublicationRule.AT_ONCE, kind) for kind in KINDS]
        self.waits = category(PublicationRule.AFTER_MODERATION, Kind.IDEA)
        for number in range(watches):
            self._watch(subscribers[number % len(subscribers)])

    def _watch(self, of: Subscriber) -> None:
        chance = self.chance
        wanted = Wanted(
            subscriber=of.pk,
            email=of.email,
            is_confirmed=of.confirmed_at is not None,
            frequency="at_once" if chance.random() < self.immediate_share else chance.choice(["daily", "weekly"]),
            shape=self._shape(chance.choices(["city", "areas", "circle", "drawn"], [1, 2, 10, 10])[0]),
            kinds=tuple(chance.sample(KINDS, chance.choice([0, 0, 1, 2]))),
            categories=tuple(c.pk for c in chance.sample(self.categories, chance.choice([0, 0, 0, 1, 2]))),
            with_words=tuple(cased(chance, w) for w in chance.sample(WORDS, chance.choice([0, 0, 1, 3]))),
            without_words=tuple(cased(chance, w) for w in chance.sample(WORDS, chance.choice([0, 0, 1]))),
            all_changes=chance.random() < 0.5,
        )
        watch = Watch.objects.create(
            subscriber=of,
            zone=GEOSGeometry(shapely.to_wkb(multi(wanted.shape), hex=True), srid=4326) if wanted.shape else None,
            kinds=list(wanted.kinds),
            with_words=list(wanted.with_words),
            without_words=list(wanted.without_words),
            changes="all" if wanted.all_changes else "new",
            frequency=wanted.frequency,
            made_at=timezone.now(),
        )
        watch.categories.set(wanted.categories)
        self.wanted.append(wanted)

    def _shape(self, sort: str) -> shapely.Geometry | None:
        chance = self.chance
        if sort == "city":
            return None if chance.random() < 0.2 else shapely.box(WEST, SOUTH, EAST, NORTH)
        if sort == "areas":
            chosen = chance.sample(sorted(NEIGHBOURHOODS), chance.choice([1, 1, 2, 3]))
            return shapely.union_all([shapely.box(*NEIGHBOURHOODS[slug][0]) for slug in chosen])
        radius_m = chance.choice([100, 150, 250, 500])
        circle = shapely.affinity.scale(shapely.Point(*self._place()).buffer(radius_m * METRES), xfact=2)
        if sort == "circle":
            return circle
        hole = shapely.affinity.scale(circle, 0.4, 0.4)
        turned = shapely.affinity.rotate(circle.simplify(radius_m * METRES / 5), chance.randint(0, 90))
        return turned.difference(hole)

    def _place(self) -> tuple[float, float]:
        return round(self.chance.uniform(WEST, EAST), 7), round(self.chance.uniform(SOUTH, NORTH), 7)

    def say(self, news: int) -> int:
        """Proposals and changes of their stages, by the verbs of the product, until `news` events are told of; their number."""
        told = 0
        while told < news:
            said = self._propose()
            told += said.is_public
            if said.is_public and told < news and self.chance.random() < UPDATED_SHARE:
                self._end(self.chance.choice([one for one in self.said[-50:] if one.is_public]))
                told += 1
        return told

    def _propose(self) -> Said:
        chance = self.chance
        place = self._place()
        chosen: Category = self.waits if chance.random() < 0.03 else chance.choice(self.categories)
        title = " ".join(chance.sample(WORDS, 2)).capitalize()
        body = " ".join(cased(chance, word) for word in chance.sample(WORDS, 2))
        author = chance.choice(self.wanted).email if chance.random() < 0.03 else ""
        point = Point(*place, srid=4326)
        draft = Draft(
            category=chosen, title=title, body=body, language="fi", page_language="fi", email=author,
            placed=Placed(point, point, self.area, None),
        )  # fmt: skip
        made = submit(draft, key=new_device_key(), body_hash="0" * 64).proposal
        said = Said(made.pk, place, chosen.kind, chosen.pk, f"{title} {body}", author, made.is_public)
        self.said.append(said)
        return said

    @property
    def area(self) -> Area:
        if not hasattr(self, "_area"):
            self._area = Area.objects.current().order_by("pk").first()
        return self._area

    def _end(self, said: Said) -> None:
        """A planner says that it will not be done, or that it is open again."""
        proposal = Proposal.objects.get(pk=said.pk)
        to = Status.NOT_PLANNED if proposal.status == Status.OPEN else Status.OPEN
        planner = self.planners[said.pk % len(self.planners)]
        proposal.change_status(to, role=Role.PLANNER, reason="A reason.", actor_id=planner.pk)
        said.actor = planner.email

    # --- the oracle ---------------------------------------------------------------------------------------------------

    def pairs(self, events: list[tuple[int, int, str]]) -> set[tuple[int, int]]:
        """(event, subscriber) of all that must be told. `events`: key, proposal and verb of each event there is."""
        by_key = {said.pk: said for said in self.said}
        public = [(key, by_key[of], verb) for key, of, verb in events if by_key[of].is_public]
        news = [row for row in public if row[2] in ("published", "status_changed")]
        x, y = numpy.array([said.place for _key, said, _verb in news]).T
        must: set[tuple[int, int]] = set()
        for wanted in self.wanted:
            if not wanted.is_confirmed:
                continue
            if wanted.shape is not None:
                shapely.prepare(wanted.shape)
            inside = shapely.intersects_xy(wanted.shape, x, y) if wanted.shape is not None else numpy.full(len(x), True)
            fitting = (news[index] for index in numpy.flatnonzero(inside))
            must.update((key, wanted.subscriber) for key, said, verb in fitting if is_of_interest(wanted, said, verb))
        return must


def is_of_interest(wanted: Wanted, said: Said, verb: str) -> bool:
    """All that is asked but the place."""
    text = said.text.lower()
    by_oneself = {said.author, said.actor if verb == "status_changed" else ""}
    return (
        wanted.email not in by_oneself
        and (wanted.all_changes or verb == "published")
        and (said.kind in wanted.kinds or said.category in wanted.categories or not (wanted.kinds or wanted.categories))
        and (not wanted.with_words or any(word.lower() in text for word in wanted.with_words))
        and not any(word.lower() in text for word in wanted.without_words)
    )


def cased(chance: random.Random, word: str) -> str:
    return chance.choice([word, word.upper(), word.lower()])


def multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
