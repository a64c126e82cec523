"""The fields that each kind of thing has, and the names by which columns of other cities usually call them."""

from collections.abc import Collection

from django.conf import settings

from geodata.imports.old_proposals import FIELDS as PROPOSAL_FIELDS
from geodata.models.import_run import Into
from layers.models.space import ACCESS_WORDS

USUAL: dict[str, tuple[str, ...]] = {
    "id": ("id", "source_id", "code", "koodi", "kod", "tunnus", "uuid", "osm_id", "station", "nro", "numero", "nr", "objectid", "gml_id"),
    "code": ("code", "koodi", "kod", "kokotun", "tunnus", "id"),
    "name_fi": ("name_fi", "nimi_fi", "nimi", "name", "nimi_suomi"),
    "name_sv": ("name_sv", "namn_sv", "nimi_sv", "namn", "nimi_ruotsi", "nimi_se"),
    "name_en": ("name_en", "nimi_en", "nimi_englanti"),
    "parent": ("parent", "parent_code", "suuralue"),
    "category": ("category", "kategoria", "kategori", "luokka", "tyyppi", "type", "service_code", "kind", "aihe"),
    "kind": ("kind", "type", "tyyppi", "typ"),
    "capacity": ("capacity", "kapasiteetti", "kapacitet", "henkilömäärä", "henkilomaara", "people_capacity"),
    "booking_url": ("booking_url", "reservation_url", "varauslinkki", "varaus"),
    "provider_name": ("provider_name", "provider", "tuottaja", "organisation"),
    "provider_type": ("provider_type",),
    "address": ("address", "address_fi", "osoite", "adress", "katuosoite"),
    "title": ("title", "otsikko", "rubrik", "titel", "name", "nimi", "aihe", "service_name"),
    "body": ("body", "text", "teksti", "kuvaus", "description", "beskrivning", "sisalto", "sisältö", "content"),
    "status": ("status", "tila", "state", "vaihe"),
    "language": ("language", "kieli", "lang", "sprak", "språk"),
    "channel": ("channel", "kanava", "kanal"),
    "submitted": ("submitted", "created", "created_at", "date", "pvm", "paivays", "päiväys", "luotu", "datum", "requested_datetime"),
    "published": ("published", "published_at", "julkaistu"),
}  # fmt: skip


def fields_of(into: str) -> tuple[str, ...]:
    """The fields that a column may be mapped to, in their order on a page."""
    names, prices, hours = (
        tuple(f"{word}_{language}" for language in settings.CITY.languages) for word in ("name", "price", "hours")
    )
    provided = ("address", "provider_name", "provider_type")
    return {
        Into.AREAS: ("code", *names, "parent"),
        Into.SERVICES: ("id", *names, "category", *provided),
        Into.SPACES: ("id", *names, "kind", "capacity", *ACCESS_WORDS, *prices, *hours, "booking_url", *provided),
        Into.PROPOSALS: PROPOSAL_FIELDS,
        Into.REFERENCE: ("id", *names),
    }[Into(into)]


def proposed_columns(into: str, columns: Collection[str]) -> dict[str, str]:
    """Field -> the column that is most likely meant; a column is proposed once. Planners see and change it."""
    found: dict[str, str] = {}
    for field in fields_of(into):
        usual = (field, *USUAL.get(field, ()))
        column = next((name for name in usual if name in columns and name not in found.values()), None)
        if column:
            found[field] = column
    return found
