"""Where authors ask for a new review: by the mailed link, or in the browser that sent the proposal."""

from django.urls import path

from proposals.views import review

urlpatterns = [
    path("p/<str:token>/review/", review.author_review, name="author_review"),
    path("proposals/<int:pk>/review/", review.proposal_review, name="proposal_review"),
]
