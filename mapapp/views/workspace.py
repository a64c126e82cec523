"""An organisation's desk: what is new where it looks, what it has promised, what waits for its answer. Members alone see it."""

import datetime
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from actors.models import MemberRole, Membership, Organisation
from layers.geometry import strict_int
from mapapp.map_config import MapConfig, map_config
from mapapp.views.map import Cursor
from proposals import workspace as desk
from proposals.models import Status

PAGE_SIZE = 20
SPEAKING_ROLES = (MemberRole.EDITOR, MemberRole.ADMINISTRATOR)


@never_cache
@login_required
@require_safe
def workspace(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """The desk of one's organisation, the first of several without `slug`; 404 for one to which one does not belong."""
    memberships = Membership.objects.of_user(request.user)
    membership = memberships.first() if slug is None else memberships.of_slug(slug)
    if slug is not None and membership is None:
        raise Http404(_("There is no such organisation among yours."))
    if membership is None:
        return render(request, "mapapp/workspace_none.html")
    now = timezone.now()
    context = _desk(request, membership, now) | {"memberships": memberships}
    response = render(request, "mapapp/workspace.html", context)
    if request.method == "GET":
        membership.saw_desk(now)
    return response


def _desk(request: HttpRequest, membership: Membership, now: datetime.datetime) -> dict[str, object]:
    organisation, today = membership.organisation, timezone.localdate()
    ground, since = desk.ground_of(organisation), membership.new_since(now)
    return {
        "organisation": organisation,
        "language": get_language() or settings.LANGUAGE_CODE,
        "may_promise": membership.role in SPEAKING_ROLES and organisation.may_pledge(today),
        "may_edit": membership.role in SPEAKING_ROLES,
        "is_over": organisation.is_over(today),
        "answers": organisation.is_authority,
        "today": today,
        "ground": ground,
        "since": since,
        "new": _new(request, ground, since),
        "owed": _owed(request, ground, organisation, now),
        "promises": _promises(request, organisation),
        "counts": desk.promise_counts(organisation),
        "history": _history(request, organisation),
        "map_config": None if ground.is_empty else _map(request, ground),
    }


def _map(request: HttpRequest, ground: desk.Ground) -> MapConfig:
    return map_config(request, mode="browse", query=f"status={Status.OPEN}", geometry=ground.outline())


def _new(request: HttpRequest, ground: desk.Ground, since: datetime.datetime | None) -> dict[str, object]:
    rows = desk.open_proposals(ground, since)
    cursor = Cursor.parse(request.GET.get("new", ""))
    return _page(rows.after(cursor.moment, cursor.pk) if cursor else rows, "new", Cursor.of)


def _owed(
    request: HttpRequest, ground: desk.Ground, organisation: Organisation, now: datetime.datetime
) -> dict[str, object]:
    rows = desk.owed_answers(ground, organisation, now)
    cursor = Cursor.parse(request.GET.get("owed", ""))
    return _page(desk.after_owed(rows, cursor.moment, cursor.pk) if cursor else rows, "owed", Cursor.of)


def _promises(request: HttpRequest, organisation: Organisation) -> dict[str, object]:
    after = _promise_key(request.GET.get("promises", ""))
    return _page(desk.promises(organisation, after), "promises", lambda p: f"{p.rank}-{p.due:%Y%m%d}-{p.pk}")


def _promise_key(text: str) -> tuple[int, datetime.date, int] | None:
    """Rank, day and key of `<rank>-<yyyymmdd>-<key>`, None for anything else: the list then begins at its beginning."""
    try:
        rank, day, pk = text.split("-")
        due = datetime.datetime.strptime(day, "%Y%m%d").replace(tzinfo=datetime.UTC).date()
        return strict_int(rank) % 10, due, strict_int(pk)
    except ValueError:
        return None


def _history(request: HttpRequest, organisation: Organisation) -> dict[str, object]:
    try:
        before = strict_int(request.GET.get("history", ""))
    except ValueError:
        before = None
    return _page(desk.history(organisation, before), "history", lambda event: event.pk)


def _page(rows: QuerySet[Any], name: str, key: Callable[[Any], object]) -> dict[str, object]:
    """The first twenty of `rows`, and the address where the list called `name` goes on."""
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return {"rows": shown, "next_url": f"?{name}={key(shown[-1])}#{name}" if len(found) > PAGE_SIZE else None}
