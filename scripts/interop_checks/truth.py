"""What is in the database, by SQL of its own that no door uses: the keys and places of every published set.

    DJANGO_SETTINGS_MODULE=mapapp.settings python -m scripts.interop_checks.truth > truth.json

Printed: {set: {"key": property that is the key in every file, "places": {EPSG number: {key: WKB in hexadecimal}}}}.
"""

import json
import sys

import django
from django.db import connection

SYSTEMS = (4326, 3067, 3879)
OF_SETS = {
    "proposals": ("id", "SELECT id, public_location FROM proposals_proposal WHERE publication = 'published'"),
    "areas": ("slug", "SELECT slug, outline FROM layers_area WHERE valid_to IS NULL AND outline IS NOT NULL"),
    "services": ("id", "SELECT id, location FROM layers_servicelocation"),
    "spaces": ("id", "SELECT id, location FROM layers_space"),
    "pledges": (
        "id",
        "SELECT pledge.id, public_location FROM proposals_pledge AS pledge JOIN proposals_proposal AS proposal"
        " ON proposal.id = pledge.proposal_id WHERE publication = 'published'",
    ),
}
OF_LAYER = "SELECT id, shape FROM layers_referencefeature WHERE layer_id = {}"
PLACES = "SELECT key::text, ST_AsBinary(ST_Transform(place, {srid})) FROM ({rows}) AS rows(key, place)"


def truth() -> dict[str, dict]:
    """Raises LookupError for a set that is published and of which nothing is known here."""
    from geodata.ogc.published import published  # here: it needs Django set up

    layers = _rows("SELECT id, slug FROM layers_referencelayer ORDER BY slug")
    sets = OF_SETS | {f"reference-{slug}": ("id", OF_LAYER.format(pk)) for pk, slug in layers}
    if unknown := published().keys() - sets.keys():
        raise LookupError(f"published, but not compared: {sorted(unknown)}")
    return {
        name: {
            "key": key,
            "places": {
                srid: {key: bytes(place).hex() for key, place in _rows(PLACES.format(rows=rows, srid=srid))}
                for srid in SYSTEMS
            },
        }
        for name, (key, rows) in sets.items()
    }


def _rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


if __name__ == "__main__":
    django.setup()
    json.dump(truth(), sys.stdout)
