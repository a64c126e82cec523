"""The planner's figures equal the rows of the table, whatever the filter; the shades of the map follow them."""

from collections import Counter

import pandas
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.utils import translation

from layers.models import Dataset
from mapapp.report_classes import classify, spread
from mapapp.report_figures import area_rows, count_figures, snapshot
from proposals.models import Pledge, Proposal
from tests.geodata.rows import make_crowd, make_proposal
from tests.mapapp.report_reading import form_of, marks_of, report_of, rows_of
from tests.toytown import middle_of

FILTERS = [
    "",
    "kind=parking&kind=concern",
    "area=west",
    "area=north-west&area=south-east",
    "status=open",
    "taken_up=yes",
    "since=2026-05-31",
    "bbox=24.8,60.17,24.82,60.19",
    "q=bench",
]


@pytest.mark.parametrize("query", FILTERS)
def test_table_of_the_report_equals_the_rows(toytown, query):
    make_crowd()
    html = report_of(query)
    matched = list(form_of(query).apply(Proposal.objects.public()).values_list("area__slug", "status", "pk"))
    promised = set(
        Pledge.objects.filter(state__in=("active", "delivered", "confirmed")).values_list("proposal", flat=True)
    )
    expected = Counter(), Counter(), Counter(), Counter()
    for area, status, pk in matched:
        for counter, counts in zip(
            expected, (True, status == "open", pk in promised, status == "confirmed"), strict=True
        ):
            counter[area or "-"] += counts
    table = rows_of(html)
    assert table.pop("") == [sum(counter.values()) for counter in expected]
    assert {slug: counts for slug, counts in table.items() if any(counts)} == {
        slug: [counter[slug] for counter in expected] for slug, count in expected[0].items() if count
    }
    assert sum(row[2] for row in marks_of(html)) == len(matched)


def test_figures_of_kinds_stages_and_months_each_sum_up_to_the_total(toytown):
    make_crowd()
    figures = count_figures(Proposal.objects.public())
    total = Proposal.objects.public().count()
    for part in (figures.kinds, figures.stages, figures.months, figures.areas):
        assert sum(tally.proposals for tally in part.values()) == total == figures.total.proposals
    assert figures.stages["open"].open == figures.stages["open"].proposals > 0
    assert 0 < figures.stages["confirmed"].taken_up < figures.stages["confirmed"].proposals
    assert figures.total.taken_up == Proposal.objects.public().taken_up().count()


def test_months_have_no_gap_and_begin_at_midnight_of_the_city(toytown, db):
    make_proposal(published_at="2026-01-31T22:30:00Z")  # half past midnight on 1 February in the city
    make_proposal(published_at="2026-04-30T20:59:00Z")
    months = count_figures(Proposal.objects.public()).months
    assert [(day.isoformat(), tally.proposals) for day, tally in months.items()] == [
        ("2026-02-01", 1), ("2026-03-01", 0), ("2026-04-01", 1),
    ]  # fmt: skip


def test_figures_of_nothing_are_noughts(toytown):
    figures = count_figures(Proposal.objects.public())
    assert figures.total.proposals == 0
    assert figures.months == {}
    assert {row.tally.proposals for row in area_rows(figures)} == {0}


def test_chosen_areas_alone_have_rows(toytown):
    make_crowd()
    html = report_of("area=west")
    assert set(rows_of(html)) == {"north-west", "south-west", ""}


def test_what_lies_in_no_area_has_a_row_of_its_own(toytown):
    make_proposal(middle_of("north-west"))
    Proposal.objects.update(area=None)
    html = report_of("lang=en")
    assert "In no area" in html
    assert rows_of(html)["-"][0] == rows_of(html)[""][0] == 1


@pytest.mark.parametrize(
    ("measure", "values", "labels"),
    [
        ("proposals", {"a": 0, "b": 1, "c": 1, "d": 9}, ["no proposals", "1", "2–9"]),
        ("proposals", {"a": 3, "b": 3}, ["3"]),
        ("proposals", {letter: 2**n for n, letter in enumerate("abcdef")}, ["1–2", "3–4", "5–8", "9–16", "17–32"]),
        ("proposals", {}, []),
        ("density", {"a": 0.5, "b": 12.31}, ["0–0.5", "0.5–13"]),
        ("taken_up", {"a": 0, "b": 100}, ["0–20\xa0%", "20–40\xa0%", "40–60\xa0%", "60–80\xa0%", "80–100\xa0%"]),
    ],
)
def test_legend_says_what_each_shade_stands_for(measure, values, labels):
    series = pandas.Series(values, dtype=float)
    proposals = series if measure == "proposals" else pandas.Series(1, index=series.index)
    with translation.override("en"):
        shades, legend = classify(series, proposals, measure)
    assert [shade.label for shade in legend] == labels
    assert set(shades) <= {shade.shade for shade in legend}


def test_shades_are_as_far_apart_as_they_can_be():
    assert [spread(count) for count in range(6)] == [[], [3], [1, 5], [1, 3, 5], [1, 2, 4, 5], [1, 2, 3, 4, 5]]


def test_snapshot_ends_a_query_that_takes_too_long(db):
    with pytest.raises(OperationalError, match="timeout"), snapshot(1), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(3)")


@pytest.mark.django_db(transaction=True)
def test_snapshot_writes_nothing(toytown):
    with pytest.raises(DatabaseError, match="read-only"), snapshot(5):
        Dataset.objects.update(title="written")
