"""Doors for staff: the decorator of a view says which roles may pass."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from actors.models.person import StaffRole

View = Callable[..., HttpResponse]


def staff_only(*roles: StaffRole) -> Callable[[View], View]:
    """Lets `roles` and administrators in; leads a stranger to the sign-in, refuses everybody else (403)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_role(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate
