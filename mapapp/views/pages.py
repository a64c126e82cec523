"""Texts that a city edits: open data, about, privacy, accessibility."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from geodata.collections import proposals
from layers.models import Dataset


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """Every format and API with a working example, the licence and the data dictionary."""
    context = {
        "properties": proposals().properties,
        "datasets": Dataset.objects.order_by("title"),
        "terms_version": settings.TERMS_VERSION,
    }
    return render(request, "mapapp/open_data.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "mapapp/about.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "mapapp/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "mapapp/accessibility.html")
