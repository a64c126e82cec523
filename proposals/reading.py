"""The strict reader of what machines send: content type, size and JSON rules, before any form sees it.

`json.loads` alone takes NaN, Infinity, 1e999 and duplicate keys, and a hundred thousand brackets end in a
RecursionError; each of these is a 400 here.
"""

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from proposals.problems import Problem

JSON_MAX_BYTES = 256 * 1024
DEPTH_MAX = 32
FIELDS_MAX = 200  # of an urlencoded body
KEY_MAX = 255  # characters of an Idempotency-Key
# The closing quote may be missing: were it not, each quote of a text without an end would be tried to the end.
TEXTS_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
KEY_PATTERN = re.compile(r"[\x21-\x7e]{8,255}")


class Unreadable(Exception):
    """A request that cannot be read at all: `status` 400, 413 or 415 and what to do."""

    def __init__(self, status: int, code: str, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.problem = Problem(pointer, code, message)


@dataclass(frozen=True)
class Incoming:
    """A parsed request: its members, its photos, and the digest by which a repeated key is recognised."""

    members: dict[str, object]
    body_hash: str
    photos: list[UploadedFile] = field(default_factory=list)


def read_incoming(request: HttpRequest) -> Incoming:
    """The JSON object of a request, or of its multipart part `proposal` with the files of `photo`. Raises Unreadable."""
    try:
        if request.content_type == "application/json":
            body = _body(request)
            return Incoming(read_json(body), hashlib.sha256(body).hexdigest())
        if request.content_type == "multipart/form-data":
            return _read_multipart(request)
    except RequestDataTooBig as error:
        raise Unreadable(413, "too_big", _("The request is too big.")) from error
    except (MultiPartParserError, BadRequest, OSError) as error:
        raise Unreadable(400, "malformed", _("The request was cut or is not well formed. Send it again.")) from error
    raise Unreadable(415, "content_type", _("Send application/json or multipart/form-data."))


def _body(request: HttpRequest) -> bytes:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > JSON_MAX_BYTES:
        raise Unreadable(413, "too_big", _("Send at most 256 kB of JSON."))
    return request.body


def _read_multipart(request: HttpRequest) -> Incoming:
    part: object = request.POST.get("proposal")
    if part is None and "proposal" in request.FILES:
        upload = request.FILES["proposal"]
        if upload.size > JSON_MAX_BYTES:
            raise Unreadable(413, "too_big", _("Send at most 256 kB of JSON."))
        part = upload.read()
    if part is None:
        raise Unreadable(400, "part_missing", _("The part “proposal” is missing."), "/proposal")
    text = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
    photos = request.FILES.getlist("photo")
    digest = hashlib.sha256(text)
    for photo in photos:
        digest.update(b"\x1f" + hashlib.file_digest(photo.file, "sha256").digest())
        photo.seek(0)
    return Incoming(read_json(text), digest.hexdigest(), photos)


def read_json(body: bytes) -> dict[str, object]:
    """The JSON object of `body` (UTF-8). Raises Unreadable for anything that two readers could understand differently."""
    if len(body) > JSON_MAX_BYTES:
        raise Unreadable(413, "too_big", _("Send at most 256 kB of JSON."))
    try:
        text = body.decode("utf-8")
        _refuse_depth(text)
        value = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_duplicates
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate cannot be stored
    except UnicodeError as error:
        raise Unreadable(400, "encoding", _("Send the JSON in UTF-8.")) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            400, "json", _("This is not JSON that can be read: %(why)s") % {"why": str(error)[:200]}
        ) from error
    if not isinstance(value, dict):
        raise Unreadable(400, "not_an_object", _("Send one JSON object."))
    return value


def _refuse_depth(text: str) -> None:
    depth = 0
    for bracket in TEXTS_AND_BRACKETS.findall(text):
        if bracket in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise ValueError(f"nested deeper than {DEPTH_MAX}")
        elif bracket in "]}":
            depth -= 1


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large")
    return number


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def idempotency_key(request: HttpRequest) -> str:
    """The header `Idempotency-Key`. Raises Unreadable (400) where it is missing, too short, too long or odd."""
    key = request.headers.get("Idempotency-Key", "")
    if not KEY_PATTERN.fullmatch(key):
        message = _("Send the header Idempotency-Key: 8 to 255 visible ASCII characters, new for each proposal.")
        raise Unreadable(400, "idempotency_key", message, "Idempotency-Key")
    return key


def read_form(request: HttpRequest) -> tuple[dict[str, str], str]:
    """The fields of an urlencoded body (UTF-8, each once) and the digest of the body. Raises Unreadable."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Unreadable(415, "content_type", _("Send application/x-www-form-urlencoded."))
    try:
        body = _body(request)
        if len(body) > JSON_MAX_BYTES:
            raise Unreadable(413, "too_big", _("The request is too big."))
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), errors="strict", max_num_fields=FIELDS_MAX
        )  # fmt: skip
    except RequestDataTooBig as error:
        raise Unreadable(413, "too_big", _("The request is too big.")) from error
    except (UnicodeError, ValueError, OSError) as error:
        raise Unreadable(400, "malformed", _("The request was cut or is not well formed. Send it again.")) from error
    fields = dict(pairs)
    for name in fields:
        if sum(other == name for other, _value in pairs) > 1:
            raise Unreadable(400, "repeated", _("Give “%(name)s” once.") % {"name": name[:60]}, name[:60])
    return fields, hashlib.sha256(body).hexdigest()
