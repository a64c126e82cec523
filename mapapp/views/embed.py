"""`/embed/`: the map or the list of any filter in a frame on another site, and the page that gives the frame to copy.

The framed pages know no person: they answer before session and accounts (`mapapp.middleware.MachineDoors`), set no cookie,
and open every link in a tab of its own. Which sites may frame them is `settings.EMBED_HOSTS`; no other page may be framed.
"""

from collections.abc import Callable
from functools import wraps

from csp.utils import build_policy
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.filters import ProposalFilterForm
from geodata.parameters import LanguageField, in_language_asked
from mapapp.basemaps import HOSTS_OF_PAGE
from mapapp.doors import address
from mapapp.embed_hosts import ANYBODY, frame_ancestors
from mapapp.map_config import map_config
from mapapp.views.map import list_context, page_title
from proposals.models import Proposal
from proposals.problems import Problem

MAX_AGE_S = 60  # a hidden proposal is gone from every cache after so many seconds
MAP_HEIGHT_PX, LIST_HEIGHT_PX = 600, 700

View = Callable[..., HttpResponse]


class EmbedForm(ProposalFilterForm):
    """The filters, `lang`, and of the list where it goes on."""

    lang = LanguageField()
    after = forms.CharField(required=False)


def framed(view: View) -> View:
    """The view for a frame: the policy of every page, but for who may frame it."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        response = view(request)
        hosts = getattr(request, HOSTS_OF_PAGE, [])
        response["Content-Security-Policy"] = build_policy(
            update={"img-src": hosts}, replace={"frame-ancestors": frame_ancestors(settings.EMBED_HOSTS)}
        )
        response["Referrer-Policy"] = settings.SECURE_REFERRER_POLICY
        response["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
        return response

    return wrapped


@require_safe
@framed
@in_language_asked
def embed_map(request: HttpRequest) -> HttpResponse:
    """The map of a filter; 400 in words for a bad or unknown parameter. Three queries."""
    form = EmbedForm(request.GET)
    if problems := form.problems():
        return _refused(request, problems)
    config = map_config(request, mode="browse", query=form.querystring())
    config["urls"] |= {"page": _address("embed_map"), "rows": _address("embed_list")}
    counts = form.choice_counts(Proposal.objects.public())
    context = _context(form) | {"map_config": config, "area_counts": counts.area, "total": counts.total}
    return render(request, "mapapp/embed_map.html", context)


@require_safe
@framed
@in_language_asked
def embed_list(request: HttpRequest) -> HttpResponse:
    """The list of a filter, twenty rows a page; it needs no script. Two queries."""
    form = EmbedForm(request.GET)
    if problems := form.problems():
        return _refused(request, problems)
    context = _context(form) | list_context(form.cleaned_data["after"], form)
    context["total"] = form.apply(Proposal.objects.public()).count()
    if context["next_query"]:
        context["next_url"] = _address("embed_list", str(context["next_query"]))
    return render(request, "mapapp/embed_list.html", context)


def _context(form: EmbedForm) -> dict[str, object]:
    query = form.querystring()
    return {
        "is_embedded": True,
        "language": form.cleaned_data["lang"],
        "page_title": page_title(form),
        "map_address": _address("embed_map", query),
        "list_address": _address("embed_list", query),
        "whole_address": address("map", query, {}),
    }


def _refused(request: HttpRequest, problems: list[Problem]) -> HttpResponse:
    return render(request, "mapapp/embed_refused.html", {"problems": problems, "is_embedded": True}, status=400)


def _address(name: str, query: str = "") -> str:
    """A framed page in the active language."""
    return address(name, "", {"lang": get_language() or settings.LANGUAGE_CODE}) + (f"&{query}" if query else "")


@require_safe
def embed_this(request: HttpRequest) -> HttpResponse:
    """What to copy into another site's page, for the filter of the address; 400 with the filter's error."""
    form = ProposalFilterForm(request.GET)
    context: dict[str, object] = {"filter_form": form, "query": form.querystring()}
    if form.is_valid():
        title = page_title(form)
        context |= {
            "chips": form.chips(),
            "frames": [
                _frame(_("Map"), "embed_map", form, title, MAP_HEIGHT_PX),
                _frame(_("List"), "embed_list", form, title, LIST_HEIGHT_PX),
            ],
            "for_everybody": ANYBODY in settings.EMBED_HOSTS,
            "hosts": settings.EMBED_HOSTS,
        }
    return render(request, "mapapp/embed_this.html", context, status=200 if form.is_valid() else 400)


def _frame(label: str, name: str, form: ProposalFilterForm, title: str, height_px: int) -> dict[str, str]:
    """An iframe to copy: `label`, its HTML, and the address that it shows."""
    shown = _address(name, form.querystring())
    html = format_html(
        '<iframe src="{}" title="{}" width="100%" height="{}" style="border: 0" loading="lazy"></iframe>',
        settings.SITE_URL + shown,
        f"{label}: {title}",
        height_px,
    )
    return {"name": name, "label": label, "html": html, "address": shown}
