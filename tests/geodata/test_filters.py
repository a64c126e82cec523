"""The filter form: what it refuses, what it lets through, and what each choice would show."""

import datetime
import itertools
import random

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.http import QueryDict
from django.utils import timezone, translation

from geodata.filters import ProposalFilterForm
from layers.geometry import to_mercator
from layers.models import Area
from proposals.models import PledgeState, Proposal, Publication, Status
from tests.geodata.rows import NOON, make_pledge, make_proposal
from tests.toytown import middle_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def form_of(query: str) -> ProposalFilterForm:
    return ProposalFilterForm(QueryDict(query))


def ids(query: str) -> set[int]:
    return set(form_of(query).apply(Proposal.objects.public()).values_list("pk", flat=True))


# Query strings that no door takes: (query, parameter that the refusal names).
BAD_QUERIES = [
    ("kind=nonsense", "kind"),
    ("kind=parking&kind=nonsense", "kind"),
    ("kind=Parking", "kind"),
    ("category=no-such-category", "category"),
    ("category=' OR 1=1 --", "category"),
    ("status=published", "status"),
    ("area=atlantis", "area"),
    ("area=../../etc/passwd", "area"),
    ("area=north-west&area=atlantis", "area"),
    ("taken_up=perhaps", "taken_up"),
    ("taken_up=1", "taken_up"),
    ("taken_up=yes&taken_up=no", "taken_up"),
    ("q=one&q=two", "q"),
    ("q=" + "a" * 201, "q"),
    ("q=%00", "q"),
    ("q=bench%00", "q"),
    ("q=%ff", "q"),
    ("q=%c0%ae", "q"),
    ("q=%ed%a0%80", "q"),
    ("kind=%00", "kind"),
    ("area=%ff", "area"),
    ("since=yesterday", "since"),
    ("since=2026-02-30", "since"),
    ("since=2026-13-01", "since"),
    ("since=20260531", "since"),
    ("since=2026-W22-7", "since"),
    ("since=2026-05-31T12:00", "since"),
    ("since=٢٠٢٦-٠٥-٣١", "since"),
    ("since=0001-01-01", "since"),
    ("until=9999-12-31", "until"),
    ("until=294277-01-01", "until"),
    ("since=2026-06-01&until=2026-05-31", "until"),
    ("since=2026-05-31&since=2026-05-31", "since"),
    ("bbox=24.8,60.17,24.84", "bbox"),
    ("bbox=24.8,60.17,24.84,60.19,5", "bbox"),
    ("bbox=24.8,60.17,24.84,60.19,5,6,7", "bbox"),
    ("bbox=,,,", "bbox"),
    ("bbox=a,b,c,d", "bbox"),
    ("bbox=nan,nan,nan,nan", "bbox"),
    ("bbox=-inf,60,inf,61", "bbox"),
    ("bbox=1e999,60,25,61", "bbox"),
    ("bbox=1_0,60,25,61", "bbox"),
    ("bbox=٢٤,60,25,61", "bbox"),
    ("bbox=24.8,60.19,24.84,60.17", "bbox"),
    ("bbox=24.8,60.17,200,60.19", "bbox"),
    ("bbox=378000,6670000,379000,6671000", "bbox"),
    ("bbox=24.8,60.17,24.84,60.19&bbox=24.8,60.17,24.84,60.19", "bbox"),
]


@pytest.mark.parametrize(("query", "parameter"), BAD_QUERIES)
def test_bad_value_is_refused_and_named(query, parameter):
    form = form_of(query)
    assert not form.is_valid()
    assert {problem.pointer for problem in form.problems()} == {parameter}
    assert all(problem.message and problem.code for problem in form.problems())


def test_unknown_value_is_repeated_in_its_error_and_the_known_ones_are_listed():
    (problem,) = form_of("kind=nonsense").problems()
    assert "nonsense" in problem.message
    assert "parking" in problem.message


def test_filter_with_an_error_narrows_nothing_by_mistake():
    with pytest.raises(ValueError, match="kind"):
        form_of("kind=nonsense").apply(Proposal.objects.public())


def test_page_ignores_what_it_does_not_know_and_a_machine_is_told():
    form = form_of("utm_source=mail&fbclid=1&kind=parking")
    assert form.is_valid()
    assert form.unknown_parameters() == ["utm_source", "fbclid"]
    assert [problem.pointer for problem in form.problems(allowed_extra=["fbclid"])] == ["utm_source"]


def test_area_that_a_later_import_ended_is_unknown():
    Area.objects.of_slugs(["north-west"]).update(valid_to=timezone.now())
    assert form_of("area=north-west").problems()[0].pointer == "area"


@pytest.mark.parametrize(
    "query",
    ["", "kind=&area=&q=&bbox=&since=&taken_up=", "kind=parking&kind=parking", "bbox=170,60,-170,61",
     "bbox=24.8,60.17,0,24.84,60.19,100", "since=2026-05-31&until=2026-05-31", "q=%20bench%20", "q=-bench", "q=\"", "q=:*%26!("],
)  # fmt: skip
def test_good_query_is_taken(query):
    form = form_of(query)
    assert form.problems() == []
    form.apply(Proposal.objects.public()).count()


def test_hidden_rows_are_in_no_filter():
    for publication in Publication:
        make_proposal(publication=publication)
    assert len(ids("")) == len(ids("kind=parking")) == 1


def test_each_parameter_narrows_to_what_it_says():
    parking = make_proposal()
    idea = make_proposal(category="greening", status=Status.TAKEN_UP, title="Trees for the yard")
    make_pledge(idea)
    assert ids("kind=parking") == {parking.pk}
    assert ids("kind=parking&kind=idea") == {parking.pk, idea.pk}
    assert ids("category=greening") == {idea.pk}
    assert ids("category=greening&kind=parking") == set()
    assert ids("status=taken_up") == {idea.pk}
    assert ids("taken_up=yes") == {idea.pk}
    assert ids("taken_up=no") == {parking.pk}
    assert ids("q=tree") == {idea.pk}
    assert ids("q=tree+bench") == set()


@pytest.mark.parametrize("state", PledgeState)
@pytest.mark.parametrize("status", [Status.OPEN, Status.TAKEN_UP, Status.DELIVERED])
def test_taken_up_goes_by_the_promise_and_not_by_the_stage(state, status):
    proposal = make_proposal(status=status)
    make_pledge(proposal, state)
    counts_as_taken_up = state in ("active", "delivered", "confirmed")
    assert ids("taken_up=yes") == ({proposal.pk} if counts_as_taken_up else set())
    assert ids("taken_up=no") == (set() if counts_as_taken_up else {proposal.pk})


def test_two_promises_count_their_proposal_once_and_one_that_ended_takes_nothing_away():
    proposal = make_proposal(status=Status.TAKEN_UP)
    make_pledge(proposal, PledgeState.LAPSED)
    make_pledge(proposal)
    make_pledge(proposal, part="partner")
    counts = form_of("").choice_counts(Proposal.objects.public())
    assert (counts.total, counts.taken_up) == (1, {"yes": 1, "no": 0})
    assert list(form_of("taken_up=yes").apply(Proposal.objects.public())) == [proposal]


def test_district_holds_what_is_below_it_and_the_city_all():
    there = {slug: make_proposal(middle_of(slug)).pk for slug in ("north-west", "south-west", "north-east")}
    assert ids("area=north-west") == {there["north-west"]}
    assert ids("area=west") == {there["north-west"], there["south-west"]}
    assert ids("area=west&area=north-east") == set(there.values())
    assert ids("area=toytown") == set(there.values())
    assert ids("area=south-east") == set()


def test_days_are_those_of_the_city_and_inclusive():
    late = NOON.replace(hour=20, minute=59)  # 23:59 in the toy city
    last, next_day = make_proposal(published_at=late), make_proposal(published_at=late + datetime.timedelta(minutes=1))
    assert ids("since=2026-05-31&until=2026-05-31") == {last.pk}
    assert ids("since=2026-06-01") == {next_day.pk}
    assert ids("until=2026-05-30") == set()


def test_box_holds_its_west_and_south_edges_and_not_the_others():
    corner = make_proposal(Point(24.81, 60.18, srid=4326)).pk
    assert ids("bbox=24.81,60.18,24.82,60.19") == {corner}
    assert ids("bbox=24.80,60.17,24.81,60.18") == set()
    assert ids("bbox=24.80,60.17,24.81,60.19") == set()


def test_box_across_the_antimeridian_holds_both_sides():
    here = make_proposal().pk
    assert ids("bbox=20,60,-170,61") == {here}
    assert ids("bbox=170,60,20,61") == set()


def test_querystring_keeps_one_order_and_takes_changes():
    form = form_of("q=bench&kind=parking&utm=1&kind=idea&kind=parking&area=west&since=")
    assert form.querystring() == "kind=parking&kind=idea&area=west&q=bench"
    assert form.querystring(q=None, area=["east", "west"]) == "kind=parking&kind=idea&area=east&area=west"
    assert form.querystring(after="12-3") == "kind=parking&kind=idea&area=west&q=bench&after=12-3"


def test_chips_name_each_choice_and_take_only_it_away():
    form = form_of("kind=parking&kind=idea&area=west&taken_up=no&since=2026-05-31&q=bench")
    assert form.is_valid()
    with translation.override("en"):
        chips = {chip.value: chip for chip in form.chips()}
    assert chips["parking"].label == "Parking"
    assert chips["parking"].querystring == "kind=idea&taken_up=no&area=west&since=2026-05-31&q=bench"
    assert chips["west"].label == "West"
    assert chips["bench"].querystring == "kind=parking&kind=idea&taken_up=no&area=west&since=2026-05-31"
    assert len(chips) == 6


def test_what_nobody_has_taken_up_is_not_said_to_wait_for_someone():
    """It may have ended: then it waits for nobody."""
    make_proposal(status=Status.NOT_PLANNED)
    form = form_of("taken_up=no")
    assert form.choice_counts(Proposal.objects.public()).taken_up["no"] == 1
    with translation.override("en"):
        assert form.chips()[0].label == "Nobody has taken it up"


def test_chip_of_an_area_speaks_the_language_of_the_page():
    with translation.override("sv"):
        assert form_of("area=west").chips()[0].label == "Väst"


def test_nothing_is_chosen_in_an_empty_query():
    assert not form_of("utm=1&kind=").is_narrowed
    assert form_of("kind=idea").is_narrowed


def test_counts_stand_beside_each_choice(django_assert_num_queries):
    make_proposal(middle_of("north-west"))
    make_pledge(make_proposal(middle_of("south-west"), status=Status.TAKEN_UP))
    make_proposal(middle_of("north-east"), category="idea")
    make_proposal(middle_of("north-east"), publication=Publication.HIDDEN)
    with django_assert_num_queries(1):
        counts = form_of("").choice_counts(Proposal.objects.public())
    assert counts.total == 3
    assert counts.kind == {"idea": 1, "parking": 2, "pathway": 0, "space": 0, "service": 0, "concern": 0}
    assert counts.status["open"] == 2
    assert counts.status["confirmed"] == 0
    assert counts.category == {"parking": 2, "idea": 1}
    assert counts.area == {"north-west": 1, "south-west": 1, "west": 2, "north-east": 1, "east": 1, "toytown": 3}
    assert counts.taken_up == {"yes": 1, "no": 2}


def test_count_of_a_choice_is_what_choosing_it_would_show():
    for category, status, slug in itertools.product(
        ("parking", "idea"), (Status.OPEN, Status.CONFIRMED, Status.OUTDATED), ("north-west", "north-east")
    ):
        proposal = make_proposal(middle_of(slug), category=category, status=status)
        if status == Status.CONFIRMED:
            make_pledge(proposal, PledgeState.CONFIRMED)
    query = "kind=idea&status=open&taken_up=no&area=north-east"
    counts = form_of(query).choice_counts(Proposal.objects.public())
    assert counts.total == len(ids(query)) == 1
    for kind, count in counts.kind.items():
        assert count == len(ids(query.replace("kind=idea", f"kind={kind}"))), kind
    for status, count in counts.status.items():
        assert count == len(ids(query.replace("status=open", f"status={status}"))), status
    for slug in ("north-west", "north-east", "west", "east", "toytown"):
        assert counts.area.get(slug, 0) == len(ids(query.replace("area=north-east", f"area={slug}"))), slug
    for slug in ("idea", "greening", "parking"):
        assert counts.category.get(slug, 0) == len(ids(f"{query}&category={slug}")), slug
    both = "kind=idea&area=north-east&taken_up=no"
    counts = form_of(both).choice_counts(Proposal.objects.public())
    assert (
        counts.taken_up
        == {"yes": len(ids(both.replace("up=no", "up=yes"))), "no": len(ids(both))}
        == {"yes": 1, "no": 2}
    )


def test_filter_costs_one_query_more_for_areas_and_one_for_categories(django_assert_num_queries):
    make_proposal()
    with django_assert_num_queries(1):
        ids("kind=parking&q=bench&since=2026-01-01")
    with django_assert_num_queries(3):
        ids("area=west&area=east&category=parking&category=idea")


def test_edge_of_a_box_and_a_pin_upon_it_are_the_same_number():
    chance = random.Random(3)
    places = [(round(chance.uniform(-180, 180), 7), round(chance.uniform(-85, 85), 7)) for _ in range(2_000)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_X(pin), ST_Y(pin) FROM (SELECT number, ST_Transform(ST_SetSRID(ST_MakePoint(x, y), 4326), 3857) AS pin"
            " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS given(x, y, number)) AS pins ORDER BY number",
            [[x for x, _ in places], [y for _, y in places]],
        )
        assert cursor.fetchall() == [to_mercator(*place) for place in places]
