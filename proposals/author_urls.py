"""Pages of the author: confirm, edit, withdraw, track."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
