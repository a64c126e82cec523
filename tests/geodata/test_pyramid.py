"""The count pyramid holds what the rows hold, whatever wrote them, folded or not, and tiles read the same from it."""

import random
import threading
from collections import Counter

import pytest
from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.db.models import F

from actors.models import Organisation
from geodata import pyramid
from geodata.collections import proposals
from geodata.models import PyramidCell, PyramidDelta
from geodata.ogc.published import published
from geodata.pyramid import COARSEST_LEVEL, FINEST_LEVEL, facets_of, fold, rebuild
from geodata.tiles import Tile, tile_of
from layers.geometry import CELL_BITS
from proposals.models import Kind, Pledge, PledgeState, Proposal, Publication, Status
from proposals.models.pledge import OPEN_STATES, is_taken_up
from tests.geodata.rows import IN_NORTH_WEST, NOON, make_crowd, make_pledge, make_proposal
from tests.geodata.test_tiles import read_back

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toytown")]


def counted_from_rows() -> Counter:
    """(level, facet, cell) -> how many, of the proposals themselves."""
    found: Counter = Counter()
    rows = Proposal.objects.public().annotate(promised=is_taken_up()).values_list("kind", "status", "promised", "cell")
    for kind, status, promised, cell in rows:
        for level in range(COARSEST_LEVEL, FINEST_LEVEL + 1):
            for facet in ("", f"{kind}/{status}/{'t' if promised else 'f'}"):
                found[level, facet, cell >> 2 * (CELL_BITS - level)] += 1
    return found


def counted_by_pyramid() -> Counter:
    """The same of the pyramid and what has changed since its fold."""
    found: Counter = Counter()
    for level, facet, cell, n in PyramidCell.objects.values_list("level", "facet", "cell", "n"):
        found[level, facet, cell] += n
    for cell, facet, n in PyramidDelta.objects.values_list("cell", "facet", "n"):
        for level in range(COARSEST_LEVEL, FINEST_LEVEL + 1):
            for known in ("", facet):
                found[level, known, cell >> 2 * (CELL_BITS - level)] += n
    return Counter({key: n for key, n in found.items() if n})


def change_something(chance: random.Random) -> None:
    """One of the things that happen to rows; several rows in one statement too."""
    some = list(Proposal.objects.order_by("?")[:3])
    ids = [one.pk for one in some]
    rows = Proposal.objects.filter(pk__in=ids)
    what = chance.randrange(9)
    if what == 0:
        make_proposal(Point(24.81 + chance.random() / 100, 60.18, srid=4326))
    elif what == 1:
        rows.update(publication=chance.choice([Publication.HIDDEN, Publication.PUBLISHED]), published_at=NOON)
    elif what == 2:
        rows.update(status=chance.choice([s for s in Status if s != Status.MERGED]))
    elif what == 3:
        rows.update(public_location=Point(24.81, 60.17 + chance.random() / 100, srid=4326))
    elif what == 4:
        rows.update(supports_verified=F("supports_verified") + 1, kind=chance.choice(Kind.values))
    elif what == 5:
        pledges = Pledge.objects.filter(proposal__in=ids)
        pledges.delete()
        rows.delete()
    elif what == 6:
        for one in some:
            if not one.pledges.filter(state__in=OPEN_STATES).exists():
                make_pledge(one, chance.choice(list(PledgeState)))
    elif what == 7:
        state = chance.choice([s for s in PledgeState if s not in OPEN_STATES])
        Pledge.objects.filter(proposal__in=ids).update(state=state, ended_at=NOON, reason="It rains.")
    else:
        fold()


@pytest.mark.parametrize("seed", range(4))
def test_pyramid_holds_what_the_rows_hold_after_every_change(seed):
    chance = random.Random(seed)
    make_crowd(20, seed)
    for _ in range(25):
        change_something(chance)
        assert counted_by_pyramid() == counted_from_rows()
    fold()
    assert not PyramidDelta.objects.exists()
    assert counted_by_pyramid() == counted_from_rows()
    before = set(PyramidCell.objects.exclude(n=0).values_list())
    assert rebuild()
    assert set(PyramidCell.objects.values_list()) == before


def test_many_changes_are_counted_anew(monkeypatch):
    make_crowd(30)
    monkeypatch.setattr(pyramid, "REBUILD_FROM", 5)
    PyramidCell.objects.create(level=4, facet="", cell=1, n=7, taken_up=0, x_cm=0, y_cm=0)
    assert fold() > 5
    assert counted_by_pyramid() == counted_from_rows()
    assert fold() == 0


def test_support_writes_no_change():
    make_proposal()
    fold()
    Proposal.objects.update(supports_verified=5, title="Another title", status=Status.OPEN)
    assert not PyramidDelta.objects.exists()


@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("zoom", [0, 9, 13, 14])
@pytest.mark.parametrize(
    ("kinds", "statuses", "taken_up"),
    [([], [], None), (["parking", "idea"], [], None), ([], ["open", "taken_up"], True), ([], [], False)],
)
def test_tile_read_from_the_pyramid_is_the_tile_counted_from_rows(tmp_path, folded, zoom, kinds, statuses, taken_up):
    make_crowd(200)
    if folded:
        fold()
        make_crowd(10, 3)
    rows = Proposal.objects.public()
    rows = rows.of_kind(kinds) if kinds else rows
    rows = rows.with_status(statuses) if statuses else rows
    rows = rows if taken_up is None else rows.taken_up(taken_up)
    x, y = IN_NORTH_WEST.transform(3857, clone=True).coords
    side = 2 * 20_037_508.342789244 / 2**zoom
    tile = Tile(zoom, int((x + 20_037_508.342789244) // side), int((20_037_508.342789244 - y) // side))
    facets = facets_of(kinds, statuses, taken_up)
    made = [
        read_back([tile_of(published()["proposals"], rows, tile, "en", given)], tmp_path)["proposals"]
        for given in (None, facets)
    ]
    for marks in made:
        for mark in marks:
            mark.pop("same_place", None)
    assert made[0] == made[1]
    assert sum(mark.get("count", 1) for mark in made[0]) == rows.filter(cell__range=tile.cells).count() > 0


def test_filter_that_the_pyramid_cannot_tell_counts_the_rows(client, tmp_path):
    for place in (IN_NORTH_WEST, IN_NORTH_WEST, Point(24.83, 60.175, srid=4326)):
        make_proposal(place)
    assert proposals().queryset().count() == 3
    for query, expected in (("area=north-west", 2), ("kind=parking", 3), ("kind=parking&q=bench&area=north-west", 2)):
        content = client.get(f"/tiles/proposals/0/0/0.pbf?{query}").content
        (mark,) = read_back([content], tmp_path)["proposals"]
        assert mark["count"] == expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_city")
@pytest.mark.parametrize("promise_first", [True, False])
def test_stage_and_promise_changed_at_once_are_counted_once(promise_first):
    proposal = make_proposal()
    organisation = Organisation.objects.create(names={"en": "A club"}, slug="club", type="company", verified_at=NOON)
    began, may_end = threading.Event(), threading.Event()

    def promise() -> None:
        Pledge.objects.create(
            proposal=proposal, organisation=organisation, kind="do", part="lead", promise="We do it.", language="en",
            due=NOON.date(), state="active", made_at=NOON,
        )  # fmt: skip

    def stage() -> None:
        Proposal.objects.filter(pk=proposal.pk).update(status=Status.TAKEN_UP)

    first, second = (promise, stage) if promise_first else (stage, promise)

    def hold() -> None:
        try:
            with transaction.atomic():
                first()
                began.set()
                may_end.wait(5)
        finally:
            connection.close()

    def follow() -> None:
        try:
            second()
        finally:
            connection.close()

    holding, following = threading.Thread(target=hold), threading.Thread(target=follow)
    holding.start()
    assert began.wait(5)
    following.start()
    following.join(0.3)
    may_end.set()
    holding.join(5)
    following.join(5)
    assert counted_by_pyramid() == counted_from_rows()
