"""The ground: areas, services, spaces and their names."""

from django.utils.translation import gettext_lazy as _

from mapapp.dictionary.entry import Kept, Source, Table

TABLES = {
    "layers.Dataset": Table(
        _("Where imported data came from: one row for each source"),
        Source.IMPORT,
        Kept.USED,
        {
            "slug": _("Name of the dataset in addresses and exports"),
            "title": _("Name of the dataset for people"),
            "source": _("File name or address that it was read from"),
            "licence": _("Licence under which it came"),
            "attribution": _("Credit that the source asks for, shown on the map"),
            "is_approximate": _("Whether the boundaries were drawn by hand"),
            "digest": _("sha256 of the rows as imported, so that the same file is known again"),
            "retrieved_at": _("When the data was fetched"),
        },
    ),
    "layers.Area": Table(
        _("A named part of the city in one level"),
        Source.IMPORT,
        Kept.REPLACED,
        {
            "level": _("city, district, statistical or neighbourhood"),
            "code": _("Code in its source, unique in its level"),
            "slug": _("Name in addresses, unique in the city"),
            "parent": _("Area above it"),
            "boundary": _("Exact boundary, EPSG:4326"),
            "outline": _("Boundary simplified to about ten metres, as pages draw it"),
            "centre": _("A point on its surface"),
            "size_m2": _("Area in square metres"),
            "valid_from": _("When this version came into force"),
            "valid_to": _("When a later import superseded it; empty while in force"),
        },
    ),
    "layers.AreaPart": Table(
        _("Pieces of a boundary, by which a place finds its area quickly"),
        Source.SERVICE,
        Kept.REPLACED,
        {
            "boundary": _("The piece, EPSG:4326"),
        },
    ),
    "layers.PlaceName": Table(
        _("Names of places for search and for places in words"),
        Source.IMPORT,
        Kept.REPLACED,
        {
            "name": _("The name in one language"),
            "folded": _("The name as a search compares it"),
            "location": _("Point of the place, EPSG:4326"),
        },
    ),
    "layers.Service": Table(
        _("Kinds of service, such as library"),
        Source.IMPORT,
        Kept.REPLACED,
        {
            "category": _("Kind of service, as its source sorts it"),
        },
    ),
    "layers.ServiceLocation": Table(
        _("Service points: where a service is provided"),
        Source.IMPORT,
        Kept.REPLACED,
        {
            "source_id": _("Key in its source"),
            "provider_name": _("Who provides the service"),
            "provider_type": _("Type of the provider"),
            "address": _("Street address"),
            "location": _("Place of the service point, EPSG:4326"),
        },
    ),
    "layers.Space": Table(
        _("Rooms, outdoor places and equipment that people may use or borrow"),
        Source.IMPORT,
        Kept.REPLACED,
        {
            "source_id": _("Key in its source"),
            "kind": _("room, outdoor or equipment"),
            "capacity": _("For how many persons, or how many pieces to borrow"),
            "step_free": _("Whether one gets in without steps"),
            "accessible_toilet": _("Whether there is an accessible toilet"),
            "induction_loop": _("Whether there is an induction loop"),
            "prices": _("Price in words, by language"),
            "hours": _("Opening hours in words, by language"),
            "booking_url": _("Where it is booked"),
            "provider_name": _("Who provides it"),
            "provider_type": _("Type of the provider"),
            "address": _("Street address"),
            "location": _("Place of the space, EPSG:4326"),
        },
    ),
    "layers.ReferenceLayer": Table(
        _("Layers of other data that the map can show, such as cycle paths"),
        Source.IMPORT,
        Kept.REPLACED,
        {
            "style": _("How the map draws it"),
            "fields": _("Properties of the source that are published"),
            "is_shown": _("Whether the map shows it from the beginning"),
        },
    ),
    "layers.NeighbourLayer": Table(
        _("Collections of neighbours that are fetched each day to be shown as layers"),
        Source.STAFF,
        Kept.USED,
        {
            "url": _("Address of the collection"),
            "style": _("How the map draws it"),
            "columns": _("Properties of the source that are published"),
            "licence": _("Licence under which it came"),
            "attribution": _("Credit that the source asks for, shown on the map"),
            "is_active": _("Whether it is fetched each day"),
            "due_at": _("When it is fetched next"),
            "fetched_at": _("When it was last fetched"),
            "note": _("What came of the last fetch"),
            "outcome": _("What came of the last fetch"),
        },
    ),
    "layers.ReferenceFeature": Table(
        _("One place, line or area of such a layer"),
        Source.IMPORT,
        Kept.REPLACED,
        {
            "layer": _("Layer that it belongs to"),
            "source_id": _("Key in its source"),
            "properties": _("Published properties"),
            "shape": _("Place, line or area, EPSG:4326"),
            "pin": _("A point on it, EPSG:3857"),
        },
    ),
}
