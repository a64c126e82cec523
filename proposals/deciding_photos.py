"""Decisions on one photo of a proposal: seen, hidden or covered in part; each can be taken back like those on the words.

The uncovered file of a covered photo is kept as long as that, where nobody but moderators gets at it, and then goes for good.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from actors.models import User
from proposals.models import Photo, Proposal, Role, Verb
from proposals.models.decision import UNDO_FOR, Decision
from proposals.models.history import record
from proposals.models.proposal import MoveRefused, StaleVersion
from proposals.photos import Rectangle, cover_photo, delete_photo_file, photo_exists


def publish_photo(photo: Photo, *, by: User) -> None:
    with transaction.atomic():
        before = _locked(photo)
        photo.publish(role=Role.MODERATOR, actor_id=by.pk)
        _keep(photo, by, before)


def hide_photo(photo: Photo, *, by: User, reason: str) -> None:
    with transaction.atomic():
        before = _locked(photo)
        photo.hide(role=Role.MODERATOR, reason=reason, actor_id=by.pk)
        _keep(photo, by, before)


def cover_parts(photo: Photo, boxes: Sequence[Rectangle], *, by: User) -> None:
    """Covers `boxes` and lets the rest be seen. Raises as `photos.cover`."""
    with transaction.atomic():
        before = _locked(photo)
        cover_photo(photo, boxes, role=Role.MODERATOR, actor_id=by.pk, keeps_uncovered=True)
        _keep(photo, by, before)


def take_back(decision: Decision) -> None:
    """Puts the photo back as it was before `decision`. Raises StaleVersion where it was decided on since."""
    photo: Photo = decision.photo
    now, before = _locked(photo), decision.before["photo"]
    if now != decision.before["after"]:
        raise StaleVersion
    if not photo_exists(before["name"]):
        raise MoveRefused("the uncovered file is gone")
    Photo.objects.filter(pk=photo.pk).update(**before)
    # No new version of the proposal, as with every decision on a photo: a text being edited stays as it is.
    proposal = decision.proposal
    proposal.updated_at = timezone.now()
    proposal.save(update_fields=["updated_at"])
    record(proposal, Verb.DECISION_UNDONE, role=Role.MODERATOR, actor_id=decision.actor_id)
    if now["name"] != before["name"]:
        transaction.on_commit(lambda: delete_photo_file(now["name"]))


def forget_uncovered(older_than: datetime.timedelta = UNDO_FOR, *, dry_run: bool = False) -> int:
    """Removes the files of photos as they were before parts of them were covered; returns how many (there would be)."""
    old = Decision.objects.of_photos().older_than(timezone.now() - older_than)
    names = {decision.before["photo"]["name"] for decision in old}
    gone = [name for name in names - Photo.objects.names_among(list(names)) if photo_exists(name)]
    for name in gone if not dry_run else []:
        delete_photo_file(name)
    return len(gone)


def _locked(photo: Photo) -> dict[str, Any]:
    """All of a photo that a decision may change, read under its proposal's lock."""
    Proposal.objects.select_for_update(of=("self",)).get(pk=photo.proposal_id)
    photo.refresh_from_db()
    return {"name": photo.name, "state": photo.state, "width": photo.width, "height": photo.height}


def _keep(photo: Photo, by: User, before: dict[str, Any]) -> None:
    proposal = Proposal.objects.get(pk=photo.proposal_id)
    Decision.objects.create(
        actor=by,
        proposal=proposal,
        photo=photo,
        before={"photo": before, "after": _locked(photo)},
        version=proposal.version,
        at=timezone.now(),
    )
