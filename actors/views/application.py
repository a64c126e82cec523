"""An organisation applies, its founders confirm their addresses, and staff decide."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from actors import applying
from actors.forms import ApplicationForm, CodeForm, RefusalForm
from actors.models import Application, Founder, StaffRole
from actors.roles import staff_only
from actors.throttling import TooMany, form_limits, take
from actors.tokens import no_referrer

APPLICATIONS_PER_HOUR = 5  # from one client
CODES_PER_HOUR = 30


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_apply(request: HttpRequest) -> HttpResponse:
    """The form; a good one is stored and leads to the page that asks for the mailed code."""
    form = ApplicationForm(request.POST or None)
    if request.method != "POST":
        return render(request, "actors/organisation_apply.html", {"form": form})
    if not form.is_valid():
        return render(request, "actors/organisation_apply.html", {"form": form}, status=422)
    try:
        take(form_limits(request, "application", APPLICATIONS_PER_HOUR))
        applicant = applying.apply(form.wish())
    except TooMany as error:
        form.add_error(None, _("Too many applications from here. Try again later."))
        return _too_many(render(request, "actors/organisation_apply.html", {"form": form}, status=429), error)
    return redirect("application_confirm", applying.token_for(applicant, "applicant"))


@never_cache
@no_referrer
@require_http_methods(["GET", "HEAD", "POST"])
def application_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The applicant enters the mailed code."""
    applicant = _founder(token, "applicant")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and applicant.confirmed_at is None:
        status = 422
        try:
            take(form_limits(request, "application-code", CODES_PER_HOUR))
            if form.is_valid():
                applying.confirm_by_code(applicant, form.cleaned_data["code"])
                return redirect("application_confirm", token)
        except applying.CodeRefused:
            form.add_error("code", _("The code is wrong or too old. Ask for a new one."))
        except TooMany as error:
            form.add_error(None, _("Too many tries. Wait a while."))
            page = render(request, "actors/application_confirm.html", _waiting(applicant, form, token), status=429)
            return _too_many(page, error)
    return render(request, "actors/application_confirm.html", _waiting(applicant, form, token), status=status)


def _waiting(applicant: Founder, form: CodeForm, token: str) -> dict[str, object]:
    return {"applicant": applicant, "form": form, "token": token, "organisation": applicant.application.organisation}


@require_POST
def application_code(request: HttpRequest, token: str) -> HttpResponse:
    """Mails a new code to the applicant."""
    applicant = _founder(token, "applicant")
    if applicant.confirmed_at is None:
        try:
            applying.send_code(applicant)
            messages.success(request, _("A new code is on its way."))
        except TooMany:
            messages.error(request, _("Three codes were sent within the hour. Try again later."))
    return redirect("application_confirm", token)


@never_cache
@no_referrer
@require_http_methods(["GET", "HEAD", "POST"])
def founder_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Another founder of a residents' group says yes; opening the link alone changes nothing."""
    founder = _founder(token, "founder")
    if request.method == "POST":
        applying.confirm_founder(founder)
        return redirect("founder_confirm", token)
    context = {"founder": founder, "organisation": founder.application.organisation}
    return render(request, "actors/founder_confirm.html", context)


def _founder(token: str, purpose: str) -> Founder:
    founder = applying.founder_of(token, purpose)
    if founder is None:
        raise Http404(_("There is no such application."))
    return founder


@staff_only(StaffRole.FACILITATOR)
@require_http_methods(["GET", "HEAD"])
def application_list(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, oldest first."""
    waiting = Application.objects.waiting().decidable_by(request.user).with_organisations()
    return render(request, "actors/application_list.html", {"applications": waiting, "form": RefusalForm()})


@staff_only(StaffRole.FACILITATOR)
@require_POST
def application_verify(request: HttpRequest, pk: int) -> HttpResponse:
    application = _decidable(request, pk)
    try:
        organisation = applying.verify(application, by=request.user)
        messages.success(request, _("%(name)s is verified.") % {"name": organisation})
    except applying.DecisionRefused:
        messages.error(request, _("This was decided already, or its addresses are not confirmed yet."))
    return redirect("application_list")


@staff_only(StaffRole.FACILITATOR)
@require_POST
def application_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    application = _decidable(request, pk)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A refusal needs a reason."))
        return redirect("application_list")
    try:
        applying.refuse(application, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("Refused; the applicant was told why."))
    except applying.DecisionRefused:
        messages.error(request, _("This was decided already, or its addresses are not confirmed yet."))
    return redirect("application_list")


def _decidable(request: HttpRequest, pk: int) -> Application:
    application = Application.objects.decidable_by(request.user).by_key(pk)
    if application is None:
        raise Http404(_("There is no such application."))
    return application


def _too_many(response: HttpResponse, error: TooMany) -> HttpResponse:
    response["Retry-After"] = str(error.retry_after_s)
    return response
