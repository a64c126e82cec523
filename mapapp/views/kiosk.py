"""The start page of a public terminal, on which the person before is forgotten; and how a browser becomes one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from actors.models import StaffRole
from actors.roles import staff_only
from proposals.kiosk import begin_kiosk, end_kiosk, forget_person, in_kiosk, sign_off


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kiosk(request: HttpRequest) -> HttpResponse:
    """On a terminal: what one can do here, with the person before forgotten. Elsewhere: the button that makes it one.

    A link alone forgets nobody: a browser is a terminal only after somebody has pressed that button on it.
    """
    if request.method == "POST":
        response = redirect("kiosk")
        response.status_code = 303
        begin_kiosk(response)
        return response
    if not in_kiosk(request):
        return render(request, "mapapp/kiosk_begin.html")
    sign_off(request)
    response = render(request, "mapapp/kiosk.html")
    forget_person(response)
    return response


@never_cache
@staff_only(*StaffRole)
@require_http_methods(["GET", "HEAD", "POST"])
def kiosk_end(request: HttpRequest) -> HttpResponse:
    """Staff alone make a terminal an ordinary browser again: whoever stands before it could not tell that it remembers."""
    if request.method != "POST":
        return render(request, "mapapp/kiosk_end.html")
    sign_off(request)
    response = redirect(reverse("map"))
    response.status_code = 303
    end_kiosk(response)
    forget_person(response)
    return response
