"""What is forgotten, and when. Each rule in one line of RULES; `manage.py retention --dry-run` shows what would go."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone

from actors.models import Organisation
from actors.models.throttle import ThrottleCount
from proposals.deciding_photos import forget_uncovered
from proposals.flagging import SETTLED_FOR
from proposals.models import Contact, Decision, Flag, MailSent, Proposal, Publication, Role, Submission, Subscriber
from proposals.photos import delete_photo_file, sweep_orphan_photos

UNCONFIRMED_KEPT = datetime.timedelta(days=14)
CONTACT_KEPT = datetime.timedelta(days=730)  # 24 months after the end
SUBMISSION_KEPT = datetime.timedelta(days=7)
THROTTLE_KEPT = datetime.timedelta(hours=24)
DECISION_KEPT = datetime.timedelta(hours=24)
MAIL_SENT_KEPT = datetime.timedelta(days=30)  # longer than any attempt to send a mail lasts
BATCH = 200  # rows in one transaction: a page waits for none of them
BLANK = "–"  # what is left of a title; the database wants one


@dataclass(frozen=True)
class Forgotten:
    """What one rule took, or in a dry run would take."""

    what: str
    count: int


def forget(*, dry_run: bool = False) -> list[Forgotten]:
    """Applies every rule, in batches; returns what each took, or with `dry_run` would take."""
    return [Forgotten(what, rule(dry_run)) for what, rule in RULES.items()]


def _unconfirmed(dry_run: bool) -> int:
    due = Contact.objects.unconfirmed_before(timezone.now() - UNCONFIRMED_KEPT)
    return _each(due, erase_unconfirmed, dry_run)


def _contacts(dry_run: bool) -> int:
    due = Contact.objects.ended_before(timezone.now() - CONTACT_KEPT)
    return _each(due, erase_contact, dry_run)


def _submissions(dry_run: bool) -> int:
    return _delete(Submission.objects.older_than(timezone.now() - SUBMISSION_KEPT), dry_run)


def _throttle_counts(dry_run: bool) -> int:
    period_start = int((timezone.now() - THROTTLE_KEPT).timestamp())
    return _delete(ThrottleCount.objects.older_than(period_start), dry_run)


def _mails_sent(dry_run: bool) -> int:
    return _delete(MailSent.objects.older_than(timezone.now() - MAIL_SENT_KEPT), dry_run)


def _applications(dry_run: bool) -> int:
    return _delete(Organisation.objects.never_confirmed(), dry_run)


def _subscribers(dry_run: bool) -> int:
    old = Subscriber.objects.filter(confirmed_at=None, made_at__lt=timezone.now() - UNCONFIRMED_KEPT)
    return _delete(old, dry_run)


def _sessions(dry_run: bool) -> int:
    return _delete(Session.objects.filter(expire_date__lt=timezone.now()), dry_run)


def _orphan_photos(dry_run: bool) -> int:
    return sweep_orphan_photos(dry_run=dry_run)


def _decisions(dry_run: bool) -> int:
    return _delete(Decision.objects.older_than(timezone.now() - DECISION_KEPT), dry_run)


def _uncovered(dry_run: bool) -> int:
    return forget_uncovered(dry_run=dry_run)


def _flags(dry_run: bool) -> int:
    return _delete(Flag.objects.settled_before(timezone.now() - SETTLED_FOR), dry_run)


RULES: dict[str, Callable[[bool], int]] = {
    "unconfirmed proposals, 14 days": _unconfirmed,
    "contacts and exact places, 24 months after the end": _contacts,
    "idempotency keys, 7 days": _submissions,
    "throttling counters, 24 hours": _throttle_counts,
    "digests of mails sent, 30 days": _mails_sent,
    "applications of organisations without confirmed addresses, 14 days": _applications,
    "subscribers without a confirmed address, 14 days": _subscribers,
    "sessions that have ended, at once": _sessions,
    "photos as they were before a part was covered, 15 minutes": _uncovered,
    "what decisions of moderators can be taken back to, 24 hours": _decisions,
    "reports that a moderator has settled, 30 days": _flags,
    "photos without a proposal, 26 hours": _orphan_photos,
}


def erase_unconfirmed(contact: Contact) -> None:
    """Withdraws the proposal of `contact` and blanks it: text, answers, photos, exact place. Its history stays."""
    with transaction.atomic():
        proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=contact.proposal_id)
        if proposal.publication != Publication.UNCONFIRMED:  # confirmed a moment ago
            return
        proposal.withdraw(role=Role.SYSTEM)
        proposal.title, proposal.body, proposal.answers, proposal.landmark = BLANK, "", {}, None
        proposal.save(update_fields=["title", "body", "answers", "landmark"])
        proposal.texts.all().delete()
        names = [photo.name for photo in proposal.photos.all()]
        proposal.photos.all().delete()
        erase_contact(contact)
        transaction.on_commit(lambda: [delete_photo_file(name) for name in names])


def erase_contact(contact: Contact) -> None:
    """Forgets how the author is reached and known again, and the place as they gave it; the public place stays."""
    with transaction.atomic():
        proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=contact.proposal_id)
        proposal.location = None
        proposal.save(update_fields=["location"])
        contact.delete()


def _each(due: models.QuerySet[Contact], erase: Callable[[Contact], None], dry_run: bool) -> int:
    if dry_run:
        return due.count()
    done = 0
    after = 0
    while batch := list(due.filter(pk__gt=after)[:BATCH]):
        done, after = done + len(batch), batch[-1].pk
        for contact in batch:
            erase(contact)
    return done


def _delete(due: models.QuerySet, dry_run: bool) -> int:
    if dry_run:
        return due.count()
    done = 0
    while keys := list(due.values_list("pk", flat=True)[:BATCH]):
        due.model.objects.filter(pk__in=keys).delete()  # and what belongs to them
        done += len(keys)
    return done
