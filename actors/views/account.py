"""One's own account."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from actors.models import Membership, StaffRole


@require_safe
@login_required
def account_home(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and what they can do from here."""
    context = {
        "has_second_factor": is_mfa_enabled(request.user),
        "memberships": Membership.objects.of_user(request.user),
        "moderates": request.user.has_role(StaffRole.MODERATOR),
        "decides": request.user.has_role(StaffRole.FACILITATOR),
    }
    return render(request, "account/home.html", context)
