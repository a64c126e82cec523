"""Pages of what others say of a proposal: supports, comments, official answers, reports."""

from django.urls import path

from proposals.views import comment, flag, voice

urlpatterns = [
    path("proposals/<int:pk>/support/", voice.proposal_support, name="proposal_support"),
    path("s/<str:token>/confirm/", voice.support_confirm, name="support_confirm"),
    path("s/<str:token>/verdict/", voice.support_verdict, name="support_verdict"),
    path("proposals/<int:pk>/comments/", comment.comment_list, name="comment_list"),
    path("proposals/<int:pk>/answer/", comment.answer_new, name="answer_new"),
    path("proposals/<int:pk>/report/", flag.proposal_flag, name="proposal_flag"),
    path("comments/<int:pk>/report/", flag.comment_flag, name="comment_flag"),
]
