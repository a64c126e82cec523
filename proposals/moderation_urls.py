"""The moderators' desk."""

from django.urls import path

from proposals.views import moderation

urlpatterns = [
    path("moderation/", moderation.moderation, name="moderation"),
    path("moderation/decide/", moderation.moderation_decide, name="moderation_decide"),
    path("moderation/undo/", moderation.moderation_undo, name="moderation_undo"),
    path("moderation/photos/<int:pk>/", moderation.moderation_photo, name="moderation_photo"),
]
