"""Erasing a person by their own wish: the address and everything that leads to it go; what the city was told may stay.

Counts stay true: a support or a verdict keeps its row under a random digest that leads to nobody. The sealed history
verifies as before, for an event holds no person; its note goes, its digest stays.
"""

import secrets
from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Q

from actors.models import Founder, Organisation, User
from actors.models.membership import LastAdministrator, Membership
from proposals.models import (
    Comment,
    CommentState,
    Contact,
    Decision,
    Doubt,
    Photo,
    Proposal,
    ProposalText,
    Publication,
    Role,
    Submission,
    Support,
    Verb,
    Verdict,
)
from proposals.my_data import Person
from proposals.photos import delete_photo_file
from proposals.retention import BLANK

NOBODY = "erased.invalid"  # RFC 2606: an address there reaches nobody


class EraseRefused(Exception):
    """Something must be settled first; nothing was erased."""


@dataclass(frozen=True)
class StaffAccount(EraseRefused):
    """An account with rights of the city's: an administrator takes them away first."""


@dataclass(frozen=True)
class OnlyAdministrator(EraseRefused):
    """The person is the last administrator of `organisations`, by name."""

    organisations: tuple[str, ...]


def erase(person: Person, *, withdraw: bool) -> None:
    """Erases `person` in one transaction; their proposals and comments stay without them, or go with `withdraw`.

    Raises StaffAccount or OnlyAdministrator, and then has changed nothing.
    """
    with transaction.atomic():
        user = person.user
        if user is not None:
            if user.needs_second_factor:
                raise StaffAccount
            _leave_organisations(user)
        person.notes.delete()
        for contact in person.contacts:
            _erase_author(contact, withdraw=withdraw)
        _erase_voice(person, withdraw=withdraw)
        _erase_applications(person)
        person.contact_persons.delete()
        person.invitations.delete()
        if person.subscriber is not None:
            person.subscriber.delete()  # and what it watches, follows and was told
        person.mails_sent.delete()
        person.mails_waiting.delete()
        if user is not None:
            _erase_account(user)


def _leave_organisations(user: User) -> None:
    alone = []
    for membership in Membership.objects.filter(user=user).select_related("organisation").order_by("organisation"):
        try:
            membership.end()
        except LastAdministrator:
            alone.append(str(membership.organisation))
    if alone:
        raise OnlyAdministrator(tuple(alone))


def _erase_author(contact: Contact, *, withdraw: bool) -> None:
    """The proposal loses its author, their wordings and the exact place; what is not to stay loses its words too."""
    proposal = contact.proposal.locked()
    Submission.objects.filter(proposal=proposal).delete()
    ProposalText.objects.filter(proposal=proposal).delete()
    Decision.objects.filter(proposal=proposal).delete()  # to take one back would bring the words back
    contact.delete()
    # Without its author an unconfirmed proposal can never be confirmed, and one that was taken back never comes again.
    if withdraw or proposal.publication in {Publication.UNCONFIRMED, Publication.WITHDRAWN}:
        proposal.withdraw()
        proposal = proposal.locked()
        _blank(proposal)
    proposal.location = None
    proposal.save(update_fields=["location"])
    proposal.note(Verb.AUTHOR_ERASED, role=Role.RESIDENT)


def _blank(proposal: Proposal) -> None:
    proposal.title, proposal.body, proposal.answers, proposal.landmark = BLANK, "", {}, None
    proposal.save(update_fields=["title", "body", "answers", "landmark"])
    photos = Photo.objects.filter(proposal=proposal)
    names = list(photos.values_list("name", flat=True))
    photos.delete()
    transaction.on_commit(lambda: [delete_photo_file(name) for name in names])


def _erase_voice(person: Person, *, withdraw: bool) -> None:
    for support in person.supports:
        Support.objects.filter(pk=support.pk).update(address_hash=secrets.token_hex(32), device_hash="")
    for verdict in person.verdicts:
        Verdict.objects.filter(pk=verdict.pk).update(voter_hash=secrets.token_hex(32))
    for doubt in person.doubts:
        Doubt.objects.filter(pk=doubt.pk).update(voter_hash=secrets.token_hex(32))
    for comment in person.comments:
        Decision.objects.filter(comment=comment).delete()
        if withdraw and comment.organisation_id is None:
            _take_out(comment)
        Comment.objects.filter(pk=comment.pk).update(user=None, device_hash="")
    person.official_answers.update(user=None)  # the authority's, not the person's


def _take_out(comment: Comment) -> None:
    """The words of `comment` go; as many are counted as are seen."""
    comment.proposal.locked()
    comment.refresh_from_db(fields=["state"])
    if comment.state == CommentState.PUBLISHED:
        Proposal.objects.filter(pk=comment.proposal_id, comments__gt=0).update(comments=F("comments") - 1)
    Comment.objects.filter(pk=comment.pk).update(state=CommentState.HIDDEN, body=BLANK, reason="")


def _erase_applications(person: Person) -> None:
    """An application of their own that nobody has decided on goes; behind any other they are nobody by name."""
    for founder in person.founders:
        application = founder.application
        if application.decided_at is not None:
            address = f"{secrets.token_hex(8)}@{NOBODY}"
            Founder.objects.filter(pk=founder.pk).update(email=address, code_hash="", code_sent_at=None)
        elif application.applicant.pk == founder.pk:
            Organisation.objects.filter(pk=application.organisation_id, verified_at=None).delete()
        else:
            founder.delete()


def _erase_account(user: User) -> None:
    theirs = Q(user=user) | Q(object_repr__icontains=user.email) | Q(change_message__icontains=user.email)
    LogEntry.objects.filter(theirs).delete()
    for session in Session.objects.iterator():  # a sign-in by code leaves the address in it
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    user.delete()
