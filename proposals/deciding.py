"""The verbs of the moderators' desk: publish, hide, hide a part, keep what is published, ask, and take the last one back.

Each decides on one proposal or comment as it was read (StaleVersion otherwise), settles what was reported of it, and
keeps what was before for a quarter of an hour.
"""

import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from actors.models import User
from proposals.deciding_photos import take_back
from proposals.flagging import settle
from proposals.models import Comment, CommentState, Event, Flag, Photo, PhotoState, Proposal, Publication, Role, Verb
from proposals.models.decision import Decision
from proposals.models.history import record
from proposals.models.proposal import HIDDEN_PART, MoveRefused

PART_MIN = 3  # characters: a shorter part would be found everywhere


class PartNotFound(MoveRefused):
    """The part to hide is not in the text."""


def publish(proposal: Proposal, *, by: User, version: int | None = None) -> None:
    """Lets all of it be seen: the wording that waits or was hidden in part, and the photos. Reports are settled."""
    with transaction.atomic():
        locked = proposal.locked(version)
        before, now = state_of(locked), timezone.now()
        photos = list(locked.photos.waiting())
        if locked.texts.waiting().exists() or not locked.is_public:
            locked.publish(role=Role.MODERATOR, actor_id=by.pk)
        elif before["asking"] == Verb.REVIEW_ASKED:
            _show_author_wording(locked, by)
        elif not photos and not Flag.objects.of(locked).unsettled().exists():
            raise MoveRefused("nothing waits to be decided")
        for photo in photos:
            photo.publish(role=Role.MODERATOR, actor_id=by.pk)
        _keep(locked, by, before, now)


def hide(proposal: Proposal, *, by: User, reason: str, version: int | None = None) -> None:
    """Hides it, or says of a hidden one that it stays so; its author gets the reason."""
    if not reason.strip():
        raise MoveRefused("hiding needs a reason")
    with transaction.atomic():
        locked = proposal.locked(version)
        before, now = state_of(locked), timezone.now()
        if locked.publication == Publication.HIDDEN:
            after = Publication.HIDDEN
            locked.note(Verb.HIDDEN, role=Role.MODERATOR, after=after, reason=reason, actor_id=by.pk)
        else:
            locked.hide(role=Role.MODERATOR, reason=reason, actor_id=by.pk)
        _keep(locked, by, before, now)


def hide_part(proposal: Proposal, part: str, *, by: User, reason: str, version: int | None = None) -> None:
    """Puts a mark where `part` stands in title or text. The author's own wording keeps it. Raises PartNotFound."""
    if not reason.strip():
        raise MoveRefused("hiding needs a reason")
    part = part.replace("\r\n", "\n").strip()
    with transaction.atomic():
        locked = proposal.locked(version)
        if locked.publication in {Publication.WITHDRAWN, Publication.HIDDEN}:
            raise MoveRefused("what nobody sees has no part to hide")
        before, now = state_of(locked), timezone.now()
        wording = locked.texts.waiting().first() or locked
        if len(part) < PART_MIN or (part not in wording.title and part not in wording.body):
            raise PartNotFound("the part is not in the text")
        locked.title, locked.body = wording.title.replace(part, HIDDEN_PART), wording.body.replace(part, HIDDEN_PART)
        locked.save(update_fields=["title", "body"])
        locked.texts.waiting().update(waits=False)
        locked.note(Verb.PART_HIDDEN, role=Role.MODERATOR, reason=reason, actor_id=by.pk)
        _keep(locked, by, before, now)


def keep_published(proposal: Proposal, *, by: User, reason: str, version: int | None = None) -> None:
    """Leaves what everyone sees as it is: the new wording that waits is not taken over, and its author is told why."""
    if not reason.strip():
        raise MoveRefused("refusing a wording needs a reason")
    with transaction.atomic():
        locked = proposal.locked(version)
        if not locked.is_public or not locked.texts.waiting().exists():
            raise MoveRefused("no new wording of something published waits")
        before, now = state_of(locked), timezone.now()
        locked.texts.waiting().update(waits=False)
        locked.note(Verb.WORDING_REFUSED, role=Role.MODERATOR, reason=reason, actor_id=by.pk)
        _keep(locked, by, before, now, settles=False)


def ask_detail(proposal: Proposal, question: str, *, by: User, version: int | None = None) -> None:
    """Asks its author, who gets a mail with the link to edit; meanwhile it waits aside."""
    if not question.strip():
        raise MoveRefused("asking needs a question")
    with transaction.atomic():
        locked = proposal.locked(version)
        if locked.publication in {Publication.WITHDRAWN, Publication.HIDDEN}:
            raise MoveRefused("it cannot be edited")
        before, now = state_of(locked), timezone.now()
        locked.note(Verb.DETAIL_ASKED, role=Role.MODERATOR, reason=question, actor_id=by.pk)
        _keep(locked, by, before, now, settles=False)


def publish_comment(comment: Comment, *, by: User) -> None:
    with transaction.atomic():
        before, now = _comment_state(comment), timezone.now()
        comment.publish(role=Role.MODERATOR, actor_id=by.pk)
        _keep_comment(comment, by, before, now)


def hide_comment(comment: Comment, *, by: User, reason: str) -> None:
    with transaction.atomic():
        before, now = _comment_state(comment), timezone.now()
        comment.hide(reason=reason, role=Role.MODERATOR, actor_id=by.pk)
        _keep_comment(comment, by, before, now)


def undo(*, by: User) -> Decision:
    """Takes back the last decision of `by`. Raises MoveRefused where there is none, StaleVersion where it was changed."""
    with transaction.atomic():
        decision = Decision.objects.to_undo(by).select_for_update(of=("self",)).first()
        if decision is None:
            raise MoveRefused("nothing to take back")
        if decision.photo:
            take_back(decision)
        else:
            _undo_words(decision)
        decision.undone_at = timezone.now()
        decision.save(update_fields=["undone_at"])
    return decision


def _undo_words(decision: Decision) -> None:
    """Of a proposal or a comment, with the reports that were settled by it."""
    locked = decision.proposal.locked(None if decision.comment else decision.version)
    asking, after = "", ""
    if decision.comment:
        _restore_comment(decision.comment, decision.before)
        locked.refresh_from_db()
    else:
        _restore(locked, decision.before)
        asking, after = decision.before.get("asking", ""), locked.publication
    locked.version += 1
    locked.updated_at = timezone.now()
    locked.save(update_fields=["version", "updated_at"])
    by = decision.actor_id
    record(locked, Verb.DECISION_UNDONE, role=Role.MODERATOR, before=asking, after=after, actor_id=by)
    _open_flags_again(decision)


def state_of(proposal: Proposal) -> dict[str, Any]:
    """All of a proposal that a decision may change."""
    return {
        "publication": proposal.publication,
        "title": proposal.title,
        "body": proposal.body,
        "published_at": proposal.published_at.isoformat() if proposal.published_at else None,
        "texts": list(proposal.texts.waiting().values_list("pk", flat=True)),
        "asking": Event.objects.of(proposal).asking(),
        "photos": list(proposal.photos.waiting().values_list("pk", flat=True)),
    }


def _restore(locked: Proposal, before: dict[str, Any]) -> None:
    locked.publication, locked.title, locked.body = before["publication"], before["title"], before["body"]
    locked.published_at = parse_datetime(before["published_at"]) if before["published_at"] else None
    locked.save(update_fields=["publication", "title", "body", "published_at"])
    locked.texts.filter(pk__in=before["texts"]).update(waits=True)
    Photo.objects.filter(pk__in=before["photos"]).update(state=PhotoState.PENDING)


def _comment_state(comment: Comment) -> dict[str, Any]:
    comment.proposal.locked()
    comment.refresh_from_db()
    return {"state": comment.state, "reason": comment.reason}


def _restore_comment(comment: Comment, before: dict[str, Any]) -> None:
    if before["state"] == CommentState.PUBLISHED:
        comment.publish(role=Role.MODERATOR)
    elif before["state"] == CommentState.HIDDEN:
        comment.hide(reason=before["reason"], role=Role.MODERATOR)
    else:
        comment.hold(reason=before["reason"])


def _show_author_wording(locked: Proposal, by: User) -> None:
    """After a new review: the author's own words are the public ones again."""
    own = locked.texts.order_by("-version").first()
    if own is not None:
        locked.title, locked.body = own.title, own.body
        locked.save(update_fields=["title", "body"])
    locked.note(Verb.EDITED, role=Role.MODERATOR, actor_id=by.pk)


def _keep(locked: Proposal, by: User, before: dict[str, Any], now: datetime.datetime, *, settles: bool = True) -> None:
    if settles:
        settle(locked)
    locked.refresh_from_db()
    Decision.objects.create(actor=by, proposal=locked, before=before, version=locked.version, at=now)


def _keep_comment(comment: Comment, by: User, before: dict[str, Any], now: datetime.datetime) -> None:
    settle(comment)
    proposal = comment.proposal
    proposal.refresh_from_db()
    Decision.objects.create(
        actor=by, proposal=proposal, comment=comment, before=before, version=proposal.version, at=now
    )


def _open_flags_again(decision: Decision) -> None:
    """The reports that the decision settled; those that came meanwhile stand in for them."""
    flags = Flag.objects.of(decision.comment or decision.proposal)
    if not flags.unsettled().exists():
        flags.settled_since(decision.at).update(settled_at=None)
