"""The neighbourhood pages: what is proposed there, what waits for someone, which services are there."""

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.filters import ProposalFilterForm
from layers.models import Area, Dataset, ServiceLocation
from mapapp.map_config import map_config
from proposals.models import Proposal

NEWEST_SHOWN = 6
WAITING_SHOWN = 6


@require_safe
def area_list(request: HttpRequest) -> HttpResponse:
    """Every current area by level, with the number of its public proposals."""
    counts = ProposalFilterForm(QueryDict()).choice_counts(Proposal.objects.public())
    areas = list(Area.objects.current().with_parents())
    context = {
        "areas": areas,
        "area_counts": counts.area,
        "is_approximate": Dataset.objects.of_current_areas().approximate().exists(),
    }
    return render(request, "mapapp/areas.html", context)


@require_safe
def area_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One area: figures, newest, those that nobody has taken up, services, feed and export."""
    area = Area.objects.current().with_parents().by_slug(slug)
    if area is None:
        raise Http404(_("There is no such area."))
    form = ProposalFilterForm(QueryDict(f"area={slug}"))
    form.is_valid()
    proposals = form.apply(Proposal.objects.public()).for_lists().newest_first()
    query = form.querystring()
    context = {
        "area": area,
        "counts": form.choice_counts(Proposal.objects.public()),
        "newest": proposals[:NEWEST_SHOWN],
        "waiting": proposals.with_status(["open"])[:WAITING_SHOWN],
        "services": ServiceLocation.objects.in_area(area).for_lists(),
        "inner_areas": Area.objects.current().children_of(area),
        "query": query,
        "map_config": map_config(request, mode="browse", query=query, area=slug),
    }
    return render(request, "mapapp/area.html", context)


@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    """Every service location, grouped by service."""
    return render(request, "mapapp/services.html", {"services": ServiceLocation.objects.all().for_lists()})
