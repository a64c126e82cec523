"""Reports: one a device and one a network; three hide until a moderator has looked; nobody is told more."""

import datetime
import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from proposals.commenting import Words, comment
from proposals.flagging import Report, flag, settle
from proposals.models import Comment, Event, Flag, Proposal, PublicationRule, Role, Verb
from proposals.retention import forget
from proposals.supporting import NotPublic
from tests.proposals.rows import on_device, sent

SPAM = {"reason": "spam", "note": "Buy nothing."}


@pytest.fixture
def bench(db: None) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


def address(thing: Proposal | Comment) -> str:
    return f"/en/{'comments' if isinstance(thing, Comment) else 'proposals'}/{thing.pk}/report/"


def report(thing: Proposal | Comment, network: str = "192.0.2.1", client: Client | None = None, **changes: str):
    return (client or Client()).post(address(thing), SPAM | changes, REMOTE_ADDR=network)


def reports(n: int) -> Report:
    return Report("spam", "", f"{n:064x}", f"{n + 1_000:064x}")


# --- refusals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes", [{"reason": ""}, {"reason": "dull"}, {"note": "x" * 501}, {"note": "a\x00"}, {"reference": "machine"}]
)
def test_a_report_that_is_none_is_shown_again(bench: Proposal, changes: dict[str, str]) -> None:
    assert report(bench, **changes).status_code == 422
    assert not Flag.objects.exists()


def test_what_nobody_sees_is_not_reported(db: None) -> None:
    waiting = sent()
    assert report(waiting).status_code == 404
    with pytest.raises(NotPublic):
        flag(waiting, reports(1))
    published = sent(rule=PublicationRule.AT_ONCE)
    made = comment(published, Words("x", "en"))
    made.hide(reason="No.", role=Role.MODERATOR)
    assert report(made).status_code == 404
    assert report(Comment(pk=10**19)).status_code == 404
    assert not Flag.objects.exists()


def test_another_site_cannot_report(bench: Proposal) -> None:
    assert report(bench, client=Client(enforce_csrf_checks=True)).status_code == 403


def test_too_many_reports_are_refused(bench: Proposal, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proposals.views.flag.FLAGS_PER_HOUR", 1)
    on_device(client)
    assert report(bench, client=client).status_code == 303
    refused = report(bench, client=client, note="Once more")
    assert refused.status_code == 429
    assert "Once more" in refused.content.decode()


# --- one a device, one a network ----------------------------------------------------------------------------------------


def test_fifty_reports_from_one_address_are_one(bench: Proposal) -> None:
    assert {report(bench).status_code for _ in range(50)} == {303}
    assert Flag.objects.count() == 1
    bench.refresh_from_db()
    assert bench.is_public


def test_fifty_reports_of_one_device_are_one(bench: Proposal, client: Client) -> None:
    on_device(client)
    for n in range(5):
        report(bench, f"192.0.2.{n}", client)
    assert Flag.objects.count() == 1


def test_the_row_tells_nobodys_address(bench: Proposal) -> None:
    report(bench)
    row = Flag.objects.get()
    assert "192.0.2.1" not in str(vars(row))
    assert len(row.network_hash) == len(row.device_hash) == 64


def test_three_hide_a_proposal_until_a_moderator_has_looked(bench: Proposal) -> None:
    assert [report(bench, f"192.0.2.{n}")["Location"] for n in range(2)] == [f"/en/proposals/{bench.pk}/"] * 2
    assert report(bench, "192.0.2.9")["Location"] == "/en/"
    bench.refresh_from_db()
    assert bench.publication == "hidden"
    event = Event.objects.get(verb=Verb.HIDDEN)
    assert event.role == "system"
    assert "reported" in event.note.text
    assert report(bench, "192.0.2.10").status_code == 410


def test_what_a_moderator_let_stand_is_not_hidden_again_for_thirty_days(bench: Proposal, time_machine) -> None:
    for n in range(3):
        flag(bench, reports(n))
    assert settle(bench) == 3
    bench.publish(role=Role.MODERATOR)
    for n in range(5):
        assert not flag(bench, reports(n))  # the same people may speak again, of what is new
    bench.refresh_from_db()
    assert bench.is_public
    time_machine.move_to(timezone.now() + datetime.timedelta(days=31))
    assert flag(bench, reports(9))


def test_three_take_a_comment_out_of_sight(bench: Proposal) -> None:
    made = comment(bench, Words("Buy!", "en"))
    for n in range(3):
        assert report(made, f"192.0.2.{n}").status_code == 303
    made.refresh_from_db()
    bench.refresh_from_db()
    assert (made.state, bench.comments, bench.publication) == ("pending", 0, "published")
    assert Comment.objects.waiting().get() == made
    settle(made)
    made.publish(role=Role.MODERATOR)
    assert not any(flag(made, reports(n)) for n in range(4))


def test_settled_reports_are_forgotten_after_thirty_days_and_waiting_ones_stay(bench: Proposal, time_machine) -> None:
    flag(bench, reports(1))
    settle(bench)
    flag(bench, reports(2))
    time_machine.move_to(timezone.now() + datetime.timedelta(days=29))
    forget()
    assert Flag.objects.count() == 2
    time_machine.move_to(timezone.now() + datetime.timedelta(days=2))
    forget()
    assert Flag.objects.get().settled_at is None


@pytest.mark.django_db(transaction=True)
def test_three_at_once_hide_it(toytown) -> None:
    bench = sent(rule=PublicationRule.AT_ONCE)
    hidden: list[bool] = []

    def press(n: int) -> None:
        try:
            hidden.append(flag(Proposal.objects.get(pk=bench.pk), reports(n)))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(hidden) == [False, False, True]
