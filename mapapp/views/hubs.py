"""Pages for a place where people come by: a hub such as a service square, and the paper form that lies on its table."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from actors.models import Organisation
from layers.models import Area, ServiceLocation, Space
from layers.qr import qr_code
from mapapp.map_config import map_config
from proposals.models import Kind, Pledge, Proposal

UNDER_ONE_ROOF_M = 100
PROPOSALS_SHOWN = 6
WISHES_SHOWN = 4
PROMISES_SHOWN = 6
ORGANISATIONS_SHOWN = 12


@require_safe
def hub(request: HttpRequest, slug: str) -> HttpResponse:
    """What there is in and around one service point, or in an area: services, spaces, organisations, newest proposals, promises."""
    place = ServiceLocation.objects.by_hub_slug(slug)
    area = _area_of(place, slug)
    if area is None:
        raise Http404(_("There is no such place."))
    services, spaces = (
        model.objects.near(place.location, UNDER_ONE_ROOF_M) if place else model.objects.in_area(area)
        for model in (ServiceLocation, Space)
    )
    area_ids = list(Area.objects.of_slugs([area.slug]).with_descendants().values_list("pk", flat=True))
    proposals = Proposal.objects.public().in_areas(area_ids).for_lists().newest_first()
    promises = Pledge.objects.open().in_areas(area_ids).on_cards().select_related("proposal", "organisation")
    acting = Organisation.objects.in_force(timezone.localdate()).acting_in(area).defer("service_area").order_by("slug")
    organisations = list(acting[: ORGANISATIONS_SHOWN + 1])
    context = {
        "hub": place or area,
        "place": place,
        "area": area,
        "language": get_language() or settings.LANGUAGE_CODE,
        "services": services.for_lists(),
        "newest": proposals[:PROPOSALS_SHOWN],
        "spaces": spaces.for_lists(),
        "wishes": proposals.of_kind([Kind.SPACE])[:WISHES_SHOWN],
        "wishes_query": urlencode({"kind": Kind.SPACE, "area": area.slug}),
        "promises": promises[:PROMISES_SHOWN],
        "organisations": organisations[:ORGANISATIONS_SHOWN],
        "has_more_organisations": len(organisations) > ORGANISATIONS_SHOWN,
        "new_query": urlencode({"place": str(place)} if place else {"area": area.slug}),
        "map_config": map_config(request, mode="browse", query=urlencode({"area": area.slug}), area=area.slug),
    }
    return render(request, "mapapp/hub.html", context)


def _area_of(place: ServiceLocation | None, slug: str) -> Area | None:
    """The area of the place, else the whole city; without a place the area of this slug."""
    areas = Area.objects.current().with_parents()
    if place is None:
        return areas.by_slug(slug)
    return place.area or areas.city()


@require_safe
def paper_form(request: HttpRequest) -> HttpResponse:
    """A sheet to fill in by hand, for an area where one is named; the square code leads to the form on the web."""
    slug = request.GET.get("area", "").replace("\0", "")[:80]
    area = Area.objects.current().with_parents().by_slug(slug) if slug else None
    if slug and area is None:
        raise Http404(_("There is no such area."))
    query = f"?{urlencode({'area': area.slug})}" if area else ""
    address = settings.SITE_URL + reverse("proposal_new")
    context = {"area": area, "kinds": Kind.choices, "address": address, "qr": qr_code(address + query)}
    return render(request, "mapapp/paper_form.html", context)
