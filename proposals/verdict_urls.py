"""Where the proposer says whether it is really done, and what was disputed twice."""

from django.urls import path

from proposals.views import sign, verdict

urlpatterns = [
    path("p/<str:token>/verdict/", verdict.author_verdict, name="author_verdict"),
    path("proposals/referred/", verdict.referred_list, name="referred_list"),
    path("pledges/<int:pk>/sign/", sign.pledge_sign, name="pledge_sign"),
]
