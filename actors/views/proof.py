"""The sum that a form's browser does before it sends."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from actors import proof_of_work


@never_cache
@require_safe
def proof_challenge(request: HttpRequest) -> JsonResponse:
    """A new one each time; to ask for many is no use, for each is work."""
    return JsonResponse(proof_of_work.challenge())
