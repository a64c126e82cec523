"""Proof of work: a sum that the browser does unseen before it sends, a second for one person, dear for a thousand posts.

The protocol is ALTCHA's: its library here, its worker in static/vendor/altcha. No puzzle, no third party, no cookie. What
comes without a proof is not refused: it waits for a moderator.
"""

import base64
import json
import secrets
import time

import altcha
from django.conf import settings
from django.utils.crypto import salted_hmac

from actors.throttling import is_first

ALGORITHM = "PBKDF2/SHA-256"
ITERATIONS = 1_000  # of one round; the rounds are the setting PROOF_OF_WORK_ROUNDS
VALID_FOR_S = 20 * 60
PROOF_MAX = 2_000  # characters; ours have about 700


def is_asked() -> bool:
    return settings.PROOF_OF_WORK_ROUNDS > 0


def challenge() -> dict[str, object]:
    """A sum to do: signed, its answer hidden, open for VALID_FOR_S. Costs us one round, the browser half of them or more."""
    rounds = max(1, settings.PROOF_OF_WORK_ROUNDS)
    made = altcha.create_challenge(
        ALGORITHM,
        ITERATIONS,
        counter=rounds // 2 + secrets.randbelow(rounds - rounds // 2),
        expires_at=int(time.time()) + VALID_FOR_S,
        hmac_secret=_secret("challenge"),
        hmac_key_secret=_secret("answer"),
    )
    return made.to_dict()


def spend(proof: str) -> bool:
    """Whether `proof` answers a challenge of ours that is still open, for the first time. Always where none is asked.

    That it was spent is committed at once: what is then refused needs a new one, which the browser makes by itself.
    """
    if not is_asked():
        return True
    if (
        len(proof) > PROOF_MAX
        or not altcha.verify_solution(proof, _secret("challenge"), hmac_key_secret=_secret("answer")).verified
    ):
        return False
    solved = json.loads(base64.b64decode(proof))["challenge"]
    return is_first("proof", solved["signature"], until=solved["parameters"]["expiresAt"])


def _secret(what: str) -> str:
    return salted_hmac("actors.proof_of_work", what, algorithm="sha256").hexdigest()
