"""Where a proposal ends without a deed."""

from django.urls import path

from proposals.views import ending

urlpatterns = [
    path("proposals/<int:pk>/end/", ending.proposal_end, name="proposal_end"),
    path("proposals/<int:pk>/outdated/", ending.proposal_outdated, name="proposal_outdated"),
    path("p/<str:token>/current/", ending.author_current, name="author_current"),
    path("s/<str:token>/current/", ending.support_current, name="support_current"),
]
