"""The filters of Open311 hold exactly what SQL holds, whatever is asked together."""

import datetime
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from proposals.models import Proposal, Status
from tests.geodata.rows import NOON, make_crowd
from tests.geodata.test_open311 import numbers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def june():
    with time_machine.travel(NOON + datetime.timedelta(days=1), tick=False):
        yield


codes = ("parking", "pathway", "idea", "greening", "concern")
queries = st.fixed_dictionaries(
    {},
    optional={
        "service_code": st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True).map(",".join),
        "status": st.sampled_from(["open", "closed", "open,closed"]),
        "start_date": st.dates(datetime.date(2026, 5, 10), datetime.date(2026, 6, 20)).map(str),
        "end_date": st.just("2026-06-21"),
        "updated_after": st.datetimes(datetime.datetime(2026, 5, 10), datetime.datetime(2026, 6, 20)).map(
            lambda at: at.replace(microsecond=0).isoformat() + "Z"
        ),
        "place": st.tuples(st.integers(0, 40), st.integers(0, 20), st.integers(1, 3_000)),
        "page_size": st.integers(1, 400).map(str),
    },
)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=queries)
def test_filters_hold_what_sql_holds(crowd, client, asked):
    asked = dict(asked)
    rows = "SELECT p.* FROM proposals_proposal p JOIN proposals_category c ON c.id = p.category_id WHERE publication = 'published'"
    parameters: list[Any] = []

    def where(clause: str, *values: Any) -> None:
        nonlocal rows
        rows += f" AND {clause}"
        parameters.extend(values)

    if "service_code" in asked:
        where("c.slug = ANY(%s)", asked["service_code"].split(","))
    if "status" in asked:
        meant = {"open": ["open", "taken_up", "in_progress", "delivered"]}
        meant["closed"] = [s for s in Status if s not in meant["open"]]
        where("p.status = ANY(%s)", [str(s) for word in asked["status"].split(",") for s in meant[word]])
    if "start_date" in asked:
        where("published_at >= (%s || ' 00:00 Europe/Helsinki')::timestamptz", asked["start_date"])
    if "end_date" in asked:
        where("published_at < timestamptz '2026-06-22 00:00 Europe/Helsinki'")
    if not asked.keys() & {"start_date", "end_date", "updated_after"}:
        where("published_at >= timestamptz '2026-06-01 12:00Z' - interval '90 days'")
    if "updated_after" in asked:
        where("updated_at >= %s::timestamptz", asked["updated_after"])
    if place := asked.pop("place", None):
        lat, long, radius = 60.17 + place[1] / 1_000, 24.80 + place[0] / 1_000, place[2]
        asked |= {"lat": f"{lat:.3f}", "long": f"{long:.3f}", "radius": str(radius)}
        where(
            "ST_Distance(ST_Transform(pin, 4326)::geography, ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography) <= %s",
            float(asked["long"]), float(asked["lat"]), radius,
        )  # fmt: skip
    expected = [row.pk for row in Proposal.objects.raw(f"{rows} ORDER BY published_at DESC, p.id DESC", parameters)]
    assert (
        numbers(client, "&".join(f"{name}={value}" for name, value in asked.items()))
        == (expected[: int(asked.get("page_size", 1_000))])
    )


@pytest.fixture
def crowd(db) -> None:
    make_crowd(150)
