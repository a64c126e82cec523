"""Commenting on a proposal, and answering it officially: the organisation's name stands beside its words."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from actors.models import Organisation, User
from proposals.models import Comment, CommentState, OfficialAnswer, Proposal, PublicationRule, Role, Verb
from proposals.models.proposal import MoveRefused
from proposals.supporting import NotPublic


@dataclass(frozen=True)
class Words:
    """What is said, checked by its form: in whose name where it is an organisation's, and from which device."""

    body: str
    language: str
    organisation: Organisation | None = None
    user: User | None = None
    device_hash: str = ""
    held: bool = False  # came without a proof of work: a moderator looks first


def comment(proposal: Proposal, words: Words) -> Comment:
    """Stores a comment, seen at once where the category publishes at once or a verified organisation speaks.

    Others wait for a moderator. Raises NotPublic, and MoveRefused for an organisation whose time is over.
    """
    with transaction.atomic():
        locked = _public(proposal)
        by = words.organisation
        if by is not None and not by.may_pledge(timezone.localdate()):
            raise MoveRefused("only a verified organisation whose time has not ended speaks")
        made = Comment.objects.create(
            proposal=locked,
            organisation=by,
            body=words.body,
            language=words.language,
            state=CommentState.PENDING,
            device_hash=words.device_hash,
            user=words.user,
            at=timezone.now(),
        )
        is_at_once = locked.category.publication_rule == PublicationRule.AT_ONCE and not words.held
        if by is not None or is_at_once:
            actor_id = words.user.pk if by is not None and words.user else None
            made.publish(role=Role.ORGANISATION if by else Role.RESIDENT, actor_id=actor_id)
    return made


def answer(proposal: Proposal, words: Words) -> OfficialAnswer:
    """An authority answers, in its name; public at once. Raises NotPublic, and MoveRefused for who is no authority."""
    with transaction.atomic():
        locked = _public(proposal)
        by = words.organisation
        if by is None or not by.is_authority or not by.may_pledge(timezone.localdate()):
            raise MoveRefused("only an authority in force answers officially")
        made = OfficialAnswer.objects.create(
            proposal=locked,
            organisation=by,
            body=words.body,
            language=words.language,
            user=words.user,
            at=timezone.now(),
        )
        locked.note(Verb.ANSWERED, role=Role.ORGANISATION, actor_id=words.user.pk if words.user else None)
    return made


def _public(proposal: Proposal) -> Proposal:
    locked = proposal.locked()
    if not locked.is_public:
        raise NotPublic
    return locked
