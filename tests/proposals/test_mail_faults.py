"""Digests through a real mail server that is down, refuses, hangs or answers too late: none is lost, none is doubled unseen.

`scripts/drill mail` sends a thousand where this sends a hundred.
"""

import asyncio
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import LazySettings
from django.utils import timezone

from proposals.digests import tell
from proposals.models import Delivery, DeliveryState, Event, PublicationRule, Subscriber
from proposals.notifications import NotDelivered
from tests.proposals.rows import sent

READERS = int(os.environ.get("READERS", "100"))  # scripts/drill mail: 1,000
FAULTS = {"none": None, "busy": "451 Try later", "refused": "554 No", "hangs": None, "reply lost": None}
HANG_S = 0.2


class Inbox:
    """Takes mails; `fault` says what goes wrong at the next one of an address that has met none before."""

    def __init__(self) -> None:
        self.taken: Counter[tuple[str, str]] = Counter()  # (address, Message-ID)
        self.fault_of: dict[str, str] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        to = envelope.rcpt_tos[0]
        fault = self.fault_of.pop(to, "none")
        if answer := FAULTS[fault]:
            return answer
        if fault == "hangs":
            await asyncio.sleep(3 * HANG_S)
            server.transport.abort()
            return "451 Too late"
        self.taken[to, message_from_bytes(envelope.original_content)["Message-ID"]] += 1
        if fault == "reply lost":
            server.transport.abort()
        return "250 OK"


@pytest.fixture
def port(settings: LazySettings) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", number, HANG_S
    return number


@pytest.fixture
def server(port: int) -> Iterator[Controller]:
    """The mail server, down until it is started."""
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port)
    yield controller
    controller.stop(no_assert=True)


@pytest.fixture
def readers(db: None) -> list[Subscriber]:
    """Each waits for one piece of news."""
    sent(rule=PublicationRule.AT_ONCE)
    event = Event.objects.get(verb="published")
    now = timezone.now()
    made = Subscriber.objects.bulk_create(
        Subscriber(email=f"reader-{n}@example.org", language="en", made_at=now, confirmed_at=now)
        for n in range(READERS)
    )
    Delivery.objects.bulk_create(Delivery(event=event, subscriber=reader, due_at=now) for reader in made)
    return made


def refused(readers: list[Subscriber]) -> int:
    """One attempt for each reader, as the jobs make it; returns how many must come again."""
    again = 0
    for reader in readers:
        try:
            tell(reader.pk)
        except NotDelivered as error:
            assert reader.email not in str(error)
            again += 1
    return again


def states() -> set[str]:
    return set(Delivery.objects.values_list("state", flat=True))


def test_mails_through_every_fault_arrive_and_only_a_lost_reply_repeats_one(
    server: Controller, readers: list[Subscriber]
) -> None:
    assert refused(readers) == READERS  # it is down
    assert states() == {DeliveryState.WAITING}

    server.start()
    inbox = server.handler
    faults = {reader.email: list(FAULTS)[n % len(FAULTS)] for n, reader in enumerate(readers)}
    inbox.fault_of = dict(faults)
    began = time.monotonic()
    assert refused(readers) == READERS * 4 // 5
    assert refused(readers) == 0
    seconds = time.monotonic() - began
    assert refused(readers) == 0  # a job that runs once more sends nothing
    assert states() == {DeliveryState.SENT}
    assert {to for to, _message in inbox.taken} == set(faults)
    assert len(inbox.taken) == READERS  # one Message-ID for each, whatever number of attempts
    repeated = {to for (to, _message), times in inbox.taken.items() if times > 1}
    assert repeated == {to for to, fault in faults.items() if fault == "reply lost"}
    assert max(inbox.taken.values()) == 2
    print(
        f"\n{READERS:,} mails, {dict(Counter(faults.values()))}, the server down before: 0 lost, {len(repeated)} of them,"
        f" all after a lost reply, again under the same Message-ID; {seconds:.0f} s"
    )
