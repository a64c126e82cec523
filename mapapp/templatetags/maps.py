"""The map of a page whose view lives below `mapapp` in the house: `{% map_config_for "show" geometry=… as config %}`."""

import json

from django import template
from django.contrib.gis.geos import GEOSGeometry
from django.template import Context

from mapapp.map_config import MapConfig, Mode, map_config

register = template.Library()


@register.simple_tag(takes_context=True)
def map_config_for(
    context: Context,
    mode: Mode,
    geometry: GEOSGeometry | None = None,
    kind: str = "",
    status: str = "",
) -> MapConfig:
    """The configuration of the page's map, for `json_script`; `geometry` (EPSG:4326) is what it shows."""
    shown = json.loads(geometry.geojson) if geometry else None
    return map_config(context["request"], mode=mode, geometry=shown, kind=kind, status=status)
