"""Pages of what people follow."""

from django.urls import path

from proposals.views import follow, watch

urlpatterns = [
    path("watches/new/", watch.watch_new, name="watch_new"),
    path("f/<str:token>/watch/", watch.watch_confirm, name="watch_confirm"),
    path("f/<str:token>/", watch.follows, name="follows"),
    path("f/<str:token>/stop/", watch.follows_stop, name="follows_stop"),
    path("follows/", watch.follows_own, name="follows_own"),
    path("follows/new/", follow.follow_new, name="follow_new"),
    path("f/<str:token>/thing/", follow.follow_confirm, name="follow_confirm"),
]
