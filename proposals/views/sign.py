"""A sheet of A4 to put up at the place: what was promised, by whom and when, and a square code to say whether it is done."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from layers.qr import qr_code
from proposals.models import Pledge


@require_safe
def pledge_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The sign of an open promise on a public proposal, in each of the city's languages; 404 for any other."""
    pledge = Pledge.objects.public().open().find(pk)
    if pledge is None:
        raise Http404(_("There is no such promise."))
    address = settings.SITE_URL + pledge.proposal.get_absolute_url()
    context = {
        "pledge": pledge,
        "proposal": pledge.proposal,
        "languages": [code for code, _name in settings.LANGUAGES],
        "address": address,
        "qr": qr_code(f"{address}#pledges"),
    }
    return render(request, "proposals/pledge_sign.html", context)
