"""Pages of words: about, privacy, accessibility."""

import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from mapapp.basemaps import configured_basemap
from proposals.device import DEVICE_COOKIE, DEVICE_COOKIE_AGE_S
from proposals.flagging import SETTLED_FOR
from proposals.models import Category
from proposals.photos import PHOTOS_MAX
from proposals.retention import CONTACT_KEPT, MAIL_SENT_KEPT, SUBMISSION_KEPT, THROTTLE_KEPT, UNCONFIRMED_KEPT

REQUEST_LOGS_KEPT = datetime.timedelta(days=14)  # what the web server writes; it is told so in its own settings
DAYS_OF_A_MONTH = 365 / 12
STATEMENT_REVIEWED = datetime.date(2026, 11, 24)  # when the accessibility statement was last held against the service
ROBOTS = """User-agent: *
Disallow: /export/
Disallow: /map/
Disallow: /accounts/
Disallow: /admin/
Disallow: /*?*after=
"""


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "mapapp/about.html", {"categories": list(Category.objects.offered())})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of people; the times are those by which it is forgotten (`proposals.retention`)."""
    context = {
        "unconfirmed_days": UNCONFIRMED_KEPT.days,
        "contact_months": round(CONTACT_KEPT.days / DAYS_OF_A_MONTH),
        "submission_days": SUBMISSION_KEPT.days,
        "throttle_hours": int(THROTTLE_KEPT.total_seconds() // 3_600),
        "mail_days": MAIL_SENT_KEPT.days,
        "flag_days": SETTLED_FOR.days,
        "log_days": REQUEST_LOGS_KEPT.days,
        "device_cookie": DEVICE_COOKIE,
        "device_days": DEVICE_COOKIE_AGE_S // (24 * 3_600),
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "session_cookie": settings.SESSION_COOKIE_NAME,
        "basemap": configured_basemap(),
        "terms_version": settings.TERMS_VERSION,
    }
    return render(request, "mapapp/privacy.html", context)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The statement that the law asks for (306/2019, section 9), by its model."""
    return render(request, "mapapp/accessibility.html", {"reviewed": STATEMENT_REVIEWED, "photos_max": PHOTOS_MAX})


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may leave alone: files, machine doors, and the later pages of lists."""
    return HttpResponse(ROBOTS, content_type="text/plain")
