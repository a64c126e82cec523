"""Pages about proposals; mounted under each language's prefix."""

from django.urls import include, path

from proposals.views import pledge, proposal, submit

urlpatterns = [
    path("", include("proposals.watch_urls")),
    path("proposals/new/", submit.proposal_new, name="proposal_new"),
    path("proposals/new/on-behalf/", submit.proposal_on_behalf, name="proposal_on_behalf"),
    path("proposals/new/on-behalf/<str:token>/", submit.on_behalf_receipt, name="on_behalf_receipt"),
    path("proposals/thanks/<str:token>/", submit.proposal_thanks, name="proposal_thanks"),
    path("proposals/photo/<str:token>.jpg", submit.photo_preview, name="photo_preview"),
    path("proposals/<int:pk>/", proposal.proposal_detail, name="proposal"),
    path("proposals/<int:pk>/pledge/", pledge.pledge_new, name="pledge_new"),
    path("proposals/<int:pk>/verdict/", pledge.verdict, name="proposal_verdict"),
    path("pledges/<int:pk>/", pledge.pledge_change, name="pledge_change"),
    path("", include("proposals.author_urls")),
    path("", include("proposals.voice_urls")),
    path("", include("proposals.moderation_urls")),
    path("", include("proposals.review_urls")),
    path("", include("proposals.verdict_urls")),
    path("", include("proposals.ending_urls")),
    path("", include("proposals.my_data_urls")),
]
