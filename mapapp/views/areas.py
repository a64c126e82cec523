"""The neighbourhood pages: what is proposed there, what waits for someone, which services are there."""

from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from actors.models import Organisation
from geodata.filters import ProposalFilterForm
from layers.models import Area, Dataset, Service, ServiceLocation, Space
from layers.models.service import ServiceLocationQuerySet
from mapapp.area_tree import alphabetical, area_tree
from mapapp.doors import doors
from mapapp.map_config import map_config
from proposals.models import Proposal, Status

NEWEST_SHOWN = 6
WAITING_SHOWN = 5
ORGANISATIONS_SHOWN = 12


@require_safe
def area_list(request: HttpRequest) -> HttpResponse:
    """Districts with the neighbourhoods below them, each with the number of its public proposals."""
    counts = ProposalFilterForm(QueryDict()).choice_counts(Proposal.objects.public())
    context = {
        "areas": area_tree(Area.objects.current().for_choice(), counts.area),
        "is_approximate": Dataset.objects.of_current_areas().approximate().exists(),
    }
    return render(request, "mapapp/areas.html", context)


@require_safe
def area_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One area: figures, newest, those that nobody has taken up, services, feed and export."""
    area = Area.objects.current().with_parents().by_slug(slug)
    if area is None:
        raise Http404(_("There is no such area."))
    language = get_language() or settings.LANGUAGE_CODE
    form = ProposalFilterForm(QueryDict(f"area={slug}"))
    counts = form.choice_counts(Proposal.objects.public())
    proposals = form.apply(Proposal.objects.public()).for_lists().newest_first()
    query = form.querystring()
    acting = Organisation.objects.in_force(timezone.localdate()).acting_in(area)
    organisations = list(acting.defer("service_area").order_by("slug")[: ORGANISATIONS_SHOWN + 1])
    context = {
        "area": area,
        "language": language,
        "total": counts.total,
        "waiting_total": counts.status[Status.OPEN],
        "taken_up_total": counts.taken_up["yes"],
        "confirmed_total": counts.status[Status.CONFIRMED],
        "newest": proposals[:NEWEST_SHOWN],
        # The newest are on the page already; these have waited longest.
        "waiting": proposals.with_status([Status.OPEN]).reverse()[:WAITING_SHOWN],
        "services": [p for group in service_groups(ServiceLocation.objects.in_area(area)) for p in group.places],
        "spaces": Space.objects.in_area(area).for_lists(),
        "organisations": organisations[:ORGANISATIONS_SHOWN],
        "has_more_organisations": len(organisations) > ORGANISATIONS_SHOWN,
        "inner_areas": area_tree(Area.objects.current().children_of(area).for_choice(), counts.area),
        "doors": doors(query, language),
        "query": query,
        "waiting_query": form.querystring(status=Status.OPEN, taken_up="no"),
        "trail": area_trail(area),
        "map_config": map_config(request, mode="browse", query=query, area=slug),
    }
    return render(request, "mapapp/area.html", context)


def area_trail(area: Area) -> list[tuple[str, str]]:
    """Addresses and names of what stands above an area's page."""
    trail = [(reverse("map"), _("Map")), (reverse("areas"), _("Areas"))]
    if area.parent is not None:
        trail.append((reverse("area", args=[area.parent.slug]), area.parent.name))
    return trail


@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    """Every service location, grouped by service."""
    groups = service_groups(ServiceLocation.objects.all())
    context = {
        "services": groups,
        "total": sum(len(group.places) for group in groups),
    }
    return render(request, "mapapp/services.html", context)


@dataclass(frozen=True)
class ServiceGroup:
    """A service with the places where it is given, both by name."""

    service: Service
    places: list[ServiceLocation]


def service_groups(places: ServiceLocationQuerySet) -> list[ServiceGroup]:
    """`places` by service. One query."""
    in_order = sorted(
        places.for_lists(), key=lambda p: (alphabetical(str(p.service)), p.service_id, alphabetical(str(p)))
    )
    return [
        ServiceGroup(found[0].service, found)
        for found in (list(group) for _key, group in groupby(in_order, key=lambda place: place.service_id))
    ]
