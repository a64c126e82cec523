"""An organisation's own pages: its texts, its members, its invitations."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from actors import inviting
from actors.forms import InvitationForm, OrganisationForm, RoleForm
from actors.models import ContactPerson, Invitation, Membership, Organisation
from actors.models.membership import LastAdministrator
from actors.models.organisation import OrganisationQuerySet
from actors.throttling import TooMany
from actors.tokens import no_referrer


def _permitted(request: HttpRequest, permitted: OrganisationQuerySet, slug: str) -> Organisation:
    """The organisation of `slug` where `permitted` has it: 403 for one that the person may only see, else 404."""
    organisation = permitted.by_slug(slug)
    if organisation is not None:
        return organisation
    if Organisation.objects.visible_to(request.user).by_slug(slug) is not None:
        raise PermissionDenied
    raise Http404(_("There is no such organisation."))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_edit(request: HttpRequest, slug: str) -> HttpResponse:
    organisation = _permitted(request, Organisation.objects.editable_by(request.user), slug)
    contact = ContactPerson.objects.of_organisation(organisation)
    form = OrganisationForm(request.POST or None, organisation=organisation, contact=contact)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("organisation", slug)
    context = {"organisation": organisation, "form": form}
    return render(request, "actors/organisation_edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Members and invitations that wait; POST invites one more."""
    organisation = _permitted(request, Organisation.objects.managed_by(request.user), slug)
    form = InvitationForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                inviting.invite(organisation, **form.cleaned_data, by=request.user)
                messages.success(request, _("The invitation is on its way."))
                return redirect("member_list", slug)
        except TooMany:
            form.add_error(None, _("Many invitations were sent today. Try again later."))
            status = 429
    context = {
        "organisation": organisation,
        "form": form,
        "members": Membership.objects.of_organisation(organisation).shown(),
        "invitations": Invitation.objects.of_organisation(organisation).waiting(),
    }
    return render(request, "actors/member_list.html", context, status=status)


@login_required
@require_POST
def member_change(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Another role, or with `end` none any more."""
    organisation = _permitted(request, Organisation.objects.managed_by(request.user), slug)
    membership = Membership.objects.of_organisation(organisation).by_key(pk)
    if membership is None:
        raise Http404(_("There is no such member."))
    form = RoleForm(request.POST)
    try:
        if "end" in request.POST:
            membership.end()
            messages.success(request, _("The person is no longer a member."))
        elif form.is_valid():
            membership.change_role(form.cleaned_data["role"])
            messages.success(request, _("Saved."))
    except LastAdministrator:
        messages.error(request, _("An organisation keeps one administrator. Make somebody else one first."))
    return redirect("member_list", slug)


@login_required
@require_POST
def invitation_withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    organisation = _permitted(request, Organisation.objects.managed_by(request.user), slug)
    invitation = Invitation.objects.of_organisation(organisation).waiting().by_key(pk)
    if invitation is None:
        raise Http404(_("There is no such invitation."))
    inviting.withdraw(invitation)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("member_list", slug)


@never_cache
@no_referrer
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the mailed link; the button makes the invited address a member, and the sign-in follows."""
    signed_in = request.user if request.user.is_authenticated else None
    try:
        found = inviting.invitation_of(token)
        if request.method == "POST":
            inviting.accept(found, signed_in=signed_in)
            messages.success(request, _("You are a member now. Sign in with the address that was invited."))
            return redirect("account_home")
    except inviting.InvitationOver:
        return render(request, "actors/invitation_refused.html", {"is_over": True}, status=410)
    except inviting.InvitationRefused:
        return render(request, "actors/invitation_refused.html", {"is_over": False}, status=403)
    if signed_in is not None and signed_in.email != found.email:
        return render(request, "actors/invitation_refused.html", {"is_over": False}, status=403)
    return render(request, "actors/invitation.html", {"invitation": found})
