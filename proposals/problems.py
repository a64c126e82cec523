"""`application/problem+json` (RFC 9457): one shape for every refusal at a machine door."""

from dataclasses import dataclass
from http import HTTPStatus

from django.http import JsonResponse


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a JSON pointer or parameter name, a stable code, and what to do in words."""

    pointer: str
    code: str
    message: str


def problem_response(status: int, problems: list[Problem] | None = None, detail: str = "") -> JsonResponse:
    """The problem document of `status`, with `errors: [{pointer, code, message}]` where there are any."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
    }
    if detail:
        document["detail"] = detail
    if problems:
        document["errors"] = [{"pointer": p.pointer, "code": p.code, "message": p.message} for p in problems]
    # Said here, since the doors that answer before every middleware fail past them too.
    headers = {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return JsonResponse(document, status=status, content_type="application/problem+json", headers=headers)
