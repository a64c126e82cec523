"""Is it really done? Said by the proposer and by those who supported it, confirmed, before it was reported as done."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from actors.models import User
from proposals import support_links
from proposals.models import Proposal, PublicationRule, Subscriber, Support
from proposals.pledging import Promise, deliver, take_up
from proposals.submit import address_hash
from proposals.supporting import Supporter, support
from tests.actors.people import member_of, organisation
from tests.proposals.rows import EMAIL, sent

DEVICE, BERTIL = "1" * 32, "bertil@example.org"


@pytest.fixture
def bench(db: None) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


def signed_in(email: str = BERTIL) -> Client:
    client = Client()
    client.force_login(User.objects.with_address(email))
    return client


def press(client: Client, proposal: Proposal) -> None:
    assert client.post(f"/en/proposals/{proposal.pk}/support/", {"verb": "support"}).status_code == 303


def delivered(proposal: Proposal) -> None:
    due = timezone.localdate() + datetime.timedelta(days=9)
    deliver(take_up(proposal, by=organisation(), promise=Promise(kind="do", text="x", language="fi", due=due)))


def verdict(client: Client, proposal: Proposal, done: str = "yes") -> int:
    return client.post(f"/en/proposals/{proposal.pk}/verdict/", {"done": done}).status_code


def test_who_supported_after_the_delivery_or_without_an_address_does_not_judge(client: Client, bench: Proposal) -> None:
    press(client, bench)
    delivered(bench)
    late = signed_in()
    press(late, bench)
    client.force_login(User.objects.with_address("cecilia@example.org"))
    press(client, bench)  # supported before, confirmed after
    assert [verdict(Client(), bench), verdict(late, bench), verdict(client, bench)] == [404, 404, 404]
    assert "Is it really done?" not in late.get(f"/en/proposals/{bench.pk}/").content.decode()


def test_three_earlier_supporters_confirm(bench: Proposal) -> None:
    voters = [signed_in(f"{name}@example.org") for name in ("b", "c", "d")]
    for voter in voters:
        press(voter, bench)
    delivered(bench)
    assert "Is it really done?" in voters[0].get(f"/en/proposals/{bench.pk}/").content.decode()
    assert [verdict(voter, bench) for voter in (voters[0], voters[0], voters[1])] == [303] * 3
    bench.refresh_from_db()
    assert bench.status == "delivered"
    assert verdict(voters[2], bench) == 303
    bench.refresh_from_db()
    assert bench.status == "confirmed"


def test_a_member_of_the_pledging_organisation_never_counts(bench: Proposal) -> None:
    delivered(bench)
    Proposal.objects.update(status="open")
    member = member_of(bench.pledges.get().organisation, "maija")
    support(bench, Supporter.known_by(DEVICE, member.email))
    Support.objects.update(at=timezone.now() - datetime.timedelta(days=1))
    Proposal.objects.update(status="delivered")
    client = Client()
    client.force_login(member)
    verdict(client, bench)
    assert not bench.verdicts.exists()


def test_the_proposer_judges_by_account_too(bench: Proposal) -> None:
    delivered(bench)
    assert verdict(signed_in(EMAIL), bench) == 404  # not confirmed
    bench.confirm()
    assert verdict(signed_in(EMAIL), bench, "no") == 303
    bench.refresh_from_db()
    assert bench.status == "in_progress"


def test_supporters_judge_by_the_mailed_link(bench: Proposal) -> None:
    subscriber = Subscriber.objects.create(
        email=BERTIL, language="en", made_at=timezone.now(), confirmed_at=timezone.now()
    )
    support_links.confirm(subscriber, bench, 0)
    link = support_links.verdict_link(subscriber, bench).replace("http://127.0.0.1:8000", "")
    assert "Yes, it is done" not in Client().get(link).content.decode()
    assert Client().post(link, {"done": "no"}).status_code == 409
    delivered(bench)
    assert "Yes, it is done" in Client().get(link).content.decode()
    assert not bench.verdicts.exists()
    assert Client().post(link, {"done": "no"}).status_code == 303
    judged = bench.verdicts.get()
    assert (judged.voter_hash, judged.is_proposer, judged.done) == (address_hash(BERTIL), False, False)
