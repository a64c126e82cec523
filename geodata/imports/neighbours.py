"""The layers of neighbours, fetched by the worker: a fetch that fails leaves what was here, and says why."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop as _

from geodata.imports.dataset import Into, Order, import_dataset
from geodata.imports.reasons import SourceRefused
from geodata.imports.reference import LayerFacts
from geodata.imports.report import ImportReport
from layers.fetching import FetchFailed
from layers.geometry import BoundingBox
from layers.models import NeighbourLayer
from layers.models.neighbour import neighbour_hosts
from layers.ogc_features import USUAL_LIMITS, Limits, fetch_collection
from layers.reasons import Reason


def fetch_layer(layer: NeighbourLayer, limits: Limits = USUAL_LIMITS) -> None:
    """Makes the reference layer that of the neighbour's collection inside the city's bounds, in one transaction."""
    layer.begin()
    try:
        layer.note_fetched(_told(_taken(layer, limits)))
    except (FetchFailed, SourceRefused) as error:
        layer.note_failure(error.reason)


def _taken(layer: NeighbourLayer, limits: Limits) -> ImportReport:
    allowed, inner = neighbour_hosts()
    facts = LayerFacts(layer.names, layer.style, layer.fields)
    order = Order(Into.REFERENCE, layer.origin, layer=facts, skip_refused=True)
    with tempfile.TemporaryDirectory(prefix="neighbour-") as folder:
        path = Path(folder) / f"{layer.slug}.geojson"
        box = BoundingBox(*settings.CITY.bounds)
        fetch_collection(layer.url, path, allowed, box=box, inner_hosts=inner, limits=limits)
        with transaction.atomic():
            report = import_dataset(path, order)
            if not _number(report):
                words = _("None of its features can be taken. The first one: %(row)s")
                raise SourceRefused(Reason(words, {"row": report.refused[0].named()}))
        return report


def _number(report: ImportReport) -> int:
    return report.added + report.updated + report.unchanged


def _told(report: ImportReport) -> Reason:
    """How many features there are now, and the first that was left out, with its reason."""
    here = {"number": _number(report)}
    if not report.refused:
        return Reason(_("Features that were taken: %(number)s."), here)
    words = _("Features that were taken: %(number)s, left out: %(refused)s. The first of these: %(row)s")
    return Reason(words, here | {"refused": len(report.refused), "row": report.refused[0].named()})
