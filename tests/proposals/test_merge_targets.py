"""The proposal with which another is merged is searched for: by number or words, the nearest first, without scripts."""

import pytest
from django.contrib.gis.geos import Point
from django.test import Client

from proposals.merge_targets import SHOWN, merge_targets, number_in
from proposals.models import Event, Proposal, PublicationRule, Status
from tests.actors.people import person
from tests.proposals.rows import sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


@pytest.fixture
def staff(client: Client, bench: Proposal) -> Client:
    client.force_login(person("sirpa", "facilitator"))
    return client


def other(title: str, east: float = 0.0, **fields: object) -> Proposal:
    """A public proposal so many degrees east of the bench."""
    made = sent(rule=PublicationRule.AT_ONCE, title=title, body="", **fields)
    place = Point(24.81 + east, 60.175, srid=4326)
    Proposal.objects.filter(pk=made.pk).update(location=place, public_location=place)
    made.refresh_from_db()
    return made


def search(client: Client, bench: Proposal, words: str, **typed: object):
    bench.refresh_from_db()
    typed = {"version": bench.version, "to": "merged", "reason": "The same.", "search": words} | typed
    return client.post(f"/en/proposals/{bench.pk}/end/", {"step": "search"} | typed)


def titles(bench: Proposal, words: str = "") -> list[str]:
    return [one.proposal.title for one in merge_targets(bench, words)]


# --- what is found --------------------------------------------------------------------------------------------------------


def test_nearest_come_first_and_neither_itself_nor_what_nobody_sees_nor_what_is_merged(bench: Proposal) -> None:
    far, near = other("Seats by the mill", 0.03), other("Seats by the pond", 0.001)
    sent(title="Seats never confirmed")
    merged = other("Seats merged", 0.0001)
    Proposal.objects.filter(pk=merged.pk).update(status=Status.MERGED, merged_into=near)
    assert titles(bench) == titles(bench, "seats") == [near.title, far.title]
    assert [one.distance_m for one in merge_targets(bench)] == sorted(one.distance_m for one in merge_targets(bench))
    assert merge_targets(bench)[0].distance_m == pytest.approx(55, abs=3)


def test_words_are_found_in_their_inflections_and_others_are_not(bench: Proposal) -> None:
    other("Benches for the playground", 0.02)
    other("A crossing", 0.001)
    assert titles(bench, "bench") == ["Benches for the playground"]
    assert titles(bench, "no such thing") == []


def test_what_ended_is_found_by_its_number_alone(bench: Proposal) -> None:
    ended = other("Seats by the mill", 0.01)
    Proposal.objects.filter(pk=ended.pk).update(status=Status.CLOSED_UNFIXED)
    assert titles(bench) == titles(bench, "mill") == []
    assert titles(bench, str(ended.pk)) == ["Seats by the mill"]


@pytest.mark.parametrize("form", ["{}", "#{}", "https://map.example.org/en/proposals/{}/", " {} "])
def test_number_is_found_however_far_and_before_the_words(bench: Proposal, form: str) -> None:
    far = other("A crossing", 0.05)
    other(f"Seats at number {far.pk}", 0.001)
    assert titles(bench, form.format(far.pk))[0] == "A crossing"


def test_own_number_and_unknown_ones_find_nothing(bench: Proposal) -> None:
    for words in (str(bench.pk), "0", "9" * 17, "9" * 30, "１２", "12-3"):
        assert titles(bench, words) == []
    assert number_in("bench 12") is None


def test_number_of_rows_and_queries_is_bounded(bench: Proposal, django_assert_num_queries) -> None:
    for n in range(SHOWN + 3):
        other(f"Seats {n}", 0.001 * n)
    with django_assert_num_queries(1):
        assert len(merge_targets(bench)) == SHOWN
    with django_assert_num_queries(2):
        assert [one.facts for one in merge_targets(bench, str(bench.pk + 1))]


# --- the page -------------------------------------------------------------------------------------------------------------


def test_searching_decides_nothing_and_keeps_all_that_was_typed(staff: Client, bench: Proposal) -> None:
    found = other("Seats by the mill", 0.01)
    answer = search(staff, bench, "mill", who="The railway", target="7")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'value="{found.pk}"' in page and "Seats by the mill" in page
    for kept in ("The same.", "The railway", 'value="mill"'):
        assert kept in page
    assert 'class="error-summary"' not in page and "checked" in page
    bench.refresh_from_db()
    assert bench.status == Status.OPEN
    assert not Event.objects.of(bench).filter(after="merged").exists()


def test_searching_keeps_the_version_that_was_read(staff: Client, bench: Proposal) -> None:
    read = bench.version
    bench.edit(title="A longer bench", body="", version=read)
    page = search(staff, bench, "", version=read).content.decode()
    assert f'name="version" value="{read}"' in page


@pytest.mark.parametrize("words", ["a\x00b", "x" * 500, "' OR 1=1 --", "<script>", "\u202e"])
def test_odd_words_are_no_error(staff: Client, bench: Proposal, words: str) -> None:
    answer = search(staff, bench, words)
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace('<script type="module"', "")


def test_what_was_chosen_is_merged(staff: Client, bench: Proposal) -> None:
    found = other("Seats by the mill", 0.01)
    assert search(staff, bench, "mill", target=found.pk, step="save").status_code == 303
    bench.refresh_from_db()
    assert (bench.status, bench.merged_into) == (Status.MERGED, found)


def test_number_alone_will_do(staff: Client, bench: Proposal) -> None:
    found = other("Seats by the mill", 0.01)
    assert search(staff, bench, f"#{found.pk}", step="save").status_code == 303
    bench.refresh_from_db()
    assert bench.merged_into == found


def test_words_alone_will_not_do(staff: Client, bench: Proposal) -> None:
    other("Seats by the mill", 0.01)
    answer = search(staff, bench, "mill", step="save")
    assert answer.status_code == 422
    assert "Seats by the mill" in answer.content.decode()
    assert search(staff, bench, str(bench.pk), step="save").status_code == 422


def test_what_is_over_offers_no_search(staff: Client, bench: Proposal) -> None:
    Proposal.objects.filter(pk=bench.pk).update(status=Status.NOT_PLANNED)
    assert 'name="search"' not in staff.get(f"/en/proposals/{bench.pk}/end/").content.decode()
