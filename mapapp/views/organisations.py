"""The directory of organisations, their cards with what became of their promises, and letters to their contact person."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from actors import mails
from actors.forms import MessageForm
from actors.models import ContactPerson, Organisation, OrganisationType
from actors.throttling import Limit, TooMany, form_limits, take
from layers.languages import localised
from layers.models import Area
from proposals.models import Pledge
from proposals.workspace import answers_given

PAGE_SIZE = 30
MESSAGES_PER_HOUR = 5  # from one client
MESSAGES_PER_HOUR_TO_ONE = 20


@require_safe
def organisation_list(request: HttpRequest) -> HttpResponse:
    """Verified organisations in force, by name of address; `type` and `area` narrow them, `after` pages on."""
    today = timezone.localdate()
    organisations = Organisation.objects.in_force(today)
    chosen_type, chosen_area = request.GET.get("type", ""), request.GET.get("area", "")
    if chosen_type in OrganisationType.values:
        organisations = organisations.of_type(chosen_type)
    area = Area.objects.current().of_slugs([chosen_area]).for_choice().first() if chosen_area else None
    if area is not None:
        organisations = organisations.in_areas(Area.objects.of_slugs([area.slug]).with_descendants())
    total = organisations.count()
    after = request.GET.get("after", "").replace("\0", "")[:50]
    page = list(organisations.after_slug(after).for_directory().order_by("slug")[: PAGE_SIZE + 1])
    shown, has_more = page[:PAGE_SIZE], len(page) > PAGE_SIZE
    figures = Pledge.objects.figures_of([organisation.pk for organisation in shown])
    query = request.GET.copy()
    if has_more:
        query["after"] = shown[-1].slug
    context = {
        "rows": [(organisation, figures[organisation.pk]) for organisation in shown],
        "total": total,
        "next_url": f"?{query.urlencode()}" if has_more else "",
        "types": OrganisationType.choices,
        "areas": Area.objects.current().for_choice(),
        "chosen_type": chosen_type,
        "chosen_area": area.slug if area else "",
    }
    return render(request, "mapapp/organisations.html", context)


@require_safe
def organisation_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The card: who they are, where they act, how many belong to it, and what became of their promises."""
    organisation = _visible(request, slug)
    language = get_language() or settings.LANGUAGE_CODE
    texts = [
        (heading, *localised(words, language))
        for heading, words in (
            (_("What we do"), organisation.description),
            (_("What we want"), organisation.goals),
            (_("What we need"), organisation.needs),
        )
    ]
    pledges = Pledge.objects.of_organisation(organisation)
    context = {
        "organisation": organisation,
        "texts": [(heading, text, code) for heading, text, code in texts if text],
        "areas": organisation.areas.for_choice(),
        "figures": Pledge.objects.figures_of([organisation.pk])[organisation.pk],
        "answers_given": answers_given([organisation.pk])[organisation.pk] if organisation.is_authority else None,
        "open_pledges": pledges.open().on_cards(),
        "is_over": organisation.is_over(timezone.localdate()),
        "has_contact": ContactPerson.objects.of_organisation(organisation) is not None,
        "may_edit": Organisation.objects.editable_by(request.user).by_slug(slug) is not None,
        "may_manage": Organisation.objects.managed_by(request.user).by_slug(slug) is not None,
        "trail": organisation_trail(),
    }
    return render(request, "mapapp/organisation.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_contact(request: HttpRequest, slug: str) -> HttpResponse:
    """Passes a message on to the contact person, whose address is on no page; they answer to the sender."""
    organisation = _visible(request, slug)
    contact = ContactPerson.objects.of_organisation(organisation)
    if contact is None:
        raise Http404(_("This organisation takes no messages here."))
    form = MessageForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                _pass_on(request, organisation, contact, form)
                messages.success(request, _("Your message is on its way. The organisation answers to your e-mail."))
                return redirect("organisation", slug)
        except TooMany:
            form.add_error(
                None, _("Many messages were sent within the hour. Try again later; your text is still here.")
            )
            status = 429
    trail = [*organisation_trail(), (reverse("organisation", args=[slug]), str(organisation))]
    context = {"organisation": organisation, "form": form, "trail": trail}
    return render(request, "mapapp/organisation_contact.html", context, status=status)


def _pass_on(request: HttpRequest, organisation: Organisation, contact: ContactPerson, form: MessageForm) -> None:
    take(
        [
            *form_limits(request, "relay", MESSAGES_PER_HOUR),
            Limit(f"relay:organisation:{organisation.pk}", MESSAGES_PER_HOUR_TO_ONE),
        ]
    )
    with translation.override(settings.LANGUAGE_CODE):
        words = {"organisation": str(organisation), "message": form.cleaned_data["message"]}
        sender = form.cleaned_data["email"]
        mails.post(contact.email, "relayed", _("A message from the participation map"), words, reply_to=sender)


def organisation_trail() -> list[tuple[str, str]]:
    """Addresses and names of what stands above an organisation's page."""
    return [(reverse("map"), _("Map")), (reverse("organisations"), _("Organisations"))]


def _visible(request: HttpRequest, slug: str) -> Organisation:
    """A public organisation or one's own; 404 else, so that nobody learns who has applied."""
    organisation = Organisation.objects.visible_to(request.user).with_member_count().by_slug(slug)
    if organisation is None:
        raise Http404(_("There is no such organisation."))
    return organisation
