"""Pages of what others say of a proposal: supports, comments, official answers, reports."""

from django.urls import path

from proposals.views import voice

urlpatterns = [
    path("proposals/<int:pk>/support/", voice.proposal_support, name="proposal_support"),
    path("s/<str:token>/confirm/", voice.support_confirm, name="support_confirm"),
    path("s/<str:token>/verdict/", voice.support_verdict, name="support_verdict"),
]
