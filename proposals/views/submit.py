"""Making a proposal in two steps: where and what, then check and send. Works without JavaScript.

Staff make one for somebody else by the same steps, a kiosk for whoever stands before it.
"""

import dataclasses
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import IntegrityError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from actors.models import StaffRole
from actors.roles import staff_only
from actors.throttling import Limit, TooMany, give_back, submission_limits, take, upload_limits
from layers.languages import localised
from layers.qr import qr_code
from proposals.device import device_key, is_author, new_device_key, remember_device
from proposals.kiosk import in_kiosk
from proposals.models import Category, Channel, Kind, PrivacyRule, Proposal, Publication
from proposals.on_behalf import ENTRIES_PER_HOUR, OnBehalfForm, role_of
from proposals.page_form import ProposalPageForm, photo_of
from proposals.photos import photo_path
from proposals.similar import similar
from proposals.spam import form_stamp
from proposals.submit import Draft, KeyReused, Receipt, earlier_receipt, submit

THANKS_SALT = "proposals.thanks"
RECEIPT_SALT = "proposals.receipt"
THANKS_MAX_AGE_S = 24 * 3_600
FIELDS_KEPT = (
    "kind",
    "category",
    "geometry",
    "place",
    "place_choice",
    "area",
    "title",
    "body",
    "language",
    "email",
    "website",
    "started",
)


@dataclass(frozen=True)
class Way:
    """How the form is come by: the address that it is sent to, its class, and the fields that its second step keeps."""

    address: str
    form: type[ProposalPageForm]
    kept: tuple[str, ...] = FIELDS_KEPT
    on_behalf: bool = False


OWN = Way("proposal_new", ProposalPageForm)
ON_BEHALF = Way("proposal_on_behalf", OnBehalfForm, kept=(*FIELDS_KEPT, "channel", "consent"), on_behalf=True)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proposal_new(request: HttpRequest) -> HttpResponse:
    """The form, its check page, and the sending of it: 303 to the thanks page, 422 with all that was typed."""
    return _answer(request, OWN)


@never_cache
@staff_only(StaffRole.MODERATOR, StaffRole.FACILITATOR, StaffRole.PLANNER)
@require_http_methods(["GET", "HEAD", "POST"])
def proposal_on_behalf(request: HttpRequest) -> HttpResponse:
    """The same for staff who enter what somebody else says; ends at a receipt to read aloud or print."""
    return _answer(request, ON_BEHALF)


def _answer(request: HttpRequest, way: Way) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, way, way.form(initial=_initial(request.GET)))
    step = request.POST.get("step")
    if step == "back":
        return _form_page(request, way, way.form(initial=_typed(request.POST, way)))
    try:
        if request.FILES:
            take(upload_limits(request))
    except TooMany as error:
        return _wait(_form_page(request, way, way.form(request.POST), status=429), error)
    form = way.form(request.POST, request.FILES)
    try:
        if step == "send" and (earlier := earlier_receipt(_key(form), form.body_hash())):
            return _thanks(way, earlier, device_key(request))
        if not form.is_valid():
            return _form_page(request, way, form, status=422)
        if step != "send":
            return _check_page(request, way, form)
        return _send(request, way, form)
    except KeyReused as error:
        return (
            _check_page(request, way, form, status=409, sent_before=error.proposal)
            if form.is_valid()
            else _form_page(request, way, form, status=422)
        )
    except IntegrityError:  # the same photo was sent by another tab at this moment: its copy goes along now
        return _check_page(request, way, _again(form), status=409)
    except TooMany as error:
        return _wait(_check_page(request, way, form, status=429), error)


def _again(form: ProposalPageForm) -> ProposalPageForm:
    """The same form checked anew, without the files, which are stored already."""
    again = type(form)(form.data)
    again.is_valid()
    return again


def _wait(response: HttpResponse, error: TooMany) -> HttpResponse:
    response["Retry-After"] = str(error.retry_after_s)
    return response


def _send(request: HttpRequest, way: Way, form: ProposalPageForm) -> HttpResponse:
    key = "" if way.on_behalf else device_key(request) or new_device_key()
    limits = _limits_of_staff(request) if way.on_behalf else submission_limits(request, key)
    take(limits)
    created = False
    try:
        draft: Draft = form.draft(device_key=key, photos=tuple(form.stored_photos))
        if not way.on_behalf and not form.spend_proof():
            draft = dataclasses.replace(draft, held=True)
        receipt = submit(_by(request, way, draft), key=_key(form), body_hash=form.body_hash())
        created = receipt.created
    finally:
        if not created:
            give_back(limits)
    return _thanks(way, receipt, key)


def _limits_of_staff(request: HttpRequest) -> list[Limit]:
    return [Limit(f"submit:staff:{request.user.pk}", ENTRIES_PER_HOUR)]


def _by(request: HttpRequest, way: Way, draft: Draft) -> Draft:
    """The draft with who typed it in, and at what terminal."""
    if way.on_behalf:
        return dataclasses.replace(draft, role=role_of(request.user), actor_id=request.user.pk)
    return dataclasses.replace(draft, channel=Channel.KIOSK) if in_kiosk(request) else draft


def _thanks(way: Way, receipt: Receipt, key: str | None) -> HttpResponse:
    salt, address = (RECEIPT_SALT, "on_behalf_receipt") if way.on_behalf else (THANKS_SALT, "proposal_thanks")
    response = HttpResponseRedirect(reverse(address, args=[signing.dumps(receipt.proposal.pk, salt=salt)]))
    response.status_code = 303
    if key and receipt.created and not way.on_behalf:
        remember_device(response, key)
    return response


def _key(form: ProposalPageForm) -> str:
    """The form's idempotency key; a form without one (an odd client) gets a new one and is not protected."""
    key = form.data.get("key", "")
    return key if 16 <= len(key) <= 64 and key.isascii() else secrets.token_hex(16)


def _initial(query: QueryDict) -> dict[str, str]:
    """What a link into the form may fill in: `?kind=parking&area=tapiola`."""
    given = {name: query[name] for name in ("kind", "area", "place") if name in query}
    return given | {"language": get_language() or settings.LANGUAGE_CODE}


def _typed(posted: QueryDict, way: Way) -> dict[str, object]:
    return {name: posted.get(name, "") for name in way.kept}


def _form_page(request: HttpRequest, way: Way, form: ProposalPageForm, status: int = 200) -> HttpResponse:
    categories = list(Category.objects.offered())
    typed = form.data if form.is_bound else request.POST
    context = {
        "form": form,
        "way": way,
        "keeps_draft": not way.on_behalf and not in_kiosk(request),  # on a device of one's own alone
        "categories": categories,
        "category_rules": [{"slug": c.slug, "kind": c.kind, "geometry_types": c.geometry_types} for c in categories],
        "kinds": Kind,
        "key": typed.get("key") or secrets.token_hex(16),
        "started": typed.get("started") or form_stamp(),
        "photo_tokens": form.photo_tokens() if form.is_bound else request.POST.getlist("photos"),
        "too_many": status == 429,
        "answers_typed": {n: v for n, v in typed.items() if n.startswith("answers-")},
    }
    return render(request, "proposals/proposal_new.html", context, status=status)


def _check_page(
    request: HttpRequest, way: Way, form: ProposalPageForm, status: int = 200, sent_before: Proposal | None = None
) -> HttpResponse:
    kept = [(name, form.data.get(name, "")) for name in way.kept if form.data.get(name)]
    draft = form.draft(device_key="")
    context = {
        "form": form,
        "way": way,
        "keeps_draft": not way.on_behalf and not in_kiosk(request),  # on a device of one's own alone
        "draft": draft,
        "place": draft.placed.in_words(get_language() or settings.LANGUAGE_CODE),
        "is_generalised": draft.category.privacy_rule == PrivacyRule.GENERALISED,
        "questions": questions_of(draft.category, form.data),
        "kept": kept,
        "photo_tokens": form.photo_tokens(),
        "key": secrets.token_hex(16) if sent_before else form.data.get("key") or secrets.token_hex(16),
        "sent_before": sent_before,
        "similar": similar(draft.placed.public_location.point_on_surface, draft.category.kind, draft.title),
        "cover_words": {"add": _("Add a box"), "undo": _("Remove the last box"), "box": _("Box {n}")},
        "too_many": status == 429,
        "terms_version": settings.TERMS_VERSION,
    }
    return render(request, "proposals/proposal_check.html", context, status=status)


def questions_of(category: Category, typed: QueryDict) -> list[dict[str, object]]:
    """The category's questions in the page's language, with what was answered so far."""
    language = get_language() or settings.LANGUAGE_CODE
    return [
        {
            "name": f"answers-{question['id']}",
            "type": question["type"],
            "label": localised(question["label"], language)[0],
            "choices": [(c["value"], localised(c["label"], language)[0]) for c in question.get("choices", [])],
            "value": typed.get(f"answers-{question['id']}", ""),
        }
        for question in category.questions.get("questions", [])
    ]


@never_cache
@require_safe
def photo_preview(request: HttpRequest, token: str) -> HttpResponse:
    """A photo that is not sent yet, for the one whose form holds its token."""
    photo = photo_of(token)
    if photo is None:
        raise Http404(_("The photo is no longer here. Add it again."))
    try:
        response = FileResponse(photo_path(photo.name).open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404(_("The photo is no longer here. Add it again.")) from error
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@never_cache
@require_safe
def proposal_thanks(request: HttpRequest, token: str) -> HttpResponse:
    """After sending: the tracking code, what happens next, one's own pin, and three nearby that were taken up."""
    try:
        pk = signing.loads(token, salt=THANKS_SALT, max_age=THANKS_MAX_AGE_S)
    except signing.BadSignature as error:
        raise Http404(_("This page is shown for a day after sending.")) from error
    proposal = get_object_or_404(Proposal.objects.for_lists().select_related("contact"), pk=pk)
    if in_kiosk(request) and not is_author(request, proposal):  # the person before, by the browser's "back"
        return redirect("kiosk")
    code = proposal.contact.tracking_code
    language = get_language() or settings.LANGUAGE_CODE
    context = {
        "proposal": proposal,
        "language": language,
        "place": proposal.place_in(language),
        "code": spoken(code),
        "waits_for_code": proposal.publication == "unconfirmed",
        "taken_up_nearby": Proposal.objects.public().taken_up().for_lists().nearest_to(proposal)[:3],
        "photos": proposal.photos.order_by("pk"),
    }
    response = render(request, "proposals/proposal_thanks.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@staff_only(StaffRole.MODERATOR, StaffRole.FACILITATOR, StaffRole.PLANNER)
@require_safe
def on_behalf_receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What the person takes along: the tracking code, to read aloud or to print. For a day, for staff."""
    try:
        pk = signing.loads(token, salt=RECEIPT_SALT, max_age=THANKS_MAX_AGE_S)
    except signing.BadSignature as error:
        raise Http404(_("This page is shown for a day after sending.")) from error
    proposal = get_object_or_404(Proposal.objects.for_lists().select_related("contact"), pk=pk)
    code = proposal.contact.tracking_code
    address = settings.SITE_URL + reverse("proposal_track")
    context = {
        "proposal": proposal,
        "place": proposal.place_in(get_language() or settings.LANGUAGE_CODE),
        "code": spoken(code),
        "letters": list(code),
        "address": address,
        "qr": qr_code(address),
        "waits_for_code": proposal.publication == Publication.UNCONFIRMED,
    }
    response = render(request, "proposals/on_behalf_receipt.html", context)
    response["Referrer-Policy"] = "no-referrer"
    return response


def spoken(code: str) -> str:
    """A tracking code as people say and write it: 7KD2-M9QX."""
    return f"{code[:4]}-{code[4:]}"
