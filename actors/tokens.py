"""Pages whose address is a secret: the browser tells it to nobody, links away from them included."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def no_referrer(view: View) -> View:
    """The answers of `view` carry `Referrer-Policy: no-referrer`."""

    @wraps(view)
    def quiet(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response

    return quiet
