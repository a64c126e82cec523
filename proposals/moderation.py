"""What waits for a moderator, oldest first: two queries say what, a constant number brings it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import CharField, Exists, F, Min, OuterRef, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from proposals.identifiers import Kind, pieces
from proposals.models import Comment, Event, Flag, Photo, PhotoState, Proposal, ProposalText, Publication, Role, Verb
from proposals.rewording import Piece, compared

HOURS_TOLD = 72
ASKED_FOR = datetime.timedelta(days=7)  # so long what an author was asked about waits aside

WHY = {
    "pending": pgettext_lazy("why it waits", "new"),
    "wording": pgettext_lazy("why it waits", "edited"),
    "photo": pgettext_lazy("why it waits", "photos to look at"),
    "system": pgettext_lazy("why it waits", "hidden for reports"),
    "review": pgettext_lazy("why it waits", "new review asked for"),
    "reported": pgettext_lazy("why it waits", "reported"),
    "comment": pgettext_lazy("why it waits", "comment"),
}


@dataclass
class Case:
    """One thing to decide on: a proposal, or a comment under one."""

    proposal: Proposal
    since: datetime.datetime
    why: list[str]
    comment: Comment | None = None
    flags: list[Flag] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"c{self.comment.pk}" if self.comment else f"p{self.proposal.pk}"

    @property
    def reasons(self) -> list[str]:
        return [str(WHY[name]) for name in self.why]

    @property
    def request(self) -> str:
        """Why its author asks for a new review, in their words. One query, of such cases alone."""
        if "review" not in self.why:
            return ""
        event = Event.objects.of(self.proposal).filter(verb=Verb.REVIEW_ASKED).select_related("note").last()
        return event.note.text if event and hasattr(event, "note") else ""

    @property
    def age(self) -> str:
        return in_words(timezone.now() - self.since)

    @property
    def wording(self) -> Proposal | ProposalText:
        """The words to decide on: those that wait, or those that are seen."""
        return next((text for text in self.proposal.texts.all() if text.waits), self.proposal)

    @property
    def is_rewording(self) -> bool:
        """Whether a new wording waits of what everyone sees in an older one."""
        return self.comment is None and self.proposal.is_public and self.wording is not self.proposal

    @property
    def changes(self) -> list[list[Piece]]:
        """What that wording changes in the title and in the text."""
        return [
            compared(self.proposal.title, self.wording.title),
            compared(self.proposal.body, self.wording.body),
        ]

    @property
    def title_pieces(self) -> list[tuple[str, Kind | None]]:
        return list(pieces(self.wording.title))

    @property
    def body_pieces(self) -> list[tuple[str, Kind | None]]:
        return list(pieces(self.comment.body if self.comment else self.wording.body))

    @property
    def identifiers(self) -> list[str]:
        """What was found in the words, each once."""
        found = [text for text, kind in (*self.title_pieces, *self.body_pieces) if kind]
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Waiting:
    """How much waits, and since when the oldest does."""

    count: int
    oldest: datetime.datetime | None

    @property
    def age(self) -> str:
        return in_words(timezone.now() - self.oldest) if self.oldest else ""


def in_words(age: datetime.timedelta) -> str:
    """How long something has waited: in hours up to three days, then in days."""
    hours = int(age.total_seconds() // 3_600)
    if hours < HOURS_TOLD:
        return _("%(n)d h") % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}


def queue(limit: int, first: str = "") -> list[Case]:
    """The oldest `limit` cases; the one with key `first` before all, if it still waits. Six queries at most."""
    keys = sorted(_waiting().items(), key=lambda item: (item[0] != first, item[1][0], item[0]))[:limit]
    proposals = _proposals(int(key[1:]) for key, _reasons in keys if key[0] == "p")
    comments = _comments(int(key[1:]) for key, _reasons in keys if key[0] == "c")
    cases = []
    for key, (since, why) in keys:
        pk = int(key[1:])
        comment = comments.get(pk) if key[0] == "c" else None
        proposal = comment.proposal if comment else proposals.get(pk)
        if proposal is not None:  # a comment that was erased between the questions is none
            flags = [flag for flag in (comment or proposal).flags.all() if flag.settled_at is None]
            cases.append(Case(proposal, since, why, comment, flags))
    return cases


def waiting() -> Waiting:
    since = [since for since, _reasons in _waiting().values()]
    return Waiting(len(since), min(since, default=None))


def decided_today() -> int:
    """How many decisions moderators have made since midnight."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    decided = Event.objects.filter(at__gte=midnight, role=Role.MODERATOR)
    return decided.exclude(verb=Verb.DECISION_UNDONE).count()


def case_by_key(key: str) -> Proposal | Comment | None:
    """The proposal `p12` or comment `c12`, whether it waits or not."""
    if not (key[1:].isascii() and key[1:].isdigit() and len(key) < 18):
        return None
    if key[0] == "p":
        return Proposal.objects.filter(pk=int(key[1:])).first()
    return Comment.objects.select_related("proposal").filter(pk=int(key[1:])).first() if key[0] == "c" else None


def _waiting() -> dict[str, tuple[datetime.datetime, list[str]]]:
    """Key of each case, since when it waits, and why."""
    found: dict[str, tuple[datetime.datetime, list[str]]] = {}
    of_proposals = _union(
        _row(_unasked(Proposal.objects.filter(publication=Publication.PENDING)), "pk", F("submitted_at"), "pending"),
        _row(_unasked(_of_texts(), "proposal"), "proposal", F("at"), "wording"),
        _row(_of_photos(), "proposal", Min("created_at"), "photo"),
        _row(_latest(Verb.HIDDEN), "proposal", F("at"), "system"),
        _row(_latest(Verb.REVIEW_ASKED), "proposal", F("at"), "review"),
        _row(_of_flags(), "proposal", Min("at"), "reported"),
    )
    of_comments = _union(
        _row(Comment.objects.filter(state="pending"), "pk", F("at"), "comment"),
        _row(Flag.objects.unsettled().filter(comment__isnull=False), "comment", Min("at"), "reported"),
    )
    for letter, rows in (("p", of_proposals), ("c", of_comments)):
        for pk, since, why in rows:
            earlier, reasons = found.get(f"{letter}{pk}", (since, []))
            found[f"{letter}{pk}"] = (min(earlier, since), [*reasons, why])
    return found


def _union(first: QuerySet, *others: QuerySet) -> QuerySet:
    return first.union(*others, all=True)


def _row(rows: QuerySet, pk: str, since: F | Min, why: str) -> QuerySet:
    """`rows` as (key, since when, why), one for each key."""
    return (
        rows.order_by()
        .values(case=F(pk))
        .annotate(since=Min(since) if isinstance(since, F) else since)
        .values_list("case", "since", Value(why, output_field=CharField()))
    )


def _of_texts() -> QuerySet[ProposalText]:
    return ProposalText.objects.filter(waits=True, proposal__publication=Publication.PUBLISHED)


def _of_photos() -> QuerySet[Photo]:
    seen = (Publication.PENDING, Publication.PUBLISHED)
    return Photo.objects.filter(state=PhotoState.PENDING, proposal__publication__in=seen)


def _of_flags() -> QuerySet[Flag]:
    return Flag.objects.unsettled().filter(proposal__publication=Publication.PUBLISHED)


def _latest(verb: Verb) -> QuerySet[Event]:
    """Events that ask for a moderator as `verb` does, after which nothing decided on what is seen of the proposal."""
    seen = (Publication.PUBLISHED, Publication.HIDDEN)
    later = Event.objects.bearing_on_sight().filter(proposal=OuterRef("proposal"), pk__gt=OuterRef("pk"))
    return Event.objects.asking_for(verb).filter(~Exists(later), proposal__publication__in=seen)


def _unasked(rows: QuerySet, proposal: str = "pk") -> QuerySet:
    """`rows` without those whose author was asked for more detail within a week and has not answered by an edit."""
    answers = (Verb.EDITED, Verb.DECISION_UNDONE)
    edited = Event.objects.bearing_on_sight().filter(
        proposal=OuterRef("proposal"), pk__gt=OuterRef("pk"), verb__in=answers
    )
    asked = Event.objects.filter(
        ~Exists(edited), proposal=OuterRef(proposal), verb=Verb.DETAIL_ASKED, at__gte=timezone.now() - ASKED_FOR
    )
    return rows.filter(~Exists(asked))


def _proposals(keys: Iterable[int]) -> dict[int, Proposal]:
    rows = Proposal.objects.filter(pk__in=list(keys)).select_related("category", "area")
    return rows.prefetch_related("texts", "photos", "flags").in_bulk()


def _comments(keys: Iterable[int]) -> dict[int, Comment]:
    rows = Comment.objects.filter(pk__in=list(keys)).select_related(
        "proposal__category", "proposal__area", "organisation"
    )
    return rows.prefetch_related("flags").in_bulk()
