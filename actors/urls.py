"""Pages of applications and memberships; mounted under each language's prefix, before the cards of organisations."""

from django.urls import path

from actors.views import application, membership, proof

urlpatterns = [
    path("proof/challenge.json", proof.proof_challenge, name="proof_challenge"),
    path("organisations/apply/", application.organisation_apply, name="organisation_apply"),
    path("organisations/apply/<str:token>/", application.application_confirm, name="application_confirm"),
    path("organisations/apply/<str:token>/code/", application.application_code, name="application_code"),
    path("organisations/founder/<str:token>/", application.founder_confirm, name="founder_confirm"),
    path("organisations/applications/", application.application_list, name="application_list"),
    path("organisations/applications/<int:pk>/verify/", application.application_verify, name="application_verify"),
    path("organisations/applications/<int:pk>/refuse/", application.application_refuse, name="application_refuse"),
    path("organisations/invitation/<str:token>/", membership.invitation, name="invitation"),
    path("organisations/<slug:slug>/edit/", membership.organisation_edit, name="organisation_edit"),
    path("organisations/<slug:slug>/members/", membership.member_list, name="member_list"),
    path("organisations/<slug:slug>/members/<int:pk>/", membership.member_change, name="member_change"),
    path(
        "organisations/<slug:slug>/invitations/<int:pk>/withdraw/",
        membership.invitation_withdraw,
        name="invitation_withdraw",
    ),
]
