"""The proof of work: counts once, for its time, for its own sum; whatever else comes is no proof and no error."""

import base64

import altcha
import pytest
from django.test import Client
from django.utils import timezone

from actors import proof_of_work
from actors.models.throttle import ThrottleCount
from tests.actors.proofs import packed, solved

ADDRESS = "/en/proof/challenge.json"


@pytest.fixture
def asked(db, settings):
    settings.PROOF_OF_WORK_ROUNDS = 3


def test_a_solved_challenge_counts_once(asked, client: Client):
    answer = client.get(ADDRESS)
    assert "no-store" in answer["Cache-Control"]
    proof = solved(answer.json())
    assert len(proof) < proof_of_work.PROOF_MAX
    assert [proof_of_work.spend(proof) for _ in range(3)] == [True, False, False]


def test_the_same_sum_worded_otherwise_counts_once(asked):
    challenge = proof_of_work.challenge()
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge)).to_dict()
    words = [{"challenge": challenge, "solution": solution | {"time": n}} for n in range(2)]
    assert [proof_of_work.spend(packed(payload)) for payload in words] == [True, False]


def test_two_people_have_two_sums(asked, client: Client):
    first, second = client.get(ADDRESS).json(), client.get(ADDRESS).json()
    assert first["signature"] != second["signature"]
    assert proof_of_work.spend(solved(first))
    assert proof_of_work.spend(solved(second))


def test_it_is_no_proof_any_more_after_its_time(asked, time_machine):
    proof = solved(proof_of_work.challenge())
    time_machine.move_to(timezone.now().timestamp() + proof_of_work.VALID_FOR_S + 2)
    assert not proof_of_work.spend(proof)


def test_a_sum_of_ones_own_making_is_no_proof(asked):
    own = altcha.create_challenge(proof_of_work.ALGORITHM, 1, counter=0, hmac_secret="mine", hmac_key_secret="mine")
    assert not proof_of_work.spend(solved(own.to_dict()))
    assert not proof_of_work.spend(solved(altcha.create_challenge(proof_of_work.ALGORITHM, 1, counter=0).to_dict()))


@pytest.mark.parametrize(
    "change",
    [{"cost": 1}, {"keyPrefix": ""}, {"expiresAt": 9_999_999_999}, {"keySignature": None}, {"expiresAt": None}],
)
def test_a_sum_made_easier_is_no_proof(asked, change):
    challenge = proof_of_work.challenge()
    challenge["parameters"] |= change
    assert not proof_of_work.spend(packed({"challenge": challenge, "solution": {"counter": 0, "derivedKey": "00"}}))


def test_a_wrong_answer_is_no_proof_and_spends_nothing(asked):
    challenge = proof_of_work.challenge()
    for answer in ("", "00", "0" * 64, "é", 7, None, []):
        assert not proof_of_work.spend(
            packed({"challenge": challenge, "solution": {"counter": 1, "derivedKey": answer}})
        )
    assert not ThrottleCount.objects.exists()
    assert proof_of_work.spend(solved(challenge))


@pytest.mark.parametrize(
    "proof",
    ["", "x", "é", "\x00", "bnVsbA==", packed([]), packed({"challenge": [], "solution": 1}), packed(7), "A" * 100_000,
     packed({"challenge": {"parameters": "x"}, "solution": {}}), base64.b64encode(b"[" * 1_200).decode(),
     packed({"challenge": {"parameters": {"algorithm": "\ud800", "nonce": 1, "salt": [], "cost": 1e400}, "signature": {}},
             "solution": {"counter": -1, "derivedKey": 1}})],
)  # fmt: skip
def test_what_is_no_proof_is_no_error(asked, proof):
    assert not proof_of_work.spend(proof)


def test_where_none_is_asked_anything_does(db, settings):
    settings.PROOF_OF_WORK_ROUNDS = 0
    assert proof_of_work.spend("")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_challenge_is_only_read(db, client: Client, method):
    assert getattr(client, method)(ADDRESS).status_code == 405
