"""The admin's desk: who may decide, that a decision is a verb with its event, and that nothing else can be changed."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from actors.models import User
from proposals.models import Category, Event, Photo, PhotoState, Proposal, Publication, PublicationRule, Verb
from proposals.photos import photo_exists, photo_path, store_photo
from tests.proposals import rows
from tests.proposals.pictures import encoded, picture

pytestmark = pytest.mark.usefixtures("media_root")


def staff(*permissions: str) -> User:
    user = User.objects.create_user("moderator@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def moderator(client, db) -> User:
    user = staff("view_proposal", "change_proposal", "view_photo", "change_photo", "view_event", "change_category")
    client.force_login(user)
    return user


@pytest.fixture
def open_proposal(db):
    return rows.sent(rule=PublicationRule.AT_ONCE)


@pytest.fixture
def waiting_photo(db) -> Photo:
    stored = store_photo(ContentFile(encoded(picture((160, 120), "white"))))
    return rows.sent(kind="parking", rule=PublicationRule.AT_ONCE, photos=(stored,)).photos.get()


def decide(client, row, action: str, **typed):
    page = reverse(f"admin:proposals_{row._meta.model_name}_changelist")
    return client.post(page, {"action": action, "_selected_action": [row.pk]} | typed)


PAGES = [
    "admin:proposals_proposal_changelist",
    "admin:proposals_photo_changelist",
    "admin:proposals_event_changelist",
    "admin:proposals_category_changelist",
    "admin:procrastinate_procrastinatejob_changelist",
]


# --- refusals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_stranger_is_sent_to_sign_in(client, db, page):
    assert client.get(reverse(page)).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_staff_without_the_permission_is_refused(client, db, page):
    client.force_login(staff())
    assert client.get(reverse(page)).status_code == 403


@pytest.mark.parametrize("action", ["publish", "hide"])
def test_staff_who_may_only_look_cannot_decide(client, open_proposal, action):
    client.force_login(staff("view_proposal"))
    decide(client, open_proposal, action, reason="A reason.")
    open_proposal.refresh_from_db()
    assert open_proposal.publication == Publication.PUBLISHED
    assert not Event.objects.filter(verb=Verb.HIDDEN).exists()


@pytest.mark.parametrize("name", ["file", "cover"])
def test_photo_that_waits_is_shown_to_moderators_alone(client, waiting_photo, name):
    page = reverse(f"admin:proposals_photo_{name}", args=[waiting_photo.pk])
    assert client.get(page).status_code == 302
    client.force_login(staff())
    assert client.get(page).status_code == 403


@pytest.mark.parametrize("typed", [{}, {"reason": ""}, {"reason": "  "}])
def test_hiding_without_a_reason_asks_for_it(client, moderator, open_proposal, typed):
    answer = decide(client, open_proposal, "hide", **typed)
    assert answer.status_code == 200 and b'name="reason"' in answer.content
    open_proposal.refresh_from_db()
    assert open_proposal.publication == Publication.PUBLISHED


def test_move_that_the_table_does_not_allow_is_told_and_not_made(client, moderator, open_proposal):
    open_proposal.withdraw()
    decide(client, open_proposal, "publish", reason="Please.")
    open_proposal.refresh_from_db()
    assert open_proposal.publication == Publication.WITHDRAWN


@pytest.mark.parametrize("model", ["proposal", "photo", "event"])
@pytest.mark.parametrize("page", ["change", "delete"])
def test_nothing_is_typed_over_or_deleted(client, moderator, waiting_photo, model, page):
    row = {"proposal": waiting_photo.proposal, "photo": waiting_photo, "event": Event.objects.first()}[model]
    address = reverse(f"admin:proposals_{model}_{page}", args=[row.pk])
    assert client.post(address, {"title": "Typed over", "state": "published", "post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert client.get(reverse(f"admin:proposals_{model}_add")).status_code == 403


def test_superuser_cannot_delete_either(client, open_proposal):
    client.force_login(User.objects.create_superuser("admin@example.org"))
    assert client.post(reverse("admin:proposals_proposal_delete", args=[open_proposal.pk])).status_code == 403
    answer = client.get(reverse("admin:proposals_proposal_changelist"))
    assert b"delete_selected" not in answer.content


def test_address_of_the_author_is_nowhere_in_the_admin(client, moderator, open_proposal):
    for page in (
        reverse("admin:proposals_proposal_changelist"),
        reverse("admin:proposals_proposal_change", args=[open_proposal.pk]),
        reverse("admin:proposals_event_changelist"),
    ):
        content = client.get(page).content.decode()
        assert rows.EMAIL not in content and open_proposal.contact.tracking_code not in content


def test_hostile_title_is_shown_as_it_was_typed(client, moderator, db):
    proposal = rows.sent(title="<script>alert(1)</script>", rule=PublicationRule.AT_ONCE)
    for page in (
        client.get(reverse("admin:proposals_proposal_changelist")),
        client.get(reverse("admin:proposals_proposal_change", args=[proposal.pk])),
        decide(client, proposal, "hide"),
    ):
        assert b"<script>alert(1)" not in page.content and b"&lt;script&gt;alert(1)" in page.content


# --- decisions ----------------------------------------------------------------------------------------------------------


def test_wording_that_was_not_read_is_not_published(client, moderator, db):
    proposal = rows.sent(email="", rule=PublicationRule.AFTER_MODERATION)
    page = decide(client, proposal, "publish").content.decode()
    assert proposal.title in page and proposal.body in page
    proposal.edit(title="Buy cheap pills", body="", version=proposal.version)
    late = {f"version-{proposal.pk}": re.search(r'name="version-\d+" value="(\d+)"', page)[1], "reason": ""}
    decide(client, proposal, "publish", **late)
    proposal.refresh_from_db()
    assert proposal.publication == Publication.PENDING
    decide(client, proposal, "publish", **late | {f"version-{proposal.pk}": str(proposal.version)})
    proposal.refresh_from_db()
    assert proposal.publication == Publication.PUBLISHED


@pytest.mark.parametrize("version", ["x", "", "1_0", "9" * 30])
def test_version_that_is_none_decides_nothing(client, moderator, open_proposal, version):
    decide(client, open_proposal, "hide", reason="Why.", **{f"version-{open_proposal.pk}": version})
    open_proposal.refresh_from_db()
    assert open_proposal.publication == Publication.PUBLISHED


def test_hiding_is_one_event_with_reason_role_and_account(client, moderator, open_proposal):
    assert decide(client, open_proposal, "hide", reason="It names a neighbour.").status_code == 302
    open_proposal.refresh_from_db()
    assert open_proposal.publication == Publication.HIDDEN
    event = Event.objects.get(verb=Verb.HIDDEN)
    assert (event.role, event.note.text, event.note.actor) == ("moderator", "It names a neighbour.", moderator)


def test_publishing_needs_no_reason_but_asks(client, moderator, db):
    proposal = rows.sent(email="")
    assert decide(client, proposal, "publish").status_code == 200
    decide(client, proposal, "publish", reason="")
    proposal.refresh_from_db()
    assert proposal.publication == Publication.PUBLISHED


def test_publishing_lets_the_waiting_wording_through(client, moderator, db):
    proposal = rows.sent(rule=PublicationRule.AFTER_MODERATION)
    proposal.confirm()
    decide(client, proposal, "publish", reason="")
    proposal.refresh_from_db()
    proposal.edit(title="A bench and a bin", body="", version=proposal.version)
    page = client.get(reverse("admin:proposals_proposal_change", args=[proposal.pk])).content.decode()
    assert "A bench and a bin" in page
    assert client.get(reverse("admin:proposals_proposal_changelist") + "?texts__waits__exact=1").status_code == 200
    decide(client, proposal, "publish", reason="")
    proposal.refresh_from_db()
    assert proposal.title == "A bench and a bin"


@pytest.mark.parametrize(("words", "found"), [("bench", 1), ("abc", 0), ("10000000000000000000000", 0), ("%00", 0)])
def test_proposals_are_searched_by_title_or_number(client, moderator, open_proposal, words, found):
    answer = client.get(reverse("admin:proposals_proposal_changelist"), {"q": words})
    assert answer.context["cl"].result_count == found
    assert client.get(answer.request["PATH_INFO"], {"q": open_proposal.pk}).context["cl"].result_count == 1


def test_photo_is_published_and_hidden_by_its_verbs(client, moderator, waiting_photo):
    decide(client, waiting_photo, "publish", reason="")
    waiting_photo.refresh_from_db()
    assert waiting_photo.state == PhotoState.PUBLISHED
    decide(client, waiting_photo, "hide", reason="A face.")
    waiting_photo.refresh_from_db()
    assert waiting_photo.state == PhotoState.HIDDEN
    assert Event.objects.filter(verb__in=(Verb.PHOTO_PUBLISHED, Verb.PHOTO_HIDDEN)).count() == 2


@pytest.mark.parametrize("cells", [[], ["99-0"], ["x"], ["0-0", "-1-0"]])
def test_cover_without_sound_fields_covers_nothing(client, moderator, waiting_photo, cells):
    page = reverse("admin:proposals_photo_cover", args=[waiting_photo.pk])
    assert client.post(page, {"cells": cells}).status_code == 200
    assert Photo.objects.get().name == waiting_photo.name and photo_exists(waiting_photo.name)


def test_ticked_fields_are_covered_and_the_photo_is_published(
    client, moderator, waiting_photo, django_capture_on_commit_callbacks
):
    page = reverse("admin:proposals_photo_cover", args=[waiting_photo.pk])
    assert client.get(page).content.count(b'name="cells"') == 16 * 12
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page, {"cells": ["0-0", "0-1"]}).status_code == 302
    covered = Photo.objects.get()
    assert covered.state == PhotoState.PUBLISHED and not photo_exists(waiting_photo.name)
    stored = Image.open(photo_path(covered.name))
    assert max(stored.getpixel((10, 5))) < 20 and min(stored.getpixel((40, 30))) > 240
    event = Event.objects.get(verb=Verb.PHOTO_PUBLISHED)
    assert event.note.actor == moderator


def test_moderator_sees_a_photo_that_waits(client, moderator, waiting_photo):
    answer = client.get(reverse("admin:proposals_photo_file", args=[waiting_photo.pk]))
    assert answer["Content-Type"] == "image/jpeg" and "no-store" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"
    photo_path(waiting_photo.name).unlink()
    assert client.get(reverse("admin:proposals_photo_file", args=[waiting_photo.pk])).status_code == 404


def test_category_is_edited_but_its_slug_and_kind_stay(client, moderator, db):
    category = rows.category()
    data = {
        "slug": "other", "kind": "space", "names": '{"en": "Better"}', "glyph": "idea", "shape": "circle",
        "geometry_types": "Point", "publication_rule": "at_once", "privacy_rule": "exact", "questions": "{}",
        "position": "3",
    }  # fmt: skip
    assert client.post(reverse("admin:proposals_category_change", args=[category.pk]), data).status_code == 302
    category = Category.objects.get(pk=category.pk)
    assert (category.slug, category.kind) == ("idea-after-confirmation", "idea")
    assert category.names == {"en": "Better"} and category.publication_rule == PublicationRule.AT_ONCE


@pytest.mark.parametrize(("page", "queries"), [("proposal", 10), ("photo", 8), ("event", 9)])
def test_list_asks_as_many_questions_for_many_rows_as_for_one(
    client, moderator, waiting_photo, page, queries, django_assert_max_num_queries
):
    for _ in range(5):
        stored = store_photo(ContentFile(encoded(picture())))
        rows.sent(kind="parking", rule=PublicationRule.AT_ONCE, photos=(stored,))
    with django_assert_max_num_queries(queries):
        assert client.get(reverse(f"admin:proposals_{page}_changelist")).status_code == 200
    assert Proposal.objects.count() == 6
