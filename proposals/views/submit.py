"""Making a proposal in two steps: where and what, then check and send. Works without JavaScript."""

import secrets

from django.conf import settings
from django.core import signing
from django.db import IntegrityError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from actors.throttling import TooMany, give_back, submission_limits, take, upload_limits
from layers.languages import localised
from proposals.device import device_key, new_device_key, remember_device
from proposals.models import Category, Kind, PrivacyRule, Proposal
from proposals.page_form import ProposalPageForm, photo_of
from proposals.photos import photo_path
from proposals.submit import Draft, KeyReused, Receipt, earlier_receipt, submit

THANKS_SALT = "proposals.thanks"
THANKS_MAX_AGE_S = 24 * 3_600
FIELDS_KEPT = ("kind", "category", "geometry", "place", "place_choice", "area", "title", "body", "language", "email")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proposal_new(request: HttpRequest) -> HttpResponse:
    """The form, its check page, and the sending of it: 303 to the thanks page, 422 with all that was typed."""
    if request.method != "POST":
        return _form_page(request, ProposalPageForm(initial=_initial(request.GET)))
    step = request.POST.get("step")
    if step == "back":
        return _form_page(request, ProposalPageForm(initial=_typed(request.POST)))
    try:
        if request.FILES:
            take(upload_limits(request))
    except TooMany as error:
        return _wait(_form_page(request, ProposalPageForm(request.POST), status=429), error)
    form = ProposalPageForm(request.POST, request.FILES)
    try:
        if step == "send" and (earlier := earlier_receipt(_key(form), form.body_hash())):
            return _thanks(request, earlier, device_key(request))
        if not form.is_valid():
            return _form_page(request, form, status=422)
        if step != "send":
            return _check_page(request, form)
        return _send(request, form)
    except KeyReused as error:
        return (
            _check_page(request, form, status=409, sent_before=error.proposal)
            if form.is_valid()
            else _form_page(request, form, status=422)
        )
    except IntegrityError:  # the same photo was sent by another tab at this moment: its copy goes along now
        return _check_page(request, _again(form), status=409)
    except TooMany as error:
        return _wait(_check_page(request, form, status=429), error)


def _again(form: ProposalPageForm) -> ProposalPageForm:
    """The same form checked anew, without the files, which are stored already."""
    again = ProposalPageForm(form.data)
    again.is_valid()
    return again


def _wait(response: HttpResponse, error: TooMany) -> HttpResponse:
    response["Retry-After"] = str(error.retry_after_s)
    return response


def _send(request: HttpRequest, form: ProposalPageForm) -> HttpResponse:
    key = device_key(request) or new_device_key()
    limits = submission_limits(request, key)
    take(limits)
    created = False
    try:
        draft: Draft = form.draft(device_key=key, photos=tuple(form.stored_photos))
        receipt = submit(draft, key=_key(form), body_hash=form.body_hash())
        created = receipt.created
    finally:
        if not created:
            give_back(limits)
    return _thanks(request, receipt, key)


def _thanks(request: HttpRequest, receipt: Receipt, key: str | None) -> HttpResponse:
    token = signing.dumps(receipt.proposal.pk, salt=THANKS_SALT)
    response = HttpResponseRedirect(reverse("proposal_thanks", args=[token]))
    response.status_code = 303
    if key and receipt.created:
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


def _typed(posted: QueryDict) -> dict[str, object]:
    return {name: posted.get(name, "") for name in FIELDS_KEPT}


def _form_page(request: HttpRequest, form: ProposalPageForm, status: int = 200) -> HttpResponse:
    categories = list(Category.objects.offered())
    typed = form.data if form.is_bound else request.POST
    context = {
        "form": form,
        "categories": categories,
        "category_rules": [{"slug": c.slug, "kind": c.kind, "geometry_types": c.geometry_types} for c in categories],
        "kinds": Kind,
        "key": typed.get("key") or secrets.token_hex(16),
        "photo_tokens": form.photo_tokens() if form.is_bound else request.POST.getlist("photos"),
        "too_many": status == 429,
        "answers_typed": {n: v for n, v in typed.items() if n.startswith("answers-")},
    }
    return render(request, "proposals/proposal_new.html", context, status=status)


def _check_page(
    request: HttpRequest, form: ProposalPageForm, status: int = 200, sent_before: Proposal | None = None
) -> HttpResponse:
    kept = [(name, form.data.get(name, "")) for name in FIELDS_KEPT if form.data.get(name)]
    draft = form.draft(device_key="")
    context = {
        "form": form,
        "draft": draft,
        "place": draft.placed.in_words(get_language() or settings.LANGUAGE_CODE),
        "is_generalised": draft.category.privacy_rule == PrivacyRule.GENERALISED,
        "questions": questions_of(draft.category, form.data),
        "kept": kept,
        "photo_tokens": form.photo_tokens(),
        "key": secrets.token_hex(16) if sent_before else form.data.get("key") or secrets.token_hex(16),
        "sent_before": sent_before,
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
    code = proposal.contact.tracking_code
    language = get_language() or settings.LANGUAGE_CODE
    context = {
        "proposal": proposal,
        "language": language,
        "place": proposal.place_in(language),
        "code": f"{code[:4]}-{code[4:]}",
        "waits_for_code": proposal.publication == "unconfirmed",
        "taken_up_nearby": Proposal.objects.public().taken_up().for_lists().nearest_to(proposal)[:3],
        "photos": proposal.photos.order_by("pk"),
    }
    response = render(request, "proposals/proposal_thanks.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
