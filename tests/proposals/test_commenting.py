"""Comments and official answers: who is refused, who waits, who is seen, and what is counted."""

import pytest
from django.test import Client

from proposals.commenting import Words, answer, comment
from proposals.models import Comment, Event, OfficialAnswer, Proposal, PublicationRule, Role, Verb
from proposals.models.proposal import MoveRefused
from proposals.supporting import NotPublic
from tests.actors.people import member_of, organisation, person
from tests.proposals.rows import on_device, sent

SAID = {"body": "The same is missing on our side.", "language": "en"}


@pytest.fixture
def bench(db: None) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


@pytest.fixture
def moderated(db: None) -> Proposal:
    proposal = sent(rule=PublicationRule.AFTER_MODERATION)
    proposal.publish(role=Role.MODERATOR)
    return proposal


def address(proposal: Proposal, what: str = "comments") -> str:
    return f"/en/proposals/{proposal.pk}/{what}/"


def page(proposal: Proposal, client: Client | None = None) -> str:
    return (client or Client()).get(f"/en/proposals/{proposal.pk}/").content.decode()


def said(client: Client, proposal: Proposal, **changes: object):
    return client.post(address(proposal), SAID | changes)


def count(proposal: Proposal) -> int:
    proposal.refresh_from_db()
    assert proposal.comments == Comment.objects.of(proposal).published().count()
    return proposal.comments


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- refusals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"body": " "},
        {"body": "\u200b"},
        {"body": "x" * 2_001},
        {"body": "a\x00b"},
        {"body": "a" + "\u0301" * 9},
        {"language": "xx"},
        {"language": ""},
        {"organisation": "1"},
        {"reference": "a machine"},
    ],
)
def test_what_is_no_comment_is_shown_again(client: Client, bench: Proposal, changes: dict[str, str]) -> None:
    response = said(client, bench, **changes)
    assert response.status_code == 422
    assert not Comment.objects.exists()
    if "language" in changes:
        assert SAID["body"] in response.content.decode()


def test_what_nobody_sees_is_not_commented(client: Client, db: None) -> None:
    waiting = sent()
    assert said(client, waiting).status_code == 404
    assert client.get(address(waiting)).status_code == 404
    with pytest.raises(NotPublic):
        comment(waiting, Words("x", "en"))
    assert not Comment.objects.exists()


def test_a_hidden_proposal_shows_no_comments(client: Client, bench: Proposal) -> None:
    said(client, bench)
    bench.hide(role=Role.MODERATOR, reason="Not now.")
    assert client.get(address(bench)).status_code == 410
    assert said(client, bench).status_code == 410
    assert Comment.objects.public().count() == 0


def test_another_site_cannot_comment(bench: Proposal) -> None:
    assert said(Client(enforce_csrf_checks=True), bench).status_code == 403


def test_too_many_comments_keep_the_text(client: Client, bench: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proposals.views.comment.COMMENTS_PER_HOUR", 1)
    on_device(client)
    assert said(client, bench).status_code == 303
    refused = said(client, bench, body="Another thought")
    assert refused.status_code == 429
    assert "Another thought" in refused.content.decode()
    assert count(bench) == 1


@pytest.mark.parametrize("after", ["x", "-1", "1_0", "٣", "9" * 19, ""])
def test_a_page_that_is_none_is_refused(client: Client, bench: Proposal, after: str) -> None:
    assert client.get(address(bench), {"after": after}).status_code == 400


def test_nobody_speaks_for_an_organisation_of_others(bench: Proposal) -> None:
    other = organisation("muu")
    member = signed_in(member_of(organisation(), "maija", "member"))  # a member, but no editor
    for client in (Client(), signed_in(person("kalle")), member):
        assert said(client, bench, organisation=other.pk).status_code == 422


def test_hiding_needs_a_reason(bench: Proposal) -> None:
    made = comment(bench, Words("x", "en"))
    with pytest.raises(MoveRefused):
        made.hide(reason=" ", role=Role.MODERATOR)
    assert count(bench) == 1


# --- what is seen and counted -------------------------------------------------------------------------------------------


def test_published_at_once_where_the_category_says_so(client: Client, bench: Proposal) -> None:
    assert said(client, bench, body="<script>alert(1)</script>").status_code == 303
    assert "&lt;script&gt;alert(1)" in page(bench)
    assert "<script>alert" not in page(bench)
    assert count(bench) == 1
    event = Event.objects.get(verb=Verb.COMMENTED)
    assert (event.role, event.after) == ("resident", "published")


def test_elsewhere_it_waits_and_only_its_device_sees_it(client: Client, moderated: Proposal) -> None:
    on_device(client)
    said(client, moderated)
    assert SAID["body"] in page(moderated, client)
    assert SAID["body"] not in page(moderated)
    assert count(moderated) == 0
    made = Comment.objects.waiting().get()
    made.publish(role=Role.MODERATOR)
    made.publish(role=Role.MODERATOR)
    assert count(moderated) == 1
    assert SAID["body"] in page(moderated)
    made.hide(reason="Insults.", role=Role.MODERATOR)
    assert count(moderated) == 0
    assert "Insults." in page(moderated, client)
    assert SAID["body"] not in page(moderated)
    assert Event.objects.get(verb=Verb.COMMENT_HIDDEN).note.text == "Insults."


def test_a_verified_organisation_is_published_with_its_badge(moderated: Proposal) -> None:
    huolto = organisation()
    editor = signed_in(member_of(huolto, "erkki", "editor"))
    assert "In whose name?" in page(moderated, editor)
    assert "In whose name?" not in page(moderated)
    assert said(editor, moderated, organisation=huolto.pk).status_code == 303
    assert count(moderated) == 1
    assert "Huolto" in page(moderated)
    assert "erkki" not in page(moderated)


def test_comments_come_by_twenty(client: Client, bench: Proposal, django_assert_num_queries) -> None:
    for n in range(41):
        comment(bench, Words(f"Remark {n}.", "fi", organisation(f"org{n}") if n % 2 else None))
    first = page(bench)
    assert ("Remark 19." in first, "Remark 20." in first) == (True, False)
    keys = list(Comment.objects.order_by("pk").values_list("pk", flat=True))
    assert f"?after={keys[19]}" in first
    second = client.get(address(bench), {"after": keys[19]}).content.decode()
    assert ("Remark 19." in second, "Remark 20." in second, "Remark 39." in second) == (False, True, True)
    third = client.get(address(bench), {"after": keys[39]}).content.decode()
    assert ("Remark 40." in third, "Show more comments" in third) == (True, False)
    with django_assert_num_queries(2):  # the proposal, and its comments with their organisations
        Client().get(address(bench))


def test_the_count_is_in_the_public_data(client: Client, bench: Proposal) -> None:
    said(client, bench)
    client.post(f"/en/proposals/{bench.pk}/support/", {"verb": "support"})
    feature = client.get(f"/api/v1/proposals/{bench.pk}").json()["properties"]
    assert (feature["comments"], feature["supports_unverified"], feature["supports_verified"]) == (1, 1, 0)


# --- official answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["company", "association", "school", "residents_group"])
def test_who_is_no_authority_does_not_answer_officially(bench: Proposal, kind: str) -> None:
    by = organisation(type=kind)
    client = signed_in(member_of(by, "erkki", "editor"))
    assert client.get(address(bench, "answer")).status_code == 403
    assert client.post(address(bench, "answer"), SAID | {"organisation": by.pk}).status_code == 403
    assert "Give an official answer" not in page(bench, client)
    with pytest.raises(MoveRefused):
        answer(bench, Words("x", "fi", by))
    assert not OfficialAnswer.objects.exists()


def test_a_plain_member_of_an_authority_does_not_answer(bench: Proposal) -> None:
    client = signed_in(member_of(organisation("katu", type="city_unit"), "maija", "member"))
    assert client.get(address(bench, "answer")).status_code == 403


@pytest.mark.parametrize("changes", [{"body": ""}, {"body": "x" * 5_001}, {"organisation": ""}, {"language": "xx"}])
def test_an_answer_that_is_none_is_shown_again(bench: Proposal, changes: dict[str, str]) -> None:
    by = organisation("katu", type="city_unit")
    client = signed_in(member_of(by, "erkki", "editor"))
    response = client.post(address(bench, "answer"), SAID | {"organisation": by.pk} | changes)
    assert response.status_code == 422
    assert not OfficialAnswer.objects.exists()


@pytest.mark.parametrize("kind", ["city_unit", "wellbeing_county", "state", "region"])
def test_an_authority_answers_and_the_history_tells(bench: Proposal, kind: str) -> None:
    by = organisation("katu", type=kind)
    client = signed_in(member_of(by, "erkki", "editor"))
    assert "Give an official answer" in page(bench, client)
    assert client.post(address(bench, "answer"), SAID | {"organisation": by.pk}).status_code == 303
    seen = page(bench)
    assert SAID["body"] in seen
    assert "Katu" in seen
    assert "Official answer" in seen
    assert "erkki" not in seen
    event = Event.objects.get(verb=Verb.ANSWERED)
    assert (event.role, event.proposal_id) == ("organisation", bench.pk)
