"""Where a proposal ends without a deed."""

from django.urls import path

from proposals.views import ending

urlpatterns = [
    path("proposals/<int:pk>/end/", ending.proposal_end, name="proposal_end"),
    path("proposals/<int:pk>/outdated/", ending.proposal_outdated, name="proposal_outdated"),
]
