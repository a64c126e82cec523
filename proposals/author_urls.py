"""Pages of the author: confirm, edit, withdraw, track."""

from django.urls import path

from proposals.views import author

urlpatterns = [
    path("p/<str:token>/confirm/", author.author_confirm, name="author_confirm"),
    path("p/<str:token>/edit/", author.author_edit, name="author_edit"),
    path("p/<str:token>/withdraw/", author.author_withdraw, name="author_withdraw"),
    path("proposals/track/", author.proposal_track, name="proposal_track"),
    path("proposals/<int:pk>/edit/", author.proposal_edit, name="proposal_edit"),
    path("proposals/<int:pk>/withdraw/", author.proposal_withdraw, name="proposal_withdraw"),
    path("proposals/<int:pk>/confirm/", author.proposal_confirm_code, name="proposal_confirm_code"),
]
