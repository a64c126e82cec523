"""The role matrix: every address of the house has a row here, and each role meets what its row says.

Generated from the URLconf: an address without a row fails. `PUBLIC` are those where nobody's role matters.
"""

import datetime
from uuid import uuid4

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from actors.models import Invitation, Membership, User
from geodata.models import ImportRun
from proposals.models import Photo, PublicationRule
from proposals.photos import store_photo
from proposals.pledging import Promise, take_up
from proposals.views.submit import RECEIPT_SALT
from tests.actors.people import application, member_of, organisation, person
from tests.mapapp.addresses import addresses, words
from tests.proposals.pictures import encoded, picture
from tests.proposals.rows import sent

ROLES = ("stranger", "other", "member", "editor", "boss", "planner", "moderator", "facilitator", "administrator")


PUBLIC = words(
    """
    healthz readyz metrics robots api:api-root api:categories api:create_proposal api:openapi-json api:openapi-view api:proposal
    open311 open311_discovery open311_services open311_service open311_requests open311_request
    ogc_landing ogc_layers ogc_conformance ogc_api ogc_collections ogc_collection ogc_queryables ogc_items ogc_item tile tileset
    catalogue collection_schema dictionary dictionary_file snapshot_file snapshot_manifest
    export export_proposals export_order export_job export_job_file map_areas map_clusters map_land map_place map_places map_services map_reference photo photo_preview proposals_feed
    pledges_calendar embed_map embed_list embed_this
    map_similar map areas area organisations organisation organisation_contact services open_data about privacy accessibility
    planning planning_map demo_mail demo_mail_item
    my_data hub paper_form pledge_sign kiosk proposal_new proposal_thanks proposal watch_new follow_new proposal_track organisation_apply proposal_support
    comment_list proposal_flag comment_flag proof_challenge
    account_login account_request_login_code account_confirm_login_code account_logout account_inactive
    mfa_authenticate socialaccount_login_cancelled socialaccount_login_error socialaccount_signup
    socialaccount_connections openid_connect_login openid_connect_callback
    """
)
# Opened by a key of one's own, whoever is signed in: a mailed link or code, or the device that sent the proposal.
BY_KEY = words(
    """
    my_data_link my_data_link_json my_data_link_geojson
    watch_confirm follow_confirm follows follows_stop author_confirm author_edit author_withdraw author_review author_verdict author_current proposal_review proposal_confirm_code proposal_edit proposal_withdraw proposal_outdated proposal_verdict
    application_confirm application_code founder_confirm invitation support_confirm support_verdict support_current
    """
)
# In the admin Django's own permissions rule; its pages are tested where they are changed.
ELSEWHERE = "admin:"

ANYBODY_SIGNED_IN = frozenset(ROLES) - {"stranger"}
# name of the address: (method, who may pass)
MATRIX: dict[str, tuple[str, frozenset[str]]] = {
    "account_home": ("get", ANYBODY_SIGNED_IN),
    "mfa_index": ("get", ANYBODY_SIGNED_IN),
    "my_data_json": ("get", ANYBODY_SIGNED_IN),
    "my_data_geojson": ("get", ANYBODY_SIGNED_IN),
    "mfa_activate_totp": ("get", ANYBODY_SIGNED_IN),
    "proposal_on_behalf": ("get", frozenset({"planner", "moderator", "facilitator", "administrator"})),
    "on_behalf_receipt": ("get", frozenset({"planner", "moderator", "facilitator", "administrator"})),
    "kiosk_end": ("get", frozenset({"planner", "moderator", "facilitator", "administrator"})),
    "moderation": ("get", frozenset({"moderator", "administrator"})),
    "moderation_photo": ("get", frozenset({"moderator", "administrator"})),
    "workspace": ("get", ANYBODY_SIGNED_IN),  # words for who belongs to no organisation
    "workspace_of": (
        "get",
        frozenset({"member", "editor", "boss"}),
    ),  # members alone, the city's people too are refused
    "follows_own": ("get", ANYBODY_SIGNED_IN),
    "organisation_edit": ("get", frozenset({"editor", "boss", "administrator"})),
    "member_list": ("get", frozenset({"boss", "administrator"})),
    "member_change": ("post", frozenset({"boss", "administrator"})),
    "invitation_withdraw": ("post", frozenset({"boss", "administrator"})),
    "pledge_new": (
        "get",
        ANYBODY_SIGNED_IN,
    ),  # the form offers the organisations that one speaks for: here none or some
    "answer_new": ("get", frozenset()),  # the authorities' own; tests/proposals/test_commenting.py
    "pledge_change": ("get", frozenset({"editor", "boss"})),  # the city speaks for no organisation
    "proposal_end": ("get", frozenset({"planner", "facilitator", "administrator"})),
    "import_list": ("get", frozenset({"planner", "administrator"})),
    "import_run": ("get", frozenset({"planner", "administrator"})),
    "import_read": ("post", frozenset({"planner", "administrator"})),
    "import_check": ("post", frozenset({"planner", "administrator"})),
    "import_start": ("post", frozenset({"planner", "administrator"})),
    "import_give_up": ("post", frozenset({"planner", "administrator"})),
    "import_refused": ("get", frozenset({"planner", "administrator"})),
    "referred_list": ("get", frozenset({"facilitator", "administrator"})),
    "application_list": ("get", frozenset({"facilitator", "administrator"})),
    "moderation_decide": ("post", frozenset({"moderator", "administrator"})),
    "moderation_undo": ("post", frozenset({"moderator", "administrator"})),
    "application_verify": ("post", frozenset({"administrator"})),
    "application_refuse": ("post", frozenset({"administrator"})),
}
# Of one's own second factor: nobody has one in these tests, so all are led away. Tested in tests/actors/test_signing_in.py.
OWN_SECOND_FACTOR = words(
    """
    account_reauthenticate mfa_reauthenticate mfa_deactivate_totp mfa_view_recovery_codes mfa_generate_recovery_codes
    """
)


def test_every_address_has_a_row():
    known = PUBLIC | MATRIX.keys() | OWN_SECOND_FACTOR | BY_KEY
    found = {name for name in addresses() if not name.startswith(ELSEWHERE)}
    assert found - known == set()
    assert known - found == set()


@pytest.fixture
def people(db: None) -> dict[str, User | None]:
    huolto = organisation("huolto")
    return {
        "stranger": None,
        "other": member_of(organisation("toinen"), "other", "administrator"),
        **{role: member_of(huolto, role, {"boss": "administrator"}.get(role, role)) for role in ("member", "editor", "boss")},
        **{role: person(role, role) for role in ("planner", "moderator", "facilitator", "administrator")},
    }  # fmt: skip


def import_run() -> ImportRun:
    """One whose file is read, and lacks its coordinate system."""
    found = {"needed": "crs", "fields": ["name"]}
    report = {"refused": [], "refused_rows": 0, "notes": []}
    return ImportRun.objects.create(
        key=uuid4(), name="a.csv", into="areas", file="a.csv", language="fi", state="read", found=found, report=report
    )


def waiting_photo() -> Photo:
    """One with its file."""
    stored = store_photo(ContentFile(encoded(picture((160, 120), "white"))))
    return sent(kind="parking", rule=PublicationRule.AT_ONCE, photos=(stored,)).photos.get()


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def address(name: str) -> str:
    match name:
        case "organisation_edit" | "member_list" | "workspace_of":
            return reverse(name, args=["huolto"])
        case "member_change":
            return reverse(name, args=["huolto", Membership.objects.get(user__email="member@example.org").pk])
        case "invitation_withdraw":
            email = f"invited-{Invitation.objects.count()}@example.org"
            of = Membership.objects.get(user__email="member@example.org").organisation
            return reverse(
                name, args=["huolto", Invitation.objects.create(organisation=of, email=email, role="member").pk]
            )
        case "pledge_new" | "answer_new" | "proposal_end":
            return reverse(name, args=[sent(rule=PublicationRule.AT_ONCE).pk])
        case "on_behalf_receipt":
            return reverse(name, args=[signing.dumps(sent().pk, salt=RECEIPT_SALT)])
        case "pledge_change":
            due = timezone.localdate() + datetime.timedelta(days=9)
            promise = Promise(kind="do", text="We do it.", language="en", due=due)
            by = Membership.objects.get(user__email="member@example.org").organisation
            return reverse(name, args=[take_up(sent(rule=PublicationRule.AT_ONCE), by=by, promise=promise).pk])
        case "import_run" | "import_read" | "import_check" | "import_start" | "import_give_up" | "import_refused":
            return reverse(name, args=[import_run().pk])
        case "moderation_photo":
            return reverse(name, args=[waiting_photo().pk])
        case "application_verify" | "application_refuse":
            return reverse(name, args=[application().pk])
    return reverse(name)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", MATRIX)
def test_role_meets_what_its_row_says(people, name, role):
    method, may_pass = MATRIX[name]
    client = Client()
    if people[role] is not None:
        client.force_login(people[role])
    url = address(name)
    words = {"role": "member", "reason": "Because.", "category": "idea-at-once"}
    response = getattr(client, method)(url, words if method == "post" else None)
    if role in may_pass:
        # The desk answers 409 or 422 to a decision that does not fit.
        passes = {200, 302, 409, 422} if name.startswith("moderation_") else {200, 302, 303}
        passes |= {422} if name == "import_read" else set()  # it lacks the answer
        assert response.status_code in passes
        assert not response.headers.get("Location", "").startswith("/accounts/login/")
    elif role == "stranger":
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")
    else:
        assert response.status_code in {403, 404}
