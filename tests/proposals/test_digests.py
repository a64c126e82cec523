"""The mails of what people follow: what stands in them, how one gets out, and that none is lost or sent twice."""

import re
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from proposals.digests import ROWS_MAX, tell
from proposals.matching import match
from proposals.models import Delivery, Event, Proposal, PublicationRule, Role, Subscriber
from proposals.notifications import NotDelivered
from proposals.pledging import deliver as report_as_done
from proposals.pledging import take_up
from proposals.submit import address_hash
from proposals.supporting import Supporter, support
from proposals.tasks import plan_news
from tests.actors.people import organisation
from tests.proposals.rows import sent
from tests.proposals.test_matching import follow, promise, public, subscriber, watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Subscriber:
    return subscriber("reader@example.org")


def news(of: Subscriber) -> list[mail.EmailMessage]:
    """The mails that `tell` sends of all events so far."""
    match(list(Event.objects.values_list("pk", flat=True)))
    before = len(mail.outbox)
    tell(of.pk)
    return mail.outbox[before:]


def link_in(letter: mail.EmailMessage, ending: str) -> str:
    return re.search(rf"http://testserver(\S+{ending})", letter.body)[1]


class LostReply(EmailBackend):
    """A server that takes the mail and breaks off before it says so."""

    def send_messages(self, messages: list[mail.EmailMessage]) -> int:
        super().send_messages(messages)
        raise SMTPServerDisconnected("gone")


def test_nothing_due_is_no_mail(reader: Subscriber) -> None:
    watch(reader, frequency="weekly")
    public()
    assert news(reader) == []


def test_what_was_hidden_meanwhile_is_not_told(reader: Subscriber) -> None:
    watch(reader, frequency="at_once")
    proposal = public()
    match(list(Event.objects.values_list("pk", flat=True)))
    proposal.hide(role=Role.MODERATOR, reason="A name.")
    tell(reader.pk)
    assert mail.outbox == []
    assert Delivery.objects.get().state == "dropped"


def test_one_mail_tells_all_in_the_reader_s_language_with_a_way_out(reader: Subscriber) -> None:
    Subscriber.objects.update(language="fi")
    watch(reader, frequency="at_once")
    public(title="A bench")
    public(title="A lamp")
    (letter,) = news(reader)
    assert letter.to == ["reader@example.org"]
    assert "A bench" in letter.body and "A lamp" in letter.body
    assert "/fi/proposals/" in letter.body
    html = letter.alternatives[0]
    assert html.mimetype == "text/html" and "A bench" in html.content
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<http\S+/stop/>", letter.extra_headers["List-Unsubscribe"])


def test_told_once_and_not_again_within_ten_minutes(reader: Subscriber) -> None:
    watch(reader, frequency="at_once")
    public()
    assert len(news(reader)) == 1
    assert news(reader) == []
    public()
    assert news(reader) == []  # ten minutes have not passed
    Delivery.objects.update(sent_at=timezone.now() - timezone.timedelta(minutes=11))
    assert len(news(reader)) == 1


def test_a_mail_has_fifty_rows_and_says_how_many_more_there_are(reader: Subscriber) -> None:
    watch(reader, frequency="at_once")
    for number in range(ROWS_MAX + 3):
        public(title=f"Bench {number:03}")
    (letter,) = news(reader)
    assert len(re.findall(r"Bench \d{3}\n", letter.body)) == ROWS_MAX
    assert "And 3 more" in letter.body
    assert not Delivery.objects.filter(state="waiting").exists()


def test_a_lost_reply_repeats_the_same_rows_under_the_same_message_id(reader: Subscriber, settings) -> None:
    watch(reader, frequency="at_once")
    public(title="A bench")
    settings.EMAIL_BACKEND = f"{__name__}.LostReply"
    with pytest.raises(NotDelivered):
        news(reader)
    assert Delivery.objects.get().state == "waiting"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    public(title="A lamp")
    (again,) = news(reader)
    first = mail.outbox[0]
    assert again.extra_headers["Message-ID"] == first.extra_headers["Message-ID"]
    assert again.body.count("A bench") == 1 and "A lamp" not in again.body
    assert Delivery.objects.filter(state="waiting").count() == 1


def test_who_supported_it_is_asked_whether_it_is_done(reader: Subscriber) -> None:
    proposal = public()
    support(proposal, Supporter("", address_hash(reader.email)))
    follow(reader, proposal=proposal)
    report_as_done(take_up(proposal, by=organisation(), promise=promise()))
    (letter,) = news(reader)
    page = Client().get(link_in(letter, "/verdict/"))
    assert page.status_code == 200
    assert Client().post(page.request["PATH_INFO"], {"done": "yes"}).status_code == 303
    assert proposal.verdicts.get().done


def test_who_only_follows_is_not_asked(reader: Subscriber) -> None:
    proposal = public()
    follow(reader, proposal=proposal)
    report_as_done(take_up(proposal, by=organisation(), promise=promise()))
    (letter,) = news(reader)
    assert "/verdict/" not in letter.body


def test_one_press_without_signing_in_stops_everything(reader: Subscriber) -> None:
    watch(reader, frequency="at_once")
    follow(reader, proposal=sent(rule=PublicationRule.AT_ONCE))
    (letter,) = news(reader)
    address = letter.extra_headers["List-Unsubscribe"].strip("<>").replace("http://testserver", "")
    strict = Client(enforce_csrf_checks=True)
    assert strict.get(address).status_code == 200
    assert reader.watches.exists()  # a scanner that opens links stops nothing
    assert strict.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not reader.watches.exists() and not reader.follows.exists()
    public()
    assert news(reader) == []


def test_a_link_of_another_purpose_or_an_ended_one_opens_nothing(reader: Subscriber) -> None:
    watch(reader, frequency="at_once")
    public()
    (letter,) = news(reader)
    address = link_in(letter, "/stop/")
    token = address.split("/")[3]
    assert Client().post(f"/en/f/{token}/").status_code == 403
    Subscriber.objects.update(link_version=2)
    assert Client().post(address).status_code == 410
    assert reader.watches.exists()


def test_jobs_are_planned_once_for_each_reader_with_news(reader: Subscriber, transactional_db) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    watch(reader, frequency="at_once")
    public()
    match(list(Event.objects.values_list("pk", flat=True)))
    plan_news(0)
    plan_news(0)
    jobs = ProcrastinateJob.objects.filter(task_name="tell_news")
    assert [job.args for job in jobs] == [{"subscriber_id": reader.pk}]
    assert Proposal.objects.count() == 1
