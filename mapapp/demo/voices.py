"""What others say of the demo's proposals: supports, comments and official answers, the same in every load."""

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy

from actors.models import Organisation
from mapapp.demo.areas import FOLDER
from mapapp.demo.moments import moment
from proposals.models import Comment, CommentState, OfficialAnswer, Proposal, Support

Said = dict[str, Any]  # a comment or an answer as voices.json has it; `is_answer` tells which
SUPPORTS_MEAN, SUPPORTS_MAX = 9, 60  # of one proposal
VERIFIED_SHARE = 0.6  # of the supports: by people who confirmed an address


def read_voices() -> dict[str, list[Said]]:
    """Comments and answers by the key of their proposal, oldest first."""
    found: dict[str, list[Said]] = defaultdict(list)
    document = json.loads((FOLDER / "voices.json").read_text(encoding="utf-8"))
    for name, is_answer in (("comments", False), ("answers", True)):
        for said in document[name]:
            found[said["proposal"]].append(said | {"is_answer": is_answer})
    return {key: sorted(rows, key=lambda said: -said["days_ago"]) for key, rows in found.items()}


def add_voices(
    proposals: Mapping[str, Proposal],
    published: Mapping[str, float],
    voices: Mapping[str, list[Said]],
    today: datetime.date,
) -> None:
    """Writes what is said of `proposals`, public ones by key, and their counts. `published`: how many days ago each was."""
    organisations = Organisation.objects.in_bulk(field_name="slug")
    comments, answers, supports = [], [], []
    for key, proposal in proposals.items():
        for said in voices.get(key, []):
            words = {
                "proposal": proposal,
                "organisation": organisations.get(said["by"]),
                "body": said["text"],
                "language": said["language"],
                "at": moment(said["days_ago"], today),
            }
            if said["is_answer"]:
                answers.append(OfficialAnswer(**words))
            else:
                comments.append(Comment(state=CommentState.PUBLISHED, **words))
                proposal.comments += 1
        supports += _supports(key, proposal, published[key], today)
    Comment.objects.bulk_create(comments)
    OfficialAnswer.objects.bulk_create(answers)
    Support.objects.bulk_create(supports)
    Proposal.objects.bulk_update(proposals.values(), ["comments", "supports_verified", "supports_unverified"])


def _supports(key: str, proposal: Proposal, published: float, today: datetime.date) -> list[Support]:
    """As many as chance of that key gives, between publication and today; raises the proposal's counts."""
    chance = numpy.random.default_rng(list(f"supports of {key}".encode()))
    rows = []
    for n in range(min(int(chance.exponential(SUPPORTS_MEAN)), SUPPORTS_MAX)):
        somebody = hashlib.sha256(f"supporter {n} of {key}".encode()).hexdigest()
        verified = bool(chance.random() < VERIFIED_SHARE)
        who = {"address_hash" if verified else "device_hash": somebody}
        rows.append(Support(proposal=proposal, at=moment(published * chance.random(), today), **who))
        proposal.supports_verified += verified
        proposal.supports_unverified += not verified
    return rows
